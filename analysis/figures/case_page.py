"""Boxes drawn as SVG, and one failure as a single HTML file that needs nothing else."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from markupsafe import Markup

from analysis.ava.label_map import LabelMap
from analysis.errors.cases import Case
from analysis.errors.keyframes import Box, Person
from analysis.figures.pages import render
from analysis.figures.palette import MARKED, PALE, PREDICTION, TRUTH


@dataclass(frozen=True)
class DrawnBox:
    """A box in fractions of the picture, its color, its words, and how its line looks."""

    box: Box
    color: str
    text: str = ""
    dash: str = ""
    width: float = 3
    below: bool = False


def svg(boxes: Sequence[DrawnBox], width: int = 960, height: int = 540, title: str = "") -> Markup:
    """A blank picture with boxes on it.

    Args:
        boxes: Drawn in order; `below` puts the words under the box instead of above.
        width: Pixels.
        height: Pixels.
        title: Said to those who cannot see it.
    """
    return render("boxes.svg", boxes=boxes, width=width, height=height, title=title, edge=PALE)


def case_svg(case: Case, name: str) -> Markup:
    """The case's keyframe: ground truth solid, predictions dashed, the case itself dotted.

    Args:
        case: The failure.
        name: Of its action.
    """
    boxes = [DrawnBox(p.box, TRUTH, _short(p, scores=False)) for p in case.keyframe.true]
    boxes += [
        DrawnBox(p.box, PREDICTION, _short(p, scores=True), "9 6", 2, below=True)
        for p in case.keyframe.said
    ]
    boxes.append(DrawnBox(case.box, MARKED, dash="2 4", width=6))
    return svg(boxes, title=f"{case.type}: {name} at {case.keyframe.timestamp:g} s")


def case_html(case: Case, label_map: LabelMap, set_name: str) -> str:
    """One failure as a page of its own: picture, predictions, ground truth, the seconds around.

    Everything from files is escaped; the page holds no script and loads nothing.

    Args:
        case: The failure.
        label_map: For the name of its action.
        set_name: Name of the result set.
    """
    name = label_map.name(case.class_id)
    facts = {
        "Result set": set_name,
        "Type": case.type,
        "Action": name,
        "Video": case.keyframe.video,
        "Keyframe": f"{case.keyframe.timestamp:g} s",
        "Score": "none" if np.isnan(case.score) else f"{case.score:.4g}",
        "Cost": f"{100 * case.cost:.3g} points of mAP, won if only this were repaired",
        "Id": case.id,
    }
    return render(
        "case.html",
        title=f"{case.type.capitalize()}: {name}",
        case=case,
        action=name,
        facts=facts,
        picture=case_svg(case, name),
    )


def _short(person: Person, scores: bool) -> str:
    words = [f"{x.name} {x.score:.2f}" if scores else x.name for x in person.labels[:2]]
    rest = len(person.labels) - len(words)
    return ", ".join(words) + (f" +{rest}" if rest else "")
