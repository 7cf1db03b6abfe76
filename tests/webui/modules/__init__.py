"""A stand-in for the package `modules` of AUTOMATIC1111's WebUI 1.10.1: what an img2img extension can see of it."""
