"""Made-up leaps obey gravity and say so in their labels."""

import numpy as np
import torch

from analysis.study.data.corpus import Windows
from analysis.study.data.poses import Poses
from analysis.study.samples.leap import FALL, GRAVITY, LEAP, STAND, with_leaps

FPS = 15.0


def still(count: int, time: int = 40) -> Windows:
    eye = torch.eye(3)
    poses = Poses(
        eye.expand(count, time, 3, 3), eye.expand(count, time, 23, 3, 3),
        torch.zeros(count, time, 10), torch.zeros(count, time, 3),
        torch.zeros(count, time, 45, 3), *torch.ones(2, count, time, dtype=torch.bool),
    )  # fmt: skip
    target = torch.zeros(count, time, 80, dtype=torch.int8)
    target[..., STAND - 1] = 1
    target[:, :3] = -1
    return Windows(poses, target, torch.full((count, time), -1))


def leapt(count: int = 200) -> Windows:
    chosen = torch.arange(count) % 2 == 0
    return with_leaps(still(count), chosen, FPS, torch.Generator().manual_seed(0))


def test_only_the_chosen_leap():
    windows = leapt()
    assert windows.poses.camera[1::2].abs().max() == 0
    assert (windows.target[1::2] == still(100).target).all()
    assert (windows.target[::2, :, LEAP - 1] == 1).any(1).float().mean() > 0.8


def test_flight_is_free_fall():
    windows = leapt()
    height = windows.poses.camera[::2, :, 1].double()
    flying = windows.target[::2, :, LEAP - 1] == 1
    pull = (height[:, 2:] - 2 * height[:, 1:-1] + height[:, :-2]) * FPS**2
    inside = flying[:, 2:] & flying[:, 1:-1] & flying[:, :-2]
    np.testing.assert_allclose(pull[inside], GRAVITY, rtol=1e-3)


def test_labels_in_flight_and_outside():
    target = leapt().target[::2]
    flying = target[..., LEAP - 1] == 1
    assert (target[..., STAND - 1][flying] == 0).all()
    assert (target[..., FALL - 1][flying] == -1).all()
    assert (target[:, :3] == -1).all(), "frames without a label stay so"
    assert (target[:, 3:][~flying[:, 3:]][:, STAND - 1] == 1).all()
