"""Recordings of Kinect: checkouts laid out as on GitHub, with one person made up.

The orders of joints are those that the sets' own descriptions list.
"""

import re
from pathlib import Path

import numpy as np
import pytest

from analysis.study.data.build import build_motion
from analysis.study.data.corpus import open_source
from analysis.study.data.kinect import KINECT_SETS
from analysis.study.data.labels import meaning
from analysis.study.data.motion import MOTION_SOURCES
from analysis.study.data.splits import TEST
from lart_core.errors import LartError

KINECT = (
    "hip centre", "torso", "neck", "head",
    "left shoulder", "left elbow", "left wrist", "left hand",
    "right shoulder", "right elbow", "right wrist", "right hand",
    "left hip", "left knee", "left ankle", "left foot",
    "right hip", "right knee", "right ankle", "right foot",
)  # fmt: skip
KARD = (
    "head", "neck", "right shoulder", "right elbow", "right hand", "left shoulder", "left elbow",
    "left hand", "torso", "right hip", "right knee", "right ankle", "left hip", "left knee",
    "left ankle",
)  # fmt: skip
CAD60 = (
    "head", "neck", "torso", "left shoulder", "left elbow", "right shoulder", "right elbow",
    "left hip", "left knee", "right hip", "right knee", "left hand", "right hand", "left ankle",
    "right ankle",
)  # fmt: skip
MSR_ACTION = (
    "left shoulder", "right shoulder", "neck", "torso", "left hip", "right hip", "hip centre",
    "left elbow", "right elbow", "left wrist", "right wrist", "left hand", "right hand",
    "left knee", "right knee", "left ankle", "right ankle", "left foot", "right foot", "head",
)  # fmt: skip
HALF = {
    "shoulder": (0.17, 0.37, 2.5), "elbow": (0.24, 0.13, 2.5), "wrist": (0.25, -0.1, 2.4),
    "hand": (0.25, -0.15, 2.4), "hip": (0.13, -0.13, 2.5), "knee": (0.14, -0.6, 2.5),
    "ankle": (0.14, -1.0, 2.5), "foot": (0.15, -1.1, 2.4),
}  # fmt: skip
"""Metres of one side of somebody who faces the sensor: aside, up, away."""
MIDDLE = {"hip centre": (0, -0.13, 2.5), "torso": (0, 0.2, 2.5), "neck": (0, 0.4, 2.5)}
MIDDLE["head"] = (0, 0.66, 2.45)


def person() -> dict[str, np.ndarray]:
    """Joints by name, as Kinect gives them: the left of who faces it at negative x."""
    joints = {name: np.array(place, float) for name, place in MIDDLE.items()}
    for side, sign in (("left", -1), ("right", 1)):
        joints |= {f"{side} {name}": np.array(p) * [sign, 1, 1] for name, p in HALF.items()}
    joints["left hand"] = np.array([-0.3, 0.8, 2.3])
    return joints


FRAMES = 30


def msr() -> str:
    lines = [
        f"{frame} {number} " + " ".join(f"{v:.3f}" for v in person()[name])
        for frame in range(1, FRAMES + 1)
        for number, name in enumerate(KINECT, 1)
    ]
    return "\n".join(lines)


def openni(order: tuple[str, ...], sides: int, more: str = "", end: str = "") -> str:
    frame = "".join(
        " ".join(f"{v * 1000 * s:.2f}" for v, s in zip(person()[name], (sides, 1, 1), strict=True))
        + f"{more}\n"
        for name in order
    )
    return frame * FRAMES + end


def msr_action() -> str:
    lines = (
        " ".join(f"{v:.6f}" for v in person()[name]) + " 1.000000" for name in MSR_ACTION * FRAMES
    )
    return "\n".join(lines)


def cdta() -> str:
    numbers = [v * s for name in KARD for v, s in zip(person()[name], (-1, 1, 1), strict=True)]
    frame = "".join(
        f"{x:.6f},{y:.6f},{z:.6f},0.01,-0.1,-1.57," for x, y, z in np.reshape(numbers, (-1, 3))
    )
    return f"7,{frame * FRAMES}\n"


def kinder_gator() -> str:
    header = "Timestamp," + ",".join(f"{name}{axis}" for name in KINECT for axis in "XYZ")
    row = ",".join(f"{v:.4f}" for name in KINECT for v in person()[name])
    return f"{header},User-ID,Action,\n" + f"60591709.138,{row},970,Jump,\n" * FRAMES


def precog() -> str:
    row = ";".join(" ".join(f"{v:.4f}" for v in person()[name]) for name in KINECT)
    return "; ".join(KINECT) + "\n" + f"{row};0\n" * FRAMES


