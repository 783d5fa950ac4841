"""`lart study`: tracklets with labels from motion and video sets, and models trained on them."""

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from app.cli.numbers import whole

if TYPE_CHECKING:
    from analysis.study.data.corpus import Corpus

ABOUT = (
    "Small models (0.6 M parameters) pre-trained on motion and fine-tuned on videos, judged on "
    "videos of people or groups that they did not learn from, three folds; keyframes at 1 Hz, "
    "mAP@0.5 on the tracker's own boxes, 95 % intervals over videos."
)
"""What people read beside the figures of `lart study tabulate`."""


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the steps and their arguments."""
    steps = parser.add_subparsers(dest="step", required=True, metavar="STEP")

    build = steps.add_parser("build", help="make labelled tracklets; goes on where it was stopped")
    build.add_argument("data", type=Path, help="folder of the data sets (docs/study.md)")
    build.add_argument("--out", type=Path, required=True, help="folder for a folder a source")
    build.add_argument("--only", nargs="+", metavar="SOURCE", help="these sources; default: all")

    demo = steps.add_parser("demo", help="train, calibrate and judge the models that are shipped")
    demo.add_argument("data", type=Path, help="what `lart study build` made")
    demo.add_argument("--work", type=Path, required=True, help="folder for the trainings")
    demo.add_argument("--out", type=Path, required=True, help="folder for the model and its card")
    demo.add_argument(
        "--epochs", type=whole(1), nargs=2, metavar="N",
        help="on motion, and on motion and video (default: those of the shipped models)",
    )  # fmt: skip
    demo.add_argument("--former", type=Path, help="a shipped model that stands for the first stage")
    demo.add_argument(
        "--pose", type=Path, help="a pose model that appearance is added to; nothing else is made"
    )

    grid = steps.add_parser("run", help="train and judge the grid; goes on where it was stopped")
    grid.add_argument("data", type=Path, help="what `lart study build` made")
    grid.add_argument("--out", type=Path, required=True, help="folder for a folder a model")
    for name, usual, most, words in (
        ("--seeds", 3, 100, "models of each kind"),
        ("--pretraining", 10, None, "epochs on motion"),
        ("--finetuning", 3, None, "epochs on video"),
        ("--scratch", 5, None, "epochs without pre-training"),
        ("--workers", 2, 60, "processes"),
    ):
        grid.add_argument(name, type=whole(1, most), default=usual, help=f"{words} (%(default)s)")

    table = steps.add_parser("tabulate", help="mAP@0.5 of everything in the grid that is done")
    table.add_argument("data", type=Path, help="what `lart study build` made")
    table.add_argument("--out", type=Path, required=True, help="folder of `lart study run`")
    table.add_argument("--draws", type=whole(1), default=500, help="for intervals (%(default)s)")
    table.add_argument("--name", default="study", help="what Compare calls it (%(default)s)")
    table.add_argument(
        "--keep", action="store_true", help="keep it for Compare, each model as a result set"
    )
    table.add_argument("--videos", type=Path, help="folder of the videos, to play them there")


def run(args: argparse.Namespace) -> int:
    """Do one step."""
    steps = {"build": _build, "demo": _demo, "run": _run, "tabulate": _tabulate}
    return steps[args.step](args)


def _build(args: argparse.Namespace) -> int:
    from functools import partial

    from analysis.study.data.build import build_clips, build_motion
    from analysis.study.data.clips import (
        ELSEWHERE,
        HMDB51,
        UCF101,
        VIDEO_SOURCES,
        folder_of,
        read_clips,
    )
    from analysis.study.data.corpus import FPS
    from analysis.study.data.kinect import KINECT_SETS
    from analysis.study.data.labels import meanings
    from analysis.study.data.motion import CITI, MOTION_SOURCES
    from analysis.study.data.perceive import perceive
    from lart_core.errors import LartError
    from lart_core.perception.embedded.i3d_pooling import PooledI3D
    from lart_core.presets.registry import load

    known = sorted({source for source, _ in meanings()})
    if unknown := sorted({*(args.only or ())} - {*known}):
        raise LartError(
            f"Expected sets of the study after --only, but got {', '.join(unknown)}; "
            f"choose among {', '.join(known)}."
        )
    wanted = args.only or [*MOTION_SOURCES, *VIDEO_SOURCES]
    folders = {source: args.data / "motion" / each.checkout for source, each in KINECT_SETS.items()}
    folders |= {CITI: args.data / "motion" / CITI}
    folders |= {source: folder_of(args.data, source) for source in (HMDB51, UCF101)}
    for source, folder in folders.items():
        if not args.only and not folder.is_dir():
            wanted.remove(source)
            print(f"Without {source}: {folder} is not there (docs/study.md).")
    filmed = (*VIDEO_SOURCES, *ELSEWHERE)
    motion = tuple(source for source in wanted if source not in filmed)
    build_motion(
        args.data / "motion", args.out, motion, lambda name, done: print(name, done, flush=True)
    )
    videos = tuple(source for source in wanted if source in filmed)
    if videos:
        kept = args.out / "perception"
        clips = [
            clip for source in videos for clip in read_clips(folder_of(args.data, source), source)
        ]
        perceive(
            clips, kept, FPS, partial(load, "light"),
            lambda clip, frames: print(clip.name, frames, "frames", flush=True),
        )  # fmt: skip
        build_clips(args.data, args.out, kept, videos, PooledI3D())
    return 0


def _demo(args: argparse.Namespace) -> int:
    from analysis.study.models.demo import EPOCHS, make_demo, make_looks, recipes
    from lart_core.model import load_checkpoint
    from lart_core.model.device import cpu_threads

    corpus, stages = _corpus(args.data), recipes(*(args.epochs or EPOCHS))
    with cpu_threads(1):  # Networks this small gain nothing from more, and lose beside other work.
        if args.pose:
            pose = load_checkpoint(args.pose)
        else:
            pose = make_demo(corpus, args.out, args.work, stages, former=args.former)
            print((args.out / f"{pose.name}.md").read_text(encoding="utf-8"))
        looks = make_looks(pose, corpus, args.out, args.work)
        print((args.out / f"{looks.name}.md").read_text(encoding="utf-8"))
    return 0


def _run(args: argparse.Namespace) -> int:
    from functools import partial

    from analysis.study.models.grid import Effort, cells, run

    effort = Effort(args.pretraining, args.finetuning, args.scratch)
    run(partial(_corpus, args.data), args.out, cells(range(args.seeds)), effort, args.workers)
    return 0


def _tabulate(args: argparse.Namespace) -> int:
    from analysis.study.results.grid_file import STUDIES
    from analysis.study.results.tabulate import tabulate
    from lart_core.errors import LartError

    folders = [args.out / "judged"]
    if args.keep:
        folders.append(STUDIES.path(args.name))
    found = tabulate(args.out, _corpus(args.data), args.draws, keep=args.keep, videos=args.videos)
    if found.table.empty:
        raise LartError(f"Expected finished models in {args.out}; run `lart study run` first.")
    print(found.table.drop(columns="set").to_string(index=False, float_format="{:.4f}".format))
    for folder in folders:
        found.save(folder, args.name, ABOUT)
    return 0


def _corpus(data: Path) -> "Corpus":
    from analysis.study.data.corpus import Corpus
    from analysis.study.models.demo import SOURCES
    from lart_core.errors import LartError

    if not any((data / source).is_dir() for source in SOURCES):
        raise LartError(
            f"Expected a folder that `lart study build` made, but {data} holds none of its sets "
            f"({', '.join(SOURCES)})."
        )
    return Corpus.built(data, SOURCES)
