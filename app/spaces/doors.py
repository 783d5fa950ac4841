"""Who is served: the one place that decides whose folder runs, jobs and uploads are sought in.

`lart_core.shelf` asks `lart_core.paths.workspace`, which asks `here`: whose cookie came with this
request (`app.server.front_door`) or with this browser tab. Nobody known: an error, not somebody's
folder.
"""

import os
import re
import secrets
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, suppress
from contextvars import ContextVar
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

import streamlit as st
from itsdangerous import BadSignature, Signer
from streamlit.runtime.scriptrunner import get_script_run_ctx

from app.spaces import key, links
from app.spaces.accounts import Accounts
from app.spaces.rates import group
from app.spaces.terms import Terms
from lart_core import discretion, paths
from lart_core.errors import LartError
from lart_core.paths import Workspace, lart_home

COOKIE = "lart_visitor"
ID = re.compile("[0-9a-f]{32}")
STRANGER = (
    "This server keeps what visitors add apart by a cookie, and your browser sent none: allow "
    "cookies of this site and open the page again."
)
UNSIGNED = "Sign in first: this server keeps what people add apart by account."
NOWHERE = Path(os.devnull) / "nobody"
"""The folder of who is not signed in: nothing is there, and nothing can be written."""


class Stranger(LartError):
    """Nobody known asks."""


LEAVING = "marked-for-deletion"
"""An empty file in a space that is about to be deleted: nobody works in it any more."""


@dataclass(frozen=True)
class Visitor:
    """Somebody that a public server serves.

    Attributes:
        id: Of their space; empty where people have accounts and this one is not signed in.
        links: Tokens of the links that they opened (`app.spaces.links`).
    """

    id: str
    links: tuple[str, ...] = field(default=(), compare=False)

    @property
    def folder(self) -> Path:
        """Where everything of theirs lies, and nothing else."""
        return spaces_folder() / self.id if self.id else NOWHERE

    @property
    def leaving(self) -> Path:
        """The file that says that their data are to be deleted."""
        return self.folder / LEAVING

    @property
    def workspace(self) -> Workspace:
        """Their folder, what is shared, and what links lend them."""
        lent = partial(links.lent, spaces_folder(), self.links)
        return Workspace(self.folder, granted().shared if self.id else {}, lent)


@dataclass(frozen=True)
class _Public:
    terms: Terms
    key: bytes
    accounts: Accounts | None

    @property
    def signer(self) -> Signer:
        """Signs the cookies of visitors."""
        return Signer(self.key, salt="lart visitor", key_derivation="hmac")


_public: _Public | None = None
_served: ContextVar[Visitor | None] = ContextVar("visitor", default=None)
_sent_from: ContextVar[str | None] = ContextVar("address", default=None)


def open_to_public(terms: Terms, accounts: Accounts | None = None) -> None:
    """From now on this process serves visitors, each in a space of their own.

    What it says of errors no longer tells where files lie.

    Args:
        accounts: How they sign in; None: a space is of a browser.

    Raises:
        LartError: The key of their cookies cannot be used.
    """
    global _public
    _public = _Public(terms, key.read_or_make(spaces_folder() / "key"), accounts)
    paths.decide_workspace(here)
    discretion.begin()


def public() -> bool:
    """Whether this process serves visitors."""
    return _public is not None


def granted() -> Terms:
    """What visitors are granted."""
    return _public.terms if _public else Terms()


def signing_in() -> Accounts | None:
    """How visitors sign in; None where a space is of a browser."""
    return _public.accounts if _public else None


def spaces_folder() -> Path:
    """Where visitors' folders lie."""
    return lart_home() / "spaces"


def cookies(someone: Visitor | None, opened: Sequence[str], *, secure: bool) -> list[str]:
    """The Set-Cookie headers by which a visitor is known from now on; None is somebody new.

    Scripts do not see them, other sites' forms and frames do not send them, and they go when the
    visitor's data do. Accounts have a cookie of Streamlit's.

    Args:
        opened: Tokens of links (`app.spaces.links.opened`).
    """
    assert _public is not None
    values = {links.COOKIE: ".".join(opened)} if opened else {}
    if _public.accounts is None:
        id = (someone or Visitor(secrets.token_hex(16))).id
        values[COOKIE] = _public.signer.sign(id).decode()
    seconds = int(_public.terms.expire_hours * 3600)
    marks = f"Max-Age={seconds}; Path=/; HttpOnly; SameSite=Lax" + "; Secure" * secure
    return [f"{name}={value}; {marks}" for name, value in values.items()]


def seen(someone: Visitor) -> None:
    """Note that a visitor is here, if they have left anything; at most once a minute."""
    with suppress(OSError):
        if time.time() - someone.folder.stat().st_mtime > 60:
            os.utime(someone.folder)


def known(cookies: Mapping[str, str]) -> Visitor | None:
    """The visitor whose signed cookie is among these; None where there is none.

    Where people have accounts, who is not signed in is a visitor without a space.
    """
    if _public is None:
        return None
    opened = links.opened(cookies)
    if _public.accounts is not None:
        return Visitor(_public.accounts.id(cookies, _public.key) or "", opened)
    try:
        id = _public.signer.unsign(cookies.get(COOKIE, "").encode()).decode()
    except (BadSignature, UnicodeError):
        return None
    return Visitor(id, opened) if ID.fullmatch(id) else None


@contextmanager
def serving(someone: Visitor | None, sent_from: str | None = None) -> Iterator[None]:
    """For the length of a block, in this thread or task: this visitor is served, or nobody.

    Args:
        sent_from: The network address that they ask from.
    """
    token, whence = _served.set(someone), _sent_from.set(sent_from)
    try:
        yield
    finally:
        _served.reset(token)
        _sent_from.reset(whence)


def address() -> str:
    """Where the one who is served asks from, as far as it is counted (`app.spaces.rates.group`)."""
    found = _sent_from.get()
    if found is None and get_script_run_ctx(suppress_warning=True) is not None:
        found = st.context.ip_address
    return group(found)


def current() -> Visitor | None:
    """Who is served, by this request or known by this browser tab's cookie; None: nobody known."""
    found = _served.get()
    if found is None and get_script_run_ctx(suppress_warning=True) is not None:
        found = known(st.context.cookies)
    return found


def visitor() -> Visitor:
    """As `current`, of somebody who has a space here.

    Raises:
        Stranger: Nobody known, or not signed in.
    """
    found = current()
    if found is None or not found.id:
        raise Stranger(UNSIGNED if signing_in() else STRANGER)
    return found


def unsigned() -> bool:
    """Whether people have accounts here, and who is served is not signed in."""
    found = current()
    return signing_in() is not None and (found is None or not found.id)


def here() -> Workspace:
    """The workspace of whoever is served; of this process's user, where there are no visitors.

    Raises:
        LartError: Nobody known is served, or their data are being deleted.
    """
    if _public is None:
        return paths.own_workspace()
    served = current()
    if served is None:
        raise Stranger(STRANGER)
    if served.leaving.exists():
        raise LartError("Your data are being deleted; open the page again in a moment.")
    return served.workspace


def home() -> AbstractContextManager[None]:
    """For the length of a block: the home itself, where what is shared lies."""
    return paths.entered(Workspace(lart_home()))


def everybody() -> Iterator[Visitor]:
    """All visitors who have left something here."""
    for folder in sorted(spaces_folder().glob("*/")):
        if ID.fullmatch(folder.name):
            yield Visitor(folder.name)
