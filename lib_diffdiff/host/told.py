"""Sentences for a run whose parameters are already written: they are added to the texts that its page and its API answer show."""
from __future__ import annotations

import json

from ..page.infotext import NOTE


class Told:
    """Messages about a finished run, in addition to what its parameters say."""

    def __init__(self, processed):
        self.processed = processed
        self.comments, self.infotexts = processed.comments, list(processed.infotexts)

    def say(self, sentence: str) -> None:
        """Under the picture, and at the end of every picture's parameters."""
        self.processed.comments = f'{self.comments}Differential Diffusion: {sentence}\n'
        self.processed.infotexts = [f'{text}, {NOTE}: {json.dumps(sentence, ensure_ascii=False)}' for text in self.infotexts]

    def take_back(self) -> None:
        """Leaves everything as it was."""
        self.processed.comments, self.processed.infotexts = self.comments, list(self.infotexts)
