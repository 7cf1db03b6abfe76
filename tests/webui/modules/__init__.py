"""A WebUI small enough to test in: AUTOMATIC1111 1.10.1's own names, with what an extension of img2img sees of it."""
