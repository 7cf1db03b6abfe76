"""Differential Diffusion (Levin & Fried, arXiv 2306.00950) for img2img and Hires. fix: every pixel its own strength.

The algorithm knows no WebUI: only `host` imports the WebUI's `modules`, only `ui` imports gradio.
"""
