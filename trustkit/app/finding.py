"""One fact that ``trustkit doctor`` tells."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One fact: its name, what was found, and whether it needs attention."""

    what: str
    found: str
    broken: bool = False

    def to_json(self) -> dict[str, object]:
        """Return the JSON object of ``--format json``."""
        return {"what": self.what, "found": self.found, "ok": not self.broken}

    def row(self) -> tuple[str, ...]:
        """Return the table row."""
        return ("✗" if self.broken else "✓", self.what, self.found)
