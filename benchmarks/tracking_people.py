"""Tracking of real people who cross: `python -m benchmarks.tracking_people OUT`.

pose2sim's demo (PyPI, BSD-3) shows two people from four calibrated cameras. Its wheel is fetched
with pip into OUT and checked. In each frame the people whom the light preset finds in the cameras
are put together by triangulation, without any tracker: who is who in 3-D is the truth. Then each
camera alone is tracked, by our tracker and by PHALP's cost and life cycle alone, and judged: IDF1
and HOTA (trackeval, `pip install --no-deps trackeval==1.3.0`), tracks, and millimetres of the limb
joints about the hips against the triangulated ones, as they come and after turning and scaling.
"""

import argparse
import hashlib
import subprocess
import sys
import zipfile
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import cv2
import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linear_sum_assignment
from scipy.spatial.transform import Rotation
from trackeval.metrics import HOTA, Identity

from lart_core import tracking, video
from lart_core.body import JOINTS_45
from lart_core.boxes import iou
from lart_core.perception.embedded import backends
from lart_core.perception.embedded.agreement import COCO, LIMBS
from lart_core.perception.protocols import Bodies, Detections
from lart_core.tracklet import Tracklet, VideoFacts

WHEEL = "pose2sim-0.10.49-py3-none-any.whl"
SHA256 = "403e0dc4065898ba6a595e72a8970950310979253d60e24c2e00b16b36bf21e1"
DEMO = "Pose2Sim/Demo_MultiPerson"
CAMERAS = ("cam01", "cam02", "cam03", "cam04")
CHUNK = 24
SIXTY_FOURTHS = 64
"""Qualisys writes intrinsics in 64ths of a pixel."""
VISIBLE = 0.5
LEAST_POINTS = 6
NEAR = 40.0
"""Pixels (of 1920) by which the landmarks of one person may miss in each camera, in the median."""
STEP = 0.5
"""Metres that somebody moves at most from frame to frame, and over frames unseen."""
PADDING = 0.05
"""Of a box around the projected landmarks, as a share of their extent."""
PARTS = ("shoulder", "elbow", "wrist", "hip", "knee", "ankle")
JOINTS = [JOINTS_45.index(f"{side}_{part}") for part in PARTS for side in ("left", "right")]
HIPS = [PARTS.index("hip") * 2, PARTS.index("hip") * 2 + 1]
LIMB_LANDMARKS = COCO[LIMBS]

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Camera:
    """A calibrated camera: x = K (R X + t), with OpenCV's distortion; metres."""

    matrix: Array
    rotation: Array
    place: Array
    distortion: Array

    def project(self, points: Array) -> Array:
        """(N, 2) pixels of (N, 3) points of the world."""
        turn, _ = cv2.Rodrigues(self.rotation)
        return cv2.projectPoints(points, turn, self.place, self.matrix, self.distortion)[0][:, 0]

    def straight(self, pixels: Array) -> Array:
        """(N, 2) coordinates on the plane before an ideal camera."""
        return cv2.undistortPoints(pixels[:, None], self.matrix, self.distortion)[:, 0]


@dataclass(frozen=True)
class Seen:
    """What perception found in one camera's film."""

    facts: VideoFacts
    detections: list[Detections]
    bodies: list[Bodies]


@dataclass
class Body:
    """One person in 3-D at one moment: (33, 3) landmarks, NaN where fewer than two cameras see
    them, and the row of the detection in each camera that sees the person."""

    points: Array
    rows: dict[int, int]
    error: float

    @property
    def place(self) -> Array:
        """(3,) where the person is."""
        return np.nanmedian(self.points, axis=0)


