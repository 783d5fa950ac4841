"""Numbers of the command line that have bounds, as `type=` of an argument takes them."""

import math
from argparse import ArgumentTypeError
from collections.abc import Callable


def whole(least: int, most: int | None = None) -> Callable[[str], int]:
    """Reads whole numbers from `least` up, to `most` where there is an end."""
    wanted = f"from {least}" if most is None else f"from {least} to {most}"

    def read(text: str) -> int:
        try:
            number = int(text)
        except ValueError:
            number = least - 1
        if number < least or (most is not None and number > most):
            raise ArgumentTypeError(f"expected a whole number {wanted}, but got {text!r:.60}")
        return number

    return read


def finite(text: str) -> float:
    """Reads a number that is neither infinite nor none."""
    try:
        number = float(text)
    except ValueError:
        number = math.nan
    if not math.isfinite(number):
        raise ArgumentTypeError(f"expected a number, but got {text!r:.60}")
    return number
