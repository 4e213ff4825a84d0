"""The provider's keys as ``trustkit idp keys list`` shows them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from trustkit.clock import format_rfc3339

if TYPE_CHECKING:
    from datetime import datetime

    from idp.op.key_ring import ProviderKey

COLUMNS: Final = ("kid", "algorithm", "state", "published", "signs_since", "signed_until")


@dataclass(frozen=True, slots=True, kw_only=True)
class ProviderKeyLine:
    """One key. Times it has not reached are empty."""

    key: ProviderKey

    def to_json(self) -> dict[str, object]:
        """Return the JSON object of ``--format json``."""
        return {name: text or None for name, text in zip(COLUMNS, self.row(), strict=True)}

    def row(self) -> tuple[str, ...]:
        """Return the row of a table."""
        key = self.key
        times = map(_time, (key.created_at, key.activated_at, key.retired_at))
        return (key.kid, key.algorithm.value, key.state.value, *times)


def _time(moment: datetime | None) -> str:
    return "" if moment is None else format_rfc3339(moment.replace(microsecond=0))
