"""The app as a workbench, in headless Chromium: each figure beside its bar.

    python -m benchmarks.workbench [playing] [long] [first]

``playing``: 10 s of playback with four people, two models and the 3-D scene, and clicks in the
lanes. ``long``: a 30-minute video with 20 people, and the server's memory while all are visited.
``first``: a 4 s cut of the sample, uploaded: when its people can be seen, and when all is done.
Search and Home are measured by `benchmarks.search_home`.
"""

import argparse
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from playwright.sync_api import Locator, Page, sync_playwright

from benchmarks.app import say
from lart_core import weights
from lart_core.runs.run import Run
from lart_core.tracklet import VideoFacts
from tests.browser.conftest import FLAGS, Server, chromium, free_port, open_watch
from tests.synthetic import actions, make_run, person

SECONDS = 10
WARM = 10_000
"""Milliseconds until a server that has just started has tried its renderers and read the new run
into its index."""
PEOPLE = 20
MINUTES = 30
FPS = 25.0
SIZE = (320, 180)

PLAYBACK = """async ([root, seconds]) => {
  const parts = [".panel", ".scene canvas", ".over-time canvas"].map((p) => root.querySelector(p));
  const drawn = [];
  const apart = [];
  const scenes = new Set();
  const watcher = new MutationObserver(() => drawn.push(performance.now()));
  watcher.observe(root, { attributeFilter: ["data-shown"] });
  const until = performance.now() + 1000 * seconds;
  while (performance.now() < until) {
    await new Promise(requestAnimationFrame);
    scenes.add(parts[1].dataset.frame);
    for (const part of parts) apart.push(Math.abs(part.dataset.frame - root.dataset.shown));
  }
  watcher.disconnect();
  return { drawn: drawn.length, apart: Math.max(...apart), scenes: scenes.size };
}"""
"""Frames that came to the screen, and how far panel, scene and curve were from them at most."""

CLICK = """async ([root, person, share, frames]) => {
  const row = root.querySelector(`.person:has([aria-label="Person ${person}"])`);
  const canvas = row.querySelector("canvas");
  const { left, top, width } = canvas.getBoundingClientRect();
  const clientX = Math.round(left + share * width);
  const frame = Math.min(frames - 1, Math.floor(((clientX - left) / width) * frames));
  const parts = [".panel", ".scene canvas", ".over-time canvas"].map((p) => root.querySelector(p));
  const all = () => Number(root.dataset.shown) === frame
    && parts.every((part) => Number(part.dataset.frame) === frame)
    && root.querySelector(".who").textContent === `Person ${person}`
    && root.querySelector(".panel tbody tr:not([hidden])")
    && root.querySelector(".numbers").childElementCount;
  const start = performance.now();
  const at = { clientX, clientY: top + 3, bubbles: true };
  canvas.dispatchEvent(new PointerEvent("pointerdown", at));
  while (!all()) {
    await new Promise(requestAnimationFrame);
    if (performance.now() - start > 20000) throw new Error("nothing came");
  }
  return performance.now() - start;
}"""
"""Milliseconds from a click in a person's lane until picture, bars, body and curve are there."""

OVERLAY = """async ([root]) => {
  const came = () => performance.getEntriesByType("resource")
    .some(({ name }) => name.includes("/overlay/0"));
  while (!(root.dataset.shown && came())) await new Promise(requestAnimationFrame);
  await new Promise(requestAnimationFrame);
}"""
"""Waits for a picture with what was fetched to be drawn over it."""

OPEN = """async ([root]) => {
  const all = () => root.querySelector(".lanes li")
    && root.querySelector(".panel tbody tr:not([hidden])")
    && root.querySelector(".numbers").childElementCount;
  while (!all()) await new Promise(requestAnimationFrame);
}"""
"""Waits for lanes, bars and bodies."""


def playing(page: Page, home: Path) -> None:
    """Ten seconds of playback, then clicks."""
    frames = 450
    make_run(home, "four", frames=frames, people=4, size=(1280, 720))
    server = Server(home, free_port()).start()
    try:
        sent: list[object] = []
        page.on("websocket", lambda ws: ws.on("framesent", lambda data: sent.append(data)))
        root = open_watch(page, server, "run=four&a=pose&b=other&person=2")
        page.wait_for_timeout(4000)
        root.press("Space")
        page.wait_for_timeout(500)
        sent.clear()
        found = page.evaluate(PLAYBACK, [root.element_handle(), SECONDS])
        messages = len(sent)
        say("frames drawn a second", found["drawn"] / SECONDS, "frames/s", ">= 24")
        say("bars, body, curve from the picture, at most", found["apart"], "frames", "<= 2")
        say("messages to Python", messages, "", "0")
        say("scene drawn a second", found["scenes"] / SECONDS, "frames/s", "none")
        root.press("Space")
        page.wait_for_timeout(1000)
        clicks(page, root, frames, people=4)
    finally:
        server.stop()


def clicks(page: Page, root: Locator, frames: int, people: int) -> None:
    """Clicks all over the lanes."""
    taken = []
    for number in range(21):
        place = [1 + number % people, (number * 0.37 + 0.05) % 1, frames]
        taken.append(page.evaluate(CLICK, [root.element_handle(), *place]))
        page.wait_for_timeout(500)
    say("click to everything updated, median of 20", statistics.median(taken[1:]), "ms", "<= 200")
    say("click to everything updated, slowest", max(taken[1:]), "ms", "none")


