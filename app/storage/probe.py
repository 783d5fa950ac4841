"""Probe an untrusted video: ``python -m app.storage.probe FILE`` prints its facts or a fault."""

import json
import sys
from pathlib import Path

from lart_core.allowance import PROBE


def main(path: Path) -> None:
    """Print one JSON object, having given up what a probe does not need."""
    PROBE.hold()
    from app.storage.uploads import LIMITS
    from lart_core import video
    from lart_core.errors import LartError

    try:
        facts = video.probe(path, LIMITS)
        print(json.dumps({"frames": facts.frames}))
    except LartError as error:
        print(json.dumps({"error": str(error)}))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
