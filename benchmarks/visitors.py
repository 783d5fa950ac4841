"""Many visitors of a public server at once, each of whom tries everything of the others.

``python -m benchmarks.visitors [--visitors 25] [--seconds 600] [--pause 30]`` (with the checkout on
PYTHONPATH) starts `lart app --public` on a home with a made-up sample and drives it by as many
browser contexts of one Chromium. Each visitor has a finished run, uploads videos of their own, lets
them be processed, watches, cancels and removes, round after round, and looks on every page for the
others' names and ids. After each round they ask for every new address that is of anybody else, and
in the end for all of them once more. Then all delete everything. It prints figures, and ends with
an error at the first thing that somebody saw of another, and where a page failed: with what that
page says, and a picture of it in ``artefacts``.

Each fifth visitor's Home plays by itself. The others' browsers ask for little motion, as people's
can: their pages do and show the same, and the picture on Home stands still. After each step a
visitor reads for half a minute or so, and four at a time act: 25 browsers that all load and play
without a pause are more than the two cores that they share with the server can draw.

``--first-page`` measures something else: how long the first page takes while as many visitors play
the sample. Those are played by what one real browser asked for while it played, in its rhythm, so
that their browsers do not take this machine's cores.
"""

import argparse
import asyncio
import os
import random
import re
import statistics
import sys
import tempfile
import time
from collections import Counter, deque
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import numpy as np
from playwright.async_api import Browser, BrowserContext, Page, WebSocket, async_playwright

from app.jobs import table
from app.spaces.quota import used
from lart_core import paths
from lart_core.video import write_player
from tests.browser.conftest import FLAGS, Server, artefact, chromium, free_port
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
"""Of a run."""
PAGES = ("files", "search")
"""What is looked at in the end; the others are in every round."""
PATIENCE = 240_000
"""Milliseconds for a page to come; the machine may be busy."""
HEARD = 12
"""Of a page's connections and complaints the last that are told where it fails."""
PLAYED = 10.0
"""Seconds of playing that are recorded."""
ACTING = asyncio.Semaphore(4)
"""Visitors whose browsers load a page or play at the same moment; the others' pages are open."""
MOVING = 5
"""Each so-manieth visitor's Home plays by itself; the others' browsers ask for little motion."""
KEPT_OPEN = 2.0
"""Seconds that a player's connection is kept: the server ends idle ones after 5, and who asks at
that very moment gets no answer; a browser asks again, this client would not."""
ARRIVALS = 5
"""First pages that are timed."""


@dataclass
class Visitor:
    """One browser context: what it is called, which addresses it asked for, what it waited for."""

    name: str
    context: BrowserContext
    page: Page
    clip: Path
    id: str = ""
    asked: set[str] = field(default_factory=set)
    first_page: float = 0.0
    refused: int = 0
    jobs_refused: int = 0
    rounds: int = 0
    tried: set[str] = field(default_factory=set)
    heard: deque[str] = field(default_factory=lambda: deque(maxlen=HEARD))

    @property
    def secret(self) -> str:
        """The file name that nobody else may ever read."""
        return self.clip.name

    @property
    def run(self) -> str:
        """The finished run that they have from the beginning."""
        return f"run-of-{self.clip.stem[-3:]}"


class Failed(AssertionError):
    """A page did not do what it is for: what it says instead, and where its picture is."""


@asynccontextmanager
async def doing(visitor: Visitor, what: str) -> AsyncIterator[None]:
    """A step of a visitor's, whose page is one of the few that load or play at this moment.

    Raises:
        Failed: It failed.
    """
    try:
        async with ACTING:
            yield
    except Exception as error:
        picture = artefact(f"failed {visitor.name} {what}")
        await visitor.page.screenshot(path=picture)
        said = await visitor.page.locator("body").aria_snapshot()
        where = f"{visitor.name}, round {visitor.rounds + 1}, {what}, {visitor.page.url}"
        heard = "\n".join(visitor.heard)
        raise Failed(
            f"{where} ({picture}): {error}\nThe page says:\n{said}\nBefore:\n{heard}"
        ) from error


