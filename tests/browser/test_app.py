"""The whole app in a real browser: pages, uploads, jobs, exports, several people at once."""

import time
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from lart_core.video import write_player
from tests.browser.conftest import Server, artefact, free_port, open_watch
from tests.synthetic import make_run, pictures

pytestmark = pytest.mark.browser

PAGES = ["", "search", "watch", "ava_results", "failures", "compare", "models", "files", "jobs"]
LOOKS = {"1280": (1280, 900, "light"), "1920": (1920, 1080, "dark"), "tablet": (820, 1180, "light")}


def settle(page) -> None:
    """Wait until Streamlit has nothing left to do."""
    page.locator("h1").first.wait_for()
    page.locator("[data-testid=stStatusWidget]").wait_for(state="detached")
    page.wait_for_timeout(300)


@pytest.mark.parametrize("look", LOOKS)
def test_pages_look(browser, server, look: str) -> None:
    """Screenshots of every page, to be looked at; nothing may be cut off at the side."""
    width, height, scheme = LOOKS[look]
    context = browser.new_context(viewport={"width": width, "height": height}, color_scheme=scheme)
    page = context.new_page()
    for name in PAGES:
        page.goto(f"{server.url}/{name}" + ("?frame=45&b=pose&a=other" if name == "watch" else ""))
        settle(page)
        if name == "watch":
            page.wait_for_timeout(1500)
        page.screenshot(path=artefact(f"{name or 'home'}-{look}-{scheme}"))
        assert page.get_by_text("Something went wrong").count() == 0, name
        overflow = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
        assert page.evaluate(overflow) <= 0, name
    context.close()


def test_no_request_leaves_the_machine_and_the_policy_holds(page, server) -> None:
    asked: set[str] = set()
    refused: list[str] = []
    page.on("request", lambda request: asked.add(urlsplit(request.url).netloc))
    page.on(
        "console",
        lambda line: "Content Security Policy" in line.text and refused.append(line.text),
    )
    for name in PAGES:
        page.goto(f"{server.url}/{name}")
        settle(page)
    assert asked - {""} == {urlsplit(server.url).netloc}
    assert refused == []


def test_the_navigation_leads_to_every_page(page, server) -> None:
    page.goto(server.url)
    settle(page)
    for link in ["Watch", "Models", "Files", "Jobs", "Home"]:
        page.get_by_role("link", name=link, exact=True).first.click()
        heading = "LART Lens" if link == "Home" else link
        page.get_by_role("heading", name=heading, level=1).wait_for()


def test_a_card_on_home_opens_the_video(page, server) -> None:
    page.goto(server.url)
    card = page.locator("li", has=page.get_by_role("button", name="Delete: synthetic.mp4"))
    card.get_by_text("2 people").wait_for()
    card.get_by_role("link").first.click()
    page.wait_for_url("**run=synthetic*")
    page.locator(".player").wait_for()
    page.go_back()
    page.get_by_role("heading", name="LART Lens", level=1).wait_for()


def test_a_video_is_renamed_and_deleted_with_undo(page, browser, tmp_path: Path) -> None:
    make_run(tmp_path)
    server = Server(tmp_path, free_port()).start()
    try:
        page.goto(server.url)
        page.get_by_role("button", name="Rename: synthetic.mp4").click()
        page.get_by_role("textbox", name="Name", exact=True).fill("Spaziergang *1*")
        page.get_by_role("button", name="Rename", exact=True).click()
        page.get_by_role("button", name="Delete: Spaziergang *1*").click()
        page.get_by_role("button", name="Undo").click()
        page.get_by_role("button", name="Delete: Spaziergang *1*").wait_for()
    finally:
        server.stop()


