"""Tracks that broke off and went on: one person who was out of sight for up to a second.

PHALP extrapolates a lost track along a line, which fails for whoever jumps, falls or turns while
nobody sees them. Once the whole video is known, both ends of such a gap are: a track that ends and
another that begins soon after, as near, as large and as coloured as the same person would be, are
one person, unless somebody else could be meant too. An addition of ours, not in PHALP.
"""

from collections.abc import Collection, Sequence

import numpy as np

from lart_core.camera import FOCAL, RESOLUTION
from lart_core.tracking.features import DEPTH, ROOT
from lart_core.tracking.tracker import Track
from lart_core.tracklet import VideoFacts

LONGEST_GAP = 1.0
"""Seconds that somebody may be out of sight by default."""
FASTEST = 4.0
"""Body heights a second that somebody may move across the picture; a sprint is about 5."""
GROWTH = 1.4
"""Factor by which their distance may change."""
CHANGE_OF_LOOK = 0.9
"""Squared distance of appearance vectors (0..2) over which they are somebody else."""
HEIGHT = 1.7
"""Metres of a body, to tell its height in the picture from its depth."""


def link(
    tracks: Sequence[Track],
    video: VideoFacts,
    shots: Collection[int] = (),
    longest_gap: float = LONGEST_GAP,
) -> list[Track]:
    """The tracks, with those that are one person joined under the earlier identity.

    Args:
        tracks: Confirmed tracks of one stretch of video; joined ones are changed in place.
        video: The video, for its clock.
        shots: Frames that begin a new shot: nobody is followed across one.
        longest_gap: Seconds that somebody may be out of sight.
    """
    tracks = sorted(tracks, key=lambda track: track.sightings[0][0])
    pairs = np.array(
        [[_plausible(a, b, video, shots, longest_gap) for b in tracks] for a in tracks], bool
    )
    pairs = pairs.reshape(len(tracks), len(tracks))
    sure = pairs & (pairs.sum(axis=1, keepdims=True) == 1) & (pairs.sum(axis=0) == 1)
    for earlier, later in reversed(np.argwhere(sure).tolist()):
        _join(tracks[earlier], tracks[later])
    return [track for track, joined in zip(tracks, sure.any(axis=0), strict=True) if not joined]


def _plausible(
    a: Track, b: Track, video: VideoFacts, shots: Collection[int], longest_gap: float
) -> bool:
    """Whether `b` may be `a` after a gap."""
    last, first = a.sightings[-1][0], b.sightings[0][0]
    gap = float(video.second_of(first) - video.second_of(last))
    if not 0 < gap <= longest_gap + 1e-9 or any(last < cut <= first for cut in shots):
        return False
    end, start = a.location[-1], b.guesses[first][0]
    distance = np.linalg.norm(start[ROOT] - end[ROOT])
    height = HEIGHT * FOCAL / RESOLUTION / end[DEPTH]
    speed = distance / height / gap
    growth = np.abs(np.log(start[DEPTH] / end[DEPTH]))
    return bool(speed <= FASTEST and growth <= np.log(GROWTH) and not _other_look(a, b))


def _other_look(a: Track, b: Track) -> bool:
    if a.appearance is None or b.appearance is None:
        return False
    return float(((a.appearance - b.appearance) ** 2).sum()) > CHANGE_OF_LOOK


def _join(a: Track, b: Track) -> None:
    """Make the later track a part of the earlier, whose last prediction stands from where it was
    lost (a number of frames) to where it goes on (a number of seconds)."""
    for time in range(a.sightings[-1][0] + 1, b.sightings[0][0]):
        a.guesses.setdefault(time, (a.predicted_location, a.predicted_pose))
    a.sightings += b.sightings
    a.guesses |= b.guesses