async def arrive(browser: Browser, server: Server, number: int, folder: Path) -> Visitor:
    """Open the first page as somebody new, who then has a finished run."""
    context = await browser.new_context(
        viewport={"width": 1280, "height": 900},
        reduced_motion="no-preference" if number % MOVING == 0 else "reduce",
    )
    page = await context.new_page()
    clip = folder / f"secret-of-visitor-{number:03d}.mp4"
    rng = np.random.default_rng(number)
    write_player(clip, (rng.integers(0, 255, (48, 64, 3), np.uint8) for _ in range(5)), 25)
    visitor = Visitor(f"visitor {number}", context, page, clip)
    page.set_default_timeout(PATIENCE)
    page.on("request", lambda request: visitor.asked.add(request.url.partition("?")[0]))
    listen(visitor)
    start = time.perf_counter()
    await page.goto(server.url)
    await page.locator("h1").first.wait_for()
    visitor.first_page = time.perf_counter() - start
    cookies = await context.cookies()
    value = next(each["value"] for each in cookies if each["name"] == "lart_visitor")
    visitor.id = value.partition(".")[0]
    make_run(server.home / "spaces" / visitor.id, visitor.run)
    visitor.asked |= {f"{server.url}/lart/runs/{visitor.run}/{part}" for part in PARTS}
    return visitor


def listen(visitor: Visitor) -> None:
    """Note what happens to a visitor's connections, and what their browser complains of."""

    def note(what: str) -> None:
        visitor.heard.append(f"{time.strftime('%H:%M:%S')} {what}")

    def connected(socket: WebSocket) -> None:
        note("connected to the server")
        socket.once("framereceived", lambda _: note("its first message came"))
        socket.once("close", lambda _: note("that connection was closed"))

    page = visitor.page
    page.on("websocket", connected)
    page.on("framenavigated", lambda frame: note(f"went to {frame.url}"))
    page.on("requestfailed", lambda request: note(f"{request.url} failed: {request.failure}"))
    page.on("console", lambda said: said.type == "error" and note(said.text))


async def add(visitor: Visitor, server: Server) -> None:
    """Upload the visitor's video, and have it processed."""
    page = visitor.page
    await page.goto(server.url)
    await page.locator("input[type=file]").set_input_files(visitor.clip)
    await page.locator(".upload li.sent, .upload li.refused").last.wait_for()
    if not await page.locator(".upload li.sent").count():
        visitor.refused += 1
        return
    await page.get_by_role("button", name="Process").click()
    begun = page.get_by_text(f"Video {visitor.secret}")
    refused = page.get_by_role("alert").filter(has_text="and at most")
    await begun.or_(refused).first.wait_for()
    visitor.jobs_refused += not await begun.count()


async def watch(visitor: Visitor, server: Server) -> None:
    """Play a run of one's own."""
    await visitor.page.goto(f"{server.url}/watch?run={visitor.run}")
    player = visitor.page.locator(".player")
    await player.wait_for()
    await player.press("Space")
    await asyncio.sleep(2.0)
    await player.press("Space")


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


async def remove(visitor: Visitor, server: Server) -> None:
    """Remove one video, with all that was made of it."""
    await visitor.page.goto(f"{server.url}/your_data")
    kept = visitor.page.locator("[class*=st-key-kept-]").first
    (name,) = re.findall(r"st-key-kept-\S+", await kept.get_attribute("class") or "")
    await kept.get_by_role("button", name="Remove").click()
    await visitor.page.locator(f".{name}").wait_for(state="detached")


async def look(visitor: Visitor, everybody: list[Visitor]) -> None:
    """Read the page that is open, for names and ids of others, and for failures."""
    content = await visitor.page.content()
    assert "Something went wrong" not in content, (visitor.name, visitor.page.url)
    for other in everybody:
        if other is not visitor:
            for word in (other.secret, other.id, other.run):
                assert word not in content, (visitor.name, visitor.page.url, word)


async def read(pause: float) -> None:
    """Rest for so many seconds on average, each visitor for another time."""
    await asyncio.sleep(random.uniform(0, 2 * pause))


async def stay(
    visitor: Visitor, everybody: list[Visitor], server: Server, until: float, pause: float
) -> None:
    """Do what visitors do while there is time for one more round; at least one."""
    while True:
        start = time.monotonic()
        for step in (add, watch, cancel):
            async with doing(visitor, step.__name__):
                await step(visitor, server)
                await look(visitor, everybody)
            await read(pause)
        await spy(visitor, everybody, server)
        visitor.rounds += 1
        now = time.monotonic()
        if now + (now - start) >= until:
            return
        async with doing(visitor, "remove"):
            await remove(visitor, server)
            await look(visitor, everybody)