def test_an_upload_becomes_a_job_that_can_be_cancelled(page, server, tmp_path: Path) -> None:
    clip = tmp_path / "my clip.mp4"
    write_player(clip, pictures(300), 30)
    page.goto(server.url)
    settle(page)
    page.locator(".upload input").set_input_files(clip)
    page.get_by_text("my clip.mp4").first.wait_for()
    page.get_by_role("button", name="Process").click()
    page.get_by_text("Video my clip.mp4").first.wait_for()
    page.get_by_role("button", name="Cancel").first.click()
    page.get_by_role("button", name="Resume").first.wait_for()
    page.goto(f"{server.url}/jobs")
    page.get_by_text("Cancelled").first.wait_for()
    page.get_by_role("button", name="Resume").first.wait_for()


def test_a_file_that_is_no_video_is_refused_in_words(page, server, tmp_path: Path) -> None:
    fake = tmp_path / "fake.mp4"
    fake.write_bytes(b"no video at all")
    page.goto(server.url)
    settle(page)
    page.locator(".upload input").set_input_files(fake)
    page.get_by_text("could not be read").first.wait_for()
    assert page.get_by_text("Traceback").count() == 0


def test_501_megabytes_are_refused_in_words(page, server, tmp_path: Path) -> None:
    large = tmp_path / "large.mp4"
    with large.open("wb") as file:
        file.truncate(501_000_000)
    page.goto(server.url)
    settle(page)
    page.locator(".upload input").set_input_files(large)
    page.get_by_text("large.mp4 has 501 MB, and at most 500 MB can be sent").wait_for()


def test_exports_are_made_and_downloaded(page, server) -> None:
    open_watch(page, server)
    page.get_by_text("Export", exact=True).click()
    with page.expect_download() as png:
        page.get_by_role("button", name="(PNG)").click()
    assert Path(png.value.path()).read_bytes().startswith(b"\x89PNG")
    with page.expect_download() as html:
        page.get_by_role("button", name="(HTML)").click()
    assert "Person 1" in Path(html.value.path()).read_text()
    choice = page.get_by_role("combobox", name="Or make a file")
    choice.click()
    choice.fill("Probabilities of every frame (CSV)")
    choice.press("Enter")
    page.get_by_role("button", name="Make the file").click()
    link = page.get_by_role("link", name="Download synthetic-actions.csv")
    link.wait_for(timeout=60_000)
    with page.expect_download() as csv:
        link.click()
    assert Path(csv.value.path()).read_text().startswith("model,person,frame,seconds")


def test_two_people_look_at_different_things_at_once(browser, server) -> None:
    tabs = [browser.new_context().new_page() for _ in range(4)]
    for number, tab in enumerate(tabs):
        open_watch(tab, server, f"run=synthetic&a=pose&person={number % 2 + 1}&frame={number * 20}")
    for tab in tabs:
        tab.locator(".player").press("ArrowRight")
    for number, tab in enumerate(tabs):
        tab.wait_for_url(f"**frame={number * 20 + 1}*")
        tab.get_by_role("heading", name=f"Person {number % 2 + 1}").wait_for()
        tab.context.close()


def test_a_killed_server_loses_nothing_and_the_render_goes_on(
    page, browser, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from app import jobs

    monkeypatch.setenv("LART_HOME", str(tmp_path))
    run = make_run(tmp_path, frames=400)
    job = jobs.add("layer", "Bodies of a walk", run="synthetic")
    server = Server(tmp_path, free_port()).start()
    spans = run.path / "layers" / "mesh"
    wait_for(lambda: list(spans.glob("*.zip")))
    page.goto(f"{server.url}/jobs")
    page.get_by_text("Bodies of a walk").first.wait_for()
    server.kill()
    assert jobs.read(job.id).state == "running"
    time.sleep(2)
    kept = {path.name: path.stat().st_mtime_ns for path in spans.glob("*.zip")}
    server.start()
    try:
        wait_for(lambda: jobs.read(job.id).over)
        done = jobs.read(job.id)
        assert (done.state, done.attempts) == ("done", 2)
        assert {name: (spans / name).stat().st_mtime_ns for name in kept} == kept
        page.goto(f"{server.url}/jobs")
        page.get_by_text("Done").first.wait_for()
    finally:
        server.stop()


def wait_for(condition, seconds: float = 120) -> None:
    """Wait until something holds."""
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.1)
