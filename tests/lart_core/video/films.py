"""Small films written by ffmpeg's own muxers, through PyAV, in every shape that people bring."""

from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
from av.bitstream import BitStreamFilterContext
from av.video.frame import VideoFrame

SIZE = (64, 48)
COLOURS = {"R": (1, 0, 0), "G": (0, 1, 0), "B": (0, 0, 1), "W": (1, 1, 1)}
STEP = 14
"""Levels by which each frame is darker than the one before."""


def quadrants(number: int, layout: Sequence[str] = ("RG", "BW")) -> np.ndarray:
    """(48, 64, 3) RGB: four colours, as dark as the frame's number says."""
    level = 240 - STEP * number
    rows = [[np.array(COLOURS[letter]) * level for letter in row] for row in layout]
    return np.kron(np.array(rows), np.ones((SIZE[1] // 2, SIZE[0] // 2, 1))).astype(np.uint8)


def read_back(picture: np.ndarray) -> tuple[int, list[str]]:
    """The number and the layout of a picture made of `quadrants`."""
    height, width = picture.shape[:2]
    found, levels = [], []
    for y in (height // 4, 3 * height // 4):
        row = ""
        for x in (width // 4, 3 * width // 4):
            pixel = picture[y, x].astype(float)
            levels.append(pixel.max())
            bright = tuple((pixel > pixel.max() * 0.6).astype(int).tolist())
            row += {colour: letter for letter, colour in COLOURS.items()}.get(bright, "?")
        found.append(row)
    return round((240 - float(np.mean(levels))) / STEP), found


def write(
    path: Path,
    times: Sequence[Fraction],
    *,
    codec: str = "libx264",
    kind: str | None = None,
    rate: int = 25,
    matrix: Sequence[int] | None = None,
    orientation: str = "",
    pixels: Fraction = Fraction(1),
    options: dict[str, str] | None = None,
    pictures: Sequence[np.ndarray] | None = None,
    size: tuple[int, int] = SIZE,
    colours: tuple[int, int] | None = None,
) -> Path:
    """A film with a picture of `quadrants` at each of the times.

    Args:
        kind: ffmpeg's name of the container, where the ending does not tell.
        matrix: The nine numbers of a display matrix for the container's header.
        orientation: What h264_metadata is to insert: the stream's own display orientation.
        pixels: Width of a pixel over its height.
        colours: Colour matrix and range, by ffmpeg's numbers, to convert by and to tag.
    """
    with av.open(str(path), "w", format=kind) as container:
        stream = container.add_stream(codec, rate=rate)
        stream.width, stream.height = size
        stream.pix_fmt = {"mjpeg": "yuvj444p", "mpeg2video": "yuv422p"}.get(codec, "yuv444p")
        context = stream.codec_context
        context.time_base = Fraction(1, rate)
        context.sample_aspect_ratio = pixels
        context.options = options or ({} if codec == "mjpeg" else {"crf": "1", "bf": "2"})
        if matrix is not None:
            stream.set_display_matrix(matrix)
        inserting = (
            BitStreamFilterContext(f"h264_metadata={orientation}", stream) if orientation else None
        )
        packets = []
        for number, time in enumerate(times):
            picture = quadrants(number) if pictures is None else pictures[number]
            frame = VideoFrame.from_ndarray(picture, format="rgb24")
            if colours is not None:
                context.colorspace, context.color_range = colours
                frame = frame.reformat(
                    format="yuv444p", dst_colorspace=colours[0], dst_color_range=colours[1]
                )
            frame.pts, frame.time_base = round(time * rate), Fraction(1, rate)
            packets += stream.encode(frame)
        packets += stream.encode(None)
        for packet in packets:
            for made in inserting.filter(packet) if inserting else [packet]:
                container.mux(made)
    return path
