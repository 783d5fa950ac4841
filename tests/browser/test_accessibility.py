"""axe-core on every page, light and dark: no serious or critical violation."""

import pytest

from tests.browser.conftest import Axe
from tests.browser.test_app import PAGES, settle

pytestmark = pytest.mark.browser

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
