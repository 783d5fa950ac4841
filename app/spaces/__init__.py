"""Spaces: on a public server each visitor has a folder of their own, kept apart by a signed cookie
(or by their account, where people sign in).

On a machine of one's own (no `open_to_public`) there is one user and one workspace, `lart_home`.
"""

from app.spaces.doors import (
    Visitor,
    granted,
    home,
    open_to_public,
    public,
    signing_in,
    unsigned,
    visitor,
)
from app.spaces.terms import Terms

__all__ = [
    "Terms",
    "Visitor",
    "granted",
    "home",
    "open_to_public",
    "public",
    "signing_in",
    "unsigned",
    "visitor",
]
