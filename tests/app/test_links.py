"""Runs that are shared by a link: looked at, not changed, until the link is withdrawn."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from app.spaces import doors, leaving, links
from app.storage import runs
from lart_core import paths
from lart_core.errors import LartError
from tests.app.http_client import Client, serving
from tests.app.spaces import arrive, of, opened, with_run


@pytest.fixture
def client(home: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Client]:
    with opened(monkeypatch), serving() as client:
        yield client


@pytest.fixture
def owner(client: Client) -> dict[str, str]:
    """Somebody with two runs, of which a link leads to the first."""
    one = arrive(client)
    with_run(of(one))
    with_run(of(one), "other")
    return one


@pytest.fixture
def token(owner: dict[str, str]) -> str:
    with doors.serving(of(owner)):
        return links.make("mine")


def follow(client: Client, token: str, headers: dict[str, str] | None = None) -> dict[str, str]:
    """Open a link; gives the headers of whoever did."""
    page = f"/watch?run=mine&{links.PARAMETER}={token}"
    answer = client.get(page, headers=(headers or {}) | {"accept": "text/html"})
    (kept,) = [each for each in answer.set_cookies if each.startswith(links.COOKIE)]
    assert "HttpOnly" in kept and "SameSite=Lax" in kept
    known = headers or arrive(client)
    return {"cookie": f"{known['cookie'].split(';')[0]}; {kept.partition(';')[0]}"}


def status(client: Client, headers: dict[str, str], run: str = "mine") -> int:
    return client.get(f"/lart/runs/{run}/overlay/0", headers=headers).status_code


def test_a_link_leads_to_one_run(client: Client, token: str) -> None:
    stranger = arrive(client)
    assert status(client, stranger) == 404
    other = follow(client, token, stranger)
    assert (status(client, other), status(client, other, "other")) == (200, 404)
    assert status(client, arrive(client)) == 404, "only who opened it"


def test_nothing_is_changed_by_a_link(client: Client, owner: dict[str, str], token: str) -> None:
    other = follow(client, token)
    same = {"Origin": f"http://127.0.0.1:{client.port}"}
    answer = client.put("/lart/runs/mine/corrections", b'{"spans": []}', other | same)
    assert answer.status_code == 409 and "do not change it" in answer.json()["error"]
    assert not (of(owner).folder / "runs" / "mine" / "corrections.json").exists()
    assert client.get("/lart/runs/mine/facts", headers=other).json()["own"] is False
    assert client.get("/lart/runs/mine/facts", headers=owner).json()["own"] is True


def test_what_is_lent_is_not_listed(client: Client, token: str) -> None:
    other = doors.Visitor(of(arrive(client)).id, (token,))
    with paths.entered(other.workspace):
        assert runs.entries() == []
        assert runs.lent("mine") is not None and runs.lent("other") is None


def test_a_link_that_is_withdrawn_leads_nowhere(
    client: Client, owner: dict[str, str], token: str
) -> None:
    other = follow(client, token)
    with doors.serving(of(owner)):
        assert links.make("mine") == links.of("mine") == token
        links.withdraw("mine")
        assert links.of("mine") is None
        links.withdraw("mine")
    assert status(client, other) == 404
    with doors.serving(of(owner)):
        assert links.make("mine") != token
    assert status(client, other) == 404


def test_links_go_with_what_they_show(client: Client, owner: dict[str, str], token: str) -> None:
    other = follow(client, token)
    shutil.rmtree(of(owner).folder / "runs" / "mine")
    assert status(client, other) == 404
    with_run(of(owner))
    assert status(client, other) == 200
    leaving.ask(of(owner))
    assert status(client, other) == 404


@pytest.mark.parametrize("token", ["", "x", "*" * 32, "../" * 11, "a" * 32, "a" * 31 + "*"])
def test_a_made_up_token_opens_nothing(client: Client, owner: dict[str, str], token: str) -> None:
    other = {"cookie": f"{arrive(client)['cookie']}; {links.COOKIE}={token}"}
    assert status(client, other) == 404


def test_a_browser_keeps_the_last_few() -> None:
    names = [f"{n}" * 32 for n in range(6)]
    kept = links.opened({links.COOKIE: ".".join(names[:5])}, f"run=x&link={names[5]}".encode())
    assert kept == tuple(names[2:])
    again = links.opened({links.COOKIE: ".".join(kept)}, f"link={names[3]}".encode())
    assert again == (names[2], names[4], names[5], names[3])
    assert links.opened({}, b"link=nonsense") == ()


def test_a_link_is_of_ones_own(home: Path, client: Client) -> None:
    with doors.serving(None), pytest.raises(LartError, match="cookie"):
        links.make("mine")
