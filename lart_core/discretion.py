"""What strangers may be told of a machine that serves them: never where its files lie."""

import re
import tempfile
from pathlib import Path

from lart_core import errors
from lart_core.paths import asset, lart_home

_PATH = re.compile(r"(?:file://|(?<![\w/.<~]))~?/(?![\s/])[^\s'\"`,;:()<>|…]+")
"""A path from the root or from a home; of an address (https://a/b) or a share (3/4) no part is."""
_FOLDER = "\0"
"""Stands for a folder whose name has what ends a path in a sentence, such as a space."""


def begin() -> None:
    """From now on no sentence of an error says a path of this machine, in this process."""
    errors.speak_to_strangers(without_paths)


def without_paths(sentence: str) -> str:
    """A sentence in which of each path of this machine only the last name is left.

    Example:
        >>> without_paths("There is no file /srv/lens/weights/small.onnx; see https://a.example/b.")
        'There is no file small.onnx; see https://a.example/b.'
    """
    for folder in _odd_folders():
        sentence = sentence.replace(folder, f"/{_FOLDER}")
    return _PATH.sub(_last_name, sentence).replace(_FOLDER, "a folder of this server")


def _last_name(found: re.Match[str]) -> str:
    path = found[0].rstrip("./")
    return path.rpartition("/")[2] + found[0][len(path) :].strip("/")


def _odd_folders() -> list[str]:
    known = (lart_home(), asset(""), Path.home(), Path(tempfile.gettempdir()))
    every = {str(each) for folder in known for each in (folder, folder.resolve())}
    return sorted((each for each in every if not _PATH.fullmatch(each)), key=len, reverse=True)
