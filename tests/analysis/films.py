"""Result sets whose videos are at hand: someone walks to the right, and two models name it."""

from pathlib import Path

import numpy as np
import pandas as pd

from analysis.ava import result_set
from analysis.ava.csv_file import BOX
from analysis.ava.label_map import LabelMap
from lart_core.video import write_player
from tests.synthetic import pictures

VIDEOS = ("set/walk-1.mp4", "set/walk-2.mp4", "set/stand-1.mp4")
SECONDS, FPS, SIZE = 6, 15, (320, 240)
CLASSES = LabelMap(
    {12: "stand", 14: "walk", 80: "watch (a person)"},
    {12: "person movement", 14: "person movement", 80: "person interaction"},
)


def add_sets(folder: Path, count: int = 2) -> list[str]:
    """Write the videos into a folder, and keep result sets that know it; their ids."""
    for name in VIDEOS:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        write_player(path, pictures(SECONDS * FPS, SIZE), FPS)
    truth = made_up_truth()
    return [
        result_set.add(f"walkers {n}", said(truth, n), truth, CLASSES, videos=folder)
        for n in range(count)
    ]


def made_up_truth() -> pd.DataFrame:
    """What is true of the walkers at each second; the box is on the coloured square."""
    rows = []
    for video in VIDEOS:
        for second in range(SECONDS):
            x = second * FPS * 2 % (SIZE[0] - 40)
            box = np.array([x, 120, x + 40, 180]) / [*SIZE, *SIZE]
            moving = 14 if "walk" in video or second > 3 else 12
            rows += [(video, float(second), *box, action) for action in (moving, 80)]
    columns = ["video", "timestamp", *BOX, "action_id"]
    table = pd.DataFrame(rows, columns=columns)
    return table.astype({"video": "category", "action_id": np.int32})


def said(truth: pd.DataFrame, seed: int) -> pd.DataFrame:
    """What a made-up model says of every box and class."""
    chance = np.random.default_rng(seed)
    boxes = truth.drop_duplicates(["video", "timestamp"])
    parts = []
    for action in CLASSES.ids:
        keys = truth.loc[truth["action_id"] == action, ["video", "timestamp"]].astype(
            {"video": str}
        )
        doing = pd.MultiIndex.from_frame(boxes[["video", "timestamp"]].astype({"video": str})).isin(
            pd.MultiIndex.from_frame(keys)
        )
        score = np.clip(0.35 + 0.3 * doing + chance.normal(0, 0.2, len(boxes)), 0.01, 0.99)
        parts.append(boxes.assign(action_id=np.int32(action), score=score))
    return pd.concat(parts, ignore_index=True)
