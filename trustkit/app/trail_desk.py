"""The audit administrator's acts (GB/T 22239 8.1.5.2): is the trail whole, a part of it to keep elsewhere, what administrators did, seen and signed off.

None of them alters an entry: each leaves one of its own. What was reviewed is told by the SM3 of every line since the review before it,
so that `verify` says when it is no more as it was.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from trustkit.app.files import read_input, require_place, write_output
from trustkit.app.official_acts import AdministratorAct
from trustkit.app.rows import TrailLine
from trustkit.app.trail import SIGNED_IN_FOR, record_of_trail
from trustkit.audit import trail
from trustkit.audit.events import EventType
from trustkit.audit.examination import TRAIL, Finding, Flaw, compare, examine, walk
from trustkit.audit.lines import entry_line
from trustkit.crypto.digest import DigestAlgorithm, digest, hasher
from trustkit.errors import ErrorCode, TrustError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from trustkit.app.authority import Authority
    from trustkit.audit.events import FactValue
    from trustkit.audit.trail import TrailEntry
    from trustkit.store.unit_of_work import ReadUnit

MOST_EXPORTED: Final = 100_000  # entries in one file, some 50 MB
MAX_EXPORT: Final = 256 * 1024 * 1024
PRIVATE: Final = 0o600
_WATCHED: Final = frozenset(each.value for each in AdministratorAct if each.office != "audit")
_OFFICES: Final = frozenset({EventType.OFFICE_ASSIGNED, EventType.OFFICE_REMOVED})


@dataclass(frozen=True, slots=True, kw_only=True)
class TrailReport:
    """What an examination found; `compared` are the lines of exports that were held against the trail."""

    entries: int
    lines_sm3: str
    compared: int
    findings: tuple[Finding, ...]

    def to_json(self) -> dict[str, object]:
        """Return the JSON object of ``--format json``."""
        return {
            "entries": self.entries,
            "lines_sm3": self.lines_sm3,
            "compared": self.compared,
            "findings": [
                {"flaw": each.flaw.value, "sequence": each.sequence, "name": each.name} for each in self.findings
            ],
        }

    def lines(self) -> tuple[str, ...]:
        """Return it for a person."""
        told = (
            f"{each.flaw.value}: {each.name or (f'line {each.sequence}' if each.flaw is Flaw.NO_EXPORT else f'entry {each.sequence}')}"
            for each in self.findings
        )
        compared = f", {self.compared} lines compared" if self.compared else ""
        verdict = f"{len(self.findings)} flaw(s)" if self.findings else "whole"
        return (*told, f"{self.entries} entries{compared}: {verdict}", f"SM3 of all lines: {self.lines_sm3}")


@dataclass(frozen=True, slots=True, kw_only=True)
class TrailPart:
    """A range of the trail: above `after`, up to `upto`, so many entries, and the SM3 of their lines."""

    after: int
    upto: int
    events: int
    lines_sm3: str

    def to_json(self) -> dict[str, object]:
        """Return the JSON object of ``--format json``."""
        return {"after": self.after, "upto": self.upto, "events": self.events, "lines_sm3": self.lines_sm3}


def verify_trail(authority: Authority, exports: tuple[Path, ...] = ()) -> TrailReport:
    """Return whether the trail is whole, and as exports have it that were kept elsewhere. Raise INPUT_* for one that cannot be read."""
    kept = [read_input(each, limit=MAX_EXPORT).splitlines(keepends=True) for each in exports]
    compared, findings = 0, list[Finding]()
    with authority.database.reading() as unit:
        found = examine(unit)
        for lines in kept:
            number, different = compare(unit, lines)
            compared, findings = compared + number, [*findings, *different]
    report = TrailReport(
        entries=found.entries,
        lines_sm3=found.lines_sm3,
        compared=compared,
        findings=(*found.findings, *findings),
    )
    facts: dict[str, FactValue] = {
        "events": found.entries,
        "findings": len(report.findings),
        "lines_sm3": found.lines_sm3,
        "upto": found.last,
    }
    record_of_trail(authority, EventType.TRAIL_VERIFIED, facts)
    return report


def export_trail(authority: Authority, target: Path, *, after: int, upto: int | None) -> TrailPart:
    """Write the entries of a range to a new file that its owner alone reads, one JSON object a line.

    Raises:
        TrustError: USAGE for a range that is none, has no entry, or more than `MOST_EXPORTED`; AUDIT_UNAVAILABLE for an entry that is damaged;
            OUTPUT_EXISTS, DISK_*.
    """
    require_place(target)
    with authority.database.reading() as unit:
        last = _last(unit, after, upto)
        lines = b"".join(entry_line(each) for each in _whole(unit, after, last))
    part = TrailPart(after=after, upto=last, events=last - after, lines_sm3=_sm3(lines))
    # told before it lies anywhere: nobody has a copy the trail does not know of
    record_of_trail(authority, EventType.TRAIL_EXPORTED, part_facts(part))
    write_output(target, lines, mode=PRIVATE)
    return part


def review_trail(authority: Authority, *, limit: int) -> tuple[TrailPart, tuple[TrailLine, ...]]:
    """Return what stands since the last review, and of it what system and security administrators did.

    That is every entry of somebody who signed in for an act of theirs in that range, and every change of an office.

    Raises:
        TrustError: USAGE when nothing came since; AUDIT_UNAVAILABLE for an entry that is damaged.
    """
    with authority.database.reading() as unit:
        part, found = _reviewed(unit, None)
    record_of_trail(
        authority, EventType.TRAIL_READ, {"after": part.after, "events": len(found), "limit": limit, "upto": part.upto}
    )
    return part, tuple(TrailLine(entry=each) for each in found[:limit])


def sign_off(authority: Authority, *, upto: int, concern: bool) -> TrailPart:
    """Record that everything up to a number was reviewed since the review before; with `concern` that something is to be looked into.

    Raises:
        TrustError: USAGE for a number that was reviewed, or is not there yet; AUDIT_UNAVAILABLE.
    """
    with authority.database.reading() as unit:
        part, _ = _reviewed(unit, upto)
    facts = {**part_facts(part), "finding": "concern" if concern else "none"}
    record_of_trail(authority, EventType.TRAIL_REVIEWED, facts)
    return part


def part_facts(part: TrailPart) -> dict[str, FactValue]:
    """Return the facts an entry has of a range."""
    return {"after": part.after, "events": part.events, "lines_sm3": part.lines_sm3, "upto": part.upto}


def _reviewed(unit: ReadUnit, upto: int | None) -> tuple[TrailPart, list[TrailEntry]]:
    before = trail.last_event(unit, EventType.TRAIL_REVIEWED, TRAIL)
    after = 0 if before is None else int(before.facts["upto"])
    last = _last(unit, after, upto, most=None)
    state, watched = hasher(DigestAlgorithm.SM3), set[str]()
    for each in _whole(unit, after, last):
        state.update(entry_line(each))
        if each.type in SIGNED_IN_FOR and each.facts.get("act") in _WATCHED:
            watched.add(each.actor)
    found = [each for each in _whole(unit, after, last) if each.actor in watched or each.type in _OFFICES]
    return TrailPart(after=after, upto=last, events=last - after, lines_sm3=state.digest().hex()), found


def _last(unit: ReadUnit, after: int, upto: int | None, *, most: int | None = MOST_EXPORTED) -> int:
    """Return the last number of a range. Raise USAGE for one that is none, or too long."""
    newest = trail.last_sequence(unit)
    last = newest if upto is None else upto
    if not 0 <= after < last <= newest:
        raise TrustError(ErrorCode.USAGE, "no entries in this range", after=after, upto=last, newest=newest)
    if most is not None and last - after > most:
        raise TrustError(ErrorCode.USAGE, "too many entries for one file", most=most)
    return last


def _whole(unit: ReadUnit, after: int, upto: int) -> Iterator[TrailEntry]:
    for each in walk(unit, after=after, upto=upto):
        if isinstance(each, int):
            raise TrustError(ErrorCode.AUDIT_UNAVAILABLE, "a row of the trail is damaged", sequence=each)
        yield each


def _sm3(data: bytes) -> str:
    return digest(DigestAlgorithm.SM3, data).hex()
