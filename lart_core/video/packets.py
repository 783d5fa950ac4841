"""The packets of a film, and when each frame is shown: known without decoding one."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

import av
import numpy as np
from av.container import InputContainer
from av.packet import Packet
from av.video.stream import VideoStream
from numpy.typing import NDArray

NO_TIMESTAMPS, CLOCK_IS_RESET = 0x80, 0x200
"""Flags of a container format (libavformat's AVFMT_NOTIMESTAMPS and AVFMT_TS_DISCONT)."""

SAYS_HOW_LONG = "matroska,webm"
"""A format whose tag ``DURATION`` is the film's own; in others a former file may have left it."""
CLOCK_TIME = re.compile(r"(\d+):(\d+):(\d+(?:\.\d*)?)")

NO_SHOWN_TIMES = "avi"
"""A format that only says when a frame is decoded; where that differs ffmpeg guesses when it is
shown, and is wrong by a frame or two. The frames' slots, in order, are right."""

PATIENCE = 100
"""Faults in a row after which a file counts as ended."""

FORWARD, BACKWARD = 10.0, 0.1
"""Seconds that the clock of a broadcast may jump; beyond, it was set anew (ffmpeg's own limits)."""

UNSURE = 2
"""Frames by which a length in seconds may be wrong."""


@dataclass(frozen=True, eq=False)
class Index:
    """When the frames of a film are shown.

    Attributes:
        seconds: (N,) ascending; a place for each packet, from any beginning.
        ticks: (N,) their time stamps in the stream's unit, or None where the file has none that
            frames could be told by.
        keys: Time stamps of the frames that lean on no other.
        rates: Frames a second that the file names, the likeliest first.
        missing: How many frames the header promises after the last one.
        broken: Whether its clock was set anew on the way, so that seeking by time misleads.
    """

    seconds: NDArray[np.float64]
    ticks: NDArray[np.int64] | None
    keys: frozenset[int | None]
    rates: tuple[float, ...]
    missing: int
    broken: bool

    def place(self, tick: int | None) -> int | None:
        """Which frame a time stamp belongs to; None where that cannot be told."""
        if self.ticks is None or tick is None:
            return None
        row = int(np.searchsorted(self.ticks, tick))
        return row if row < len(self.ticks) and self.ticks[row] == tick else None

    def since(self, row: int) -> "Index":
        """The frames from a place on."""
        ticks = None if self.ticks is None else self.ticks[row:]
        return replace(self, seconds=self.seconds[row:], ticks=ticks)

    def second(self, row: int) -> float:
        """When a frame is shown; frames past the last one follow it at the usual rate."""
        if row < len(self.seconds):
            return float(self.seconds[row])
        past = row - len(self.seconds) + 1
        return float(self.seconds[-1:].sum()) + past / self.rates[0]


def index(container: InputContainer, stream: VideoStream) -> Index:
    """Read all packets once, without decoding them."""
    raw = bool(container.format.flags & NO_TIMESTAMPS)
    named = (stream.guessed_rate, stream.average_rate, stream.base_rate)
    if not raw:
        named = (stream.average_rate, stream.guessed_rate, stream.base_rate)
    rates = tuple(float(rate) for rate in named if rate) or (30.0,)
    base = float(stream.time_base or 1)
    guessed = container.format.name == NO_SHOWN_TIMES and not stream.codec_context.codec.intra_only
    reader = Packets(container, stream)
    packets = [(p.pts, p.dts, p.is_discard, p.is_keyframe) for p in reader]
    stamps = [(pts, dts) for pts, dts, cut_off, _ in packets if not cut_off]
    keys = frozenset(pts for pts, _, _, key in packets if key)
    shown = [pts for pts, _ in stamps if pts is not None]
    coded = [dts for _, dts in stamps if dts is not None]
    ticks: NDArray[np.int64] | None = None
    if shown and len(shown) == len(stamps) and not raw:
        ticks = np.unique(np.array(shown, np.int64))
    slots = np.unique(np.array(coded, np.int64))
    if guessed and len(slots) == len(stamps) and shown != coded:
        ticks = None
    if ticks is not None:
        seconds = ticks * np.float64(base)
    elif len(slots) == len(stamps) and not raw:
        seconds = slots * np.float64(base)
    else:
        seconds = np.arange(len(stamps), dtype=np.float64) / rates[0]
    cut_off = len(packets) - len(stamps)
    missing = _missing(container, stream, seconds, rates[0], cut_off)
    return Index(seconds, ticks, keys, rates, missing, reader.broken)


def _missing(
    container: InputContainer,
    stream: VideoStream,
    seconds: NDArray[np.float64],
    rate: float,
    cut_off: int,
) -> int:
    """Frames between the last one and the end that the header names; 0 where it names none.

    Args:
        cut_off: How many frames are in the file, and not shown (an edit list).
    """
    if not len(seconds):
        return 0
    lasts = float(seconds[-1] - seconds[0]) + 1 / rate
    there = max(len(seconds), round(lasts * rate))
    if stream.frames:
        return max(0, stream.frames - cut_off - there)
    promised = 0.0
    tag = stream.metadata.get("DURATION") or stream.metadata.get("DURATION-eng") or ""
    said = CLOCK_TIME.fullmatch(tag) if container.format.name == SAYS_HOW_LONG else None
    if said:
        hours, minutes, rest = (float(part) for part in said.groups())
        ends = 3600 * hours + 60 * minutes + rest  # on the file's clock, whenever the film begins
        promised = (ends - max(float(seconds[0]), 0.0)) * rate
    elif container.duration is not None and len(container.streams) == 1:
        promised = float(container.duration / av.time_base) * rate
    return max(0, round(promised) - there) if promised - there > UNSURE else 0


class Packets:
    """The film's packets in the order of the file; faults between them are passed over.

    Where a broadcast's clock is set anew, time stamps go on as if it had not been.

    Attributes:
        faults: How often the file could not be read on.
        broken: Whether the clock was set anew.
    """

    def __init__(self, container: InputContainer, stream: VideoStream) -> None:
        self.container, self.stream = container, stream
        self.faults, self.broken = 0, False

    def __iter__(self) -> Iterator[Packet]:
        resets = bool(self.container.format.flags & CLOCK_IS_RESET)
        base = float(self.stream.time_base or 1)
        shift, last, step = 0, None, 0
        for packet in self._read():
            at = packet.dts if packet.dts is not None else packet.pts
            if resets and at is not None and last is not None:
                if not -BACKWARD <= (at + shift - last) * base <= FORWARD:
                    shift, self.broken = last + step - at, True
                step = max(at + shift - last, 0) or step
            if shift:
                packet.pts = None if packet.pts is None else packet.pts + shift
                packet.dts = None if packet.dts is None else packet.dts + shift
            last = last if at is None else at + shift
            yield packet

    def _read(self) -> Iterator[Packet]:
        reader = self.container.demux(self.stream)
        in_a_row = 0
        while in_a_row <= PATIENCE:
            try:
                packet = next(reader)
            except StopIteration:
                return
            except (av.error.FFmpegError, ValueError):
                self.faults, in_a_row = self.faults + 1, in_a_row + 1
                reader = self.container.demux(self.stream)
                continue
            in_a_row = 0
            if packet.size:
                yield packet
