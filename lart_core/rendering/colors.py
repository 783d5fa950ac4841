"""One colour per person, the same in every picture, page and export.

The eight colours are those of Okabe and Ito ("Color universal design", 2008), which stay apart for
people with any common colour vision, with their black replaced by a light grey that shows on video.
"""

PALETTE: tuple[str, ...] = (
    "#E69F00",
    "#56B4E9",
    "#009E73",
    "#CC79A7",
    "#F0E442",
    "#0072B2",
    "#D55E00",
    "#C8CDD2",
)
"""Colours as ``#rrggbb``, in the order of track ids from 1."""


def color(track_id: int) -> str:
    """The colour of a person as ``#rrggbb``; it repeats after eight people."""
    return PALETTE[(track_id - 1) % len(PALETTE)]


def rgb(track_id: int) -> tuple[int, int, int]:
    """The colour of a person as red, green, blue in 0..255."""
    code = color(track_id)
    return int(code[1:3], 16), int(code[3:5], 16), int(code[5:7], 16)


def ink(track_id: int) -> str:
    """Black or white, whichever is easier to read on the person's colour (WCAG contrast)."""
    linear = [
        (v / 255 / 12.92) if v <= 10 else ((v / 255 + 0.055) / 1.055) ** 2.4 for v in rgb(track_id)
    ]
    luminance = 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
    return "#000000" if (luminance + 0.05) ** 2 > 0.05 * 1.05 else "#ffffff"
