"""Damages files of every kind that the product reads, and counts what readers make of it.

    python -m benchmarks.fuzz --mutants 500 --seed 0

Each reader opens a file that the product itself wrote, then `mutants` damaged copies of it: bytes
flipped, cut off, cut out, doubled, zeroed, and texts of a header replaced. A reader may return or
raise `LartError` with one sentence of at most 400 characters; all else is a fault. Each reader runs
in a process of its own, so that a crash is seen and the largest memory is its own.
"""

import argparse
import json
import os
import resource
import shutil
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np

from lart_core.errors import LartError

LONGEST = 400
MEMORY = 12 << 30
"""Bytes of address space of the process of a reader."""


@dataclass(frozen=True)
class Reader:
    """A reader and its file.

    Attributes:
        make: Writes a whole example into a folder (which is `LART_HOME`) and returns it.
        files: Those of its files that are damaged, as patterns.
        read: Reads everything of it.
    """

    make: Callable[[Path], Path]
    files: tuple[str, ...]
    read: Callable[[Path], object]


def mutant(data: bytes, rng: np.random.Generator) -> bytes:
    """A damaged copy."""
    out = bytearray(data)
    at = int(rng.integers(0, max(1, len(out))))
    some = int(rng.integers(1, 64))
    kind = rng.integers(0, 7)
    if kind == 0:
        return bytes(out[:at])
    if kind == 1:
        del out[at : at + some]
    elif kind == 2:
        out[at:at] = out[at : at + some]
    elif kind == 3:
        out[at : at + some] = bytes(len(out[at : at + some]))
    elif kind == 4:
        out[at : at + some] = rng.bytes(len(out[at : at + some]))
    elif kind == 5:
        words = [b"null", b"-1", b"1e999", b'"\xff"', b"[]", b"{}", b"999999999", b"NaN", b"true"]
        out[at : at + int(rng.integers(0, 8))] = words[int(rng.integers(0, len(words)))]
    else:
        for place in rng.integers(0, max(1, len(out)), int(rng.integers(1, 5))):
            if out:
                out[place] ^= 1 << int(rng.integers(0, 8))
    return bytes(out)


def mutants(whole: Path, patterns: tuple[str, ...], count: int, seed: int) -> Iterator[None]:
    """Damage one file after another below `whole`; it is as it was after each step."""
    rng = np.random.default_rng(seed)
    files = sorted({file for pattern in patterns for file in whole.glob(pattern)})
    files = files or [whole]
    kept = [file.read_bytes() for file in files]
    for _ in range(count):
        chosen = int(rng.integers(0, len(files)))
        files[chosen].write_bytes(mutant(kept[chosen], rng))
        yield
        files[chosen].write_bytes(kept[chosen])


def outcome(read: Callable[[Path], object], whole: Path) -> str:
    """``"read"``, ``"refused"``, or what is wrong with how the reader took it."""
    try:
        read(whole)
    except LartError as error:
        text = str(error)
        if len(text) > LONGEST or len(text.splitlines()) != 1:
            return f"a sentence of {len(text)} characters, {len(text.splitlines())} lines: {text}"
        return "refused"
    except Exception as error:
        return f"{type(error).__name__}: {error}"
    return "read"


def try_reader(name: str, count: int, seed: int) -> dict[str, Any]:
    """How often a reader read, refused and failed, and the process's largest memory in MiB."""
    reader = READERS[name]
    tally: dict[str, int] = {"read": 0, "refused": 0}
    faults: dict[str, int] = {}
    with TemporaryDirectory() as scratch:
        os.environ["LART_HOME"] = scratch
        whole = reader.make(Path(scratch))
        if (first := outcome(reader.read, whole)) != "read":
            raise AssertionError(f"{name}: the whole file is not read: {first}")
        for _ in mutants(whole, reader.files, count, seed):
            said = outcome(reader.read, whole)
            if said in tally:
                tally[said] += 1
            else:
                faults[said[:160]] = faults.get(said[:160], 0) + 1
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return {**tally, "faults": faults, "memory_mib": peak >> 10}


