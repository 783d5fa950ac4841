"""Boxes that were given: ground truth, or a detector's at one frame a second.

Sources: supplement B.1 (given boxes are taken as they are, detection is bypassed); PHALP
`utils/io.py` for the pickle, whose boxes are x y w h in pixels whatever its README says.
"""

import io
import warnings
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import lru_cache
from pathlib import Path
from typing import Literal, get_args

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pacsv
from numpy.typing import NDArray
from pycocotools import mask as coco
from scipy.optimize import linear_sum_assignment

from lart_core.boxes import iou
from lart_core.errors import LartError, LartWarning
from lart_core.formats.ava_table import BOX, read_table, video_id
from lart_core.formats.reader import read_given_boxes
from lart_core.perception.protocols import Detections
from lart_core.tracklet import VideoFacts

BoxFormat = Literal["xyxy", "xywh", "normalised"]
"""Pixels x1 y1 x2 y2, pixels x y w h, or x1 y1 x2 y2 in 0..1 of the picture (AVA's)."""

AFTER = 1.0
"""Seconds past a video's end in which boxes are left out, where later ones are of another video:
whoever looks once a second may look once more than there are pictures."""
SAME_PERSON = 0.5
"""Intersection over union from which a given and a detected box are one person."""

Given = Mapping[int, Detections]
"""Frame number -> the people given there."""


def read_boxes(
    path: Path,
    box_format: BoxFormat,
    video: VideoFacts,
    *,
    start: float = 0.0,
    min_score: float = 0.0,
    skipped: int | None = None,
    pictures: Sequence[int] | None = None,
    decoded: bool = False,
) -> dict[int, Detections]:
    """Given boxes of one video.

    A CSV is an AVA table in any of its variants (`lart_core.formats.ava_table`), of which actions
    do not matter; rows of other videos (the name without its ending tells) are passed over, and a
    box that is listed once per action is one person. Boxes up to a second past the video's end are
    left out, and a `LartWarning` says so. A last column of whole numbers without a header is person
    ids, any other scores. A .pkl is PHALP's dict: frame file (``000001.jpg`` is the first frame) ->
    `gt_bbox`. A file is read once, however often it is asked for.

    Args:
        box_format: How the four numbers are meant; never guessed.
        start: Time of the video's first frame on the clock of the CSV, in seconds (AVA's movies
            that were cut to start at 15:00 have 900).
        min_score: Boxes with a lower score are left out; one without a score has 1.
        skipped: Of a part of a film: how many frames of the film come before it (those of a .pkl
            count from the film's first). Boxes outside of the part are then passed over.
        pictures: Of a folder of pictures: the numbers in their names, by which a .pkl names them.
        decoded: Whether `video` is what decoding showed: where that is shorter than the file had
            promised, boxes after its end are left out without a word.

    Raises:
        LartError: The file is neither, has no boxes for this video, or boxes that cannot be in
            that format.
    """
    if box_format not in get_args(BoxFormat):
        known = ", ".join(get_args(BoxFormat))
        raise LartError(f"Expected a box format ({known}), but got {box_format!r}.")
    listed: dict[int, list[tuple[float, ...]]]
    if path.suffix == ".pkl":
        numbered = _by_picture(_numbered(path, *_stamp(path)), pictures, path.name)
        listed = {
            number - (skipped or 0): [(*box, 1.0) for box in rows]
            for number, rows in numbered.items()
        }
    else:
        listed = _read_csv(path, video, start, anywhere=decoded or skipped is not None)
    found, after = {}, 0
    for number, rows in sorted(listed.items()):
        if rows and not 0 <= number < video.frames:
            if decoded or skipped is not None:
                continue
            if 0 <= number < video.frames + video.fps * AFTER:
                after += len(rows)
                continue
            raise LartError(
                f"Expected boxes within the {video.frames} frames of {video.name}, but {path.name} "
                f"has some at frame {number}."
            )
        table = np.array(rows, np.float64).reshape(-1, 5)
        table = table[table[:, 4] >= min_score]
        if len(table):
            box = _pixels(table[:, :4], box_format, video, path.name)
            found[number] = Detections(box.astype(np.float32), table[:, 4].astype(np.float32))
    if not found:
        raise LartError(
            f"Expected boxes for {'this part of ' * (skipped is not None)}the video {video.name} "
            f"in {path.name}"
            + (f" with a score of {min_score:g} or more" if min_score else "")
            + ", but found none."
        )
    if after:
        warnings.warn(
            f"{video.name} ends at {start + video.seconds:.2f} s; boxes of {path.name} up to a "
            f"second later ({after}) are left out.",
            LartWarning,
            stacklevel=2,
        )
    return found


