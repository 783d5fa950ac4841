"""Postures measured from joints."""

import numpy as np
import pytest

from analysis.study.data.build import resample
from analysis.study.data.motion import read_motion
from analysis.study.data.posture import (
    BEND,
    CALL,
    DRINK,
    JUMP,
    KICK,
    SIT,
    STAND,
    WALK,
    lies,
    measure,
)


def upright(frames: int) -> np.ndarray:
    joints = np.zeros((frames, 20, 3), np.float32)
    joints[:, [0, 1, 2, 3], 1] = [0.95, 1.05, 1.4, 1.6]
    joints[:, [12, 16], 1] = 0.9
    joints[:, [14, 18], 1] = 0.1
    return joints


def test_walking_then_standing():
    joints = upright(60)
    joints[:30, :, 0] += np.arange(30)[:, None] / 15
    joints[30:, :, 0] += 2
    found = measure(joints, 15)
    assert found[WALK][4:24].all() and not found[WALK][36:].any()
    assert found[STAND][36:].all() and not found[STAND][4:24].any()
    assert not found[BEND].any() and not found[SIT].any()


def test_sitting_and_bending():
    joints = upright(40)
    joints[20:30, [0, 1, 2, 3], 1] -= 0.4
    joints[30:, 2] = [0.3, 1.1, 0]
    found = measure(joints, 15)
    assert found[SIT][22:28].all() and not found[SIT][:18].any()
    assert found[BEND][30:].all() and not found[BEND][:30].any()


def test_a_hand_at_the_head_drinks_or_calls():
    joints = upright(40)
    joints[20:, 11] = [0.1, 1.5, 0.2]
    found = measure(joints, 15)
    for action in (DRINK, CALL):
        assert found[action][20:].all() and not found[action][:20].any()


def test_of_a_hand_that_is_not_seen_the_other_decides():
    joints = upright(40)
    joints[20:, 11] = [0.1, 1.5, 0.2]
    joints[:, 7] = np.nan
    assert measure(joints, 15)[DRINK].tolist() == [False] * 20 + [True] * 20


def test_who_runs_up_does_not_kick_yet():
    joints = upright(120)
    swing = np.sin(np.linspace(0, np.pi, 8))
    joints[30:38, 18, 2] += 0.6 * swing
    joints[90:98, 18, 2] += swing
    found = measure(joints, 15)
    assert found[KICK][90:96].all() and not found[KICK][:80].any()
    joints[60:, 14] = np.nan
    assert measure(joints, 15)[KICK].tolist() == found[KICK].tolist(), "the other foot's are known"


def test_both_feet_off_the_ground_jump_and_a_fast_one_kicks():
    joints = upright(60)
    joints[20:26, :, 1] += 0.3
    joints[50:58, 18, 2] += np.sin(np.linspace(0, np.pi, 8))
    found = measure(joints, 15)
    assert found[JUMP][17:29].all() and not found[JUMP][:14].any() and not found[JUMP][32:].any()
    assert found[KICK][51:56].all() and not found[KICK][:40].any()


def test_who_fell_lies_while_the_trunk_is_seen_to_stay_flat():
    lean = np.radians(np.concatenate([np.zeros(12), np.linspace(0, 90, 12), np.full(24, 85)]))
    trunk = np.stack([np.sin(lean), np.cos(lean), np.zeros(48)], axis=1).astype(np.float32)
    seen = np.ones(48, bool)
    held = lies(trunk, seen, 12)
    assert held[26:].all() and not held[:18].any()
    trunk[30:34] = [0.0, 1.0, 0.0]
    again = lies(trunk, seen, 12)
    assert not again[30:34].any() and again[34:].all(), "who rises in between does not"
    assert not lies(trunk[34:38], seen[34:38], 12).any(), "too short to tell"
    seen[36:] = False
    assert not lies(trunk, seen, 12)[30:].any(), "what is not seen is only held there"


def test_no_frame_is_two_of_the_exclusive_ones():
    chance = np.random.default_rng(0)
    joints = upright(50) + chance.normal(0, 0.2, (50, 20, 3)).astype(np.float32)
    found = measure(joints, 15)
    assert not (found[WALK] & found[STAND]).any() and not (found[WALK] & found[SIT]).any()


def test_walkers_walk_and_throwers_stand(shared):
    share: dict[str, list[float]] = {}
    for clip in read_motion(shared / "data" / "motion", "nw_ucla"):
        if clip.label in ("walk around", "throw"):
            found = measure(resample(clip.joints, clip.fps), 15)
            share.setdefault(clip.label, []).append(found[WALK].mean())
    assert np.mean(share["walk around"]) > 0.6 > 0.3 > np.mean(share["throw"])


@pytest.mark.parametrize("frames", [1, 2, 3, 5])
def test_short_clips(frames):
    assert all(len(holds) == frames for holds in measure(upright(frames), 15).values())
