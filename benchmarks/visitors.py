"""Many visitors of a public server at once, each of whom tries everything of the others.

``python -m benchmarks.visitors [--visitors 25] [--seconds 600] [--home FOLDER]`` (with the checkout
on PYTHONPATH) starts `lart app --public` on a home with a made-up sample and drives it by as many
browser contexts of one Chromium. Each visitor uploads a video of their own, watches the sample,
cancels, and at the end deletes. Then every address that anybody's page asked for is tried by
everybody else, and every page of everybody is searched for the others' names and ids. It prints
figures, and ends with an error at the first thing that somebody saw of another.
"""

import argparse
import asyncio
import re
import statistics
import sys
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from playwright.async_api import Browser, BrowserContext, Page, async_playwright

from app.spaces.quota import used
from lart_core.video import write_player
from tests.browser.conftest import FLAGS, Server, chromium, free_port
from tests.synthetic import make_run

OWN = re.compile(r"/lart/(runs|exports|results)/(?!sample/)|/media/")
"""Addresses of what is one visitor's. The sample is everybody's."""
PARTS = (
    "player.mp4",
    "overlay/0",
    "facts",
    "corrections",
    "still/0",
    "rest/1",
    "poses/0",
    "mesh/0",
)
"""Of a run, whose id is its upload's."""
PAGES = ("", "jobs", "files", "your_data", "search")
PATIENCE = 120_000
"""Milliseconds for a page to come; the machine may be busy."""


@dataclass
class Visitor:
    """One browser context: what it is called, which addresses it asked for, what it waited for."""

    name: str
    context: BrowserContext
    page: Page
    clip: Path
    asked: set[str] = field(default_factory=set)
    first_page: float = 0.0
    refused: int = 0

    @property
    def secret(self) -> str:
        """The file name that nobody else may ever read."""
        return self.clip.name

    @property
    async def id(self) -> str:
        """Whose space it is."""
        cookies = await self.context.cookies()
        value = next(each["value"] for each in cookies if each["name"] == "lart_visitor")
        return value.partition(".")[0]


async def arrive(browser: Browser, server: Server, number: int, folder: Path) -> Visitor:
    """Open the first page as somebody new."""
    context = await browser.new_context(viewport={"width": 1280, "height": 900})
    page = await context.new_page()
    clip = folder / f"secret-of-visitor-{number:03d}.mp4"
    rng = np.random.default_rng(number)
    write_player(clip, (rng.integers(0, 255, (48, 64, 3), np.uint8) for _ in range(25)), 25)
    visitor = Visitor(f"visitor {number}", context, page, clip)
    page.set_default_timeout(PATIENCE)
    page.on("request", lambda request: visitor.asked.add(request.url.partition("?")[0]))
    start = time.perf_counter()
    await page.goto(server.url)
    await page.locator("h1").first.wait_for()
    visitor.first_page = time.perf_counter() - start
    return visitor


async def add(visitor: Visitor, server: Server) -> None:
    """Upload the visitor's video, and have it processed."""
    page = visitor.page
    await page.goto(server.url)
    await page.locator("input[type=file]").set_input_files(visitor.clip)
    await page.locator(".upload li.sent, .upload li.refused").last.wait_for()
    if await page.locator(".upload li.sent").count():
        await page.get_by_role("button", name="Process").click()
        await page.get_by_text(f"Video {visitor.secret}").first.wait_for()
    else:
        visitor.refused += 1


async def watch(visitor: Visitor, server: Server) -> None:
    """Begin to play the sample; it plays on."""
    await visitor.page.goto(f"{server.url}/watch?run=sample")
    player = visitor.page.locator(".player")
    await player.wait_for()
    await player.press("Space")
    await asyncio.sleep(1.0)


async def cancel(visitor: Visitor, server: Server) -> None:
    """Cancel what runs or waits, if it is not over yet."""
    await visitor.page.goto(f"{server.url}/jobs")
    await visitor.page.get_by_text(visitor.secret).first.wait_for()
    button = visitor.page.get_by_role("button", name="Cancel").first
    if await button.count():
        try:
            await button.click(timeout=5_000)
        except Exception:  # it ended in between
            return


async def stay(visitor: Visitor, server: Server, until: float) -> None:
    """Do what visitors do until the time is over."""
    while True:
        await add(visitor, server)
        await watch(visitor, server)
        await cancel(visitor, server)
        if time.monotonic() >= until:
            return


