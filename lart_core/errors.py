"""The one error that people are meant to read, and what to say of faults of the machine."""

import errno
from collections.abc import Callable

_to_strangers: Callable[[str], str] | None = None


def speak_to_strangers(leaving_out: Callable[[str], str]) -> None:
    """From now on what this process says of errors is for strangers.

    Args:
        leaving_out: Gives a sentence without what is not for them.
    """
    global _to_strangers
    _to_strangers = leaving_out


def told(sentence: str) -> str:
    """A sentence as this process may say it; those of `LartError` already are so."""
    return _to_strangers(sentence) if _to_strangers else sentence


class LartError(Exception):
    """Something that the user can mend.

    The message is one plain sentence: what was expected, what came, what to do. The command line
    prints it without a traceback, the app shows it in the page; a server of strangers leaves out
    what is not for them (`lart_core.discretion`).
    """

    def __init__(self, sentence: str = "", *, to_strangers: str = "") -> None:
        """Args:
        to_strangers: The sentence for visitors of somebody else's server, where it is another.
        """
        super().__init__(sentence)
        self.to_strangers = to_strangers

    def __str__(self) -> str:
        sentence = super().__str__()
        return told(self.to_strangers or sentence) if _to_strangers else sentence


class NotNow(LartError):
    """What hinders may pass: the same can be asked for again."""


class MissingFile(NotNow):
    """A model file is not there yet."""


class LartWarning(UserWarning):
    """Something that the user should know before waiting for it; one or two plain sentences."""


_FULL = (errno.ENOSPC, errno.EDQUOT)
_NO_MEMORY = ("can't allocate memory", "bad_alloc", "Insufficient memory", "out of memory")
"""What PyTorch, C++, OpenCV and CUDA say where memory is short."""


def machine_fault(error: BaseException) -> str | None:
    """One sentence on an ordinary fault of the machine: a full disk, too little memory.

    Args:
        error: Any; what counts is its kind, its words or the system's error number.

    Returns:
        The sentence; None where the error is nothing of the kind.
    """
    sentence = _of_machine(error)
    return None if sentence is None else told(sentence)


def _of_machine(error: BaseException) -> str | None:
    said = str(error) if isinstance(error, RuntimeError) else ""
    if isinstance(error, MemoryError) or any(words in said for words in _NO_MEMORY):
        return (
            "This needed more memory than it could have; take a shorter or smaller video, or a "
            "larger machine (what is finished is kept)."
        )
    number = getattr(error, "errno", None)
    if not isinstance(error, OSError) and not isinstance(number, int):
        return None
    name = getattr(error, "filename", None)
    where = f" ({name})" if isinstance(name, str) and len(name) < 200 else ""
    if number in _FULL:
        return (
            f"There is no space left on the disk{where}; free some and run this again: nothing "
            f"half-written is left, and what is finished is kept."
        )
    if number == errno.EFBIG:
        return f"A file{where} grew beyond what this process may write; nothing of it is kept."
    reason = getattr(error, "strerror", None) or " ".join(str(error).split())[:200]
    return f"The system refused a file{where}: {reason or type(error).__name__}."
