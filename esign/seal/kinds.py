"""The kinds of electronic seals that can be applied for: ``policies/seals.toml``, read strictly and validated once."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from esign.seal.order import PERSON, UNIT
from trustkit.errors import ErrorCode, TrustError

if TYPE_CHECKING:
    from pathlib import Path

MAX_POLICY_SIZE: Final = 64 * 1024
MAX_DAYS: Final = 36_525
_CODE: Final = re.compile(r"[a-z][a-z0-9-]{0,63}")
_KEYS: Final = frozenset({"title_en", "title_zh", "type", "days"})
_MAX_TITLE: Final = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class SealKind:
    """One kind: `type` is what its seals say of themselves, `days` how long they are made for at most."""

    code: str
    title_en: str
    title_zh: str
    type: int
    days: int


@dataclass(frozen=True, slots=True, kw_only=True)
class SealKinds:
    """All kinds, by code."""

    by_code: Mapping[str, SealKind]

    def get(self, code: str) -> SealKind:
        """Return a kind. Raise SEAL_KIND, which names those there are."""
        found = self.by_code.get(code)
        if found is None:
            raise TrustError(ErrorCode.SEAL_KIND, f"it is one of {', '.join(self.by_code)}")
        return found


def load_seal_kinds(path: Path) -> SealKinds:
    """Return the kinds in a file. Raise SEAL_POLICY naming the key that is wrong."""
    try:
        if path.stat().st_size > MAX_POLICY_SIZE:
            raise TrustError(ErrorCode.SEAL_POLICY, "file too large")
        tree = tomllib.loads(path.read_text("utf-8"))
    except (OSError, ValueError, RecursionError) as error:
        raise TrustError(ErrorCode.SEAL_POLICY, f"the file cannot be read: {error}") from error
    kinds = tree.get("kinds")
    if set(tree) != {"kinds"} or not isinstance(kinds, Mapping) or not kinds:
        raise TrustError(ErrorCode.SEAL_POLICY, "the file has one table of kinds", key="kinds")
    return SealKinds(by_code=MappingProxyType({code: _kind(code, entry) for code, entry in kinds.items()}))


def _kind(code: str, entry: object) -> SealKind:
    if _CODE.fullmatch(code) is None or not isinstance(entry, Mapping):
        raise TrustError(
            ErrorCode.SEAL_POLICY, "a kind is a table called by small letters, digits and hyphens", key=code
        )
    for name in sorted(_KEYS ^ set(entry)):
        told = "unknown key" if name in entry else "a key is missing"
        raise TrustError(ErrorCode.SEAL_POLICY, told, key=f"{code}.{name}")
    titles = [entry[name] for name in ("title_en", "title_zh")]
    if not all(isinstance(title, str) and 0 < len(title) <= _MAX_TITLE and title.isprintable() for title in titles):
        raise TrustError(ErrorCode.SEAL_POLICY, "a title is a line of text", key=code)
    return SealKind(
        code=code,
        title_en=str(titles[0]),
        title_zh=str(titles[1]),
        type=_number(entry["type"], f"{code}.type", UNIT, PERSON),
        days=_number(entry["days"], f"{code}.days", 1, MAX_DAYS),
    )


def _number(value: object, key: str, least: int, most: int) -> int:
    if type(value) is not int or not least <= value <= most:
        raise TrustError(ErrorCode.SEAL_POLICY, f"a whole number from {least} to {most}", key=key)
    return value
