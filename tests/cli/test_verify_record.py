"""``trustkit verify --record`` and ``--replay``: what a verdict rests on, kept and used again."""

from __future__ import annotations

import stat
from typing import TYPE_CHECKING

import pytest

from tests.unit.verifier.recording import opened
from trustkit.app import opening
from trustkit.app.wiring import open_authority

if TYPE_CHECKING:
    from pathlib import Path

    from tests.support.authority import Issued
    from tests.support.terminal import Terminal

PASSED, UNDECIDED, USAGE, DATA, CONFLICT = 0, 2, 64, 65, 73
OFFLINE = ("--offline", "--format", "json")


@pytest.fixture
def record(terminal: Terminal, issued: Issued, tmp_path: Path) -> Path:
    place = tmp_path / "record.json"
    ran = terminal.run("verify", issued.document, "--home", issued.home, *OFFLINE, "--record", place)
    assert (ran.status, ran.err) == (PASSED, "")
    assert stat.S_IMODE(place.stat().st_mode) == 0o600
    return place


def test_the_report_is_the_same_octet_by_octet_and_needs_no_home(
    terminal: Terminal, issued: Issued, record: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for locale in ("en_GB.UTF-8", "zh_CN.UTF-8"):
        monkeypatch.setenv("LC_ALL", locale)
        for shown in ("text", "json"):
            again = terminal.run("verify", issued.document, "--replay", record, "--format", shown)
            at = str(opened(record.read_bytes())["at"])
            then = terminal.run(
                "verify", issued.document, "--home", issued.home, "--offline", "--format", shown, "--at", at
            )
            assert (again.status, again.out) == (
                UNDECIDED,
                then.out,
            )  # the same report, and nobody vouches for the record
            assert "sm3:" in again.err
            assert (then.status, again.out) == (PASSED, then.out)


def test_the_trail_tells_whether_a_record_is_the_one_that_was_written(
    terminal: Terminal, issued: Issued, record: Path, tmp_path: Path
) -> None:
    ran = terminal.run("verify", issued.document, "--replay", record, "--home", issued.home)
    assert (ran.status, "The trail of this home says" in ran.err) == (PASSED, True)
    elsewhere = tmp_path / "elsewhere.json"
    terminal.run("verify", issued.document, "--record", elsewhere, "--offline")
    ran = terminal.run("verify", issued.document, "--replay", elsewhere, "--home", issued.home)
    assert "do not tell of this record" in ran.err


def test_what_passes_by_anchors_of_the_records_own_author_is_not_passed(
    terminal: Terminal, issued: Issued, tmp_path: Path
) -> None:
    """Whoever writes a record names whom it trusted: only a trail says that it is not he who wrote it."""
    root = tmp_path / "root.cer"
    with open_authority(issued.home) as authority:
        root.write_bytes(authority.publications().ca_certificate("root") or b"")
    place = tmp_path / "mine.json"
    ran = terminal.run("verify", root, "--trust", root, *OFFLINE, "--record", place)
    assert ran.status == PASSED
    ran = terminal.run("verify", root, "--replay", place)
    assert (ran.status, "proves nothing" in ran.err) == (UNDECIDED, True)


def test_a_record_with_its_file_is_replayed_alone(
    terminal: Terminal, issued: Issued, tmp_path: Path, record: Path
) -> None:
    place = tmp_path / "whole.json"
    terminal.run("verify", issued.document, "--home", issued.home, *OFFLINE, "--record", place, "--keep-file")
    ran = terminal.run("verify", "--replay", place, "--format", "json")
    assert ran.status == UNDECIDED
    assert ran.objects()[0]["file"].startswith("sm3:")
    assert terminal.run("verify", "--replay", place, "--home", issued.home).status == PASSED
    ran = terminal.run("verify", "--replay", record)
    ran.require_refusal("verifier:record:without-file", USAGE)


def test_what_is_no_longer_as_it_was_is_refused(
    terminal: Terminal, issued: Issued, record: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = tmp_path / "other.pdf"
    other.write_bytes(issued.document.read_bytes() + b"\n")
    terminal.run("verify", other, "--replay", record).require_refusal("verifier:record:other-file", CONFLICT)
    bent = tmp_path / "bent.json"
    bent.write_bytes(record.read_bytes().replace(b"TOTAL-PASSED", b"TOTAL-FAILED", 1))
    terminal.run("verify", issued.document, "--replay", bent).require_refusal("verifier:record:changed", DATA)
    # the same octets judged by a program whose sentences are others
    monkeypatch.setattr(opening, "installed_version", lambda: "9.9")
    monkeypatch.setattr("verifier.record.replay.report_digests", lambda _: {})
    ran = terminal.run("verify", issued.document, "--replay", record)
    ran.require_refusal("verifier:record:other-version", DATA)
    assert "trustkit 9.9" in ran.err


def test_what_does_not_go_together(terminal: Terminal, issued: Issued, record: Path, tmp_path: Path) -> None:
    file, new = issued.document, tmp_path / "new.json"
    rows: tuple[tuple[str | Path, ...], ...] = (
        (),
        (file, "--keep-file"),
        (file, file, "--record", new),
        (file, file, "--replay", record),
        (file, "--replay", record, "--record", new),
        (file, "--replay", record, "--at", "2026-12-01T00:00:00Z"),
        (file, "--replay", record, "--trust", file),
        (file, "--replay", record, "--evidence", file),
        (file, "--replay", record, "--policy", file),
        (file, "--replay", record, "--nonce", "n", "--audience", "a"),
        ("--replay", record, "--content", file),
    )
    for row in rows:
        terminal.run("verify", *row).require_refusal("app:call:usage", USAGE)
    assert not new.exists()
    terminal.run("verify", file, "--record", record).require_refusal("app:output:exists", CONFLICT)
