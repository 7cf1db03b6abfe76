"""Smooth release: on a slope a cell lies between two steps; everywhere else it is the hard rule, to the bit."""
import io
import math

import numpy as np
import pytest
import torch
from hypothesis import assume, given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from PIL import Image, ImageDraw

from lib_diffdiff.algorithm.clock import StepClock
from lib_diffdiff.algorithm.easing import EVEN, GRAIN, UNEVEN, Easing, eased, slopes
from lib_diffdiff.algorithm.history import History
from lib_diffdiff.algorithm.injection import Injection
from lib_diffdiff.algorithm.noise_levels import SigmaLevels, TimestepLevels
from lib_diffdiff.algorithm.release import UNRELEASED, plan, plan_exact_steps, t_enc
from lib_diffdiff.algorithm.samplers import Sampler
from lib_diffdiff.maps.exact import GREY, WHITE, blur
from lib_diffdiff.maps.geometry import cells as averaged

SIDE = 24  # cells of the drawn maps
FEW = (4, 8)
REACH = 4  # cells: how far one may be from another that it moves

greys = st.integers(0, 6).map(lambda k: k / 6)
maps = arrays(np.float64, (1, 5, 6), elements=greys)
steps = st.integers(1, 30)


@st.composite
def planes(draw, side=10):
    """A map that rises evenly, in whatever direction, as far as black and white."""
    across, down, middle = draw(st.floats(-0.2, 0.2)), draw(st.floats(-0.2, 0.2)), draw(st.floats(0, 1))
    y, x = np.mgrid[:side, :side] - (side - 1) / 2
    return np.clip(middle + across * x + down * y, 0, 1)[None]


def planned(strength, n, **options):
    return plan(strength, n, 1.0, **{'skip': True, 'least_t_enc': 0, 'timesteps': False, 'smooth': True, **options})


def levels(strength, n, **options):
    """Each cell's place between the steps: its t_enc by the hard rule, or less by what its share says."""
    found = planned(strength, n, **options)
    return found.cells - 1 + (1 if found.share is None else found.share)


def is_hard(strength):
    """Whether smooth release leaves the map alone to the bit."""
    return all((levels(strength, n) == t_enc(strength, n)).all() for n in FEW) and not slopes(strength).any()