def main() -> None:
    """Print one line a camera and tracker."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("out", type=Path)
    folder = fetched(parser.parse_args().out)
    cameras = read_cameras(folder / "calibration" / "Calib.qca.txt")
    seen = [perceived(folder / "videos" / f"{name}.mp4") for name in CAMERAS]
    people = over_time([bodies_at(seen, cameras, t) for t in range(seen[0].facts.frames)])
    moments = {who: sum(who in here for here in people) for who in sorted(set().union(*people))}
    print(f"people in 3-D and the frames in which they are known: {moments}")
    print("camera  tracker        IDF1   HOTA  tracks    mm  mm, aligned")
    for number, name in enumerate(CAMERAS):
        for tracker, parity in (("ours", False), ("PHALP's cost", True)):
            tracks = tracking.track(
                seen[number].detections, seen[number].bodies, seen[number].facts, parity=parity
            )
            if not parity:
                tracks = [backends.BlazePoseEstimator().refine(each) for each in tracks]
            judged = judge(tracks, people, cameras[number], seen[number].facts)
            off, aligned = millimetres(tracks, people, cameras[number], seen[number].facts)
            print(
                f"{name}   {tracker:12} {judged['IDF1']:6.3f} {judged['HOTA']:6.3f} "
                f"{len(tracks):7} {off:5.0f} {aligned:12.0f}"
            )


def fetched(out: Path) -> Path:
    """The demo's folder, fetched into `out` if it is not there."""
    wheel = out / WHEEL
    if not wheel.is_file():
        out.mkdir(parents=True, exist_ok=True)
        command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--dest"]
        subprocess.run([*command, str(out), "pose2sim==0.10.49"], check=True)
    if hashlib.sha256(wheel.read_bytes()).hexdigest() != SHA256:
        raise SystemExit(f"{wheel} is not the file that this benchmark knows; remove it.")
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(out, [n for n in archive.namelist() if n.startswith(DEMO)])
    return out / DEMO


def read_cameras(path: Path) -> list[Camera]:
    """The cameras of a Qualisys calibration, in the order of their names."""
    found = {}
    for each in ElementTree.parse(path).getroot().iterfind("cameras/camera"):
        view, lens, pose = each.find("fov_video"), each.find("intrinsic"), each.find("transform")
        assert view is not None and lens is not None and pose is not None

        def of(name: str, lens: ElementTree.Element = lens) -> float:
            return float(lens.attrib[name]) / SIXTY_FOURTHS

        matrix = np.eye(3)
        matrix[0, 0], matrix[1, 1] = of("focalLengthU"), of("focalLengthV")
        matrix[0, 2] = of("centerPointU") - float(view.attrib["left"])
        matrix[1, 2] = of("centerPointV") - float(view.attrib["top"])
        names = ("radialDistortion1", "radialDistortion2", "tangentalDistortion1")
        distortion = np.array([of(name) for name in (*names, "tangentalDistortion2")])
        # Qualisys: axes of the camera in the world, y up and z back; OpenCV: y down and z away.
        axes = np.array([[float(pose.attrib[f"r{i}{j}"]) for j in "123"] for i in "123"])
        rotation = np.diag([1.0, -1, -1]) @ axes
        place = -rotation @ np.array([float(pose.attrib[axis]) for axis in "xyz"]) / 1000
        found[each.attrib["serial"]] = Camera(matrix, rotation, place, distortion)
    return [found[name] for name in CAMERAS]


def perceived(path: Path) -> Seen:
    """The light preset's people and bodies of a film."""
    facts, frames = video.probe(path), list(video.frames(path))
    detector, estimator = backends.detector(), backends.BlazePoseEstimator()
    detector.begin(facts.fps)  # type: ignore[attr-defined]
    detections, bodies = [], []
    for at in range(0, len(frames), CHUNK):
        found = detector.detect(frames[at : at + CHUNK])
        detections += found
        bodies += estimator.estimate(frames[at : at + CHUNK], found)
    return Seen(facts, detections, bodies)


