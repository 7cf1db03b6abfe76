"""The host's own kind of component that extensions use."""
import gradio as gr


class InputAccordion(gr.Checkbox):
    """A hidden checkbox with the accordion that is open while it is ticked; as a context, the accordion."""

    def __init__(self, value, *, label, elem_id):
        super().__init__(value, label=label, elem_id=f'{elem_id}-checkbox', visible=False)
        self.change(fn=None, _js=f'(checked) => inputAccordionChecked("{elem_id}", checked)', inputs=[self])
        self.accordion = gr.Accordion(label, elem_id=elem_id, elem_classes=['input-accordion'], open=value)

    def __enter__(self):
        self.accordion.__enter__()
        return self

    def __exit__(self, *exception):
        self.accordion.__exit__(*exception)

    def get_block_name(self):
        return 'checkbox'
