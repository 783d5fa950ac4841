"""SIGKILL at random moments of the app's work, and faults of the machine: nothing may be lost.

    python -m benchmarks.kills CLIP [--kills 40] [--seed 0] [--stages tracking layer]

It is run as root: it mounts a small disk.

Round after round a clip is uploaded, processed (perception, tracking, actions, player, render),
exported, and a model is trained, by the app's own supervisor and workers. The upload, the job's
processes or the supervisor are killed at a random moment of one of the stages, those first in which
fewest kills were; what is broken off goes on. After each kill nothing that is shown may be
damaged; what a round leaves must be what an unbroken one does. Then come faults of the machine: a
full disk, a home that cannot be written, a clock set back, a model file gone. A clip of a second
is enough: 40 kills are mostly 40 starts of a worker. With ``--stages`` only those are struck; a
short one that was over before it was seen is waited for in the next round.
"""

import argparse
import contextlib
import hashlib
import json
import os
import shutil
import signal
import subprocess
import sys
import time
import zipfile
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

import numpy as np

from app import jobs
from app.exports import files
from app.jobs.supervisor import Supervisor
from app.storage import runs, uploads
from lart_core import paths, video
from lart_core.runs.run import Run
from lart_core.tracklet import save_tracklets
from lart_core.training import FrameLabels, save_labels

EPOCHS = 3
MOST = {"upload": 2, "video": 6, "export": 2, "train": 2}
"""How often a step of a round is killed at most."""
SUPERVISOR = 5
"""Each so-manieth kill is of the supervisor."""
EARLY = 0.25
"""Share of a stage, as long as it lasted, in which one that was asked for is struck: a machine that
is less busy than before is done with it sooner."""
SPARE = 48 << 10
"""Bytes that a full disk has left: what is noted of jobs, and nothing of a video."""
DISK = "256m"
CHANGING = ("run.json", "card.json", "metrics.csv", "hparams.yaml")
"""Files that hold times, or the random id of an upload."""


