"""What walks share: a short cut of the sample clip, where it is here."""

from itertools import islice
from pathlib import Path

import cv2
import pytest

from lart_core import video
from tests.fetched import cached

CUT = slice(60, 150, 2)
"""Frames of the sample: two people, one of whom jumps."""
FPS = 15.0


@pytest.fixture(scope="session")
def cut(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three seconds of the sample clip, 640 pixels wide, 15 frames a second."""
    clip, *_ = cached("sample-clip", "movenet-multipose", "blazepose-full")
    frames = islice(video.frames(clip), CUT.start, CUT.stop, CUT.step)
    smaller = [cv2.resize(frame, (640, 360), interpolation=cv2.INTER_AREA) for frame in frames]
    path = tmp_path_factory.mktemp("cut") / "cut.mp4"
    video.write_player(path, smaller, FPS)
    return path
