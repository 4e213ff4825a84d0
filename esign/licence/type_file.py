"""Reading ``type.toml``: each key is taken once, in its type and bounds; what is left over at the end is an error."""

from __future__ import annotations

import tomllib
from typing import TYPE_CHECKING, Final

from trustkit.errors import ErrorCode, TrustError

if TYPE_CHECKING:
    from collections.abc import Collection
    from pathlib import Path

MAX_TYPE_FILE: Final = 64 * 1024
MAX_TEXT: Final = 200


class TypeTable:
    """One table of the file. `close` raises when a key was not taken."""

    def __init__(self, entries: dict[str, object], type_name: str, where: str = "") -> None:
        self._entries = dict(entries)
        self._type_name = type_name
        self._where = where

    def text(self, key: str, most: int = MAX_TEXT, *, least: int = 1) -> str:
        """Take a text of bounded length."""
        value = self._take(key)
        if not isinstance(value, str) or not least <= len(value) <= most:
            raise self.wrong(key, f"a text of {least} to {most} characters")
        return value

    def optional_text(self, key: str, most: int = MAX_TEXT) -> str | None:
        """Take a text that may be absent."""
        return self.text(key, most) if key in self._entries else None

    def texts(self, key: str, most: int) -> tuple[str, ...]:
        """Take a list of different texts, empty when it is absent."""
        if key not in self._entries:
            return ()
        value = self._take(key)
        if not isinstance(value, list) or not 1 <= len(value) <= most:
            raise self.wrong(key, f"1 to {most} texts")
        found = tuple(item for item in value if isinstance(item, str) and 0 < len(item) <= MAX_TEXT)
        if len(set(found)) != len(value):
            raise self.wrong(key, f"different texts of 1 to {MAX_TEXT} characters")
        return found

    def has(self, key: str) -> bool:
        """Tell whether a key is there and not taken yet."""
        return key in self._entries

    def integer(self, key: str, least: int = 0, most: int = 2**31) -> int:
        """Take a whole number within bounds, both included."""
        value = self._take(key)
        if not isinstance(value, int) or isinstance(value, bool) or not least <= value <= most:
            raise self.wrong(key, f"a whole number from {least} to {most}")
        return value

    def number(self, key: str, least: float, most: float) -> float:
        """Take a number within bounds, both included."""
        value = self._take(key)
        if not isinstance(value, int | float) or isinstance(value, bool) or not least <= value <= most:
            raise self.wrong(key, f"a number from {least:g} to {most:g}")
        return float(value)

    def boolean(self, key: str) -> bool:
        """Take true or false."""
        value = self._take(key)
        if not isinstance(value, bool):
            raise self.wrong(key, "true or false")
        return value

    def flag(self, key: str) -> bool:
        """Take true or false, false when it is absent."""
        return self.boolean(key) if key in self._entries else False

    def table(self, key: str) -> TypeTable:
        """Take a table."""
        value = self._take(key)
        if not isinstance(value, dict):
            raise self.wrong(key, "a table")
        return TypeTable(value, self._type_name, f"{self._where}{key}.")

    def tables(self, key: str, most: int) -> list[TypeTable]:
        """Take an array of tables, one at least."""
        value = self._take(key)
        if (
            not isinstance(value, list)
            or not 1 <= len(value) <= most
            or not all(isinstance(item, dict) for item in value)
        ):
            raise self.wrong(key, f"1 to {most} tables")
        return [TypeTable(item, self._type_name, f"{self._where}{key}[{place}].") for place, item in enumerate(value)]

    def close(self) -> None:
        """Raise LICENCE_POLICY when a key is left: nobody knows what it would mean."""
        for key in self._entries:
            raise self.wrong(key, "unknown key")

    def wrong(self, key: str, rule: str) -> TrustError:
        """Return the error that names a key and the rule it breaks."""
        where = f"{self._where}{key}"
        return TrustError(ErrorCode.LICENCE_POLICY, f"{where}: {rule}", type=self._type_name, key=where)

    def _take(self, key: str) -> object:
        if key not in self._entries:
            raise self.wrong(key, "missing")
        return self._entries.pop(key)


def word(table: TypeTable, key: str, allowed: Collection[str]) -> str:
    """Take one word of a given stock. Raise LICENCE_POLICY for another."""
    found = table.text(key)
    if found not in allowed:
        raise table.wrong(key, f"one of {', '.join(sorted(allowed))}")
    return found


def words(table: TypeTable, key: str, allowed: Collection[str]) -> tuple[str, ...]:
    """Take a list of different words of a given stock, empty when it is absent. Raise LICENCE_POLICY for another."""
    found = table.texts(key, len(allowed))
    if not set(found) <= set(allowed):
        raise table.wrong(key, f"of {', '.join(sorted(allowed))}")
    return found


def read_type_file(path: Path, type_name: str) -> TypeTable:
    """Return the whole file as a table. Raise LICENCE_POLICY when it is too large or no TOML."""
    try:
        data = path.read_bytes()
        if len(data) > MAX_TYPE_FILE:
            raise TrustError(ErrorCode.LICENCE_POLICY, "file too large", type=type_name, limit=MAX_TYPE_FILE)
        return TypeTable(tomllib.loads(data.decode("utf-8")), type_name)
    except (OSError, ValueError, RecursionError) as error:
        detail = f"type.toml cannot be read: {error}"
        raise TrustError(ErrorCode.LICENCE_POLICY, detail, type=type_name) from error