async def spy(one: Visitor, others: list[Visitor], server: Server) -> int:
    """Try all that is the others': as addresses, and as words on one's own pages.

    Returns:
        How many addresses were tried.
    """
    tried = 0
    for other in others:
        for address in sorted(each for each in other.asked if OWN.search(each)):
            if "/media/" in address:  # of whoever knows the hash of what lies there
                continue
            answer = await one.context.request.get(address)
            body = await answer.text()
            assert answer.status == 404, (one.name, other.name, address, answer.status)
            assert other.secret not in body and await other.id not in body
            tried += 1
    for name in PAGES:
        await one.page.goto(f"{server.url}/{name}")
        await one.page.locator("h1").first.wait_for()
        await asyncio.sleep(1.0)
        content = await one.page.content()
        assert "Something went wrong" not in content, (one.name, name)
        for other in others:
            assert other.secret not in content, (one.name, name, other.name)
            assert await other.id not in content
    return tried


async def leave(visitor: Visitor, server: Server) -> None:
    """Delete everything, and look whether it is gone."""
    page = visitor.page
    await page.goto(f"{server.url}/your_data")
    await page.get_by_role("button", name="Delete my data").click()
    await page.get_by_role("button", name="Delete everything now").click()
    await page.get_by_text("Everything of yours is deleted").wait_for()


def say(what: str) -> None:
    """Tell how far it is."""
    print(f"{time.strftime('%H:%M:%S')} {what}", file=sys.stderr, flush=True)


def memory(server: Server) -> float:
    """MB of the server and of all that it started."""
    total, group = 0, server.process.pid
    for status in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = status.read_text().rsplit(")", 1)[1].split()
            parent = int(fields[1])
            if int(status.parent.name) == group or parent == group:
                total += int((status.parent / "statm").read_text().split()[1]) * 4096
        except (OSError, IndexError, ValueError):
            continue
    return total / 1e6


async def soak(server: Server, visitors: int, seconds: float, folder: Path) -> dict[str, float]:
    """The whole visit; gives the figures.

    Raises:
        AssertionError: Somebody saw something of another, or a page failed.
    """
    spaces_folder = server.home / "spaces"
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=chromium(), args=FLAGS)
        before = memory(server)
        everybody = await asyncio.gather(
            *(arrive(browser, server, number, folder) for number in range(visitors))
        )
        say("All have come")
        until = time.monotonic() + seconds
        await asyncio.gather(*(stay(each, server, until) for each in everybody))
        say("All play")
        await asyncio.gather(*(watch(each, server) for each in everybody))
        late = await arrive(browser, server, visitors, folder)
        await late.context.close()
        disk, held = used(spaces_folder), memory(server)
        assert len({await each.id for each in everybody}) == visitors
        for each in everybody:
            kept = spaces_folder / await each.id / "uploads"
            runs = [f"{server.url}/lart/runs/{upload.name}" for upload in kept.glob("[!.]*")]
            each.asked |= {f"{run}/{part}" for run in runs for part in PARTS}
        say("Each tries all of the others")
        tried = await asyncio.gather(
            *(
                spy(one, [each for each in everybody if each is not one], server)
                for one in everybody
            )
        )
        say("All leave")
        await asyncio.gather(*(leave(each, server) for each in everybody))
        left = [each.name for each in spaces_folder.iterdir() if each.name != "key"]
        gone = [await each.id for each in everybody]
        assert not set(gone) & set(left), left
        await browser.close()
    waits = sorted(each.first_page for each in everybody)
    return {
        "visitors": visitors,
        "first page, median (s)": statistics.median(waits),
        "first page, slowest (s)": waits[-1],
        "first page while all play (s)": late.first_page,
        "addresses of others tried, all refused": sum(tried),
        "uploads refused in words": sum(each.refused for each in everybody),
        "disk of all visitors at the end (MB)": disk / 1e6,
        "disk after they deleted (MB)": used(spaces_folder) / 1e6,
        "memory before (MB)": before,
        "memory with all of them (MB)": held,
        "memory after they deleted (MB)": memory(server),
    }


def main() -> None:
    """Parse the command line, and print the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--visitors", type=int, default=25)
    parser.add_argument("--seconds", type=float, default=600)
    parser.add_argument("--home", type=Path, help="a LART_HOME with a sample (a made-up one)")
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        home = args.home or Path(scratch) / "home"
        if args.home is None:
            make_run(home, "sample")
        terms = Path(scratch) / "public.toml"
        terms.write_text("uploads_an_hour = 100000\njobs_an_hour = 100000\nuploads_at_once = 25\n")
        server = Server(home, free_port(), ("--public", str(terms))).start()
        try:
            figures = asyncio.run(soak(server, args.visitors, args.seconds, Path(scratch)))
        finally:
            server.stop()
    for name, value in figures.items():
        print(f"{name:45} {value:10.2f}")


if __name__ == "__main__":
    main()
