"""Is the trail whole? Every number is there, every entry has its form, the guards stand, reviews and exports agree with it still.

    found = examine(unit)
    found.findings                  # nothing where all is well
    compare(unit, lines)            # with an export that was kept elsewhere

The trail's own word is all this has: who owns the database can drop the guards, alter entries and put the guards back. An export kept
elsewhere is what he cannot alter, and every line of it is compared.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum, unique
from typing import TYPE_CHECKING, Final

from trustkit.audit import trail
from trustkit.audit.events import EventType
from trustkit.audit.facts import require_allowed
from trustkit.audit.lines import entry_line
from trustkit.crypto.digest import DigestAlgorithm, hasher
from trustkit.encoding.canonical_json import parse_json
from trustkit.errors import TrustError
from trustkit.store.trail_guards import missing_guards

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from trustkit.audit.trail import TrailEntry
    from trustkit.store.unit_of_work import ReadUnit

PAGE: Final = 500
MOST_FINDINGS: Final = 100
MAX_LINE: Final = 64 * 1024
TRAIL: Final = "audit"  # the object of every event about the trail itself
_KNOWN: Final = frozenset(each.value for each in EventType)


@unique
class Flaw(StrEnum):
    """What is wrong with an entry, or with what stands for many."""

    GAP = "gap"  # a number before it is missing
    DAMAGED = "damaged"  # it cannot be read
    FORM = "form"  # a fact its type does not have: the program never wrote it
    REVIEWED = "reviewed"  # what was reviewed is not as it was then
    DIFFERENT = "different"  # not as it was exported
    NO_EXPORT = "no-export"  # a line of the file is no line of an export
    GUARD = "guard"  # what lets the trail only grow is gone or changed


@dataclass(frozen=True, slots=True)
class Finding:
    """A flaw and where: an entry's number, 0 for the trail as a whole, and the guard's name."""

    flaw: Flaw
    sequence: int = 0
    name: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Examined:
    """What was looked at: so many entries up to a number, the SM3 of their lines, and what is wrong."""

    entries: int
    last: int
    lines_sm3: str
    findings: tuple[Finding, ...]


def examine(unit: ReadUnit) -> Examined:
    """Return what is wrong with the trail, at most `MOST_FINDINGS` flaws."""
    findings = [Finding(Flaw.GUARD, name=name) for name in missing_guards(unit)]
    reviews = {int(each.facts["upto"]): each for each in _reviews(unit)}
    whole, since_review = hasher(DigestAlgorithm.SM3), hasher(DigestAlgorithm.SM3)
    entries = last = 0
    for entry in walk(unit):
        if isinstance(entry, int):
            findings.append(Finding(Flaw.DAMAGED, entry))
            last, entries = entry, entries + 1
            continue
        if entry.sequence != last + 1:
            findings.append(Finding(Flaw.GAP, entry.sequence))
        if not _has_form(entry):
            findings.append(Finding(Flaw.FORM, entry.sequence))
        line = entry_line(entry)
        whole.update(line)
        since_review.update(line)
        last, entries = entry.sequence, entries + 1
        if (review := reviews.get(last)) is not None:
            if review.facts.get("lines_sm3") != since_review.digest().hex():
                findings.append(Finding(Flaw.REVIEWED, review.sequence))
            since_review = hasher(DigestAlgorithm.SM3)
    return Examined(
        entries=entries, last=last, lines_sm3=whole.digest().hex(), findings=tuple(findings[:MOST_FINDINGS])
    )


def compare(unit: ReadUnit, lines: Iterable[bytes]) -> tuple[int, tuple[Finding, ...]]:
    """Return how many lines of an export were compared with the trail, and those that are not in it as they were."""
    findings: list[Finding] = []
    compared = 0
    for line in lines:
        compared += 1
        number = _number(line)
        if number is None:
            findings.append(Finding(Flaw.NO_EXPORT, compared))
        elif (entry := trail.find_entry(unit, number)) is None or entry_line(entry) != line:
            findings.append(Finding(Flaw.DIFFERENT, number))
        if len(findings) >= MOST_FINDINGS:
            break
    return compared, tuple(findings)


def _reviews(unit: ReadUnit) -> Iterator[TrailEntry]:
    after = 0
    while page := trail.list_events(unit, after=after, limit=PAGE, type=EventType.TRAIL_REVIEWED):
        yield from page
        after = page[-1].sequence


def walk(unit: ReadUnit, *, after: int = 0, upto: int | None = None) -> Iterator[TrailEntry | int]:
    """Yield the entries of a range in order; of one that cannot be read its number alone."""
    while page := trail.list_readable(unit, after=after, limit=PAGE):
        for each in page:
            after = each if isinstance(each, int) else each.sequence
            if upto is not None and after > upto:
                return
            yield each


def _has_form(entry: TrailEntry) -> bool:
    """Tell whether an entry has no fact but those of its type; a type of a newer trustkit is not known here."""
    if entry.type not in _KNOWN:
        return True
    try:
        require_allowed(EventType(entry.type), entry.facts)
    except TrustError:
        return False
    return True


def _number(line: bytes) -> int | None:
    try:
        found = parse_json(line, max_size=MAX_LINE)
    except TrustError:
        return None
    number = found.get("sequence") if isinstance(found, dict) else None
    return number if isinstance(number, int) and not isinstance(number, bool) and number > 0 else None
