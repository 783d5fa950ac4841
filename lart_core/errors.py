"""The one error that people are meant to read, and what to say of faults of the machine."""

import errno


class LartError(Exception):
    """Something that the user can mend.

    The message is one plain sentence: what was expected, what came, what to do. The command line
    prints it without a traceback, the app shows it in the page.
    """


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
