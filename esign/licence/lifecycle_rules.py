"""Which acts the licences of a type allow: the table ``[lifecycle]`` of ``type.toml``.

    [lifecycle]
    annual_check = true       # 年检; false unless it is said
    changes = true            # a new version under the next number takes its place, also after a loss
    suspension = true
    loss = true
    cancellation = true
    days_back = 30            # how far behind, and ahead, of its recording an act may take force
    days_ahead = 90
    persons = 1               # 2: one proposes, another approves, before a licence or its next version is issued, revoked or struck off
    second_person_also = []   # with two persons, further acts that take both: check, lose, suspend, resume

The table and each of its keys may be absent; shown are the defaults, but for the first. Any licence can be revoked. `[licences] persons` of
the home's settings is the least for every type (docs/adr/0051). How long
a licence holds is said in ``[validity]`` (`esign.licence.validity_rules`).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from esign.licence.type_file import words

if TYPE_CHECKING:
    from esign.licence.type_file import TypeTable

TABLE: Final = "lifecycle"
_MOST_APART: Final = 3_653  # ten years: what takes force later than that is not decided today
ISSUE, ISSUE_MANY = "issue", "issue-many"  # acts beside those of `esign.licence.lifecycle`: on no licence that is there
MOST_PERSONS: Final = 2
_TOGETHER: Final = frozenset({ISSUE, ISSUE_MANY, "change", "reissue", "revoke", "cancel"})
_MAY_BE_TOGETHER: Final = ("check", "lose", "suspend", "resume")


@dataclass(frozen=True, slots=True, kw_only=True)
class LifecycleRules:
    """See the module's docstring."""

    annual_check: bool = False
    changes: bool = True
    suspension: bool = True
    loss: bool = True
    cancellation: bool = True
    days_back: int = 30
    days_ahead: int = 90
    persons: int = 1
    second_person_also: tuple[str, ...] = ()

    def persons_for(self, act: str) -> int:
        """Return how many persons an act takes: who proposes it and, with two, another who approves it."""
        return self.persons if act in _TOGETHER or act in self.second_person_also else 1

    def at_least(self, persons: int) -> LifecycleRules:
        """Return these rules with no fewer persons than the home asks for."""
        return self if persons <= self.persons else replace(self, persons=persons)


DEFAULT_RULES: Final = LifecycleRules()


def read_lifecycle(table: TypeTable | None) -> LifecycleRules:
    """Return the rules of a type from its table, None for a type that has none. Raise LICENCE_POLICY."""
    if table is None:
        return DEFAULT_RULES
    own = DEFAULT_RULES
    rules = LifecycleRules(
        annual_check=_flag(table, "annual_check", own.annual_check),
        changes=_flag(table, "changes", own.changes),
        suspension=_flag(table, "suspension", own.suspension),
        loss=_flag(table, "loss", own.loss),
        cancellation=_flag(table, "cancellation", own.cancellation),
        days_back=table.integer("days_back", 0, _MOST_APART) if table.has("days_back") else own.days_back,
        days_ahead=table.integer("days_ahead", 0, _MOST_APART) if table.has("days_ahead") else own.days_ahead,
        persons=table.integer("persons", 1, MOST_PERSONS) if table.has("persons") else own.persons,
        second_person_also=words(table, "second_person_also", _MAY_BE_TOGETHER),
    )
    if rules.second_person_also and rules.persons < MOST_PERSONS:
        raise table.wrong("second_person_also", "goes with persons = 2")
    table.close()
    return rules


def acts_of_two(rules: LifecycleRules) -> tuple[str, ...]:
    """Return the acts that take two persons by these rules, sorted; issuing a file of many is issuing."""
    return tuple(sorted({*_TOGETHER, *rules.second_person_also} - {ISSUE_MANY})) if rules.persons > 1 else ()


def _flag(table: TypeTable, key: str, otherwise: bool) -> bool:  # noqa: FBT001 - the default of a flag
    return table.boolean(key) if table.has(key) else otherwise
