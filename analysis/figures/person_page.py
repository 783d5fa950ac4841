"""One person of a video as a single HTML file that needs nothing else."""

import base64
from collections.abc import Sequence
from html import escape

from analysis.figures.palette import SERIES
from analysis.runs.lanes import curve, top_actions
from lart_core.ava_labels import ava_actions
from lart_core.runs.actions import Actions
from lart_core.tracklet import Tracklet

WIDTH, HEIGHT = 900, 260
STEPS = 300


def person_html(
    person: Tracklet, models: Sequence[Actions], pictures: Sequence[tuple[int, bytes]]
) -> str:
    """A page on one person: facts, pictures, and the curves of the top actions.

    Args:
        models: Whose probabilities are shown, each in a figure of its own.
        pictures: Frame numbers and JPEG pictures of them.
    """
    seen = int(person.detected.sum())
    title = f"Person {person.track_id} in {person.video.name}"
    figures = "".join(_figure(person, actions) for actions in models)
    shots = "".join(
        f'<figure><img alt="Frame {frame}" src="data:image/jpeg;base64,'
        f'{base64.b64encode(data).decode("ascii")}"><figcaption>frame {frame}, '
        f"{person.video.second_of(frame):.2f} s</figcaption></figure>"
        for frame, data in pictures
    )
    made = "".join(
        f"<dt>{escape(key)}</dt><dd>{escape(value)}</dd>"
        for key, value in person.provenance.items()
    )
    return f"""<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>{escape(title)}</title>
<meta name="viewport" content="width=device-width">
<style>
body {{ font: 16px/1.5 sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem; }}
figure {{ display: inline-block; margin: 0 0.5rem 0.5rem 0; }}
img {{ height: 220px; }} svg {{ width: 100%; height: auto; }}
dl {{ display: grid; grid-template-columns: max-content 1fr; gap: 0.25rem 1rem; }}
dd {{ margin: 0; }}
</style></head><body>
<h1>{escape(title)}</h1>
<p>Frames {person.first} to {person.last} of {person.video.frames}; seen in {seen} of
{len(person)}, predicted by the tracker in the rest.</p>
{shots}{figures}
<h2>Made by</h2><dl>{made}</dl>
<p>Written by LART Lens. Probabilities are a model's opinion, not a fact.</p>
</body></html>
"""


def _figure(person: Tracklet, actions: Actions) -> str:
    said = actions.people.get(person.track_id)
    if said is None:
        return ""
    lines, names = [], []
    for ava_id, color in zip(
        top_actions([actions], person.track_id, person.video, len(SERIES)), SERIES, strict=False
    ):
        column = actions.ava_ids.index(ava_id)
        bins = min(STEPS, len(person))
        values = curve(said, column, person.first, person.last, bins)
        points = " ".join(
            f"{40 + (step + 0.5) / bins * (WIDTH - 50):.1f},{10 + (1 - v / 1000) * HEIGHT:.1f}"
            for step, v in enumerate(values)
            if v >= 0
        )
        lines.append(f'<polyline fill="none" stroke="{color}" stroke-width="2" points="{points}"/>')
        peak = said.probability[:, column].max()
        names.append(
            f'<li><span style="color:{color}">&#9632;</span> '
            f"{escape(ava_actions()[ava_id].name)}, at most {100 * peak:.0f} %</li>"
        )
    axis = "".join(
        f'<text x="0" y="{14 + (1 - share) * HEIGHT:.0f}" font-size="13">{100 * share:.0f} %</text>'
        f'<line x1="40" x2="{WIDTH - 10}" y1="{10 + (1 - share) * HEIGHT:.0f}" '
        f'y2="{10 + (1 - share) * HEIGHT:.0f}" stroke="#ccc"/>'
        for share in (0, 0.5, 1)
    )
    edges = person.video.second_of([person.first, person.last + 1])
    seconds = [f"{second:.2f} s" for second in edges]
    return (
        f"<h2>{escape(actions.model)}</h2><ul>{''.join(names)}</ul>"
        f'<svg viewBox="0 0 {WIDTH} {HEIGHT + 40}" role="img" '
        f'aria-label="Probabilities over time by {escape(actions.model, quote=True)}">'
        f'{axis}{"".join(lines)}<text x="40" y="{HEIGHT + 32}" font-size="13">{seconds[0]}</text>'
        f'<text x="{WIDTH - 10}" y="{HEIGHT + 32}" font-size="13" text-anchor="end">{seconds[1]}'
        "</text></svg>"
    )
