"""High dynamic range: whites stay white, greys stay grey, and brighter is brighter."""

from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest

from lart_core import video

PQ, HLG = 16, 18


def greys(path: Path, transfer: int, codes: list[float]) -> Path:
    """A 10-bit film of one grey a frame, given as code in 0..1."""
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=25, options={"crf": "1"})
        stream.width, stream.height, stream.pix_fmt = 64, 48, "yuv420p10le"
        context = stream.codec_context
        context.colorspace, context.color_primaries, context.color_trc = 9, 9, transfer
        context.color_range = 1
        for number, code in enumerate(codes):
            frame = av.VideoFrame(64, 48, "yuv420p10le")
            for plane, level in zip(frame.planes, (64 + 876 * code, 512, 512), strict=True):
                values = np.full(plane.buffer_size // 2, round(level), np.uint16)
                plane.update(values.tobytes())
            frame.pts, frame.time_base = number, Fraction(1, 25)
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return path


@pytest.mark.parametrize(("transfer", "white"), [(PQ, 0.58), (HLG, 0.75)])
def test_light_as_a_player_shows_it(transfer: int, white: float, tmp_path: Path) -> None:
    codes = [0.0, 0.2, 0.4, white, white + 0.1, 1.0]
    shown = list(video.frames(greys(tmp_path / "hdr.mkv", transfer, codes)))
    means = [float(picture.mean()) for picture in shown]
    assert all(np.ptp(picture.mean(axis=(0, 1))) <= 2 for picture in shown), "grey stays grey"
    assert means[0] <= 1 and 235 <= means[3] <= 252 and means[5] >= 250
    assert (np.diff(means) > 0).all()


def test_ten_bits_without_it_are_shown_as_they_are(tmp_path: Path) -> None:
    shown = list(video.frames(greys(tmp_path / "sdr.mkv", 1, [0.0, 0.5, 1.0])))
    np.testing.assert_allclose([p.mean() for p in shown], [0, 127.5, 255], atol=2)
