"""Every page in Streamlit's own test runner: what it shows, and what its controls do."""

import csv
import shutil
import time
import zipfile
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import streamlit as st
from streamlit.runtime.scriptrunner import get_script_run_ctx
from streamlit.testing.v1 import AppTest

from app import jobs
from app.find import saved
from app.jobs import table
from app.jobs.kinds import cut_clips
from app.storage import bin, notes, runs, uploads
from app.ui import navigation, query
from app.watch.facts import first_person
from lart_core.paths import asset
from lart_core.runs.actions import PersonActions
from lart_core.runs.corrections import Corrections, Span
from lart_core.runs.run import Run
from lart_core.video import write_player
from tests.synthetic import make_run, pictures

PAGES = navigation.FOLDER
MAIN = navigation.FOLDER.parent / "server" / "main.py"


def show(page: str, **parameters: object) -> AppTest:
    """Run one page with an address; what nobody foresaw fails the test."""
    test = AppTest.from_file(MAIN, default_timeout=60)
    test.switch_page(str(PAGES / f"{page}.py"))
    for name, value in parameters.items():
        test.query_params[name] = str(value)
    test.run()
    assert not test.exception
    assert not any("Something went wrong" in error.value for error in test.error)
    return test


def text(test: AppTest) -> str:
    """Everything that is written on the page."""
    parts = [*test.title, *test.header, *test.markdown, *test.caption, *test.error, *test.code]
    html = [element.proto.body for element in test.get("html")]
    return "\n".join([*(str(part.value) for part in parts), *html])


def test_the_script_shows_home_and_never_a_traceback(home: Path) -> None:
    test = AppTest.from_file(MAIN, default_timeout=60).run()
    assert not test.exception
    assert test.title[0].value == "LART Lens"


def test_a_job_that_was_over_before_its_page_ran_anew_is_said_to_be_ready(run: Run) -> None:
    earlier = jobs.add("video", "Video earlier.mp4", upload="earlier")
    table.save(earlier, state="done", ended=time.time() - 60, result={"run": run.path.name})
    test = show("home")
    quick = jobs.add("video", "Video quick.mp4", upload="quick")
    table.save(quick, state="done", ended=time.time(), result={"run": run.path.name})
    test.run()
    assert "quick.mp4** is ready" in text(test).replace("\\", "")
    assert "earlier.mp4" not in text(test)


@pytest.mark.parametrize("page", ["home", "search", "watch", "compare", "files", "jobs"])
def test_an_empty_machine_is_explained(home: Path, page: str) -> None:
    assert "lart-empty" in text(show(page))


@pytest.mark.parametrize("page", ["home", "search", "watch", "compare", "files", "jobs", "models"])
def test_a_machine_with_a_run(run: Run, page: str) -> None:
    assert show(page).title


def test_home_says_the_room_that_is_left(run: Run) -> None:
    assert "GB are free" in text(show("home"))


