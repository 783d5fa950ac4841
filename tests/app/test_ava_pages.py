"""AVA results and Failures in Streamlit's own test runner."""

import json
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import numpy as np
import pandas as pd
import pytest
from streamlit.testing.v1 import AppTest

from analysis import ava_label_map
from analysis.ava import csv_file, example, result_set
from analysis.ava.label_map import LabelMap
from analysis.errors.cases import case_id
from analysis.errors.verdicts import ERRORS
from analysis.runs.ava_predictions import predictions_of_run
from app.cli import main
from app.results import clips, open_form
from app.results.sets import judged, models_of_runs, picture
from app.storage import runs
from app.ui import chart, navigation, theme
from lart_core.runs.run import Run
from tests import release
from tests.analysis import films, tables
from tests.app.test_pages import show, text
from tests.synthetic import BIT, BITS

VIEWS = ("Overview", "Classes", "Errors", "Videos", "Compare")


@pytest.fixture
def sets(home: Path) -> list[str]:
    """The ids of the made-up sets, A first."""
    return example.add_example()


def select(test: AppTest, label: str):
    return next(box for box in test.selectbox if box.label == label)


def test_a_fresh_machine_shows_the_made_up_example_and_says_so(home: Path) -> None:
    test = show("ava_results")
    assert any("made-up example" in info.value for info in test.info)
    assert test.metric[0].label == "mAP@0.5"
    assert any("made-up example" in info.value for info in show("failures").info)


@pytest.mark.parametrize("view", VIEWS)
def test_every_view_can_be_linked_to(sets: list[str], view: str) -> None:
    test = show("ava_results", set=sets[0], view=view)
    assert test.title[0].value == "AVA results"
    assert len(test.get("plotly_chart")) > 0
    assert not test.error


def test_the_figure_is_the_evaluators(sets: list[str]) -> None:
    value = judged(sets[1]).verdicts.evaluation.mean_ap
    test = show("ava_results", set=sets[1])
    assert test.metric[0].value == f"{100 * value:.2f} %"


def test_a_keyframe_can_be_linked_to_and_left(sets: list[str]) -> None:
    test = show("ava_results", set=sets[0], view="Videos", video="example-3", t="930")
    assert any("at 930 s" in m.value for m in test.markdown)
    forward = next(b for b in test.button if b.label == "Keyframe after")
    test = forward.click().run()
    assert any("at 931 s" in m.value for m in test.markdown)
    assert test.query_params["t"] == "931"


def test_comparison_needs_the_same_ground_truth(sets: list[str]) -> None:
    truth = example.made_up_truth(9)
    said = example.made_up_predictions(truth, example.MODELS[0])
    labels = result_set.open_set(sets[0]).label_map
    lonely = result_set.add("lonely", said, truth, labels)
    assert "lart-empty" in text(show("ava_results", set=lonely, view="Compare"))
    test = show("ava_results", set=sets[0], view="Compare")
    assert select(test, "Compare with").options == ["Made-up example B"]


def test_failures_are_filtered_and_explained(sets: list[str]) -> None:
    failures = judged(sets[0]).cases.failures
    test = show("failures", set=sets[0])
    assert any(f"{len(failures):,} failures" in m.value for m in test.markdown)
    test = select(test, "Type").select("duplicate").run()
    count = int((failures["type"] == "duplicate").sum())
    assert any(m.value.startswith(f"**{count:,} failures** in ") for m in test.markdown)
    assert test.query_params["type"] == "duplicate"
    assert test.subheader[0].value.startswith("Duplicate: ")


@pytest.mark.parametrize("kind", ERRORS)
def test_every_type_of_case_can_be_linked_to(sets: list[str], kind: str) -> None:
    line = judged(sets[0]).cases.failures.query("type == @kind").iloc[-1]
    case = f"{'g' if line['of_truth'] else 'p'}{line['row']}"
    test = show("failures", set=sets[0], case=case)
    assert test.subheader[0].value == f"{kind.capitalize()}: {line['action']}"
    assert any(f"id {case}" in c.value for c in test.caption)


