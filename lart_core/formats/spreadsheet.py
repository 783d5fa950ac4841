"""Text in CSV files that people open in a spreadsheet, which would run some of it as a formula."""

import re

_RUN = re.compile(r"'*[=+\-@\t\r]")
_NAME = re.compile(r"[-+][\w.-]*", re.ASCII)
"""An id or a number that begins with a sign, as AVA's ids do; as a formula it does nothing."""


def inert(text: str) -> str:
    """Text for a cell: with an apostrophe before it where a spreadsheet would run it.

    Ids of AVA's videos (``-5KQ66BBWC4``) and numbers stay as they are. `verbatim` takes it back.

    Example:
        >>> inert("=cmd|' /C calc'!A0"), inert("-5KQ66BBWC4"), inert("walk")
        ("'=cmd|' /C calc'!A0", '-5KQ66BBWC4', 'walk')
    """
    return f"'{text}" if _RUN.match(text) and not _NAME.fullmatch(text) else text


def verbatim(text: str) -> str:
    """The text that `inert` made a cell of.

    Example:
        >>> verbatim(inert("=1+1")), verbatim("it's")
        ('=1+1', "it's")
    """
    return text[1:] if text.startswith("'") and _RUN.match(text) else text
