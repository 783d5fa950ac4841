"""Films whose picture grows on the way: refused in one sentence, before there is memory for it."""

import subprocess
import sys
from fractions import Fraction
from pathlib import Path

import av
import pytest
from av.video.codeccontext import VideoCodecContext
from PIL import Image

from lart_core import video
from lart_core.errors import LartError

SMALL, LARGE = (320, 240), (6000, 6000)


def encoded(codec: str, size: tuple[int, int], frames: int) -> bytes:
    """Frames of one size as the encoder gives them, each with what it needs to be decoded."""
    context = VideoCodecContext.create(codec, "w")
    context.width, context.height = size
    context.pix_fmt = "yuvj420p" if codec == "mjpeg" else "yuv420p"
    context.time_base, context.framerate = Fraction(1, 25), Fraction(25)
    if codec != "mjpeg":
        context.options = {"preset": "ultrafast", "crf": "40"}
    frame = av.VideoFrame(*size, context.pix_fmt)
    for plane in frame.planes:
        plane.update(bytes([100]) * plane.buffer_size)
    made = []
    for number in range(frames):
        frame.pts = number
        made += [bytes(packet) for packet in context.encode(frame)]
    return b"".join([*made, *(bytes(packet) for packet in context.encode(None))])


def test_a_film_that_grows(tmp_path: Path) -> None:
    film = tmp_path / "grows.h264"
    parts = ((SMALL, 12), (LARGE, 2), (SMALL, 2))
    film.write_bytes(b"".join(encoded("libx264", size, frames) for size, frames in parts))
    assert video.probe(film).width == 320
    seen = 0
    with pytest.raises(LartError, match=r"at most 9\.9 megapixels.*one of 6000x6000"):
        for _ in video.frames(film):
            seen += 1
    assert seen >= 10
    with pytest.raises(LartError, match="6000x6000"):
        list(video.stretch(film, 0, 2))


def test_where_the_decoder_does_not_say_the_size_the_frame_is_lost(tmp_path: Path) -> None:
    film = tmp_path / "grows.mjpeg"
    film.write_bytes(encoded("mjpeg", SMALL, 12) + encoded("mjpeg", LARGE, 2))
    frames = list(video.timed_frames(film))
    assert [frame.lost for frame in frames] == [False] * 12 + [True] * 2
    assert {frame.picture.shape for frame in frames} == {(240, 320, 3)}


def test_it_never_takes_the_memory(tmp_path: Path) -> None:
    """The decoder refuses: a frame of 36 megapixels would take 54 MB, and its picture 108 MB."""
    film = tmp_path / "grows.h264"
    film.write_bytes(encoded("libx264", SMALL, 12) + encoded("libx264", LARGE, 4))
    code = (
        "import resource, sys; from pathlib import Path; from lart_core import video\n"
        "used = lambda: resource.getrusage(resource.RUSAGE_SELF).ru_maxrss\n"
        "film = video.frames(Path(sys.argv[1])); next(film); before = used()\n"
        "try: list(film)\n"
        "except Exception as error: print(used() - before, error)"
    )
    done = subprocess.run([sys.executable, "-c", code, str(film)], capture_output=True, text=True)
    kilobytes, _, said = done.stdout.partition(" ")
    assert "6000x6000" in said and int(kilobytes) < 40_000


def test_a_film_may_grow_within_the_limit(tmp_path: Path) -> None:
    film = tmp_path / "grows.h264"
    film.write_bytes(encoded("libx264", SMALL, 3) + encoded("libx264", (1920, 1080), 3))
    assert {frame.shape for frame in video.frames(film)} == {(240, 320, 3)}
    assert len(list(video.frames(film))) == 6


def test_a_folder_in_which_a_picture_grows(tmp_path: Path) -> None:
    for number, size in enumerate((SMALL, SMALL, LARGE)):
        Image.new("RGB", size).save(tmp_path / f"{number}.png")
    clip = video.Clip(fps=25)
    assert video.probe(tmp_path, clip=clip).width == 320
    with pytest.raises(LartError, match=r"at most 9\.0 megapixels.*6000x6000"):
        list(video.frames(tmp_path, clip))
