"""A part of a film begins at its very frame, wherever a container's seek lands."""

from fractions import Fraction
from pathlib import Path

import av
import joblib
import numpy as np
import pytest
from PIL import Image

from lart_core import video
from lart_core.errors import LartError
from lart_core.perception.given_boxes import read_boxes
from lart_core.tracklet.video_facts import timing
from lart_core.video import Clip
from lart_core.video.container import opened
from tests.lart_core.video.films import quadrants, read_back, write

RATE, FRAMES = 25, 60


def film(path: Path, **options) -> Path:
    times = [Fraction(n, RATE) for n in range(FRAMES)]
    return write(path, times, pictures=[quadrants(n % 16) for n in range(FRAMES)], **options)


def x264(params: str) -> dict[str, str]:
    return {"crf": "1", "x264-params": params}


FILMS = {
    "broadcast": ("a.ts", "libx264", x264("keyint=25:bframes=2")),
    "one key frame": ("a.ts", "libx264", x264("keyint=1000:bframes=2")),
    "program stream": ("a.mpg", "mpeg2video", {"g": "12", "bf": "2", "qmin": "1", "qmax": "2"}),
    "intra refresh": ("a.mp4", "libx264", x264("keyint=25:intra-refresh=1")),
    "open groups": ("a.mkv", "libx264", x264("keyint=12:min-keyint=12:open-gop=1:bframes=3")),
    "AVI": ("a.avi", "libx264", x264("keyint=12:bframes=2")),
}


@pytest.mark.parametrize("name", FILMS)
def test_every_part_begins_at_its_frame(name: str, tmp_path: Path) -> None:
    file, codec, options = FILMS[name]
    path = film(tmp_path / file, codec=codec, options=options)
    whole = [read_back(picture)[0] for picture in video.frames(path)]
    assert len(whole) == FRAMES
    for first in range(1, FRAMES, 3):
        start = video.skipped(path, Clip(start=(first - 0.4) / RATE))[1]
        part = [read_back(picture)[0] for picture in video.frames(path, Clip(start=start))]
        assert part == whole[first:], first
        if name not in ("program stream", "AVI"):  # They say of few frames when these are shown.
            shown = next(iter(video.stretch(path, start + 0.01, start + 0.05)))
            assert read_back(shown)[0] == whole[first]


def test_an_avi_keeps_its_times_where_packets_hold_no_picture(tmp_path: Path) -> None:
    """XviD and DivX write "not coded" for a picture that stays: a packet without a frame."""
    path, rate = tmp_path / "a.avi", 25
    with av.open(str(path), "w") as container:
        stream = container.add_stream("mpeg4", rate=rate)
        stream.width, stream.height, stream.pix_fmt = 64, 48, "yuv420p"
        stream.codec_context.options = {"g": "12", "bf": "0"}
        stream.codec_context.time_base = Fraction(1, rate)
        for number in range(48):
            level = np.full((48, 64, 3), 20 + 4 * number, np.uint8)
            frame = av.VideoFrame.from_ndarray(level, format="rgb24")
            frame.pts, frame.time_base = number, Fraction(1, rate)
            for packet in stream.encode(frame):
                container.mux(not_coded(packet) if number % 12 in (5, 6, 7) else packet)
        for packet in stream.encode(None):
            container.mux(packet)
    found = list(video.timed_frames(path))
    assert len(found) < 48
    for frame in found:
        assert abs(frame.second * rate - (float(frame.picture.mean()) - 20) / 4) < 1.2


