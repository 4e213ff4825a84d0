"""Members of a record's objects, each taken once and in its type; what is left over at the end is an error."""

from __future__ import annotations

from typing import TYPE_CHECKING

from trustkit.clock import parse_rfc3339
from trustkit.errors import TrustError
from trustkit.record_codes import RecordCode

if TYPE_CHECKING:
    from datetime import datetime

    from trustkit.encoding.canonical_json import JsonValue


class Members:
    """One JSON object being read. Every method raises RECORD_MALFORMED, naming the member."""

    def __init__(self, value: JsonValue, where: str) -> None:
        if not isinstance(value, dict):
            raise malformed(where, "an object")
        self._members = dict(value)
        self._where = where

    def names(self) -> tuple[str, ...]:
        """Return the names that are left."""
        return tuple(self._members)

    def take(self, name: str) -> JsonValue:
        """Take a member of any type."""
        if name not in self._members:
            raise malformed(f"{self._where}.{name}", "missing")
        return self._members.pop(name)

    def text(self, name: str, most: int) -> str:
        """Take a text of at most so many characters."""
        value = self.take(name)
        if not isinstance(value, str) or len(value) > most:
            raise malformed(f"{self._where}.{name}", f"a text of at most {most} characters")
        return value

    def whole(self, name: str, most: int) -> int:
        """Take a whole number from 0."""
        value = self.take(name)
        if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value <= most:
            raise malformed(f"{self._where}.{name}", f"a whole number from 0 to {most}")
        return value

    def flag(self, name: str) -> bool:
        """Take true or false."""
        value = self.take(name)
        if not isinstance(value, bool):
            raise malformed(f"{self._where}.{name}", "true or false")
        return value

    def moment(self, name: str) -> datetime:
        """Take an RFC 3339 time."""
        try:
            return parse_rfc3339(self.text(name, 40))
        except ValueError as error:
            raise malformed(f"{self._where}.{name}", "a time with an offset") from error

    def listed(self, name: str, most: int) -> list[JsonValue]:
        """Take a list of at most so many items."""
        value = self.take(name)
        if not isinstance(value, list) or len(value) > most:
            raise malformed(f"{self._where}.{name}", f"a list of at most {most}")
        return value

    def table(self, name: str, most: int) -> dict[str, JsonValue]:
        """Take an object of at most so many members."""
        value = self.take(name)
        if not isinstance(value, dict) or len(value) > most:
            raise malformed(f"{self._where}.{name}", f"an object of at most {most} members")
        return value

    def inner(self, name: str) -> Members:
        """Take an object to be read in its turn."""
        return Members(self.take(name), f"{self._where}.{name}")

    def optional(self, name: str) -> Members | None:
        """Take an object that may be null."""
        value = self.take(name)
        return None if value is None else Members(value, f"{self._where}.{name}")

    def close(self) -> None:
        """Raise when a member is left: nobody knows what it would mean."""
        for name in self._members:
            raise malformed(f"{self._where}.{name[:64]}", "unknown")


def malformed(where: str, rule: str) -> TrustError:
    """Return the refusal of a record that names a place and the rule it breaks."""
    return TrustError(RecordCode.RECORD_MALFORMED, f"{where}: {rule}", place=where)
