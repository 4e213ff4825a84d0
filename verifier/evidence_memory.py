"""Evidence gathered once for files that bring the same and name the same: codes and credentials of one issuer."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Hashable

    from verifier.material import Evidence

MOST_GATHERED: Final = 64


class EvidenceMemory:
    """What was gathered in one sitting, by all it was gathered from. Not safe to share between threads."""

    def __init__(self, limit: int = MOST_GATHERED) -> None:
        self._limit = limit
        self._found: dict[Hashable, Evidence] = {}

    def find(self, sources: Hashable) -> Evidence | None:
        """Return what was gathered from these sources, None where nothing was."""
        return self._found.get(sources)

    def keep(self, sources: Hashable, evidence: Evidence) -> None:
        """Remember what was gathered."""
        if len(self._found) >= self._limit:
            self._found.clear()
        self._found[sources] = evidence