def bodies_at(seen: list[Seen], cameras: list[Camera], t: int) -> list[Body]:
    """The people of one moment: pairs of detections that meet in 3-D, with the other cameras'
    detections that lie on them, the best first, each detection used once and nobody twice."""
    landmarks = [each.bodies[t].landmarks for each in seen]
    candidates = []
    for a, b in combinations(range(len(cameras)), 2):
        for i in range(len(landmarks[a])):
            for j in range(len(landmarks[b])):
                rows = {a: i, b: j}
                body = triangulated(rows, landmarks, cameras)
                for c in set(range(len(cameras))) - {a, b}:
                    off = [missed(body.points, each, cameras[c]) for each in landmarks[c]]
                    if off and min(off) < NEAR:
                        rows[c] = int(np.argmin(off))
                body = triangulated(rows, landmarks, cameras)
                if body.error < NEAR:
                    candidates.append(body)
    candidates.sort(key=lambda body: (-len(body.rows), body.error))
    kept: list[Body] = []
    for body in candidates:
        apart = [np.linalg.norm(body.place - other.place) for other in kept]
        taken = any(body.rows.items() & other.rows.items() for other in kept)
        if not taken and min(apart, default=np.inf) > STEP:
            kept.append(body)
    return kept


def triangulated(rows: dict[int, int], landmarks: list[Any], cameras: list[Camera]) -> Body:
    """The person of some detections, by linear triangulation of each landmark."""
    system, known = [], []
    for c, row in rows.items():
        camera, each = cameras[c], landmarks[c][row].astype(np.float64)
        x, y = camera.straight(each[:, :2]).T
        lines = np.column_stack([camera.rotation, camera.place])
        system.append(
            np.stack([x[:, None] * lines[2] - lines[0], y[:, None] * lines[2] - lines[1]])
        )
        known.append(each[:, 2] >= VISIBLE)
    weight = np.array(known, float)[:, None, :, None]
    stacked = (np.array(system) * weight).transpose(2, 0, 1, 3).reshape(33, -1, 4)
    solved = np.linalg.svd(stacked)[2][:, -1]
    points = solved[:, :3] / np.where(np.abs(solved[:, 3:]) < 1e-9, 1e-9, solved[:, 3:])
    points[np.sum(known, axis=0) < 2] = np.nan
    off = [missed(points, landmarks[c][row], cameras[c]) for c, row in rows.items()]
    return Body(points, dict(rows), max(off))


def missed(points: Array, landmarks: NDArray, camera: Camera) -> float:
    """Median pixels between projected points and the visible landmarks of a detection."""
    both = np.isfinite(points).all(axis=1) & (landmarks[:, 2] >= VISIBLE)
    if both.sum() < LEAST_POINTS:
        return float("inf")
    apart = camera.project(points[both]) - landmarks[both, :2]
    return float(np.median(np.linalg.norm(apart, axis=1)))


def over_time(moments: list[list[Body]]) -> list[dict[int, Body]]:
    """Who is who by where they stand in 3-D."""
    last: dict[int, Array] = {}
    named: list[dict[int, Body]] = []
    for bodies in moments:
        places = [body.place for body in bodies]
        ids, here = list(last), {}
        apart = np.array([[np.linalg.norm(p - last[i]) for i in ids] for p in places])
        apart = apart.reshape(len(places), len(ids))
        for row, column in zip(*linear_sum_assignment(apart), strict=True):
            if apart[row, column] < STEP:
                here[ids[column]] = row
        for row in set(range(len(bodies))) - set(here.values()):
            here[max([*last, *here], default=0) + 1] = row
        last |= {who: places[row] for who, row in here.items()}
        named.append({who: bodies[row] for who, row in here.items()})
    return [_filled(named, t) for t in range(len(named))]


def _filled(named: list[dict[int, Body]], t: int) -> dict[int, Body]:
    """Who is there at a moment, those who are missed between two moments on the way."""
    here = dict(named[t])
    for who in set().union(*named) - set(here):
        before = [i for i in range(t) if who in named[i]]
        after = [i for i in range(t, len(named)) if who in named[i]]
        if before and after:
            a, b = before[-1], after[0]
            share = (t - a) / (b - a)
            points = named[a][who].points * (1 - share) + named[b][who].points * share
            here[who] = Body(points, {}, 0.0)
    return here


