"""The report's own arithmetic by hand, and what the README claims of it against the committed numbers."""
import json
import sys
from pathlib import Path

import numpy as np
import pytest
from scipy import ndimage

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / 'tests/results'))

from measures import changes, correlation, distance, less, mean, pearsons, seams, straight
from patterns import PATTERNS

from lib_diffdiff.result.adherence import cam, dam, effect


@pytest.fixture(scope='module')
def committed():
    return json.loads((ROOT / 'docs/results.json').read_text())


@pytest.mark.parametrize('name, spread', [('complex shapes', 0.35), ('triangles', 0.38)])
def test_patterns_are_flat_of_the_paper_s_spread_and_coarse(name, spread):
    change_map = PATTERNS[name]
    assert (change_map / 255).std() == pytest.approx(spread, abs=0.01)
    for grey in np.unique(change_map):
        labels, parts = ndimage.label(change_map == grey)
        for part in range(1, parts + 1):
            wide = ndimage.distance_transform_edt(np.pad(labels == part, 12, mode='edge')).max()
            assert wide >= 12, f'part {part} of grey {grey} is thinner than three cells'


def test_cam_and_dam_are_those_of_the_library():
    rng = np.random.default_rng(1)
    originals, results, everything = rng.integers(0, 256, (3, 5, 16, 16, 3), dtype=np.uint8)
    strength = rng.random((16, 16))
    em = effect(originals, results, everything)
    found = correlation(strength, changes(originals, results, everything))
    assert found.value == pytest.approx(cam(strength, em))
    assert distance(strength, found).value == pytest.approx(dam(strength, em))
    assert found.low <= found.value <= found.high


def test_a_difference_of_equals_has_no_spread():
    measured = mean(np.arange(9.0))
    assert less(measured, measured)[:3] == (0, 0, 0)
    assert mean(np.arange(9.0)).low < 4 < mean(np.arange(9.0)).high


def test_pearsons_by_hand():
    assert pearsons(np.array([[1.0, 2, 3], [3.0, 2, 1]]), np.array([0.0, 1, 2])) == pytest.approx([1, -1])


def test_a_seam_at_the_contour_counts_and_elsewhere_does_not():
    steps = np.zeros((4, 4), dtype=int)
    steps[:, 2:] = 1
    picture = np.zeros((1, 32, 32, 3), dtype=np.uint8)
    picture[:, :, 16:] = 40  # a step at the contour
    picture[:, 8:] += 10  # and one across it
    assert seams(picture, steps)[0] == pytest.approx(40 / (10 * 32 / (32 * 2 + 32 * 3)))


def test_at_best_only_the_rows_differ():
    strength = np.tile(np.linspace(0, 1, 8), (4, 1))
    even = np.random.default_rng(0).random(8)[None, None].repeat(4, axis=1)
    assert straight(strength, even) == pytest.approx(0, abs=1e-5)
    uneven = np.tile(np.linspace(0, 1, 8), (4, 1)) + np.array([[-1.0], [1], [-1], [1]])
    assert straight(strength, uneven[None]) == pytest.approx(dam(strength, uneven))


def test_level_is_ours_at_every_grey(committed):
    of = {name: [row['difference'] for row in committed['level'] if row['method'] == name] for name in {row['method'] for row in committed['level']}}
    assert max(of.pop('ours')) == 0
    of.pop('ours, future hinting off')
    assert all(max(differences) > 0 for differences in of.values())


def test_every_mask_method_follows_the_map_less(committed):
    rows = [row for row in committed['adherence'] if row['method'] in ('inpainting at .5', 'soft mask', 'Soft Inpainting\'s formula')]
    assert len(rows) == 9
    assert all(row['ahead_low'] > 0 and row['n'] >= 64 for row in rows)


def test_the_single_pictures_reach_their_ceiling(committed):
    row = committed['reliability']
    assert row['difference_low'] >= -0.02 and row['averaged'] >= 0.97 and row['n'] >= 64


def test_smooth_release_closes_the_gap_of_few_steps_where_the_release_decides(committed):
    for row in committed['few_steps_gaps']:
        assert row['gap_columns_low'] <= 0 or row['closed_columns'] >= row['gap_columns'] / 2


def test_the_laws_hold(committed):
    laws = committed['laws']
    assert (laws['white'], laws['black'], laws['suffix'], laws['start'], laws['off'], laws['strength, skipping']) == (0, 0, 0, 0, 0, 0)
    assert laws['strength'] <= 1 and laws['batch'] <= 2
