"""Ground-truth labels of a data set's people, for `lart train`."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analysis.ava.boxes import boxes_of
from analysis.ava.csv_file import LAYOUT, Source, read_ground_truth
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
    names = names_of(videos)
    of_others = _of_others(videos, {*names.values()} - by_video.keys(), wanted, begins_at)
    annotated = {
        video: _annotated(run, by_video[names[video]], run.begun(begins_at))
        for video, run in videos.runs()
        if names[video] in by_video
    }  # Whatever is refused is refused before labels are written.
    if not annotated:
        ours = ", ".join(list(names.values())[:3]) or "no tracked video"
        raise LartError(
            f"Expected annotations of the set's tracked videos, but there are none: do the names "
            f"agree? The set has {ours}, the annotations {', '.join(list(by_video)[:3])}."
        )
    labelled = sum(
        _label_run(run, annotated[video], wanted)
        for video, run in videos.runs()
        if video in annotated
    )
    kept = truth[truth["video"].isin([*names.values()])]
    if len(of_others):
        kept = pd.concat([of_others, kept], ignore_index=True)
    with replacing(path / TRUTH) as made:
        kept = kept.assign(video=kept["video"].astype(str).map(inert))
        kept[LAYOUT].to_csv(made, header=False, index=False, lineterminator="\n")
    videos.note_truth(wanted, begins_at)
    people = sum(
        len(np.unique(np.column_stack([boxes.seconds, boxes.box]), axis=0))
        for boxes in annotated.values()
    )
    return Labelled(len(annotated), len(names) - len(annotated), people, labelled)


def _of_others(
    videos: VideoSet, names: set[str], classes: Sequence[int], begins_at: float | None
) -> pd.DataFrame:
    """Ground truth that the set has of videos which are not annotated now; their labels stay.

    Raises:
        LartError: It is of another clock, or of other classes.
    """
    none = pd.DataFrame(columns=LAYOUT)
    if not (videos.path / TRUTH).is_file():
        return none
    before = read_ground_truth(videos.path / TRUTH).astype({"video": str})
    before = before[before["video"].isin(names)]
    if not len(before):
        return none
    for what, was, given in (
        ("beginning of the videos in their films", videos.begins_at, begins_at),
        ("classes", videos.classes and list(videos.classes), list(classes)),
    ):
        if was != given:
            raise LartError(
                f"Expected the {what} as the set was labelled with before ({was}), since it has "
                f"labels of other videos, but got {given}; label all of them at once."
            )
    return before


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


def names_of(videos: VideoSet) -> dict[str, str]:
    """Tracked videos of a set -> AVA's names of them, their file names without ending.

    Raises:
        LartError: Two have one name.
    """
    found: dict[str, str] = {}
    for video, _ in videos.run_folders():
        name = video_id(Path(video).name)
        if name in found:
            raise LartError(
                f"Expected videos of different names, since AVA's files tell them by their name, "
                f"but the set has {found[name]} and {video}."
            )
        found[name] = video
    return {video: name for name, video in found.items()}


def _annotated(run: Run, truth: pd.DataFrame, begins_at: float) -> AnnotatedBoxes:
    """What was annotated of a run's video."""
    seconds = truth["timestamp"].to_numpy() - begins_at
    here = _within(run, seconds) & (truth["action_id"] > 0).to_numpy()
    actions = truth["action_id"].to_numpy()[here].astype(np.int64)
    return AnnotatedBoxes(seconds[here], boxes_of(truth)[here], actions)


def _label_run(run: Run, boxes: AnnotatedBoxes, wanted: Sequence[int]) -> int:
    """Write the labels of one run; how many tracklets have some."""
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
        ids = tuple(sorted({*known, *wanted}))
        labels = [
            over_pseudo_labels(_as(theirs, known, ids), _as(ours, wanted, ids))
            for theirs, ours in zip(said, found, strict=True)
        ]
    save_labels(file, ids, labels)
    return sum(len(item.frame) > 0 for item in found)


def _of_models(labels: FrameLabels) -> FrameLabels:
    """Those that a model made."""
    kept = ~labels.ground_truth
    return FrameLabels(labels.frame[kept], labels.target[kept], labels.ground_truth[kept])


def _as(labels: FrameLabels, known: Sequence[int], wanted: Sequence[int]) -> FrameLabels:
    return FrameLabels(labels.frame, columns(known, wanted, labels.target), labels.ground_truth)