def long_run(home: Path) -> int:
    """A finished run of a long video with many people; its frames."""
    frames = int(MINUTES * 60 * FPS)
    video = VideoFacts("long.mp4", *SIZE, FPS, frames, "0" * 64)
    run = Run.create(home / "runs" / "long", video, source="long.mp4", settings={"preset": "light"})
    run.write_tracklets(person(number + 1, video) for number in range(PEOPLE))
    everyone = [person(number + 1, video) for number in range(PEOPLE)]
    run.write_actions(actions("pose", everyone))
    subprocess.run(
        ["ffmpeg", "-loglevel", "error", "-f", "lavfi", "-i",
         f"testsrc=size={SIZE[0]}x{SIZE[1]}:rate={FPS:g}", "-frames:v", str(frames),
         "-c:v", "libx264", "-preset", "ultrafast", "-g", "8", "-pix_fmt", "yuv420p",
         "-movflags", "+faststart", str(run.path / "player.mp4")],
        check=True,
    )  # fmt: skip
    for stage in ("perception", "tracking", "actions", "player"):
        run.finish(stage, 1.0)
    return frames


def long(page: Page, home: Path) -> None:
    """Open a long video, and visit everybody."""
    frames = long_run(home)
    say("an empty page of Streamlit, for comparison", empty_page(page, home), "s", "none")
    server = Server(home, free_port()).start()
    try:
        page.goto(f"{server.url}/models")
        page.locator("h1").first.wait_for()
        page.wait_for_timeout(WARM)
        begin = time.perf_counter()
        page.goto(f"{server.url}/watch?run=long&a=pose")
        root = page.locator(".player")
        root.wait_for()
        page.evaluate(OVERLAY, [root.element_handle()])
        say("first overlay", time.perf_counter() - begin, "s", "<= 2")
        page.evaluate(OPEN, [root.element_handle()])
        say("opens: picture, lanes, bars, bodies", time.perf_counter() - begin, "s", "<= 3")
        page.wait_for_timeout(1000)
        before = memory(server)
        taken = []
        for number in range(PEOPLE):
            place = [1 + number, (number * 0.37 + 0.05) % 1, frames]
            taken.append(page.evaluate(CLICK, [root.element_handle(), *place]))
            page.wait_for_timeout(300)
        say("click to everything updated, median", statistics.median(taken), "ms", "<= 200")
        grown = memory(server) - before
        say("the server's memory, after all were visited", grown / 1e6, "MB more", "<= 300")
    finally:
        server.stop()


def empty_page(page: Page, folder: Path, visits: int = 3) -> float:
    """Seconds until a page of Streamlit that holds a title alone is there: what no page undercuts.

    Args:
        visits: How often it is opened; the last counts. From the second on the browser has
            Streamlit's own files.
    """
    (folder / "empty.py").write_text('import streamlit as st\nst.title("Empty")\n')
    address = f"http://127.0.0.1:{(port := free_port())}"
    server = subprocess.Popen(
        [sys.executable, "-m", "streamlit", "run", str(folder / "empty.py"),
         "--server.port", str(port), "--server.headless", "true",
         "--browser.gatherUsageStats", "false"],
        stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    try:
        assert server.stdout is not None
        next(line for line in server.stdout if address.rpartition(":")[2] in line)
        for _ in range(visits):
            begin = time.perf_counter()
            page.goto(address)
            page.locator("h1").wait_for()
            taken = time.perf_counter() - begin
            page.wait_for_timeout(2000)
        return taken
    finally:
        server.terminate()
        server.wait()


def memory(server: Server) -> int:
    """Bytes of the server's own process that lie in memory."""
    resident = Path(f"/proc/{server.process.pid}/statm").read_text().split()[1]
    return int(resident) * resource.getpagesize()


def first(page: Page, home: Path) -> None:
    """Upload a clip; wait for a picture of its people, for them in the player, and for the end."""
    clip = home / "clip.mp4"
    sample = weights.path("sample-clip")
    subprocess.run(
        ["ffmpeg", "-loglevel", "error", "-ss", "1.5", "-i", str(sample), "-t", "4", "-an",
         str(clip)],
        check=True,
    )  # fmt: skip
    make_run(home, "here")
    (home / "weights").symlink_to(sample.parents[1])
    server = Server(home, free_port()).start()
    try:
        page.goto(server.url)
        begin = time.perf_counter()
        page.locator(".upload input").first.set_input_files(str(clip))
        page.get_by_role("button", name="Process", exact=True).click()
        page.get_by_text("People found so far").wait_for(timeout=300_000)
        picture = time.perf_counter() - begin
        watch = page.get_by_role("link", name="Watch already")
        page.get_by_text("is ready").or_(watch).first.wait_for(timeout=300_000)
        watchable = time.perf_counter() - begin
        page.get_by_text("is ready").wait_for(timeout=300_000)
        done = time.perf_counter() - begin
        say("first people on the screen", picture, "s", f"<= {done / 2:.1f}, half of the whole")
        say("they can be watched", watchable, "s", "none")
        say("done", done, "s", "none")
    finally:
        server.stop()


STEPS: dict[str, Callable[[Page, Path], Any]] = {"playing": playing, "long": long, "first": first}


def main() -> None:
    """Measure what is asked for, or all."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("steps", nargs="*", choices=STEPS, default=list(STEPS))
    with sync_playwright() as playwright:
        for step in parser.parse_args().steps:
            browser = playwright.chromium.launch(executable_path=chromium(), args=FLAGS)
            with tempfile.TemporaryDirectory() as folder:
                STEPS[step](browser.new_page(viewport={"width": 1280, "height": 900}), Path(folder))
            browser.close()


if __name__ == "__main__":
    main()
