"""Which acts the licences of a type allow: the table ``[lifecycle]`` of ``type.toml``.

    [lifecycle]
    annual_check = true       # 年检; false unless it is said
    changes = true            # a new version under the next number takes its place, also after a loss
    suspension = true
    loss = true
    cancellation = true
    days_back = 30            # how far behind, and ahead, of its recording an act may take force
    days_ahead = 90

The table and each of its keys may be absent; shown are the defaults, but for the first. Any licence can be revoked. How long
a licence holds is said in ``[validity]`` (`esign.licence.validity_rules`).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from esign.licence.type_file import TypeTable

TABLE: Final = "lifecycle"
_MOST_APART: Final = 3_653  # ten years: what takes force later than that is not decided today


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
    )
    table.close()
    return rules


def _flag(table: TypeTable, key: str, otherwise: bool) -> bool:  # noqa: FBT001 - the default of a flag
    return table.boolean(key) if table.has(key) else otherwise
