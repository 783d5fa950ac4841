"""The page on one person: whole, escaped, and with the curves of its top actions."""

import re
from dataclasses import replace
from pathlib import Path

import numpy as np

from analysis.figures.person_page import person_html
from lart_core.runs.summary import tracks
from tests.synthetic import make_run


def test_the_page_is_whole_and_runs_nothing(tmp_path: Path) -> None:
    run = make_run(tmp_path / "run")
    person = run.tracklets()[0]
    nasty = '<script>alert("x")</script>'
    person = replace(
        person, video=replace(person.video, name=nasty), provenance={"detector": nasty}
    )
    models = [replace(run.actions(name), model="<script>alert(1)") for name in run.models()]
    text = person_html(person, models, [(person.first, b"\xff\xd8picture")])
    assert "<script" not in text and "&lt;script" in text
    assert re.findall(r"(?:src|href)=\"([^\";]*)", text) == ["data:image/jpeg"]
    assert text.count("<svg") == len(models) > 0
    assert text.count("<polyline") >= len(models)
    assert f"Frames {person.first} to {person.last} of {person.video.frames}" in text


def test_seen_is_what_the_command_calls_seen(tmp_path: Path) -> None:
    """A body could be lifted in 20 frames, but the person was seen in all."""
    person = make_run(tmp_path / "run").tracklets()[1]
    person = replace(person, detected=np.arange(len(person)) < 20)
    (told,) = tracks([person], None)
    assert (told["seen"], told["detected"]) == (90, 20)
    assert "seen in 90 of 90" in " ".join(person_html(person, [], []).split())
