"""Teaching a model what people corrected: it learns that, and is judged on other videos only."""

from dataclasses import replace

import numpy as np
import pytest

import analysis
from analysis.runs.teaching import JUDGED, groups, read_lesson, teach
from lart_core.errors import LartError
from lart_core.model import load_checkpoint
from lart_core.model.inference import predict
from lart_core.presets.registry import demo_models
from lart_core.runs.corrections import Corrections, Span
from lart_core.runs.run import Run
from tests.synthetic import make_run

SMOKE, WALK = 54, 14


def corrected(home, name: str, content: str) -> Run:
    """Person 1 smokes, person 2 walks; `content` stands for what is in the video's file."""
    run = make_run(home, name, frames=120)
    run.correct_video(replace(run.video, sha256=content * 64), 0, 0)
    run.correct(Corrections((Span(1, SMOKE, 0, 119), Span(2, WALK, 0, 119))))
    return Run.open(run.path)


@pytest.fixture(autouse=True)
def few_steps(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("analysis.runs.teaching.STEPS", 20)


@pytest.fixture(scope="module")
def start():
    return load_checkpoint(demo_models()["pose-small"])


def test_it_learns_and_the_figure_is_lart_evaluates_on_the_files(tmp_path, start) -> None:
    one, two = corrected(tmp_path, "one", "1"), corrected(tmp_path, "two", "2")
    lesson = teach(start, [one], [two], tmp_path / "model", name="taught", epochs=2)
    assert read_lesson(tmp_path / "model") == lesson
    assert (lesson.taught, lesson.held_out) == (("one.mp4",), ("two.mp4",))
    assert lesson.people == 7, "four whole seconds, and person 1 is not seen in the second one"
    trained = load_checkpoint(tmp_path / "model" / "model.safetensors")
    assert trained.name == "taught" and trained.ava_ids == (*start.ava_ids, SMOKE)
    assert trained.fps == start.fps
    files = {side: tmp_path / "model" / file for side, file in JUDGED.items()}
    truth = analysis.read_ground_truth(files["truth"])
    for side, figure in (("before", lesson.before), ("after", lesson.after)):
        said = analysis.read_predictions(files[side])
        judged = analysis.average_precision(truth, said, analysis.ava_label_map())
        assert judged.mean_ap == figure
    people = list(two.people())
    before, after = (predict(model, people).people[2] for model in (start, trained))
    column = start.ava_ids.index(WALK)
    assert after.probability[:, column].mean() > before.probability[:, column].mean()


def test_with_one_video_nothing_is_held_out_and_nothing_judged(tmp_path, start) -> None:
    lesson = teach(
        start, [corrected(tmp_path, "one", "1")], [], tmp_path / "model", name="m", epochs=1
    )
    assert (lesson.before, lesson.after, lesson.people) == (None, None, 0)


def test_one_video_twice_is_one_and_never_on_both_sides(tmp_path, start) -> None:
    runs = [corrected(tmp_path, name, content) for name, content in ("a1", "b2", "c1")]
    plain = make_run(tmp_path, "plain")
    assert [[run.path.name for run in own] for own in groups([*runs, plain])] == [["a", "c"], ["b"]]
    with pytest.raises(LartError, match=r"a\.mp4|c\.mp4"):
        teach(start, runs[:2], runs[2:], tmp_path / "model", name="m", epochs=1)
    with pytest.raises(LartError, match="draw some under Correct"):
        teach(start, [plain], [], tmp_path / "model", name="m", epochs=1)


def test_labels_follow_people_to_the_models_frame_rate(tmp_path, start) -> None:
    from lart_core.training import LabelledTrack
    from lart_core.training.corrected import labels_of

    run = make_run(tmp_path, "two")
    run.correct(Corrections((Span(2, WALK, 30, 59),)))
    (labels,) = labels_of(run.corrections(), [2], (WALK,))
    person = run.people().by_id(2)
    track = LabelledTrack.of(person, labels, (WALK,), start.model.config, (WALK,), 12.0)
    assert abs(len(track) - 90 * 12 / 30) <= 1
    done = np.flatnonzero(track.target[:, 0] == 1)
    assert abs(done[0] - 12) <= 1 and abs(done[-1] - 23) <= 1
    assert np.isnan(track.target[: done[0]]).all()
