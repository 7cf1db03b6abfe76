"""The words and tables of docs/results.md. Every number comes from the run that wrote it."""
from parts import LARGE, NARROW, OUTER, REPEATS, RIM
from patterns import SIZE
from studio import CFG, PROMPT, SAMPLER, STEPS
from words import OTHER_PROMPT, WAYS

from lib_diffdiff.settings.settings import FEW_STEPS

PAPER = {'gradient': (0.97, 19.41), 'complex shapes': (0.81, 52.2), 'triangles': (0.93, 35.75)}  # SD 2.1, table 1


def document(found: dict) -> str:
    """The whole text."""
    return '\n\n'.join((opening(found), reliability(found['reliability']), adherence(found['adherence']), level(found['level']),
                        share(found['share'], found['share_curve']),
                        words(found['words'], found['words_fewer'], found['words_unknown']), outpainting(found['outpainting']), work_area(found), hinting(found['hinting'], found['adherence']), inpainting(found['inpainting']), few_steps(found['few_steps'], found['few_steps_gaps']),
                        other_samplers(found['other_samplers'], found['few_steps']), skipping(found['skipping']),
                        laws(found['laws']))) + '\n'


def table(header: list[str], rows: list[list[str]]) -> str:
    lines = [header, ['---'] * len(header), *rows]
    return '\n'.join(f'| {" | ".join(line)} |' for line in lines)


def opening(found: dict) -> str:
    n = found['reliability']['n']
    return f"""# Results

Written by `make results`, with the figures and [results.json](results.json); every number of ours is of that one run, on the CPU. {n} drawn pictures of 128x128 (16x16 cells) are edited by the small landscape model of the tests in the stand-in WebUI: prompt "{PROMPT}", {SAMPLER}, {STEPS} steps where nothing else is said, CFG {CFG}, each picture with a seed of its own, the same for all methods. Intervals hold 95 % of bootstrap resamples of the pictures (1000), centred on the measured value. Definitions: [`lib_diffdiff/result/adherence.py`](../lib_diffdiff/result/adherence.py), after Levin & Fried, arXiv 2306.00950, section 4; the paper's strengths run the other way. The distance is L2 in RGB, where the paper's is LPIPS."""


def reliability(row: dict) -> str:
    return f"""## Trend reconstruction on single pictures

On a horizontal gradient, each column's change (L2, minus that of the map that changes everything) should follow its strength: the first version's *reliability score* is their Pearson correlation, and the *ceiling* is the score of a picture whose columns of cells are cut from plain img2img runs at exactly their strength, with the same seed: what the model's own noise allows.

{table(['', 'score'], [
    [f'single pictures, mean of {row["n"]} (sd, lowest)', f'{row["mean"]:.3f} ({row["sd"]:.3f}, {row["lowest"]:.3f})'],
    ['ceiling, mean', f'{row["ceiling"]:.3f}'],
    ['ours minus ceiling, picture by picture', f'{row["difference"]:+.4f} ({row["difference_low"]:+.4f} to {row["difference_high"]:+.4f})'],
    ['curves averaged over the pictures', f'{row["averaged"]:.3f}']])}

![One small chart a picture](results-curves.png)

Orange: ours; grey: the ceiling; above each chart its score."""


def adherence(rows: list[dict]) -> str:
    body = [[row['pattern'], row['method'], f'{row["cam"]:.3f} ({row["cam_low"]:.3f} to {row["cam_high"]:.3f})', f'{row["dam"]:.2f}',
             '' if row['method'] == 'ours' else f'{row["ahead"]:+.3f} (from {row["ahead_low"]:+.3f})'] for row in rows]
    paper = [[pattern, 'the paper\'s own, SD 2.1, 1,000 pictures, LPIPS', f'{cam}', f'{dam}', ''] for pattern, (cam, dam) in PAPER.items()]
    return f"""## Adherence to three kinds of map

![The three maps](results-maps.png)

CAM is the Pearson correlation of the map and the averaged change (minus the all-change run's), n = {rows[0]["n"]} pictures a cell. DAM, the rms distance to the best line on the scale of the paper's 256x256 maps, is 256 sd(M) sqrt(1 - CAM²): it ranks as CAM does and says nothing about level. Other methods are written from their published formulae ([`tests/results/rivals.py`](../tests/results/rivals.py)): *inpainting at .5* is the WebUI's inpainting with the map cut at grey 128, *soft mask* its soft blend of latents by the map, *Soft Inpainting* its own extension, *ComfyUI's rule* the threshold of its DifferentialDiffusion node; *pinned at i/N* holds the denoiser's output at the original until step i of N reaches 1 - v. *Ahead* is our CAM minus theirs over the same resamples, with the lower end of its interval.

{table(['map', 'method', 'CAM', 'DAM', 'ours ahead by'], body + paper)}

![CAM by method](results-cam.png)

{_reading(rows)}"""


