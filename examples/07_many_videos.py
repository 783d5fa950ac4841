"""Track a folder of videos into a data set: it may be killed at any time and goes on from there.

    python examples/07_many_videos.py [FOLDER]

Without FOLDER it makes one of the sample clip and of a file that is no video, which is noted and
passed over. The command is `lart dataset track`; docs/scale.md has it on many machines.
"""

import shutil
import sys
from pathlib import Path

from lart_core import engines, weights
from lart_core.dataset import Line, status

out = Path("out") / "07"
if sys.argv[1:]:
    folder = Path(sys.argv[1])
else:
    folder = out / "videos"
    folder.mkdir(parents=True, exist_ok=True)
    shutil.copy(weights.path("sample-clip"), folder / "sample.mp4")
    (folder / "broken.mp4").write_bytes(b"this is no video")


def report(line: Line) -> None:
    """Called after each video."""
    print(f"{line.video} {line.state} {line.people} {line.reason}")


videos = engines.plan(folder, out / "set")
engines.track(videos, engines.LocalEngine(workers=1), say=report)
now = status(videos)
print(f"{now.tracked} tracked, {now.refused} refused, {now.left} left")
for video, run in videos.runs():
    print(video, len(run.tracklets()), "people in", run.path)
