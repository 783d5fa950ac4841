"""The real app in a real Chromium: a server of its own on a free port, a home of its own."""

import os
import shutil
import signal
import socket
import subprocess
import sys
import tarfile
import time
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from tests.analysis.studies import write_study
from tests.synthetic import make_run

ARTEFACTS = Path(__file__).resolve().parents[2] / "artefacts" / "browser"
"""Where screenshots of the pages are kept; not part of the repository."""

FLAGS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--enable-unsafe-swiftshader",
    "--disable-quic",
    "--no-first-run",
    "--disable-sync",
    "--disable-background-networking",
    "--disable-component-update",
]
AXE = "axe-core@4.10.3"
SERIOUS = """async () => {
  const { violations } = await axe.run(document);
  const serious = violations.filter(({ impact }) => ["serious", "critical"].includes(impact));
  return serious.map(({ id, help, nodes }) => ({
    id, help, where: nodes.slice(0, 5).map((n) => [n.html.slice(0, 200), n.failureSummary]),
  }));
}"""
Axe = Callable[[Any], list[Any]]
COMMAND = "from app.cli import main; raise SystemExit(main())"


@dataclass
class Server:
    """A running app.

    Attributes:
        home: Its LART_HOME. port: Where it listens. options: More of `lart app`.
    """

    home: Path
    port: int
    options: tuple[str, ...] = ()
    process: subprocess.Popen[bytes] = field(init=False)

    def start(self) -> "Server":
        """Start it and wait until it answers."""
        self.process = subprocess.Popen(
            [
                sys.executable,
                "-c",
                COMMAND,
                "app",
                "--port",
                str(self.port),
                "--headless",
                *self.options,
            ],
            env=os.environ | {"LART_HOME": str(self.home)},
            stdout=(self.home / "server.log").open("ab"),
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        end = time.monotonic() + 60
        while time.monotonic() < end:
            try:
                urllib.request.urlopen(f"{self.url}/_stcore/health", timeout=2)
                return self
            except OSError:
                time.sleep(0.05)
        raise RuntimeError((self.home / "server.log").read_text())

    def kill(self) -> None:
        """End it as a power cut would: no goodbye, and only the server itself."""
        self.process.kill()
        self.process.wait()

    def stop(self) -> None:
        """End it in good order."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            try:
                self.process.wait(timeout=15)
            except subprocess.TimeoutExpired:
                self.kill()

    @property
    def url(self) -> str:
        """Its address."""
        return f"http://127.0.0.1:{self.port}"


def chromium() -> str | None:
    """The Chromium of this machine."""
    names = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
    return next((path for path in map(shutil.which, names) if path), None)


def take_away(folder: Path) -> None:
    """Delete a run of a server that may be writing into it at this moment."""
    while folder.exists():
        shutil.rmtree(folder, ignore_errors=True)


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        return sock.getsockname()[1]


@pytest.fixture(scope="session")
def browser() -> Iterator:
    """A Chromium; a test without one is skipped."""
    path = chromium()
    if path is None:
        pytest.skip("browser tests need Chromium on the PATH (Debian: apt-get install chromium)")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=path, args=FLAGS)
        yield started
        started.close()


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory, browser) -> Iterator[Server]:
    """The app with a run ``synthetic`` (90 frames, two people, two models) and a made-up study."""
    home = tmp_path_factory.mktemp("home")
    make_run(home)
    write_study(home / "studies" / "made-up")
    started = Server(home, free_port()).start()
    yield started
    started.stop()


@pytest.fixture(scope="session")
def axe(tmp_path_factory: pytest.TempPathFactory) -> Axe:
    """The serious violations that axe-core, from npm, finds in a page."""
    npm = shutil.which("npm")
    if npm is None:
        pytest.skip("needs npm to fetch axe-core")
    folder = tmp_path_factory.mktemp("axe")
    answer = subprocess.run(
        [npm, "pack", AXE, "--silent"], cwd=folder, capture_output=True, text=True, check=False
    )
    packages = list(folder.glob("*.tgz"))
    if not packages:
        pytest.skip(f"npm could not fetch {AXE}: {answer.stderr.strip()[:200]}")
    with tarfile.open(packages[0]) as archive:
        member = archive.extractfile("package/axe.min.js")
        assert member
        script = member.read().decode()

    def found(page: Any) -> list[Any]:
        page.evaluate(script)
        return page.evaluate(SERIOUS)

    return found


@pytest.fixture
def page(browser, request: pytest.FixtureRequest) -> Iterator:
    """A fresh tab of 1280 by 900; errors of its JavaScript fail the test."""
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    tab = context.new_page()
    errors: list[str] = []
    tab.on("pageerror", lambda error: errors.append(str(error)))
    yield tab
    if getattr(request.node, "failed", False):
        tab.screenshot(path=artefact(f"failed-{request.node.name}"), full_page=True)
    context.close()
    assert not errors, errors


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo):
    """Let the `page` fixture know that its test failed."""
    report = yield
    item.failed = getattr(item, "failed", False) or report.failed  # type: ignore[attr-defined]
    return report


def artefact(name: str) -> str:
    """Where a screenshot goes."""
    ARTEFACTS.mkdir(parents=True, exist_ok=True)
    return str(ARTEFACTS / f"{name.replace('/', '-')}.png")


def open_watch(page, server: Server, query: str = "run=synthetic&a=pose&person=1"):
    """Open the player on a run and wait until it shows its frame. Gives the player's locator."""
    page.goto(f"{server.url}/watch?{query}")
    player = page.locator(".player")
    player.wait_for()
    page.wait_for_function(
        """() => {
          const host = [...document.querySelectorAll('*')].find(
            (e) => e.shadowRoot?.querySelector('.player'));
          const root = host?.shadowRoot.querySelector('.player');
          return root && root.dataset.shown === root.dataset.frame
            && root.dataset.shown !== undefined && root.querySelector('.lanes li');
        }"""
    )
    return player