async def spy(one: Visitor, everybody: list[Visitor], server: Server) -> None:
    """Ask for all that is the others' and was not tried yet, and for one's own.

    By a client with this browser's cookies: a browser's own would take most of the cores.
    """
    cookies = {each["name"]: each["value"] for each in await one.context.cookies()}
    kept = httpx.Limits(keepalive_expiry=KEPT_OPEN)
    async with httpx.AsyncClient(cookies=cookies, timeout=PATIENCE / 1000, limits=kept) as client:
        for part in PARTS:
            answer = await client.get(f"{server.url}/lart/runs/{one.run}/{part}")
            assert answer.status_code in (200, 204), (one.name, part, answer.status_code)
        for other in everybody:
            theirs = {each for each in other.asked if OWN.search(each)} - one.asked - one.tried
            for address in sorted(theirs):
                answer = await client.get(address)
                told = (one.name, other.name, address, answer.status_code)
                assert answer.status_code == 404, told
                assert other.secret not in answer.text and other.id not in answer.text, told
                one.tried.add(address)


async def look_around(
    visitor: Visitor, everybody: list[Visitor], server: Server, pause: float
) -> None:
    """Open every page and read it, and try all that is the others' once more."""
    visitor.tried.clear()
    await spy(visitor, everybody, server)
    for name in PAGES:
        await read(pause)
        async with doing(visitor, name):
            await visitor.page.goto(f"{server.url}/{name}")
            await visitor.page.locator("h1").first.wait_for()
            await asyncio.sleep(1.0)
            await look(visitor, everybody)


async def leave(visitor: Visitor, server: Server, pause: float) -> None:
    """Delete everything, and look whether it is gone."""
    await read(pause)
    page = visitor.page
    async with doing(visitor, "leave"):
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


def turns(server: Server, everybody: list[Visitor]) -> list[int]:
    """How many of each visitor's jobs were begun, of those who still have any."""
    begun = Counter[str]()
    for visitor in everybody:
        with paths.entered(paths.Workspace(server.home / "spaces" / visitor.id)):
            begun[visitor.id] = sum(1 for job in table.every() if job.attempts)
    return sorted(begun.values())


async def soak(
    server: Server, visitors: int, seconds: float, folder: Path, pause: float = 0.0
) -> dict[str, float]:
    """The whole visit, with ``pause`` seconds of reading after a step; gives the figures.

    Raises:
        AssertionError: Somebody saw something of another, or a page failed.
    """
    spaces_folder = server.home / "spaces"
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=chromium(), args=FLAGS)
        before, until = memory(server), time.monotonic() + seconds
        everybody = await asyncio.gather(
            *(arrive(browser, server, number, folder) for number in range(visitors))
        )
        assert len({each.id for each in everybody}) == visitors
        say("All have come")
        await asyncio.gather(*(stay(each, everybody, server, until, pause) for each in everybody))
        disk, held, begun = used(spaces_folder), memory(server), turns(server, everybody)
        say("All look around")
        await asyncio.gather(*(look_around(each, everybody, server, pause) for each in everybody))
        say("All leave")
        await asyncio.gather(*(leave(each, server, pause) for each in everybody))
        left = [each.name for each in spaces_folder.iterdir() if each.name != "key"]
        assert not {each.id for each in everybody} & set(left), left
        await browser.close()
    log = (server.home / "server.log").read_text()
    assert "A page failed" not in log
    assert "secret-of-visitor" not in log, "names of visitors' files are not logged"
    waits = sorted(each.first_page for each in everybody)
    return {
        "visitors": visitors,
        "rounds of all together": sum(each.rounds for each in everybody),
        "first page while all come, median (s)": statistics.median(waits),
        "first page while all come, slowest (s)": waits[-1],
        "addresses of others tried, all refused": sum(len(each.tried) for each in everybody),
        "uploads refused in words": sum(each.refused for each in everybody),
        "jobs refused in words": sum(each.jobs_refused for each in everybody),
        "begun jobs of the last round, fewest of a visitor": begun[0],
        "begun jobs of the last round, most of a visitor": begun[-1],
        "disk of all visitors at the end (MB)": disk / 1e6,
        "disk after they deleted (MB)": used(spaces_folder) / 1e6,
        "memory before (MB)": before,
        "memory with all of them (MB)": held,
        "memory after they deleted (MB)": memory(server),
    }


