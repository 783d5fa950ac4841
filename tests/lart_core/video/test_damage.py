"""Damage is survived and said; the film is the right stream; sizes that change; interlaced film."""

from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest

from lart_core import pipeline, video
from lart_core.errors import LartWarning
from lart_core.video.container import opened
from tests.lart_core.pipeline.test_process import use
from tests.lart_core.video.films import quadrants, read_back, write

RATE, FRAMES = 25, 48


def film(path: Path, **options) -> Path:
    """48 pictures, sixteen numbers over and over."""
    times = [Fraction(n, RATE) for n in range(FRAMES)]
    return write(path, times, pictures=[quadrants(n % 16) for n in range(FRAMES)], **options)


def blot(path: Path, *numbers: int) -> Path:
    """Overwrite the packets of these frames with zeros."""
    data = bytearray(path.read_bytes())
    with opened(path) as (container, stream):
        found = [(bytes(p), p.size) for p in container.demux(stream) if p.size]
    end = 0
    for number, (content, size) in enumerate(found):
        at = data.index(content, end)
        end = at + size
        if number in numbers:
            data[at:end] = bytes(size)
    path.write_bytes(data)
    return path


@pytest.mark.parametrize("name", ["a.avi", "a.mkv", "a.mov"])
@pytest.mark.parametrize("numbers", [(20,), (0, 1), (46, 47), (10, 11, 12, 30)])
def test_broken_frames_keep_their_places(
    name: str, numbers: tuple[int, ...], tmp_path: Path
) -> None:
    path = blot(film(tmp_path / name, codec="mjpeg"), *numbers)
    frames = list(video.timed_frames(path))
    assert [n for n, frame in enumerate(frames) if frame.lost] == list(numbers)
    np.testing.assert_allclose([f.second for f in frames], np.arange(FRAMES) / RATE, atol=6e-4)
    for number, frame in enumerate(frames):
        if not frame.lost:
            assert read_back(frame.picture) == (number % 16, ["RG", "BW"])


def test_a_file_that_is_cut_off_says_what_it_promised(tmp_path: Path) -> None:
    for name, codec in (("a.avi", "mjpeg"), ("a.mkv", "libx264"), ("b.mkv", "mjpeg")):
        path = film(tmp_path / name, codec=codec)
        path.write_bytes(path.read_bytes()[: int(path.stat().st_size * 0.6)])
        frames = list(video.timed_frames(path))
        good = [f for f in frames if not f.lost]
        assert len(good) > 15 and len(frames) - len(good) <= 1
        assert abs(len(frames) + video.missing(path) - FRAMES) <= (codec == "libx264")
        for frame in good:
            assert read_back(frame.picture)[0] == round(frame.second * RATE) % 16
    whole = film(tmp_path / "whole.mp4")
    assert video.missing(whole) == 0


