"""`lart study`: tracklets with labels from motion and video sets, and models trained on them."""

import argparse
from pathlib import Path


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the steps and their arguments."""
    steps = parser.add_subparsers(dest="step", required=True, metavar="STEP")

    build = steps.add_parser("build", help="make labelled tracklets; goes on where it was stopped")
    build.add_argument("data", type=Path, help="folder with motion/ and clips/")
    build.add_argument("--out", type=Path, required=True, help="folder for a folder a source")
    build.add_argument("--only", nargs="+", metavar="SOURCE", help="these sources; default: all")

    demo = steps.add_parser(
        "demo", help="train, calibrate and judge the pose model that is shipped"
    )
    demo.add_argument("data", type=Path, help="what `lart study build` made")
    demo.add_argument("--work", type=Path, required=True, help="folder for the trainings")
    demo.add_argument("--out", type=Path, required=True, help="folder for the model and its card")
    demo.add_argument("--epochs", type=int, default=26, help="of 3,200 windows each (%(default)s)")
    demo.add_argument("--baselines", default="", help="a sentence on simple models, for the card")


def run(args: argparse.Namespace) -> int:
    """Do one step."""
    return {"build": _build, "demo": _demo}[args.step](args)


def _build(args: argparse.Namespace) -> int:
    from lart_core.presets import load
    from lart_core.study.build import build_clips, build_motion
    from lart_core.study.clips import VIDEO_SOURCES, read_clips
    from lart_core.study.corpus import FPS
    from lart_core.study.motion import MOTION_SOURCES
    from lart_core.study.perceive import perceive

    wanted = args.only or [*MOTION_SOURCES, *VIDEO_SOURCES]
    motion = tuple(source for source in wanted if source not in VIDEO_SOURCES)
    build_motion(
        args.data / "motion", args.out, motion, lambda name, done: print(name, done, flush=True)
    )
    videos = tuple(source for source in wanted if source in VIDEO_SOURCES)
    if videos:
        backends = load("embedded")
        kept = args.out / "perception"
        clips = [clip for source in videos for clip in read_clips(args.data / "clips", source)]
        perceive(
            clips, kept, FPS, backends.detector, backends.bodies,
            lambda clip, frames: print(clip.name, frames, "frames", flush=True),
        )  # fmt: skip
        build_clips(args.data / "clips", args.out, kept, videos)
    return 0


def _demo(args: argparse.Namespace) -> int:
    from lart_core.study.corpus import Corpus
    from lart_core.study.demo import SOURCES, demo_recipe, make_demo

    folders = [args.data / name for name in SOURCES if (args.data / name).is_dir()]
    corpus = Corpus.load(folders)
    model = make_demo(corpus, args.out, args.work, demo_recipe(args.epochs), args.baselines)
    print((args.out / f"{model.name}.md").read_text(encoding="utf-8"))
    return 0
