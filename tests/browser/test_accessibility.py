"""axe-core on every page, light and dark: no serious or critical violation."""

from pathlib import Path

import pytest

from app.ui.component import folders
from tests.browser.conftest import Axe
from tests.browser.test_app import PAGES, settle

pytestmark = pytest.mark.browser

COMPONENTS = sorted(file for folder in folders().values() for file in folder.glob("*.html"))
STYLED = "getComputedStyle(document.querySelector('.stMainBlockContainer')).maxWidth == '1800px'"
"""Whether the page has our style sheet, which comes with its first elements."""

VIEWS = ["search?q=stand", "compare?of=Result+sets", "compare?of=A+study&study=made-up"]
LOOKS = [(1280, "light"), (1280, "dark"), (820, "dark"), (390, "light")]


@pytest.mark.parametrize(("width", "scheme"), LOOKS)
@pytest.mark.parametrize("name", PAGES + VIEWS)
def test_no_serious_violation(
    browser, server, axe: Axe, name: str, width: int, scheme: str
) -> None:
    context = browser.new_context(
        viewport={"width": width, "height": 1600}, color_scheme=scheme, bypass_csp=True
    )
    page = context.new_page()
    page.goto(f"{server.url}/{name}")
    settle(page)
    page.wait_for_timeout(1000)
    page.wait_for_function(STYLED)
    found = axe(page)
    context.close()
    assert not found, found


@pytest.mark.parametrize("component", COMPONENTS, ids=lambda file: file.stem)
def test_components_are_accessible_before_their_script_runs(
    browser, axe: Axe, component: Path
) -> None:
    """The script of a component can be a second on its way; its HTML is on the page meanwhile."""
    page = browser.new_page()
    page.set_content(f"""<!doctype html><html lang="en"><title>{component.stem}</title>
        <main><h1>{component.stem}</h1>{component.read_text(encoding="utf-8")}</main></html>""")
    found = axe(page)
    page.close()
    assert not found, found
