"""LART's own way, small: does pre-training on what a Kinetics teacher says of videos help?

    python -m benchmarks.study_pseudo_labels DATA TRACKLETS --grid GRID --work W

DATA and TRACKLETS are what `lart study build` read and made, GRID the folder of `lart study run`.
The paper pre-trains on Kinetics' tracklets with what MViT says of them. Here I3D, trained on
Kinetics-400, says what it sees in the whole picture of each clip; `kinetics.csv` names its classes
that are actions of AVA's (by hand). Pose models of the grid's size are pre-trained on two thirds of
the videos so labelled, alone or beside the motion sets with their own labels, then fine-tuned and
judged as the grid's (three folds; mask ratio 0.4; seed 0), and compared with the grid's models that
were pre-trained on motion, or not at all. Goes on where it was stopped.
"""

import argparse
import csv
import tempfile
from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from analysis.study.data.clips import ACTED, VideoClip, folder_of, read_clips
from analysis.study.data.corpus import FPS, Corpus
from analysis.study.data.labels import NEGATIVE, POSITIVE, UNSURE
from analysis.study.data.perceive import pictures
from analysis.study.data.splits import FOLDS
from analysis.study.models.demo import SOURCES
from analysis.study.models.grid import (
    Cell,
    Effort,
    Grid,
    judged_name,
    load_judged,
    save_judged,
)
from analysis.study.models.judge import Judged, joined, judge
from analysis.study.models.train import train
from analysis.study.models.workers import Workers
from analysis.study.results.tabulate import evaluate, intervals
from lart_core.atomic_files import replacing
from lart_core.ava_labels import ava_actions
from lart_core.perception.embedded.i3d import CLASSES, load_i3d
from lart_core.perception.embedded.i3d_pooling import PooledI3D
from lart_core.training import Recipe

SURE, NOT = 0.3, 0.02
"""What the teacher gives an action to be taken for done, and for not done."""
CELL = Cell(False, True, 0.4, True, 0)
"""The kind of model: pose, at the paper's mask ratio."""
SCRATCH = replace(CELL, mask_ratio=0.0, pretrained=False)
SAID, JUDGED = "kinetics.npz", "judged.npz"
"""Files of what the teacher says, and of what a model does."""
WAYS = {"pseudo-labels": False, "motion and pseudo-labels": True}
"""Name -> whether the motion sets are learnt from, too."""


def classes() -> NDArray[np.float32]:
    """(400, 80) 1 where an output of the teacher is an action of AVA's."""
    means = np.zeros((CLASSES, len(ava_actions())), np.float32)
    with Path(__file__).with_name("kinetics.csv").open(newline="", encoding="utf-8") as file:
        for row in csv.DictReader(file):
            means[int(row["output"]), [int(i) - 1 for i in row["ava_ids"].split(";")]] = 1
    return means


def seen(clip: VideoClip, teacher: PooledI3D, head: torch.nn.Module) -> NDArray[np.float32]:
    """(400,) what the teacher says of a clip, by the mean of its logits over picture and time."""
    with tempfile.TemporaryDirectory() as folder:
        kept = Path(folder) / "maps.zip"
        with teacher.watching(kept, FPS) as watch:
            for picture in pictures(clip, FPS):
                watch(picture)
        with np.load(kept, allow_pickle=False) as maps:
            cells = [maps[name] for name in maps.files if name.isdecimal()]
        last = torch.from_numpy(np.stack(cells).astype(np.float32).mean(axis=(0, 1, 2)))
    with torch.inference_mode():
        return head(last[None, :, None, None, None]).flatten().softmax(0).numpy()


def teach(data: Path, kept: Path) -> None:
    """Keep what the teacher says of each clip, by name."""
    net = load_i3d()
    teacher, said = PooledI3D(net), {}
    for source in ACTED:
        for clip in read_clips(folder_of(data, source), source):
            said[clip.name] = seen(clip, teacher, net.logits)
        print(f"{source}: seen by the teacher", flush=True)
    with replacing(kept) as made, made.open("wb") as file:
        np.savez_compressed(file, name=np.array([*said]), said=np.stack([*said.values()]))


def load_said(kept: Path) -> Mapping[str, NDArray[np.float32]]:
    """Name of each clip -> (400,) what the teacher says of it."""
    with np.load(kept, allow_pickle=False) as file:
        return dict(zip(file["name"].tolist(), file["said"], strict=True))


def pseudo_labelled(corpus: Corpus, said: Mapping[str, NDArray[np.float32]]) -> Corpus:
    """The corpus with the teacher's labels in place of the videos' own."""
    target = corpus.target.clone()
    means = classes()
    nameless = ~means.any(axis=0)
    for row in np.flatnonzero(np.isin(corpus.source, ACTED)).tolist():
        chance = said[corpus.name[row].partition("#")[0]] @ means
        label = np.select(
            [nameless, chance > SURE, chance < NOT], [UNSURE, POSITIVE, NEGATIVE], UNSURE
        )
        span = slice(corpus.start[row], corpus.start[row] + corpus.length[row])
        target[span] = torch.from_numpy(label.astype(np.int8))
    return replace(corpus, target=target)


