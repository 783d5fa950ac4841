"""Whether a variable frame rate shifts anything: the sample against copies with another clock.

    python benchmarks/variable_rate.py [VIDEO] [--pause 3] [--dropped 0.2]

Two copies: one that stands still for some seconds, and one that does so and lacks frames. For each,
the boxes that are exported at whole seconds are compared with the boxes of the original at the
picture that is then on the screen (IoU, bar: 0.9), and the beginnings and ends of all action spans
of the first model, on the original's clock (seconds, bar: 0.3).
"""

import argparse
import tempfile
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
from numpy.typing import NDArray

from lart_core import pipeline, video, weights
from lart_core.boxes import iou
from lart_core.runs.run import Run
from lart_core.runs.summary import summarise

CLOCK = 90_000


def main() -> None:
    """Process the original and both copies, and print a table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("video", type=Path, nargs="?")
    parser.add_argument("--pause", type=float, default=3.0, help="seconds of the pause")
    parser.add_argument("--dropped", type=float, default=0.2, help="share of frames left out")
    args = parser.parse_args()
    path = args.video or weights.path("sample-clip")
    with tempfile.TemporaryDirectory() as scratch:
        original = pipeline.run(path, Path(scratch) / "original")
        for share in (0.0, args.dropped):
            kept, times = another_clock(original, args.pause, share)
            film = Path(scratch) / f"{share:g}.mkv"
            rewrite(path, film, kept, times)
            copy = pipeline.run(film, Path(scratch) / f"run-{share:g}")
            print(f"pause of {args.pause:g} s, {share:.0%} of frames dropped: {copy.video}")
            seconds, overlap = boxes(original, copy, kept)
            for second, value in zip(seconds, overlap, strict=True):
                print(f"  second {second:2d}: IoU {value:.3f}")
            apart = spans(original, copy, kept)
            print(f"  least IoU {min(overlap):.3f} (bar 0.9)")
            print(
                f"  {len(apart)} spans of both, {np.max(apart, initial=0):.2f} s apart at most "
                f"(bar 0.3), median {np.median(apart):.2f} s"
            )


def another_clock(
    run: Run, pause: float, share: float
) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Which frames of the original are kept, and when the copy shows them."""
    frames = run.video.frames
    dropped = np.random.default_rng(0).random(frames) < share
    dropped[[0, frames // 2, frames - 1]] = False
    kept = np.flatnonzero(~dropped)
    times = run.video.second_of(kept)
    return kept, np.where(kept > frames // 2, times + pause, times)


def rewrite(path: Path, out: Path, kept: NDArray[np.int64], times: NDArray[np.float64]) -> None:
    """Write the kept pictures at their times, hardly compressed."""
    wanted = dict(zip(kept.tolist(), times.tolist(), strict=True))
    with av.open(str(out), "w") as container:
        stream = container.add_stream("libx264", rate=30, options={"crf": "8", "preset": "fast"})
        first = next(video.frames(path))
        stream.height, stream.width = first.shape[:2]
        stream.pix_fmt = "yuv444p"
        stream.codec_context.time_base = Fraction(1, CLOCK)
        for number, picture in enumerate(video.frames(path)):
            if number not in wanted:
                continue
            frame = av.VideoFrame.from_ndarray(picture, format="rgb24")
            frame.pts, frame.time_base = round(wanted[number] * CLOCK), Fraction(1, CLOCK)
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))


def boxes(original: Run, copy: Run, kept: NDArray[np.int64]) -> tuple[list[int], list[float]]:
    """Whole seconds, and the IoU of everyone who is exported there with the original's boxes."""
    from analysis.runs.ava_predictions import predictions_of_run

    table = predictions_of_run(copy, copy.models()[0])
    table = table.drop_duplicates(["timestamp", "x1", "y1", "x2", "y2"])
    size = np.array([copy.video.width, copy.video.height] * 2)
    seconds, overlap = [], []
    for row in table.itertuples():
        shown = int(kept[int(copy.video.frame_at(row.timestamp))])
        there = [t for t in original.people() if t.first <= shown <= t.last]
        truth = np.array([t.box[shown - t.first] for t in there], float).reshape(-1, 4)
        box = np.array([[row.x1, row.y1, row.x2, row.y2]]) * size
        found = [float(iou(box, np.clip(each[None], 0, size)).max()) for each in truth]
        seconds.append(int(row.timestamp))
        overlap.append(max(found, default=0.0))
    return seconds, overlap


def spans(original: Run, copy: Run, kept: NDArray[np.int64]) -> list[float]:
    """Seconds by which each beginning and end of a span lies off that of the nearest of the other.

    People are matched by when they are there; both summaries' spans of each action are compared on
    the original's clock.
    """
    theirs, ours = summarise(original)["tracks"], summarise(copy)["tracks"]
    apart = []
    for track in ours:
        middle = kept[(track["first"] + track["last"]) // 2]
        box = np.array(track["box_median"])
        there = [t for t in theirs if t["first"] <= middle <= t["last"]]
        same = min(there, key=lambda t: np.abs(np.array(t["box_median"]) - box).sum())
        known = {action["ava_id"]: action["spans"] for action in same["actions"]}
        for action in track["actions"]:
            for first, last in action["spans"]:
                begin, end = original.video.second_of(kept[[first, last]])
                others = original.video.second_of(np.array(known[action["ava_id"]]).reshape(-1, 2))
                off = np.abs(others - [begin, end]).max(axis=1)
                apart.append(float(off.min(initial=np.inf)))
    return apart


if __name__ == "__main__":
    main()