def judge(
    tracks: list[Tracklet], people: list[dict[int, Body]], camera: Camera, facts: VideoFacts
) -> dict[str, float]:
    """IDF1 and HOTA of one camera's tracks."""
    ids = {who: i for i, who in enumerate(sorted(set().union(*people)))}
    data: dict[str, Any] = {"gt_ids": [], "tracker_ids": [], "similarity_scores": []}
    for t, here in enumerate(people):
        true = {who: box_of(body.points, camera, facts) for who, body in here.items()}
        true = {who: box for who, box in true.items() if box is not None}
        found = {
            i: each.box[t - each.first]
            for i, each in enumerate(tracks)
            if each.first <= t <= each.last and each.score[t - each.first] > 0
        }
        data["gt_ids"].append(np.array([ids[who] for who in true], int))
        data["tracker_ids"].append(np.array(list(found), int))
        a, b = (np.array(list(each.values())).reshape(-1, 4) for each in (true, found))
        data["similarity_scores"].append(iou(a[:, None], b))
    data |= {
        "num_gt_ids": len(ids),
        "num_tracker_ids": len(tracks),
        "num_gt_dets": sum(map(len, data["gt_ids"])),
        "num_tracker_dets": sum(map(len, data["tracker_ids"])),
        "num_timesteps": len(people),
    }
    identity = Identity({"THRESHOLD": 0.5, "PRINT_CONFIG": False}).eval_sequence(data)
    return {
        "IDF1": float(identity["IDF1"]),
        "HOTA": float(np.mean(HOTA().eval_sequence(data)["HOTA"])),
    }


def box_of(points: Array, camera: Camera, facts: VideoFacts) -> Array | None:
    """The box of somebody's landmarks in a camera; None where most lie outside of the picture or
    some behind it."""
    points = points[np.isfinite(points).all(axis=1)]
    if not len(points) or (points @ camera.rotation[2] + camera.place[2] <= 0).any():
        return None
    pixels = camera.project(points)
    size = np.array([facts.width, facts.height])
    inside = ((pixels >= 0) & (pixels <= size)).all(axis=1)
    if inside.mean() < 0.5:
        return None
    low, high = pixels.min(axis=0), pixels.max(axis=0)
    margin = PADDING * (high - low)
    return np.clip(np.concatenate([low - margin, high + margin]), 0, np.tile(size, 2))


def millimetres(
    tracks: list[Tracklet], people: list[dict[int, Body]], camera: Camera, facts: VideoFacts
) -> tuple[float, float]:
    """Mean distances of limb joints from the triangulated ones: about the hips' centre, and after
    the best turn and scale."""
    off, aligned = [], []
    for t, here in enumerate(people):
        for track in tracks:
            row = t - track.first
            if not 0 <= row < len(track) or not track.detected[row]:
                continue
            boxes = {who: box_of(body.points, camera, facts) for who, body in here.items()}
            shared = {w: float(iou(b, track.box[row])) for w, b in boxes.items() if b is not None}
            who = max(shared, key=lambda each: shared[each], default=None)
            if who is None or shared[who] < 0.5:
                continue
            true = here[who].points[LIMB_LANDMARKS] @ camera.rotation.T
            if not np.isfinite(true).all():
                continue
            true = true - true[HIPS].mean(axis=0)
            ours = track.joints[row, JOINTS].astype(float)
            ours = ours - ours[HIPS].mean(axis=0)
            off.append(np.linalg.norm(ours - true, axis=1).mean())
            a, b = ours - ours.mean(axis=0), true - true.mean(axis=0)
            turn, _ = Rotation.align_vectors(b, a)
            turned = turn.apply(a)
            scale = (turned * b).sum() / (turned * turned).sum()
            aligned.append(np.linalg.norm(scale * turned - b, axis=1).mean())
    return 1000 * float(np.mean(off)), 1000 * float(np.mean(aligned))


if __name__ == "__main__":
    main()
