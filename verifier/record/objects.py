"""The octets a record speaks of, each under its SM3 (hexadecimal) and once."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from trustkit.crypto.digest import DigestAlgorithm, digest
from trustkit.encoding.text64 import decode_base64, encode_base64
from trustkit.errors import TrustError
from trustkit.record_codes import RecordCode
from verifier.record.model import MAX_OBJECTS

if TYPE_CHECKING:
    from collections.abc import Iterable

    from trustkit.encoding.canonical_json import JsonValue

_NAME: Final = re.compile(r"[0-9a-f]{64}", re.ASCII)


def sm3_name(octets: bytes) -> str:
    """Return the name of octets in a record."""
    return digest(DigestAlgorithm.SM3, octets).hex()


def whole_text(value: JsonValue) -> JsonValue:
    """Return a value whose texts are UTF-8: half a surrogate pair out of some file's names is written as its escape."""
    if isinstance(value, str):
        return value.encode("utf-8", "backslashreplace").decode("utf-8")
    if isinstance(value, list):
        return [whole_text(each) for each in value]
    return {key: whole_text(each) for key, each in value.items()} if isinstance(value, dict) else value


class Objects:
    """Octets by name, being written."""

    def __init__(self) -> None:
        self._octets: dict[str, bytes] = {}

    def __len__(self) -> int:
        return len(self._octets)

    def put(self, octets: bytes) -> str:
        """Keep octets and return their name."""
        name = sm3_name(octets)
        self._octets[name] = octets
        return name

    def put_all(self, octets: Iterable[bytes]) -> list[JsonValue]:
        """Keep each and return the names in order."""
        return [self.put(each) for each in octets]

    def to_json(self) -> dict[str, JsonValue]:
        """Return all of them by name in base64."""
        return {name: encode_base64(octets) for name, octets in self._octets.items()}


class KeptObjects:
    """Octets by name, as a record has them: none is given out that has not the digest it stands under."""

    def __init__(self, table: dict[str, JsonValue]) -> None:
        if len(table) > MAX_OBJECTS:
            raise TrustError(RecordCode.RECORD_MALFORMED, "more objects than are read", limit=MAX_OBJECTS)
        self._table = table
        self._known: dict[str, bytes] = {}

    def find(self, name: str) -> bytes | None:
        """Return the octets of a name, None where the record does not keep them. Raise as `get`."""
        return self.get(name) if name in self._table else None

    def get(self, name: JsonValue) -> bytes:
        """Return the octets of a name. Raise RECORD_MALFORMED for none, missing ones, and octets with another digest."""
        if not isinstance(name, str) or not _NAME.fullmatch(name):
            raise TrustError(RecordCode.RECORD_MALFORMED, "the name of an object is 64 hexadecimal digits")
        found = self._known.get(name)
        if found is None:
            text = self._table.get(name)
            if not isinstance(text, str):
                raise TrustError(RecordCode.RECORD_MALFORMED, "an object is missing", object=name)
            found = decode_base64(text)
            if sm3_name(found) != name:
                raise TrustError(RecordCode.RECORD_MALFORMED, "an object has another digest than its name", object=name)
            self._known[name] = found
        return found
