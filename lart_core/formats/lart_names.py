"""Names of LART's tracklet files, which tell video, keyframe, track and length.

The release is named ``<data set>_<video>_<keyframe>_<track id>_<frames>.pkl`` (its DATASET.md):
``ava-train_053oq2xB3oU_000150_3_128.pkl``. Keyframes are counted at 30 frames a second from second
900 of AVA's films, and the published code finds the row of a keyframe by its six digits in
`frame_name`. Tracks that are not of a window have no keyframe.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from lart_core.errors import LartError
from lart_core.formats.ava_table import video_id
from lart_core.tracklet.data import Tracklet, VideoFacts

RATE = 30
"""Keyframe numbers a second."""
BEGINS_AT = 900.0
"""Second of the film with keyframe number 0."""
OF_RELEASE = {"begins_at": BEGINS_AT, "least_score": 0.8}
"""What a run of the release is told: where its film begins, and the score under which the published
evaluator leaves a given box of AVA out."""
RELEASE = "ava-val"
"""What the published evaluator looks for in the names of tracks that it judges."""

_KEYED = re.compile(r"(ava-[a-z]+)_(.+)_(\d{6})_(\d+)_\d+(?:\.pkl)?")
_PLAIN = re.compile(r"(.+)_(\d+)_\d+(?:\.pkl)?")


@dataclass(frozen=True)
class LartName:
    """What a file's name tells.

    Attributes:
        video: Name of the film.
        track_id: Number of the track, within its window if there is one.
        keyframe: Six digits, or empty.
        release: Data set, or empty.
    """

    video: str
    track_id: int
    keyframe: str = ""
    release: str = ""


def read_name(name: str) -> LartName:
    """What a file's name tells.

    Raises:
        LartError: It is not such a name.
    """
    keyed, plain = _KEYED.fullmatch(name), _PLAIN.fullmatch(name)
    if keyed:
        return LartName(keyed[2], int(keyed[4]), keyed[3], keyed[1])
    if plain is None:
        raise LartError(
            f"Expected a file named <video>_<track id>_<frames>.pkl, but got {name!r}; LART keeps "
            f"the track id there only."
        )
    return LartName(plain[1], int(plain[2]))


def film_name(video: VideoFacts) -> str:
    """What a film is called in the names of its files."""
    return re.sub(r"[^\w.-]", "_", video_id(video.name))


def file_name(t: Tracklet, release: str = RELEASE) -> str:
    """Name under which LART looks for the file."""
    video = film_name(t.video)
    if t.keyframe is None:
        return f"{video}_{t.track_id}_{len(t)}.pkl"
    return f"{release}_{video}_{number(t, t.keyframe):06d}_{t.track_id}_{len(t)}.pkl"


def number(t: Tracklet, frame: int) -> int:
    """A frame as the release counts frames: 30 a second."""
    return round(float(t.video.second_of(frame)) * RATE)


def frame_names(t: Tracklet) -> list[str]:
    """`frame_name` of a track in a window; the keyframe's digits are in one of them."""
    video = video_id(t.video.name)
    names = [f"{video}/{video}_{number(t, n):06d}.jpg" for n in t.frame.tolist()]
    if t.keyframe is not None and t.video.fps > RATE:
        digits = f"{number(t, t.keyframe):06d}"
        for i, n in enumerate(t.frame.tolist()):
            if digits in names[i] and n != t.keyframe:
                names[i] = f"{video}/{video}_between.jpg"
    return names


def first_number(keyframe: str, names: Sequence[str]) -> int:
    """The number of a track's first frame, by its keyframe's row or another frame's digits.

    Raises:
        LartError: No frame's name has a number.
    """
    row = keyframe_row(keyframe, names)
    if row is not None:
        return int(keyframe) - row
    for row, name in enumerate(names):
        if found := re.search(r"_(\d{6})\.", name):
            return int(found[1]) - row
    raise LartError(
        f"Expected numbers in 'frame_name', as in {RELEASE}'s '..._000090.jpg', but got "
        f"{names[0]!r:.40}: nobody knows when in the film the track is."
    )


def keyframe_row(keyframe: str, names: Sequence[str]) -> int | None:
    """The row of the keyframe as the published evaluator finds it: the last with its digits."""
    rows = [row for row, name in enumerate(names) if keyframe and keyframe in name]
    return rows[-1] if rows else None
