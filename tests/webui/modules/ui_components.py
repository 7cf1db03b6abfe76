"""The host's own kinds of components, as far as extensions use them."""

import gradio as gr


class FormRow(gr.Row):
    def get_block_name(self):
        return "row"


class FormColumn(gr.Column):
    def get_block_name(self):
        return "column"


class FormGroup(gr.Group):
    def get_block_name(self):
        return "group"


class FormHTML(gr.HTML):
    def get_block_name(self):
        return "html"


class ToolButton(gr.Button):
    """A small button whose text is a symbol."""

    def __init__(self, *args, **kwargs):
        super().__init__(*args, elem_classes=["tool", *kwargs.pop("elem_classes", [])], **kwargs)

    def get_block_name(self):
        return "button"


class InputAccordion(gr.Checkbox):
    """A hidden checkbox with the accordion that is open while it is ticked; as a context, the accordion."""

    count = 0

    def __init__(self, value, **kwargs):
        self.accordion_id = kwargs.pop("elem_id", None) or f"input-accordion-{InputAccordion.count}"
        InputAccordion.count += 1
        super().__init__(value, **kwargs, elem_id=f"{self.accordion_id}-checkbox", visible=False)
        script = f'(checked) => inputAccordionChecked("{self.accordion_id}", checked)'
        self.change(fn=None, _js=script, inputs=[self])
        kwargs.setdefault("label", "Accordion")
        self.accordion = gr.Accordion(**kwargs, elem_id=self.accordion_id, elem_classes=["input-accordion"], open=value)

    def extra(self):
        """Opens a place in the accordion's title."""
        return gr.Column(elem_id=f"{self.accordion_id}-extra", elem_classes="input-accordion-extra", min_width=0)

    def __enter__(self):
        self.accordion.__enter__()
        return self

    def __exit__(self, *exception):
        self.accordion.__exit__(*exception)

    def get_block_name(self):
        return "checkbox"
