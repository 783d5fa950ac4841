"""Video files as people have them: odd, rotated, broken off, and not videos at all."""

from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest
from av.video.frame import VideoFrame

from lart_core import video
from lart_core.errors import LartError
from lart_core.video import Limits


def write(path: Path, times: list[int], size: tuple[int, int] = (64, 48), rate: int = 30) -> Path:
    """A video whose top left corner is bright, a frame at each of `times` (in 1/rate s)."""
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=rate)
        stream.width, stream.height = size
        stream.pix_fmt = "yuv444p"
        stream.codec_context.time_base = Fraction(1, rate)
        for time in times:
            picture = np.full((size[1], size[0], 3), 40, np.uint8)
            picture[: size[1] // 2, : size[0] // 2] = 220
            frame = VideoFrame.from_ndarray(picture, format="rgb24")
            frame.pts, frame.time_base = time, Fraction(1, rate)
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return path


def lay_on_its_side(path: Path) -> Path:
    """Give an mp4 the display matrix of a phone held upright: a quarter turn clockwise."""
    data = bytearray(path.read_bytes())
    start = data.index(b"tkhd") + 4
    matrix = start + 4 + 20 + 16
    turn = [0, 1 << 16, 0, -(1 << 16), 0, 0, 48 << 16, 0, 1 << 30]
    for index, value in enumerate(turn):
        data[matrix + 4 * index : matrix + 4 * index + 4] = value.to_bytes(4, "big", signed=True)
    path.write_bytes(data)
    return path


def test_facts_and_frames(tmp_path: Path) -> None:
    path = write(tmp_path / "a.mp4", list(range(12)))
    facts = video.probe(path)
    assert (facts.width, facts.height, facts.frames, facts.fps) == (64, 48, 12, 30)
    pictures = list(video.frames(path))
    assert len(pictures) == 12
    assert pictures[0].shape == (48, 64, 3) and pictures[0].dtype == np.uint8
    assert pictures[0][5, 5].min() > 180 > 100 > pictures[0][40, 60].max()


def test_rotated_phone_video_is_upright(tmp_path: Path) -> None:
    path = lay_on_its_side(write(tmp_path / "phone.mp4", list(range(3))))
    facts = video.probe(path)
    picture = next(video.frames(path))
    assert (facts.width, facts.height) == (48, 64)
    assert picture.shape == (64, 48, 3)
    assert picture[5, 43].min() > 180, "a clockwise turn brings the bright corner to the right"


@pytest.mark.parametrize("size", [(63, 47), (1, 1)])
def test_odd_sizes_reach_the_player(tmp_path: Path, size: tuple[int, int]) -> None:
    path = write(tmp_path / "odd.mp4", [0, 1], size)
    assert (video.probe(path).width, video.probe(path).height) == size
    video.write_player(tmp_path / "player.mp4", video.frames(path), 30)
    made = video.probe(tmp_path / "player.mp4")
    assert made.width % 2 == made.height % 2 == 0
    assert made.frames == 2


def test_one_frame(tmp_path: Path) -> None:
    assert video.probe(write(tmp_path / "one.mp4", [0])).frames == 1


def test_variable_rate_keeps_every_frame(tmp_path: Path) -> None:
    path = write(tmp_path / "vfr.mp4", [0, 1, 2, 10, 11, 40])
    facts = video.probe(path)
    assert facts.frames == len(list(video.frames(path))) == 6
    video.write_player(tmp_path / "player.mp4", video.frames(path), facts.fps)
    assert video.probe(tmp_path / "player.mp4").frames == 6


def test_large_pictures_are_scaled_for_the_player(tmp_path: Path) -> None:
    picture = np.zeros((2160, 3840, 3), np.uint8)
    video.write_player(tmp_path / "player.mp4", [picture], 30)
    made = video.probe(tmp_path / "player.mp4")
    assert (made.width, made.height) == (1280, 720)


def test_player_frames_can_be_told_apart(tmp_path: Path) -> None:
    pictures = [np.full((48, 64, 3), 10 * n, np.uint8) for n in range(20)]
    video.write_player(tmp_path / "player.mp4", pictures, 25)
    shown = [int(picture.mean()) for picture in video.frames(tmp_path / "player.mp4")]
    assert np.abs(np.array(shown) - 10 * np.arange(20)).max() <= 3


def test_a_file_that_breaks_off_ends_where_it_does(tmp_path: Path) -> None:
    path = tmp_path / "cut.mkv"
    write(path, list(range(60)))
    path.write_bytes(path.read_bytes()[: int(path.stat().st_size * 0.6)])
    assert 0 < len(list(video.frames(path))) < 60


def no_video(path: Path) -> Path:
    """A sound file."""
    with av.open(str(path), "w") as container:
        stream = container.add_stream("aac", rate=8000)
        frame = av.AudioFrame.from_ndarray(np.zeros((1, 1024), np.float32), "fltp", "mono")
        frame.sample_rate = 8000
        container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return path


def test_what_is_no_video_is_refused_with_one_sentence(tmp_path: Path) -> None:
    text = tmp_path / "text.mp4"
    text.write_text("not a video")
    empty = tmp_path / "empty.mp4"
    empty.touch()
    cases = {
        tmp_path / "missing.mp4": "there is no file",
        text: "could not be read",
        empty: "could not be read",
        no_video(tmp_path / "sound.mp4"): "no video stream",
        tmp_path: "folder of numbered pictures",
    }
    for path, words in cases.items():
        with pytest.raises(LartError, match=words):
            video.probe(path)


def test_limits_are_said(tmp_path: Path) -> None:
    path = write(tmp_path / "a.mp4", list(range(30)))
    with pytest.raises(LartError, match="megapixels"):
        video.probe(path, Limits(megapixels=0.001))
    with pytest.raises(LartError, match="minutes"):
        video.probe(path, Limits(minutes=0.01))


def test_no_pictures_make_no_file(tmp_path: Path) -> None:
    with pytest.raises(LartError, match="at least one picture"):
        video.write_player(tmp_path / "player.mp4", [], 30)
    assert list(tmp_path.iterdir()) == []


def levels(path: Path, begin: float, end: float, fps: float = 25.0) -> list[int]:
    """The brightness at which `brighter` wrote each picture of a stretch."""
    return [round(float(p[20, 20].mean()) / 10) for p in video.stretch(path, begin, end, fps)]


def brighter(path: Path, times: list[int], rate: int = 10) -> Path:
    """A video whose frame at time t is t * 10 bright, with key frames far apart."""
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=rate, options={"crf": "1"})
        stream.width, stream.height, stream.pix_fmt, stream.gop_size = 64, 48, "yuv420p", 100
        stream.codec_context.time_base = Fraction(1, rate)
        for time in times:
            frame = VideoFrame.from_ndarray(np.full((48, 64, 3), 10 * time, np.uint8), "rgb24")
            frame.pts, frame.time_base = time, Fraction(1, rate)
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return path


def test_a_stretch_goes_by_time_not_by_number(tmp_path: Path) -> None:
    even = brighter(tmp_path / "even.mp4", list(range(20)))
    assert video.seconds(even) == pytest.approx(2.0, abs=0.05)
    assert levels(even, 0, 0.5, 10) == [0, 1, 2, 3, 4]
    assert levels(even, 1.0, 1.3, 10) == [10, 11, 12]
    assert levels(even, 0.3, 0.6, 20) == [3, 3, 4, 4, 5, 5]
    assert levels(even, 1.8, 9.0, 10) == [18, 19]
    uneven = brighter(tmp_path / "uneven.mp4", [0, 1, 2, 10, 11, 12])
    assert levels(uneven, 0.0, 1.3, 10) == [0, 1, *[2] * 8, 10, 11, 12]
    assert levels(uneven, 0.8, 1.2, 10) == [2, 2, 10, 11]
