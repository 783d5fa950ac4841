"""Sign-in by OpenID Connect (Streamlit's `st.login`): whose account a browser's cookies are of."""

import json
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import blake2b
from pathlib import Path
from typing import Any

from streamlit.auth_util import get_cookie_with_chunks, is_authlib_installed
from streamlit.web.server.starlette.starlette_app_utils import decode_signed_value
from streamlit.web.server.starlette.starlette_server_config import USER_COOKIE_NAME

from lart_core.errors import LartError

SHORTEST_SECRET = 32
OF_ALL = ("redirect_uri", "cookie_secret")
OF_EACH = ("client_id", "client_secret", "server_metadata_url")


@dataclass(frozen=True)
class Accounts:
    """How this server's people sign in.

    Attributes:
        secret: What Streamlit signs their cookies with.
        providers: Names to give to `st.login`; None is the one that has no name.
    """

    secret: str
    providers: tuple[str | None, ...]

    def claims(self, cookies: Mapping[str, str]) -> dict[str, Any]:
        """What the provider said of who is signed in; nothing where nobody is."""

        def one(name: str) -> bytes | None:
            value = cookies.get(name, "").encode("latin-1", "replace")
            return decode_signed_value(self.secret, name, value)

        said = get_cookie_with_chunks(one, USER_COOKIE_NAME)
        return json.loads(said) if said else {}

    def id(self, cookies: Mapping[str, str], key: bytes) -> str | None:
        """The id of the space of who is signed in: of issuer and subject, which stay.

        E-mail addresses change hands, and may be claimed by others with another provider.
        """
        said = self.claims(cookies)
        whose = [said.get("iss"), said.get("sub")]
        if not said.get("is_logged_in") or not all(isinstance(w, str) and w for w in whose):
            return None
        return blake2b(json.dumps(whose).encode(), key=key, digest_size=16).hexdigest()


def read(path: Path) -> Accounts | None:
    """The sign-in of a secrets file; None where there is no file, or no ``[auth]`` in it.

    Raises:
        LartError: Something of it is missing, on the page or on this machine.
    """
    try:
        auth = tomllib.loads(path.read_text(encoding="utf-8")).get("auth")
    except FileNotFoundError:
        return None
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise LartError(f"Expected secrets as TOML in {path}: {error}.") from None
    if auth is None:
        return None
    if not isinstance(auth, dict):
        raise LartError(f"Expected a table [auth] in {path}.")
    named = {name: each for name, each in auth.items() if isinstance(each, dict)}
    _complete(path, "[auth]", auth, OF_ALL if named else OF_ALL + OF_EACH)
    for name, each in named.items():
        _complete(path, f"[auth.{name}]", each, OF_EACH)
    if len(auth["cookie_secret"]) < SHORTEST_SECRET:
        raise LartError(
            f"Expected a cookie_secret of {SHORTEST_SECRET} or more random letters in {path}, as "
            "`python -c 'import secrets; print(secrets.token_hex())'` gives."
        )
    if not is_authlib_installed():
        raise LartError("Sign-in needs Authlib: pip install 'lart-lens[accounts]'.")
    return Accounts(auth["cookie_secret"], tuple(named) or (None,))


def _complete(path: Path, where: str, given: Mapping[str, Any], wanted: tuple[str, ...]) -> None:
    missing = [key for key in wanted if not isinstance(given.get(key), str) or not given[key]]
    if missing:
        raise LartError(f"{path} lacks {', '.join(missing)} in {where} (docs/public.md, Sign-in).")
