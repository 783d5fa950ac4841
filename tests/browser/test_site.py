"""A run as a page, opened from the disk: it plays, everything follows, and nothing is asked for."""

import os
from pathlib import Path

import pytest

from app.site import write_page
from tests.browser.conftest import Axe, artefact
from tests.browser.test_player import READ_PIXELS, WATCH_PANEL
from tests.synthetic import make_run

pytestmark = pytest.mark.browser


SAMPLE = "LART_SAMPLE_PAGE"
"""Environment variable: the sample's page, where CI has made one."""


@pytest.fixture(scope="module", params=["made-up", "sample"])
def address(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> str:
    if request.param == "sample":
        if not os.environ.get(SAMPLE):
            pytest.skip(f"needs the sample's page in ${SAMPLE}, as CI makes one")
        return Path(os.environ[SAMPLE]).resolve().as_uri()
    folder = tmp_path_factory.mktemp("site")
    write_page(make_run(folder), folder / "page.html", ["pose", "other"])
    return (folder / "page.html").as_uri()


def test_it_plays_from_the_disk_without_a_request(
    page, address: str, axe: Axe, request: pytest.FixtureRequest
) -> None:
    requests: list[str] = []
    troubles: list[str] = []
    page.on("request", lambda request: requests.append(request.url))
    page.on("pageerror", lambda error: troubles.append(str(error)))
    page.on("console", lambda line: line.type == "error" and troubles.append(line.text))
    page.goto(address)
    player = page.locator(".player")
    page.wait_for_function("(e) => e.dataset.shown === '0'", arg=player.element_handle())
    scene = page.locator(".scene canvas")
    page.wait_for_function("(e) => e.dataset.frame === '0'", arg=scene.element_handle())
    player.press("Space")
    seen = player.evaluate(WATCH_PANEL)
    player.press("Space")
    assert int(seen[-1][0]) > int(seen[0][0]), "it played"
    player.press("Home")
    player.press("ArrowRight")
    page.wait_for_function("(e) => e.dataset.shown === '1'", arg=player.element_handle())
    if "made-up" in request.node.callspec.id:
        assert player.evaluate(READ_PIXELS) == 1
    page.locator(".lanes li").first.wait_for()
    page.screenshot(path=artefact("site"))
    assert axe(page) == []
    asked = {url.partition(":")[0] for url in requests if url != address}
    assert asked <= {"data", "blob"}, requests
    assert troubles == []
