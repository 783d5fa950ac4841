"""`lart run VIDEO...`: the whole way for a video, or for several one after the other."""

import argparse
import json
import os
import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from app.cli import settings
from lart_core.errors import LartError, machine_fault

if TYPE_CHECKING:
    from lart_core.pipeline.process import Protocol

PUBLISHED_TRACKLETS = "published-tracklets"
"""The preset that takes a tracklet file in place of a video."""

BOX_FORMATS = ("xyxy", "xywh", "normalised")


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the arguments."""
    parser.add_argument(
        "videos", type=Path, nargs="+", metavar="VIDEO",
        help="video files, or folders of numbered pictures (with --fps)",
    )  # fmt: skip
    parser.add_argument(
        "--out", type=Path,
        help="run folder; of several videos the folder of their runs (default: under LART_HOME)",
    )  # fmt: skip
    parser.add_argument("--start", type=float, metavar="SECONDS", help="leave out what is before")
    parser.add_argument("--end", type=float, metavar="SECONDS", help="leave out what is after")
    parser.add_argument(
        "--fps", type=float,
        help="frames a second of a folder of pictures, or of tracklets that do not say theirs",
    )  # fmt: skip
    parser.add_argument("--boxes", type=Path, help="given boxes: AVA CSV or PHALP .pkl")
    add_protocol(parser)
    parser.add_argument(
        "--preset", default="light",
        help="light (default; formerly embedded), full, full-vitdet, or published-tracklets: VIDEO "
        "is then a tracklet file of PHALP or LART, judged by the published weights",
    )  # fmt: skip
    settings.configure(parser)
    parser.add_argument(
        "--max-gpu-memory", type=float, metavar="GB", help="of the full system (default: all free)"
    )
    parser.add_argument("--json", action="store_true", help="print each summary as one JSON object")


def add_protocol(parser: argparse.ArgumentParser) -> None:
    """Add the arguments that `protocol` reads, but for `--boxes`."""
    parser.add_argument(
        "--box-format", choices=BOX_FORMATS, help="how the boxes' numbers are meant"
    )
    parser.add_argument(
        "--boxes-start", type=float, default=0.0, metavar="SECONDS",
        help="second of the film at which the video begins: the clock of boxes and of AVA's files "
        "(AVA's cut movies: 900)",
    )  # fmt: skip
    parser.add_argument(
        "--window", type=float, metavar="SECONDS", help="track only around keyframes (AVA: 4)"
    )
    parser.add_argument("--keyframes-hz", type=float, metavar="HZ", help="keyframes a second")
    parser.add_argument("--shots", action="store_true", help="look for cuts (films)")


def run(args: argparse.Namespace) -> int:
    """Process each video, then print its summary. One that cannot be used stops no other."""
    from lart_core.presets.registry import MAX_GPU_MEMORY

    if args.max_gpu_memory is not None:
        if not args.preset.startswith("full"):
            raise LartError(
                f"--max-gpu-memory is of the full system (--preset full), but the preset is "
                f"{args.preset}."
            )
        if not 0 < args.max_gpu_memory < 1e6:
            raise LartError(
                f"Expected --max-gpu-memory of more than 0 GB, but got {args.max_gpu_memory:g}."
            )
        os.environ[MAX_GPU_MEMORY] = str(args.max_gpu_memory)
    if len(args.videos) == 1:
        _one(args.videos[0], args.out, args)
        return 0
    names = [path.name for path in args.videos]
    if args.out and len(set(names)) < len(names):
        raise LartError("Expected videos with different names for one --out, but two are alike.")
    refused = 0
    for path in args.videos:
        try:
            _one(path, args.out and args.out / path.name, args)
        except Exception as error:
            fault = machine_fault(error)
            if not isinstance(error, LartError) and fault is None:
                raise
            refused += 1
            said = f"{path}: {fault}" if fault else error
            print(f"lart run: {said}", file=sys.stderr, flush=True)
    return 2 if refused else 0


def _one(path: Path, out: Path | None, args: argparse.Namespace) -> None:
    from lart_core import pipeline, video
    from lart_core.pipeline import Protocol, import_run
    from lart_core.runs.run import default_folder
    from lart_core.runs.summary import summarise

    fps = args.fps if path.is_dir() or len(args.videos) == 1 else None
    clip = video.Clip(args.start or 0.0, args.end, fps)
    out = out or default_folder(path, clip.settings())
    if args.preset == PUBLISHED_TRACKLETS:
        if replace(clip, fps=None) != video.Clip() or protocol(args) != Protocol():
            raise LartError(
                "Expected a file of tracklets alone (and --fps): --start, --end, boxes, windows "
                "and cuts are of videos, and these people are tracked already."
            )
        if args.set or args.config:
            raise LartError(f"The preset {PUBLISHED_TRACKLETS} has no settings.")
        made = import_run.run_published(path, out, fps=args.fps)
    else:
        made = pipeline.run(
            path,
            out,
            preset=args.preset,
            settings=settings.settings(args),
            protocol=protocol(args),
            clip=clip,
            progress=Bar(),
        )
    summary = summarise(made)
    print(json.dumps(summary, allow_nan=False) if args.json else _readable(summary), flush=True)


def protocol(args: argparse.Namespace) -> "Protocol":
    """What the arguments say of given boxes, keyframes and windows."""
    from lart_core.pipeline.process import GivenBoxes, Protocol

    if args.keyframes_hz is not None and args.window is None:
        raise LartError(
            "Expected --window with --keyframes-hz: keyframes are what windows are around."
        )
    if args.boxes is None:
        if args.box_format is not None:
            raise LartError("Expected --boxes with --box-format, which says how they are meant.")
        return Protocol(None, args.window, args.keyframes_hz, args.shots, args.boxes_start)
    if args.box_format is None:
        raise LartError(
            f"Expected --box-format ({', '.join(BOX_FORMATS)}) with --boxes: how box "
            f"numbers are meant is never guessed."
        )
    boxes = GivenBoxes(args.boxes, args.box_format, args.boxes_start)
    return Protocol(boxes, args.window, args.keyframes_hz, args.shots)


class Bar:
    """Draws the progress of each stage on stderr: a line that is drawn over on a terminal."""

    def __init__(self) -> None:
        self._shown = -1

    def __call__(self, progress: Any) -> None:
        whole = max(progress.total, 1)
        percent = 100 * min(progress.done, whole) // whole
        live = sys.stderr.isatty()
        if percent == self._shown or (not live and percent % 10):
            return
        self._shown = percent
        left = "" if progress.remaining is None else f", about {progress.remaining:.0f} s left"
        line = f"{progress.stage:12} {percent:3d} %  ({progress.done} of {progress.total}{left})"
        end = "\n" if not live or progress.done >= whole else ""
        print(f"\r\033[K{line}" if live else line, end=end, file=sys.stderr, flush=True)


def _readable(summary: dict[str, Any]) -> str:
    video, tracks = summary["video"], summary["tracks"]
    lines = [
        f"Run: {summary['run']}",
        f"Video: {video['frames']} frames of {video['width']}x{video['height']} at "
        f"{video['fps']:.6g} frames/s" + (" (variable)" if video["variable"] else "") + ", "
        f"{video['seconds']:.2f} s",
        "Time: " + ", ".join(f"{name} {took:.1f} s" for name, took in summary["seconds"].items()),
        f"People: {len(tracks)}" if tracks else "No people were found in this video.",
    ]
    for track in tracks:
        lines.append(
            f"  person {track['id']}: frames {track['first']}-{track['last']}, "
            f"seen in {track['seen']}, its body in {track['detected']}"
        )
        if track["silent"]:
            lines.append(f"    nothing is said: {track['silent']}")
            continue
        for action in track["actions"][:5]:
            when = ", ".join(f"{first:.1f}-{end:.1f} s" for first, end in action["spans_seconds"])
            lines.append(
                f"    {action['name']:32} mean {action['mean']:.2f}, max {action['max']:.2f}"
                + (f", {when}" if when else "")
            )
    return "\n".join(lines)
