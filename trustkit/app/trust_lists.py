"""The trust lists of a home: each a file of its own beside the keys it is pinned to, renewed by a key the list at hand announces.

A list is pinned when it is added, by somebody who has compared its key with what the operator says. From then on only that key and the one it announces
sign later editions; the list at hand is replaced by a later edition alone.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path  # noqa: TC003 - a field type of a public dataclass
from typing import TYPE_CHECKING, Final

from esign.trustlist.verify import require_later, require_signer
from trustkit.app.files import read_input, write_output
from trustkit.capsule_codes import CapsuleCode
from trustkit.encoding.canonical_json import canonical_json, parse_json
from trustkit.errors import ErrorCode, TrustError
from verifier.issuer_evidence import read_trust_list

if TYPE_CHECKING:
    from collections.abc import Iterator

    from esign.trustlist.verify import VerifiedTrustList
    from trustkit.app.settings import Settings

FOLDER: Final = "trust-lists"
MOST: Final = 16
_NAME: Final = re.compile(r"[a-z0-9][a-z0-9-]{0,63}")
_MAX_PINS: Final = 4096
_LARGEST: Final = 4 * 1024 * 1024
_LIST, _PINS = ".jwt", ".keys.json"
_read: Final = lru_cache(maxsize=MOST)(read_trust_list)


@dataclass(frozen=True, slots=True, kw_only=True)
class HomeTrustLists:
    """The lists in a folder of the home; a folder that is not there has none."""

    folder: Path

    @classmethod
    def of(cls, settings: Settings) -> HomeTrustLists:
        """Return the lists of the home of these settings."""
        return cls(folder=settings.home / FOLDER)

    def names(self) -> tuple[str, ...]:
        """Return the names of the lists, sorted, at most 16."""
        return tuple(sorted(path.name.removesuffix(_LIST) for path in self.folder.glob(f"*{_LIST}")))[:MOST]

    def trust_lists(self) -> Iterator[VerifiedTrustList | TrustError]:
        """Yield each list, signed by a key it is pinned to, or why it cannot be used."""
        for name in self.names():
            try:
                found = self.get(name)
            except TrustError as error:
                yield error
            else:
                yield found

    def get(self, name: str) -> VerifiedTrustList:
        """Return a list. Raise TRUST_LIST_MISSING; what reading and verifying raise; TRUST_LIST_SIGNER."""
        path = self._place(name, _LIST)
        if not path.exists():
            raise TrustError(CapsuleCode.TRUST_LIST_MISSING, "no such list", name=name)
        found = _read(read_input(path, limit=_LARGEST))
        require_signer(found, self._pins(name))
        return found

    def add(self, name: str, octets: bytes) -> VerifiedTrustList:
        """Keep a new list and pin its key. Raise USAGE for a name that is none or one list too many, OUTPUT_EXISTS for one that is taken."""
        found = read_trust_list(octets)
        if len(self.names()) >= MOST:
            raise TrustError(ErrorCode.USAGE, f"a home goes by at most {MOST} trust lists")
        place = self._place(name, _LIST)
        if place.exists():
            raise TrustError(ErrorCode.OUTPUT_EXISTS, "there is a list of this name", name=name)
        self.folder.mkdir(mode=0o700, exist_ok=True)
        self._pin(name, found)  # a list without pins would be refused; pins without a list are nothing
        write_output(place, found.octets)
        return found

    def renew(self, name: str, octets: bytes) -> VerifiedTrustList:
        """Put a later edition in a list's place; the list at hand pins its keys again, which a crash may have kept from it.

        Raises:
            TrustError: as `get`; TRUST_LIST_SIGNER and TRUST_LIST_OLDER for one that may not take its place.
        """
        found, before = read_trust_list(octets), self.get(name)
        require_signer(found, self._pins(name))
        if found.octets != before.octets:
            require_later(found, before)
            write_output(self._place(name, _LIST), found.octets, replace=True)
        self._pin(name, found)  # after the list: the pins of before know the key that signed this one
        return found

    def _pin(self, name: str, found: VerifiedTrustList) -> None:
        keys = [found.key, *([found.content.next_key] if found.content.next_key else [])]
        write_output(self._place(name, _PINS), canonical_json({"keys": [*keys]}), replace=True)

    def _pins(self, name: str) -> tuple[str, ...]:
        value = parse_json(read_input(self._place(name, _PINS), limit=_MAX_PINS))
        keys = value.get("keys") if isinstance(value, dict) else None
        if not isinstance(keys, list):
            raise TrustError(CapsuleCode.TRUST_LIST_MALFORMED, "the pinned keys cannot be read", member="keys")
        return tuple(str(each) for each in keys)

    def _place(self, name: str, suffix: str) -> Path:
        if not _NAME.fullmatch(name):
            raise TrustError(ErrorCode.USAGE, "a list is named by small letters, digits and hyphens")
        return self.folder / f"{name}{suffix}"
