"""AVA's protocol with the shipped perception: boxes in, windows, each given person judged once."""

import re
from collections import Counter
from pathlib import Path

import numpy as np
import pytest

from analysis.ava.boxes import boxes_of
from analysis.runs.ava_predictions import predictions_of_run
from app.cli import main
from lart_core import pipeline
from lart_core.boxes import iou
from lart_core.pipeline.process import GivenBoxes, Protocol
from lart_core.runs.run import Run
from lart_core.runs.summary import summarise

SECONDS = (1, 2.23)
BEGINS = 900
NOBODY = (0.01, 0.01, 0.06, 0.16)
"""A box of bare sky at the last second: somebody is given there, and no body can be lifted."""


@pytest.fixture(scope="module")
def own(cut: Path, tmp_path_factory: pytest.TempPathFactory) -> Run:
    """The clip as the detector sees it."""
    return pipeline.run(cut, tmp_path_factory.mktemp("own") / "run")


@pytest.fixture(scope="module")
def given(own: Run, cut: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Run, list]:
    """The clip with its own boxes given at two seconds, followed in windows, and those boxes."""
    size = [own.video.width, own.video.height] * 2
    boxes = [
        (BEGINS + second, *(person.box[frame - person.first] / size).tolist())
        for second in SECONDS
        for person in own.tracklets()
        for frame in [round(second * own.video.fps)]
        if person.first <= frame <= person.last and person.detected[frame - person.first]
    ]
    boxes.append((BEGINS + SECONDS[-1], *NOBODY))
    folder = tmp_path_factory.mktemp("given")
    lines = [f"cut,{t},{x1:.5f},{y1:.5f},{x2:.5f},{y2:.5f},12\n" for t, x1, y1, x2, y2 in boxes]
    (folder / "boxes.csv").write_text("".join(lines))
    protocol = Protocol(GivenBoxes(folder / "boxes.csv", "normalised", BEGINS), window=2)
    return pipeline.run(cut, folder / "run", protocol=protocol), boxes


def test_given_people_get_bodies(given: tuple[Run, list]) -> None:
    run, boxes = given
    lifted = [t for t in run.tracklets() if t.given.size and t.detected.any()]
    at_given = [bool(t.detected[frame - t.first]) for t in lifted for frame in t.given.tolist()]
    assert len(boxes) >= 4, "both people are seen at one of the seconds at least"
    assert at_given and all(at_given)


def test_every_given_person_is_judged_once_where_they_were_given(given: tuple[Run, list]) -> None:
    run, boxes = given
    table = predictions_of_run(run, run.models()[0])
    rows = table.drop_duplicates(["timestamp", "x1", "y1", "x2", "y2"])
    assert Counter(rows["timestamp"]) == Counter(t for t, *_ in boxes)
    for second in set(rows["timestamp"]):
        wanted = np.array([box for t, *box in boxes if t == second])
        here = boxes_of(rows[rows["timestamp"] == second])
        assert (iou(here[:, None], wanted[None]).max(axis=0) > 0.99).all()
    assert ((table["score"] >= 0) & (table["score"] <= 1)).all()


def test_a_given_person_without_a_body_is_masked_throughout(given: tuple[Run, list]) -> None:
    run, _ = given
    sky = [t for t in run.tracklets() if t.given.size and t.box[0, 2] < 0.1 * run.video.width]
    assert len(sky) == 1
    assert not sky[0].detected.any()
    np.testing.assert_allclose(sky[0].box[0] / [640, 360, 640, 360], NOBODY, atol=1e-3)


def test_judged_against_its_own_labels_the_figure_is_whole(
    given: tuple[Run, list], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run, _ = given
    model = run.models()[0]
    said = predictions_of_run(run, model)
    truth = said[said["score"] >= said.groupby("action_id")["score"].transform("mean")]
    pred, gt = tmp_path / "pred.csv", tmp_path / "gt.csv"
    command = ["export", str(run.path), "--format", "csv", "--model", model, "--out", str(pred)]
    assert main(command) == 0
    truth[["video", "timestamp", "x1", "y1", "x2", "y2", "action_id"]].to_csv(
        gt, header=False, index=False
    )
    assert main(["evaluate", "--gt", str(gt), "--pred", str(pred)]) == 0
    found = re.search(r"mAP@0\.5 +([0-9.]+)", capsys.readouterr().out)
    assert found and float(found[1]) >= 90


def test_watch_and_the_summary_show_people_not_windows(own: Run, given: tuple[Run, list]) -> None:
    run, _ = given
    fragments, people = run.tracklets(), run.people()
    assert len(people) < len(fragments)
    shown = summarise(run)["tracks"]
    assert [track["id"] for track in shown] == people.track_ids
    assert all(track["actions"] for track in shown)
    real = [t for t in people if t.detected.any()]
    assert len(real) == len(own.tracklets())
    said = run.actions_of_people(run.models()[0])
    for person in people:
        np.testing.assert_array_equal(said.people[person.track_id].frame, person.frame)
