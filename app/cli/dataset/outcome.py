"""What `lart dataset track` and `lart dataset import` say at their end."""

import sys
from collections.abc import Iterable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from lart_core.dataset import VideoSet
    from lart_core.engines import Failure


def outcome(videos: "VideoSet", failures: "Iterable[Failure]", done: str) -> int:
    """Print which shards failed and how many videos are done; the exit status.

    Args:
        done: What became of the videos, such as "videos are tracked in SET".

    Returns:
        1 if a video was refused or a shard failed, else 0.
    """
    from lart_core.dataset import status

    failures = list(failures)
    for failure in failures:
        print(f"shard {failure.shard:03x}: {failure.reason}", file=sys.stderr)
    now = status(videos)
    print(f"{now.tracked} of {now.tracked + now.refused + now.left} {done}")
    return 1 if now.refused or failures else 0
