"""Teaching a small model what people corrected, and what it was worth on videos that it never saw.

The figure is AVA's mAP@0.5 on the corrections of held-out videos, at their labelled people and
keyframes (`analysis.runs.corrections`): what `lart evaluate` says of the files in `JUDGED`. A video
that is there twice (by its content) is either taught or held out, never both.
"""

import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import pandas as pd

from analysis.ava.csv_file import to_csv
from analysis.ava.evaluator import average_precision
from analysis.ava.label_map import ava_label_map
from analysis.runs.corrections import judged_predictions, truth_table
from lart_core.atomic_files import write_bytes, write_json
from lart_core.errors import LartError
from lart_core.formats.ava_table import video_id
from lart_core.model import Checkpoint
from lart_core.model.inference import predict
from lart_core.runs.run import Run
from lart_core.stored_files import expect_format, read_json, reading
from lart_core.training import LabelledTrack, Machine, Recipe, continue_from, dataset, fit
from lart_core.training.corrected import labels_of

FORMAT = "lart-lens lesson 1"
LESSON = "lesson.json"
JUDGED = {"truth": "truth.csv", "before": "before.csv", "after": "after.csv"}
"""Files of the held-out videos, in AVA's layout, beside the taught model."""

STEPS = 100
"""Optimiser steps at the least: few people are seen several times a round."""


@dataclass(frozen=True)
class Lesson:
    """What was taught, and the figures.

    Attributes:
        start: Name of the model that it began with. taught, held_out: Names of the videos.
        before, after: mAP@0.5 on the held-out videos of the model that it began with and of the
            taught one; None where nothing was held out, or nothing in it can be judged.
        people: Labelled people at keyframes that the figures are of.
        actions: AVA ids that the corrections speak of.
    """

    start: str
    taught: tuple[str, ...]
    held_out: tuple[str, ...]
    before: float | None
    after: float | None
    people: int
    actions: tuple[int, ...]


def groups(runs: Sequence[Run]) -> list[list[Run]]:
    """Runs with drawn spans, those of one video (by content) together, in the given order."""
    found: dict[str, list[Run]] = {}
    for run in runs:
        if run.corrections().spans:
            found.setdefault(run.video.sha256, []).append(run)
    return list(found.values())


def teach(
    start: Checkpoint,
    taught: Sequence[Run],
    held_out: Sequence[Run],
    out: Path,
    *,
    name: str,
    epochs: int = 40,
    resume: bool = False,
) -> Lesson:
    """Fine-tune a model on corrected runs, judge it on others, and write both into `out`.

    Args:
        start: The model to go on from; it keeps the actions that it knows and learns those drawn.
        taught: Runs with drawn spans, to learn from.
        held_out: Runs with drawn spans, to judge by; may be none.
        out: Folder for `model.safetensors`, `LESSON` and `JUDGED`.
        name: What the model is called.
        epochs: Rounds through the corrected people.
        resume: Go on where a training in `out` was broken off.

    Raises:
        LartError: Nothing was drawn, a video is in both, or people lack what the model looks at.
    """
    both = {run.video.sha256 for run in taught} & {run.video.sha256 for run in held_out}
    if both:
        name_of = next(run.video.name for run in held_out if run.video.sha256 in both)
        raise LartError(f"Expected other videos to judge by than to teach, but {name_of} is both.")
    drawn = tuple(sorted({i for run in taught for i in run.corrections().actions()}))
    ava_ids = (*start.ava_ids, *(i for i in drawn if i not in start.ava_ids))
    pupil = replace(continue_from(start, ava_ids), name=name)
    tracks = [track for run in taught for track in _tracks(run, pupil)]
    if not tracks:
        raise LartError("Expected drawn spans to teach; draw some under Correct on the Watch page.")
    recipe = Recipe.ava(
        epochs=epochs, warmup_epochs=epochs / 10, batch=8, rate=3e-4, drop_path=0.0, average=0.99
    )
    repeats = -(-STEPS * recipe.batch // (len(tracks) * epochs))
    samples = dataset(pupil, recipe, tracks * max(1, repeats))
    machine = Machine(accelerator="cpu", progress=False)
    trained = fit(pupil, recipe, samples, out, machine=machine, resume=resume)
    lesson = _judged(start, trained, held_out, out)
    lesson = replace(lesson, taught=_names(taught), held_out=_names(held_out), actions=drawn)
    write_json(out / LESSON, {"format": FORMAT, **asdict(lesson)})
    return lesson


def read_lesson(folder: Path) -> Lesson | None:
    """What `teach` wrote beside a model; None for a model that was trained otherwise.

    Raises:
        LartError: The file is damaged.
    """
    path = folder / LESSON
    if not path.is_file():
        return None
    with reading(path, f"The file {LESSON} of the model {folder.name}", "teach the model anew"):
        record: dict[str, Any] = read_json(path, {"format": str})
        expect_format(record.pop("format"), FORMAT)
        lists = ("taught", "held_out", "actions")
        return Lesson(**record | {name: tuple(record[name]) for name in lists})


def _tracks(run: Run, pupil: Checkpoint) -> list[LabelledTrack]:
    """The people of a run who have labels, as the model sees them."""
    people, ids = run.people(), pupil.ava_ids
    found = []
    labels = labels_of(run.corrections(), people.track_ids, ids)
    for person, own in zip(people.track_ids, labels, strict=True):
        if len(own.frame):
            config = pupil.model.config
            track = LabelledTrack.of(people.by_id(person), own, ids, config, ids, pupil.fps)
            found.append(replace(track, video=str(run.path)))
    return found


def _judged(start: Checkpoint, trained: Checkpoint, runs: Sequence[Run], out: Path) -> Lesson:
    """The figures of both models on held-out runs, and the files that they are of."""
    parts: dict[str, list[pd.DataFrame]] = {name: [] for name in JUDGED}
    for number, run in enumerate(runs):
        try:
            truth = truth_table(run, video=_video_id(run, number))
        except LartError:
            continue
        parts["truth"].append(truth)
        people = list(run.people())
        for side, model in (("before", start), ("after", trained)):
            parts[side].append(judged_predictions(run, predict(model, people), truth))
    lesson = Lesson(start.name, (), (), None, None, 0, ())
    if not parts["truth"]:
        return lesson
    tables = {
        side: pd.concat([t.astype({"video": str}) for t in own]) for side, own in parts.items()
    }
    for side, table in tables.items():
        write_bytes(out / JUDGED[side], to_csv(table))
    figures = {
        side: average_precision(
            tables["truth"].astype({"video": "category"}),
            tables[side].astype({"video": "category"}),
            ava_label_map(),
        ).mean_ap
        for side in ("before", "after")
    }
    found = {side: None if math.isnan(figure) else figure for side, figure in figures.items()}
    people_there = len(tables["truth"].drop_duplicates(["video", "timestamp", "person_id"]))
    return replace(lesson, people=people_there, before=found["before"], after=found["after"])


def _video_id(run: Run, number: int) -> str:
    """A name of its own for each run, whatever files are called."""
    return f"{number + 1}_{video_id(run.video.name)}"


def _names(runs: Sequence[Run]) -> tuple[str, ...]:
    return tuple(run.video.name for run in runs)