def _reading(rows: list[dict]) -> str:
    masks = [row for row in rows if row['method'] in ('inpainting at .5', 'soft mask', 'Soft Inpainting\'s formula')]
    behind = [f'{row["method"]} on {row["pattern"]}' for row in masks if row['ahead_low'] <= 0]
    verdict = 'We are ahead of every mask method on every map by more than the interval.' if not behind else \
        f'We are ahead of the mask methods by more than the interval, but for: {"; ".join(behind)}.'
    releases = [row for row in rows if row['method'] in ('ComfyUI\'s rule', 'pinned at i/N', 'ours, future hinting off')]
    apart = max(abs(row['ahead']) for row in releases)
    return f"""{verdict} Rules that only move the release, or what is shown before it, are at most {apart:.3f} from ours, before or behind: a correlation forgives every error of level, which the next section measures.

The order depends on the map. What changes anyway differs by place, and a threshold loses little on a map that is nearly black and white: on drafts of the shapes and triangles with such greys, or with the same greys in other places, inpainting at .5 or Soft Inpainting came out ahead of us. These two maps were drawn with greys of all kinds, after those drafts; read the lead over the mask methods as theirs, and the level below as the rule."""


def level(rows: list[dict]) -> str:
    greys = sorted({row['grey'] for row in rows})
    of = {(row['method'], row['grey']): row['difference'] for row in rows}
    body = [[method, *(f'{of[method, grey]:.2f}' for grey in greys)] for method in dict.fromkeys(row['method'] for row in rows)]
    return f"""## Level: does a grey mean its strength?

Mean absolute difference (of 255) between a uniform map of each grey and plain img2img at that strength, 8 pictures; for grey 0, to the original. Ours is the very picture at every grey: that is the promise which a correlation cannot see.

{table(['method', *map(str, greys)], body)}

![Difference to plain img2img by grey](results-level.png)

The mask methods keep a share of the original at every grey, so no grey gives them a plain img2img. A uniform map has no uneven parts, so future hinting has nothing to do there."""


def hinting(row: dict, rows: list[dict]) -> str:
    behind = [f'{each["ahead"]:.3f} (from {each["ahead_low"]:+.3f}) on the {each["pattern"]}' for each in rows if each['method'] == 'ours, future hinting off']
    return f"""## Future hinting

The paper shows its ablation in pictures only. Our number for "natural transitions" is the *seam ratio*: the mean step of colour across those cell edges at which the release steps differ, divided by that across all other cell edges of the same picture. 1 means that a release contour shows no more than any other line; the originals, which know nothing of the map, have {row["originals"]:.2f} there. It is better than edge energy alone, because a busy picture has more of that everywhere.

{table(['', 'seam ratio on the complex shapes'], [
    ['future hinting on', f'{row["on"]:.3f} ({row["on_low"]:.3f} to {row["on_high"]:.3f})'],
    ['off', f'{row["off"]:.3f} ({row["off_low"]:.3f} to {row["off_high"]:.3f})']])}

{'Off, the contours show more, by more than the interval.' if row['difference_low'] > 0 else 'The difference lies within its interval: a contour that shows is a matter of a few places, such as where a kept part meets a strong one in the sky.'} What a correlation can tell is in the table above: off, CAM is less by {', '.join(behind)}.

![Originals, future hinting on, off](results-hinting.jpg)"""


def share(rows: list[dict], curve: dict) -> str:
    names = {'strength': 'its strength (*absolute*)', 'share': '*share of the change*'}
    body = [[row['pattern'], names[row['grey']], f'{row["off"]:.3f}', f'{row["single"]:.3f}',
             f'{row["cam"]:.3f} ({row["cam_low"]:.3f} to {row["cam_high"]:.3f})',
             '' if row['grey'] == 'strength' else f'{row["ahead"]:+.3f} ({row["ahead_low"]:+.3f} to {row["ahead_high"]:+.3f})'] for row in rows]
    return f"""## Share of the change

A grey means exactly its strength, but the slider itself is crooked: with this model, schedule and prompt a quarter of what a full repaint changes is reached at Denoising {curve['0.25']:.2f}, half at {curve['0.5']:.2f} and three quarters at {curve['0.75']:.2f}. With *Strength is: share of the change*, a grey is put through the inverse of that curve, which was measured on {curve['pictures']} other pictures. *Off* is the mean difference, over the greys of the map, between the share that was painted and the share of the full repaint's change that came out, for all pictures together and for single ones.

{table(['map', 'a grey is', 'off', 'off, single pictures', 'CAM', 'CAM, share minus strength'], body)}

![The response curve](results-response.png)"""


