"""The study's models judged AVA's way: keyframes at 1 Hz, boxes, mAP@0.5, intervals over videos.

Ground truth has the tracker's own boxes, for the sets come without any: what is judged is naming,
not finding.
"""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pandas as pd
import plotly.graph_objects as go
from numpy.typing import NDArray

from analysis import result_set
from analysis.ava_csv import BOX
from analysis.evaluator import average_precision
from analysis.labelmap import LabelMap, ava_label_map
from lart_core.inference import KEYFRAME_TOKENS
from lart_core.study.corpus import FPS, Corpus
from lart_core.study.grid import MISSING, Cell, finished, load_judged
from lart_core.study.judge import Judged
from lart_core.study.labels import POSITIVE, UNSURE

DRAWS = 200
LEVEL = (0.025, 0.975)


def tables(judged: Judged, corpus: Corpus) -> tuple[pd.DataFrame, pd.DataFrame, LabelMap]:
    """AVA's two tables and the classes that have ground truth.

    Where it is not known whether a person does an action, both tables leave it out.

    Args:
        judged: What a model says of some tracklets of the corpus.
        corpus: For names.

    Returns:
        Predictions and ground truth as `analysis.ava_csv` reads them, and their label map.
    """
    half = KEYFRAME_TOKENS // 2
    said, true = [], []
    ids = np.array(judged.ava_ids, np.int32)
    for row, probability, target in zip(
        judged.rows, judged.probability, judged.target, strict=True
    ):
        for second in range(int((len(probability) - 1) / FPS) + 1):
            at = round(second * FPS)
            known = target[at] != UNSURE
            score = probability[max(at - half, 0) : at + half].mean(axis=0)
            box = corpus.box[corpus.start[row] + at].astype(float)
            rows = _rows(corpus.name[row], second, box, ids[known])
            said.append(rows.assign(score=score[known]))
            done = known & (target[at] == POSITIVE)
            true.append(_rows(corpus.name[row], second, box, ids[done]))
    predictions, truth = (_table(parts) for parts in (said, true))
    every = ava_label_map(80)
    present = sorted(set(truth["action_id"]))
    classes = LabelMap({i: every.names[i] for i in present}, {i: every.groups[i] for i in present})
    return predictions, truth, classes


def mean_ap(
    predictions: pd.DataFrame, truth: pd.DataFrame, classes: LabelMap, draws: int = DRAWS
) -> tuple[float, float, float]:
    """mAP@0.5 and its 95 % interval, videos drawn with replacement."""
    value = average_precision(truth, predictions, classes).mean_ap
    videos = truth["video"].astype(str).unique()
    said, true = (dict(list(t.groupby(t["video"].astype(str)))) for t in (predictions, truth))
    chance = np.random.default_rng(0)
    drawn = []
    for _ in range(draws):
        chosen = [videos[i] for i in chance.integers(len(videos), size=len(videos))]
        drawn.append(average_precision(_named(true, chosen), _named(said, chosen), classes).mean_ap)
    low, high = np.quantile(drawn, LEVEL) if drawn else (value, value)
    return value, float(low), float(high)


def tabulate(out: Path, corpus: Corpus, draws: int = DRAWS) -> pd.DataFrame:
    """One row a finished cell and share of missing frames, with mAP@0.5 and its interval.

    Columns: cell, joints, mask_ratio, pretrained, seed, missing, mean_ap, low, high.
    """
    rows = []
    for cell, share, judged in said(out):
        value, low, high = mean_ap(*tables(judged, corpus), draws)
        rows.append(
            {"cell": cell.name, **vars(cell), "missing": share, "mean_ap": value}
            | {"low": low, "high": high}
        )
    return pd.DataFrame(rows)


def keep_result_sets(out: Path, corpus: Corpus, share: float = 0.0) -> list[str]:
    """Keep every finished cell as a result set of this machine; returns their ids."""
    kept = []
    for cell, missing, judged in said(out):
        if missing == share:
            predictions, truth, classes = tables(judged, corpus)
            kept.append(result_set.add(f"study {cell.name}", predictions, truth, classes))
    return kept


def said(out: Path) -> Iterator[tuple[Cell, float, Judged]]:
    """(cell, share of missing frames, what the model said) for everything that is done."""
    for cell in finished(out):
        for share in MISSING:
            path = out / cell.name / "judged" / f"missing{round(100 * share):02d}.npz"
            yield cell, share, load_judged(path)


def figure(table: pd.DataFrame, along: str) -> go.Figure:
    """mAP@0.5 along ``mask_ratio`` or ``missing``, seeds averaged; a line a kind of model."""
    kinds = ["joints", "pretrained"] + (["mask_ratio"] if along == "missing" else [])
    shown = table if along == "missing" else table[table["missing"] == 0]
    drawing = go.Figure()
    for kind, group in shown.groupby(kinds):
        line = group.groupby(along)[["mean_ap", "low", "high"]].mean()
        named = dict(zip(kinds, kind, strict=True))
        drawing.add_scatter(
            x=line.index,
            y=line["mean_ap"],
            error_y={
                "array": line["high"] - line["mean_ap"],
                "arrayminus": line["mean_ap"] - line["low"],
            },
            name=_kind(named),
            mode="lines+markers",
        )
    axis = {"mask_ratio": "mask ratio in pre-training", "missing": "share of frames missing"}
    drawing.update_layout(xaxis_title=axis[along], yaxis_title="mAP@0.5 on held-out videos")
    return drawing


def _kind(named: dict[str, object]) -> str:
    words = ["pose + joints" if named["joints"] else "pose"]
    words.append("pre-trained" if named["pretrained"] else "from scratch")
    if "mask_ratio" in named:
        words.append(f"mask ratio {named['mask_ratio']:g}")
    return ", ".join(words)


def _rows(
    video: str, second: int, box: NDArray[np.float64], ids: NDArray[np.int32]
) -> pd.DataFrame:
    columns = {"video": video, "timestamp": float(second)} | dict(zip(BOX, box, strict=True))
    return pd.DataFrame({**columns, "action_id": ids})


def _table(parts: list[pd.DataFrame]) -> pd.DataFrame:
    return pd.concat(parts, ignore_index=True).astype({"video": "category"})


def _named(parts: dict[str, pd.DataFrame], chosen: list[str]) -> pd.DataFrame:
    named = [
        parts[video].assign(video=f"{number}")
        for number, video in enumerate(chosen)
        if video in parts
    ]
    return pd.concat(named, ignore_index=True).astype({"video": "category"})
