"""Videos: facts, frames at their times, and a copy that a browser can seek in to the frame.

A video is a file, read by PyAV, or a folder of numbered pictures. Frames are RGB uint8 (H, W, 3),
upright, with square pixels, of one size, numbered from 0 in the order in which they are shown.
Second 0 is the moment at which the first one is shown, also where sound begins earlier.
"""

from lart_core.video.clip import Clip
from lart_core.video.endings import ENDINGS
from lart_core.video.frames import Frame, frames, missing, timed_frames
from lart_core.video.player import player_frame, player_writer, write_player
from lart_core.video.probe import Limits, picture_numbers, probe, skipped
from lart_core.video.stretch import STRETCH_RATE, seconds, stretch

__all__ = [
    "ENDINGS",
    "STRETCH_RATE",
    "Clip",
    "Frame",
    "Limits",
    "frames",
    "missing",
    "picture_numbers",
    "player_frame",
    "player_writer",
    "probe",
    "seconds",
    "skipped",
    "stretch",
    "timed_frames",
    "write_player",
]
