"""Track a folder of videos with a manifest: it may be killed at any time and goes on from there.

    python examples/07_many_videos.py [FOLDER]

Without FOLDER it makes one of the sample clip and of a file that is no video, which is noted and
passed over. The command is `lart track-dataset`.
"""

import shutil
import sys
from pathlib import Path

from lart_core import weights
from lart_core.pipeline.folder import Line, track_dataset

out = Path("out") / "07"
if sys.argv[1:]:
    folder = Path(sys.argv[1])
else:
    folder = out / "videos"
    folder.mkdir(parents=True, exist_ok=True)
    shutil.copy(weights.path("sample-clip"), folder / "sample.mp4")
    (folder / "broken.mp4").write_bytes(b"this is no video")


def report(line: Line, done: int, total: int) -> None:
    """Called after each video."""
    print(f"{done} of {total}: {line.video} {line.state} {line.people} {line.reason}")


lines = track_dataset(folder, out / "runs", progress=report)
tracked = [line for line in lines if line.state == "tracked"]
print(f"{len(tracked)} of {len(lines)} videos tracked; see {out / 'runs' / 'manifest.csv'}")