def words(rows: list[dict], fewer: list[dict], unknown: float) -> str:
    body = [[row['word'], str(row['n']), WAYS[row['way']], f'{row["precision"]:.3f} ({row["low"]:.3f} to {row["high"]:.3f})',
             f'{row["overlap"]:.3f} ({row["overlap_low"]:.3f} to {row["overlap_high"]:.3f})',
             '' if row['way'] == 'words' else f'{row["ahead"]:+.3f} ({row["ahead_low"]:+.3f} to {row["ahead_high"]:+.3f})'] for row in rows]
    less = [[row['way'], str(row['predictions']), f'{row["precision"]:.3f}', f'{row["overlap"]:.3f}'] for row in fewer]
    return f"""## Map from words

The map from *Words* on drawn pictures, of which it is known where a word is to be seen: the cells whose pixels differ from the same drawing without it. The word is looked for in a description of the picture, which names all that is in it (*with a description*), or in the prompt "{OTHER_PROMPT}", which says nothing of it (*with another prompt*). Average precision: how well the map ranks the cells that the word covers by more than half before all others. Soft IoU: the sum of the lesser of map and covered share over the sum of the greater. Beside it stand maps that know no words.

{table(['word', 'pictures', 'map', 'average precision', 'soft IoU', 'precision, first row minus this one'], body)}

![Pictures, the map of a word, and where it was drawn](results-words.png)

With fewer levels or draws, over all words:

{table(['levels and draws', 'predictions', 'average precision', 'soft IoU'], less)}

A word that the model does not know is refused in {100 * unknown:.0f} % of the pictures."""


def outpainting(rows: list[dict]) -> str:
    body = [[row['method'], f'{row["seam"]:.3f} ({row["seam_low"]:.3f} to {row["seam_high"]:.3f})',
             f'{row["more"]:+.3f} ({row["more_low"]:+.3f} to {row["more_high"]:+.3f})' if 'more' in row else ''] for row in rows]
    of = {row['method']: row for row in rows}
    soft, drawn = of['ours, soft border'], of['drawn so']
    behind = [name for name, row in of.items() if row.get('more_low', 0) > 0]
    return f"""## Outpainting

{rows[0]["n"]} drawn pictures, of which the model gets the middle {NARROW} columns, are made {SIZE} wide again by *Resize and fill*, each with its own words as the prompt. *Ours* changes the border that was added, from latent noise, with a soft edge of {RIM} pixels (*Sources > Filled border*) and with none. *Inpainting* is the WebUI's own, with the same border as a hard mask. The seam ratio is the mean step of colour across the lines of cells at the edge of the known picture, divided by that across all vertical lines of cells of the same picture; since a soft edge may move a seam, the strongest of four lines counts, from one cell outside that edge to two cells inside. Pictures that were drawn so wide have {drawn["seam"]:.2f} there.

{table(['', 'seam ratio', 'more than the soft border'], body)}

{f'The soft border has {soft["seam"]:.2f}.'} {f'A stronger seam by more than the interval: {", ".join(behind)}.' if behind else 'No other way is worse by more than the interval.'}

![Drawn so wide; and made wider by each of the ways](results-outpainting.jpg)"""


def work_area(found: dict) -> str:
    rows = found['work_area']
    body = [[row['works_on'], f'{100 * row["time"]:.0f} %', f'{row["seam"]:.3f} ({row["seam_low"]:.3f} to {row["seam_high"]:.3f})',
             f'{row["far"]:.1f}' if 'far' in row else ''] for row in rows]
    return f"""## Work only where something changes

A soft disc of {2 * OUTER} pixels in pictures of {LARGE}x{LARGE} ({rows[0]["n"]} drawn pictures, enlarged): the model sees the whole picture, or only the part that changes with a margin. Time is that of a whole request for one picture, as a share of the whole run's in the same round (median of {REPEATS} rounds). The originals have a seam ratio of {found['work_area_originals']:.2f} at the contours of the disc. *Apart* is the mean difference, of 255, of the changed pixels from those of the whole run; two whole runs with different seeds are {found['work_area_other_seed']:.1f} apart.

{table(['the model sees', 'time', 'seam ratio', 'apart'], body)}"""


