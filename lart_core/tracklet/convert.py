"""The process that reads foreign pickles: ``python -m lart_core.tracklet.convert JOB``.

`lart_core.tracklet.foreign` starts it under limits. It ends with 0, or with 2 and one sentence.
"""

import json
import sys
from collections.abc import Iterator
from pathlib import Path

from lart_core.errors import LartError
from lart_core.tracklet.data import Tracklet
from lart_core.tracklet.lart_file import from_lart
from lart_core.tracklet.phalp_file import from_phalp
from lart_core.tracklet.store import save_tracklets
from lart_core.tracklet.unpickle import load


def tracklets(files: list[str], fps: float, name: str) -> Iterator[Tracklet]:
    """The tracklets of PHALP and LART files, whichever they are."""
    found = False
    for file in map(Path, files):
        content = load(file)
        if isinstance(content, dict) and "pose_shape" in content:
            people = [from_lart(content, fps, file.name)]
        else:
            people = from_phalp(content, fps, name)
        found = found or bool(people)
        yield from people
    if not found:
        raise LartError(f"Expected people in {name}, but nobody was ever seen there.")


def main(job: str) -> int:
    """Do one job; the exit code."""
    wanted = json.loads(job)
    try:
        save_tracklets(
            Path(wanted["out"]), tracklets(wanted["files"], wanted["fps"], wanted["name"])
        )
    except LartError as error:
        print(error, file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