async def first_page(server: Server, visitors: int, folder: Path) -> dict[str, float]:
    """How long the first page takes while others play the sample."""
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=chromium(), args=FLAGS)
        alone = await arrive(browser, server, 0, folder)
        asked = await recorded(alone, server)
        await alone.context.close()
        playing = [asyncio.create_task(play(server, asked)) for _ in range(visitors)]
        await asyncio.sleep(2.0)
        waits = []
        for number in range(1, 1 + ARRIVALS):
            late = await arrive(browser, server, number, folder)
            waits.append(late.first_page)
            await late.context.close()
        ended = [task for task in playing if task.done()]
        assert not ended, ended
        for task in playing:
            task.cancel()
        await browser.close()
    return {
        "visitors who play": visitors,
        "what each asks for in a second": len(asked) / PLAYED,
        "first page alone (s)": alone.first_page,
        "first page, median (s)": statistics.median(waits),
        "first page, slowest (s)": max(waits),
    }


async def recorded(visitor: Visitor, server: Server) -> list[tuple[float, str, dict[str, str]]]:
    """What a browser asks for while it plays the sample: when (s), address, its range."""
    asked: list[tuple[float, str, dict[str, str]]] = []
    await visitor.page.goto(f"{server.url}/watch?run=sample")
    player = visitor.page.locator(".player")
    await player.wait_for()
    start = time.perf_counter()

    def note(url: str, headers: dict[str, str]) -> None:
        if "/lart/runs/" in url:
            ranged = {"range": headers["range"]} if "range" in headers else {}
            asked.append((time.perf_counter() - start, url, ranged))

    visitor.page.on("request", lambda request: note(request.url, request.headers))
    await visitor.page.reload()
    await player.wait_for()
    await player.press("Space")
    await asyncio.sleep(PLAYED - (time.perf_counter() - start))
    return asked


async def play(server: Server, asked: list[tuple[float, str, dict[str, str]]]) -> None:
    """Ask as somebody new for what was asked for, again and again."""
    kept = httpx.Limits(keepalive_expiry=KEPT_OPEN)
    async with httpx.AsyncClient(timeout=30, limits=kept) as client:
        await client.get(server.url, headers={"accept": "text/html"})
        while True:
            start = time.perf_counter()
            for when, address, headers in asked:
                await asyncio.sleep(max(0.0, when - (time.perf_counter() - start)))
                answer = await client.get(address, headers=headers)
                assert answer.status_code in (200, 204, 206), (address, answer.status_code)
            await asyncio.sleep(max(0.0, PLAYED - (time.perf_counter() - start)))


@contextmanager
def public(folder: Path, terms: str) -> Iterator[Server]:
    """A public server with a made-up sample."""
    make_run(folder / "home", "sample")
    settings = folder / "public.toml"
    settings.write_text(terms)
    server = Server(folder / "home", free_port(), ("--public", str(settings))).start()
    try:
        yield server
    finally:
        server.stop()


def main() -> None:
    """Parse the command line, and print the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--visitors", type=int)
    parser.add_argument("--seconds", type=float, default=600)
    parser.add_argument("--pause", type=float, default=30, help="seconds after a step, on average")
    parser.add_argument("--first-page", action="store_true")
    args = parser.parse_args()
    os.environ.setdefault("LART_WEIGHTS", str(paths.lart_home() / "weights"))
    terms = "uploads_an_hour = 100000\njobs_an_hour = 100000\nuploads_at_once = 25\n"
    with tempfile.TemporaryDirectory() as scratch, public(Path(scratch), terms) as server:
        if args.first_page:
            visit = first_page(server, args.visitors or 10, Path(scratch))
        else:
            visit = soak(server, args.visitors or 25, args.seconds, Path(scratch), args.pause)
        figures = asyncio.run(visit)
    for name, value in figures.items():
        print(f"{name:50} {value:10.2f}")


if __name__ == "__main__":
    main()
