"""Regions, windows, landmarks sharpened by heat maps, masks: the geometry around the models."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pycocotools import mask as rle

from lart_core.boxes import iou
from lart_core.perception import roi
from lart_core.perception.embedded import tiles
from lart_core.perception.embedded.blazepose import SIZE, encode_masks, sharpen
from lart_core.perception.embedded.movenet import brighten


@given(st.floats(-500, 500), st.floats(-500, 500), st.floats(20, 900), st.floats(-3.1, 3.1))
def test_a_region_is_found_again_from_its_own_alignment(x, y, side, angle):
    region = np.array([[x, y, side, angle]])
    middle = SIZE / 2
    circle = middle - SIZE / (2 * roi.OWN_MARGIN)
    points = roi.to_image(np.array([[[middle, middle], [middle, circle]]]), region, SIZE)
    again = roi.from_alignment(points[:, 0], points[:, 1])
    np.testing.assert_allclose(again, region, atol=1e-6)


def test_the_crop_shows_the_region_upright():
    frame = np.zeros((400, 400, 3), np.uint8)
    frame[190:210, 290:310] = 255  # right of the centre
    picture = roi.crop(frame, np.array([200.0, 200, 400, np.pi / 2]), SIZE)
    # The region's up is the image's right, so the spot lies above the middle.
    y, x = np.argwhere(picture[..., 0] > 128).mean(axis=0)
    assert x == pytest.approx(128, abs=2)
    assert y == pytest.approx(64, abs=2)


def test_the_region_leans_with_the_body():
    keypoints = np.ones((1, 17, 3), np.float32)
    keypoints[0, [5, 6], :2] = [[300, 100], [300, 120]]  # shoulders, to the right of the hips
    keypoints[0, [11, 12], :2] = [[200, 100], [200, 120]]
    region = roi.from_keypoints(np.array([[150, 60, 350, 160]], np.float32), keypoints)
    np.testing.assert_allclose(region[0, [0, 1, 3]], [200, 110, np.pi / 2])
    assert region[0, 2] >= 2 * 150


def test_without_keypoints_the_box_decides():
    region = roi.from_keypoints(np.array([[0, 0, 100, 200]], np.float32), None)
    np.testing.assert_allclose(region[0], [50, 100, 220, 0])


def test_tiles_cover_the_frame_and_stay_inside():
    seen = np.zeros((333, 517), bool)
    for x1, y1, x2, y2 in tiles.grid(517, 333, 3):
        assert 0 <= x1 < x2 <= 517
        assert 0 <= y1 < y2 <= 333
        seen[y1:y2, x1:x2] = True
    assert seen.all()


def test_one_body_found_twice_stays_once_and_two_in_one_box_stay_two():
    box = np.array([[0, 0, 100, 200], [2, 1, 103, 198], [0, 0, 100, 200]], np.float32)
    keypoints = np.ones((3, 17, 3), np.float32)
    keypoints[:, :, :2] = np.random.default_rng(0).uniform(0, 100, (17, 2))
    keypoints[1, :, :2] += 2
    keypoints[2, :, 0] = 100 - keypoints[2, :, 0]
    keep = tiles.suppress(box, np.array([0.5, 0.9, 0.4], np.float32), keypoints)
    assert keep == [1, 2]


def test_overlap_of_boxes():
    a = np.array([[0, 0, 2, 2]], np.float32)
    b = np.array([[1, 1, 3, 3], [5, 5, 6, 6]], np.float32)
    np.testing.assert_allclose(iou(a[:, None], b[None]), [[1 / 7, 0]])


def test_landmarks_move_to_the_warm_cells_and_stay_where_it_is_cold():
    """Also at the picture's edge, beyond which all is cold."""
    heat = np.full((64, 64, 4), -50.0)
    heat[20, 30, 0] = 2.0
    heat[20, 31, 0] = 2.0
    heat[20, 30, 1] = -1.0
    heat[20, 30, 2] = 2.0
    heat[0, 63, 3] = 2.0
    xy = np.array([[31.0 * 4, 21.0 * 4], [31.0 * 4, 21.0 * 4], [-40.0, 10.0], [61.0 * 4, 8.0]])
    moved = sharpen(xy, heat)
    np.testing.assert_allclose(moved[0], [30.5 * 4, 20 * 4])
    np.testing.assert_allclose(moved[1:3], xy[1:3])
    np.testing.assert_allclose(moved[3], [63 * 4, 0])


def test_a_mask_is_clipped_to_its_box():
    everything = np.ones((1, SIZE, SIZE), np.float32)
    region = np.array([[100.0, 100, 150, 0.3]])
    counts = encode_masks(
        everything, region, np.array([[80, 70, 120, 130]], np.float32), (200, 180)
    )
    whole = rle.decode({"size": [180, 200], "counts": counts[0]})
    assert whole.sum() == 40 * 60
    assert whole[70:130, 80:120].all()


def test_a_mask_lies_where_the_body_is():
    mask = np.zeros((1, SIZE, SIZE), np.float32)
    mask[0, :128] = 1  # the upper half of the crop
    region = np.array([[100.0, 100, 100, np.pi]])  # upside down
    counts = encode_masks(mask, region, np.array([[0, 0, 200, 180]], np.float32), (200, 180))
    whole = rle.decode({"size": [180, 200], "counts": counts[0]})
    rows = np.argwhere(whole)[:, 0]
    assert rows.min() >= 99
    assert whole.sum() == pytest.approx(100 * 50, rel=0.05)


def test_only_dark_pictures_are_brightened():
    bright, dark = np.full((4, 4, 3), 90, np.uint8), np.full((4, 4, 3), 16, np.uint8)
    assert brighten(bright) is bright
    assert (brighten(dark) == round(255 * (16 / 255) ** 0.5)).all()