def not_coded(packet: av.Packet) -> av.Packet:
    """A "not coded" picture of MPEG-4 in the place of another (ISO 14496-2, 6.2.5)."""
    bits = "01" + "0" + "1" + format(packet.pts % 25, "05b") + "1" + "0" + "0"
    bits += "1" * (-len(bits) % 8)
    made = av.Packet(bytes([0, 0, 1, 0xB6]) + int(bits, 2).to_bytes(len(bits) // 8, "big"))
    made.pts, made.dts, made.time_base = packet.pts, packet.dts, packet.time_base
    made.stream = packet.stream
    return made


def remuxed(source: Path, path: Path, change) -> Path:
    """The packets of a film in another file, as `ffmpeg -c copy` puts them."""
    with av.open(str(source)) as old, av.open(str(path), "w") as new:
        stream = new.add_stream_from_template(old.streams.video[0])
        change(stream)
        for packet in old.demux(old.streams.video[0]):
            if packet.dts is not None and change(packet) is not False:
                packet.stream = stream
                new.mux(packet)
    return path


@pytest.mark.parametrize("name", ["b.mp4", "b.mov"])
def test_what_an_edit_list_cuts_off_is_not_missing(name: str, tmp_path: Path) -> None:
    whole = film(tmp_path / "a.mp4")

    def cut(packet) -> None:
        if isinstance(packet, av.Packet):
            shift = int(Fraction(20, RATE) / packet.time_base)
            packet.pts, packet.dts = packet.pts - shift, packet.dts - shift

    path = remuxed(whole, tmp_path / name, cut)
    with opened(path) as (_, stream):
        assert stream.frames == FRAMES
    shown = [read_back(picture)[0] for picture in video.frames(path)]
    assert shown == [n % 16 for n in range(20, FRAMES)]
    assert video.missing(path) == 0


@pytest.mark.parametrize("tag", ["00:00:09.000000000", "about 4 s", "4.0"])
def test_how_long_a_former_file_was_is_not_heeded(tag: str, tmp_path: Path) -> None:
    def tagged(stream) -> None:
        if not isinstance(stream, av.Packet):
            stream.metadata["DURATION"] = tag

    path = remuxed(film(tmp_path / "a.mp4"), tmp_path / "b.nut", tagged)
    with opened(path) as (_, stream):
        assert stream.metadata["DURATION"] == tag
    assert video.missing(path) == 0


def test_a_recording_begins_with_the_first_picture_that_can_be_shown(tmp_path: Path) -> None:
    params = x264("keyint=25:min-keyint=25:scenecut=0:bframes=2")
    left = iter(range(FRAMES))

    def tail(packet) -> bool:
        return not isinstance(packet, av.Packet) or next(left) >= 10

    path = remuxed(film(tmp_path / "a.mkv", options=params), tmp_path / "b.ts", tail)
    shown = [read_back(picture)[0] for picture in video.frames(path)]
    assert shown == [n % 16 for n in range(25, FRAMES)]
    assert video.probe(path).frames == len(shown)
    part = [read_back(picture)[0] for picture in video.frames(path, Clip(start=0.4, end=0.8))]
    assert part == shown[10:20]
    begun = next(iter(video.stretch(path, 0.41, 0.45)))
    assert read_back(begun)[0] == shown[10]


def folder_of(path: Path, numbers: list[int]) -> Path:
    path.mkdir()
    for number in numbers:
        Image.fromarray(quadrants(number)).save(path / f"{number:06d}.png")
    return path


def test_damaged_pictures_at_the_beginning_of_a_folder_keep_their_places(tmp_path: Path) -> None:
    path = folder_of(tmp_path / "a", list(range(1, 9)))
    for number in (1, 2, 5):
        file = path / f"{number:06d}.png"
        file.write_bytes(file.read_bytes()[:60])
    found = list(video.timed_frames(path, Clip(fps=RATE)))
    assert [frame.lost for frame in found] == [True, True, False, False, True, False, False, False]
    assert [read_back(frame.picture)[0] for frame in found] == [3, 3, 3, 4, 4, 6, 7, 8]
    assert [round(frame.second * RATE) for frame in found] == list(range(8))


def test_pictures_of_16_bit_grey_are_grey(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    grey = np.linspace(0, 65535, 64 * 48).reshape(48, 64).astype(np.uint16)
    for ending in ("png", "tiff"):
        Image.fromarray(grey).save(tmp_path / "a" / f"{len(ending)}.{ending}")
    for picture in video.frames(tmp_path / "a", Clip(fps=RATE)):
        np.testing.assert_array_equal(picture, np.repeat(grey[..., None] >> 8, 3, axis=2))
    (tmp_path / "b").mkdir()
    eight = (grey >> 8).astype(np.int32)
    Image.fromarray(eight).save(tmp_path / "b" / "1.tiff")
    (picture,) = video.frames(tmp_path / "b", Clip(fps=RATE))
    np.testing.assert_array_equal(picture[..., 0], eight)


@pytest.mark.parametrize("numbers", [[0, 1, 2, 3], [1, 3, 5, 9]])
def test_phalps_boxes_go_by_the_names_of_pictures(numbers: list[int], tmp_path: Path) -> None:
    path = folder_of(tmp_path / "a", numbers)
    box = {"gt_bbox": np.array([[8.0, 6, 12, 21]])}
    joblib.dump({f"{numbers[2]:06d}.png": box}, tmp_path / "gt.pkl")
    facts = video.probe(path, clip=Clip(fps=RATE))
    pictures = video.picture_numbers(path, Clip(fps=RATE))
    found = read_boxes(tmp_path / "gt.pkl", "xywh", facts, pictures=pictures)
    assert pictures == numbers and list(found) == [2]
    joblib.dump({"000007.png": box}, tmp_path / "gt.pkl")
    with pytest.raises(LartError, match="of number 7"):
        read_boxes(tmp_path / "gt.pkl", "xywh", facts, pictures=pictures)


@pytest.mark.parametrize("frames", [6, 7])
def test_a_rate_of_two_steps_is_one_of_them(frames: int) -> None:
    times = [n + n // 2 for n in range(frames)]
    fps, found = timing([t / 30 for t in times])
    assert found is not None
    assert min(abs(fps - 30), abs(fps - 15)) < 0.01
