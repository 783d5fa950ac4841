"""Search in a real browser: words, tiles that play in place, tags, kept searches, files."""

import zipfile
from pathlib import Path

import pytest

from tests.browser.conftest import artefact

pytestmark = pytest.mark.browser


def search(page, server, words: str) -> None:
    """Type a search."""
    page.goto(f"{server.url}/search")
    field = page.get_by_role("textbox", name="What are you looking for?")
    field.wait_for()
    field.fill(words)
    field.press("Enter")


def test_a_search_is_typed_played_in_place_and_opened(page, server) -> None:
    search(page, server, "two people, one falls")
    page.wait_for_url("**q=two+people*")
    tile = page.locator("li", has=page.get_by_role("link", name="synthetic.mp4")).first
    tile.wait_for()
    tile.scroll_into_view_if_needed()
    tile.locator(".picture").hover()
    page.wait_for_function(
        """() => {
          const host = [...document.querySelectorAll('*')].find(
            (e) => e.shadowRoot?.querySelector('.tiles'));
          return Number(host?.shadowRoot.querySelector('.picture')?.dataset.shown) > 0;
        }"""
    )
    page.screenshot(path=artefact("search"), full_page=True)
    tile.get_by_role("link").first.click()
    page.wait_for_url("**/watch?*run=synthetic*")
    page.locator(".player").wait_for()
    page.go_back()
    page.wait_for_url("**/search?q=two+people*")
    page.locator("li", has=page.get_by_role("link", name="synthetic.mp4")).first.wait_for()


def test_an_example_is_clicked_and_what_is_wrong_is_said_at_the_field(page, server) -> None:
    page.goto(f"{server.url}/search")
    page.get_by_role("button", name="someone sits, someone stands").click()
    page.get_by_text("surest first").wait_for()
    search(page, server, "jmp")
    page.get_by_text("did you mean “jump”").wait_for()


def test_a_moment_is_tagged_and_found_by_its_tag(page, server) -> None:
    search(page, server, "stand over 80 %")
    page.get_by_role("button", name="Tag: synthetic.mp4").first.click()
    tags = page.get_by_role("combobox", name="Tags")
    tags.fill("Änderung")
    tags.press("Enter")
    tags.press("Tab")  # closes the list, which hides what is below
    page.get_by_role("textbox", name="Note").fill("look at this")
    page.get_by_role("button", name="Save").click()
    page.get_by_text("#Änderung").first.wait_for()
    search(page, server, "tag:änderung")
    page.get_by_text("1 moment", exact=False).first.wait_for()


def test_a_search_is_kept_and_taken_away(page, server) -> None:
    search(page, server, "stand over 80 %")
    page.get_by_role("textbox", name="Name of this search").fill("Who stands")
    page.get_by_role("button", name="Keep it").click()
    page.get_by_role("button", name="Keep no longer").wait_for()
    with page.expect_download() as csv:
        page.get_by_role("button", name="What was found (CSV)").click()
    lines = Path(csv.value.path()).read_text().splitlines()
    assert lines[0].startswith("video,run,model,action,probability,corrected,first_second")
    assert any(line.startswith("synthetic.mp4,synthetic,") for line in lines[1:])
    page.get_by_role("button", name="Clips of the first").click()
    link = page.get_by_role("link", name="Download stand-over-80-%-clips.zip")
    link.wait_for(timeout=60_000)
    with page.expect_download() as made:
        link.click()
    with zipfile.ZipFile(made.value.path()) as archive:
        names = archive.namelist()
    assert "moments.csv" in names and any(name.endswith(".mp4") for name in names)
    page.goto(f"{server.url}/search")
    page.get_by_role("button", name="Who stands").click()
    page.wait_for_url("**q=stand+over*")