class Machine:
    """A home with a supervisor that can be killed, and a clock that says when."""

    def __init__(self, clip: Path, rng: np.random.Generator, only: Sequence[str] = ()) -> None:
        """Args:
        only: Stages that are struck; all of them where none is named.
        """
        self.clip, self.rng, self.only = clip, rng, only
        self.killed: Counter[str] = Counter()
        self.left = 0
        self._server: subprocess.Popen[bytes] | None = None
        self._lasts: dict[str, dict[str, float]] = {}
        self._aimed: Counter[str] = Counter()
        self._here = 0
        self._target, self._delay = "", 0.0

    def begin(self, step: str, again: bool = False) -> None:
        """A step begins (again): draw the stage of it in which it is killed, and how far in it."""
        self._here = self._here if again else 0
        stages = {
            stage: lasts
            for stage, lasts in self._lasts.get(step, {}).items()
            if not self.only or stage in self.only
        }
        self._target = ""
        if self.left > 0 and self._here < MOST[step] and stages:
            if self.only:  # the earlier first: once it is done, a round does not come back to it
                part = [*stages][self._here * len(stages) // MOST[step]]
                stages = {part: stages[part]}
            fewest = min(self._aimed[f"{step}: {stage}"] for stage in stages)
            least = [stage for stage in stages if self._aimed[f"{step}: {stage}"] == fewest]
            self._target = str(self.rng.choice(least))
            soon = EARLY if self.only else 1.0
            self._delay = self.rng.uniform(0, soon * stages[self._target])
            self._aimed[f"{step}: {self._target}"] += 1

    def due(self, step: str, stage: str, since: float) -> bool:
        """Whether it is time to kill something, this many seconds after a stage began.

        Of a stage that was over before anybody saw it, the end is the moment; of one that was
        asked for, the next time that it is seen.
        """
        if not self._target:
            return False
        stages = [*self._lasts[step]]
        over = stage in stages and stages.index(stage) > stages.index(self._target)
        return (over and not self.only) or (stage == self._target and since >= self._delay)

    def learn(self, step: str, stages: dict[str, float]) -> None:
        """How long each stage of an unbroken step took (s)."""
        self._lasts.setdefault(step, stages)

    def note(self, what: str) -> None:
        """Count a kill, and see that nothing that is shown is damaged."""
        self.killed[what] += 1
        self.left, self._here, self._target = self.left - 1, self._here + 1, ""
        sound()
        for file in uploads.UPLOADS.every():
            assert video.probe(file).frames, file
        print(f"{time.strftime('%H:%M:%S')} kill {sum(self.killed.values())}: {what}", flush=True)

    def serve(self) -> subprocess.Popen[bytes]:
        """The process of the supervisor, started if there is none."""
        if self._server is None or self._server.poll() is not None:
            self._server = subprocess.Popen([sys.executable, "-m", "benchmarks.kills", "--serve"])
        return self._server

    def end(self) -> None:
        """Stop the supervisor as a server does."""
        if self._server is not None:
            self._server.terminate()
            self._server.wait()
            self._server = None

    def upload(self) -> str:
        """The id of an upload; the process that takes it may be killed."""
        again = False
        while True:
            self.begin("upload", again)
            again, start = True, time.monotonic()
            command = [sys.executable, "-m", "benchmarks.kills", "--accept", str(self.clip)]
            taking = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
            while taking.poll() is None:
                if self.due("upload", "upload", time.monotonic() - start):
                    taking.kill()
                    taking.wait()
                    self.note("upload")
                    break
                time.sleep(0.02)
            assert taking.stdout is not None
            if (taken := taking.stdout.read().strip()) and taking.returncode == 0:
                self.learn("upload", {"upload": time.monotonic() - start})
                return taken

    def do(self, kind: str, **arguments: Any) -> dict[str, Any]:
        """What a job gives in the end, however often it is broken off."""
        job = jobs.add(kind, kind, **arguments)
        took: dict[str, float] = {}
        self.begin(kind)
        stage, began = "", time.monotonic()
        while (now := jobs.read(job.id)).state != "done":
            server = self.serve()
            if now.state in ("failed", "interrupted"):
                assert "SIGKILL" in now.error or now.state == "interrupted", (now.error, now.log)
                jobs.resume(now)
                self.begin(kind, again=True)
            elif now.state == "running":
                if (here := now.progress.get("stage", "start")) != stage:
                    stage, began = here, time.monotonic()
                took[stage] = time.monotonic() - began
                if self.due(kind, stage, took[stage]):
                    self._kill(now, server, stage)
                    stage = ""
            time.sleep(0.002)
        self.learn(kind, took)
        return jobs.read(job.id).result

    def _kill(self, job: jobs.Job, server: subprocess.Popen[bytes], stage: str) -> None:
        if sum(self.killed.values()) % SUPERVISOR == SUPERVISOR - 1:
            server.kill()
            server.wait()
            self.note(f"supervisor ({job.kind}: {stage})")
            self.begin(job.kind, again=True)
            return
        for group in _workers(job.id):
            with contextlib.suppress(ProcessLookupError):
                os.killpg(group, signal.SIGKILL)
        self.note(f"{job.kind}: {stage}")

    def round(self, name: str) -> dict[str, str]:
        """Upload, process, export and train once; the hash of everything that is left of it."""
        upload = self.upload()
        self.do("video", upload=upload)
        run = runs.find(upload)
        if not (paths.lart_home() / "training").exists():
            labelled(run)
        last = run.video.frames - 1
        made: dict[str, Path] = {}
        for layout in ("npz", "video"):
            export = hashlib.sha256(f"{name} {layout}".encode()).hexdigest()[:16]
            wish = {"models": run.models()[:1], "first": 0, "last": last}
            self.do("export", run=upload, export=export, layout=layout, **wish)
            made[layout] = files.find(export)
        self.do("train", data="walks", name=f"model-{name}", epochs=EPOCHS)
        found = {f"run/{key}": value for key, value in digests(run.path).items()}
        found |= {f"export/{key}": content(file) for key, file in made.items()}
        model = paths.lart_home() / "models" / f"model-{name}" / "model.safetensors"
        return found | {"model": content(model)}


def _workers(job_id: str) -> Iterator[int]:
    """Process groups of a job's worker."""
    for process in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            words = (process / "cmdline").read_bytes().split(b"\0")
            if b"app.jobs.worker" in words and job_id.encode() in words:
                yield int(process.name)


def digests(folder: Path) -> dict[str, str]:
    """Hash of every file's content but those that change."""
    kept = (f for f in sorted(folder.rglob("*")) if f.is_file() and f.name not in CHANGING)
    return {str(file.relative_to(folder)): content(file) for file in kept}


def content(file: Path) -> str:
    """Hash of what a file holds: of arrays the numbers, of tensors without the header's names."""
    total = hashlib.sha256()
    if file.suffix == ".npz":
        with np.load(file, allow_pickle=False) as arrays:
            for key in sorted(arrays):
                total.update(key.encode() + np.ascontiguousarray(arrays[key]).tobytes())
    elif file.suffix == ".safetensors":
        from safetensors.numpy import load_file

        for key, array in sorted(load_file(file).items()):
            total.update(key.encode() + np.ascontiguousarray(array).tobytes())
    elif file.suffix == ".zip":
        with zipfile.ZipFile(file) as archive:
            for name in sorted(archive.namelist()):
                total.update(name.encode() + archive.read(name))
    elif file.suffix == ".parquet":
        import pandas as pd

        table = pd.read_parquet(file).drop(columns=["video"], errors="ignore")
        total.update(table.to_csv().encode())
    else:
        total.update(file.read_bytes())
    return total.hexdigest()[:16]


def labelled(run: Run) -> None:
    """A data set to train on: everybody of a run walks."""
    folder = paths.lart_home() / "training" / "walks"
    people = list(run.tracklets())
    save_tracklets(folder, people)
    labels = [
        FrameLabels(each.frame, np.ones((len(each), 1), np.float32), np.ones(len(each), bool))
        for each in people
    ]
    save_labels(folder / "labels.safetensors", [14], labels)


def sound() -> None:
    """Nothing that is shown is damaged."""
    assert not runs.damaged() and not jobs.damaged(), (runs.damaged(), jobs.damaged())


def faults(machine: Machine) -> dict[str, str]:
    """What is said of a job on a faulty machine; after the fault it must go on to the same end."""
    said: dict[str, str] = {}
    upload = machine.upload()
    machine.do("video", upload=upload)
    expected = digests(runs.find(upload).path)
    for name, fault in FAULTS.items():
        shutil.rmtree(runs.find(upload).path)
        machine.end()
        job = jobs.add("video", name, upload=upload)
        with fault():
            until = time.monotonic() + PATIENCE
            while not (now := jobs.read(job.id)).over and time.monotonic() < until:
                machine.serve()
                time.sleep(0.2)
            sound()
            machine.end()
        said[name] = now.error or now.state
        print(f"{name}: {said[name]}", flush=True)
        assert (now.state == "done") == (fault is clock_set_back), (now, now.log)
        sound()
        if now.state != "done":
            if now.over:
                jobs.resume(now)
            while jobs.read(job.id).state != "done":
                machine.serve()
                time.sleep(0.2)
        assert digests(runs.find(upload).path) == expected, name
        jobs.remove(job.id)
    said["read-only home"] = read_only_home(machine, upload, expected)
    return said


def read_only_home(machine: Machine, upload: str, expected: dict[str, str]) -> str:
    """Nothing can be written: what is there is shown, and nothing is taken that cannot be kept."""
    home = paths.lart_home()
    machine.end()
    subprocess.run(["mount", "-o", "remount,ro", home], check=True)
    try:
        with contextlib.suppress(OSError):
            jobs.add("layer", "refused", run=upload)
            raise AssertionError("a job was taken that cannot be kept")
        server = machine.serve()
        time.sleep(3.0)
        assert server.poll() is None, "the supervisor waits until it can write"
        sound()
        assert digests(runs.find(upload).path) == expected
        machine.end()
    finally:
        subprocess.run(["mount", "-o", "remount,rw", home], check=True)
    machine.do("layer", run=upload)
    return "the supervisor waits; afterwards a job is done"


@contextlib.contextmanager
def model_file_gone() -> Iterator[None]:
    """The weights are elsewhere, and nothing can be fetched."""
    with _environment(LART_WEIGHTS=mkdtemp(), PATH="/nowhere", PIP_NO_INDEX="1"):
        yield


@contextlib.contextmanager
def full_disk() -> Iterator[None]:
    """No space is left where everything is kept, but for notes."""
    ballast = paths.lart_home() / "ballast"
    with contextlib.suppress(OSError), ballast.open("wb") as file:
        while True:
            file.write(bytes(1 << 16))
            file.flush()
    os.truncate(ballast, ballast.stat().st_size - SPARE)
    try:
        yield
    finally:
        ballast.unlink()


@contextlib.contextmanager
def clock_set_back() -> Iterator[None]:
    """The wall clock of new processes is a year behind: files come from the future."""
    shim = Path(mkdtemp())
    (shim / "sitecustomize.py").write_text(
        "import time\nnow = time.time\ntime.time = lambda: now() - 365 * 86400\n"
    )
    with _environment(PYTHONPATH=f"{shim}:{os.environ.get('PYTHONPATH', '')}"):
        yield


FAULTS: dict[str, Callable[[], contextlib.AbstractContextManager[None]]] = {
    "model file gone": model_file_gone,
    "disk full": full_disk,
    "clock set back": clock_set_back,
}
PATIENCE = 120.0
"""Seconds that a job on a faulty machine has to end."""


@contextlib.contextmanager
def own_disk() -> Iterator[Path]:
    """A home on a small file system of its own, so that it can be full, or read-only.

    Raises:
        SystemExit: This process may not mount.
    """
    home = Path(mkdtemp(prefix="lart-kills-"))
    mounting = ["mount", "-t", "tmpfs", "-o", f"size={DISK}", "tmpfs", str(home)]
    done = subprocess.run(mounting, capture_output=True, text=True)
    if done.returncode:
        home.rmdir()
        sys.exit(f"Expected to be allowed to mount a small disk: {done.stderr.strip()}")
    try:
        yield home
    finally:
        subprocess.run(["umount", "--lazy", home], check=True)
        home.rmdir()


@contextlib.contextmanager
def _environment(**values: str) -> Iterator[None]:
    before = {name: os.environ.get(name) for name in values}
    os.environ.update(values)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value


def serve() -> None:
    """Be the supervisor until SIGTERM, then stop as a server does."""
    made = Supervisor()
    made.start()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(made.stop()))
    while True:
        time.sleep(1)


