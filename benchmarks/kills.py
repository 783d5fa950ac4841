"""SIGKILL at random moments of the app's work, and faults of the machine: nothing may be lost.

    python -m benchmarks.kills CLIP [--kills 40] [--seed 0]

Round after round a clip is uploaded, processed (perception, tracking, actions, player, render),
exported, and a model is trained, by the app's own supervisor and workers. At random moments the
upload, the job's processes or the supervisor are killed; what is broken off goes on. After each
kill nothing that is shown may be damaged; what a round leaves must be what an unbroken one does.
Then come faults: a full disk, a home that cannot be written, a clock set back, a model file gone.
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
from collections.abc import Callable, Iterator
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
CHANGING = ("run.json", "card.json", "metrics.csv", "hparams.yaml")
"""Files that hold times, or the random id of an upload."""


class Machine:
    """A home with a supervisor that can be killed, and a clock that says when."""

    def __init__(self, clip: Path, rng: np.random.Generator) -> None:
        self.clip, self.rng = clip, rng
        self.killed: Counter[str] = Counter()
        self.left = 0
        self._server: subprocess.Popen[bytes] | None = None
        self._lasts: dict[str, float] = {}
        self._here = 0
        self._next = float("inf")

    def begin(self, step: str, again: bool = False) -> None:
        """A step begins (again): draw when it is killed, within the time that it takes unbroken."""
        self._here = self._here if again else 0
        killing = self.left > 0 and self._here < MOST[step]
        wait = self.rng.uniform(0, self._lasts.get(step, 0)) if killing else float("inf")
        self._next = time.monotonic() + wait

    def due(self) -> bool:
        """Whether it is time to kill something."""
        return time.monotonic() >= self._next

    def note(self, what: str) -> None:
        """Count a kill, and see that nothing that is shown is damaged."""
        self.killed[what] += 1
        self.left, self._here, self._next = self.left - 1, self._here + 1, float("inf")
        assert not runs.damaged() and not jobs.damaged(), (runs.damaged(), jobs.damaged())
        for file in uploads.UPLOADS.every():
            assert video.probe(file).frames, file
        print(f"kill {sum(self.killed.values())}: {what}", flush=True)

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
        again, start = False, time.monotonic()
        while True:
            self.begin("upload", again)
            again = True
            command = [sys.executable, "-m", "benchmarks.kills", "--accept", str(self.clip)]
            taking = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
            while taking.poll() is None:
                if self.due():
                    taking.kill()
                    taking.wait()
                    self.note("upload")
                    break
                time.sleep(0.02)
            assert taking.stdout is not None
            if (taken := taking.stdout.read().strip()) and taking.returncode == 0:
                self._lasts.setdefault("upload", time.monotonic() - start)
                return taken

    def do(self, kind: str, **arguments: Any) -> dict[str, Any]:
        """What a job gives in the end, however often it is broken off."""
        job, start = jobs.add(kind, kind, **arguments), time.monotonic()
        self.begin(kind)
        while (now := jobs.read(job.id)).state != "done":
            server = self.serve()
            if now.state in ("failed", "interrupted"):
                assert "SIGKILL" in now.error or now.state == "interrupted", (now.error, now.log)
                jobs.resume(now)
                self.begin(kind, again=True)
            elif now.state == "running" and self.due():
                self._kill(now, server)
            time.sleep(0.05)
        self._lasts.setdefault(kind, time.monotonic() - start)
        return jobs.read(job.id).result

    def _kill(self, job: jobs.Job, server: subprocess.Popen[bytes]) -> None:
        stage = job.progress.get("stage", "start")
        if self.rng.random() < 0.3:
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


def faults(machine: Machine) -> dict[str, str]:
    """What is said of a job on a faulty machine; after the fault it must go on to the same end."""
    said: dict[str, str] = {}
    upload = machine.upload()
    machine.do("video", upload=upload)
    expected = digests(runs.find(upload).path)
    for name, fault in FAULTS.items():
        shutil.rmtree(runs.find(upload).path)
        machine.end()
        with fault(machine):
            job = jobs.add("video", name, upload=upload)
            while not (now := jobs.read(job.id)).over:
                machine.serve()
                time.sleep(0.2)
            machine.end()
        said[name] = now.error or now.state
        print(f"{name}: {said[name]}", flush=True)
        assert not runs.damaged() and not jobs.damaged()
        assert now.state == ("done" if fault is clock_set_back else "failed"), (now, now.log)
        if now.state != "done":
            jobs.resume(now)
            while jobs.read(job.id).state != "done":
                machine.serve()
                time.sleep(0.2)
        assert digests(runs.find(upload).path) == expected, name
        jobs.remove(job.id)
    return said


@contextlib.contextmanager
def model_file_gone(machine: Machine) -> Iterator[None]:
    """The weights are elsewhere, and nothing can be fetched."""
    empty = Path(mkdtemp())
    with _environment(LART_WEIGHTS=str(empty), PATH="/nowhere", PIP_NO_INDEX="1"):
        yield


@contextlib.contextmanager
def full_disk(machine: Machine) -> Iterator[None]:
    """No space is left where runs are kept: a small file system stands there."""
    place = paths.lart_home() / "runs"
    mounted = Path(mkdtemp())
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=40k", "tmpfs", mounted], check=True)
    aside = place.rename(place.with_name("runs-aside")) if place.exists() else None
    place.symlink_to(mounted)
    try:
        yield
    finally:
        place.unlink()
        if aside is not None:
            aside.rename(place)
        subprocess.run(["umount", mounted], check=True)


@contextlib.contextmanager
def clock_set_back(machine: Machine) -> Iterator[None]:
    """The wall clock of new processes is a year behind: files come from the future."""
    shim = Path(mkdtemp())
    (shim / "sitecustomize.py").write_text(
        "import time\nnow = time.time\ntime.time = lambda: now() - 365 * 86400\n"
    )
    path = f"{shim}:{os.environ.get('PYTHONPATH', '')}"
    machine.end()
    with _environment(PYTHONPATH=path):
        yield


@contextlib.contextmanager
def read_only_runs(machine: Machine) -> Iterator[None]:
    """Runs cannot be written: a file system that is read only stands there."""
    place = paths.lart_home() / "runs"
    place.mkdir(exist_ok=True)
    subprocess.run(["mount", "-t", "tmpfs", "-o", "ro", "tmpfs", place], check=True)
    try:
        yield
    finally:
        subprocess.run(["umount", place], check=True)


FAULTS: dict[str, Callable[[Machine], contextlib.AbstractContextManager[None]]] = {
    "model file gone": model_file_gone,
    "disk full": full_disk,
    "read-only home": read_only_runs,
    "clock set back": clock_set_back,
}


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
    parser.add_argument("--no-faults", action="store_true", help="faults need root, for mounts")
    parser.add_argument("--serve", action="store_true", help=argparse.SUPPRESS)
    parser.add_argument("--accept", type=Path, help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.serve:
        serve()
    if args.accept:
        with args.accept.open("rb") as file:
            print(uploads.accept(args.accept.name, file))
        return
    home = Path(mkdtemp(prefix="lart-kills-"))
    os.environ.setdefault("LART_WEIGHTS", str(paths.lart_home() / "weights"))
    os.environ["LART_HOME"] = str(home)
    machine = Machine(args.clip, np.random.default_rng(args.seed))
    if args.kills:
        begin = time.monotonic()
        expected = machine.round("unbroken")
        print(f"unbroken: {len(expected)} files, {time.monotonic() - begin:.0f} s", flush=True)
    machine.left = args.kills
    rounds, different = 0, set()
    while machine.left > 0:
        rounds += 1
        found = machine.round(f"broken-{rounds}")
        different |= {k for k in expected.keys() | found.keys() if expected.get(k) != found.get(k)}
        print(f"round {rounds}: {sorted(different) or 'all the same'}", flush=True)
    said = {} if args.no_faults else faults(machine)
    machine.end()
    report = {"kills": sum(machine.killed.values()), "where": dict(machine.killed)}
    report |= {"rounds": rounds, "different": sorted(different), "faults": said}
    print(json.dumps(report, indent=1))
    shutil.rmtree(home)
    sys.exit(1 if different else 0)


if __name__ == "__main__":
    main()
