"""How well a run's page plays from the disk: ``python -m benchmarks.site_page PAGE.html``.

Opens the page that `lart export RUN --format site` made in a real Chromium by its ``file://``
address, plays it, and prints how many of its frames were shown a second, overlay and lanes with
them, the page's size, and what it asked a network for (nothing).
"""

import argparse
from pathlib import Path

from playwright.sync_api import sync_playwright

from tests.browser.conftest import FLAGS, chromium

SECONDS = 6.0
SHOWN = """async (root, seconds) => {
  const frames = new Set();
  const start = performance.now();
  let now = start;
  while (now - start < seconds * 1000) {
    frames.add(root.dataset.shown);
    now = await new Promise(requestAnimationFrame);
  }
  return [frames.size, (now - start) / 1000];
}"""


def main() -> None:
    """Print the figures of a page."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("page", type=Path)
    args = parser.parse_args()
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium(), args=FLAGS)
        page = browser.new_page(viewport={"width": 1280, "height": 900})
        asked: list[str] = []
        page.on("request", lambda request: asked.append(request.url.partition(":")[0]))
        page.goto(args.page.resolve().as_uri())
        player = page.locator(".player")
        page.wait_for_function("(e) => e.dataset.shown === '0'", arg=player.element_handle())
        player.press("Space")
        page.wait_for_timeout(500)
        frames, seconds = player.evaluate(SHOWN, SECONDS)
        browser.close()
    print(f"frames shown a second  {frames / seconds:6.1f}  (bar: 24)")
    print(f"size of the page (MB)  {args.page.stat().st_size / 1e6:6.1f}")
    print(f"asked of a network     {sum(scheme.startswith('http') for scheme in asked):6d}")


if __name__ == "__main__":
    main()
