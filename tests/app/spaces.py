"""A server for visitors, and visitors of it, for tests."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from app import spaces
from app.spaces import doors
from app.spaces.accounts import Accounts
from lart_core import errors, paths
from tests.app.http_client import Client
from tests.synthetic import make_run


@contextmanager
def opened(
    monkeypatch: pytest.MonkeyPatch,
    terms: spaces.Terms | None = None,
    accounts: Accounts | None = None,
) -> Iterator[None]:
    """A block in which this process serves visitors."""
    with monkeypatch.context() as patch:
        patch.setattr(doors, "_public", None)
        patch.setattr(paths, "_otherwise", paths.own_workspace)
        patch.setattr(errors, "_to_strangers", None)
        spaces.open_to_public(terms or spaces.Terms(), accounts)
        yield


def arrive(client: Client) -> dict[str, str]:
    """Open the first page; gives the headers by which this visitor is known."""
    answer = client.get("/", headers={"accept": "text/html"})
    name, _, rest = answer.headers["set-cookie"].partition("=")
    assert name == doors.COOKIE
    return {"cookie": f"{name}={rest.partition(';')[0]}"}


def of(headers: dict[str, str]) -> spaces.Visitor:
    """The visitor whom headers are of."""
    name, _, value = headers["cookie"].partition("=")
    someone = doors.known({name: value})
    assert someone is not None
    return someone


def with_run(someone: spaces.Visitor, name: str = "mine") -> Path:
    """Give a visitor a finished run."""
    someone.folder.mkdir(parents=True, exist_ok=True)
    made = make_run(someone.folder)
    return made.path.rename(made.path.with_name(name))
