"""How many files of a run have which verdict."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from verifier.bulk.row import UNREADABLE

if TYPE_CHECKING:
    from trustkit.verdict import Indication


@dataclass(slots=True)
class Counts:
    """Verdicts so far."""

    indications: dict[str, int] = field(default_factory=dict)
    unreadable: int = 0
    rows: int = 0

    def add(self, row: dict[str, Any]) -> None:
        """Count a row."""
        self.rows += 1
        if row["code"] in UNREADABLE and row["sm3"] is None:
            self.unreadable += 1
            return
        self.indications[row["indication"]] = self.indications.get(row["indication"], 0) + 1

    def of(self, indication: Indication) -> int:
        """Return how many verdicts say so."""
        return self.indications.get(indication.value, 0)
