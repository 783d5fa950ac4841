"""Draws docs/ava_error_types.svg: one small scene a type, its verdict given by the real code.

python -m docs.draw_error_types
"""

from html import escape
from pathlib import Path

import pandas as pd

import analysis
from analysis.ava.csv_file import BOX
from analysis.errors.keyframes import Box
from analysis.errors.verdicts import judge
from analysis.figures.case_page import DrawnBox, svg
from analysis.figures.palette import PREDICTION, TRUTH
from lart_core.atomic_files import write_bytes

WIDTH, HEIGHT, TITLE, GAP = 300, 190, 26, 16
PERSON = (0.3, 0.18, 0.6, 0.85)
CLOSE = (0.32, 0.2, 0.62, 0.88)
HIGHER, LOWER = (0.27, 0.15, 0.57, 0.8), (0.36, 0.24, 0.66, 0.91)
HALF = (0.3, 0.18, 0.6, 0.45)
AWAY = (0.7, 0.3, 0.92, 0.7)
STANDS, TALKS, SITS, WATCHES, HOLDS = 12, 79, 11, 80, 17

SCENES = (
    ("correct", (STANDS, TALKS), [(CLOSE, STANDS, 0.9)]),
    ("pose confusion", (STANDS, TALKS), [(CLOSE, SITS, 0.9)]),
    ("confusion within a group", (STANDS, TALKS), [(CLOSE, WATCHES, 0.9)]),
    ("confusion across groups", (STANDS, TALKS), [(CLOSE, HOLDS, 0.9)]),
    ("duplicate", (STANDS,), [(HIGHER, STANDS, 0.9), (LOWER, STANDS, 0.6)]),
    ("poor localisation", (STANDS,), [(HALF, STANDS, 0.9)]),
    ("label and place wrong", (STANDS,), [(HALF, SITS, 0.9)]),
    ("background", (STANDS,), [(AWAY, STANDS, 0.9)]),
    ("missed label", (STANDS, TALKS), [(CLOSE, STANDS, 0.9)]),
    ("missed person", (STANDS,), [(AWAY, STANDS, 0.9)]),
)
"""Expected verdict, what the person does, what is said (box, action, score)."""


def panel(expected: str, does: tuple[int, ...], said: list[tuple[Box, int, float]]) -> str:
    """One scene as SVG.

    Raises:
        AssertionError: The code gives another verdict than the drawing claims.
    """
    labels = analysis.ava_label_map(60)
    columns = ["video", "timestamp", *BOX, "action_id"]
    truth = pd.DataFrame([("v", 1.0, *PERSON, a) for a in does], columns=columns)
    rows = [("v", 1.0, *b, a, s) for b, a, s in said]
    predictions = pd.DataFrame(rows, columns=[*columns, "score"])
    found = judge(analysis.average_precision(truth, predictions, labels))
    verdicts = {*found.predictions["verdict"], *found.ground_truth["verdict"]}
    assert expected in verdicts, (expected, verdicts)
    words = {STANDS: "stand", TALKS: "talk to", SITS: "sit", WATCHES: "watch", HOLDS: "hold"}
    boxes = [DrawnBox(PERSON, TRUTH, " + ".join(words[a] for a in does))]
    boxes += [
        DrawnBox(b, PREDICTION, f"{words[a]} {s:g}", "8 5", 2.5, below=True) for b, a, s in said
    ]
    return svg(boxes, WIDTH, HEIGHT, expected)


def main() -> None:
    """Write the file."""
    columns = 5
    rows = -(-len(SCENES) // columns)
    width = columns * (WIDTH + GAP) + GAP
    height = rows * (HEIGHT + TITLE + GAP) + GAP
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" '
        'font-family="sans-serif"><title>The error types, one scene each</title>',
        f'<rect width="{width}" height="{height}" fill="#ffffff"/>',
    ]
    for number, scene in enumerate(SCENES):
        row, column = divmod(number, columns)
        x = GAP + column * (WIDTH + GAP)
        y = GAP + row * (HEIGHT + TITLE + GAP)
        parts += [
            f'<text x="{x}" y="{y + 16}" font-size="17" font-weight="bold">{escape(scene[0])}'
            "</text>",
            f'<g transform="translate({x} {y + TITLE})">{panel(*scene)}</g>',
        ]
    path = Path(__file__).with_name("ava_error_types.svg")
    write_bytes(path, "\n".join([*parts, "</svg>\n"]).encode())


if __name__ == "__main__":
    main()
