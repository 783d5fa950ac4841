"""From a finished track to its `Tracklet`: what was seen, and predictions where nothing was."""

from collections.abc import Collection, Sequence

import numpy as np
from numpy.typing import NDArray

from lart_core import body, camera
from lart_core.perception.protocols import Bodies, Detections
from lart_core.tracking.features import DEPTH, ROOT, Floats
from lart_core.tracking.location import root_camera
from lart_core.tracking.tracker import Track
from lart_core.tracking.unlifted import camera_of_box, standing
from lart_core.tracklet import Tracklet, VideoFacts


def tracklet(
    track: Track,
    detections: Sequence[Detections],
    bodies: Sequence[Bodies],
    video: VideoFacts,
    first: int,
    provenance: dict[str, str],
    given: Collection[int] = (),
) -> Tracklet:
    """The tracklet from a track's first to its last sighting.

    Whoever never had a body stands in the box (`lart_core.tracking.unlifted`), and no frame is
    `detected`.

    A frame is `detected` where the person was seen with a valid body. Everywhere else pose, shape
    and camera are the tracker's prediction for that frame (before the first body: that first
    body). The box is the seen one where there is one, and else the last one carried along with the
    predicted root and depth.

    Args:
        detections, bodies: Of all frames from frame number `first` on.
        given: Frames whose boxes were given.
    """
    rows = dict(track.sightings)
    seen = [t for t, row in track.sightings if bodies[t - first].valid[row]]
    own_given = [t for t in rows if t in given]
    frames = np.arange(track.sightings[0][0], track.sightings[-1][0] + 1)
    out = _Arrays(len(frames))
    size = (video.width, video.height)
    for i, t in enumerate(frames.tolist()):
        found, lifted = detections[t - first], bodies[t - first]
        row = rows.get(t)
        if row is not None:
            out.box[i], out.score[i] = found.box[row], found.score[row]
            out.mask[i] = _mask(found, lifted, row)
        if row is not None and lifted.valid[row]:
            out.see(i, lifted, row)
        else:
            out.guess(i, *track.guesses[t])
    there = np.isin(frames, list(rows))
    if seen:
        out.carry_boxes(there, size)
    else:
        out.stand(there, size)
    known = any(each.unseen is not None for each in bodies)
    mask = tuple(out.mask) if any(out.mask) else None
    return Tracklet(
        track_id=track.track_id,
        video=video,
        frame=frames,
        box=out.box,
        score=out.score,
        detected=out.detected,
        global_orient=out.pose[:, :1].reshape(-1, 3, 3),
        body_pose=out.pose[:, 1:],
        betas=out.betas,
        camera=out.camera,
        joints=out.joints,
        mask=mask,
        given=np.array(sorted(own_given), np.int64),
        unseen=out.unseen if known else out.unseen[:0],
        provenance=provenance,
    )


def _mask(found: Detections, lifted: Bodies, row: int) -> bytes | None:
    own = None if lifted.mask is None else lifted.mask[row]
    return own or (None if found.mask is None else found.mask[row])


class _Arrays:
    """A tracklet's arrays while they are filled, frame by frame."""

    def __init__(self, frames: int) -> None:
        self.box = np.full((frames, 4), np.nan, np.float32)
        self.score = np.zeros(frames, np.float32)
        self.detected = np.zeros(frames, bool)
        self.pose = np.zeros((frames, 24, 3, 3), np.float32)
        self.betas = np.zeros((frames, 10), np.float32)
        self.camera = np.zeros((frames, 3), np.float32)
        self.joints = np.zeros((frames, 45, 3), np.float32)
        self.unseen = np.ones((frames, 24), bool)
        self.mask: list[bytes | None] = [None] * frames

    def see(self, i: int, lifted: Bodies, row: int) -> None:
        self.detected[i] = True
        self.pose[i, 0], self.pose[i, 1:] = lifted.global_orient[row], lifted.body_pose[row]
        self.betas[i], self.camera[i] = lifted.betas[row], lifted.camera[row]
        self.joints[i] = lifted.joints[row]
        if lifted.unseen is not None:
            self.unseen[i] = lifted.unseen[row]
        if self.detected.sum() == 1:
            for name in ("pose", "betas", "camera", "joints"):
                getattr(self, name)[:i] = getattr(self, name)[i]

    def guess(self, i: int, location: Floats, pose: Floats) -> None:
        if not self.detected[:i].any():
            return
        self.pose[i] = pose[:216].reshape(24, 3, 3)
        self.betas[i] = pose[216:226]
        self.camera[i] = root_camera(location[None, ROOT], location[None, DEPTH])[0]
        self.joints[i] = self.joints[i - 1]

    def stand(self, seen: NDArray[np.bool_], size: tuple[int, int]) -> None:
        """No body anywhere: boxes move evenly between sightings, and somebody stands in them."""
        at = np.flatnonzero(seen)
        for side in range(4):
            self.box[:, side] = np.interp(np.arange(len(seen)), at, self.box[at, side])
        self.pose[:] = standing()
        self.camera[:] = camera_of_box(self.box, size)
        self.joints[:] = body.joints(self.pose[:, 0], self.pose[:, 1:], self.betas)

    def carry_boxes(self, seen: NDArray[np.bool_], size: tuple[int, int]) -> None:
        root = camera.FOCAL * self.camera[:, :2] / self.camera[:, 2:] + camera.RESOLUTION / 2
        root = camera.square_to_image(root, size)
        for i in np.flatnonzero(~seen).tolist():
            last = int(np.flatnonzero(seen[:i])[-1])
            nearer = self.camera[last, 2] / self.camera[i, 2]
            corners = (self.box[last].reshape(2, 2) - root[last]) * nearer + root[i]
            self.box[i] = corners.reshape(4)