def main() -> None:
    """Print every kill and fault, and whether what is left is the same."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("clip", type=Path, nargs="?")
    parser.add_argument("--kills", type=int, default=40)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--stages", nargs="+", default=[], help="strike in these alone")
    parser.add_argument("--no-faults", action="store_true", help="kills alone")
    parser.add_argument("--serve", action="store_true", help=argparse.SUPPRESS)
    parser.add_argument("--accept", type=Path, help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.serve:
        serve()
    if args.accept:
        with args.accept.open("rb") as file:
            print(uploads.accept(args.accept.name, file))
        return
    os.environ.setdefault("LART_WEIGHTS", str(paths.lart_home() / "weights"))
    with own_disk() as home:
        os.environ["LART_HOME"] = str(home)
        machine = Machine(args.clip, np.random.default_rng(args.seed), args.stages)
        try:
            report = everything(machine, args.kills, not args.no_faults)
        finally:
            machine.end()
    print(json.dumps(report, indent=1))
    sys.exit(1 if report["different"] else 0)


def everything(machine: Machine, kills: int, with_faults: bool) -> dict[str, Any]:
    """All rounds of kills, then the faults; what came of them."""
    rounds, different = 0, set[str]()
    if kills:
        begin = time.monotonic()
        expected = machine.round("unbroken")
        print(f"unbroken: {len(expected)} files, {time.monotonic() - begin:.0f} s", flush=True)
        machine.left = kills
        while machine.left > 0:
            rounds += 1
            found = machine.round(f"broken-{rounds}")
            files = expected.keys() | found.keys()
            different |= {file for file in files if expected.get(file) != found.get(file)}
            print(f"round {rounds}: {sorted(different) or 'all the same'}", flush=True)
    report = {"kills": sum(machine.killed.values()), "where": dict(machine.killed)}
    report |= {"rounds": rounds, "different": sorted(different)}
    return report | {"faults": faults(machine) if with_faults else {}}


if __name__ == "__main__":
    main()
