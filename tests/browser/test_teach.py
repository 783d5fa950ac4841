"""From correcting to a taught model in a real browser: draw, teach, compare the figures."""

import json
import re
import shutil
from dataclasses import replace
from itertools import islice

import cv2
import numpy as np
import pytest

from app.cli import main
from lart_core import presets, video, weights
from lart_core.runs.run import Run
from lart_core.weights.store import weights_folder
from tests.browser.conftest import Server, free_port, open_watch
from tests.fetched import cached
from tests.synthetic import make_run

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.timeout(900)]


@pytest.fixture
def taught_server(tmp_path, browser):
    """An app with three runs: two videos, one of them twice."""
    for name, content in (("AVA_iD-one", "1"), ("again", "1"), ("other", "2")):
        run = make_run(tmp_path, name.lower().replace("_", "-"), frames=120)
        facts = replace(run.video, name=f"{name}.mp4", sha256=content * 64)
        run.correct_video(facts, 0, 0)
    started = Server(tmp_path, free_port()).start()
    yield started
    started.stop()


@pytest.fixture
def empty_server(tmp_path, browser, monkeypatch):
    """An app with nothing but one finished run, and the model files of the light preset."""
    needed = [found.record.name for found in presets.doctor("light", thorough=False).findings]
    cached("sample-clip", *needed)
    monkeypatch.setenv("LART_WEIGHTS", str(weights_folder()))
    make_run(tmp_path, "first")
    started = Server(tmp_path, free_port()).start()
    yield started
    started.stop()


def draw(page, server: Server, run: str, last: int = 119, model: str = "pose") -> Run:
    """Somebody waves from their first frame on, and the whole is what the run holds."""
    player = open_watch(page, server, f"run={run}&a={model}")
    player.get_by_role("button", name="Correct", exact=True).click()
    player.get_by_role("combobox", name="Add an action at the cursor").fill("hand wave")
    page.keyboard.press("Enter")
    field = player.get_by_label("Last frame of hand wave")
    field.fill(str(last))
    field.press("Enter")
    opened = Run.open(server.home / "runs" / run)
    for _ in range(200):
        if [span.last for span in opened.corrections().spans] == [last]:
            return opened
        page.wait_for_timeout(50)
    raise AssertionError(opened.corrections())


def test_correct_two_videos_teach_and_judge(page, taught_server, tmp_path, capsys) -> None:
    server = taught_server
    for run in ("ava-id-one", "again", "other"):
        opened = draw(page, server, run)
        assert (opened.path / "actions" / "pose.safetensors").exists()
    gt, labels = tmp_path / "gt.csv", tmp_path / "labels"
    for kind, out in (("corrections", gt), ("labels", labels)):
        run = server.home / "runs" / "ava-id-one"
        assert main(["export", str(run), "--format", kind, "--out", str(out)]) == 0
    assert gt.read_text().startswith("AVA_iD-one,0000,"), "the id keeps its letters"
    data = ["--data", str(labels), "--epochs", "2", "--warmup-epochs", "1", "--quiet"]
    assert main(["train", "--config", "small", *data, "--out", str(tmp_path / "trained")]) == 0
    lesson = taught(page, server)
    assert {*lesson["taught"], *lesson["held_out"]} == {"AVA_iD-one.mp4", "again.mp4", "other.mp4"}
    judged(page, server, lesson, capsys)
    assert "waving" in Run.open(server.home / "runs" / "other").models()


def test_from_uploads_to_a_judged_model(page, empty_server, tmp_path, capsys) -> None:
    """One video twice, one without people, one that is called as AVA calls its own."""
    server = empty_server
    clips = tmp_path / "clips"
    clips.mkdir()
    pictures = list(islice(video.frames(weights.path("sample-clip")), 60, 150, 2))
    smaller = [cv2.resize(each, (640, 360), interpolation=cv2.INTER_AREA) for each in pictures]
    video.write_player(clips / "one.mp4", smaller[:24], 12)
    shutil.copy(clips / "one.mp4", clips / "again.mp4")
    video.write_player(clips / "-5KQ66BBWC4_x.mp4", smaller[20:44], 12)
    video.write_player(clips / "empty.mp4", [np.full((360, 640, 3), 90, np.uint8)] * 12, 12)
    page.goto(server.url)
    page.locator(".upload input").first.set_input_files(sorted(clips.iterdir()))
    page.get_by_role("button", name="Process", exact=True).click()
    page.wait_for_function(
        "() => (document.body.innerText.match(/is ready/g) || []).length === 4", timeout=600_000
    )
    found = {Run.open(path).video.name: path.name for path in (server.home / "runs").iterdir()}
    names = {"one.mp4", "again.mp4", "-5KQ66BBWC4_x.mp4"}
    assert set(found) == {*names, "empty.mp4", "first.mp4"}
    assert not Run.open(server.home / "runs" / found["empty.mp4"]).people().track_ids
    for name in sorted(names):
        draw(page, server, found[name], 23, "pose-small")
    gt = tmp_path / "gt.csv"
    run = server.home / "runs" / found["-5KQ66BBWC4_x.mp4"]
    assert main(["export", str(run), "--format", "corrections", "--out", str(gt)]) == 0
    assert gt.read_text().startswith("-5KQ66BBWC4_x,")
    lesson = taught(page, server)
    assert {*lesson["taught"], *lesson["held_out"]} == names
    judged(page, server, lesson, capsys)


def taught(page, server: Server) -> dict:
    """Teach a model, and read what became of it."""
    page.goto(f"{server.url}/models")
    page.get_by_text("are the same video").wait_for(timeout=60_000)
    page.get_by_label("Name of the model").last.fill("waving")
    page.get_by_label("Rounds through the corrected people").fill("2")
    page.get_by_role("button", name="Teach", exact=True).click()
    page.get_by_text("waving after").wait_for(timeout=600_000)
    return json.loads((server.home / "models" / "waving" / "lesson.json").read_text())


def judged(page, server: Server, lesson: dict, capsys) -> None:
    """The figures of the page are those of `lart evaluate` on the files that it offers."""
    folder = server.home / "models" / "waving"
    assert len(lesson["held_out"]) in (1, 2) and not set(lesson["taught"]) & set(lesson["held_out"])
    for side in ("before", "after"):
        files = ["--gt", str(folder / "truth.csv"), "--pred", str(folder / f"{side}.csv")]
        capsys.readouterr()
        assert main(["evaluate", *files]) == 0
        figure = re.search(r"mAP@0.5 +([\d.]+)", capsys.readouterr().out)
        assert figure and float(figure[1]) == round(100 * lesson[side], 2)
        page.get_by_text(f"{100 * lesson[side]:.1f} % mAP").first.wait_for()