def _tracklets(frames: int = 12) -> list[Any]:
    from lart_core.tracklet import Tracklet, VideoFacts

    video = VideoFacts("film.mp4", 320, 240, 30.0, frames, "ab" * 32)
    turns = np.tile(np.eye(3, dtype=np.float32), (frames, 24, 1, 1))
    return [
        Tracklet(
            track_id,
            video,
            np.arange(frames),
            np.tile(np.array([10, 20, 60, 200], np.float32), (frames, 1)),
            np.full(frames, 0.9, np.float32),
            np.ones(frames, bool),
            turns[:, 0],
            turns[:, 1:],
            np.zeros((frames, 10), np.float32),
            np.tile(np.array([0, 0, 60], np.float32), (frames, 1)),
            np.zeros((frames, 45, 3), np.float32),
            appearance=np.eye(2, 8, dtype=np.float32),
            appearance_frame=np.array([0, 6]),
            mask=tuple(b"abc" if i % 2 else None for i in range(frames)),
            provenance={"detector": "synthetic"},
        )
        for track_id in (1, 2)
    ]


def _run(home: Path) -> Path:
    from lart_core.runs.actions import Actions, PersonActions
    from lart_core.runs.run import Run

    people = _tracklets()
    run = Run.create(
        home / "runs" / "film", people[0].video, source="film.mp4", settings={"preset": "light"}
    )
    run.write_tracklets(people)
    for stage in ("perception", "tracking", "actions"):
        run.finish(stage, 1.5, detector="synthetic")
    said = {t.track_id: PersonActions(t.frame, np.full((len(t), 2), 0.3, "f4")) for t in people}
    run.write_actions(Actions("small", (12, 14), said, {"weights": "none"}))
    return run.path


def _read_run(path: Path) -> None:
    from lart_core.runs.run import Run
    from lart_core.runs.summary import summarise

    summarise(Run.open(path))


def _read_people(path: Path) -> None:
    from lart_core.tracklet import open_tracklets

    found = open_tracklets(path / "tracklets")
    for track_id in found.track_ids:
        found.columns(track_id, "frame", "box", "detected", "joints", "camera")
        found.masks(track_id)
        found.part(track_id, 2, 5)
    list(found)


def _read_actions(path: Path) -> None:
    from lart_core.runs.actions import load_actions

    load_actions(path / "actions" / "small.safetensors")


def _perception(home: Path) -> Path:
    from lart_core.perception.protocols import Bodies, Detections
    from lart_core.perception.store import save_perception

    detections, bodies = [], []
    for n in (2, 0, 1, 3):
        box = np.tile(np.array([1, 2, 30, 40], np.float32), (n, 1))
        keypoints = np.zeros((n, 17, 3), np.float32)
        detections.append(Detections(box, np.ones(n, np.float32), keypoints, (b"abc",) * n))
        turns = np.tile(np.eye(3, dtype=np.float32), (n, 24, 1, 1))
        rest = [np.zeros((n, *shape), np.float32) for shape in ((10,), (3,), (45, 3))]
        bodies.append(Bodies(np.ones(n, bool), turns[:, 0], turns[:, 1:], *rest))
    save_perception(home / "perception.npz", detections, bodies)
    return home / "perception.npz"


def _read_perception(path: Path) -> None:
    from lart_core.perception.store import load_perception

    load_perception(path)


def _textures(home: Path) -> Path:
    from lart_core.perception import textures
    from lart_core.perception.protocols import Detections

    class Encoder:
        name = "constant"

        def textures(self, frame: Any, people: Any) -> Any:
            return np.ones((len(people), 4, 16, 16), np.float32)

        def compared(self, track: Any, detection: Any) -> Any:
            return track, detection

    with textures.keeping(home / "textures.zip", Encoder()) as keep:
        for n in (1, 2):
            box, score = np.zeros((n, 4), np.float32), np.ones(n, np.float32)
            keep(np.zeros((8, 8, 3), np.uint8), Detections(box, score))
    return home / "textures.zip"


def _read_textures(path: Path) -> None:
    from lart_core.perception import textures

    with textures.reading(path) as of_frame:
        for number in range(2):
            of_frame(number)


def _labels(home: Path) -> Path:
    from lart_core.training.labels import FrameLabels, save_labels

    labels = [
        FrameLabels(np.arange(k), np.full((k, 2), 0.5, np.float32), np.ones(k, bool))
        for k in (3, 0, 2)
    ]
    save_labels(home / "labels.safetensors", (12, 14), labels)
    return home / "labels.safetensors"


def _read_labels(path: Path) -> None:
    from lart_core.training.labels import load_labels

    load_labels(path)


