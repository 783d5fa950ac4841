"""Labels by people, matched to a run's tracks."""

import json
from pathlib import Path

import pytest

from analysis.runs.ground_truth import add_truth, truth_of
from lart_core.errors import LartError
from lart_core.runs.run import Run
from tests.synthetic import make_run


@pytest.fixture
def run(tmp_path: Path) -> Run:
    return make_run(tmp_path)


def csv(run: Run, rows: list[tuple[float, int, int]], begins_at: float = 0.0) -> bytes:
    """Rows of seconds, track id (whose box is taken) and action."""
    people = {person.track_id: person for person in run.tracklets()}
    scale = [run.video.width, run.video.height] * 2
    lines = []
    for seconds, track, action in rows:
        box = people[track].box[round(seconds * run.video.fps)]
        corners = ",".join(f"{value / side:.4f}" for value, side in zip(box, scale, strict=True))
        lines.append(f"synthetic,{seconds + begins_at},{corners},{action},0")
    return "\n".join(lines).encode()


def test_labels_belong_to_the_track_that_they_lie_on(run: Run) -> None:
    count = add_truth(run, csv(run, [(1, 1, 14), (2, 1, 14), (1, 2, 12)]), "labels.csv")
    assert count == 3
    assert truth_of(run, run.tracklets()) == {1: {14: [[15, 74]]}, 2: {12: [[15, 44]]}}


def test_the_beginning_of_the_cut_is_taken_off(run: Run) -> None:
    add_truth(run, csv(run, [(1, 1, 14)], begins_at=900), "labels.csv", begins_at=900)
    assert truth_of(run, run.tracklets()) == {1: {14: [[15, 44]]}}


def test_a_part_of_a_video_has_its_labels_where_they_are(run: Run) -> None:
    """Seconds of labels are the video's: a run of its part from second 1 on begins there."""
    facts = json.loads((run.path / "run.json").read_text())
    facts["settings"]["start"] = 1.0
    (run.path / "run.json").write_text(json.dumps(facts))
    part = Run.open(run.path)
    add_truth(part, csv(run, [(1, 1, 14)], begins_at=1), "labels.csv")
    assert truth_of(part, part.tracklets()) == {1: {14: [[15, 44]]}}
    add_truth(part, csv(run, [(1, 1, 14)], begins_at=901), "labels.csv", begins_at=900)
    assert truth_of(part, part.tracklets()) == {1: {14: [[15, 44]]}}


def test_a_box_that_lies_on_nobody_belongs_to_nobody(run: Run) -> None:
    add_truth(run, b"synthetic,1,0.0,0.0,0.05,0.05,14,0\n", "labels.csv")
    assert truth_of(run, run.tracklets()) == {}


def test_labels_of_another_video_or_time_are_refused(run: Run) -> None:
    with pytest.raises(LartError, match="Expected labels of 'synthetic'"):
        add_truth(run, b"other,1,0.1,0.1,0.5,0.5,14,0\n", "labels.csv")
    with pytest.raises(LartError, match="none"):
        add_truth(run, csv(run, [(1, 1, 14)], begins_at=900), "labels.csv")


def test_without_labels_there_is_no_truth(run: Run) -> None:
    assert truth_of(run, run.tracklets()) == {}
