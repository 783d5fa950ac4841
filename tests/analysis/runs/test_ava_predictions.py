"""Predictions from a run: keyframes at whole seconds, twelve tokens averaged, fractions."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from analysis.runs.ava_predictions import (
    distinct,
    predictions_of_run,
    predictions_of_runs,
    video_id,
)
from lart_core.errors import LartError
from lart_core.runs.run import Run
from lart_core.tracklet import VideoFacts
from tests.synthetic import make_run


@pytest.fixture
def run(tmp_path: Path) -> Run:
    return make_run(tmp_path)


def test_keyframes_are_whole_seconds_and_scores_are_means(run: Run) -> None:
    model = run.models()[0]
    table = predictions_of_run(run, model, video="film", begins_at=900)
    tracklets = {t.track_id: t for t in run.tracklets()}
    actions = run.actions(model)
    seconds = sorted(set(table["timestamp"] - 900))
    assert seconds == list(range(len(seconds)))
    assert seconds[-1] <= run.video.frames / run.video.fps
    expected = 0
    for track_id, tracklet in tracklets.items():
        person = actions.people[track_id]
        for second in range(int(tracklet.frame[-1] / run.video.fps) + 1):
            frame = round(second * run.video.fps)
            row = np.flatnonzero(tracklet.frame == frame)
            if not row.size or not tracklet.detected[row[0]]:
                continue
            box = tracklet.box[row[0]] / np.tile([run.video.width, run.video.height], 2)
            inside = (person.frame >= frame - 6) & (person.frame < frame + 6)
            mean = person.probability[inside].mean(0)
            here = table[
                (table["timestamp"] == 900 + second)
                & np.isclose(table["x1"], np.clip(box[0], 0, 1))
            ]
            assert here["action_id"].tolist() == list(actions.ava_ids)
            assert here["score"].to_numpy() == pytest.approx(mean, abs=1e-6)
            expected += len(actions.ava_ids)
    assert len(table) == expected > 0
    assert (table["video"] == "film").all()


def test_several_runs_carry_their_file_names(run: Run) -> None:
    table = predictions_of_runs([run], run.models()[0])
    assert set(table["video"]) == {run.video.name.rsplit(".", 1)[0]}


def test_a_video_counts_once_and_one_without_people_is_no_wall(tmp_path: Path) -> None:
    first = make_run(tmp_path, "-5KQ66BBWC4")
    again = make_run(tmp_path / "again", "-5KQ66BBWC4")
    nobody = make_run(tmp_path, "nobody", people=0)
    changed = VideoFacts("-5KQ66BBWC4.mkv", 320, 240, 30.0, 90, "1" * 64)
    again.correct_video(changed, 0, 0)
    assert video_id(again) == "-5KQ66BBWC4"
    kept, twice = distinct([first, again])
    assert [run.path for run in kept] == [first.path]
    assert [(run.path, other.path) for run, other in twice] == [(again.path, first.path)]
    table = predictions_of_runs([first, again], "pose")
    pd.testing.assert_frame_equal(table, predictions_of_runs([first], "pose"))
    nobody.correct_video(replace(nobody.video, sha256="2" * 64), 0, 0)
    both = predictions_of_runs([nobody, first], "pose")
    assert set(both["video"]) == {"-5KQ66BBWC4"} and len(both) == len(table)
    with pytest.raises(LartError, match="nothing to judge"):
        predictions_of_runs([nobody], "pose")


def test_a_model_that_the_run_lacks(run: Run) -> None:
    with pytest.raises(LartError):
        predictions_of_run(run, "nobody")


@pytest.mark.parametrize(
    ("file", "name"),
    [("film.mp4", "film"), ("take.01", "take.01"), ("a.b.mkv", "a.b"), (".hidden", ".hidden")],
)
def test_a_video_is_called_as_tables_are_read(run: Run, file: str, name: str) -> None:
    """Folders of pictures may have a dot in their names: take.01 and take.02 are two videos."""
    run.correct_video(replace(run.video, name=file), 0, 0)
    assert video_id(run) == name


def test_windows_are_judged_at_the_ticks_that_they_are_around(tmp_path: Path) -> None:
    run = make_run(tmp_path)
    facts = json.loads((run.path / "run.json").read_text())
    facts["video"]["fps"] = 29.97
    facts["settings"] |= {"window": 1.0, "keyframes_hz": 4.0, "begins_at": 900.0}
    (run.path / "run.json").write_text(json.dumps(facts))
    people = [
        replace(person, keyframe=keyframe, track_id=number, video=run.video)
        for number, (person, keyframe) in enumerate(
            [(person, keyframe) for person in run.tracklets() for keyframe in (15, 22)], 1
        )
    ]
    run.write_tracklets(people)
    model = run.models()[0]
    said = run.actions(model)
    one = next(iter(said.people.values()))
    run.write_actions(replace(said, people={p.track_id: one for p in people}))
    assert set(predictions_of_run(run, model)["timestamp"]) == {900.5, 900.75}
    assert set(predictions_of_run(run, model, begins_at=60)["timestamp"]) == {60.5, 60.75}
