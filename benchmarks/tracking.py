"""Identity F1 of the full cost against location alone and IoU alone, and what a frame costs.

    OMP_NUM_THREADS=1 python benchmarks/tracking.py [--scenes 5]

Scenes are made up (`benchmarks/crowd.py`), IDF1 is by motmetrics. All matchers share detections,
life cycle (5 sightings to confirm, 50 frames to be lost) and the Hungarian assignment.
"""

import argparse
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import motmetrics
import numpy as np
from scipy.optimize import linear_sum_assignment

sys.path.insert(0, str(Path(__file__).parent))
from crowd import Scene, crowd

from lart_core.perception.protocols import Bodies
from lart_core.tracking import Features, Tracker, track
from lart_core.tracking.features import of_bodies
from lart_core.tracking.tracker import MAX_AGE, N_INIT, State
from lart_core.tracklet import Tracklet

Sightings = list[dict[int, np.ndarray]]
"""Per frame: identity -> box."""


def full(scene: Scene) -> Sightings:
    """The product's default, with appearance."""
    return _seen(scene, track(scene.detections, _dressed(scene), scene.video))


def _dressed(scene: Scene) -> list[Bodies]:
    return [
        replace(body, appearance=look)
        for body, look in zip(scene.bodies, scene.appearance, strict=True)
    ]


def without_appearance(scene: Scene) -> Sightings:
    """The product's default where no appearance is at hand: pose and location."""
    return _seen(scene, track(scene.detections, scene.bodies, scene.video))


def location_only(scene: Scene) -> Sightings:
    """The same tracker; all poses look the same to it."""
    tracker = Tracker()
    size = (scene.video.width, scene.video.height)
    for t, (found, body) in enumerate(zip(scene.detections, scene.bodies, strict=True)):
        seen = of_bodies(found.box, body, size)
        tracker.step(t, Features(seen.location, np.zeros_like(seen.pose)))
    people = tracker.ended + [one for one in tracker.tracks if one.state == State.CONFIRMED]
    out: Sightings = [{} for _ in scene.truth]
    for person in people:
        for t, row in person.sightings:
            out[t][person.track_id] = scene.detections[t].box[row]
    return out


def iou_only(scene: Scene) -> Sightings:
    """Boxes are matched with each track's last one where they overlap by 0.3 or more."""
    out: Sightings = [{} for _ in scene.truth]
    tracks: list[dict] = []
    born = 0
    for t, found in enumerate(scene.detections):
        overlap = _iou(np.array([one["box"] for one in tracks]).reshape(-1, 4), found.box)
        pairs = [
            (i, j)
            for i, j in zip(*linear_sum_assignment(-overlap), strict=True)
            if overlap[i, j] >= 0.3
        ]
        for i, j in pairs:
            one = tracks[i]
            one["box"], one["last"] = found.box[j], t
            one["seen"].append((t, found.box[j]))
        for j in set(range(len(found))) - {j for _, j in pairs}:
            born += 1
            tracks.append({"id": born, "box": found.box[j], "last": t, "seen": [(t, found.box[j])]})
        for one in tracks:
            if len(one["seen"]) == N_INIT and one["last"] == t:
                for when, box in one["seen"]:
                    out[when][one["id"]] = box
            elif len(one["seen"]) > N_INIT and one["last"] == t:
                out[t][one["id"]] = found.box[next(j for i, j in pairs if tracks[i] is one)]
        tracks = [
            one
            for one in tracks
            if t - one["last"] <= (MAX_AGE if len(one["seen"]) >= N_INIT else 0)
        ]
    return out


def _seen(scene: Scene, people: list[Tracklet]) -> Sightings:
    out: Sightings = [{} for _ in scene.truth]
    for person in people:
        for i in np.flatnonzero(person.score > 0):
            out[int(person.frame[i])][person.track_id] = person.box[i]
    return out


def _iou(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    low = np.maximum(a[:, None, :2], b[None, :, :2])
    high = np.minimum(a[:, None, 2:], b[None, :, 2:])
    shared = np.clip(high - low, 0, None).prod(-1)
    area = (a[:, 2:] - a[:, :2]).prod(-1)[:, None] + (b[:, 2:] - b[:, :2]).prod(-1)
    return shared / np.maximum(area - shared, 1e-9)


def judge(truth: Sightings, found: Sightings) -> dict[str, float]:
    """IDF1, identity switches and MOTA, by motmetrics."""
    book = motmetrics.MOTAccumulator(auto_id=True)
    for here, there in zip(truth, found, strict=True):
        a, b = np.array(list(here.values())), np.array(list(there.values()))
        distance = 1 - _iou(a.reshape(-1, 4), b.reshape(-1, 4))
        book.update(list(here), list(there), np.where(distance > 0.6, np.nan, distance))
    host = motmetrics.metrics.create()
    row = host.compute(book, metrics=["idf1", "num_switches", "mota"], name="x").iloc[0]
    return {"idf1": row["idf1"], "switches": row["num_switches"], "mota": row["mota"]}


def milliseconds_a_frame(people: int = 10, frames: int = 600) -> tuple[float, float]:
    """Median and 95th percentile of a frame's CPU time: features and one step."""
    scene = crowd(people, frames, seed=7)
    tracker, size = Tracker(), (scene.video.width, scene.video.height)
    took = []
    for t, (found, body) in enumerate(zip(scene.detections, _dressed(scene), strict=True)):
        start = time.process_time()
        tracker.step(t, of_bodies(found.box, body, size))
        took.append(1000 * (time.process_time() - start))
    return float(np.median(took)), float(np.percentile(took, 95))


MATCHERS: dict[str, Callable[[Scene], Sightings]] = {
    "full cost": full,
    "pose and location": without_appearance,
    "location only": location_only,
    "IoU only": iou_only,
}


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int, default=100, help="of the first scene")
    parser.add_argument("--scenes", type=int, default=5)
    parser.add_argument("--people", type=int, default=12)
    parser.add_argument("--frames", type=int, default=900)
    args = parser.parse_args()
    scenes = [
        crowd(args.people, args.frames, seed) for seed in range(args.seed, args.seed + args.scenes)
    ]
    print(f"{args.scenes} scenes of {args.people} people and {args.frames} frames")
    print(f"{'':20}{'IDF1':>8}{'(worst)':>9}{'switches':>10}{'MOTA':>8}")
    for name, matcher in MATCHERS.items():
        rows = [judge(scene.truth, matcher(scene)) for scene in scenes]
        idf1 = [row["idf1"] for row in rows]
        switches, mota = (np.mean([row[key] for row in rows]) for key in ("switches", "mota"))
        print(f"{name:20}{np.mean(idf1):8.3f}{min(idf1):9.3f}{switches:10.1f}{mota:8.3f}")
    median, slow = milliseconds_a_frame()
    print(f"tracking 10 people: {median:.2f} ms of CPU a frame (95th percentile {slow:.2f} ms)")


if __name__ == "__main__":
    main()
