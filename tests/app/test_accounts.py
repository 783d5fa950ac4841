"""Sign-in: what a secrets file must say, whose space a signed-in browser has, and who has none."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from streamlit.web.server.starlette.starlette_app_utils import create_signed_value
from streamlit.web.server.starlette.starlette_server_config import USER_COOKIE_NAME

from app import spaces
from app.spaces import accounts, doors, links, quota
from lart_core import paths
from lart_core.errors import LartError
from tests.app.http_client import Client, serving
from tests.app.spaces import opened, with_run
from tests.synthetic import make_run

SECRET = "x" * 40
SIGN_IN = accounts.Accounts(SECRET, (None,))
WHOLE = {
    "redirect_uri": "https://lens.example.org/oauth2callback",
    "cookie_secret": SECRET,
    "client_id": "lens",
    "client_secret": "secret",
    "server_metadata_url": "https://id.example.org/.well-known/openid-configuration",
}
ALICE = {"iss": "https://id.example.org", "sub": "1", "email": "a@example.org"}


@pytest.fixture
def client(home: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Client]:
    with opened(monkeypatch, accounts=SIGN_IN), serving() as client:
        yield client


def cookies(claims: dict[str, Any], secret: str = SECRET) -> dict[str, str]:
    """What Streamlit leaves in the browser of somebody who signed in."""
    said = json.dumps(claims | {"is_logged_in": True, "origin": "http://127.0.0.1"})
    return {USER_COOKIE_NAME: create_signed_value(secret, USER_COOKIE_NAME, said).decode()}


def headers(claims: dict[str, Any], secret: str = SECRET) -> dict[str, str]:
    return {"cookie": "; ".join(f"{k}={v}" for k, v in cookies(claims, secret).items())}


def id(claims: dict[str, Any]) -> str | None:
    return SIGN_IN.id(cookies(claims), b"key")


def test_a_space_is_of_issuer_and_subject() -> None:
    assert doors.ID.fullmatch(id(ALICE) or "")
    assert id(ALICE) == id(ALICE | {"email": "new@example.org", "name": "Alice"})
    others = [ALICE | {"sub": "2"}, ALICE | {"iss": "https://elsewhere.example.org"}]
    assert len({id(each) for each in [ALICE, *others]}) == 3
    assert id(ALICE | {"iss": "https://id.example.org1", "sub": ""}) is None
    assert SIGN_IN.id(cookies(ALICE), b"other key") != id(ALICE)


@pytest.mark.parametrize("claims", [{}, {"email": "a@example.org"}, ALICE | {"sub": 1}])
def test_who_the_provider_does_not_name_is_nobody(claims: dict[str, Any]) -> None:
    assert id(claims) is None


def test_an_account_has_its_own_and_nobody_elses(home: Path, client: Client) -> None:
    make_run(home, "sample")
    someone = doors.known(cookies(ALICE))
    assert someone is not None
    with_run(someone)
    address = "/lart/runs/mine/overlay/0"
    assert client.get(address, headers=headers(ALICE)).status_code == 200
    forged = headers(ALICE, secret="y" * 40)
    for stranger in (headers(ALICE | {"sub": "2"}), forged, {}):
        assert client.get(address, headers=stranger).status_code == 404
    assert client.get("/lart/runs/sample/facts", headers=headers(ALICE)).status_code == 200
    for stranger in (forged, {}):
        assert client.get("/lart/runs/sample/facts", headers=stranger).status_code == 404


def test_who_is_not_signed_in_leaves_nothing(home: Path, client: Client) -> None:
    same = {"Origin": f"http://127.0.0.1:{client.port}"}
    answer = client.put("/lart/uploads?name=a.mp4", b"video", same)
    assert (answer.status_code, answer.json()["error"]) == (403, doors.UNSIGNED)
    assert not client.get("/", headers={"accept": "text/html"}).set_cookies
    with doors.serving(doors.known({})):
        assert quota.limited() and spaces.unsigned()
        with pytest.raises(LartError, match="Sign in first"):
            spaces.visitor()
        with pytest.raises(OSError):
            links.make("mine")
        assert not paths.workspace().folder.exists()
    assert {each.name for each in (home / "spaces").iterdir()} == {"key"}


def test_a_link_needs_no_account(client: Client) -> None:
    someone = doors.known(cookies(ALICE))
    assert someone is not None
    with_run(someone)
    with doors.serving(someone):
        token = links.make("mine")
    page = f"/watch?run=mine&{links.PARAMETER}={token}"
    (kept,) = client.get(page, headers={"accept": "text/html"}).set_cookies
    guest = {"cookie": kept.partition(";")[0]}
    assert client.get("/lart/runs/mine/overlay/0", headers=guest).status_code == 200
    with doors.serving(someone):
        links.withdraw("mine")
    assert client.get("/lart/runs/mine/overlay/0", headers=guest).status_code == 404


def secrets(folder: Path, auth: dict[str, str], more: str = "") -> Path:
    lines = [f'{name} = "{value}"' for name, value in auth.items()]
    (folder / "secrets.toml").write_text("\n".join(["[auth]", *lines, more]))
    return folder / "secrets.toml"


def test_what_is_in_a_secrets_file(tmp_path: Path) -> None:
    assert accounts.read(tmp_path / "secrets.toml") is None
    (tmp_path / "secrets.toml").write_text("other = 1")
    assert accounts.read(tmp_path / "secrets.toml") is None
    assert accounts.read(secrets(tmp_path, WHOLE)) == SIGN_IN
    of_all = {name: WHOLE[name] for name in accounts.OF_ALL}
    of_each = "\n".join(f'{name} = "x"' for name in accounts.OF_EACH)
    two = f"[auth.google]\n{of_each}\n[auth.ours]\n{of_each}"
    read = accounts.read(secrets(tmp_path, of_all, two))
    assert read is not None and read.providers == ("google", "ours")


@pytest.mark.parametrize("name", WHOLE)
def test_what_a_secrets_file_lacks(tmp_path: Path, name: str) -> None:
    rest = {key: value for key, value in WHOLE.items() if key != name}
    with pytest.raises(LartError, match=rf"lacks {name} in \[auth\]"):
        accounts.read(secrets(tmp_path, rest))


@pytest.mark.parametrize(
    ("text", "words"),
    [("[auth", "as TOML"), ("auth = 3", r"a table \[auth\]"), ("[auth.x]\na = 1", "redirect_uri")],
)
def test_a_secrets_file_that_is_none(tmp_path: Path, text: str, words: str) -> None:
    (tmp_path / "secrets.toml").write_text(text)
    with pytest.raises(LartError, match=words):
        accounts.read(tmp_path / "secrets.toml")


def test_a_secret_that_could_be_guessed(tmp_path: Path) -> None:
    with pytest.raises(LartError, match="32 or more random letters"):
        accounts.read(secrets(tmp_path, WHOLE | {"cookie_secret": "secret"}))


def test_sign_in_without_authlib(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(accounts, "is_authlib_installed", lambda: False)
    with pytest.raises(LartError, match=r"lart-lens\[accounts\]"):
        accounts.read(secrets(tmp_path, WHOLE))
