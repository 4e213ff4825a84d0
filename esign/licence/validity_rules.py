"""How long a licence of a type holds (``[validity]`` of ``type.toml``).

    [validity]
    kind = "term"     # has a first and a last day; "open" has none, "term-or-open" may have them
    years = 5         # the longest term, where there is one

A term of years ends at the latest on the day that answers its first one (民法典 §202); most authorities write the day before.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum, unique
from typing import TYPE_CHECKING, Final

from esign.licence.field_rule import VALID_FROM, VALID_TO
from esign.licence.fields import OPEN_ENDED, FieldFormat
from esign.licence.type_file import word

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from esign.licence.field_rule import FieldRule
    from esign.licence.type_file import TypeTable

MAX_YEARS: Final = 100
_DATES: Final = frozenset({FieldFormat.DATE, FieldFormat.DATE_OR_OPEN})


@unique
class ValidityKind(StrEnum):
    """Whether licences of a type end."""

    TERM = "term"
    OPEN = "open"
    TERM_OR_OPEN = "term-or-open"


@dataclass(frozen=True, slots=True, kw_only=True)
class ValidityRule:
    """The kind of validity, and the longest term in years or None."""

    kind: ValidityKind
    years: int | None = None

    def faults(self, rules: Sequence[FieldRule], kept: Mapping[str, str]) -> list[tuple[str, str]]:
        """Return keys and rules that the dates of a licence break; `kept` has its values by key."""
        keys = {rule.metadata: rule.key for rule in rules}
        end_key = keys.get(VALID_TO, "")
        start, end = kept.get(keys.get(VALID_FROM, "")), kept.get(end_key)
        # Dates in ISO form sort as text; 长期 sorts after every date.
        if start is None or end is None:
            return []
        if end < start:
            return [(end_key, "before its start")]
        if self.years is not None and end != OPEN_ENDED and date.fromisoformat(end) > later(start, self.years):
            return [(end_key, f"more than {self.years} years after its start")]
        return []


def later(start: str, years: int) -> date:
    """Return the day that answers an ISO date so many years later, the last of February where there is none."""
    first = date.fromisoformat(start)
    try:
        return first.replace(year=first.year + years)
    except ValueError:
        return first.replace(year=first.year + years, day=28)


def read_validity_rule(table: TypeTable, rules: Sequence[FieldRule]) -> ValidityRule:
    """Return the rule of a type's file, by its fields where it has none. Raise LICENCE_POLICY naming what is wrong."""
    found = {rule.metadata: rule for rule in rules if rule.metadata in {VALID_FROM, VALID_TO}}
    for name, rule in found.items():
        if rule.format not in _DATES:
            raise table.wrong("fields", f"{name} is a date")
    if not table.has("validity"):
        return ValidityRule(kind=ValidityKind.TERM_OR_OPEN if VALID_TO in found else ValidityKind.OPEN)
    entry = table.table("validity")
    kind = ValidityKind(word(entry, "kind", list(ValidityKind)))
    years = entry.integer("years", 1, MAX_YEARS) if entry.has("years") else None
    entry.close()
    dated = len(found) == 2 and all(  # noqa: PLR2004 - the first and the last day
        rule.required and rule.format is FieldFormat.DATE for rule in found.values()
    )
    if kind is ValidityKind.TERM and not dated:
        raise entry.wrong("kind", f"a term has {VALID_FROM} and {VALID_TO}, required dates")
    if kind is ValidityKind.OPEN and (VALID_TO in found or years is not None):
        raise entry.wrong("kind", f"what never ends has no {VALID_TO} and no years")
    if kind is ValidityKind.TERM_OR_OPEN and VALID_TO not in found:
        raise entry.wrong("kind", f"a field is kept as {VALID_TO}")
    return ValidityRule(kind=kind, years=years)
