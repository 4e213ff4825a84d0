"""``trustkit licence authorise``, ``copy`` and their like at the terminal: a copy is made, shown to whom it is for, and ended."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import TYPE_CHECKING

from tests.support.authority import SAMPLE
from tests.support.copy_desk import BANK, HOLDER, OTHER, PURPOSE
from trustkit.clock import SystemClock, format_rfc3339

if TYPE_CHECKING:
    from pathlib import Path

    from tests.support.terminal import Ran, Terminal

USAGE, MISSING, CONFLICT, FORBIDDEN, DATA = 64, 66, 73, 77, 65


def test_authorise_copy_verify_and_end(terminal: Terminal, home: Path, tmp_path: Path, passphrase_file: Path) -> None:
    told = ("--home", home, "--format", "json")
    secret = ("--passphrase-file", passphrase_file)
    (licence,) = terminal.run(
        "licence", "issue", "--type", "business-licence", "--data", SAMPLE, "--out", tmp_path / "l.pdf", *told, *secret
    ).objects()
    identifier = licence["identifier"]
    holder, scan = tmp_path / "holder", tmp_path / "consent.pdf"
    holder.write_text(f"{HOLDER}\n", "ascii")
    scan.write_bytes(b"what he signed")

    def authorise(**other: str) -> Ran:
        said = {
            "purpose": PURPOSE,
            "recipient": BANK.uscc,
            "recipient-name": BANK.name,
            "holder-file": str(holder),
            "evidence": str(scan),
            "until": format_rfc3339(SystemClock().now() + timedelta(days=30)),
            "copies": "2",
        } | other
        words = [word for key, value in said.items() for word in (f"--{key}", value)]
        return terminal.run("licence", "authorise", identifier, *words, *told)

    authorise(purpose="x").require_refusal("copy:purpose:unfit", USAGE)
    authorise(recipient="911").require_refusal("esign:holder:code", DATA)
    authorise(until="2020-01-01T00:00:00Z").require_refusal("copy:authorisation:term", USAGE)
    (allowed,) = authorise().objects()
    assert (allowed["standing"], allowed["most_copies"]) == ("in-force", 2)

    def copy(*words: str | Path) -> Ran:
        return terminal.run("licence", "copy", identifier, *words, "--out", tmp_path, *told, *secret)

    copy("--authorisation", "A" * 16).require_refusal("copy:authorisation:missing", MISSING)
    copy("--authorisation", allowed["number"], "--esl", "x").require_refusal("app:call:usage", USAGE)
    (made,) = copy("--authorisation", allowed["number"], "--days", "7").objects()
    target = tmp_path / f"copy-{made['number']}.pdf"
    assert (made["files"], target.stat().st_mode & 0o777) == ([str(target)], 0o600)

    def verify(*words: str | Path) -> tuple[str, str | None]:
        (verdict,) = terminal.run("verify", target, "--offline", *words, *told).objects()
        return verdict["indication"], verdict["sub_indication"]

    assert verify() == ("TOTAL-PASSED", None)
    assert verify("--recipient", BANK.uscc, "--purpose", PURPOSE) == ("TOTAL-PASSED", None)
    assert verify("--recipient", OTHER.uscc) == ("TOTAL-FAILED", "COPY_NOT_FOR_ASKER")
    terminal.run("verify", target, "--recipient", "9", *told).require_refusal("esign:holder:code", DATA)
    record = tmp_path / "record.json"
    assert verify("--recipient", BANK.uscc, "--record", record) == ("TOTAL-PASSED", None)
    again = terminal.run("verify", target, "--replay", record, *told)
    assert again.objects()[0]["indication"] == "TOTAL-PASSED"
    both = terminal.run("verify", target, "--replay", record, "--recipient", BANK.uscc, *told)
    both.require_refusal("app:call:usage", USAGE)
    shown = terminal.run("verify", target, "--offline", "--home", home).out
    assert PURPOSE in shown

    _look_and_end(terminal, tmp_path, told, secret, made, allowed)
    assert verify() == ("TOTAL-FAILED", "LICENCE_REVOKED")
    copy("--authorisation", allowed["number"]).require_refusal("copy:authorisation:ended", FORBIDDEN)


def _look_and_end(  # noqa: PLR0917 - what one test hands over
    terminal: Terminal,
    tmp_path: Path,
    told: tuple[str | Path, ...],
    secret: tuple[str | Path, ...],
    made: dict[str, object],
    allowed: dict[str, object],
) -> None:
    number, identifier = str(made["number"]), str(made["identifier"])
    (listed,) = terminal.run("licence", "copies", identifier, *told).objects()
    assert (listed["number"], listed["standing"]) == (number, "in-force")
    assert "云杉" not in json.dumps(listed, ensure_ascii=False)
    (one,) = terminal.run("licence", "copy-show", number, *told).objects()
    assert one["recipient"] == {"name": BANK.name, "uscc": BANK.uscc}
    assert BANK.name in terminal.run("licence", "copy-show", number, *told[:2]).out
    elsewhere = tmp_path / "again"
    elsewhere.mkdir()
    terminal.run("licence", "copy-export", number, "--out", elsewhere, *told).objects()
    assert (elsewhere / f"copy-{number}.pdf").read_bytes() == (tmp_path / f"copy-{number}.pdf").read_bytes()
    terminal.run("licence", "copy-export", number, "--out", elsewhere, *told).require_refusal(
        "app:output:exists", CONFLICT
    )
    (row,) = terminal.run("licence", "authorisations", identifier, *told).objects()
    assert (row["copies"], row["standing"]) == (1, "in-force")
    withdraw = ("licence", "authorise-withdraw", str(allowed["number"]), "--reason", "holder-request", *told)
    assert terminal.run(*withdraw).objects()[0]["standing"] == "withdrawn"
    terminal.run(*withdraw).require_refusal("copy:authorisation:ended", FORBIDDEN)
    revoke = ("licence", "copy-revoke", number, "--reason", "authorisation-withdrawn", *told, *secret)
    assert terminal.run(*revoke).objects()[0]["standing"] == "revoked"
    terminal.run(*revoke).require_refusal("copy:state:ended", CONFLICT)
    for command in ("copies", "authorisations"):
        terminal.run("licence", command, "no-such", *told).require_refusal("esign:licence:missing", MISSING)
    terminal.run("licence", "copy-show", "A" * 16, *told).require_refusal("copy:number:missing", MISSING)
