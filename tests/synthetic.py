"""Runs made without any model: a video whose frames say their number, and people who walk in it."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from lart_core.runs.actions import Actions, PersonActions
from lart_core.runs.run import Run
from lart_core.tracklet import Tracklet, VideoFacts
from lart_core.video import write_player

BIT = 16
"""Side in pixels of the squares at the top left that write the frame number, lowest bit first."""

BITS = 15

STANDING = np.array(
    [
        *[[0, 0, 0], [0.1, 0.1, 0], [-0.1, 0.1, 0], [0, -0.1, 0], [0.1, 0.5, 0], [-0.1, 0.5, 0]],
        *[
            [0, -0.2, 0],
            [0.1, 0.9, 0],
            [-0.1, 0.9, 0],
            [0, -0.3, 0],
            [0.1, 1, -0.1],
            [-0.1, 1, -0.1],
        ],
        *[
            [0, -0.5, 0],
            [0.1, -0.4, 0],
            [-0.1, -0.4, 0],
            [0, -0.7, 0],
            [0.2, -0.4, 0],
            [-0.2, -0.4, 0],
        ],
        *[
            [0.25, -0.2, 0],
            [-0.25, -0.2, 0],
            [0.3, 0, 0],
            [-0.3, 0, 0],
            [0.3, 0.1, 0],
            [-0.3, 0.1, 0],
        ],
    ]
)
"""A standing body: SMPL's 24 joints in metres, y down."""


def pictures(frames: int, size: tuple[int, int] = (320, 240)) -> Iterator[NDArray[np.uint8]]:
    """Grey frames whose top left corner writes the frame number in black and white squares."""
    width, height = size
    for frame in range(frames):
        picture = np.full((height, width, 3), 90, np.uint8)
        for bit in range(BITS):
            picture[:BIT, bit * BIT : (bit + 1) * BIT] = 255 * ((frame >> bit) & 1)
        x = int(frame * 2 % (width - 40))
        picture[height // 2 : height // 2 + 60, x : x + 40] = (200, 120, 60)
        yield picture


def person(track_id: int, video: VideoFacts, *, gap: tuple[int, int] | None = None) -> Tracklet:
    """Someone who is there in every frame and walks to the right; unseen in the frames of `gap`."""
    frame = np.arange(video.frames)
    seen = np.ones(video.frames, bool)
    if gap:
        seen[gap[0] : gap[1] + 1] = False
    identity = np.tile(np.eye(3, dtype=np.float32), (video.frames, 1, 1))
    upright = np.tile(np.diag([1, -1, -1]).astype(np.float32), (video.frames, 1, 1))
    joints = np.zeros((video.frames, 45, 3), np.float32)
    joints[:, :24] = STANDING
    sway = 0.3 * np.sin(frame / 15 + track_id)
    camera = np.stack([sway + 0.5 * (track_id % 4) - 0.75, 0 * sway, 60 + 0 * sway], 1)
    middle = 128 + 5000 * camera[:, 0] / 60
    box = np.stack([middle - 30, 0 * middle + 60, middle + 30, 0 * middle + 215], 1)
    scale = max(video.width, video.height) / 256
    top = (max(video.width, video.height) - video.height) / 2
    return Tracklet(
        track_id,
        video,
        frame,
        (box * scale - [0, top, 0, top]).astype(np.float32),
        np.where(seen, 0.9, 0).astype(np.float32),
        seen,
        upright,
        np.repeat(identity[:, None], 23, axis=1),
        np.zeros((video.frames, 10), np.float32),
        camera.astype(np.float32),
        joints,
        provenance={"detector": "synthetic"},
    )


def actions(model: str, people: list[Tracklet], seed: int = 0) -> Actions:
    """Smooth probabilities of five actions."""
    said = {}
    for each in people:
        phase = np.random.default_rng([seed, each.track_id]).uniform(0, 6, 5)
        wave = 0.5 + 0.45 * np.sin(each.frame[:, None] / 25 + phase)
        said[each.track_id] = PersonActions(each.frame, wave.astype(np.float32))
    return Actions(model, (12, 14, 8, 5, 11), said, {"weights": "synthetic"})


def make_run(
    home: Path,
    name: str = "synthetic",
    *,
    frames: int = 90,
    people: int = 2,
    size: tuple[int, int] = (320, 240),
    fps: float = 30.0,
    times: NDArray[np.float64] | None = None,
) -> Run:
    """A finished run under ``home/runs/name`` with two models, ``pose`` and ``other``."""
    video = VideoFacts(f"{name}.mp4", *size, fps, frames, "0" * 64, times)
    run = Run.create(
        home / "runs" / name, video, source=f"{name}.mp4", settings={"preset": "light"}
    )
    tracks = [person(i + 1, video, gap=(20, 30) if i == 0 else None) for i in range(people)]
    run.write_tracklets(tracks)
    for seed, model in enumerate(["pose", "other"]):
        run.write_actions(actions(model, tracks, seed))
    write_player(run.path / "player.mp4", pictures(frames, size), fps, times)
    for stage in ("perception", "tracking", "actions", "player"):
        run.finish(stage, 1.0)
    return run