def test_the_run_says_how_much_is_lost(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    use(monkeypatch)
    path = blot(film(tmp_path / "a.avi", codec="mjpeg"), 20)
    with pytest.warns(LartWarning, match=r"1 of 48 frames \(2\.1 %\)"):
        run = pipeline.run(path, tmp_path / "run")
    (person,) = run.tracklets()
    assert person.detected.sum() == len(person) - 1 and not person.detected[20 - person.first]
    assert run.lost == 1 and "TENTH" not in (run.damage or "")
    assert video.probe(run.player or Path()).frames == FRAMES
    worse = blot(film(tmp_path / "b.avi", codec="mjpeg"), *range(10, 20))
    with pytest.warns(LartWarning, match="TENTH"):
        pipeline.run(worse, tmp_path / "worse")


def muxed(path: Path, first: Path, second: Path, *, cover: bool) -> Path:
    """The films of two files in one."""
    with av.open(str(path), "w") as made, av.open(str(first)) as a, av.open(str(second)) as b:
        sources = [a.streams.video[0], b.streams.video[0]]
        streams = [made.add_stream_from_template(source) for source in sources]
        streams[0].disposition = av.stream.Disposition.attached_pic if cover else 0
        streams[1].disposition = av.stream.Disposition.default
        for source, stream, container in zip(sources, streams, (a, b), strict=True):
            for packet in container.demux(source):
                if packet.size:
                    packet.stream = stream
                    made.mux(packet)
    return path


@pytest.mark.parametrize("cover", [True, False])
def test_a_thumbnail_track_is_not_the_film(cover: bool, tmp_path: Path) -> None:
    few = [Fraction(n, 1) for n in range(1 if cover else 2)]
    thumbnails = write(tmp_path / "thumbs.mkv", few, codec="mjpeg")
    path = muxed(tmp_path / "two.mkv", thumbnails, film(tmp_path / "film.mkv"), cover=cover)
    with pytest.warns(LartWarning, match="holds 2 films; stream 1 of it is taken"):
        assert video.probe(path).frames == FRAMES
    assert len(list(video.frames(path))) == FRAMES


def test_a_size_that_changes_is_scaled_to_the_first(tmp_path: Path) -> None:
    one, other = film(tmp_path / "1.ts"), tmp_path / "2.ts"
    with av.open(str(other), "w") as container:
        stream = container.add_stream("libx264", rate=RATE, options={"crf": "1"})
        stream.width, stream.height, stream.pix_fmt = 128, 96, "yuv444p"
        for number in range(16):
            picture = np.kron(quadrants(number), np.ones((2, 2, 1), np.uint8))
            container.mux(stream.encode(av.VideoFrame.from_ndarray(picture, format="rgb24")))
        container.mux(stream.encode(None))
    both = tmp_path / "both.ts"
    both.write_bytes(one.read_bytes() + other.read_bytes())
    facts, frames = video.probe(both), list(video.timed_frames(both))
    assert (facts.width, facts.height, facts.frames, facts.variable) == (64, 48, 64, False)
    assert {frame.picture.shape for frame in frames} == {(48, 64, 3)}
    assert [read_back(f.picture)[0] for f in frames] == [n % 16 for n in range(64)]
    np.testing.assert_allclose([f.second for f in frames], np.arange(64) / RATE, atol=1e-3)


def test_interlaced_film_is_deinterlaced(tmp_path: Path) -> None:
    pictures = []
    for number in range(12):
        picture = np.full((48, 64, 3), 30, np.uint8)
        for field in (0, 1):
            left = 4 * number + 2 * field
            picture[field::2, left : left + 16] = 220
        pictures.append(picture)
    path = write(
        tmp_path / "a.mkv",
        [Fraction(n, RATE) for n in range(12)],
        pictures=pictures,
        options={"crf": "1", "flags": "+ildct", "x264-params": "tff=1"},
    )
    shown = list(video.timed_frames(path))
    assert len(shown) == 12 and video.probe(path).frames == 12
    np.testing.assert_allclose([f.second for f in shown], np.arange(12) / RATE, atol=6e-4)
    comb = [np.abs(np.diff(f.picture[..., 0].astype(int), axis=0)).mean() for f in shown]
    assert np.mean(comb) < 0.2 * np.abs(np.diff(pictures[5][..., 0].astype(int), axis=0)).mean()


@pytest.mark.parametrize("begins", [0, 1, 12])
def test_a_film_that_begins_late_in_its_file_lacks_nothing(tmp_path, begins):
    """Matroska notes when a film ends on the file's clock, beside sound that begins earlier."""
    times = [Fraction(n + begins, RATE) for n in range(FRAMES)]
    path = write(tmp_path / "a.mkv", times, pictures=[quadrants(n % 16) for n in range(FRAMES)])
    with opened(path) as (_, stream):
        assert stream.metadata.get("DURATION"), "what the test is about"
    assert video.missing(path) == 0
    cut = bytearray(path.read_bytes())
    (tmp_path / "b.mkv").write_bytes(cut[: len(cut) * 2 // 3])
    assert video.missing(tmp_path / "b.mkv") > 5
