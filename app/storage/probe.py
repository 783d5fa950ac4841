"""Probe an untrusted video, which may have so many minutes and megapixels; prints facts or a fault.

``python -m app.storage.probe FILE MINUTES MEGAPIXELS``
"""

import json
import sys
from pathlib import Path

from lart_core.allowance import PROBE


def main(path: Path, minutes: float, megapixels: float) -> None:
    """Print one JSON object, having given up what a probe does not need."""
    PROBE.hold()
    from lart_core import video
    from lart_core.errors import LartError

    try:
        facts = video.probe(path, video.Limits(minutes, megapixels))
        print(json.dumps({"frames": facts.frames}))
    except LartError as error:
        print(json.dumps({"error": str(error)}))


if __name__ == "__main__":
    main(Path(sys.argv[1]), *map(float, sys.argv[2:4]))
