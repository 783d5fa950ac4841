"""Reader of CITI-DailyActivities 3D as its makers put it on GitHub (mikeshihyaolin/citi_dataset).

Clips are `citi_data/citi_data_NNNN.npy`, 100 frames of 19 Kinect joints about the hips, and
`citi_labels` names the action and the person of each. Every recording was brought to 100 frames,
whatever it took; `FPS` makes a walker's step last as long as it does. Recordings of people who are
not named (those with made-up outliers) are left out.
"""

from collections.abc import Iterator
from pathlib import Path

import numpy as np

from analysis.study.data.motion import CITI, MotionClip
from lart_core.errors import LartError

FPS = 30.0
FRAMES, JOINTS, PEOPLE = 100, 19, 10
LABELS = (
    "walk",
    "sit down",
    "sit still",
    "use a TV remote",
    "stand up",
    "stand still",
    "pick up books",
    "carry books",
    "put down books",
    "carry a backpack",
    "drop a backpack",
    "make a phone call",
    "drink water",
    "wave hand",
    "clap",
)
"""By the number of the action, from 1 on."""
HIPS = JOINTS
"""The hip centre, which is the origin and not among the 19."""
KINECT_20 = (HIPS, 3, 2, 18, 0, 6, 8, 10, 1, 7, 9, 11, 4, 12, 14, 16, 5, 13, 15, 17)
"""Kinect v1's order of joints in the file's."""


def read_citi(folder: Path) -> Iterator[MotionClip]:
    """The clips of the ten people, in the order of the files.

    Raises:
        LartError: The folder is no such set.
    """
    try:
        names = dict(enumerate(LABELS, 1))
        files = sorted((folder / "citi_data").glob("*.npy"))
        action, subject = (
            np.load(folder / "citi_labels" / f"{name}_labels.npy", allow_pickle=False).ravel()
            for name in ("action", "subject")
        )
        for file, label, person in zip(files, action.tolist(), subject.tolist(), strict=True):
            if person <= PEOPLE:
                frames = np.load(file, allow_pickle=False).reshape(FRAMES, JOINTS, 3)
                joints = np.pad(frames, ((0, 0), (0, 1), (0, 0)))[:, KINECT_20]
                joints = joints[..., [0, 2, 1]].astype(np.float32)  # Height is their last axis.
                name = f"{CITI}/{file.stem.rpartition('_')[2]}"
                yield MotionClip(CITI, name, f"s{person:02}", names[label], FPS, joints)
    except (OSError, ValueError, KeyError) as error:
        raise LartError(
            f"Expected a checkout of mikeshihyaolin/citi_dataset in {folder}, but {error}."
        ) from None
