"""Textures and colours of people between perception and tracking."""

from pathlib import Path

import numpy as np
import pytest
from pycocotools import mask as rle

from lart_core.errors import LartError
from lart_core.perception import colors, textures
from lart_core.perception.crop import MEAN, STD
from lart_core.perception.protocols import Detections


def people(*boxes: list[float], masks: tuple[bytes | None, ...] | None = None) -> Detections:
    box = np.array(boxes, np.float32).reshape(-1, 4)
    return Detections(box, np.ones(len(box), np.float32), mask=masks)


class Painted:
    """Gives every person the texture of a whole number of grey levels, valid in the upper half."""

    name = "painted"

    def textures(self, frame, found):
        maps = np.zeros((len(found), 4, 8, 8), np.float32)
        for i, (x1, *_) in enumerate(found.box):
            maps[i, :3] = ((x1 - MEAN) / STD / 5)[:, None, None]
        maps[:, 3] = 1
        maps[:, :, 4:] = [[[0]], [[0]], [[0]], [[-1]]]
        return maps

    def compared(self, track, detection):
        raise AssertionError("not asked for here")


def test_textures_come_back_frame_by_frame_in_any_order(tmp_path: Path):
    path, frame = tmp_path / "textures.zip", np.zeros((4, 4, 3), np.uint8)
    seen = [people([10, 0, 1, 1], [200, 0, 1, 1]), people(), people([77, 0, 1, 1])]
    with textures.keeping(path, Painted()) as keep:
        for found in seen:
            keep(frame, found)
        assert not path.exists(), "it appears whole or not at all"
    with textures.reading(path) as of_frame:
        for number in (2, 0, 1):
            want = Painted().textures(frame, seen[number])
            np.testing.assert_allclose(of_frame(number), want, atol=1e-6)
        with pytest.raises(LartError, match="frame 3"):
            of_frame(3)


def test_a_grey_level_is_the_most_that_is_lost(tmp_path: Path):
    class Noise(Painted):
        def textures(self, frame, found):
            grey = np.random.default_rng(0).uniform(0, 255, (1, 4, 64, 64))
            maps = (grey - np.append(MEAN, 0)[:, None, None]) / np.append(5 * STD, 1)[:, None, None]
            maps[:, 3] = np.where(grey[:, 3] > 90, 1, -1)
            maps[:, :3] *= maps[:, 3:] > 0
            return maps.astype(np.float32)

    with textures.keeping(tmp_path / "t.zip", Noise()) as keep:
        keep(np.zeros((4, 4, 3), np.uint8), people([0, 0, 1, 1]))
    with textures.reading(tmp_path / "t.zip") as of_frame:
        got, want = of_frame(0), Noise().textures(None, None)
    np.testing.assert_array_equal(got[:, 3], want[:, 3])
    assert np.abs((got - want)[:, :3] * (5 * STD)[:, None, None]).max() <= 0.5 + 1e-3


def test_without_an_encoder_nothing_is_kept(tmp_path: Path):
    with textures.keeping(tmp_path / "t.zip", None) as keep:
        keep(np.zeros((4, 4, 3), np.uint8), people([0, 0, 1, 1]))
    assert list(tmp_path.iterdir()) == []


def test_colours_are_those_inside_any_detectors_mask():
    frame = np.full((200, 300, 3), (20, 200, 20), np.uint8)
    frame[40:160, 20:60] = (200, 30, 30)
    frame[40:160, 120:160] = (30, 30, 200)
    frame[40:160, 220:260] = (200, 30, 30)

    def mask(x: int) -> bytes:
        whole = np.zeros((200, 300), np.uint8, order="F")
        whole[42:158, x + 2 : x + 38] = 1
        return rle.encode(whole)["counts"]

    boxes = [[x, 40, x + 40, 160] for x in (20, 120, 220, 220)]
    found = colors.of_masks(
        frame, people(*boxes, masks=(mask(20), mask(120), mask(220), None))
    ).astype(np.float64)
    red, blue, also_red, unknown = found
    assert np.isnan(unknown).all()
    np.testing.assert_allclose((found[:3] ** 2).sum(axis=1), 1, atol=1e-2)
    assert ((red - also_red) ** 2).sum() < 0.05
    assert ((red - blue) ** 2).sum() > 1.5


def test_colours_of_an_upright_region_do_not_hang_on_where_its_mask_is_from():
    """BlazePose's own mask in the region, and the same body as a run-length mask of the frame."""
    rng = np.random.default_rng(0)
    frame = np.kron(rng.integers(60, 200, (20, 20, 3)), np.ones((10, 10, 1))).astype(np.uint8)
    box = [50.0, 40.0, 130.0, 160.0]
    whole = np.zeros((200, 200), np.uint8, order="F")
    whole[40:160, 50:130] = 1
    one = people(box, masks=(rle.encode(whole)["counts"],))
    side = 120 * 1.1
    region = np.array([[90.0, 100.0, side, 0.0]])
    inside = np.zeros((1, 256, 256), np.float32)
    edge = np.rint(256 * (0.5 - np.array([60, 40]) / side)).astype(int)
    inside[:, edge[0] : 256 - edge[0], edge[1] : 256 - edge[1]] = 1
    a, b = colors.of_masks(frame, one), colors.signatures(frame, region, inside)
    assert ((a.astype(float) - b.astype(float)) ** 2).sum() < 0.02