SETS = {
    "msr_daily": (
        "SVM-On-Skeleton-Data/tools/full_dataset/train/a02_s03_e01_skeleton_proj.txt",
        msr(), "eat, sitting", "s03",
    ),
    "msr_action": (
        "Activity-Recognition-skeleton-datasets/MSRAction3DSkeletonReal3D/"
        "a12_s09_e03_skeleton3D.txt",
        msr_action(), "side boxing", "s09",
    ),
    "cad60": (
        "Activity-Recognition-skeleton-datasets/cad60_120f/a11_cooking_(chopping)_2_p4.txt",
        openni(CAD60, 1, " 0.99" + " 0" * 8, "0 0 0 0 0 0\n0 0 0 0 0 0\n"),
        "cooking (chopping)", "p4",
    ),
    "kard": (
        "Activity-Recognition-skeleton-datasets/kard_realworld/a16_s08_e02_realworld.txt",
        openni(KARD, -1), "drink", "s08",
    ),
    "cdta": (
        "Activity-Recognition-skeleton-datasets/new_dataset/Still_zaki.csv",
        cdta(), "stand still", "zaki",
    ),
    "kinder_gator": (
        "Kinder-Gator/Adults/POSE-p970_34-Throw-a-ball--1455123020773.csv",
        kinder_gator(), "throw a ball", "p970",
    ),
    "precog": ("precog_dataset_16/Dataset/CSV/Seq1_12.csv", precog(), "strikes", "12"),
}  # fmt: skip
"""Set -> a file as its makers name it, its text, label and person."""


def write(folder: Path, source: str) -> Path:
    path, text, _, _ = SETS[source]
    file = folder / path
    file.parent.mkdir(parents=True)
    file.write_text(text)
    return file


def test_every_set_is_tried_and_known_everywhere():
    assert set(SETS) == set(KINECT_SETS) <= set(MOTION_SOURCES) & set(TEST)


@pytest.mark.parametrize("source", SETS)
def test_joints_are_where_the_person_was(source, tmp_path):
    write(tmp_path, source)
    (clip,) = KINECT_SETS[source].clips(tmp_path, source)
    assert (clip.source, clip.label, clip.subject) == (source, *SETS[source][2:])
    assert clip.joints.shape == (FRAMES, 20, 3) and meaning(source, clip.label)
    wanted = np.array([person()[name] for name in KINECT])
    seen = ~np.isnan(clip.joints).any(axis=-1)
    assert (seen == seen[0]).all() and seen[0].sum() in (16, 20)
    np.testing.assert_allclose(
        clip.joints[:, seen[0]], np.tile(wanted[seen[0]], (FRAMES, 1, 1)), atol=1e-3
    )


@pytest.mark.parametrize("source", ["cad60", "msr_daily"])
def test_the_raised_hand_of_the_body_is_the_left_one(source, tmp_path):
    write(tmp_path, source)
    (built,) = build_motion(tmp_path, tmp_path / "out", (source,))
    joints = next(open_source(built)).tracklet.joints[0]
    left, right = joints[20], joints[21]  # SMPL's wrists; the camera's y points down.
    assert left[1] < right[1]
    assert left[0] > right[0]  # Who faces the camera has the left to its right.


def test_what_says_nothing_of_actions_is_left_out(tmp_path):
    file = write(tmp_path, "kinder_gator")
    file.with_name("POSE-p970_46-Draw-the-letter-A-1455365971216.csv").write_text(kinder_gator())
    msr_file = write(tmp_path, "msr_daily")
    msr_file.with_name("a12_s03_e01_skeleton_proj.txt").write_text(msr())
    for source in ("kinder_gator", "msr_daily"):
        assert len(list(KINECT_SETS[source].clips(tmp_path, source))) == 1


def test_a_file_of_several_recordings_is_read_line_by_line_and_mirrored_ones_are_left_out(tmp_path):
    file = write(tmp_path, "cdta")
    file.with_name("Still_30_v3.csv").write_text(cdta() * 2)
    file.with_name("Still_30_verified_M.csv").write_text(cdta())
    file.with_name("Stop_zaki.csv").write_text(cdta())
    found = list(KINECT_SETS["cdta"].clips(tmp_path, "cdta"))
    assert [(clip.name, clip.subject) for clip in found] == [
        ("cdta/Still_30_v3/0", "unnamed"),
        ("cdta/Still_30_v3/1", "unnamed"),
        ("cdta/Still_zaki/0", "zaki"),
    ]


def test_a_recording_of_nobody_is_left_out(tmp_path):
    file = write(tmp_path, "precog")
    nothing = ";".join(["0 0 0"] * 20)
    file.with_name("Seq2_10.csv").write_text("; ".join(KINECT) + "\n" + f"{nothing};0\n" * 9)
    assert len(list(KINECT_SETS["precog"].clips(tmp_path, "precog"))) == 1


@pytest.mark.parametrize("source", SETS)
def test_a_damaged_recording_is_named(source, tmp_path):
    file = write(tmp_path, source)
    file.write_text(file.read_text().replace("0.", "x.", 50).replace("60", "x", 500))
    with pytest.raises(LartError, match=re.escape(file.name)):
        list(KINECT_SETS[source].clips(tmp_path, source))


def test_an_absent_checkout_says_what_to_clone(tmp_path):
    with pytest.raises(LartError, match=r"git clone .*hayeesha/Kinder-Gator"):
        list(KINECT_SETS["kinder_gator"].clips(tmp_path, "kinder_gator"))
