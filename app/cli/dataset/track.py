"""`lart dataset track VIDEOS --out SET`: the people of a folder of videos, on any engine."""

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from app.cli import run as one_video
from app.cli import settings
from app.cli.dataset.outcome import outcome
from lart_core.errors import LartError

if TYPE_CHECKING:
    from lart_core.dataset import Line

ENGINES = ("local", "ray", "slurm")


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the arguments."""
    parser.add_argument("videos", type=Path, help="a folder of videos, at any depth")
    parser.add_argument("--out", type=Path, required=True, metavar="SET", help="the data set")
    parser.add_argument(
        "--manifest", type=Path, metavar="CSV",
        help="take the videos of its column `video` (default: all in the folder)",
    )  # fmt: skip
    parser.add_argument(
        "--boxes", type=Path, nargs="+", metavar="CSV", help="given boxes in AVA's layout"
    )
    one_video.add_protocol(parser)
    parser.add_argument("--preset", default="light", help="light (default) or full")
    settings.configure(parser)
    where = parser.add_argument_group("engine")
    where.add_argument(
        "--engine", choices=ENGINES, default="local",
        help="processes here (default), a Ray cluster, or an array of SLURM jobs",
    )  # fmt: skip
    where.add_argument(
        "--workers", type=int, default=1, metavar="N", help="processes, actors or tasks (1)"
    )
    where.add_argument(
        "--shard", metavar="I/N",
        help="take this part only; auto/N takes I from SLURM_ARRAY_TASK_ID or "
        "JOB_COMPLETION_INDEX (default: the task of a SLURM array, or everything)",
    )  # fmt: skip
    where.add_argument("--address", help="of a running Ray cluster, such as auto")
    where.add_argument("--gpus", type=float, default=0, metavar="G", help="a worker takes, on Ray")
    where.add_argument(
        "--slurm", nargs="+", default=[], metavar="KEY=VALUE",
        help="submitit's settings, such as slurm_partition=gpu timeout_min=600 gpus_per_node=1",
    )  # fmt: skip


def run(args: argparse.Namespace) -> int:
    """Track what is not tracked yet; 1 if something was refused or is left."""
    from lart_core import engines
    from lart_core.dataset import Share

    if args.workers < 1:
        raise LartError(f"Expected --workers of at least 1, but got {args.workers}.")
    share = Share.parse(args.shard)
    wish = engines.Wish(args.workers, args.address, args.gpus, _options(args.slurm))
    videos = engines.plan(
        args.videos,
        args.out,
        listed=args.manifest,
        preset=args.preset,
        settings=settings.settings(args),
        protocol=one_video.protocol(args),
        boxes=args.boxes or (),
    )
    if share is not None:
        print(f"Part {share.number} of {share.count} of {args.out}", file=sys.stderr, flush=True)
    chosen = engines.engine(args.engine, wish, videos)
    failures = engines.track(videos, chosen, share=share, say=_Say(videos, share))
    return outcome(videos, failures, f"videos are tracked in {args.out}")


class _Say:
    """Prints a line a video."""

    def __init__(self, videos: Any, share: Any) -> None:
        shards = videos.shards()
        numbers = [shard.number for shard in shards]
        mine = set(numbers if share is None else share.of(numbers))
        self.total = sum(len(shard.left()) for shard in shards if shard.number in mine)
        self.done = 0

    def __call__(self, line: "Line") -> None:
        self.done += 1
        what = f"{line.people} people" if line.state == "tracked" else line.reason
        print(f"[{self.done}/{self.total}] {line.video}: {what}", file=sys.stderr, flush=True)


def _options(given: list[str]) -> dict[str, Any]:
    """KEY=VALUE texts; whole numbers as such."""
    options: dict[str, Any] = {}
    for text in given:
        key, equals, value = text.partition("=")
        if not equals or not key.isidentifier():
            raise LartError(f"Expected --slurm KEY=VALUE, but got {text!r}.")
        options[key] = int(value) if value.isdigit() else value
    return options