def _by_picture(
    numbered: Mapping[int, list[list[float]]], pictures: Sequence[int] | None, name: str
) -> Mapping[int, list[list[float]]]:
    """Boxes by PHALP's numbers (of the pictures' names, less one) -> by frames."""
    if pictures is None:
        return numbered
    frame = {number - 1: row for row, number in enumerate(pictures)}
    if lacking := sorted(numbered.keys() - frame.keys()):
        raise LartError(
            f"Expected boxes of pictures that are in the folder, but {name} has some of number "
            f"{lacking[0] + 1}."
        )
    return {frame[number]: boxes for number, boxes in numbered.items()}


def read_seconds(
    path: Path, video: VideoFacts, *, start: float = 0.0, min_score: float = 0.0
) -> dict[int, list[float]]:
    """At which seconds since the video's first frame a CSV has boxes, for each frame.

    A frame alone does not tell: that of 0.25 s may be shown at 0.234 s. {} for a .pkl, which
    counts frames.

    Args:
        path, start, min_score: As of `read_boxes`.
    """
    if path.suffix == ".pkl":
        return {}
    here, seconds, numbers = _of_video(path, video, start)
    sure = here["score"].to_numpy() >= min_score
    found: dict[int, list[float]] = defaultdict(list)
    for second, number in zip(*np.unique([seconds[sure], numbers[sure]], axis=1), strict=True):
        if 0 <= number < video.frames:
            found[int(number)].append(round(float(second), 6))
    return dict(found)


def with_given(detections: Sequence[Detections], given: Given) -> list[Detections]:
    """The detections of a whole video, with the given people in place of the detector's.

    Where the detector gives keypoints, a given person has those of the detected person whose box
    is nearly the same (they only tell the body estimator where to look), or else such of no
    confidence.
    """
    keypoints = any(found.keypoints is not None for found in detections)
    out = []
    for number, found in enumerate(detections):
        people = given.get(number, found)
        if keypoints and people.keypoints is None:
            people = replace(people, keypoints=_keypoints(people, found))
        out.append(people)
    return out


def _keypoints(people: Detections, found: Detections) -> NDArray[np.float32]:
    keypoints = np.zeros((len(people), 17, 3), np.float32)
    if found.keypoints is not None and len(found):
        overlap = iou(people.box[:, None], found.box[None])
        for row, column in zip(*linear_sum_assignment(-overlap), strict=True):
            if overlap[row, column] >= SAME_PERSON:
                keypoints[row] = found.keypoints[column]
    return keypoints


def box_masks(box: NDArray[np.floating], video: VideoFacts) -> tuple[bytes, ...]:
    """Masks of people of whom only the (N, 4) boxes are known: the boxes' insides."""
    size = [video.width, video.height] * 2
    inside = np.clip(box, 0, size).astype(np.float64)
    inside[:, 2:] -= inside[:, :2]
    if not len(inside):
        return ()
    runs = coco.frPyObjects(inside, video.height, video.width)
    return tuple(record["counts"] for record in runs)


def read_table_of_boxes(path: Path) -> pa.Table:
    """A CSV of given boxes of any videos (`read_boxes` says which), each row once.

    Returns:
        Columns video (bare names), timestamp (seconds), x1, y1, x2, y2 and score (1 where the file
        has none); rows of one video and time in the file's order.

    Raises:
        LartError: It is no such table.
    """
    read = read_table(path, "score", boxes_only=True)
    table = read.boxes.select(["video", "timestamp", *BOX])
    score = np.ones(len(table))
    if "score" in read.boxes.column_names:
        said = read.boxes["score"].to_numpy()
        score = score if not read.named and _are_ids(said) else said
    return table.append_column("score", pa.array(score))


