"""What was found odd about files of results."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Finding:
    """Something that is probably not meant.

    Attributes:
        kind: Short name, for example ``"boxes in pixels"``.
        text: What was expected, what came, what to do.
        fatal: No figure would mean anything.
    """

    kind: str
    text: str
    fatal: bool = False
