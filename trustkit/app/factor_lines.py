"""Factors as ``trustkit idp factor list`` shows them: their kinds and times; what people call them is for their own pages."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from trustkit.clock import format_rfc3339

if TYPE_CHECKING:
    from idp.factors.standing import FactorLine as Found

COLUMNS: Final = ("factor", "kind", "hardware", "since", "used", "left")


@dataclass(frozen=True, slots=True, kw_only=True)
class FactorLine:
    """One factor; `used` is empty for one that never was, `left` for all but recovery codes."""

    factor: str
    kind: str
    hardware: bool
    since: str
    used: str
    left: int | None

    @classmethod
    def of(cls, found: Found) -> FactorLine:
        """Return the line of what was found."""
        return cls(
            factor=found.id,
            kind=found.kind.value,
            hardware=found.hardware,
            since=format_rfc3339(found.created_at),
            used="" if found.used_at is None else format_rfc3339(found.used_at),
            left=found.left,
        )

    def to_json(self) -> dict[str, object]:
        """Return the JSON object of ``--format json``."""
        return {
            "factor": self.factor,
            "kind": self.kind,
            "hardware": self.hardware,
            "since": self.since,
            "used": self.used,
            "left": self.left,
        }

    def row(self) -> tuple[str, ...]:
        """Return the row of a table."""
        left = "" if self.left is None else str(self.left)
        return (self.factor, self.kind, "yes" if self.hardware else "", self.since, self.used, left)
