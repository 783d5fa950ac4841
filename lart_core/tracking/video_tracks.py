"""Tracking a whole stretch of video: detections and bodies in, tracklets out."""

from collections.abc import Callable, Collection, Sequence
from dataclasses import replace

import numpy as np

from lart_core.errors import LartError
from lart_core.perception.given_boxes import box_masks
from lart_core.perception.protocols import Bodies, Detections
from lart_core.tracking import assemble
from lart_core.tracking.cost import TextureEmbedding
from lart_core.tracking.features import Floats, of_bodies
from lart_core.tracking.link import LONGEST_GAP, link
from lart_core.tracking.pose_predictor import PosePredictor
from lart_core.tracking.tracker import LOST, PUBLISHED_SCALE, State, Tracker
from lart_core.tracklet import Tracklet, VideoFacts

PUBLISHED_SMALLEST = (50.0, 100.0)
"""Width and height in pixels below which PHALP leaves a person out, in a video of any size."""
SMALLEST = (16.0, 40.0)
"""The same by default: below it there is too little of a person to lift a body from."""
USUAL_SIDE = 640
"""Longer side in pixels of videos below which `SMALLEST` shrinks in proportion."""


def track(
    detections: Sequence[Detections],
    bodies: Sequence[Bodies],
    video: VideoFacts,
    *,
    first: int = 0,
    shots: Collection[int] = (),
    given: Collection[int] = (),
    textures: Callable[[int], Floats] | None = None,
    texture_embedding: TextureEmbedding | None = None,
    pose_predictor: PosePredictor | None = None,
    terms: str = "APL",
    smallest: tuple[float, float] = SMALLEST,
    lost_after: float = LOST,
    parity: bool = False,
) -> list[Tracklet]:
    """Follow the people of consecutive frames.

    People who were confirmed (a sixth of a second of bodies or sure boxes, or given) become
    tracklets from their first to their last sighting; sightings before the confirmation belong to
    them (back-fill), and predictions beyond the last sighting do not. Frames without a body hold
    predictions and are not `detected`; where the person was seen but no body could be lifted, box
    and score are the seen ones. Somebody may never have a body: then no frame is `detected`. Tracks
    that are one person out of sight for a moment are joined (`lart_core.tracking.link`).

    Args:
        detections, bodies: One a frame, from frame number `first` on; the bodies' `appearance` is
            the term A, which adds nothing where there is none.
        shots: Numbers of frames that begin a new shot (`detect_shots`).
        given: Numbers of frames whose boxes were given: all are taken, whatever their size, and
            confirm their tracks at once. Without a mask of theirs, their box is their mask.
        textures: Gives the (N, 4, H, W) UV maps of a frame's detections by its number, for the
            term T.
        texture_embedding, pose_predictor: See `Tracker`.
        terms, lost_after: See `Tracker`. Nor are tracks joined over more than `lost_after` seconds.
        smallest: Width and height in pixels below which people are left out, in a video whose
            longer side is `USUAL_SIDE` or more; in a smaller one in proportion.
        parity: Everything as upstream has it: its size limits, its defects, and appearance vectors
            on its scale; people without a body are left out, and broken tracks are not linked.

    Raises:
        LartError: The lists disagree in length.
    """
    if len(detections) != len(bodies):
        raise LartError(
            f"Expected detections and bodies of the same frames, but got {len(detections)} and "
            f"{len(bodies)} frames."
        )
    size = (video.width, video.height)
    limits = np.array(smallest) * min(1.0, max(size) / USUAL_SIDE)
    if parity:
        limits = np.array(PUBLISHED_SMALLEST)
    tracker = Tracker(
        terms=terms,
        pose_predictor=pose_predictor,
        appearance_scale=PUBLISHED_SCALE if parity else 1.0,
        texture_embedding=texture_embedding,
        fps=video.fps,
        lost_after=lost_after,
        parity=parity,
    )
    provenance: dict[str, str] = {"tracker": f"PHALP {terms}{' parity' if parity else ''}"}
    detections = [
        replace(found, mask=box_masks(found.box, video))
        if first + i in given and found.mask is None
        else found
        for i, found in enumerate(detections)
    ]
    kept: list[np.ndarray] = []
    for i, (found, body) in enumerate(zip(detections, bodies, strict=True)):
        time = first + i
        sides = found.box[:, 2:] - found.box[:, :2]
        usable = (sides >= limits).all(axis=1) | (time in given)
        rows = np.flatnonzero(usable & body.valid if parity else usable)
        kept.append(rows)
        seen = of_bodies(found.box, body, size)
        if textures is not None:
            seen = replace(seen, texture=textures(time))
        tracker.step(
            time,
            seen.take(rows),
            confidence=found.score[rows],
            shot=time in shots,
            given=time in given,
        )
        provenance |= body.provenance
    confirmed = [t for t in tracker.tracks if t.state == State.CONFIRMED]
    tracks = tracker.ended + confirmed
    if not parity:
        tracks = link(tracks, video, shots, min(LONGEST_GAP, lost_after))
    tracks.sort(key=lambda track: track.track_id)
    for one in tracks:
        one.sightings = [(t, int(kept[t - first][row])) for t, row in one.sightings]
    return [
        assemble.tracklet(t, detections, bodies, video, first, provenance, given) for t in tracks
    ]