def _checkpoint(home: Path) -> Path:
    from lart_core.model import LART, Checkpoint, LARTConfig, save_checkpoint

    config = LARTConfig.small(
        actions=2, width=16, depth=1, heads=2, head_width=8, mlp_width=16, pose_layers=(8, 8),
        joints_layers=(8, 8),
    )  # fmt: skip
    mean, std = np.zeros(229, np.float32), np.ones(229, np.float32)
    path = home / "model.safetensors"
    save_checkpoint(path, Checkpoint("small", LART(config), (12, 14), mean, std, {}, 12.0))
    return path


def _read_checkpoint(path: Path) -> None:
    from lart_core.model import load_checkpoint

    load_checkpoint(path)


def _job(home: Path) -> Path:
    from app.jobs import table

    job = table.add("video", "Video film.mp4", upload="film-0123abcd")
    done = {"stage": "player", "done": 3, "total": 9, "remaining": 2.5}
    (job.path / "progress.json").write_text(json.dumps(done))
    return job.path


def _read_job(path: Path) -> None:
    from app.jobs import table, view

    table.every()
    table.damaged()
    view.words(table.read(path.name))
    view.share(table.read(path.name))


def _set(home: Path) -> Path:
    from analysis.ava import example, result_set

    example.add_example()
    first, *others = result_set.sets()
    for other in others:
        result_set.remove(other.id)
    return result_set.SETS.folder / first.id


def _read_set(path: Path) -> None:
    from analysis.ava import result_set

    result_set.sets()
    result_set.damaged()
    found = result_set.open_set(path.name)
    result_set.video_file(path.name, str(found.ground_truth["video"].iloc[0]))


def _study(home: Path) -> Path:
    from lart_core.paths import asset

    return Path(shutil.copytree(asset("study"), home / "studies" / "mine"))


def _read_study(path: Path) -> None:
    from analysis.study.results import grid_file

    grid_file.title(path)
    grid = grid_file.read(path)
    for kind in grid.kinds:
        grid.estimate(kind)


def _judged(home: Path) -> Path:
    from analysis.study.models.grid import save_judged
    from analysis.study.models.judge import Judged

    parts = [np.full((n, 2), 0.5, np.float32) for n in (4, 6)]
    targets = [np.zeros((n, 2), np.int8) for n in (4, 6)]
    save_judged(home / "judged.npz", Judged((12, 14), np.arange(2), parts, targets))
    return home / "judged.npz"


def _read_judged(path: Path) -> None:
    from analysis.study.models.grid import load_judged

    load_judged(path)


READERS = {
    "run": Reader(_run, ("run.json",), _read_run),
    "tracklets": Reader(_run, ("tracklets/*",), _read_people),
    "actions": Reader(_run, ("actions/*",), _read_actions),
    "perception": Reader(_perception, (), _read_perception),
    "textures": Reader(_textures, (), _read_textures),
    "labels": Reader(_labels, (), _read_labels),
    "checkpoint": Reader(_checkpoint, (), _read_checkpoint),
    "job": Reader(_job, ("*.json",), _read_job),
    "result set": Reader(_set, ("*",), _read_set),
    "study": Reader(_study, ("*",), _read_study),
    "study's judgement": Reader(_judged, (), _read_judged),
}
"""Name -> reader of one kind of file of our own."""


def _limited(job: tuple[str, int, int]) -> dict[str, Any]:
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    return try_reader(*job)


def main() -> int:
    """Try every reader; print a line each; 1 if there was a fault."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--mutants", type=int, default=500, help="damaged copies a reader")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--only", choices=READERS, help="one reader")
    args = parser.parse_args()
    bad = 0
    print(f"{'reader':18} {'read':>6} {'refused':>8} {'faults':>7} {'largest memory':>15}")
    for name in [args.only] if args.only else READERS:
        with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
            try:
                found = pool.submit(_limited, (name, args.mutants, args.seed)).result()
            except BrokenProcessPool:
                print(f"{name:18} its process crashed")
                bad += 1
                continue
        count = sum(found["faults"].values())
        bad += count
        memory = f"{found['memory_mib']} MiB"
        print(
            f"{name:18} {found['read']:6} {found['refused']:8} {count:7} {memory:>15}", flush=True
        )
        for fault, times in found["faults"].items():
            print(f"    {times} x {fault}")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
