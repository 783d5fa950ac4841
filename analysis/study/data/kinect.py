"""Readers of Kinect recordings as others put them on GitHub: checkouts, read as they are.

A set is many text files, one a recording (CDTA's: many), whose names tell action and person. All
become joints in metres in Kinect v1's order, y up, right-handed; what a file gives as the origin
was not seen, and recordings in which nothing was are left out (two of precog's).
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from analysis.study.data.motion import MotionClip
from lart_core.errors import LartError

Joints = NDArray[np.float32]

FPS = 30.0
"""Of every Kinect v1, unless a set says otherwise. The files of KARD, CAD-60 and MSR DailyActivity
hold no times; their walkers, where there are some, step as often as those of sets that do."""
MSR_ACTION_FPS = 15.0
"""Of MSR Action3D's sensor; its joggers take three steps a second at that."""
UNNAMED = "unnamed"
"""Whoever a set does not name: one or several people."""


@dataclass(frozen=True)
class KinectSet:
    """How one set lies on disk.

    Attributes:
        repository: Where it is on GitHub.
        files: Which of its files are recordings.
        name: A regular expression of their names without the ending, with the group `person` and
            what `label` needs; files of other names are left out.
        label: Gives the action of a name, or None for what says nothing of AVA's actions.
        read: Gives (T, 20, 3) metres of one file, or (N, T, 20, 3) of its N recordings.
        fps: Frames a second.
    """

    repository: str
    files: str
    name: str
    label: Callable[[re.Match[str]], str | None]
    read: Callable[[Path], Joints]
    fps: float = FPS

    @property
    def checkout(self) -> str:
        """The name of the checkout's folder."""
        return self.repository.rpartition("/")[2]

    def clips(self, folder: Path, source: str) -> Iterator[MotionClip]:
        """The recordings in the order of their names.

        Args:
            folder: Where the checkout lies.
            source: What to call the set.

        Raises:
            LartError: There is no such checkout, or a recording is damaged.
        """
        files = sorted((folder / self.checkout).glob(self.files))
        if not files:
            raise LartError(
                f"Expected a checkout of {self.repository} with {self.files} in {folder}; "
                f"run `git clone https://github.com/{self.repository}` there."
            )
        for file in files:
            named = re.fullmatch(self.name, file.stem)
            label = named and self.label(named)
            if not named or not label:
                continue
            try:
                joints = self.read(file)
            except (OSError, ValueError, IndexError) as error:
                raise LartError(f"Expected a recording of Kinect in {file}, but {error}.") from None
            name, person = f"{source}/{file.stem}", named["person"] or UNNAMED
            names = [name] if joints.ndim == 3 else [f"{name}/{n}" for n in range(len(joints))]
            for each, recording in zip(names, joints.reshape(-1, *joints.shape[-3:]), strict=True):
                if not np.isnan(recording).all():
                    yield MotionClip(source, each, person, label, self.fps, recording)


def _seen(joints: NDArray[np.floating]) -> Joints:
    origin = (joints == 0).all(axis=-1, keepdims=True)
    return np.where(origin, np.nan, joints).astype(np.float32)


def _numbered(file: Path) -> Joints:
    """Lines of `frame joint x y z` (MSR DailyActivity)."""
    return _seen(np.loadtxt(file)[:, 2:].reshape(-1, 20, 3))


def _table(file: Path) -> Joints:
    """A header, then a line a frame: time, 60 numbers, person, action (Kinder-Gator)."""
    rows = np.loadtxt(file, delimiter=",", skiprows=1, usecols=range(1, 61), ndmin=2)
    return _seen(rows.reshape(-1, 20, 3))


def _rows(file: Path) -> Joints:
    """Lines of `x y z certainty`, left before right, from the shoulders down (MSR Action3D)."""
    order = [6, 3, 2, 19, 0, 7, 9, 11, 1, 8, 10, 12, 4, 13, 15, 17, 5, 14, 16, 18]
    return _seen(np.loadtxt(file)[:, :3].reshape(-1, 20, 3)[:, order])


def _semicolons(file: Path) -> Joints:
    """A header, then a line a frame: `x y z` of each joint, between semicolons (precog)."""
    lines = file.read_text(encoding="utf-8").splitlines()[1:]
    frames = [[joint.split() for joint in line.split(";")[:20]] for line in lines]
    return _seen(np.array(frames, np.float64))


_KARD_ORDER = (1, 8, 0, 5, 6, 7, 2, 3, 4, 12, 13, 14, 9, 10, 11)
"""Where KARD and CDTA have what `_openni` names."""


def _lines(file: Path) -> Joints:
    """A number, then for each frame six of each of OpenNI's joints, in metres: a line a recording
    (CDTA). The sensor's x goes to the right of the picture."""
    with file.open(encoding="utf-8") as lines:
        rows = np.array([line.rstrip(", \n").split(",") for line in lines if line.strip()], float)
    given = rows[:, 1:].reshape(len(rows), -1, len(_KARD_ORDER), 6)[..., :3]
    return _of_openni(_seen(given)[:, :, _KARD_ORDER] * [-1, 1, 1])


