"""Appearance vectors from single pictures."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from lart_core.errors import LartError
from lart_core.perception.embedded.mobilenet import DIM, MobileNetV2, load_mobilenet
from lart_core.perception.embedded.snapshots import Snapshots, describer
from lart_core.tracklet import Tracklet, VideoFacts

FRAMES, SIZE = 20, 64


def person(first: int, frames: int, left: float) -> Tracklet:
    eye = np.tile(np.eye(3, dtype=np.float32), (frames, 1, 1))
    return Tracklet(
        track_id=int(left) + 1,
        video=VideoFacts("v", SIZE, SIZE, 30.0, FRAMES),
        frame=np.arange(first, first + frames),
        box=np.tile(np.array([left, 8, left + 16, 24], np.float32), (frames, 1)),
        score=np.ones(frames, np.float32),
        detected=np.ones(frames, bool),
        global_orient=eye,
        body_pose=np.tile(eye[:, None], (1, 23, 1, 1)),
        betas=np.zeros((frames, 10), np.float32),
        camera=np.tile(np.array([0, 0, 60], np.float32), (frames, 1)),
        joints=np.zeros((frames, 45, 3), np.float32),
    )


def film() -> list[np.ndarray]:
    """Every frame has its own brightness, brighter on the right half."""
    frames = np.zeros((FRAMES, SIZE, SIZE, 3), np.uint8)
    frames += (np.arange(FRAMES, dtype=np.uint8) * 5)[:, None, None, None]
    frames[:, :, SIZE // 2 :] += 100
    return list(frames)


def brightness(pictures: np.ndarray) -> np.ndarray:
    """Mean brightness of the middle of each picture, and a number that keeps the scale."""
    middle = pictures[:, 12:20, 12:20].mean(axis=(1, 2, 3))
    return np.stack([middle, np.full(len(middle), 1000.0)], axis=1).astype(np.float32)


def encoder() -> Snapshots:
    return Snapshots("brightness", brightness, dim=2, side=32, wider=1.0)


def seen(tracklet: Tracklet) -> list[int]:
    """The brightness that each vector was made of."""
    return [round(1000 * a / b) for a, b in tracklet.appearance]


def test_each_group_of_frames_has_the_picture_of_its_centre():
    left, right = encoder().encode(film(), [person(0, 14, 8), person(3, 6, 40)])
    assert left.appearance_frame.tolist() == [3, 9, 13]
    assert right.appearance_frame.tolist() == [6]
    assert seen(left) == [15, 45, 65] and seen(right) == [130]
    np.testing.assert_allclose((left.appearance**2).mean(axis=1), 1, rtol=1e-5)
    assert left.provenance["appearance"] == "brightness"


def test_who_is_unseen_is_looked_for_where_they_were_seen_last():
    tracklet = person(0, 6, 40)
    box = tracklet.box.copy()
    box[2:] = [8, 8, 24, 24]
    lost = replace(tracklet, box=box, detected=np.arange(6) < 2)
    (found,) = encoder().encode(film(), [lost])
    assert seen(found) == [115], "frame 3 at the box of frame 1"


def test_who_is_never_seen_is_looked_for_where_the_box_is():
    (found,) = encoder().encode(film(), [replace(person(0, 6, 8), detected=np.zeros(6, bool))])
    assert seen(found) == [15]


def test_the_video_is_another():
    with pytest.raises(LartError, match="ends before it"):
        encoder().encode(film()[:5], [person(0, 14, 8)])


def test_a_network_describes_pictures_one_by_one():
    torch.manual_seed(0)
    describe = describer(MobileNetV2().eval())
    pictures = np.random.default_rng(0).integers(0, 255, (2, 224, 224, 3), dtype=np.uint8)
    both = describe(pictures)
    assert both.shape == (2, DIM)
    np.testing.assert_allclose(both[1:], describe(pictures[1:]), atol=1e-5)


def test_other_files_are_refused(tmp_path):
    file = tmp_path / "weights.pt"
    torch.save({"features.0.0.weight": torch.zeros(2)}, file)
    with pytest.raises(LartError, match="MobileNetV2"):
        load_mobilenet(file)
    file.write_bytes(b"no weights")
    with pytest.raises(LartError, match="MobileNetV2"):
        load_mobilenet(file)