def inpainting(rows: list[dict]) -> str:
    body = [[row['pattern'], row['told'], f'{row["cam"]:.3f} ({row["cam_low"]:.3f} to {row["cam_high"]:.3f})',
             f'{row["seam"]:.3f} ({row["seam_low"]:.3f} to {row["seam_high"]:.3f})'] for row in rows]
    gains = [f'{row["pattern"]}: CAM {row["ahead"]:+.3f} ({row["ahead_low"]:+.3f} to {row["ahead_high"]:+.3f}), '
             f'seam ratio {-row["smoother"]:+.3f} ({-row["smoother_high"]:+.3f} to {-row["smoother_low"]:+.3f})' for row in rows if 'ahead' in row]
    return f"""## Inpainting checkpoints

An inpainting checkpoint is told a mask, and the picture with the masked part grey. Plain img2img without a mask tells it that the whole picture is to be painted. With *Tell inpainting checkpoints what is being painted*, it is told at every call which cells are released by then, and the rest of the picture as it is. Measured with a denoiser of the landscape model that was trained to be told so ([`train_inpainting.py`](../tests/webui/landscapes/train_inpainting.py)), {rows[0]["n"]} pictures; the map of two halves is black on the left and white on the right.

{table(['map', 'told', 'CAM', 'seam ratio'], body)}

Told what is painted by now, against told the whole picture:

{chr(10).join(f'- {gain}' for gain in gains)}

{_verdict([row for row in rows if 'ahead' in row])}

![Two halves: originals, told what is painted by now, told the whole picture](results-inpainting.jpg)"""


def _verdict(rows: list[dict]) -> str:
    better = [row['pattern'] for row in rows if row['smoother_low'] > 0 or row['ahead_low'] > 0]
    worse = [row['pattern'] for row in rows if row['smoother_high'] < 0 or row['ahead_high'] < 0]
    return (f'Better by more than the interval: {", ".join(better) or "nowhere"}; worse: {", ".join(worse) or "nowhere"}. '
            'So the setting is off by default.')


def few_steps(rows: list[dict], gaps: list[dict]) -> str:
    body = [[f'{row["steps"]}', row['method'], f'{row["dam"]:.2f} ({row["dam_low"]:.2f} to {row["dam_high"]:.2f})',
             f'{row["dam_columns"]:.2f} ({row["dam_columns_low"]:.2f} to {row["dam_columns_high"]:.2f})', f'{row["dam_straight"]:.2f}',
             f'{row["banding"]:.3f}'] for row in rows]
    return f"""## Few steps

N steps make N distinct strengths, so in 4 to 8 steps a gradient becomes bands. Tried on the gradient: *dithered* (a) releases what lies between two steps at the one or the other, by an ordered pattern over the cells; *quantiles* (b) lays the schedule so that each step stands for an equal share of the picture; *cross-fade* (c) releases a cell at the earlier step and one step later mixes its latent with the re-noised original; *ours* (d) does the same with the clean picture only, so the noise keeps its variance with any sampler, and takes the sampler's memory the same part of the way. *hard* is the rule of many steps. (a), (c) and (d) aim at the same level, the noise at which a run of very many steps would start such a cell, and turn into the hard rule where a cell and its neighbours are equal.

DAM of the columns takes the change averaged over each column: what the release decides. The rest of DAM lies between the rows of a column (sky and ground change by different amounts), which no release can even out: *at best* is the DAM that would be left if the means of the columns lay on a perfect line. Banding is the seam ratio at the contours of the hard rule.

{table(['steps', 'method', 'DAM', 'DAM of the columns', 'at best', 'banding'], body)}

{chr(10).join(map(_gap, gaps))}

{_rest(rows)}

![The gradient in 4 steps: hard rule, the ways tried, and 40 steps](results-few-steps.jpg)

(b) changes every picture's schedule, also where the map is flat, so it cannot be automatic; (a) leaves dots. (d) is the setting *Smooth release*."""


def _gap(row: dict) -> str:
    return f'- {row["steps"]} steps: {_closed("DAM", row, "")}; {_closed("of the columns", row, "_columns")}.'


