"""LART's own way, small: does learning what a Kinetics teacher says of videos help?

    python -m benchmarks.study_pseudo_labels DATA TRACKLETS --grid GRID --work W

DATA and TRACKLETS are what `lart study build` read and made, GRID the folder of `lart study run`.
The paper pre-trains on Kinetics' tracklets with what MViT says of them. Here I3D, trained on
Kinetics-400, says what it sees around the people of each video, 64 frames at a time; `kinetics.csv`
names its classes that are actions of AVA's (by hand). Models of the grid (pose, mask ratio 0.4, its
seeds and folds) that were pre-trained on motion learn for as many epochs as fine-tuning takes what
the teacher says of the videos of two folds, and are fine-tuned and judged as the grid's. In place
of the teacher's labels others learn the videos' own at that stage, so that both see the videos for
as long; and the same with the labels of half of the videos, of all of which the teacher speaks: an
unlabelled video is what a teacher is for. Goes on where it was stopped.
"""

import argparse
import csv
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache, partial
from hashlib import sha256
from pathlib import Path
from zlib import crc32

import cv2
import numpy as np
import torch
from numpy.typing import NDArray

from analysis.study.data.clips import ACTED, VideoClip, folder_of, read_clips
from analysis.study.data.corpus import FPS, Corpus
from analysis.study.data.labels import NEGATIVE, POSITIVE, UNSURE
from analysis.study.data.splits import FOLDS
from analysis.study.models.demo import SOURCES
from analysis.study.models.grid import (
    SEEDS,
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
from lart_core import video
from lart_core.atomic_files import replacing
from lart_core.ava_labels import ava_actions
from lart_core.model import Checkpoint
from lart_core.perception.embedded.i3d import CLASSES, I3D, load_i3d
from lart_core.perception.embedded.i3d_pooling import fast_in_half
from lart_core.training import Recipe

SURE, NOT = 0.3, 0.02
"""What the teacher gives an action to be taken for done, and for not done."""
POSTURES = np.arange(14)
"""Columns of AVA's movements of the person, of which everybody does one: Kinetics names few of them
and none for whoever stands and plays the guitar. They are denied where another is done."""
CLIP, SIDE = 64, 224
"""Frames and pixels a side that the teacher sees."""
TEACHER, OWN = "teacher", "own"
"""Whose labels are learnt between pre-training and fine-tuning."""


@dataclass(frozen=True)
class Way:
    """What is learnt after pre-training on motion.

    Attributes:
        name: For people.
        between: Whose labels are learnt first; None for neither's.
        labels: The share of the videos whose own labels are known; 0: there is no fine-tuning.
    """

    name: str
    between: str | None
    labels: float


WAYS = (
    Way("motion", None, 0),
    Way("motion, teacher", TEACHER, 0),
    Way("motion, half of the labels", None, 0.5),
    Way("motion, half of the labels twice", OWN, 0.5),
    Way("motion, teacher, half of the labels", TEACHER, 0.5),
    Way("motion, labels", None, 1),
    Way("motion, labels twice", OWN, 1),
    Way("motion, teacher, labels", TEACHER, 1),
)
PAIRS = ((0, 1), (2, 4), (3, 4), (5, 7), (6, 7))
"""Which of them are compared."""


def classes() -> NDArray[np.float32]:
    """(400, 80) 1 where an output of the teacher is an action of AVA's."""
    means = np.zeros((CLASSES, len(ava_actions())), np.float32)
    with Path(__file__).with_name("kinetics.csv").open(newline="", encoding="utf-8") as file:
        for row in csv.DictReader(file):
            means[int(row["output"]), [int(i) - 1 for i in row["ava_ids"].split(";")]] = 1
    return means


def seen(clip: VideoClip, centre: float, net: I3D) -> NDArray[np.float32]:
    """(S, 400) what the teacher says of each 64 frames of a video, in a square as high or wide as
    the picture around a `centre` (0..1, along its longer side)."""
    frames = [_square(frame, centre) for frame in video.frames(clip.path)]
    said = []
    for first in range(0, len(frames), CLIP):
        part = frames[max(0, min(first, len(frames) - CLIP)) :][:CLIP]
        pictures = torch.from_numpy(np.stack(part)).permute(3, 0, 1, 2)[None] / 127.5 - 1
        with (
            torch.inference_mode(),
            torch.autocast("cpu", torch.bfloat16, enabled=fast_in_half()),
        ):
            last = net(pictures.contiguous(memory_format=torch.channels_last_3d))
        with torch.inference_mode():
            said.append(net.classify(last.float())[0].softmax(0).numpy())
    return np.stack(said)


def _square(frame: NDArray[np.uint8], centre: float) -> NDArray[np.uint8]:
    height, width = frame.shape[:2]
    side, longer = min(height, width), max(height, width)
    first = round(float(np.clip(centre * longer - side / 2, 0, longer - side)))
    part = frame[:, first : first + side] if width > height else frame[first : first + side]
    return np.asarray(cv2.resize(part, (SIDE, SIDE), interpolation=cv2.INTER_AREA), np.uint8)


@cache
def _clips(data: Path) -> Mapping[tuple[str, str], VideoClip]:
    every = (clip for source in ACTED for clip in read_clips(folder_of(data, source), source))
    return {(clip.source, clip.name): clip for clip in every}


@cache
def _teacher() -> I3D:
    return load_i3d()


def recordings(corpus: Corpus) -> Mapping[tuple[str, str], list[int]]:
    """(source, video) -> the rows of its people."""
    found: dict[tuple[str, str], list[int]] = {}
    for row in np.flatnonzero(np.isin(corpus.source, ACTED)).tolist():
        found.setdefault((corpus.source[row], corpus.recording(row)), []).append(row)
    return found


def teach(data: Path, work: Path, corpus: Corpus, rows: Sequence[int]) -> str:
    """Keep what the teacher says of the video with these people (rows of the corpus)."""
    file, name = said_of(work, corpus, rows[0]), corpus.recording(rows[0])
    if not file.is_file():
        clip = _clips(data)[corpus.source[rows[0]], name]
        facts = video.probe(clip.path)
        along = [0, 2] if facts.width > facts.height else [1, 3]
        spans = [slice(corpus.start[row], corpus.start[row] + corpus.length[row]) for row in rows]
        boxes = np.concatenate([corpus.box[span] for span in spans])[:, along]
        said = seen(clip, float(np.median(boxes.mean(axis=1))), _teacher())
        with replacing(file) as made, made.open("wb") as out:
            np.savez(out, said=said, fps=facts.fps, frames=facts.frames)
    return name


def said_of(work: Path, corpus: Corpus, row: int) -> Path:
    """Where it is kept, by the name of the video that a tracklet was seen in."""
    name = f"{corpus.source[row]} {corpus.recording(row)}"
    return work / "said" / f"{sha256(name.encode()).hexdigest()[:16]}.npz"


def labels(said: NDArray[np.float32]) -> NDArray[np.int8]:
    """(S, 400) of the teacher's -> (S, 80) labels."""
    means = classes()
    chance = said @ means
    named = means.any(axis=0)
    label = np.where(named & (chance < NOT), NEGATIVE, UNSURE)
    label[:, POSTURES] = UNSURE
    label[chance > SURE] = POSITIVE
    another = (label[:, POSTURES] == POSITIVE).any(axis=1, keepdims=True)
    denied = another & (chance[:, POSTURES] < NOT)
    label[:, POSTURES] = np.where(denied, NEGATIVE, label[:, POSTURES])
    return label.astype(np.int8)


def pseudo_labelled(corpus: Corpus, work: Path) -> Corpus:
    """The corpus with the teacher's labels in place of the videos' own."""
    target = corpus.target.clone()
    for rows in recordings(corpus).values():
        with np.load(said_of(work, corpus, rows[0]), allow_pickle=False) as file:
            said, fps, frames = file["said"], float(file["fps"]), int(file["frames"])
        middle = np.minimum(np.arange(len(said)) * CLIP + CLIP / 2, max(frames - CLIP / 2, 0))
        for row in rows:
            at = (corpus.first[row] + np.arange(corpus.length[row])) * fps / FPS
            nearest = np.abs(at[:, None] - middle).argmin(axis=1)
            span = slice(corpus.start[row], corpus.start[row] + corpus.length[row])
            target[span] = torch.from_numpy(labels(said)[nearest])
    return replace(corpus, target=target)


def unnamed(corpus: Corpus) -> Corpus:
    """The corpus with videos drawn by nothing that their labels say."""
    named = [
        "" if source in ACTED else label
        for source, label in zip(corpus.source, corpus.label, strict=True)
    ]
    return replace(corpus, label=named)


def agreement(corpus: Corpus, pseudo: Corpus) -> Iterator[str]:
    """A line on each action that the teacher says is done: how often that is right."""
    frames = np.repeat(np.isin(corpus.source, ACTED), corpus.length)
    truth, told = corpus.target.numpy()[frames], pseudo.target.numpy()[frames]
    for ava_id, action in ava_actions().items():
        true, said = truth[:, ava_id - 1], told[:, ava_id - 1]
        known = true != UNSURE
        claimed, done = known & (said == POSITIVE), known & (true == POSITIVE)
        if claimed.any():
            right = (claimed & done).sum()
            yield (
                f"  {action.name}: {right} of {claimed.sum()} frames right, of {done.sum()} in"
                f" which it is done; {(done & (said == NEGATIVE)).sum()} of these are denied"
            )


@dataclass(frozen=True)
class Training:
    """The trainings of one way, in folders of their own."""

    way: Way
    seed: int
    fold: int

    def folder(self, work: Path) -> Path:
        """Of this training."""
        name = self.way.name.replace(", ", "-").replace(" ", "-")
        return work / name / f"seed{self.seed}-fold{self.fold}"

    def begun(self, work: Path, started: Path, corpus: Corpus) -> str:
        """Learn and judge; kept. `started` is the grid's folder."""
        done = self.folder(work) / "judged.npz"
        if not done.is_file():
            grid = Grid(corpus, started, Effort())
            model = self._model(work, grid)
            with replacing(done) as made:
                save_judged(made, judge(model, corpus, grid.videos[grid.folds == self.fold]))
        return f"{self.way.name}, seed {self.seed}, fold {self.fold}: judged"

    def _model(self, work: Path, grid: Grid) -> Checkpoint:
        corpus, learn = grid.corpus, grid.videos[grid.folds != self.fold]
        labelled = np.array([row for row in learn if self._known(corpus, row)], np.int64)
        model = grid.pretrained(self.cell)
        common = {"rate": 1.5e-3, "average": 0.99, "seed": self.seed, "warmup_epochs": 0.5}
        if self.way.between:
            taught, rows = (corpus, labelled)
            if self.way.between == TEACHER:
                taught, rows = pseudo_labelled(corpus, work), learn
            recipe = Recipe.small(
                epochs=grid.effort.finetuning, mask_ratio=self.cell.mask_ratio, **common
            )
            model = self._trained(work, "between", unnamed(taught), rows, recipe, model, grid)
        if self.way.labels:
            recipe = Recipe.ava(
                epochs=grid.effort.finetuning, layer_decay=1.0, labels="all", **common
            )
            model = self._trained(work, "tuned", corpus, labelled, recipe, model, grid)
        return model

    def _trained(
        self,
        work: Path,
        stage: str,
        corpus: Corpus,
        rows: NDArray[np.int64],
        recipe: Recipe,
        start: Checkpoint,
        grid: Grid,
    ) -> Checkpoint:
        folder = self.folder(work) / stage
        name = f"{self.way.name}, {stage}"
        return train(name, corpus, rows, recipe, folder, start=start, ava_ids=grid.ava_ids)

    def _known(self, corpus: Corpus, row: int) -> bool:
        name = f"{corpus.source[row]} {corpus.recording(row)}"
        return crc32(name.encode()) % 100 < 100 * self.way.labels

    @property
    def cell(self) -> Cell:
        """The grid's model that this one begins as."""
        return Cell(False, True, 0.4, True, self.seed)


def main() -> None:
    """Print what the teacher's labels are worth, and mAP@0.5 of each way with differences."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("data", type=Path, help="folder of the data sets (docs/study.md)")
    parser.add_argument("tracklets", type=Path, help="what `lart study build` made")
    parser.add_argument("--grid", type=Path, required=True, help="folder of `lart study run`")
    parser.add_argument("--work", type=Path, required=True, help="folder for the trainings")
    parser.add_argument("--workers", type=int, default=2, help="processes (%(default)s)")
    parser.add_argument("--seeds", type=int, default=len(SEEDS), help="of the grid (%(default)s)")
    args = parser.parse_args()
    seeds = SEEDS[: args.seeds]
    (args.work / "said").mkdir(parents=True, exist_ok=True)
    torch.set_num_threads(1)
    load = partial(Corpus.built, args.tracklets, SOURCES)
    corpus = load()
    judged = {way.name: list[Judged]() for way in WAYS}
    for seed in seeds:
        kept = load_judged(
            args.grid / Training(WAYS[0], seed, 0).cell.name / "judged" / judged_name(0.0)
        )
        same = all(
            np.array_equal(
                target,
                corpus.target[corpus.start[row] :][
                    : corpus.length[row], np.array(kept.ava_ids) - 1
                ],
            )
            for row, target in zip(kept.rows, kept.target, strict=True)
        )
        if not same:
            parser.error(f"{args.grid} was run on other tracklets than {args.tracklets}.")
        judged[WAYS[5].name].append(kept)
    with Workers(load, args.workers) as processes:
        videos = recordings(corpus).values()
        for number, _ in enumerate(processes.each(partial(teach, args.data, args.work), videos), 1):
            if number % 100 == 0:
                print(f"{number} of {len(videos)} videos seen by the teacher", flush=True)
        print(*agreement(corpus, pseudo_labelled(corpus, args.work)), sep="\n", flush=True)
        trainings = [
            Training(way, seed, fold)
            for seed in seeds
            for way in WAYS
            if way != WAYS[5]
            for fold in range(FOLDS)
        ]
        begin = partial(_begin, args.work, args.grid)
        for line in processes.each(begin, trainings):
            print(line, flush=True)
    for way in WAYS:
        for seed in seeds:
            if way != WAYS[5]:
                folders = (Training(way, seed, fold).folder(args.work) for fold in range(FOLDS))
                judged[way.name].append(joined([load_judged(f / "judged.npz") for f in folders]))
    compare(judged, corpus)


def _begin(work: Path, grid: Path, corpus: Corpus, training: Training) -> str:
    return training.begun(work, grid, corpus)


def compare(judged: Mapping[str, Sequence[Judged]], corpus: Corpus) -> None:
    """Print mAP@0.5 of each way, means over seeds, and paired differences over draws of videos."""
    draws, values = {}, {}
    for name, seeds in judged.items():
        evaluations = [evaluate(each, corpus) for each in seeds]
        values[name] = np.array([each.mean_ap for each in evaluations])
        draws[name] = np.mean([intervals(each) for each in evaluations], axis=0)
        low, high = np.quantile(draws[name], [0.025, 0.975])
        print(f"{name:38} {values[name].mean():6.1%} ({low:.1%} to {high:.1%})")
    for first, second in PAIRS:
        a, b = WAYS[first].name, WAYS[second].name
        low, high = np.quantile(draws[b] - draws[a], [0.025, 0.975])
        ahead = int((values[b] > values[a]).sum())
        print(
            f"{b} - {a}: {values[b].mean() - values[a].mean():+.1%} ({low:+.1%} to {high:+.1%});"
            f" better in {ahead} of {len(values[a])} seeds"
        )


if __name__ == "__main__":
    main()