def agreement(corpus: Corpus, pseudo: Corpus) -> tuple[float, float]:
    """Precision and recall of the teacher's labels in frames where both say something."""
    rows = np.isin(corpus.source, ACTED)
    frames = np.repeat(rows, corpus.length)
    truth, told = corpus.target.numpy()[frames], pseudo.target.numpy()[frames]
    both = (truth != UNSURE) & (told != UNSURE)
    hits = int(((truth == POSITIVE) & (told == POSITIVE) & both).sum())
    claimed, true = (int(((each == POSITIVE) & both).sum()) for each in (told, truth))
    return hits / max(claimed, 1), hits / max(true, 1)


def _load(tracklets: Path) -> Corpus:
    return Corpus.built(tracklets, SOURCES)


def folder_of_part(work: Path, name: str, number: int) -> Path:
    """Where one fold of one way is trained and judged."""
    return work / name.replace(" ", "-") / f"fold{number}"


def part(work: Path, corpus: Corpus, way: tuple[str, int]) -> str:
    """Pre-train, fine-tune and judge one fold of one way; kept."""
    name, number = way
    folder = folder_of_part(work, name, number)
    if not (folder / JUDGED).is_file():
        grid = Grid(corpus, work, Effort())
        learn = grid.videos[grid.folds != number]
        rows = np.union1d(learn, grid.motion) if WAYS[name] else learn
        pseudo = pseudo_labelled(corpus, load_said(work / SAID))
        recipe = Recipe.small(
            epochs=grid.effort.pretraining, warmup_epochs=1, rate=1.5e-3, average=0.99,
            mask_ratio=CELL.mask_ratio, seed=CELL.seed,
        )  # fmt: skip
        start = train(name, pseudo, rows, recipe, folder / "pretrained", ava_ids=grid.ava_ids)
        recipe = Recipe.ava(
            epochs=grid.effort.finetuning, warmup_epochs=0.5, rate=1.5e-3, layer_decay=1.0,
            average=0.99, labels="all", seed=CELL.seed,
        )  # fmt: skip
        model = train(
            name, corpus, learn, recipe, folder / "tuned", start=start, ava_ids=grid.ava_ids
        )
        with replacing(folder / JUDGED) as made:
            save_judged(made, judge(model, corpus, grid.videos[grid.folds == number]))
    return f"{name}, fold {number}: judged"


def main() -> None:
    """Print how good the teacher's labels are, and mAP@0.5 of each way with paired differences."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("data", type=Path, help="folder of the data sets (docs/study.md)")
    parser.add_argument("tracklets", type=Path, help="what `lart study build` made")
    parser.add_argument("--grid", type=Path, required=True, help="folder of `lart study run`")
    parser.add_argument("--work", type=Path, required=True, help="folder for the trainings")
    parser.add_argument("--workers", type=int, default=2, help="processes (%(default)s)")
    args = parser.parse_args()
    args.work.mkdir(parents=True, exist_ok=True)
    if not (args.work / SAID).is_file():
        teach(args.data, args.work / SAID)
    torch.set_num_threads(1)
    load = partial(_load, args.tracklets)
    corpus = load()
    precision, recall = agreement(corpus, pseudo_labelled(corpus, load_said(args.work / SAID)))
    print(f"the teacher's labels: precision {precision:.2f}, recall {recall:.2f}", flush=True)
    with Workers(load, args.workers) as processes:
        ways = [(name, number) for name in WAYS for number in range(FOLDS)]
        for line in processes.each(partial(part, args.work), ways):
            print(line, flush=True)
    judged = {
        f"{each} (grid)": load_judged(args.grid / cell.name / "judged" / judged_name(0.0))
        for each, cell in (("from scratch", SCRATCH), ("motion", CELL))
    }
    for name in WAYS:
        parts = (folder_of_part(args.work, name, number) / JUDGED for number in range(FOLDS))
        judged[name] = joined([load_judged(path) for path in parts])
    compare(judged, corpus)


def compare(judged: Mapping[str, Judged], corpus: Corpus) -> None:
    """Print mAP@0.5 of each way, and its paired difference to the first two."""
    draws = {}
    for name, each in judged.items():
        evaluation = evaluate(each, corpus)
        draws[name] = intervals(evaluation)
        low, high = np.quantile(draws[name], [0.025, 0.975])
        print(f"{name:26} {evaluation.mean_ap:6.1%} ({low:.1%} to {high:.1%})")
    first, second, *ways = draws
    for name in ways:
        for base in (first, second):
            low, middle, high = np.quantile(draws[name] - draws[base], [0.025, 0.5, 0.975])
            print(f"{name} - {base}: {middle:+.1%} ({low:+.1%} to {high:+.1%})")


if __name__ == "__main__":
    main()
