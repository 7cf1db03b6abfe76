"""The host's own kind of component that extensions use, on gradio 3.41 (A1111) and 4.40 (Forge)."""
from contextlib import contextmanager

import gradio as gr

GRADIO_4 = hasattr(gr, 'ImageEditor')


def in_browser(function):
    """The argument of an event that runs a JavaScript function first."""
    return {'js' if GRADIO_4 else '_js': function}


@contextmanager
def InputAccordion(value, *, label, elem_id):
    """A hidden checkbox with the accordion that is open while it is ticked; as a context, the accordion."""
    checkbox = gr.Checkbox(value, label=label, elem_id=f'{elem_id}-checkbox', visible=False)
    checkbox.change(fn=None, inputs=[checkbox], **in_browser(f'(checked) => inputAccordionChecked("{elem_id}", checked)'))
    with gr.Accordion(label, elem_id=elem_id, elem_classes=['input-accordion'], open=value):
        yield checkbox
