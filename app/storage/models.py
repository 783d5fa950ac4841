"""Action models of this machine: those that the product ships and those trained here."""

import json
import re
import shutil
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from app.storage import runs
from lart_core.atomic_files import replacing
from lart_core.errors import LartError
from lart_core.paths import lart_home
from lart_core.presets.registry import demo_models
from lart_core.progress import OnProgress, Progress
from lart_core.runs.run import Run
from lart_core.shelf import Shelf

NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,40}")
"""What a model that is trained here may be called."""
MODELS = Shelf(
    "models", r"[\w-][\w.-]{0,80}", "model.safetensors", "There is no model {id} on this machine."
)
LABELS = "labels.safetensors"
ASKED = "asked.json"
"""What a training was asked for, in its model's folder."""


def models() -> dict[str, Path]:
    """Name -> checkpoint of every action model; the product's own first."""
    return demo_models() | {file.parent.name: file for file in MODELS.every()}


def own() -> list[str]:
    """Names of the models that were taught, trained or brought here."""
    return [file.parent.name for file in MODELS.every() if file.parent.parent == MODELS.folder]


def remove(name: str) -> None:
    """Delete a model of one's own, and what it said of one's own videos.

    Raises:
        LartError: There is no such model, or it ships with the product.
    """
    shutil.rmtree(MODELS.find_own(name).parent)
    for entry in runs.entries():
        if runs.own(entry.run):
            entry.run.remove_actions(name)


def put_away(name: str) -> None:
    """Delete a training that was broken off; a model that was made stays."""
    if name not in models():
        shutil.rmtree(MODELS.path(name), ignore_errors=True)


def data_folder() -> Path:
    """Where folders of labelled tracklets lie, one folder a data set."""
    return lart_home() / "training"


def data_sets() -> list[str]:
    """Names of the data sets that a model can be trained on."""
    return sorted(file.parent.name for file in data_folder().glob(f"*/{LABELS}"))


def train(data: str, name: str, epochs: int, report: OnProgress) -> None:
    """Train a small model by the recipe "small", or go on where a training was broken off.

    Raises:
        LartError: There is no such data set, or `name` is no name or the product's own.
    """
    from lart_core.model import LARTConfig
    from lart_core.training import Machine, Recipe, dataset, fit, new_model, open_tracks

    _check_new(name)
    if data not in data_sets():
        raise LartError(f"There is no data set {data[:40]!r} to train on.")
    recipe = Recipe.small(epochs=epochs, warmup_epochs=min(5, epochs - 1))
    tracks, ava_ids = open_tracks([data_folder() / data], LARTConfig.small())
    start = new_model(name, LARTConfig.small(actions=len(ava_ids)), ava_ids, tracks, recipe.seed)
    out = MODELS.path(name)
    resume = _goes_on(out, {"data": data, "epochs": epochs})
    samples = dataset(start, recipe, tracks)
    over = threading.Event()
    threading.Thread(target=_watch, args=(out, epochs, report, over), daemon=True).start()
    try:
        fit(start, recipe, samples, out, machine=Machine(progress=False), resume=resume)
    finally:
        over.set()
    report(Progress("training", epochs, epochs, 0))


def _check_new(name: str) -> None:
    if not NAME.fullmatch(name) or name in demo_models():
        raise LartError(f"Expected a new name of a-z, 0-9 and dashes, but got {name[:40]!r}.")


def _goes_on(out: Path, asked: dict[str, Any]) -> bool:
    """Whether a training that was broken off in `out` is gone on with; of a new one it is noted
    what is `asked`.

    Raises:
        LartError: Another training was broken off there: its figures are not this one's.
    """
    note = out / ASKED
    if not any(out.rglob("last.ckpt")):
        with replacing(note) as path:
            path.write_text(json.dumps(asked), encoding="utf-8")
        return False
    if note.is_file() and json.loads(note.read_text(encoding="utf-8")) != asked:
        raise LartError(
            f"Another training of {out.name!r} was broken off: resume that one on Jobs, or choose "
            "another name."
        )
    return True


def corrected_videos() -> list[list[Run]]:
    """The runs of this machine in which spans were drawn; those of one video together."""
    from analysis.runs.teaching import groups

    return groups([entry.run for entry in sorted(runs.ready(), key=lambda entry: entry.id)])


def teach(
    start: str,
    name: str,
    taught: Sequence[str],
    held_out: Sequence[str],
    epochs: int,
    report: OnProgress,
) -> None:
    """Fine-tune a model on corrected runs, judge it on others, and let it name the actions of all.

    Raises:
        LartError: There is no such model or run, `name` is no name or the product's own, or nothing
            was drawn.
    """
    from analysis.runs.teaching import LESSON
    from analysis.runs.teaching import teach as teach_from
    from lart_core.model import load_checkpoint

    _check_new(name)
    out = MODELS.path(name)
    if (out / LESSON).exists():
        raise LartError(f"There already is a model {name!r}; choose another name.")
    asked = {"start": start, "taught": [*taught], "held out": [*held_out], "epochs": epochs}
    resume = _goes_on(out, asked)
    over = threading.Event()
    threading.Thread(target=_watch, args=(out, epochs, report, over), daemon=True).start()
    learnt, judged = ([runs.find(run) for run in side] for side in (taught, held_out))
    try:
        checkpoint = load_checkpoint(_file(start))
        teach_from(checkpoint, learnt, judged, out, name=name, epochs=epochs, resume=resume)
    finally:
        over.set()
    for done, run in enumerate((*taught, *held_out)):
        report(Progress("actions", done, len(taught) + len(held_out)))
        apply(name, run)


def _file(model: str) -> Path:
    return demo_models().get(model) or MODELS.find(model)


def apply(model: str, run_id: str) -> None:
    """Let a model name the actions in a run.

    Raises:
        LartError: There is no such model or run.
    """
    from dataclasses import replace

    from lart_core.model import inference, load_checkpoint

    run = runs.find_own(run_id)
    said = inference.predict(load_checkpoint(_file(model)), run.tracklets())
    run.write_actions(replace(said, model=model))


def _watch(out: Path, epochs: int, report: OnProgress, over: threading.Event) -> None:
    """Read the epoch from the training's log while it runs."""
    while not over.wait(1.0):
        logs = sorted(out.rglob("metrics.csv"), key=lambda path: path.stat().st_mtime)
        rows = logs[-1].read_text(encoding="utf-8").splitlines() if logs else []
        if len(rows) < 2:
            continue
        last = dict(zip(rows[0].split(","), rows[-1].split(","), strict=False))
        if last.get("epoch", "").isdigit():
            report(Progress("training", int(last["epoch"]), epochs))
