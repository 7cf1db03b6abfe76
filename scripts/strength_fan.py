"""The strength fan, selectable in img2img's Scripts list. All that it does is in lib_diffdiff."""
from modules import scripts

from lib_diffdiff.host import fan, pasting
from lib_diffdiff.page import ui


class StrengthFanScript(scripts.Script):
    def title(self):
        return 'Strength fan'

    def show(self, is_img2img):
        return is_img2img

    def ui(self, is_img2img):
        controls, fields = ui.fan(self.elem_id)
        self.infotext_fields = pasting.refusing(fields)
        return controls

    def run(self, p, strips, direction=None, zoom=None, low=None, high=None, twins=None, measure=None):
        return fan.paint_fan(p, [strips, direction, zoom, low, high, twins, measure])
