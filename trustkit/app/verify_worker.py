"""A process that judges lines: ``python -m trustkit.app.verify_worker``, started by `trustkit.app.verify_pool`. It holds no key.

On standard input come a line of JSON with the home, then for each portion a line of JSON that says who asks and how, followed by the lines
as they were sent. A portion is answered by one line on standard output, answers divided by a character that JSON never holds as it is. The
trail is told of all verdicts of a portion at once, before anybody is. The end of the input ends the process.
"""

from __future__ import annotations

import json
import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Final

from trustkit.app.logs import configure_logs
from trustkit.app.verification import Asker, tell_all
from trustkit.app.wiring import open_authority
from trustkit.clock import SystemClock, parse_rfc3339
from trustkit.identity import Principal
from trustkit.texts.catalogue import Language
from verifier.line_answers import Setting, answer_lines
from verifier.lines import Portion

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any, BinaryIO

    from trustkit.app.authority import Authority
    from trustkit.app.verification import Told

MODULE: Final = "trustkit.app.verify_worker"
BETWEEN: Final = b"\x1e"  # RFC 8259 7: within a text it is escaped


def order_of(asker: Asker, setting: Setting, portion: Portion) -> bytes:
    """Return what a worker is sent for a portion; `judge_portion` reads it."""
    order = {
        "actor": asker.actor.id,
        "facts": dict(asker.facts),
        "request_id": asker.request_id,
        "at": setting.at.isoformat() if setting.at else None,
        "language": setting.language.value,
        "max_octets": setting.max_octets,
        "first": portion.first,
        "lines": len(portion.lines),
    }
    return json.dumps(order).encode("ascii") + b"\n" + b"".join(line + b"\n" for line in portion.lines)


def judge_portion(authority: Authority, order: Mapping[str, Any], source: BinaryIO) -> bytes:
    """Return the answers to a portion, as one line. Whoever sent it has counted it."""
    asker = Asker(actor=Principal(id=order["actor"]), facts=order["facts"], request_id=order["request_id"])
    setting = Setting(
        at=parse_rfc3339(order["at"]) if order["at"] else None,
        language=Language(order["language"]),
        max_octets=order["max_octets"],
    )
    lines = tuple(source.readline()[:-1] for _ in range(order["lines"]))
    told: list[Told] = []
    service = replace(authority.verification, observe=lambda *each: told.append(each))
    answers = answer_lines(service, Portion(first=order["first"], lines=lines), setting)
    tell_all(authority, asker, told)
    return BETWEEN.join(answers) + b"\n"


def main() -> None:
    """Judge what comes in until nothing more does."""
    configure_logs(SystemClock())
    source = sys.stdin.buffer
    setup = json.loads(source.readline())
    try:
        with open_authority(Path(setup["home"])) as authority:
            while line := source.readline():
                sys.stdout.buffer.write(judge_portion(authority, json.loads(line), source))
                sys.stdout.buffer.flush()
    except BrokenPipeError:
        sys.stderr.close()  # whoever asked has gone


if __name__ == "__main__":
    main()
