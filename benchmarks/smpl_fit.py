"""How well the bodies lie on the landmarks: `python -m benchmarks.smpl_fit VIDEO...`.

For each video, after perception, tracking and refinement, over the detected frames: reprojected
limb joints against the 2-D landmarks (share of the box's height), limb joints against the world
landmarks about the hips' centre (mm), whether every rotation is one, and how many neighbouring
frames have a joint turning more than 60 degrees.
"""

import argparse
from pathlib import Path

import numpy as np

from lart_core import camera, tracking, video
from lart_core.body import JOINTS_45
from lart_core.perception.embedded import backends
from lart_core.perception.embedded.agreement import COCO, LIMBS
from lart_core.perception.protocols import Bodies
from lart_core.tracklet import Tracklet

PARTS = ("shoulder", "elbow", "wrist", "hip", "knee", "ankle")
JOINTS = [JOINTS_45.index(f"{side}_{part}") for part in PARTS for side in ("left", "right")]
LANDMARKS = COCO[LIMBS]
VISIBLE = 0.5
LIMIT = np.deg2rad(60)
CHUNK = 24


def main() -> None:
    """Print one line a video."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("videos", nargs="+", type=Path)
    print("video                     people  2-D median  p90   3-D median  p90    rotations  flips")
    for path in parser.parse_args().videos:
        measure(path)


def measure(path: Path) -> None:
    """Print the line of one video."""
    facts = video.probe(path)
    detector, estimator = backends.detector(), backends.BlazePoseEstimator()
    frames = list(video.frames(path))
    detections = detector.detect(frames)
    bodies: list[Bodies] = []
    for at in range(0, len(frames), CHUNK):
        part = slice(at, at + CHUNK)
        bodies += estimator.estimate(frames[part], detections[part])
    tracks = [estimator.refine(each) for each in tracking.track(detections, bodies, facts)]
    flat, deep = [], []
    for track in tracks:
        for i in np.flatnonzero(track.detected):
            t = int(track.frame[i])
            row = int(np.abs(detections[t].box - track.box[i]).sum(axis=1).argmin())
            errors = _errors(track, i, bodies[t], row)
            flat.append(errors[0])
            deep.append(errors[1])
    turns = np.concatenate([_turns(track) for track in tracks]) if tracks else np.zeros((0, 24))
    worst = max((_orthogonality(track) for track in tracks), default=0.0)
    in_2d, in_3d = np.concatenate(flat) * 100, np.concatenate(deep) * 1000
    flips = (turns > LIMIT).any(axis=1).mean() * 100
    flat_p90, deep_p90 = np.percentile(in_2d, 90), np.percentile(in_3d, 90)
    print(
        f"{path.stem:25} {len(tracks):6}  {np.median(in_2d):8.2f} % {flat_p90:5.1f}"
        f"  {np.median(in_3d):8.0f} mm {deep_p90:4.0f}   {worst:9.1e}  {flips:.2f} %"
    )


def _errors(track: Tracklet, i: int, body: Bodies, row: int) -> tuple[np.ndarray, np.ndarray]:
    """Errors of the visible limb joints: shares of the box's height, and metres."""
    assert body.landmarks is not None and body.world is not None
    seen = body.landmarks[row, LANDMARKS]
    visible = seen[:, 2] > VISIBLE
    size = (track.video.width, track.video.height)
    pixels = camera.square_to_image(camera.project(track.joints[i], track.camera[i]), size)
    height = track.box[i, 3] - track.box[i, 1]
    flat = np.linalg.norm(pixels[JOINTS] - seen[:, :2], axis=1) / height
    joints, world = track.joints[i, JOINTS], body.world[row, LANDMARKS]
    hips = [PARTS.index("hip") * 2, PARTS.index("hip") * 2 + 1]
    deep = (joints - joints[hips].mean(axis=0)) - (world - world[hips].mean(axis=0))
    return flat[visible], np.linalg.norm(deep, axis=1)[visible]


def _rotations(track: Tracklet) -> np.ndarray:
    return np.concatenate([track.global_orient[:, None], track.body_pose], axis=1).astype(float)


def _turns(track: Tracklet) -> np.ndarray:
    """(T - 1, 24) radians that each joint turns from frame to frame."""
    rotations = _rotations(track)
    traces = np.einsum("tjab,tjab->tj", rotations[1:], rotations[:-1])
    return np.arccos(np.clip((traces - 1) / 2, -1, 1))


def _orthogonality(track: Tracklet) -> float:
    """How far the worst matrix is from a rotation."""
    rotations = _rotations(track)
    off = np.abs(rotations @ np.swapaxes(rotations, -1, -2) - np.eye(3)).max()
    return float(max(off, np.abs(np.linalg.det(rotations) - 1).max()))


if __name__ == "__main__":
    main()
