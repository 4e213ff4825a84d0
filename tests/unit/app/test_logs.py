from __future__ import annotations

import io
import json
import logging
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest

from trustkit.app.logs import FIELDS, configure_logs, say
from trustkit.clock import FixedClock

if TYPE_CHECKING:
    from collections.abc import Iterator

LOGGER = logging.getLogger("trustkit.test")


@pytest.fixture
def stream() -> Iterator[io.StringIO]:
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    written = io.StringIO()
    configure_logs(FixedClock(datetime(2026, 12, 1, tzinfo=UTC)), written)
    yield written
    root.handlers[:] = handlers
    root.setLevel(level)


def _lines(stream: io.StringIO) -> list[dict[str, Any]]:
    return [json.loads(line) for line in stream.getvalue().splitlines()]


def test_a_line_is_one_object_with_its_time_and_event(stream: io.StringIO) -> None:
    say(LOGGER, "request.served", route="/v1/verify", status=200, duration_ms=1.5)
    (line,) = _lines(stream)
    assert line == {
        "time": "2026-12-01T00:00:00.000+00:00",
        "level": "info",
        "logger": "trustkit.test",
        "event": "request.served",
        "route": "/v1/verify",
        "status": 200,
        "duration_ms": 1.5,
    }


def test_fields_off_the_list_are_dropped(stream: io.StringIO) -> None:
    say(LOGGER, "event", name="张示例", file="a.pdf", passphrase="secret", code="a:b:c")
    assert "张示例" not in stream.getvalue()
    (line,) = _lines(stream)
    assert set(line) == {"time", "level", "logger", "event", "code"}
    assert not {"name", "file", "path", "subject", "passphrase"} & FIELDS


def test_an_exception_is_its_class_alone(stream: io.StringIO) -> None:
    try:
        raise ValueError("somebody's data")  # noqa: TRY301 - the text is what must not be logged
    except ValueError:
        LOGGER.exception("request.bug")
    (line,) = _lines(stream)
    assert line["exception"] == "ValueError"
    assert "somebody" not in stream.getvalue()


def test_line_ends_cannot_forge_a_line(stream: io.StringIO) -> None:
    logging.getLogger("uvicorn.error").warning("a\n%s", '{"event": "forged"}')
    assert len(_lines(stream)) == 1


@pytest.mark.parametrize("name", ["pyhanko.sign.diff_analysis", "python_multipart.multipart", "fontTools", "root"])
def test_what_libraries_say_of_a_file_stays_out(stream: io.StringIO, name: str) -> None:
    logger = logging.getLogger(name)
    logger.warning("a value of the file: %s", "张示例")
    assert _lines(stream) == []
    logger.error("a value of the file: %s", "张示例")
    (line,) = _lines(stream)
    assert (line["logger"], line["level"], line["event"]) == (name, "error", "library.message")
    assert "张示例" not in stream.getvalue()
