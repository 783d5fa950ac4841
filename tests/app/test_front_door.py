"""What every answer passes: names of the server, headers, and what of its folders is served."""

from collections.abc import Iterator

import pytest

from app.server import front_door
from app.ui import component
from lart_core.runs.run import Run
from tests.app.http_client import Client, serving


@pytest.fixture(scope="module")
def client() -> Iterator[Client]:
    with serving() as client:
        yield client


@pytest.mark.parametrize("host", ["evil.example", "127.0.0.1.evil.example", "localhost.evil", ""])
def test_another_name_reads_nothing(client: Client, run: Run, host: str) -> None:
    """DNS rebinding: a page of evil.example whose name leads to this machine."""
    answer = client.get("/lart/runs/synthetic/player.mp4", headers={"host": host})
    assert answer.status_code == 400


@pytest.mark.parametrize("host", ["127.0.0.1:8501", "localhost:8501", "localhost"])
def test_its_own_names_do(client: Client, run: Run, host: str) -> None:
    assert client.get("/lart/runs/synthetic/overlay/0", headers={"host": host}).status_code == 200


def test_names_that_the_keeper_gives() -> None:
    assert front_door.hosts("0.0.0.0") == ["*"]
    assert front_door.hosts("0.0.0.0", ["lens.example.org"])[0] == "lens.example.org"
    assert "*" not in front_door.hosts("::1")
    assert "*" not in front_door.hosts("localhost")


def test_every_answer_says_what_browsers_refuse(client: Client, run: Run) -> None:
    for path in (
        "/lart/runs/synthetic/lanes?first=x",
        f"{component.address()}/player/player.js",
        "/nothing",
    ):
        headers = client.get(path).headers
        assert headers["x-content-type-options"] == "nosniff"
        assert "frame-ancestors 'self'" in headers["content-security-policy"]
        assert "http:" not in headers["content-security-policy"]


@pytest.mark.parametrize("name", ["__init__.py", "player.css", "player.html", "", "../facts.py"])
def test_only_modules_are_served(client: Client, name: str) -> None:
    assert client.get(f"{component.address()}/player/player.js").status_code == 200
    assert client.get(f"{component.address()}/player/{name}").status_code == 404


def test_modules_are_kept_for_good_and_told_of_at_once(client: Client) -> None:
    told = component.modules("player")
    assert told[0] == "player/player.js" and "component/mount.js" in told
    assert "player/painter.js" in told, "three imports deep"
    assert "player/page.js" not in told, "only pages without a server need it"
    for module in told:
        answer = client.get(f"{component.address()}/{module}")
        assert answer.status_code == 200 and "immutable" in answer.headers["cache-control"]
    assert client.get(f"/lart/modules/{'0' * 16}/player/player.js").status_code == 404


def test_only_the_page_that_shows_it_tells_of_the_players_modules(client: Client) -> None:
    told = client.get("/watch").headers["link"]
    assert f'<{component.address()}/player/painter.js>; rel="modulepreload"' in told
    for path in ("/", "/models", "/lart/runs/watch/lanes"):
        assert "link" not in client.get(path).headers


@pytest.mark.parametrize("size", [81, 300, 5000])
def test_long_ids_are_not_found(client: Client, size: int) -> None:
    long = "a" * size
    for path in (f"/lart/runs/{long}/player.mp4", f"/lart/exports/{long}",
                 f"/lart/results/{long}/video/x", f"/lart/results/x/video/{long}"):  # fmt: skip
        assert client.get(path).status_code == 404
