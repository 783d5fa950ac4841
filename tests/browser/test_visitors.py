"""Visitors of a public server in a real browser: three at once, and nobody sees another's."""

import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from app import jobs
from app.jobs import table
from lart_core import paths
from tests.browser.conftest import Server, artefact, chromium, free_port
from tests.own_thread import run_apart
from tests.synthetic import make_run

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def public(own_home: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A public server with a made-up sample, whose jobs have the model files at hand."""
    if chromium() is None:
        pytest.skip("browser tests need Chromium on the PATH (Debian: apt-get install chromium)")
    home = tmp_path_factory.mktemp("public-home")
    make_run(home, "sample")
    shutil.copytree(home / "runs" / "sample", home / "runs" / "of-the-keeper")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("LART_WEIGHTS", str(own_home / "weights"))
        started = Server(home, free_port(), ("--public",)).start()
    yield started
    started.stop()


@pytest.mark.timeout(1200)  # three pages, three workers and a server share what cores there are
def test_three_visitors_who_try_everything_of_each_other(public: Server, tmp_path: Path) -> None:
    from benchmarks.visitors import soak

    figures = run_apart(soak(public, 3, 0.0, tmp_path))
    assert figures["addresses of others tried, all refused"] >= 3 * 2 * 8
    assert figures["disk of all visitors at the end (MB)"] > 0


def whole(page) -> None:
    """Wait for all of Home that stands above its button or beside it."""
    page.get_by_text("People should be at least").wait_for()
    page.get_by_role("button", name="Process").wait_for()
    page.get_by_text("Watch the sample").first.wait_for()


def test_what_is_pressed_stays_where_it_is_while_jobs_come_and_end(
    browser, public: Server, tmp_path: Path
) -> None:
    """A press whose button moves between pointer down and up is none."""
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    page = context.new_page()
    page.goto(public.url)
    process = page.get_by_role("button", name="Process")
    whole(page)
    (value,) = [c["value"] for c in context.cookies() if c["name"] == "lart_visitor"]
    before = process.bounding_box()
    folder = public.home / "spaces" / value.partition(".")[0]
    with paths.entered(paths.Workspace(folder)):
        jobs.add("video", "Video of before", upload="video-00000000")
    page.reload()
    page.get_by_text("Video of before").first.wait_for()
    whole(page)
    assert process.bounding_box() == before
    page.get_by_text("no longer there").first.wait_for()  # the job ended
    assert process.bounding_box() == before
    context.close()


def test_a_job_is_named_before_the_script_of_its_bar_is_there(browser, public: Server) -> None:
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    page = context.new_page()
    asked = []  # and never answered
    page.route(re.compile(r"/static/js/Progress\."), lambda each: asked.append(each))
    page.goto(public.url)
    page.get_by_role("button", name="Process").wait_for()
    (value,) = [c["value"] for c in context.cookies() if c["name"] == "lart_visitor"]
    with paths.entered(paths.Workspace(public.home / "spaces" / value.partition(".")[0])):
        job = jobs.Job("20261129000000-00000000", "video", "Video 1.mp4", {}, state="running")
        table.save(job)
    page.reload()
    page.get_by_role("button", name="Cancel").wait_for()
    page.get_by_text("Video 1.mp4").wait_for()
    assert asked
    context.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_what_a_visitor_is_shown(browser, public: Server, scheme: str) -> None:
    context = browser.new_context(viewport={"width": 1280, "height": 900}, color_scheme=scheme)
    page = context.new_page()
    page.goto(public.url)
    page.get_by_text("Only you see it; it is deleted 24 hours after").wait_for()
    page.get_by_role("button", name="Process").wait_for()
    page.screenshot(path=artefact(f"public-home-{scheme}"), full_page=True)
    assert page.get_by_text("of-the-keeper").count() == 0
    assert page.get_by_role("button", name="Delete: The sample").count() == 0
    page.goto(f"{public.url}/your_data")
    page.get_by_text("0 of 5").wait_for()
    page.screenshot(path=artefact(f"public-your-data-{scheme}"))
    page.goto(f"{public.url}/models")
    page.get_by_role("heading", name="Use a model on a video").wait_for()
    assert page.get_by_text("Train a small model").count() == 0
    context.close()
