"""Runs that are shared by a link: whoever has it may look at them until it is withdrawn.

A link is a file ``links/TOKEN`` in its maker's workspace that holds a run's id. A browser that
opened one keeps the token in a cookie, so that the parts of the page are served, too.
"""

import re
import secrets
from collections.abc import Mapping, Sequence
from pathlib import Path
from urllib.parse import parse_qs

from lart_core.atomic_files import replacing
from lart_core.paths import workspace

COOKIE = "lart_links"
PARAMETER = "link"
"""Of an address that is a link."""
TOKEN = re.compile(r"[\w-]{32}", re.ASCII)
KEPT = 4
"""Links that a browser has open at a time; the oldest go first."""


def make(run_id: str) -> str:
    """A link to a run of the workspace; its token. There is one a run."""
    token = of(run_id) or secrets.token_urlsafe(24)
    with replacing(_folder() / token) as path:
        path.write_text(run_id)
    return token


def of(run_id: str) -> str | None:
    """The token of the link to a run of the workspace, if there is one."""
    links = _folder().glob("*")
    return next((each.name for each in links if _leads_to(each) == run_id), None)


def withdraw(run_id: str) -> None:
    """End the link to a run of the workspace."""
    if token := of(run_id):
        (_folder() / token).unlink(missing_ok=True)


def opened(cookies: Mapping[str, str], query: bytes = b"") -> tuple[str, ...]:
    """The tokens that a browser has: of its cookie, and last of the address that it opens."""
    asked = parse_qs(query.decode("latin-1")).get(PARAMETER, [])
    tokens = [*cookies.get(COOKIE, "").split("."), *asked]
    known = dict.fromkeys(token for token in reversed(tokens) if TOKEN.fullmatch(token))
    return tuple(reversed([*known][:KEPT]))


def lent(spaces: Path, tokens: Sequence[str], shelf: str, id: str) -> Path | None:
    """The folder of a run that one of the tokens is a link to.

    Args:
        spaces: Where visitors' workspaces lie.
        shelf: Links are to runs; other things are not lent.
    """
    for token in tokens if shelf == "runs" else ():
        for link in spaces.glob(f"[0-9a-f]*/links/{token}"):
            if _leads_to(link) == id:
                return link.parent.parent / shelf / id
    return None


def _leads_to(link: Path) -> str:
    """The id of the run that a link is to; nothing where it was withdrawn in between."""
    try:
        return link.read_text()
    except OSError:
        return ""


def _folder() -> Path:
    return workspace().folder / "links"
