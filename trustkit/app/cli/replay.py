"""``trustkit verify --replay``: the same report again, and on standard error what is known of the record."""

from __future__ import annotations

from typing import TYPE_CHECKING

import typer

from trustkit.app.cli.output import OutputFormat, language
from trustkit.app.cli.verdict_output import tell

if TYPE_CHECKING:
    from pathlib import Path

    from trustkit.app.opened import OpenedHome
    from trustkit.app.replaying import Replayed

_TOLD = {
    "en": {
        "record": "Reached again from record sm3:{} of {}.",
        True: "The trail of this home says that this record was written when the file was verified.",
        False: "The newest verifications of this file in the trail of this home do not tell of this record: it may be written by anybody, and proves nothing.",
        None: "No trail is at hand (--home) that would say whether this record is the one that was written: anybody may have written it, and it proves nothing.",
    },
    "zh": {
        "record": "已依据记录 sm3:{}（由 {} 写入）重新得出同样的结论。",
        True: "本系统的审计日志载明：验证该文件时写入的正是这份记录。",
        False: "本系统审计日志中该文件最近的验证均未提及这份记录：它可能出自任何人，不能证明任何事项。",
        None: "未指定系统目录（--home），无法用审计日志核对这份记录是否为当时所写：它可能出自任何人，不能证明任何事项。",
    },
}


def replay_one(
    record: Path, files: list[Path], content: Path | None, home: OpenedHome | None, output: OutputFormat
) -> int:
    """Print the report a record is of and return an exit status: what it had, or that of INDETERMINATE where no trail vouches. Raise USAGE for several files, as `replay_file` does."""
    from trustkit.app import exit_status
    from trustkit.app.replaying import replay_file
    from trustkit.errors import ErrorCode, TrustError

    if len(files) > 1:
        raise TrustError(ErrorCode.USAGE, "--replay takes the one file the record is of")
    replayed = replay_file(record, files[0] if files else None, content, home)
    tell(replayed.verdict, replayed.name, output)
    _say_aside(replayed)
    return exit_status.of_verdicts((replayed.indication,))


def _say_aside(replayed: Replayed) -> None:
    words = _TOLD[language().value]
    typer.echo(words["record"].format(replayed.record_sm3, replayed.made_by), err=True)
    typer.echo(words[replayed.in_trail], err=True)
