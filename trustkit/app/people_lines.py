"""People as ``trustkit idp user list`` shows them: nothing but pseudonyms and standing is known of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from trustkit.clock import format_rfc3339

if TYPE_CHECKING:
    from trustkit.store.people import PersonRow

COLUMNS: Final = ("person", "since", "locked")


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonLine:
    """One person; `locked` says why he is locked out, empty while he is not."""

    person: str
    since: str
    locked: str

    @classmethod
    def of(cls, row: PersonRow) -> PersonLine:
        """Return the line of a row."""
        return cls(person=row.id, since=format_rfc3339(row.created_at), locked=row.reason)

    def to_json(self) -> dict[str, object]:
        """Return the JSON object of ``--format json``."""
        return {"person": self.person, "since": self.since, "locked": self.locked}

    def row(self) -> tuple[str, ...]:
        """Return the row of a table."""
        return (self.person, self.since, self.locked)
