"""The process that reads foreign pickles: ``python -m lart_core.formats.reader_process JOB``.

`lart_core.formats.reader` starts it under limits. It ends with 0, or with 2 and one sentence.
"""

import json
import re
import sys
from collections.abc import Iterator
from pathlib import Path

from lart_core.allowance import Allowance
from lart_core.errors import LartError
from lart_core.formats.entries import array
from lart_core.formats.lart import film_notes, from_lart
from lart_core.formats.phalp import from_phalp
from lart_core.tracklet.data import Tracklet
from lart_core.tracklet.store import save_tracklets
from lart_core.untrusted.joblib_pickle import load_here


def tracklets(
    files: list[str], fps: float, name: str, film: dict[str, float]
) -> Iterator[Tracklet]:
    """The tracklets of PHALP and LART files, whichever they are; `film` gets what LART files of
    ours say of theirs."""
    found = False
    for file in map(Path, files):
        content = load_here(file)
        if isinstance(content, dict) and "pose_shape" in content:
            people = [from_lart(content, fps, file.name)]
            film |= film_notes(content) or {}
        else:
            people = from_phalp(content, fps, name if len(files) == 1 else file.stem)
        found = found or bool(people)
        yield from people
    if not found:
        raise LartError(f"Expected people in {name}, but nobody was ever seen there.")


def boxes(file: Path) -> dict[int, list[list[float]]]:
    """Frame number -> given boxes, of PHALP's dict: frame file -> `gt_bbox`."""
    content = load_here(file)
    if not isinstance(content, dict) or not all(
        isinstance(name, str) and isinstance(frame, dict) for name, frame in content.items()
    ):
        raise LartError(f"Expected PHALP's dict of given boxes in {file.name}, but got another.")
    found = {}
    for name, frame in content.items():
        digits = re.search(r"(\d{1,9})\.\w+$", name)
        if digits is None:
            raise LartError(f"Expected frame files such as 000001.jpg, but got {name!r:.60}.")
        if "gt_bbox" not in frame:
            raise LartError(
                f"Expected given boxes ('gt_bbox') of each frame in {file.name}, but it has none; "
                "is it what PHALP found, not what it was given?"
            )
        rows = array(frame.get("gt_bbox"), "gt_bbox", (-1, 4), finite=True)
        found[int(digits[1]) - 1] = rows.astype(float).tolist()
    return found


def main(job: str) -> int:
    """Do one job; the exit code."""
    wanted = json.loads(job)
    files = wanted["files"]
    if limits := wanted.get("limits"):
        Allowance(*limits).hold()
    try:
        if wanted["task"] == "boxes":
            print(json.dumps(boxes(Path(files[0]))))
        else:
            film: dict[str, float] = {}
            people = tracklets(files, wanted["fps"], wanted["name"], film)
            save_tracklets(Path(wanted["out"]), people)
            print(json.dumps(film))
    except LartError as error:
        print(error, file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
