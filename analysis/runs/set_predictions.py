"""What a model says of a data set's people, in AVA's layout."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from analysis.ava.csv_file import read_ground_truth, to_csv
from analysis.ava.evaluator import average_precision
from analysis.ava.label_map import OTHER_GROUP, LabelMap, ava_label_map
from analysis.runs.ava_predictions import predictions_of_run
from analysis.runs.set_labels import names_of
from lart_core.atomic_files import replacing
from lart_core.dataset import VideoSet
from lart_core.dataset.videoset import TRUTH
from lart_core.errors import LartError
from lart_core.model import Checkpoint
from lart_core.model.inference import predict
from lart_core.runs.actions import Actions
from lart_core.runs.run import Run


@dataclass(frozen=True)
class Predicted:
    """What `write_predictions` did: people at keyframes, their videos, and videos with nobody."""

    boxes: int
    videos: int
    empty: int


def write_predictions(
    videos: VideoSet,
    checkpoint: Checkpoint,
    out: Path,
    *,
    begins_at: float | None = None,
    say: Callable[[str, int], None] = lambda _video, _number: None,
) -> Predicted:
    """Write what a model says of a set's people at the keyframes, video after video.

    It is also kept in each run, under the model's name, for the app. See `predictions_of_run`.

    Args:
        out: CSV; appears whole or not at all, and is no folder.
        begins_at: Second of the film at which the videos begin; default: what the set was labelled
            with, or else what each run knows.
        say: Is told each video and its number.

    Raises:
        LartError: The tracklets lack what the model looks at, two videos have one name, or nobody
            is at any keyframe.
    """
    if out.is_dir():
        raise LartError(f"Expected a file to write, but {out} is a folder.")
    names = names_of(videos)
    begins = videos.begins_at if begins_at is None else begins_at
    boxes = empty = 0
    with replacing(out) as made, made.open("wb") as file:
        for number, (video, run) in enumerate(videos.runs(), 1):
            actions = predict(checkpoint, run.tracklets())
            run.write_actions(actions)
            table = at_keyframes(run, actions, names[video], begins)
            if table is None:
                empty += 1
            else:
                file.write(to_csv(table))
                boxes += len(table) // len(actions.ava_ids)
            say(video, number)
        if not boxes:
            raise LartError(f"Expected people at keyframes in {videos.path}, but found none.")
    return Predicted(boxes, len(names) - empty, empty)


def judge_on(sets: Sequence[VideoSet]) -> Callable[[Checkpoint], float]:
    """A judge for `lart_core.training.fit`: mAP@0.5 on labelled data sets, AVA's way, over the
    classes that they were labelled with."""
    truths = [
        _of_set(number, read_ground_truth(each.path / TRUTH)) for number, each in enumerate(sets)
    ]
    names = [names_of(each) for each in sets]
    truth = pd.concat(truths, ignore_index=True).astype({"video": "category"})
    ids = {i for each in sets for i in each.classes or ava_label_map().ids}
    classes = LabelMap({i: str(i) for i in ids}, dict.fromkeys(ids, OTHER_GROUP))

    def judge(checkpoint: Checkpoint) -> float:
        tables = []
        for number, each in enumerate(sets):
            for video, run in each.runs():
                actions = predict(checkpoint, run.tracklets())
                table = at_keyframes(run, actions, names[number][video], each.begins_at)
                if table is not None:
                    tables.append(_of_set(number, table))
        if not tables:
            return 0.0
        said = pd.concat(tables, ignore_index=True).astype({"video": "category"})
        return average_precision(truth, said, classes).mean_ap

    return judge


def _of_set(number: int, table: pd.DataFrame) -> pd.DataFrame:
    """A table whose videos are told from those of other sets."""
    return table.assign(video=f"{number}/" + table["video"].astype(str))


def at_keyframes(
    run: Run, actions: Actions, name: str, begins_at: float | None = None
) -> pd.DataFrame | None:
    """`predictions_of_run`; None where nobody is at any keyframe."""
    if not actions.people:
        return None
    try:
        return predictions_of_run(run, actions, name, begins_at)
    except LartError:
        return None
