"""From the decoder's frames to pictures as a player shows them: upright, in shape, of one size."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import cast

import numpy as np
from av.filter import Graph
from av.video.frame import VideoFrame
from av.video.reformatter import Colorspace, VideoReformatter
from numpy.typing import NDArray

from lart_core.video import hdr
from lart_core.video.decode import Decoded

UNSPECIFIED = 2
"""Colour matrix of a frame that does not say its own."""
HD_SIDE = 720
"""Rows from which on an untagged picture is taken for BT.709, as browsers do."""
ODDEST = 8
"""Pixels that are more times as wide as high, or as high as wide, are a fault of the file."""


@dataclass(frozen=True)
class Turn:
    """How stored pixels become upright: axes exchanged first, then rows and columns reversed."""

    exchanged: bool = False
    rows: bool = False
    columns: bool = False

    @classmethod
    def of(cls, frame: VideoFrame) -> "Turn | None":
        """As a frame's display matrix says; of odd angles the nearest quarter turn."""
        found = frame.side_data.get("DISPLAYMATRIX")
        if found is None:
            return None
        a, b, _, c, d = np.frombuffer(cast(bytes, found), np.int32)[:5].astype(int).tolist()
        if abs(b) + abs(c) > abs(a) + abs(d):
            return cls(True, b < 0, c < 0)
        return cls(False, d < 0, a < 0)

    def __call__(self, picture: NDArray[np.uint8]) -> NDArray[np.uint8]:
        """The (H, W, 3) picture upright."""
        if self.exchanged:
            picture = picture.swapaxes(0, 1)
        picture = picture[:: -1 if self.rows else 1, :: -1 if self.columns else 1]
        return np.ascontiguousarray(picture)


class Shape:
    """How a film is shown: in the size of its first frame, with square pixels, upright.

    What a frame says of its turn holds until another says something else.

    Attributes:
        width, height: Pixels of the upright picture.
    """

    def __init__(self, first: VideoFrame, pixel_aspect: Fraction | None) -> None:
        width, height = first.width, first.height
        if pixel_aspect and 1 / ODDEST <= pixel_aspect <= ODDEST:
            width = max(1, round(width * pixel_aspect))
        self._turn = Turn.of(first) or Turn()
        # One for all frames: `frame.reformat` sets one up, with threads, each time.
        self._converter = VideoReformatter()
        self.width, self.height = (height, width) if self._turn.exchanged else (width, height)

    def picture(self, frame: VideoFrame) -> NDArray[np.uint8]:
        """A frame as RGB (height, width, 3); one of another size is scaled."""
        if frame.key_frame:  # Asked for its side data a frame stays until garbage is collected.
            self._turn = Turn.of(frame) or self._turn
        turn = self._turn
        size = (self.height, self.width) if turn.exchanged else (self.width, self.height)
        if frame.colorspace == UNSPECIFIED and frame.height >= HD_SIDE:
            frame.colorspace = Colorspace.ITU709
        if hdr.is_hdr(frame):
            return turn(hdr.picture(self._converted(frame, size, "rgb48le"), frame))
        return turn(self._converted(frame, size, "rgb24"))

    def _converted(self, frame: VideoFrame, size: tuple[int, int], pixels: str) -> NDArray:
        """A frame as (H, W, 3) of a size (W, H) and a pixel format."""
        return self._converter.reformat(frame, *size, pixels, threads=1).to_ndarray()


def progressive(frames: Iterable[Decoded]) -> Iterator[Decoded]:
    """The frames, deinterlaced (bwdif) from the first one on that is interlaced."""
    filters: _Deinterlacer | None = None
    for decoded in frames:
        frame = decoded.frame
        if filters is not None and (frame is None or not filters.fits(frame)):
            yield from filters.rest()
            filters = None
        if filters is None and frame is not None and frame.interlaced_frame:
            filters = _Deinterlacer(frame)
        if filters is None or frame is None:
            yield decoded
        else:
            yield from filters.push(decoded, frame)
    if filters is not None:
        yield from filters.rest()


class _Deinterlacer:
    def __init__(self, frame: VideoFrame) -> None:
        self.kind = self._kind(frame)
        self.waiting: list[Decoded] = []
        graph = Graph()
        source = graph.add_buffer(
            width=frame.width,
            height=frame.height,
            format=frame.format,
            time_base=frame.time_base or Fraction(1, 1000),
        )
        only_interlaced = graph.add("bwdif", "mode=send_frame:deint=interlaced")
        sink = graph.add("buffersink")
        source.link_to(only_interlaced)
        only_interlaced.link_to(sink)
        graph.configure()
        self.graph = graph

    @staticmethod
    def _kind(frame: VideoFrame) -> tuple[int, int, str]:
        return frame.width, frame.height, frame.format.name

    def fits(self, frame: VideoFrame) -> bool:
        return self._kind(frame) == self.kind

    def push(self, decoded: Decoded, frame: VideoFrame) -> Iterator[Decoded]:
        self.waiting.append(decoded)
        self.graph.push(frame)
        yield from self._done()

    def rest(self) -> Iterator[Decoded]:
        self.graph.push(None)
        yield from self._done()

    def _done(self) -> Iterator[Decoded]:
        while self.waiting:
            try:
                made = self.graph.pull()
            except (BlockingIOError, EOFError):
                return
            yield replace(self.waiting.pop(0), frame=cast(VideoFrame, made))
