"""CITI-DailyActivities 3D: a folder laid out as its makers' checkout, with one person made up."""

from pathlib import Path

import numpy as np
import pytest

from analysis.study.data.build import build_motion
from analysis.study.data.citi import HIPS, KINECT_20, read_citi
from analysis.study.data.corpus import open_source
from lart_core.errors import LartError

UPRIGHT = {
    "shoulders": [(-0.17, 0.02, 0.37), (0.18, 0.02, 0.36), (0.01, 0.01, 0.46)],
    "spine and hips": [(0, 0.04, 0.19), (-0.13, 0, -0.13), (0.13, 0, -0.13)],
    "arms": [
        *[(-0.24, 0.03, 0.13), (0.27, 0.01, 0.13), (-0.25, -0.05, -0.1), (0.27, -0.05, -0.1)],
        *[(-0.25, -0.08, -0.15), (0.27, -0.08, -0.15)],
    ],
    "legs": [
        *[(-0.14, -0.04, -0.61), (0.14, -0.04, -0.61), (-0.14, 0, -1.01), (0.14, 0, -1.01)],
        *[(-0.15, -0.12, -1.1), (0.15, -0.12, -1.1)],
    ],
    "head": [(0, -0.02, 0.66)],
}
"""Metres from the hips: to the sensor's left, away from it, up."""
RIGHT_ARM = {7: (0.3, -0.2, 0.4), 9: (0.15, -0.25, 0.6), 11: (0.1, -0.2, 0.65)}
"""The same with the hand at the mouth."""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Somebody who drinks in the second half of a clip, a walker, and a walker without a name."""
    still = np.array([joint for part in UPRIGHT.values() for joint in part])
    drinks = np.tile(still, (100, 1, 1))
    for joint, place in RIGHT_ARM.items():
        drinks[50:, joint] = place
    folder = tmp_path / "motion" / "citi"
    (folder / "citi_data").mkdir(parents=True)
    (folder / "citi_labels").mkdir()
    for number, clip in enumerate([drinks, np.tile(still, (100, 1, 1)), drinks], 1):
        np.save(folder / "citi_data" / f"citi_data_{number:04}.npy", clip.reshape(100, 57))
    for name, values in {"action": [13, 1, 1], "subject": [1, 10, 11]}.items():
        np.save(folder / "citi_labels" / f"{name}_labels.npy", np.array([values], np.uint8))
    return folder


def test_clips_of_named_people_are_read(folder):
    drinks, walks = read_citi(folder)
    assert (drinks.label, drinks.subject, walks.label, walks.subject) == (
        "drink water", "s01", "walk", "s10",
    )  # fmt: skip
    assert drinks.joints.shape == (100, 20, 3)
    assert sorted(KINECT_20) == list(range(HIPS + 1))
    hip, head, left_foot, right_hand = (drinks.joints[-1, i] for i in (0, 3, 15, 11))
    assert (hip == 0).all()
    assert head[1] > 0.5 > -0.9 > left_foot[1]
    assert np.linalg.norm(head - right_hand) < 0.35


def test_who_drinks_is_seen_to_where_a_hand_is_at_the_head(folder, tmp_path):
    (built,) = build_motion(folder.parent, tmp_path / "out", ("citi",))
    drinks = next(open_source(built))
    spans = {span.label: (span.first, span.last) for span in drinks.spans}
    assert spans["drink water"] == (0, len(drinks.tracklet) - 1)
    assert spans["=27"][0] == pytest.approx(len(drinks.tracklet) / 2, abs=2)
    joints = drinks.tracklet.joints[-1]
    assert joints[15, 1] < joints[0, 1] < joints[7, 1]  # The camera's y points down.
    assert np.linalg.norm(joints[21] - joints[15]) < np.linalg.norm(joints[20] - joints[15])


def test_another_folder_says_what_was_expected(folder):
    (folder / "citi_labels" / "subject_labels.npy").unlink()
    with pytest.raises(LartError, match="citi_dataset"):
        list(read_citi(folder))
