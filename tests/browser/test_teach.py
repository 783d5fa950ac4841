"""From correcting to a taught model in a real browser: draw, teach, compare the figures."""

import json
import re
from dataclasses import replace

import pytest

from app.cli import main
from lart_core.runs.run import Run
from tests.browser.conftest import Server, free_port, open_watch
from tests.synthetic import make_run

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.timeout(900)]


@pytest.fixture
def taught_server(tmp_path, browser):
    """An app with three runs: two videos, one of them twice."""
    for name, content in (("AVA_iD-one", "1"), ("again", "1"), ("other", "2")):
        run = make_run(tmp_path, name.lower().replace("_", "-"), frames=120)
        video = replace(run.video, name=f"{name}.mp4", sha256=content * 64)
        run.correct_video(video, 0, 0)
    started = Server(tmp_path, free_port()).start()
    yield started
    started.stop()


def draw(page, server: Server, run: str) -> Run:
    """Person 1 waves from the first frame on, and the whole is what the run holds."""
    player = open_watch(page, server, f"run={run}&a=pose&person=1")
    player.get_by_role("button", name="Correct", exact=True).click()
    player.get_by_role("combobox", name="Add an action at the cursor").fill("hand wave")
    page.keyboard.press("Enter")
    field = player.get_by_label("Last frame of hand wave")
    field.fill("119")
    field.press("Enter")
    opened = Run.open(server.home / "runs" / run)
    for _ in range(200):
        if [span.last for span in opened.corrections().spans] == [119]:
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
    page.goto(f"{server.url}/models")
    page.get_by_text("are the same video").wait_for(timeout=60_000)
    page.get_by_label("Name of the model").last.fill("waving")
    page.get_by_label("Rounds through the corrected people").fill("2")
    page.get_by_role("button", name="Teach", exact=True).click()
    page.get_by_text("waving after").wait_for(timeout=600_000)
    folder = server.home / "models" / "waving"
    lesson = json.loads((folder / "lesson.json").read_text())
    assert {*lesson["taught"], *lesson["held_out"]} == {"AVA_iD-one.mp4", "again.mp4", "other.mp4"}
    assert len(lesson["held_out"]) in (1, 2) and not set(lesson["taught"]) & set(lesson["held_out"])
    for side in ("before", "after"):
        files = ["--gt", str(folder / "truth.csv"), "--pred", str(folder / f"{side}.csv")]
        capsys.readouterr()
        assert main(["evaluate", *files]) == 0
        figure = re.search(r"mAP@0.5 +([\d.]+)", capsys.readouterr().out)
        assert figure and float(figure[1]) == round(100 * lesson[side], 2)
        page.get_by_text(f"{100 * lesson[side]:.1f} % mAP").first.wait_for()
    assert "waving" in Run.open(server.home / "runs" / "other").models()
