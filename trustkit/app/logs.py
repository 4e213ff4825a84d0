"""Structured logs: one JSON object a line, fields from an allow-list, nothing of anybody's data.

What a log line may hold is listed in `FIELDS`; anything else handed in is dropped, so a careless caller cannot leak a
name, a file name or a secret into a log.
"""

from __future__ import annotations

import json
import logging
import sys
from typing import TYPE_CHECKING, Final, TextIO

if TYPE_CHECKING:
    from trustkit.clock import Clock

FIELDS: Final = frozenset(
    {
        "actor",
        "client",
        "code",
        "duration_ms",
        "engine",
        "format",
        "indication",
        "method",
        "octets",
        "port",
        "request_id",
        "route",
        "status",
    }
)
_SPEAKING: Final = frozenset({"trustkit", "uvicorn", "alembic"})  # whose texts hold nothing of what is sent to us
_ATTRIBUTE: Final = "trustkit_fields"


class JsonLines(logging.Formatter):
    """Formats a record as one JSON line: time, level, event, request id and allow-listed fields."""

    def __init__(self, clock: Clock) -> None:
        super().__init__()
        self._clock = clock

    def format(self, record: logging.LogRecord) -> str:
        """Return the line. Exceptions appear as their class name only; their text may quote input."""
        entry: dict[str, object] = {
            "time": self._clock.now().isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "event": _event(record),
        }
        entry.update({k: v for k, v in getattr(record, _ATTRIBUTE, {}).items() if k in FIELDS})
        if record.exc_info and record.exc_info[0] is not None:
            entry["exception"] = record.exc_info[0].__name__
        return json.dumps(entry, ensure_ascii=False, sort_keys=False)


def _event(record: logging.LogRecord) -> str:
    """Return our own event's name, the server's text, and of a library that reads files no text: it may quote them."""
    library = _library(record)
    if library not in _SPEAKING:
        return "library.message"
    return record.msg if library == "trustkit" else record.getMessage()


def _library(record: logging.LogRecord) -> str:
    return record.name.partition(".")[0]


def _is_told(record: logging.LogRecord) -> bool:
    """Drop what libraries remark on files below an error: who sends the file chooses how often."""
    return _library(record) in _SPEAKING or record.levelno >= logging.ERROR


def configure_logs(clock: Clock, stream: TextIO = sys.stderr, level: int = logging.INFO) -> None:
    """Send every log of this process through `JsonLines`; called once by the server's start-up."""
    handler = logging.StreamHandler(stream)
    handler.setFormatter(JsonLines(clock))
    handler.addFilter(_is_told)
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level)
    for noisy in ("alembic", "uvicorn"):
        logging.getLogger(noisy).setLevel(logging.WARNING)


def say(logger: logging.Logger, event: str, level: int = logging.INFO, **fields: str | float) -> None:
    """Log an event by its stable name with allow-listed fields."""
    logger.log(level, event, extra={_ATTRIBUTE: fields})
