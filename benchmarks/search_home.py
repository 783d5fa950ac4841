"""How fast Search answers over many runs, and how fast Home opens.

    python -m benchmarks.search_home [--search 200] [--home 1000] [--browser]

Makes runs (300 frames, two people, two models) in a scratch home. Prints the seconds to read them
into the index for the first time, then each figure beside its bar. With ``--browser`` pages are
also opened in headless Chromium, from the first request until the tiles are on the screen, each
time by a browser that has nothing in its cache.
"""

import argparse
import shutil
import statistics
import tempfile
import time
from pathlib import Path

from analysis.search import EXAMPLES, Index, find, parse
from tests.synthetic import make_run


def make_home(home: Path, runs: int) -> None:
    """Copies of one run under other ids."""
    first = make_run(home, "walk-0", frames=300)
    for number in range(1, runs):
        shutil.copytree(first.path, first.path.with_name(f"walk-{number}"), symlinks=True)


def stamps(home: Path) -> dict[Path, str]:
    """As `app.storage.catalogue` makes them."""
    from app.storage import catalogue

    return {path: catalogue._stamp(path) for path in (home / "runs").iterdir()}


def searches(home: Path) -> None:
    """Seconds to index, and a search."""
    index = Index(home / "index.sqlite")
    begin = time.perf_counter()
    index.refresh(stamps(home))
    print(f"first index {time.perf_counter() - begin:8.2f} s")
    for words in EXAMPLES:
        taken = []
        for _ in range(5):
            begin = time.perf_counter()
            index.refresh(stamps(home))
            found = find(index, parse(words))
            taken.append(time.perf_counter() - begin)
        print(f"{statistics.median(taken):8.3f} s of 1 s  {words!r}: {len(found)} moments")


def in_browser(home: Path, path: str) -> None:
    """Seconds from the request until tiles are shown."""
    from playwright.sync_api import sync_playwright

    from benchmarks.workbench import empty_page
    from tests.browser.conftest import FLAGS, Server, chromium, free_port

    server = Server(home, free_port()).start()
    try:
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=chromium(), args=FLAGS)
            with browser.new_context() as unused:
                empty = empty_page(unused.new_page(), home, visits=1)
            print(f"{empty:8.2f} s  an empty page of Streamlit, for comparison")
            for attempt in range(3):
                page = browser.new_page()
                begin = time.perf_counter()
                page.goto(f"{server.url}{path}")
                page.locator("li .picture").first.wait_for(timeout=120_000)
                print(f"{time.perf_counter() - begin:8.2f} s  {path} in Chromium ({attempt + 1})")
                page.close()
            browser.close()
    finally:
        server.stop()


def main() -> None:
    """Measure both."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--search", type=int, default=200)
    parser.add_argument("--home", type=int, default=1000)
    parser.add_argument("--browser", action="store_true")
    args = parser.parse_args()
    for runs, path in ((args.search, "/search?q=two+people%2C+one+falls"), (args.home, "/")):
        with tempfile.TemporaryDirectory() as folder:
            home = Path(folder)
            make_home(home, runs)
            print(f"{runs} runs")
            searches(home)
            if args.browser:
                in_browser(home, path)


if __name__ == "__main__":
    main()
