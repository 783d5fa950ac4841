"""Logs as lines of JSON, for machines to read; without names of visitors' files or people.

What happens is logged with an `event` and what belongs to it (``extra={"event": "job ended",
...}``); `app.operations.metrics` counts the same events.
"""

import json
import logging
import time
from typing import Any

FIELDS = ("event", "job", "kind", "state", "seconds", "where")
"""What an event may come with."""

FORMATS = ("text", "json")


class JsonLines(logging.Formatter):
    """One JSON object a line: time (UTC), level, logger, message, and what belongs to an event."""

    def format(self, record: logging.LogRecord) -> str:
        """The line of a record."""
        at = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(record.created))
        line: dict[str, Any] = {
            "time": f"{at}.{int(record.msecs):03d}Z",
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
        }
        line |= {name: getattr(record, name) for name in FIELDS if hasattr(record, name)}
        if record.exc_info:
            line["exception"] = self.formatException(record.exc_info)
        return json.dumps(line, ensure_ascii=False, default=str)


def set_up(layout: str) -> None:
    """Let this product's events be heard, and every logger that speaks already write one layout.

    To be called once the server's own loggers (uvicorn's and Streamlit's) are there.

    Args:
        layout: One of `FORMATS`.
    """
    own = logging.getLogger("lart")
    own.setLevel(logging.INFO)
    if not own.handlers:
        handler = logging.StreamHandler()
        handler.setFormatter(logging.Formatter("%(asctime)s %(name)s: %(message)s"))
        own.addHandler(handler)
        own.propagate = False
    if layout == "json":
        everybody = [logging.root, *map(logging.getLogger, logging.root.manager.loggerDict)]
        for each in {handler for logger in everybody for handler in logger.handlers}:
            each.setFormatter(JsonLines())
