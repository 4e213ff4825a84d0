"""Every row of the outside data on the command line: its verdict, and the exit status that goes with it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.support.outside_verdicts import AT, ROWS, Row
from tests.support.testdata import outside
from trustkit.app.exit_status import of_verdicts
from trustkit.clock import format_rfc3339

if TYPE_CHECKING:
    from tests.support.terminal import Terminal


def options_of(row: Row) -> tuple[str, ...]:
    said = (("--trust", (row.trust,)), ("--evidence", row.evidence), ("--content", (row.content,)))
    return tuple(word for option, names in said for name in names if name for word in (option, str(outside(name))))


GROUPS = {(row.trust, row.evidence, row.content): row for row in ROWS}


@pytest.mark.parametrize("group", GROUPS.values(), ids=lambda row: f"{row.trust} {row.content}")
def test_the_command_gives_each_file_its_verdict(terminal: Terminal, group: Row) -> None:
    options = options_of(group)
    alike = [row for row in ROWS if options_of(row) == options]
    files = [outside(row.file) for row in alike]
    ran = terminal.run("verify", *files, *options, "--at", format_rfc3339(AT), "--offline", "--format", "json")
    told = [(each["file"], each["indication"], each["sub_indication"]) for each in ran.objects()]
    assert told == [
        (str(file), row.told.value, row.sub.value if row.sub else None) for file, row in zip(files, alike, strict=True)
    ]
    assert ran.status == of_verdicts(tuple(row.told for row in alike))
