"""Differential Diffusion for img2img and for Hires. fix. The WebUI's events go in here; all that happens at them is in lib_diffdiff."""
from modules import scripts

from lib_diffdiff.host import answers, events, map_folder, pasting
from lib_diffdiff.host.script_args import TITLE
from lib_diffdiff.page import ui


class DifferentialDiffusionScript(scripts.Script):
    def title(self):
        return TITLE

    def show(self, is_img2img):
        return scripts.AlwaysVisible

    def ui(self, is_img2img):
        tab = ui.IMG2IMG if is_img2img else ui.TXT2IMG
        controls, fields = ui.accordion(events.InputAccordion, tab, map_folder.map_of, answers.answer)
        self.infotext_fields = pasting.refusing(fields)
        return controls

    # Explicit names in the page's order: schedulers of other extensions read them off this signature.
    def process(self, p, enabled, change_map, invert, black_point, white_point, gamma, grow, blur, min_strength,
                max_strength, strength_is, skip_unchanged_steps, future_hinting, keep_original, return_map, report, smooth_release,
                append_change, channel, mask_file, tell_inpainting,
                response, fill, words, description, work_area, margin):
        events.begin(p, [enabled, change_map, invert, black_point, white_point, gamma, grow, blur, min_strength,
                       max_strength, strength_is, skip_unchanged_steps, future_hinting, keep_original, return_map, report,
                       smooth_release, append_change, channel, mask_file, tell_inpainting, response,
                       fill, words, description, work_area, margin])

    def process_batch(self, p, *args, batch_number, **kwargs):
        events.begin_batch(p, args, batch_number)

    def process_before_every_sampling(self, p, *args, x, noise, **kwargs):
        events.begin_sampling(p, args, x, noise)

    def post_sample(self, p, ps, *args):
        events.end_sampling(p, args, ps)

    def postprocess_maskoverlay(self, p, ppmo, *args):
        events.replace_overlay(p, args, ppmo)

    def postprocess_image_after_composite(self, p, pp, *args):
        events.finish_picture(p, args, pp)

    def postprocess(self, p, processed, *args):
        events.finish(p, args, processed)


events.register()