def table_as_csv(table: pa.Table) -> bytes:
    """The bytes of a CSV of which `read_table_of_boxes` makes the same table."""
    plain = table.set_column(0, "video", table["video"].cast("string"))
    file = io.BytesIO()
    pacsv.write_csv(plain, file, pacsv.WriteOptions(quoting_style="needed"))
    return file.getvalue()


def _read_csv(
    path: Path, video: VideoFacts, start: float, *, anywhere: bool
) -> dict[int, list[tuple[float, ...]]]:
    here, seconds, numbers = _of_video(path, video, start)
    boxes = np.stack([here[name].to_numpy() for name in BOX], axis=1)
    score = here["score"].to_numpy()
    outside = (numbers < 0) | (seconds > video.seconds + AFTER)
    if outside.any() and not anywhere:
        second = here["timestamp"].to_numpy()[outside][0]
        raise LartError(
            f"Expected boxes within the {video.seconds:.2f} s of {video.name}, which are {start:g} "
            f"to {start + video.seconds:.2f} s on their clock, but {path.name} has some at "
            f"{second:g} s; is the start (--boxes-start) right, and are the times seconds?"
        )
    scores: dict[int, dict[tuple[float, ...], float]] = defaultdict(dict)
    for row in range(len(here)):
        number, box = int(numbers[row]), tuple(boxes[row].tolist())
        scores[number][box] = max(float(score[row]), scores[number].get(box, 0.0))
    return {
        number: [(*box, score) for box, score in people.items()]
        for number, people in scores.items()
    }


def _of_video(
    path: Path, video: VideoFacts, start: float
) -> tuple[pa.Table, NDArray[np.float64], NDArray[np.int64]]:
    """A video's rows of a table, with the second since its first frame and the frame of each."""
    here = _rows_of(path, video_id(Path(video.name).name), *_stamp(path))
    seconds = here["timestamp"].to_numpy() - start
    return here, seconds, video.frame_at(seconds)


def _stamp(path: Path) -> tuple[int, int]:
    """What tells the states of a file apart; of one that is not there its reader says so."""
    try:
        found = path.stat()
    except OSError:
        return 0, 0
    return found.st_mtime_ns, found.st_size


@lru_cache(maxsize=2)
def _rows_of(path: Path, name: str, *_state: int) -> pa.Table:
    table = read_table_of_boxes(path)
    return table.filter(pc.equal(table["video"].cast("string"), name))


@lru_cache(maxsize=2)
def _numbered(path: Path, *_state: int) -> dict[int, list[list[float]]]:
    return read_given_boxes(path)


def _are_ids(values: NDArray[np.float64]) -> bool:
    """Whether a column that may be scores is person ids: whole numbers only."""
    return bool(np.all(values == np.rint(values)))


def _pixels(
    numbers: NDArray[np.float64], box_format: BoxFormat, video: VideoFacts, name: str
) -> NDArray[np.float64]:
    box = numbers.copy()
    if box_format == "xywh":
        box[:, 2:] += box[:, :2]
    elif box_format == "normalised":
        box *= [video.width, video.height] * 2
    size = np.array([video.width, video.height] * 2)
    far = (box < -0.5 * size) | (box > 1.5 * size)
    wrong = ~np.isfinite(box).all(axis=1) | (box[:, 2:] <= box[:, :2]).any(axis=1) | far.any(axis=1)
    if box_format != "normalised":
        wrong |= (numbers <= 1).all(axis=1)
    if wrong.any():
        row = numbers[np.flatnonzero(wrong)[0]].tolist()
        raise LartError(
            f"Expected boxes as {box_format} in a picture of {video.width}x{video.height} pixels, "
            f"but {name} has {row}; is it another format?"
        )
    return box
