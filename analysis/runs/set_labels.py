"""Ground-truth labels of a data set's people, for `lart train`."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analysis.ava.boxes import boxes_of
from analysis.ava.csv_file import BOX, LAYOUT, Source, read_ground_truth
from analysis.ava.label_map import LabelMap
from lart_core.atomic_files import replacing
from lart_core.dataset import VideoSet
from lart_core.dataset.videoset import TRUTH
from lart_core.errors import LartError
from lart_core.formats.ava_table import video_id
from lart_core.formats.spreadsheet import inert
from lart_core.runs.run import Run
from lart_core.training.ground_truth import AnnotatedBoxes, label_tracklets, over_pseudo_labels
from lart_core.training.labels import FrameLabels, columns, load_labels, save_labels
from lart_core.training.tracks import LABELS, PSEUDO


@dataclass(frozen=True)
class Labelled:
    """What `label` did.

    Attributes:
        videos: Videos with annotations. without: Tracked videos without.
        annotated: Annotated people (boxes at a time) of those videos.
        labelled: Tracklets that got labels.
    """

    videos: int
    without: int
    annotated: int
    labelled: int


def label(
    path: Path, sources: Sequence[Source], classes: LabelMap, *, begins_at: float | None = None
) -> Labelled:
    """Label the people of every tracked video, by the rule of `lart_core.training.ground_truth`.

    Labels of a model that are there already stay where nobody annotated; those of people (LART's
    release has some) are replaced where the video has annotations. The annotations of the
    set's videos are kept in the set, and so are the classes and where its videos begin in their
    films, for predictions and for `mAP@0.5` while a model is trained.

    Args:
        path: The data set.
        sources: Ground truth in AVA's CSV layout.
        classes: Which actions are learnt.
        begins_at: Second of the film at which the videos begin; default: what each run knows.

    Raises:
        LartError: No annotation is of a tracked video, or lies at a second of one, or two videos
            have one name. Labels that are there stay then.
    """
    videos = VideoSet.open(path)
    wanted = tuple(sorted(classes.names))
    tables = [read_ground_truth(source) for source in sources]
    truth = pd.concat([table.astype({"video": str}) for table in tables], ignore_index=True)
    by_video = dict(iter(truth.groupby("video", sort=False)))
    _check_clock(videos, by_video, begins_at)
    counts = {"videos": 0, "without": 0, "annotated": 0, "labelled": 0}
    used: dict[str, str] = {}
    for video, run in videos.runs():
        name = name_of(video, used)
        own = by_video.get(name)
        if own is None:
            counts["without"] += 1
            continue
        annotated, labelled = _label_run(run, own, wanted, run.begun(begins_at))
        counts["videos"] += 1
        counts["annotated"] += annotated
        counts["labelled"] += labelled
    if not counts["videos"]:
        ours = ", ".join(list(used)[:3]) or "no tracked video"
        raise LartError(
            f"Expected annotations of the set's tracked videos, but there are none: do the names "
            f"agree? The set has {ours}, the annotations {', '.join(list(by_video)[:3])}."
        )
    kept = truth[truth["video"].isin(list(used))]
    with replacing(path / TRUTH) as made:
        kept = kept.assign(video=kept["video"].astype(str).map(inert))
        kept[LAYOUT].to_csv(made, header=False, index=False, lineterminator="\n")
    videos.note_truth(wanted, begins_at)
    return Labelled(**counts)


def _check_clock(
    videos: VideoSet, by_video: Mapping[str, pd.DataFrame], begins_at: float | None
) -> None:
    """Refuse annotations of which none lies at a second of any tracked video."""
    outside = None
    for video, run in videos.runs():
        own = by_video.get(video_id(Path(video).name))
        if own is None:
            continue
        said, begins = own["timestamp"].to_numpy(), run.begun(begins_at)
        if _within(run, said - begins).any():
            return
        outside = outside or (
            f"Expected annotations at seconds of the set's videos, but those of {video} are at "
            f"{said.min():g} to {said.max():g} s, and it is {begins:g} to "
            f"{begins + run.video.seconds:g} s of its film; is the beginning right (--begins-at)?"
        )
    if outside:
        raise LartError(outside)


def _within(run: Run, seconds: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Which seconds, from its beginning on, are a run's."""
    return np.asarray((seconds >= 0) & (seconds <= run.video.seconds))


def name_of(video: str, used: dict[str, str]) -> str:
    """AVA's name of a video of a set, its file name without ending; noted in `used`.

    Raises:
        LartError: Another video has it, too.
    """
    name = video_id(Path(video).name)
    if name in used:
        raise LartError(
            f"Expected videos of different names, since AVA's files tell them by their name, but "
            f"the set has {used[name]} and {video}."
        )
    used[name] = video
    return name


def _label_run(
    run: Run, truth: pd.DataFrame, wanted: Sequence[int], begins_at: float
) -> tuple[int, int]:
    """Write the labels of one run; annotated people, and tracklets with labels."""
    seconds = truth["timestamp"].to_numpy() - begins_at
    here = _within(run, seconds) & (truth["action_id"] > 0).to_numpy()
    boxes = AnnotatedBoxes(
        seconds[here], boxes_of(truth)[here], truth["action_id"].to_numpy()[here].astype(np.int64)
    )
    found = label_tracklets(run.tracklets(), boxes, wanted)
    file = run.path / "tracklets" / LABELS
    ids, labels = tuple(wanted), found
    pseudo = run.path / "tracklets" / PSEUDO
    if file.is_file() and not pseudo.is_file():
        known, said = load_labels(file)
        models = [_of_models(item) for item in said]
        if any(len(item.frame) for item in models):
            save_labels(pseudo, known, models)
    if pseudo.is_file():
        known, said = load_labels(pseudo)
        ids = known
        labels = [
            over_pseudo_labels(theirs, _as(ours, wanted, ids))
            for theirs, ours in zip(said, found, strict=True)
        ]
    save_labels(file, ids, labels)
    people = truth.loc[here, ["timestamp", *BOX]].drop_duplicates()
    return len(people), sum(len(item.frame) > 0 for item in found)


def _of_models(labels: FrameLabels) -> FrameLabels:
    """Those that a model made."""
    kept = ~labels.ground_truth
    return FrameLabels(labels.frame[kept], labels.target[kept], labels.ground_truth[kept])


def _as(labels: FrameLabels, known: Sequence[int], wanted: Sequence[int]) -> FrameLabels:
    return FrameLabels(labels.frame, columns(known, wanted, labels.target), labels.ground_truth)