def test_the_last_page_of_the_list(sets: list[str]) -> None:
    test = show("failures", set=sets[0])
    last = test.number_input[0].max
    test = test.number_input[0].set_value(last).run()
    assert not test.exception
    casebook = judged(sets[0]).cases
    assert last == -(-len(set(casebook.events.tolist())) // 50)
    assert len(casebook.boxes) == len(casebook.failures)


def test_filters_that_leave_nothing(sets: list[str]) -> None:
    test = show("failures", set=sets[0], type="missed person")
    test = test.slider[0].set_range(0.4, 0.6).run()
    assert "lart-empty" in text(test)


def test_a_case_says_what_it_costs_beside_its_event(sets: list[str]) -> None:
    cases = judged(sets[0]).cases
    numbers, sizes = np.unique(cases.events, return_counts=True)
    event = cases.failures[cases.events == numbers[sizes.argmax()]]
    lead = event.iloc[0]
    test = show("failures", set=sets[0], case=case_id(lead["of_truth"], lead["row"]))
    (said,) = [each.value for each in test.caption if "this error costs" in each.value]
    assert f"costs {100 * lead['cost']:.3g} points of mAP, its event of {len(event)} errors" in said
    assert said.split(" · ")[1].endswith(f"{100 * event['cost'].sum():.3g}")


@pytest.mark.parametrize("page", ["ava_results", "failures"])
def test_an_unknown_set_is_said(sets: list[str], page: str) -> None:
    test = show(page, set="nothing")
    assert any("no result set 'nothing'" in e.value for e in test.error)


def infos(test: AppTest) -> str:
    return " ".join(info.value for info in test.info)


def test_an_unknown_case_is_said(sets: list[str]) -> None:
    failures = judged(sets[0]).cases.failures
    predicted, true = (set(failures.loc[failures["of_truth"] == t, "row"]) for t in (False, True))
    for case in ("p0'--", f"p{min(true - predicted)}", f"g{min(predicted - true)}"):
        test = show("failures", set=sets[0], case=case)
        assert not test.exception and not test.error and test.subheader
        assert "is not in this list" in infos(test)
        assert "is not in this list" not in infos(test.run())


def test_a_case_that_the_filters_exclude_is_not_shown(sets: list[str]) -> None:
    failures = judged(sets[0]).cases.failures
    predicted = failures[~failures["of_truth"]].set_index("row")["type"]
    row = min(set(predicted.index) & set(failures.loc[failures["of_truth"], "row"]))
    test = show("failures", set=sets[0], type=predicted[row], case=f"g{row}")
    assert "is not in this list" in infos(test)
    assert test.subheader[0].value.startswith(f"{str(predicted[row]).capitalize()}: ")


def test_another_list_begins_with_its_first_page(sets: list[str]) -> None:
    test = show("failures", set=sets[0])
    test = test.number_input[0].set_value(3).run()
    assert test.number_input[0].value == 3
    assert select(test, "Order by").select("score").run().number_input[0].value == 1


def test_names_of_classes_are_text(home: Path) -> None:
    name = "walk *fast* $x$ [l](http://a.example)"
    labels = LabelMap({1: name, 2: "run"}, {1: "other", 2: "other"})
    true = tables.truth(("v", 1, tables.A, 1), ("v", 2, tables.A, 2))
    said = tables.said(("v", 1, tables.A, 2, 0.5), ("v", 2, tables.A, 1, 0.5))
    test = show("failures", set=result_set.add("own", said, true, labels))
    sentence = next(m.value for m in test.markdown if "walk" in m.value)
    assert theme.plain(name) in sentence and name not in sentence


def test_a_class_without_ground_truth_is_no_failure(home: Path) -> None:
    true = tables.truth(("v", 1, tables.A, 12))
    said = tables.said(("v", 1, tables.A, 12, 0.5), ("v", 1, tables.A, 14, 0.5))
    set_id = result_set.add("walkers", said, true, ava_label_map())
    test = show("ava_results", set=set_id, view="Errors")
    assert test.subheader[0].value == "0 errors, by type"
    assert "Every prediction that counts is right" in text(show("failures", set=set_id))


def test_excluded_keyframes_are_not_counted(home: Path) -> None:
    true = tables.truth(*((v, t, tables.A, 12) for v in "vw" for t in range(3)))
    out = true.loc[true["video"] == "w", ["video", "timestamp"]]
    set_id = result_set.add("half", true.assign(score=0.5, x1=0.11), true, ava_label_map(), out)
    test = show("ava_results", set=set_id)
    assert {"Keyframes": "3", "Ground-truth labels": "3"}.items() <= {
        m.label: m.value for m in test.metric
    }.items()


def test_another_video_begins_with_its_first_keyframe(sets: list[str]) -> None:
    test = show("ava_results", set=sets[0], view="Videos", video="example-3", t="930")
    test = select(test, "Video").select("example-1").run()
    assert "t" not in test.query_params
    assert any(m.value.startswith("**Keyframe 1 of") for m in test.markdown)


def test_chosen_classes_and_the_least_score_are_in_the_address(sets: list[str]) -> None:
    test = show("ava_results", set=sets[0], view="Classes", actions="stand")
    assert test.multiselect[0].value == [12]
    test = show("ava_results", set=sets[0], view="Videos", least="0.9")
    assert any("score ≥ 0.9" in m.value for m in test.markdown)


@pytest.fixture(autouse=True)
def stay(monkeypatch: pytest.MonkeyPatch) -> None:
    """A form that is tested alone has no other page to go to."""
    monkeypatch.setattr(open_form.navigation, "go", lambda page, **query: None)


def upload(said: bytes, truth: bytes, folder: str = "") -> AppTest:
    """Fill in and send the form of "Open results"."""

    def script() -> None:
        from app.results import open_form

        open_form.form()

    test = AppTest.from_function(script, default_timeout=60).run()
    files = {f.label: f for f in test.file_uploader}
    files["Predictions"].upload("said.csv", said, "text/csv")
    files["Ground truth"].upload("truth.csv", truth, "text/csv")
    if folder:
        next(t for t in test.text_input if "Folder" in t.label).input(folder)
    return test.button[0].click().run()


def csvs() -> tuple[bytes, bytes]:
    truth = example.made_up_truth(3)
    said = example.made_up_predictions(truth, example.MODELS[0])
    plain = truth.drop(columns="person_id").assign(score=0)
    return csv_file.to_csv(said), csv_file.to_csv(plain).replace(b",0\n", b"\n")


def test_files_are_opened(sets: list[str]) -> None:
    test = upload(*csvs())
    assert not test.exception and not test.error
    names = [s.name for s in result_set.sets()]
    assert "said.csv" in names


def test_files_that_were_swapped_are_refused_in_a_sentence(sets: list[str]) -> None:
    said, truth = csvs()
    test = upload(truth, said)
    assert any("swapped" in e.value for e in test.error)
    assert len(result_set.sets()) == 2


def test_a_folder_of_videos_is_taken_or_refused_in_a_sentence(
    sets: list[str], tmp_path: Path
) -> None:
    test = upload(*csvs(), str(tmp_path / "nowhere"))
    assert any("Expected a folder of videos" in e.value for e in test.error)
    assert len(result_set.sets()) == 2
    (tmp_path / "videos").mkdir()
    (tmp_path / "videos" / "example-3.mkv").write_bytes(b"")
    assert not upload(*csvs(), f" {tmp_path / 'videos'} ").error
    (added,) = [s.id for s in result_set.sets() if s.id not in sets]
    assert result_set.video_file(added, "example-3") is not None


def test_others_than_this_machine_do_not_choose_folders(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert open_form.on_this_machine()
    monkeypatch.setattr(open_form.st, "get_option", lambda name: "0.0.0.0")
    assert not open_form.on_this_machine()


def test_predictions_come_from_processed_videos(run: Run) -> None:
    example.add_example()
    found = {model: [each.run.path for each in runs] for model, runs in models_of_runs().items()}
    assert found == {model: [run.path] for model in run.models()}


def test_the_frame_is_shown_where_a_run_of_the_video_is_at_hand(run: Run) -> None:
    stem = run.video.name.rsplit(".", 1)[0]
    truth = example.made_up_truth()
    truth["video"] = truth["video"].astype(str).replace("example-1", stem)
    said = example.made_up_predictions(truth, example.MODELS[0])
    labels = ava_label_map(60)
    for begin in (0.0, 900.0):
        moments = truth["timestamp"] - 903 + begin
        keep = (moments >= begin) & (moments <= begin + 2)
        part = truth[keep].assign(timestamp=moments[keep])
        set_id = result_set.add(f"from {begin:g}", said.assign(timestamp=begin), part, labels)
        frame = picture(set_id, stem, begin + 1.0)
        assert frame is not None
        assert frame_number(frame) == 30
        assert picture(set_id, "example-2", begin + 1.0) is None
        assert picture(set_id, stem, begin + 999) is None


@pytest.mark.parametrize(
    ("settings", "told", "begins"),
    [
        ({"start": 1.0}, None, 1.0),
        ({"start": 1.0, "begins_at": 900.0}, None, 901.0),
        ({"start": 1.0}, 900.0, 901.0),
        ({}, 5.0, 5.0),
        ({"start": 10.0}, None, 910.0),
    ],
    ids=["a part", "its film told", "the set told", "a whole one told", "AVA's clock guessed"],
)
def test_a_part_of_a_film_shows_the_frames_of_its_own_seconds(
    run: Run, settings: dict[str, float], told: float | None, begins: float
) -> None:
    facts = run.facts | {"settings": run.facts["settings"] | settings}
    (run.path / "run.json").write_text(json.dumps(facts))
    run = Run.open(run.path)
    guessed = begins - run.begun(told)  # where nobody told, keyframes say which clock it is
    said = predictions_of_run(run, "pose", begins_at=told if told is not None else guessed or None)
    true = said[said["action_id"] == 12].drop(columns="score")
    set_id = result_set.add("part", said, true, ava_label_map(), begins_at=told)
    for second in (begins + 1, begins + 2):
        frame = picture(set_id, "synthetic", second)
        assert frame is not None
        assert frame_number(frame) == 30 * (second - begins)
    assert picture(set_id, "synthetic", begins - 1) is None


def test_what_is_at_hand_is_looked_up_once_for_all_videos(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    true = tables.truth(*((v, t, tables.A, 12) for v in ("synthetic", "v", "w") for t in range(3)))
    set_id = result_set.add("three", true.assign(score=0.5, x1=0.11), true, ava_label_map())
    asked: list[str] = []
    for module, name in ((pd, "read_parquet"), (runs, "ready")):
        real = getattr(module, name)

        def counted(*args: object, real=real, name=name) -> object:
            asked.append(name)
            return real(*args)

        monkeypatch.setattr(module, name, counted)
    assert set(clips.at_hand(set_id, ["synthetic", "v", "w"])) == {"synthetic"}
    assert sorted(asked) == ["read_parquet", "ready"]


def frame_number(picture: np.ndarray) -> int:
    """What a frame of `tests.synthetic.pictures` says of itself."""
    bits = [picture[BIT // 2, BIT * bit + BIT // 2].mean() > 128 for bit in range(BITS)]
    return sum(1 << bit for bit, on in enumerate(bits) if on)


def test_a_keyframe_plays_where_the_videos_are_at_hand(home: Path, tmp_path: Path) -> None:
    (set_id,) = films.add_sets(tmp_path / "videos", 1)
    test = show("ava_results", set=set_id, view="Videos", video="set/walk-1.mp4", t="3")
    assert any("Boxes are known at the keyframes only" in c.value for c in test.caption)
    (tmp_path / "videos" / "set" / "walk-1.mp4").unlink()
    test = show("ava_results", set=set_id, view="Videos", video="set/walk-1.mp4", t="3")
    assert any("not at hand" in c.value for c in test.caption)


def test_links_carry_ids_only() -> None:
    link = urlsplit(navigation.address("failures", set="a", case="p1", type="duplicate"))
    assert set(parse_qs(link.query)) == {"set", "case", "type"}


def test_what_lart_dataset_predict_wrote_is_opened(home: Path, tmp_path: Path) -> None:
    """A data set's CSV with the annotations that it was labelled by: every view, one figure."""
    boxes = [(40.0, 50.0, 80.0, 200.0), (300.0, 60.0, 90.0, 250.0)]
    names = ("aa-_oq2xB3o", "bb-_oq2xB3o")
    rows = []
    for film in names:
        for person, box in enumerate(boxes):
            release.write_track(tmp_path / "release", film, 90, person, box=box, appearance=8)
            corners = ",".join(map(str, release.corners(box)))
            rows += [f"{film},0903,{corners},{action},{person}" for action in (12, 80 - person)]
    truth, pred, made = tmp_path / "truth.csv", tmp_path / "pred.csv", tmp_path / "set"
    truth.write_text("\n".join(rows) + "\n")
    assert main(["dataset", "import", str(tmp_path / "release"), "--out", str(made)]) == 0
    assert main(["dataset", "label", str(made), "--gt", str(truth)]) == 0
    command = ["dataset", "predict", str(made), "--model", "pose-small", "--out", str(pred)]
    assert main(command) == 0
    test = upload(pred.read_bytes(), truth.read_bytes())
    assert not test.exception and not test.error
    (added,) = result_set.sets()
    found = judged(added.id).verdicts.evaluation
    assert found.mean_ap > 0 and found.scored == [12, 79, 80]
    for view in VIEWS:
        page = show("ava_results", set=added.id, view=view)
        assert not page.exception and not page.error, view
    page = show("ava_results", set=added.id)
    assert page.metric[0].value == f"{100 * found.mean_ap:.2f} %"
    page = show("ava_results", set=added.id, view="Videos", video=names[0], t="903")
    assert not page.exception and any("at 903 s" in m.value for m in page.markdown)
    assert not show("failures", set=added.id).exception


def test_keyframes_late_in_a_long_film_are_told_apart(home: Path) -> None:
    times = np.round(10800 + np.arange(6) * 0.04, 2)
    truth = pd.DataFrame({"video": "v", "timestamp": times, "action_id": np.int32(12)})
    truth = truth.assign(x1=0.1, y1=0.1, x2=0.5, y2=0.9).astype({"video": "category"})
    set_id = result_set.add("long", truth.assign(score=0.7), truth, ava_label_map(60))
    test = show("ava_results", set=set_id, view="Videos", video="v")
    for number in range(2, 7):
        next(each for each in test.button if each.label == "Keyframe after").click().run()
        assert f"Keyframe {number} of 6" in text(test)


def test_a_mark_is_followed_in_each_video(sets: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    points: list[dict[str, float]] = []
    draw = chart.show

    def shown(figure: object, name: str, *, key: str, select: bool = False) -> object:
        if select and key.startswith("timeline"):
            return {"selection": {"points": points}}
        return draw(figure, name, key=key, select=select)

    monkeypatch.setattr(chart, "show", shown)
    frames = judged(sets[0]).cases.keyframes
    names = sorted(judged(sets[0]).verdicts.evaluation.ground_truth["video"].astype(str).unique())
    second = float(frames.moments(names[0])[3])
    other = next(name for name in names[1:] if second in frames.moments(name)[1:])
    test = show("ava_results", set=sets[0], view="Videos", video=names[0])
    for video in (names[0], other):
        select(test, "Video").select(video).run()
        points[:] = [{"x": second}]
        test.run()
        points.clear()
        assert f"at {second:g} s" in text(test), video
        test.run()


def test_another_set_begins_with_its_own_failures(sets: list[str]) -> None:
    found = judged(sets[0]).cases.failures
    row = next(row for row, true in zip(found["row"], found["of_truth"], strict=True) if not true)
    test = show("failures", set=sets[0], case=f"p{row}")
    select(test, "Result set").select(sets[1]).run()
    assert test.query_params.get("case") in (None, []) or f"p{row}" not in test.query_params["case"]