def test_home_starts_the_jobs_of_videos_that_were_sent(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    clip = tmp_path / "clip.mp4"
    write_player(clip, pictures(5), 25)
    given = [uploads.accept(name, clip.open("rb")) for name in ("my clip.mp4", "two.mp4")]
    monkeypatch.setattr("app.ui.upload.upload", lambda *_, **__: given)
    test = show("home")
    test.number_input(key="setting crowd_tiles").set_value(2)
    test.button[0].click().run()
    found = sorted(jobs.every(), key=lambda job: job.title)
    assert [job.title for job in found] == ["Video my clip.mp4", "Video two.mp4"]
    assert found[0].arguments == {"upload": given[0], "settings": {"crowd_tiles": 2}}


@pytest.mark.parametrize("how", ["made anew", "taken back"])
def test_a_press_is_not_lost_where_the_page_is_made_anew_meanwhile(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, how: str
) -> None:
    clip = tmp_path / "clip.mp4"
    write_player(clip, pictures(5), 25)
    given = [uploads.accept("clip.mp4", clip.open("rb"))]
    before_the_button = [how]

    def upload(*_: object, **__: object) -> list[str]:
        if "armed" in st.session_state and before_the_button:
            if before_the_button.pop() == "made anew":
                st.rerun()  # as a job's bar does when the job ends
            state = get_script_run_ctx().session_state  # as an earlier run does when it ends
            state.on_script_finished(frozenset(), remove_stale_widgets=False)
        return given

    monkeypatch.setattr("app.ui.upload.upload", upload)
    test = AppTest.from_file(MAIN, default_timeout=60)
    test.run()
    test.session_state["armed"] = True
    next(button for button in test.button if button.label == "Process").click().run()
    assert not test.exception and not before_the_button
    assert [job.title for job in jobs.every()] == ["Video clip.mp4"]


def test_home_says_so_of_a_made_up_upload(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("app.ui.upload.upload", lambda *_, **__: ["../../runs"])
    test = show("home")
    test.button[0].click().run()
    assert not test.exception
    assert any("no longer there" in error.value for error in test.error)
    assert jobs.every() == []


def test_a_job_that_was_broken_off_stays_on_home_to_be_resumed(home: Path) -> None:
    job = jobs.add("video", "Video walk_1.mp4", upload="walk-00000000", settings={})
    table.save(job, state="cancelled", ended=time.time())
    test = show("home")
    assert "Cancelled" in text(test)
    test.button(key=f"resume {job.id}").click().run()
    assert (job.path / "resume").exists()
    test = show("home")
    test.button(key=f"remove {job.id}").click().run()
    assert jobs.every() == []


def test_what_is_deleted_can_be_taken_back(run: Run) -> None:
    bin_id = bin.discard("synthetic", "A walk")
    test = show("home")
    assert "A walk" in text(test)
    test.button(key=f"restore {bin_id}").click().run()
    assert [entry.id for entry in runs.ready()] == ["synthetic"]


def test_a_model_of_a_bad_name_is_refused_where_it_is_asked_for(run: Run) -> None:
    run.correct(Corrections((Span(1, 12, 0, 40),)))
    test = show("models")
    (field,) = [each for each in test.text_input if each.value == "my-taught"]
    field.set_value("Bad Name")
    (button,) = [each for each in test.button if each.label == "Teach"]
    button.click().run()
    assert any("Expected a new name" in error.value for error in test.error)
    assert "Bodies and pictures" in [header.value for header in test.header], "the page goes on"
    assert jobs.every() == []


@pytest.mark.parametrize(
    ("frames", "fps", "words"), [(597, 10, "1:00 min"), (299, 2.5, "2:00 min"), (594, 10, "59 s")]
)
def test_a_length_is_rounded_before_it_is_written(
    home: Path, frames: int, fps: float, words: str
) -> None:
    make_run(home, frames=frames, fps=fps, people=1, size=(64, 48))
    written = "".join(each.proto.json for each in show("home").get("bidi_component"))
    assert f"1 person \\u00b7 {words} \\u00b7" in written


def test_search_says_what_it_does_not_understand(run: Run) -> None:
    test = show("search", q="jmp")
    assert any("did you mean “jump”" in error.value for error in test.error)
    assert "Nothing found" in text(show("search", q="jump"))
    assert "moment" in text(show("search", q="two people, one falls"))


def moments_found(test: AppTest) -> bool:
    return any("the surest first" in part.value for part in test.markdown)


def flat(run: Run, model: str, probability: float) -> None:
    """Let a model say the same of everything."""
    said = run.actions("pose")
    people = {
        person: PersonActions(own.frame, np.full_like(own.probability, probability))
        for person, own in said.people.items()
    }
    run.write_actions(replace(said, model=model, people=people))


def test_the_model_of_a_search_is_the_one_that_is_chosen_and_is_kept_with_it(run: Run) -> None:
    for model, sure in (("small", 0.3), ("small-and-look", 0.9)):
        flat(run, model, sure)
    assert "Nothing found" in text(show("search", q="stand", model="small"))
    test = show("search", q="stand", model="small-and-look")
    assert moments_found(test)
    next(button for button in test.button if button.label == "Keep it").click().run()
    assert list(saved.every().values()) == ['model:"small-and-look", stand']
    saved.keep("Of before", "stand over 20 %")
    test = show("search", q="stand", model="small")
    test.button(key='saved model:"small-and-look", stand').click().run()
    assert moments_found(test) and test.query_params == {"q": 'model:"small-and-look", stand'}
    test = show("search", q="stand", model="small")
    test.button(key="saved Of before").click().run()
    assert moments_found(test) and "model" not in test.query_params
    assert next(box for box in test.selectbox if box.label == "Model").value is None


def test_a_kept_search_that_finds_nothing_can_be_forgotten(run: Run) -> None:
    for words in ("swim", "stand, video:gone"):
        saved.keep("Old", words)
        test = show("search", q=words)
        next(button for button in test.button if button.label == "Keep no longer").click().run()
        assert saved.every() == {}


def test_a_name_that_cannot_be_kept_is_refused_in_its_form(run: Run) -> None:
    test = show("search", q="two people")
    next(box for box in test.text_input if box.label == "Name of this search").set_value("  ")
    next(button for button in test.button if button.label == "Keep it").click().run()
    assert [error.value for error in test.error] == [
        "Expected a name of 1 to 80 letters for the search."
    ]
    assert any(button.label.startswith("Clips of") for button in test.button)


@pytest.mark.parametrize("words", ["two people", "tag:home"])
def test_clips_of_a_search_without_an_action_are_cut(run: Run, words: str) -> None:
    notes.keep("run", "synthetic", "video", ["home"], "")
    test = show("search", q=words)
    next(button for button in test.button if button.label.startswith("Clips of")).click().run()
    assert not test.error
    (job,) = jobs.every()
    cut_clips(lambda _: None, **job.arguments)
    (made,) = runs.RUNS.folder.parent.glob("exports/*/*-clips.zip")
    with zipfile.ZipFile(made) as archive:
        assert len(archive.namelist()) == 2
        (row,) = csv.DictReader(archive.read("moments.csv").decode().splitlines())
    assert row["clip"] and row["probability"] == ""


def test_a_video_is_found_by_its_title(home: Path) -> None:
    make_run(home, "sample")
    assert moments_found(show("search", q="two people, video:the sample"))


def test_watch_restores_the_view_of_its_address(run: Run) -> None:
    test = show("watch", run="synthetic", a="pose", b="other", person=2, frame=45)
    assert not test.exception
    assert [box.value for box in test.selectbox][:3] == ["synthetic", "pose", "other"]
    assert "How person 2 was tracked" in [expander.label for expander in test.expander]


@pytest.mark.parametrize("page", ["watch", "files"])
def test_of_two_runs_of_one_name_the_chosen_one_is_meant(run: Run, home: Path, page: str) -> None:
    make_run(home, "second")
    for run_id in ("synthetic", "second"):
        notes.rename(run_id, "Fall")
    for run_id in ("synthetic", "second"):
        test = show(page, run=run_id, person=2)
        test.selectbox[0].select(run_id).run()
        assert test.query_params["run"] == run_id
        assert test.selectbox[0].value == run_id
    assert len(set(test.selectbox[0].options)) == 2


def test_another_video_is_not_opened_at_the_persons_number_of_the_former(
    run: Run, home: Path
) -> None:
    make_run(home, "second")
    test = show("watch", run="synthetic", person=1, frame=45)
    test.selectbox[0].select("second").run()
    assert test.query_params["run"] == "second"
    assert (test.query_params["person"], test.query_params["frame"]) == ("2", "0")


def test_a_person_who_was_deleted_is_not_taken_for_somebody_who_is_there(run: Run) -> None:
    run.correct(Corrections((), {2: ()}))
    test = show("watch", run="synthetic", person=2)
    assert any("no person 2" in info.value for info in test.info)
    assert test.query_params["person"] == "1"
    assert "How person 1 was tracked" in [expander.label for expander in test.expander]


def test_watch_offers_to_draw_the_bodies_of_corrected_people(run: Run) -> None:
    why = "before who is who was corrected"
    run.correct(Corrections((), {2: ()}))
    assert why not in text(show("watch")), "they never were drawn"
    (run.path / "layers" / "mesh").mkdir(parents=True)
    test = show("watch")
    assert why in text(test)
    (button,) = [button for button in test.button if button.label == "Draw the bodies anew"]
    button.click().run()
    (job,) = jobs.every()
    assert (job.kind, job.arguments) == ("layer", {"run": "synthetic"})
    assert why not in text(test), "it is being done"
    table.save(job, state="failed", error="The reason.", ended=time.time())
    test = show("watch")
    assert why in text(test) and "The reason." in text(test)


def test_watch_says_what_was_tagged_and_offers_to_say_more(run: Run) -> None:
    notes.keep("run", "synthetic", "person 2", ["funny"], "waves *twice*")
    test = show("watch", run="synthetic", a="pose", person=2, frame=45)
    assert any(m.value.startswith("**Person 2**: \\#funny") for m in test.markdown), text(test)
    (button,) = [button for button in test.button if button.label == "Tags and notes"]
    button.click().run()
    (meant,) = [radio for radio in test.radio if radio.label == "Say it of"]
    assert meant.options == ["person 2", "this moment (0.5 to 2.5 s)", "the video"]


def test_watch_writes_its_choices_into_the_address(run: Run) -> None:
    test = show("watch", run="synthetic")
    test.selectbox[1].select("pose").run()
    assert test.query_params["a"] == "pose"
    assert test.query_params["run"] == "synthetic"
    assert "person" in test.query_params


def test_watch_says_so_where_a_person_is_not_seen(run: Run) -> None:
    assert "not seen; the tracker predicts it" in text(
        show("watch", run="synthetic", person=1, frame=25)
    )


@pytest.mark.parametrize(
    "parameters",
    [
        {"person": 99},
        {"person": "x", "frame": "y"},
        {"frame": 10**8},
        {"frame": -3},
        {"a": "no-such-model"},
        {"b": "<script>"},
    ],
)
def test_watch_takes_any_address(run: Run, parameters: dict) -> None:
    assert show("watch", run="synthetic", **parameters).title[0].value == "Watch"


def test_an_address_of_a_run_that_is_not_there_is_a_sentence(run: Run) -> None:
    test = show("watch", run="../../etc")
    assert any("There is no run" in error.value for error in test.error)


def test_a_run_without_people_or_models(home: Path) -> None:
    run = make_run(home, "nobody", people=0)
    for model in run.models():
        (run.path / "actions" / f"{model}.safetensors").unlink()
    for page in ("home", "watch", "files"):
        show(page)
    assert "Nobody was found" in text(show("watch"))


def test_a_run_of_one_frame(home: Path) -> None:
    make_run(home, "short", frames=1)
    test = show("watch", run="short")
    assert "How person 1 was tracked" in [expander.label for expander in test.expander]


def test_files_explain_every_array_with_its_shape(run: Run) -> None:
    test = show("files", run="synthetic", person=1)
    explained = test.table[1].value
    assert explained.loc["box", "Shape here"] == "(90, 4)"
    assert explained.loc["body_pose", "Shape here"] == "(90, 23, 3, 3)"
    assert (explained["What it is"].str.len() > 10).all()
    assert (test.table[0].value["What it is"].str.len() > 10).all()


def test_models_list_every_file_with_its_licence(home: Path) -> None:
    from lart_core import weights

    test = show("models")
    unasked, others = test.table[0].value, test.table[1].value
    assert "movenet-multipose" in unasked.index and "detectron2-cascade" not in unasked.index
    listed = pd.concat([unasked, others])
    assert set(listed.index) == set(weights.REGISTER)
    assert listed["Licence"].str.contains("http").all()
    assert "Its licence: [" in text(test)
    fetch = next(button for button in test.button if button.label.startswith("I have seen"))
    fetch.click().run()
    (job,) = jobs.every()
    assert job.kind == "weights" and job.arguments["name"] in weights.REGISTER


def test_jobs_show_their_state_and_take_a_cancel_and_a_resume(home: Path) -> None:
    waiting = jobs.add("layer", "Bodies of a walk", run="walk")
    test = show("jobs")
    assert "Bodies of a walk" in text(test)
    test.button(key=f"cancel {waiting.id}").click().run()
    assert jobs.read(waiting.id).cancel_asked
    table.save(waiting, state="failed", error="The reason.")
    test = show("jobs")
    assert "The reason." in text(test)
    test.button(key=f"resume {waiting.id}").click().run()
    assert (waiting.path / "resume").exists()


def test_a_jobs_log_has_an_address(home: Path) -> None:
    job = jobs.add("layer", "Bodies", run="walk")
    (job.path / "log.txt").write_text("a line of the log")
    assert "a line of the log" in text(show("jobs", job=job.id))


def test_damaged_runs_are_left_out(run: Run) -> None:
    (runs.RUNS.folder / "broken").mkdir()
    (runs.RUNS.folder / "broken" / "run.json").write_text("{")
    assert [entry.id for entry in runs.ready()] == ["synthetic"]
    show("home")


def test_compare_leads_to_where_the_models_differ(run: Run) -> None:
    test = show("compare", a="pose", b="other")
    moments = test.dataframe[1].value
    assert moments["difference"].is_monotonic_decreasing
    assert all("Mean absolute difference" in each.proto.columns for each in test.dataframe)
    first = moments.iloc[0]
    a, b = (run.actions(model).people[first["person"]] for model in ("pose", "other"))
    assert np.abs(a.probability - b.probability).mean(axis=0).max() == pytest.approx(
        first["difference"] / 100, abs=1e-6
    )
    assert first["watch"].startswith("/watch?run=synthetic&person=")


def test_a_model_of_ones_own_can_be_removed_with_what_it_said(run: Run, home: Path) -> None:
    folder = home / "models" / "pose"
    folder.mkdir(parents=True)
    shutil.copyfile(asset("models/pose-small.safetensors"), folder / "model.safetensors")
    busy = jobs.add("actions", "pose on it", run=run.path.name, model="pose")
    test = show("models")
    assert "**pose** · names the actions of 1 video" in text(test)
    test.button(key="remove model pose").click().run()
    assert any("It is at work" in error.value for error in test.error) and folder.exists()
    jobs.remove(busy.id)
    show("models").button(key="remove model pose").click().run()
    assert not folder.exists() and run.models() == ["other"]
    assert "Models of your own" not in "".join(each.value for each in show("models").subheader)


def test_models_start_a_job_that_uses_a_model(run: Run) -> None:
    test = show("models")
    test.button[0].click().run()
    (job,) = jobs.every()
    assert (job.kind, job.arguments["run"]) == ("actions", "synthetic")


def test_of_two_runs_of_one_name_the_chosen_one_is_given_to_a_model(run: Run, home: Path) -> None:
    make_run(home, "second")
    for run_id in ("synthetic", "second"):
        notes.rename(run_id, "Fall")
    for run_id in ("synthetic", "second"):
        test = show("models")
        (box,) = [box for box in test.selectbox if box.label == "Video"]
        assert len(set(box.options)) == 2
        box.select(run_id)
        test.button[0].click().run()
    assert sorted(job.arguments["run"] for job in jobs.every()) == ["second", "synthetic"]


def test_of_two_corrected_videos_of_one_name_the_chosen_one_is_held_out(
    run: Run, home: Path
) -> None:
    other = make_run(home, "second", frames=60)
    (other.path / "run.json").write_text(
        (other.path / "run.json").read_text().replace("0" * 64, "1" * 64)
    )
    for run_id in ("synthetic", "second"):
        notes.rename(run_id, "Fall")
        runs.find(run_id).correct(Corrections((Span(1, 12, 5, 40),)))
    test = show("models")
    (held,) = [box for box in test.multiselect if box.label.startswith("Held out")]
    assert len(set(held.options)) == 2


def test_options_that_are_written_alike_are_told_apart() -> None:
    shown = {"a": "LART", "b": "LART", "c": "other"}
    written = query.distinct(list(shown), shown.__getitem__)
    assert written == {"a": "LART · a", "b": "LART · b", "c": "other"}


def test_of_two_runs_of_one_name_the_chosen_one_is_judged(run: Run, home: Path) -> None:
    make_run(home, "second")
    for run_id in ("synthetic", "second"):
        notes.rename(run_id, "Fall")

    def form() -> None:
        from app.results import open_form

        open_form.form()

    test = AppTest.from_function(form, default_timeout=60)
    test.run()
    test.segmented_control[0].set_value("My processed videos").run()
    (videos,) = [box for box in test.multiselect if box.label == "Videos"]
    assert len(set(videos.options)) == 2


def test_watch_begins_with_somebody_who_is_in_the_picture(run: Run) -> None:
    one, two = run.tracklets()
    run.write_tracklets([one.between(0, 30), two.between(35, 89)])
    assert [first_person(run, frame) for frame in (0, 32, 50)] == [1, 2, 2]


def test_a_link_to_a_video_that_is_gone_leaves_the_choice(run: Run) -> None:
    test = show("watch", run="nope")
    box = next(each for each in test.selectbox if each.label == "Video")
    assert box.value is None and "nope" in test.query_params["run"]
    assert any("no run 'nope'" in error.value for error in test.error)
    box.select(run.path.name).run()
    assert run.path.name in test.query_params["run"] and not test.error
