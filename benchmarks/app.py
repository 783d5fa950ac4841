"""How quick the app is, in a real Chromium: ``python benchmarks/app.py [--home FOLDER] [--long]``.

Starts the app on a home of its own with made-up runs (or on FOLDER, kept between calls) and prints
each figure beside its bar. ``--long`` also makes and opens a 10-minute 720p run with 8 people.
"""

import argparse
import json
import statistics
import tempfile
import time
from pathlib import Path

from playwright.sync_api import Page, sync_playwright

from lart_core import rendering
from lart_core.rendering.layer import write_layer
from tests.browser.conftest import FLAGS, Server, chromium, free_port, open_watch
from tests.synthetic import make_run

WATCH_PLAYBACK = """async (root) => {
  const differences = [];
  const read = () => differences.push(Math.abs(root.dataset.frame - root.dataset.shown));
  await new Promise((done) => {
    const until = performance.now() + 10000;
    const look = () => {
      read();
      if (performance.now() < until) requestAnimationFrame(look);
      else done();
    };
    look();
  });
  return differences;
}"""

CLICK = """async ([root, share, frames]) => {
  const canvas = root.querySelector(".lanes .person canvas");
  const { left, top, width } = canvas.getBoundingClientRect();
  const clientX = Math.round(left + share * width);
  const frame = Math.min(frames - 1, Math.floor(((clientX - left) / width) * frames));
  const start = performance.now();
  canvas.dispatchEvent(new MouseEvent("click", { clientX, clientY: top + 20, bubbles: true }));
  while (Number(root.dataset.shown) !== frame) await new Promise(requestAnimationFrame);
  return performance.now() - start;
}"""
"""Click at a share of a lane's width; gives milliseconds until its frame is on the screen."""


def say(name: str, value: float, unit: str, bar: str) -> None:
    """Print one figure."""
    print(f"{name:48} {value:9.2f} {unit:9} (bar: {bar})", flush=True)


def pages(page: Page, server: Server) -> None:
    """First page after a cold start, then page changes by the navigation."""
    server.stop()
    start = time.perf_counter()
    server.start()
    page.goto(server.url)
    page.locator("h1").wait_for()
    say("cold start to first page", time.perf_counter() - start, "s", "<= 5")
    page.wait_for_timeout(3000)
    times: dict[str, float] = {}
    for name in ["Watch", "Models", "Files", "Jobs"] * 2:
        start = time.perf_counter()
        page.get_by_role("link", name=name, exact=True).first.click()
        page.get_by_role("heading", name=name, level=1).wait_for()
        times[name] = time.perf_counter() - start
        page.wait_for_timeout(700)
    for name, seconds in times.items():
        say(f"page change to {name}, second time", seconds, "s", "<= 1")


def player(page: Page, server: Server, run: str, frames: int) -> None:
    """Click to shown frame; cursor against picture and silence while it plays."""
    sent: list[object] = []
    page.on("websocket", lambda ws: ws.on("framesent", lambda data: sent.append(data)))
    root = open_watch(page, server, f"run={run}")
    clicks = []
    for number in range(21):
        share = (number * 0.37 + 0.05) % 1
        clicks.append(page.evaluate(CLICK, [root.element_handle(), share, frames]))
        page.wait_for_timeout(400)
    say("click to shown frame, median of 20", statistics.median(clicks[1:]), "ms", "<= 150")
    page.wait_for_timeout(1500)
    root.press("l")
    root.press("Space")
    sent.clear()
    differences = root.evaluate(WATCH_PLAYBACK)
    say("cursor against picture in 10 s, most", max(differences), "frames", "<= 1")
    say("messages to Python in 10 s", len(sent), "", "0")


def long_run(page: Page, server: Server, home: Path) -> None:
    """A 10-minute run opens and scrubs."""
    if not (home / "runs" / "long" / "player.mp4").exists():
        make_run(home, "long", frames=18_000, people=8, size=(1280, 720))
    start = time.perf_counter()
    root = open_watch(page, server, "run=long")
    say("10 minutes, 8 people: opens, first time", time.perf_counter() - start, "s", "<= 3")
    start = time.perf_counter()
    root = open_watch(page, server, "run=long&frame=9000")
    say("10 minutes, 8 people: opens, again", time.perf_counter() - start, "s", "<= 3")
    scrubs = [
        page.evaluate(CLICK, [root.element_handle(), (number * 0.31 + 0.02) % 1, 18_000])
        for number in range(12)
    ]
    say("10 minutes: click to shown frame, median", statistics.median(scrubs), "ms", "smooth")


def layer() -> None:
    """Frames a second of the layer of bodies at 640 wide."""
    run = make_run(Path(tempfile.mkdtemp()), "layer", frames=192, size=(1280, 720))
    with rendering.Renderer() as renderer:
        print(f"bodies are drawn by {renderer.backend}")
        people = list(run.tracklets())
        write_layer(run.path / "warm", [people[0].between(0, 9)], renderer)
        start = time.perf_counter()
        write_layer(run.path / "layer", people, renderer)
        say("layer of bodies, 640 wide", 192 / (time.perf_counter() - start), "frames/s", ">= 8")


def main() -> None:
    """Run everything."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--home", type=Path)
    parser.add_argument("--run", default="synthetic", help="run to click and play in")
    parser.add_argument("--long", action="store_true")
    args = parser.parse_args()
    home = args.home or Path(tempfile.mkdtemp())
    if not (home / "runs" / args.run / "run.json").exists():
        make_run(home, args.run, frames=300, people=3, size=(1280, 720))
    facts = json.loads((home / "runs" / args.run / "run.json").read_text())
    layer()
    server = Server(home, free_port()).start()
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium(), args=FLAGS)
        page = browser.new_page(viewport={"width": 1280, "height": 900})
        try:
            pages(page, server)
            player(page, server, args.run, facts["video"]["frames"])
            if args.long:
                long_run(page, server, home)
        finally:
            browser.close()
            server.stop()


if __name__ == "__main__":
    main()
