"""Labels of people whom somebody corrected: what `lart_core.runs.corrections` teaches.

The rule: the frames that a person's spans cover have labels, and there every action that is not
drawn is known not to be (as where AVA's annotators looked). Other frames have none.
"""

from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np

from lart_core.errors import LartError
from lart_core.runs.corrections import Corrections
from lart_core.runs.run import Run
from lart_core.series import joined
from lart_core.tracklet import save_tracklets
from lart_core.training.labels import FrameLabels, save_labels
from lart_core.training.tracks import LABELS


def labels_of(
    corrections: Corrections, people: Iterable[int], ava_ids: Sequence[int]
) -> list[FrameLabels]:
    """Labels of people, in their order; without frames for those without spans.

    Args:
        ava_ids: Actions that are learnt, the columns of the labels.
    """
    return [_labels(corrections.of(person), ava_ids) for person in people]


def learnable(run: Run) -> tuple[int, ...]:
    """AVA ids that a run's corrections speak of: those drawn, and those that its models name, since
    whoever corrected saw these and left them out."""
    named = {i for model in run.models() for i in run.actions(model).ava_ids}
    return tuple(sorted(named | set(run.corrections().actions())))


def write_labelled(run: Run, folder: Path) -> None:
    """Write the people of a run, as corrected, with their labels: a folder for `lart train`.

    Raises:
        LartError: Nobody drew a span in this run.
    """
    corrections = run.corrections()
    if not corrections.spans:
        raise LartError(
            f"Expected spans of actions that somebody drew in {run.video.name}, but there are "
            f"none; draw some under Correct on the Watch page."
        )
    people, ava_ids = run.people(), learnable(run)
    save_tracklets(folder, people)
    save_labels(folder / LABELS, ava_ids, labels_of(corrections, people.track_ids, ava_ids))


def _labels(done: dict[int, list[list[int]]], ava_ids: Sequence[int]) -> FrameLabels:
    covered = joined(span for spans in done.values() for span in spans)
    parts = [np.arange(first, last + 1) for first, last in covered]
    frame = np.concatenate([np.zeros(0, np.int64), *parts])
    target = np.zeros((len(frame), len(ava_ids)), np.float32)
    for column, ava_id in enumerate(ava_ids):
        for first, last in done.get(ava_id, ()):
            target[(frame >= first) & (frame <= last), column] = 1
    return FrameLabels(frame, target, np.ones(len(frame), bool))
