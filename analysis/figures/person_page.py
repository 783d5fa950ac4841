"""One person of a video as a single HTML file that needs nothing else."""

import base64
from collections.abc import Sequence
from dataclasses import dataclass

from analysis.figures.pages import render
from analysis.figures.palette import SERIES
from analysis.runs.lanes import curve, top_actions
from lart_core.ava_labels import ava_actions
from lart_core.runs.actions import Actions
from lart_core.tracklet import Tracklet
from lart_core.tracklet.sight import seen

WIDTH, HEIGHT = 900, 260
STEPS = 300


@dataclass(frozen=True)
class _Line:
    """One action's probability over time.

    Attributes:
        peak: Its highest probability.
        points: Share of the person's time, and probability.
    """

    color: str
    action: str
    peak: float
    points: list[tuple[float, float]]


def person_html(
    person: Tracklet, models: Sequence[Actions], pictures: Sequence[tuple[int, bytes]]
) -> str:
    """A page on one person: facts, pictures, and the curves of the top actions.

    Args:
        person: Whose page it is.
        models: Whose probabilities are shown, each in a figure of its own.
        pictures: Frame numbers and JPEG pictures of them.
    """
    begin, end = person.video.second_of([person.first, person.last + 1])
    return render(
        "person.html",
        title=f"Person {person.track_id} in {person.video.name}",
        person=person,
        seen=int(seen(person).sum()),
        shots=[
            {
                "frame": frame,
                "second": person.video.second_of(frame),
                "data": base64.b64encode(data).decode("ascii"),
            }
            for frame, data in pictures
        ],
        figures=[
            {"model": actions.model, "lines": _lines(person, actions)}
            for actions in models
            if person.track_id in actions.people
        ],
        begin=begin,
        end=end,
        width=WIDTH,
        height=HEIGHT,
    )


def _lines(person: Tracklet, actions: Actions) -> list[_Line]:
    own = actions.people[person.track_id]
    bins = min(STEPS, len(person))
    lines = []
    top = top_actions([actions], person.track_id, person.video, len(SERIES))
    for ava_id, color in zip(top, SERIES, strict=False):
        column = actions.ava_ids.index(ava_id)
        values = curve(own, column, person.first, person.last, bins)
        points = [((step + 0.5) / bins, v / 1000) for step, v in enumerate(values) if v >= 0]
        peak = float(own.probability[:, column].max())
        lines.append(_Line(color, ava_actions()[ava_id].name, peak, points))
    return lines
