"""What people corrected, as ground truth in AVA's layout, and predictions that it can judge.

The rule: a keyframe is each whole second of the film (the given frames where boxes were given, see
`ava_predictions.keyframes`). Everyone who is seen there and whom a drawn span covers has a row an
action; people and keyframes that no span covers have none, and are not judged.
"""

import numpy as np
import pandas as pd

from analysis.ava.csv_file import BOX
from analysis.runs.ava_predictions import Clock, keyframes, said_of
from lart_core.errors import LartError
from lart_core.formats.ava_table import video_id
from lart_core.runs.actions import Actions
from lart_core.runs.run import Run

COLUMNS = ("video", "timestamp", *BOX, "action_id", "person_id")


def truth_table(run: Run, video: str | None = None, begins_at: float | None = None) -> pd.DataFrame:
    """What people drew in a run, at its keyframes.

    Args:
        video: The video's id; default: its file name without ending.
        begins_at: Second of the film at which the video begins; default: what the run knows.

    Returns:
        A table as `analysis.read_ground_truth` gives it, with ``person_id``; boxes as fractions of
        the picture.

    Raises:
        LartError: No span covers anyone at any keyframe.
    """
    name = video or video_id(run.video.name)
    clock = Clock.of(run, begins_at)
    corrections, people = run.corrections(), run.people()
    rows: list[tuple[float | int, ...]] = []
    drawn = {span.person for span in corrections.spans}
    for person in (people.by_id(i) for i in people.track_ids if i in drawn):
        keyframe, seconds = keyframes(person, clock)
        size = [person.video.width, person.video.height] * 2
        box = np.clip(person.box[keyframe - person.first].astype(float) / size, 0, 1)
        for action, spans in corrections.of(person.track_id).items():
            for frame, second, corners in zip(keyframe, seconds, box.tolist(), strict=True):
                if any(first <= frame <= last for first, last in spans):
                    rows.append((float(second), *corners, action, person.track_id))
    if not rows:
        raise LartError(
            f"Expected drawn spans at the keyframes of {name} (each whole second in which the "
            f"person is seen), but there are none."
        )
    table = pd.DataFrame(rows, columns=COLUMNS[1:])
    table.insert(0, "video", pd.Categorical([name] * len(table)))
    table = table.astype({"action_id": np.int32, "person_id": np.int64})
    order = ["timestamp", "person_id", "action_id"]
    return table.sort_values(order, kind="stable", ignore_index=True)


def judged_predictions(
    run: Run, actions: Actions, truth: pd.DataFrame, begins_at: float | None = None
) -> pd.DataFrame:
    """What a model says of those people at those keyframes that `truth_table` has.

    Others were looked at by nobody: to count them as wrong would judge the corrections' holes.

    Args:
        actions: What a model says of `Run.people`.
        truth: The run's `truth_table`.
    """
    clock = Clock.of(run, begins_at)
    people = run.people()
    parts = []
    for person, seconds in truth.groupby("person_id")["timestamp"]:
        said = said_of(people.by_id(int(person)), actions, clock)
        if said is not None:
            parts.append(said[said["timestamp"].isin(seconds)])
    table = pd.concat(parts, ignore_index=True).drop(columns="frame")
    table.insert(0, "video", pd.Categorical([str(truth["video"].iloc[0])] * len(table)))
    return table
