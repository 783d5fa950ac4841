"""Boxes drawn as SVG, and one failure as a single HTML file that needs nothing else."""

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

import numpy as np

from analysis.ava.label_map import LabelMap
from analysis.errors.cases import Case
from analysis.errors.keyframes import Box, Person
from analysis.figures.palette import MARKED, PREDICTION, TRUTH


@dataclass(frozen=True)
class DrawnBox:
    """A box in fractions of the picture, its colour, its words, and how its line looks."""

    box: Box
    color: str
    text: str = ""
    dash: str = ""
    width: float = 3
    below: bool = False


def svg(boxes: Sequence[DrawnBox], width: int = 960, height: int = 540, title: str = "") -> str:
    """A blank picture with boxes on it.

    Args:
        boxes: Drawn in order; `below` puts the words under the box instead of above.
        width, height: Pixels.
        title: Said to those who cannot see it.
    """
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" role="img" '
        f'width="{width}" height="{height}" font-family="sans-serif" font-size="15">',
        f"<title>{escape(title)}</title>",
        f'<rect width="{width}" height="{height}" fill="#eef1f4" stroke="#9aa5b1"/>',
    ]
    for one in boxes:
        x1, y1, x2, y2 = (v * s for v, s in zip(one.box, (width, height) * 2, strict=True))
        parts.append(
            f'<rect x="{x1:.1f}" y="{y1:.1f}" width="{x2 - x1:.1f}" height="{y2 - y1:.1f}" '
            f'fill="none" stroke="{one.color}" stroke-width="{one.width:g}"'
            + (f' stroke-dasharray="{one.dash}"' if one.dash else "")
            + "/>"
        )
        if one.text:
            y = y2 + 17 if one.below else y1 - 6
            parts.append(
                f'<text x="{x1:.1f}" y="{min(max(y, 15), height - 5):.1f}" fill="{one.color}">'
                f"{escape(one.text)}</text>"
            )
    return "\n".join([*parts, "</svg>"])


def case_svg(case: Case, name: str) -> str:
    """The case's keyframe: truth drawn through, predictions dashed, the case itself dotted."""
    boxes = [DrawnBox(p.box, TRUTH, _short(p, scores=False)) for p in case.keyframe.true]
    boxes += [
        DrawnBox(p.box, PREDICTION, _short(p, scores=True), "9 6", 2, below=True)
        for p in case.keyframe.said
    ]
    boxes.append(DrawnBox(case.box, MARKED, dash="2 4", width=6))
    return svg(boxes, title=f"{case.type}: {name} at {case.keyframe.timestamp:g} s")


def case_html(case: Case, label_map: LabelMap, set_name: str) -> str:
    """One failure as a page of its own: picture, what was said, what was true, the seconds around.

    Everything from files is escaped; the page holds no script and loads nothing.
    """
    name = label_map.name(case.class_id)
    moment = case.keyframe
    facts = {
        "Result set": set_name,
        "Type": case.type,
        "Action": name,
        "Video": moment.video,
        "Keyframe": f"{moment.timestamp:g} s",
        "Score": "none" if np.isnan(case.score) else f"{case.score:.4g}",
        "Cost": f"{100 * case.cost:.5f} mAP points, won if only this were repaired",
        "Id": case.id,
    }
    rows = "".join(f"<tr><th>{k}</th><td>{escape(v)}</td></tr>" for k, v in facts.items())
    near = "".join(
        f"<tr><td>{r.timestamp:g}</td><td>{'yes' if r.true else 'no'}</td>"
        f"<td>{'' if np.isnan(r.score) else f'{r.score:.4f}'}</td></tr>"
        for r in case.around.itertuples()
    )
    return f"""<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>{escape(case.type)}: {escape(name)}</title>
<style>
body {{ font: 16px/1.5 sans-serif; max-width: 64rem; margin: 2rem auto; padding: 0 1rem; }}
table {{ border-collapse: collapse; margin: 0.5rem 0 1.5rem; }}
th, td {{ border: 1px solid #c5ced8; padding: 0.25rem 0.6rem; text-align: left; }}
svg {{ max-width: 100%; height: auto; }}
</style></head><body>
<h1>{escape(case.type.capitalize())}: {escape(name)}</h1>
<p>{escape(case.sentence)}</p>
{case_svg(case, name)}
<p>Drawn through: true. Dashed: said. Dotted: this case. The picture is blank, 16:9.</p>
<table>{rows}</table>
<h2>True</h2>{_people(moment.true, "found by a prediction of score")}
<h2>Said</h2>{_people(moment.said, "score")}
<h2>The seconds around</h2>
<table><tr><th>second</th><th>true</th><th>score of {escape(name)}</th></tr>{near}</table>
</body></html>
"""


def _short(person: Person, scores: bool) -> str:
    words = [f"{x.name} {x.score:.2f}" if scores else x.name for x in person.labels[:2]]
    rest = len(person.labels) - len(words)
    return ", ".join(words) + (f" +{rest}" if rest else "")


def _people(people: Sequence[Person], what: str) -> str:
    rows = "".join(
        f"<tr><td>{number}</td><td>{escape(x.name)}</td>"
        f"<td>{'' if np.isnan(x.score) else f'{x.score:.4g}'}</td><td>{escape(x.verdict)}</td></tr>"
        for number, person in enumerate(people, 1)
        for x in person.labels
    )
    return (
        f"<table><tr><th>box</th><th>action</th><th>{what}</th><th>verdict</th></tr>{rows}</table>"
    )
