"""What every file and array of a run is, in words."""

import inspect
import re
from pathlib import Path

from lart_core.tracklet import Tracklet

FILES = {
    "run.json": "The run's facts: the video, the settings, which stages are finished and how long "
    "each took, and which model made what.",
    "perception.npz": "What was found in each frame before anyone was followed: boxes, scores, key "
    "points, landmarks and bodies. Tracking starts from it.",
    "things.parquet": "Books, bottles, phones, laptops, chairs and the like in the frames that "
    "were looked at: kind, score and box.",
    "tracklets": "The people, each followed through the video: an index (Parquet) and the arrays "
    "that are explained below (safetensors).",
    "actions": "One file a model: for each person the frame numbers and a probability for each "
    "action that the model knows.",
    "player.mp4": "A copy of the video that a browser can seek in to the frame.",
    "truth.csv": "Ground truth: what annotators labelled in this video, in AVA's layout, seconds "
    "from its beginning.",
    "corrections.json": "What people corrected on the Watch page: spans of actions, and who is "
    "who; a layer beside what was tracked and what models said.",
    "layers": "Pictures of the bodies that the player lays over the video.",
}
"""Name in a run's folder -> what it is."""


def arrays() -> dict[str, str]:
    """Name of each array of a tracklet -> what it is, as `Tracklet`'s own description says."""
    text = inspect.getdoc(Tracklet) or ""
    body = text.split("Attributes:")[1].split("Raises:")[0]
    found = re.findall(r"^    (\w+): (.+(?:\n        .+)*)", body, flags=re.MULTILINE)
    return {name: re.sub(r"\s+", " ", words) for name, words in found}


def size(path: Path) -> int:
    """Bytes of a file, or of all files in a folder."""
    files = path.rglob("*") if path.is_dir() else [path]
    return sum(file.stat().st_size for file in files if file.is_file())
