"""The page, as far as the scripts make it."""

from modules import infotext_utils, script_callbacks, scripts, shared


def create_ui():
    """Makes both tabs' scripts and their components."""
    import gradio as gr

    script_callbacks.before_ui_callback()
    script_callbacks.ui_settings_callback()
    with gr.Blocks(analytics_enabled=False) as shared.demo:
        for tab, runner in (("txt2img", scripts.scripts_txt2img), ("img2img", scripts.scripts_img2img)):
            scripts.scripts_current = runner
            runner.prepare_ui()
            runner.initialize_scripts(is_img2img=tab == "img2img")
            runner.setup_ui()
            infotext_utils.add_paste_fields(tab, None, infotext_utils.host_fields() + runner.infotext_fields)
    scripts.scripts_current = None
    return shared.demo