def other_samplers(rows: list[dict], few: list[dict]) -> str:
    body = [[row['sampler'], f'{row["steps"]}', row['method'], f'{row["dam"]:.2f} ({row["dam_low"]:.2f} to {row["dam_high"]:.2f})',
             f'{row["dam_columns"]:.2f} ({row["dam_columns_low"]:.2f} to {row["dam_columns_high"]:.2f})', f'{row["banding"]:.3f}'] for row in rows]
    return f"""### With another sampler or schedule

{rows[0]["n"]} pictures. Smooth release aims at what a run of very many steps makes of a strength, not at the best DAM: where the hard rule in few steps lies nearer a straight line than many steps do (it takes weak strengths for weaker than they are, and strong ones for stronger), smoothing can cost DAM while it takes the bands away.

{table(['sampler', 'steps', 'method', 'DAM', 'DAM of the columns', 'banding'], body)}

{_auto([*rows, *({'sampler': SAMPLER, **row} for row in few)])}"""


def _auto(rows: list[dict]) -> str:
    of = {(row['sampler'], row['steps'], row['method']): row for row in rows}
    pairs = [(*key[:2], ours, of[(*key[:2], 'hard')]) for key, ours in of.items() if key[2] == 'ours']
    worse = {key: [f'{sampler}, {steps} steps' for sampler, steps, ours, hard in pairs if ours[key] > hard[key]] for key in ('dam_columns', 'banding')}
    ended = {key: f'all but {", ".join(those)}' if those else 'all' for key, those in worse.items()}
    return f"""*Auto* means on in up to {FEW_STEPS - 1} steps, as far as it was measured: of these {len(pairs)} pairs of sampler and steps, the columns are straighter with smooth release in {ended["dam_columns"]}, and there is less banding in {ended["banding"]}. A map without slopes (of two values, of plateaus, or with mere grain) is released by the hard rule with either: its pictures are the same to the bit (`tests/inside/test_smooth.py`)."""


def _rest(rows: list[dict]) -> str:
    of = {(row['steps'], row['method']): row for row in rows}
    steps = min(row['steps'] for row in rows)
    ours, hard, many = of[steps, 'ours'], of[steps, 'hard'], of[max(row['steps'] for row in rows), 'hard']
    return f"""So in {steps} steps the columns are as straight as in many, and what is left of DAM's gap is not the release's: with perfectly straight columns the hard rule's pictures would still have {hard["dam_straight"]:.2f} and ours {ours["dam_straight"]:.2f}, against {many["dam_straight"]:.2f} in 40 steps. Sky and ground differ more when a picture is made in {steps} steps, by the hard rule as well."""


def _closed(name: str, row: dict, key: str) -> str:
    gap, low, closed = row[f'gap{key}'], row[f'gap{key}_low'], row[f'closed{key}']
    if low <= 0:
        return f'{name}: the hard rule is {gap:+.2f} from 40 steps, within the interval, so there is nothing to win (ours: {closed:+.2f})'
    return f'{name}: the gap of the hard rule to 40 steps is {gap:.2f}, of which ours closes {"all" if closed >= gap else f"{100 * closed / gap:.0f} %"}'


def skipping(rows: list[dict]) -> str:
    body = [[f'{row["strongest"]:g}', f'{100 * row["ratio"]:.1f} %', f'{100 * row["calls"]:.0f} %'] for row in rows]
    return f"""## Skipped steps

CPU time of a run whose map has this strongest value, in per cent of that of the same run with skipping off (median of three pairs; 8 pictures, with encoding and decoding). The paper has 50.3 % at .5 and 11 % at .1 of 100 steps; its released code has no skipping.

{table(['strongest value', 'time', 'denoiser calls'], body)}

![Time against the strongest value](results-skipping.png)"""


def laws(row: dict) -> str:
    words = {'strength': 'a uniform map is plain img2img at its strength, skipping off', 'strength, skipping': 'the same, skipping on',
             'white': 'a white map at Denoising strength s is plain img2img at s', 'black': 'the black half keeps the original\'s pixels',
             'suffix': 'cells whose steps change when another is raised', 'start': 'denoiser calls more or fewer than img2img at s',
             'batch': 'a picture of a batch of 8 against the same made alone', 'off': 'switched off against plain img2img'}
    return f"""## The laws at eight greys

The worst of greys 16, 48 ... 240: in grey levels of the 8-bit picture, or as it says.

{table(['law', 'worst'], [[words[name], f'{value}'] for name, value in row.items()])}

(A batch rounds its sums in another order than a single picture does: plain img2img's own batches differ as much.)"""
