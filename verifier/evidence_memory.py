"""Evidence gathered once for files that bring the same and name the same: codes and credentials of one issuer."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Hashable

    from verifier.material import Evidence

MOST_GATHERED: Final = 64
MOST_OCTETS: Final = (
    16 * 1024 * 1024
)  # of status lists, which a stranger's kilobytes unpack to, and of what came beside files


class EvidenceMemory:
    """What was gathered in one sitting, by all it was gathered from. Not safe to share between threads."""

    def __init__(self, limit: int = MOST_GATHERED, octets: int = MOST_OCTETS) -> None:
        self._limit = limit
        self._room = octets
        self._held = 0
        self._found: dict[Hashable, Evidence] = {}

    @property
    def held(self) -> int:
        """How many octets it holds, as it was told of them."""
        return self._held

    def find(self, sources: Hashable) -> Evidence | None:
        """Return what was gathered from these sources, None where nothing was."""
        return self._found.get(sources)

    def keep(self, sources: Hashable, evidence: Evidence, *, octets: int) -> None:
        """Remember what was gathered, which holds so many octets; not what is larger than all there is room for."""
        if octets > self._room:
            return
        if len(self._found) >= self._limit or self._held + octets > self._room:
            self._found.clear()
            self._held = 0
        self._found[sources] = evidence
        self._held += octets
