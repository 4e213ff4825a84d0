"""``trustkit audit``: entries by who, what and when; whether the trail is whole; exports; reviews signed off."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from trustkit.app.wiring import open_authority
from trustkit.audit import trail
from trustkit.audit.lines import entry_line
from trustkit.clock import SystemClock
from trustkit.crypto.digest import DigestAlgorithm, digest

if TYPE_CHECKING:
    from pathlib import Path

    from tests.support.terminal import Terminal

JSON = ("--format", "json")
USAGE, EXISTS = 64, 73


def entries(home: Path) -> list[trail.TrailEntry]:
    with open_authority(home, SystemClock()) as authority, authority.database.reading() as unit:
        return list(trail.list_events(unit, limit=1000))


def test_entries_are_told_by_who_did_them_and_when(terminal: Terminal, home: Path) -> None:
    place = ("--home", home, *JSON)
    everything = terminal.run("audit", "list", *place).objects()
    actor = everything[0]["actor"]
    mine = terminal.run("audit", "list", "--by", actor, *place).objects()
    assert mine
    assert {each["actor"] for each in mine} == {actor}
    assert terminal.run("audit", "list", "--by", "np-nobody", *place).objects() == []
    assert terminal.run("audit", "list", "--by", "张三 x@y.example", *place).objects() == []
    middle = everything[len(everything) // 2]["at"]
    before = terminal.run("audit", "list", "--until", middle, *place).objects()
    after = terminal.run("audit", "list", "--since", middle, *place).objects()
    assert all(each["at"] < middle for each in before)
    assert all(each["at"] >= middle for each in after)
    assert [each["sequence"] for each in (*before, *after)][: len(everything)] == [
        each["sequence"] for each in everything
    ]
    terminal.run("audit", "list", "--since", "yesterday", *place[:2]).require_refusal("app:call:usage", USAGE)
    terminal.run("audit", "list", "--act", "people", "--type", "ca:crl:published", *place[:2]).require_refusal(
        "app:call:usage", USAGE
    )
    assert terminal.run("audit", "list", "--act", "people", *place).objects() == []


def test_an_export_is_what_the_trail_has_and_shows_what_was_changed(
    terminal: Terminal, home: Path, tmp_path: Path
) -> None:
    target, place = tmp_path / "trail.ndjson", ("--home", home)
    told = json.loads(terminal.run("audit", "export", target, "--after", "1", "--upto", "4", *place, *JSON).out)
    assert (told["after"], told["upto"], told["events"]) == (1, 4, 3)
    data = target.read_bytes()
    assert told["lines_sm3"] == digest(DigestAlgorithm.SM3, data).hex()
    assert data == b"".join(entry_line(each) for each in entries(home)[1:4])
    assert target.stat().st_mode & 0o777 == 0o600
    for taken in (target, tmp_path, ""):
        terminal.run("audit", "export", taken, *place).require_refusal("app:output:exists", EXISTS)
    for wrong in (("--after", "99999"), ("--upto", "99999"), ("--after", "4", "--upto", "4")):
        terminal.run("audit", "export", tmp_path / "x", *wrong, *place).require_refusal("app:call:usage", USAGE)
    whole = terminal.run("audit", "verify", "--against", target, *place, *JSON)
    assert whole.status == 0, whole.out
    assert json.loads(whole.out)["compared"] == 3
    target.chmod(0o600)
    target.write_bytes(data.replace(b'"outcome":"success"', b'"outcome":"denied"', 1))
    changed = terminal.run("audit", "verify", "--against", target, *place, *JSON)
    assert changed.status == 1
    assert json.loads(changed.out)["findings"] == [{"flaw": "different", "sequence": 2, "name": ""}]
    assert "different: entry 2" in terminal.run("audit", "verify", "--against", target, *place).out
    terminal.run("audit", "verify", "--against", tmp_path / "none", *place).require_refusal("app:input:unreadable", 66)
    kinds = [each.type for each in entries(home)]
    assert kinds.count("audit:trail:exported") == 1  # what was refused was none
    assert kinds.count("audit:trail:verified") == 3


def test_a_review_is_signed_off_once_and_goes_on_from_there(terminal: Terminal, home: Path) -> None:
    place = ("--home", home)
    last = len(entries(home))
    assert f"--upto {last}" in terminal.run("audit", "review", *place).out
    assert terminal.run("audit", "sign-off", "--upto", str(last), *place).status == 0
    terminal.run("audit", "sign-off", "--upto", str(last), *place).require_refusal("app:call:usage", USAGE)
    terminal.run("audit", "sign-off", "--upto", "99999", *place).require_refusal("app:call:usage", USAGE)
    told = json.loads(terminal.run("audit", "sign-off", "--upto", str(last + 1), "--concern", *place, *JSON).out)
    assert (told["after"], told["upto"]) == (last, last + 1)
    reviews = [each for each in entries(home) if each.type == "audit:trail:reviewed"]
    assert [(each.facts["upto"], each.facts["finding"]) for each in reviews] == [(last, "none"), (last + 1, "concern")]
    assert terminal.run("audit", "verify", *place).status == 0


@pytest.mark.parametrize("command", ["list", "verify", "export", "review", "sign-off"])
def test_no_command_of_the_audit_office_alters_an_entry(
    terminal: Terminal, home: Path, tmp_path: Path, command: str
) -> None:
    before = [entry_line(each) for each in entries(home)]
    more = {"export": (tmp_path / "x",), "sign-off": ("--upto", "1")}.get(command, ())
    assert terminal.run("audit", command, *more, "--home", home).status == 0
    after = [entry_line(each) for each in entries(home)]
    assert after[: len(before)] == before
    assert len(after) == len(before) + 1