def cells(picture):
    """The strengths of a map's cells (1, h, w) at Denoising strength 1, as the run has them; picture: PIL or greys 0..255."""
    units = np.rint(np.asarray(picture, dtype=np.float64) * GREY).astype(np.int64)
    return averaged(units, (units.shape[0] // 8, units.shape[1] // 8))[None] / WHITE


def drawn(seed, tones=2, smooth=1):
    """Discs, polygons, boxes and lines of some tones, wherever they fall; smooth: above 1 their edges are antialiased."""
    rng = np.random.default_rng(seed)
    palette = rng.permutation(256)[:tones]
    size = SIDE * 8 * smooth
    picture = Image.new('L', (size, size), int(palette[0]))
    draw = ImageDraw.Draw(picture)
    for i in range(rng.integers(1, 6)):
        tone, (x, y), r = int(palette[1 + i % (tones - 1)]), rng.uniform(0, size, 2), size * rng.uniform(0.05, 0.4)
        shape = rng.integers(4)
        if shape == 0:
            draw.ellipse((x - r, y - r, x + r, y + r * rng.uniform(0.2, 1)), fill=tone)
        elif shape == 1:
            draw.polygon([tuple(corner) for corner in (x, y) + r * rng.normal(size=(rng.integers(3, 7), 2))], fill=tone)
        elif shape == 2:
            draw.rectangle((x, y, x + r, y + r), fill=tone)
        else:
            draw.line((x - 2 * r, y, x + r, y + 2 * r), fill=tone, width=int(smooth * rng.integers(1, 40)))
    return picture.resize((SIDE * 8, SIDE * 8), Image.Resampling.BOX)


def as_jpeg(picture, quality, shift=0):
    """The picture out of a JPEG file whose blocks lie `shift` pixels off the cells."""
    buffer = io.BytesIO()
    Image.fromarray(np.roll(np.asarray(picture), (shift, shift), (0, 1))).save(buffer, 'JPEG', quality=quality)
    return np.roll(np.asarray(Image.open(buffer)), (-shift, -shift), (0, 1))


def turned(profile, degrees, side=SIDE):
    """Cells of a map whose grey is `profile` of the distance in cells from a line through the middle, 0..1."""
    y, x = (np.mgrid[:side * 8, :side * 8] + 0.5) / 8 - side / 2
    angle = math.radians(degrees)
    return cells(255 * np.clip(profile(x * math.cos(angle) + y * math.sin(angle)), 0, 1))


def sloping(strength):
    """The share that lies on a slope, of the cells that are neither black nor white."""
    between = (strength > 0.02) & (strength < 0.98)
    return (slopes(strength)[between] > 0).mean()


# ---- what is no slope --------------------------------------------------------------------------------------------------

@given(tones=st.lists(st.floats(0, 1), min_size=4, max_size=4), which=arrays(np.int8, (1, 9, 11), elements=st.integers(0, 3)))
def test_cells_of_four_strengths_are_no_slope_however_they_lie(tones, which):
    """Two-valued maps, checkerboards and lines are among them."""
    assert is_hard(np.array(tones)[which])


@given(strength=arrays(np.float64, (1, 5, 6), elements=st.floats(0, 1)), height=st.integers(2, 4), width=st.integers(2, 4))
def test_plateaus_are_no_slope_whatever_their_strengths(strength, height, width):
    assert is_hard(np.kron(strength, np.ones((height, width))))


@pytest.mark.parametrize('smooth', [1, 4])
@pytest.mark.parametrize('seed', range(40))
def test_a_jump_is_no_slope_wherever_it_falls(seed, smooth):
    assert is_hard(cells(drawn(seed, 2, smooth))) and is_hard(cells(drawn(seed, 4, smooth)))


@pytest.mark.parametrize('degrees', range(0, 91, 3))
def test_a_hard_edge_is_no_slope_at_any_angle(degrees):
    for offset in (0, 0.2, 0.5, 0.8):
        assert is_hard(turned(lambda u, offset=offset: 0.2 + 0.7 * (u > offset), degrees))


def test_narrow_lines_are_no_slope():
    for width in range(4, 25, 4):
        for degrees in (0, 20, 45):
            assert is_hard(turned(lambda u, width=width: 0.1 + 0.8 * (abs(u) < width / 16), degrees))


@pytest.mark.parametrize('plateau', [2, 2.5, 4])
def test_a_staircase_is_no_slope(plateau):
    assert is_hard(turned(lambda u: np.floor((u + 12) / plateau) / 8, 0))


@pytest.mark.parametrize('grey', [40, 64, 127, 128, 191, 253])
def test_grain_is_no_slope(grey):
    for seed in range(20):
        rng = np.random.default_rng(seed)
        for grain in (rng.integers(-2, 3, (SIDE * 8, SIDE * 8)), np.kron(rng.integers(-2, 3, (SIDE, SIDE)), np.ones((8, 8)))):
            flat = np.clip(grey + grain, 0, 255)
            two = np.where(np.arange(SIDE * 8) < SIDE * 5, flat, np.clip(30 + grain, 0, 255))
            assert is_hard(cells(flat)) and is_hard(cells(two))


@given(arrays(np.float64, (1, 8, 8), elements=st.floats(-1.5, 1.5)))
def test_no_pattern_of_grain_of_one_and_a_half_of_255_is_a_slope(grain):
    assert is_hard(0.5 + grain / 255)


@pytest.mark.parametrize('quality', [75, 85, 95])
@pytest.mark.parametrize('shift', [0, 3])
def test_what_a_jpeg_adds_is_no_slope(quality, shift):
    for seed in range(20):
        grain = np.random.default_rng(seed).integers(-2, 3, (SIDE * 8, SIDE * 8))
        picture = drawn(seed, 3, 4)
        noisy = np.clip(np.asarray(picture) + grain, 0, 255).astype(np.uint8)
        assert is_hard(cells(as_jpeg(picture, quality, shift))) and is_hard(cells(as_jpeg(noisy, quality, shift)))


@given(strength=maps, n=steps)
def test_among_equal_neighbours_the_hard_rule_holds(strength, n):
    hard, soft = planned(strength, n, smooth=False), planned(strength, n)
    padded = np.pad(strength[0], 1, mode='edge')
    for y, x in np.ndindex(5, 6):
        if np.ptp(padded[y:y + 3, x:x + 3]) == 0:
            assert soft.cells[0, y, x] == hard.cells[0, y, x]
            assert soft.share is None or soft.share[0, y, x] == 1


# ---- what is one -------------------------------------------------------------------------------------------------------

def test_a_slope_by_hand():
    strength = np.linspace(0, 1, 9)[None, None]
    cells, share = eased(strength, t_enc(strength, 4), 4, 0)
    # It rises by half the range over five cells, in four steps of one size: all but a hundredth of it counts.
    slope = 4 * (1 - UNEVEN) * (1 / 2 - GRAIN)
    part = slope / (slope + EVEN)
    assert part > 0.99 and cells[0, 0, 0] == UNRELEASED and cells[0, 0, 8] == 3
    for i in range(1, 8):
        level = (i // 2) * (1 - part) + 3 * i / 8 * part
        assert cells[0, 0, i] == math.ceil(level)
        assert share[0, 0, i] == pytest.approx(level - math.ceil(level) + 1)


@pytest.mark.parametrize('length', [24, 64, 128])
@pytest.mark.parametrize('n', FEW)
def test_a_gradient_over_the_whole_picture_has_no_bands_left(length, n):
    """At least four fifths of what a step is off are gone, up to a picture of 1024 pixels."""
    for strength in (np.tile(np.linspace(0.01, 1, length), (1, 16, 1)), np.tile(np.linspace(1, 0.01, length)[:, None], (1, 1, 16))):
        even = (n - 1) * strength
        off = abs(levels(strength, n, smooth=False) - even)
        assert (abs(levels(strength, n) - even) <= 0.2 * off + 1e-9).all() and off.max() > 0.6


@pytest.mark.parametrize('degrees', range(0, 91, 15))
def test_a_ramp_is_a_slope_at_any_angle(degrees):
    """All of it but its ends, which may be hard: how much, by its length in cells."""
    for length, most in ((6, 0.7), (10, 0.85), (16, 0.9)):
        assert sloping(turned(lambda u, length=length: 0.5 + u / length, degrees)) > most


@pytest.mark.parametrize('sigma, most', [(16, 0.65), (32, 0.9), (64, 0.95)])
def test_a_hard_edge_softened_by_blur_is_a_slope(sigma, most):
    units = (np.add.outer(0.3 * np.arange(512), np.arange(512)) > 330).astype(np.int64) * WHITE
    assert sloping(averaged(blur(units, sigma, sigma), (64, 64))[None] / WHITE) > most


def test_a_ramp_of_fewer_than_three_cells_is_a_jump():
    for between, slope in ((1, False), (2, False), (3, True), (4, True), (5, True)):
        ramp = np.concatenate([np.zeros(6), np.linspace(0, 1, between + 2)[1:-1], np.ones(6)])
        assert ((slopes(np.tile(ramp, (1, 8, 1))) > 0) == [False] * 6 + [slope] * between + [False] * 6).all()


def test_grain_and_a_jpeg_leave_a_slope_one():
    gradient = np.tile(np.linspace(0, 255, 512), (128, 1)) + np.random.default_rng(1).integers(-2, 3, (128, 512))
    picture = np.clip(np.rint(gradient), 0, 255).astype(np.uint8)
    for quality in (75, 95):
        assert sloping(cells(as_jpeg(picture, quality))) > 0.95


@pytest.mark.parametrize('n', FEW)
def test_from_flat_to_slope_there_is_no_cliff(n):
    """A slope begins at 3/4 of 1/255 a cell; half of it counts at 1/255 a cell, a gradient over 2048 pixels."""
    tilts = np.linspace(0, 2, 1001)
    found = np.array([levels(0.65 + tilt * np.arange(-8, 8)[None, None] / 255, n)[0, 0, 8] for tilt in tilts])
    hard, even = int(0.65 * n), 0.65 * (n - 1)
    part = (found - hard) / (even - hard)
    assert (part[tilts < 0.75] == 0).all() and part[-1] > 0.8
    assert part[tilts > 1][0] == pytest.approx(0.5, abs=0.15)
    assert np.diff(part).min() > -1e-9 and np.diff(part).max() < 0.05


# ---- the laws ----------------------------------------------------------------------------------------------------------

@given(strength=maps | planes(), n=steps, timesteps=st.booleans(), skip=st.booleans())
def test_start_and_kept_cells_are_those_of_the_hard_rule(strength, n, timesteps, skip):
    hard, soft = (planned(strength, n, timesteps=timesteps, skip=skip, smooth=smooth) for smooth in (False, True))
    assert (soft.t_enc, soft.denoising) == (hard.t_enc, hard.denoising)
    assert ((soft.cells == UNRELEASED) == (hard.cells == UNRELEASED)).all()
    assert (soft.cells <= hard.cells.max()).all()
    if soft.share is not None:
        assert ((soft.share > 0) & (soft.share <= 1)).all() and (soft.share[soft.cells == UNRELEASED] == 1).all()


@given(strength=maps | planes(), n=st.integers(2, 30))
def test_exact_steps_are_smoothed_alike(strength, n):
    hard, soft = (plan_exact_steps(strength, n, timesteps=False, smooth=smooth) for smooth in (False, True))
    assert ((soft.cells == UNRELEASED) == (hard.cells == UNRELEASED)).all()
    assert (soft.cells <= hard.t_enc).all()


@given(strength=maps | planes(side=6), n=steps)
def test_no_cell_of_a_slope_is_a_whole_step_from_the_hard_rule_s(strength, n):
    assert (abs(levels(strength, n) - levels(strength, n, smooth=False)) <= 1).all()


@given(both=st.lists(planes() | arrays(np.float64, (1, 10, 10), elements=greys), min_size=2, max_size=3), n=steps, timesteps=st.booleans(),
       skip=st.booleans())
def test_each_map_of_a_list_is_eased_as_alone(both, n, timesteps, skip):
    together = levels(np.concatenate(both), n, timesteps=timesteps, skip=skip)
    for one, found in zip(both, together):
        assert (found == levels(one, n, timesteps=timesteps, skip=skip)[0]).all()


def test_a_white_map_beside_a_gradient_lifts_nothing_of_it():
    gradient = np.tile(np.linspace(0, 0.72, 16), (1, 16, 1))
    for n in FEW:
        assert (levels(np.concatenate([gradient, np.ones_like(gradient)]), n)[0] == levels(gradient, n)[0]).all()


def others(strength, raised, place, n):
    """Levels before and after one cell is raised, of all cells further than REACH from it."""
    y, x = place
    after = strength.copy()
    after[0, y, x] = max(raised, strength[0, y, x])
    far = np.ones(strength.shape, dtype=bool)
    far[0, max(0, y - REACH):y + REACH + 1, max(0, x - REACH):x + REACH + 1] = False
    return levels(strength, n)[far], levels(after, n)[far]


@given(profile=arrays(np.float64, 14, elements=st.floats(0, 1)) | planes(14).map(lambda plane: plane[0, 7]), n=steps, raised=st.floats(0, 1) | st.just(1.0),
       place=st.tuples(st.integers(0, 6), st.integers(0, 13)))
def test_a_raised_cell_moves_none_but_those_near_it_though_it_becomes_the_strongest(profile, n, raised, place):
    before, after = others(np.tile(profile, (1, 7, 1)), raised, place, n)
    assert (before == after).all()


@given(strength=planes(14), n=steps, place=st.tuples(st.integers(0, 13), st.integers(0, 13)))
def test_nor_does_one_raised_on_a_slope_of_any_direction(strength, n, place):
    raised = strength.copy()
    raised[0][place] = 1.0
    assume(highest_block(strength, n) == highest_block(raised, n))  # or it completes the first block of a step, as in the next test
    before, after = others(strength, 1.0, place, n)
    assert (before == after).all()


def highest_block(strength, n):
    """The highest step that all cells of some 3x3 block reach."""
    own = t_enc(strength, n)[0]
    return max(own[y:y + 3, x:x + 3].min() for y in range(own.shape[0] - 2) for x in range(own.shape[1] - 2))


def test_only_a_block_of_cells_opens_a_step_for_the_slopes_of_its_map():
    """None starts before the run does: where a whole run ends below a step, its strongest slope ends there too."""
    strength = np.tile(np.linspace(0, 0.74, 16), (1, 16, 1))
    assert levels(strength, 4).max() == 2
    lone, block = strength.copy(), strength.copy()
    lone[0, 7, 1] = block[0, 6:9, 0:3] = 1
    assert levels(lone, 4)[..., 8:].max() == 2 < levels(block, 4)[..., 8:].max() < 2.25


def test_a_uniform_map_has_nothing_to_smooth():
    assert planned(np.full((1, 6, 6), 0.55), 4).share is None


@given(height=st.integers(1, 6), width=st.integers(1, 6), n=steps)
def test_a_picture_of_few_cells_is_planned_too(height, width, n):
    strength = np.add.outer(np.arange(height), np.arange(width))[None] / 12
    assert planned(strength, n).cells.shape == strength.shape
    assert slopes(strength).any() == (max(height, width) >= 5)


# ---- how cells move ----------------------------------------------------------------------------------------------------

def injection(levels, easing, **options):
    init, noise = torch.full((1, 4, 1, 2), 3.0), torch.ones(1, 4, 1, 2)
    return Injection(init, noise, StepClock(torch.zeros(1, 1, 1, 2, dtype=torch.int)), levels, Sampler(**options), easing=easing)


def half_back(step=1):
    return Easing(torch.full((1, 1, 1, 2), step - 1), torch.tensor([[[[0.25, 1.0]]]]))


def test_the_picture_moves_to_the_original_and_the_noise_stays():
    own = injection(SigmaLevels(), half_back())
    x, sigma = torch.full((1, 4, 1, 2), 10.0), torch.tensor([2.0])
    own.before(x, sigma)
    own.after(x, sigma, torch.full_like(x, 7.0))
    own.before(x, sigma / 2)
    assert (x[..., 0] == 10 + 0.75 * (3 - 7)).all() and (x[..., 1] == 10).all()
    own.after(x, sigma / 2, torch.full_like(x, 5.0))
    own.before(x, sigma / 4)
    assert (x[..., 0] == 7).all()  # once


def test_of_timestep_samplers_the_picture_is_read_off_eps():
    alphas = torch.linspace(0.99, 0.01, 1000)
    own = injection(TimestepLevels(alphas), half_back())
    picture, eps = 7.0, 0.5
    x = torch.full((1, 4, 1, 2), picture) * alphas[500].sqrt() + eps * (1 - alphas[500]).sqrt()
    own.before(x, torch.tensor([500.0]))
    own.after(x, torch.tensor([500.0]), torch.full_like(x, eps))
    x = torch.full((1, 4, 1, 2), picture) * alphas[250].sqrt() + eps * (1 - alphas[250]).sqrt()
    own.before(x, torch.tensor([250.0]))
    expected = (picture + 0.75 * (3 - picture)) * alphas[250].sqrt() + eps * (1 - alphas[250]).sqrt()
    assert x[..., 0].numpy() == pytest.approx(expected.item(), abs=1e-5)


def test_the_history_goes_as_far_back():
    history = History(1)
    old, new, x = (torch.full((1, 4, 1, 2), value) for value in (8.0, 4.0, 0.0))
    history.add(old, torch.tensor([2.0]), None, x)
    history.add(new, torch.tensor([1.0]), None, x, torch.tensor([[[[0.75, 0.0]]]]))
    assert (old[..., 0] == 5).all() and (old[..., 1] == 8).all()
