"""The study's models judged AVA's way: keyframes at 1 Hz, boxes, mAP@0.5, intervals over videos.

Ground truth has the tracker's own boxes, for the sets come without any: what is judged is naming,
not finding.

A judged grid is a folder:

- ``study.json``: format, name, about (a paragraph), videos, keyframes;
- ``table.csv``: one row a model and share of missing frames (`Judgement.table`);
- ``classes.csv``: one row a model, share and action (`Judgement.classes`);
- ``draws.npz``: `drawn` (rows of the table, draws), mAP of each draw of videos, which is the same
  for all rows.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analysis.ava import result_set
from analysis.ava.csv_file import BOX
from analysis.ava.evaluator import Evaluation, average_precision
from analysis.ava.label_map import LabelMap, ava_label_map
from analysis.errors.comparison import LEVEL, draw_videos, mean_known, resampled_ap
from analysis.study.data.corpus import FPS, Corpus
from analysis.study.data.labels import POSITIVE, UNSURE
from analysis.study.models.grid import MISSING, Cell, finished, judged_name, load_judged
from analysis.study.models.judge import Judged
from analysis.study.results.grid_file import FORMAT
from lart_core.atomic_files import replacing
from lart_core.model.inference import around_keyframe

DRAWS = 500


@dataclass(frozen=True)
class Judgement:
    """A judged grid.

    Attributes:
        table: Columns cell, appearance, joints, mask_ratio, pretrained, seed, missing, mean_ap,
            low, high (95 % interval over videos), set (id of the kept result set, or empty).
        classes: Columns cell, missing, action_id, ap, positives.
        drawn: (rows of the table, draws) mAP of each draw of videos.
        videos, keyframes: How many were judged.
    """

    table: pd.DataFrame
    classes: pd.DataFrame
    drawn: NDArray[np.float32]
    videos: int
    keyframes: int

    def save(self, folder: Path, name: str, about: str) -> None:
        """Write it as a folder, whole or not at all."""
        facts = {
            "format": FORMAT,
            "name": name,
            "about": about,
            "videos": self.videos,
            "keyframes": self.keyframes,
        }
        with replacing(folder) as made:
            made.mkdir(parents=True)
            (made / "study.json").write_text(json.dumps(facts, indent=1), encoding="utf-8")
            self.table.round(6).to_csv(made / "table.csv", index=False)
            self.classes.round(6).to_csv(made / "classes.csv", index=False)
            np.savez_compressed(made / "draws.npz", drawn=self.drawn.astype(np.float32))


def tables(judged: Judged, corpus: Corpus) -> tuple[pd.DataFrame, pd.DataFrame, LabelMap]:
    """AVA's two tables and the classes that have ground truth.

    Where it is not known whether a person does an action, both tables leave it out.

    Args:
        judged: What a model says of some tracklets of the corpus.
        corpus: For names.

    Returns:
        Predictions and ground truth as `analysis.ava.csv_file` reads them, and their label map.
    """
    said, true = [], []
    ids = np.array(judged.ava_ids, np.int32)
    for row, probability, target in zip(
        judged.rows, judged.probability, judged.target, strict=True
    ):
        for second in range(int((len(probability) - 1) / FPS) + 1):
            at = round(second * FPS)
            moment = (corpus.first[row] + at) / FPS
            known = target[at] != UNSURE
            score = around_keyframe(probability, at)
            box = corpus.box[corpus.start[row] + at].astype(float)
            rows = _rows(corpus.name[row], moment, box, ids[known])
            said.append(rows.assign(score=score[known]))
            done = known & (target[at] == POSITIVE)
            true.append(_rows(corpus.name[row], moment, box, ids[done]))
    predictions, truth = (_table(parts) for parts in (said, true))
    every = ava_label_map(80)
    present = sorted(set(truth["action_id"]))
    classes = LabelMap({i: every.names[i] for i in present}, {i: every.groups[i] for i in present})
    return predictions, truth, classes


def evaluate(judged: Judged, corpus: Corpus) -> Evaluation:
    """What a model says of some tracklets, judged AVA's way."""
    predictions, truth, classes = tables(judged, corpus)
    return average_precision(truth, predictions, classes)


def intervals(evaluation: Evaluation, draws: int = DRAWS) -> NDArray[np.float32]:
    """(draws,) mAP@0.5 with the videos drawn with replacement, always the same draws."""
    drawn = draw_videos(evaluation, draws, seed=0)
    return mean_known(resampled_ap(evaluation, drawn)).astype(np.float32)


def tabulate(
    out: Path,
    corpus: Corpus,
    draws: int = DRAWS,
    *,
    keep: bool = False,
    videos: Path | None = None,
) -> Judgement:
    """Judge every finished cell of a grid at each share of missing frames.

    Args:
        out: Folder of the grid. corpus: What it was trained on.
        draws: Of videos, for the intervals.
        keep: Keep what each cell says, without missing frames, as a result set of this machine.
        videos: Folder of the videos, so that the result sets can be played.
    """
    rows, classes, drawn = [], [], []
    counts = (0, 0)
    for cell, share, judged in said(out):
        predictions, truth, known = tables(judged, corpus)
        evaluation = average_precision(truth, predictions, known)
        chance = intervals(evaluation, draws)
        low, high = np.quantile(chance, [LEVEL / 2, 1 - LEVEL / 2])
        kept = ""
        if keep and share == 0:
            kept = result_set.add(f"study {cell.name}", predictions, truth, known, videos=videos)
        row = {"cell": cell.name, **vars(cell), "missing": share, "mean_ap": evaluation.mean_ap}
        rows.append(row | {"low": low, "high": high, "set": kept})
        classes += [
            {"cell": cell.name, "missing": share, "action_id": i, "ap": evaluation.ap[i]}
            | {"positives": count}
            for i, count in evaluation.positives.items()
        ]
        drawn.append(chance)
        moments = truth[["video", "timestamp"]].drop_duplicates()
        counts = (moments["video"].nunique(), len(moments))
    shape = np.stack(drawn) if drawn else np.zeros((0, draws), np.float32)
    return Judgement(pd.DataFrame(rows), pd.DataFrame(classes), shape, *counts)


def said(out: Path) -> Iterator[tuple[Cell, float, Judged]]:
    """(cell, share of missing frames, what the model said) for everything that is done."""
    for cell in finished(out):
        for share in MISSING:
            yield cell, share, load_judged(out / cell.name / "judged" / judged_name(share))


def _rows(
    video: str, moment: float, box: NDArray[np.float64], ids: NDArray[np.int32]
) -> pd.DataFrame:
    columns = {"video": video, "timestamp": moment} | dict(zip(BOX, box, strict=True))
    return pd.DataFrame({**columns, "action_id": ids})


def _table(parts: list[pd.DataFrame]) -> pd.DataFrame:
    return pd.concat(parts, ignore_index=True).astype({"video": "category"})
