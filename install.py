"""Nothing to install: torch, numpy, pillow and gradio come with the WebUI."""