def _openni(order: tuple[int, ...], *, mirrored: bool) -> Callable[[Path], Joints]:
    """Lines of `x y z`, and whatever follows, in millimetres: OpenNI's 15 joints.

    Args:
        order: Where neck, torso, head; shoulder, elbow, hand, left then right; hip, knee, foot,
            left then right, stand among them.
        mirrored: Whether x goes to the right of the picture, as OpenNI's own does.
    """
    sides = np.array([-1 if mirrored else 1, 1, 1]) / 1000

    def read(file: Path) -> Joints:
        rows = np.loadtxt(file, usecols=(0, 1, 2))
        given = rows[: len(rows) // 15 * 15].reshape(-1, 15, 3)  # CAD-60's end in zeros.
        return _of_openni(_seen(given)[:, order] * sides)

    return read


def _of_openni(given: NDArray[np.floating]) -> Joints:
    """(..., 15, 3) joints in the order that `_openni` names -> (..., 20, 3).

    Their feet are Kinect's ankles. Kinect's wrists and feet they do not have.
    """
    kinect = [2, 1, 3, 4, 5, 7, 8, 9, 11, 12, 13, 14, 16, 17, 18]
    joints = np.full((*given.shape[:-2], 20, 3), np.nan)
    joints[..., kinect, :] = given
    joints[..., 0, :] = joints[..., [12, 16], :].mean(axis=-2)
    return joints.astype(np.float32)


_MSR = (
    "drink", "eat", "read book", "call cellphone", "write on paper", "use laptop",
    "use vacuum cleaner", "cheer up", "sit still", "toss paper", "play game", "", "walk",
    "play guitar", "stand up", "sit down",
)  # fmt: skip
"""By number, from 1 on. Nobody's skeleton is right once he lies down on the sofa, which is 12."""
_MOVING = frozenset({"use vacuum cleaner", "walk", "stand up", "sit down"})
"""What is done neither seated in the first take nor standing in the second."""
_KARD = (
    "horizontal arm wave", "high arm wave", "two hand wave", "catch cap", "high throw", "draw X",
    "draw tick", "toss paper", "forward kick", "side kick", "take umbrella", "bend", "hand clap",
    "walk", "phone call", "drink", "sit down", "stand up",
)  # fmt: skip
_MSR_ACTION = (
    "high arm wave", "horizontal arm wave", "hammer", "hand catch", "forward punch", "high throw",
    "draw x", "draw tick", "draw circle", "hand clap", "two hand wave", "side boxing", "bend",
    "forward kick", "side kick", "jogging", "tennis swing", "tennis serve", "golf swing",
    "pick up and throw",
)  # fmt: skip


def _by_number(actions: tuple[str, ...]) -> Callable[[re.Match[str]], str]:
    return lambda named: actions[int(named["action"]) - 1]


def _of_msr(named: re.Match[str]) -> str | None:
    action = _by_number(_MSR)(named)
    if not action or action in _MOVING:
        return action
    return f"{action}, {'sitting' if named['take'] == '1' else 'standing'}"


def _of_cad60(named: re.Match[str]) -> str | None:
    return None if named["action"].startswith("random") else named["action"].replace("_", " ")


def _of_kinder_gator(named: re.Match[str]) -> str | None:
    action = named["action"].replace("-", " ").strip().lower()
    return None if action.startswith(("draw", "make the letter", "fly", "swipe")) else action


KINECT_SETS = {
    "msr_daily": KinectSet(
        "MehmetMHY/SVM-On-Skeleton-Data",
        "tools/full_dataset/*/*.txt",
        r"a(?P<action>\d+)_(?P<person>s\d+)_e0(?P<take>\d)_skeleton_proj",
        _of_msr,
        _numbered,
    ),
    "msr_action": KinectSet(
        "Mabdou11/Activity-Recognition-skeleton-datasets",
        "MSRAction3DSkeletonReal3D/*.txt",
        r"a(?P<action>\d+)_(?P<person>s\d+)_e\d+_skeleton3D",
        _by_number(_MSR_ACTION),
        _rows,
        MSR_ACTION_FPS,
    ),
    "cad60": KinectSet(
        "Mabdou11/Activity-Recognition-skeleton-datasets",
        "cad60_120f/*.txt",
        r"a\d+_(?P<action>.+?)\d?_\d+_(?P<person>p\d)",
        _of_cad60,
        _openni((1, 2, 0, 3, 4, 11, 5, 6, 12, 7, 8, 13, 9, 10, 14), mirrored=False),
    ),
    "kard": KinectSet(
        "Mabdou11/Activity-Recognition-skeleton-datasets",
        "kard_realworld/*.txt",
        r"a(?P<action>\d+)_(?P<person>s\d+)_e\d+_realworld",
        _by_number(_KARD),
        _openni(_KARD_ORDER, mirrored=True),
    ),
    "cdta": KinectSet(
        "Mabdou11/Activity-Recognition-skeleton-datasets",
        "new_dataset/*.csv",
        r"(?P<action>Still|Standing).*?(?P<person>moh|sara|zaki)?(?<!_M)",
        lambda _: "stand still",
        _lines,
    ),
    "kinder_gator": KinectSet(
        "hayeesha/Kinder-Gator",
        "*/POSE-*.csv",
        r"POSE-(?P<person>p\d+)_\d+-(?P<action>.+?)-+\d+",
        _of_kinder_gator,
        _table,
    ),
    "precog": KinectSet(
        "DavidJardim/precog_dataset_16",
        "Dataset/CSV/*.csv",
        r"Seq\d+_(?P<person>\d+)",
        lambda _: "strikes",
        _semicolons,
    ),
}
"""Source -> set."""
