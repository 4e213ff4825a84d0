"""What an entry of an archive is called: its octets mean other names to other readers (APPNOTE 6.3.10, 4.4.4 bit 11 and appendix D).

    names = entry_names((entry.raw_name, entry.utf8) for entry in entries)     # one name for each, and how they were told
    other_readings(raw_name)         # what else the octets are read as

Chinese writers leave names in GB 18030 or UTF-8 and flag neither; readers go by the flag, by their machine's code page, or by what the
octets look like. So one name is chosen, for all unflagged entries of an archive alike, and the others are remembered: a file is found
by each of them, and an entry that some reader takes for another one is refused.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from trustkit.errors import ErrorCode, TrustError

if TYPE_CHECKING:
    from collections.abc import Iterable

_UTF8, _CHINESE, _WESTERN = (
    "utf-8",
    "gb18030",
    "cp437",
)  # cp437: what APPNOTE has unflagged names in, and old unzips take all for
_CODECS: Final = (_UTF8, _CHINESE, _WESTERN)


@dataclass(frozen=True, slots=True)
class EntryNames:
    """One name for each entry, in their order, and whether there were unflagged ones in either encoding."""

    names: tuple[str, ...]
    chinese: bool
    unflagged: bool


def entry_names(entries: Iterable[tuple[bytes, bool]]) -> EntryNames:
    """Return the names of an archive's entries, each given by its octets and whether they are flagged as UTF-8.

    Octets of GB 18030 can look like UTF-8 in one name, hardly in all: where one that is not flagged is no UTF-8, none is.

    Raises:
        TrustError: OFD_NAME for a name flagged as UTF-8 that is not, and one in no known encoding.
    """
    found = tuple(entries)
    raw_names = [raw for raw, _ in found]
    if all(map(bytes.isascii, raw_names)):
        return EntryNames(names=tuple(map(bytes.decode, raw_names)), chinese=False, unflagged=False)
    unflagged = {raw for raw, flagged in found if not (flagged or raw.isascii())}
    chinese = {raw for raw in unflagged if not _is_utf8(raw)}
    if chinese:
        chinese |= {raw for raw in unflagged if _decoded(raw, _CHINESE) is not None}
    names = tuple(_name(raw, _CHINESE if raw in chinese and not flagged else _UTF8) for raw, flagged in found)
    return EntryNames(names=names, chinese=bool(chinese), unflagged=bool(unflagged - chinese))


def other_readings(raw_name: bytes) -> tuple[str, ...]:
    """Return the names some reader takes the octets for, whatever the entry is flagged as; what is no character is U+FFFD there."""
    if raw_name.isascii():
        return (raw_name.decode("ascii"),)
    return tuple(dict.fromkeys(raw_name.decode(codec, "replace") for codec in _CODECS))


def _name(raw: bytes, codec: str) -> str:
    name = _decoded(raw, codec)
    if name is None:
        told = "a name flagged as UTF-8 is not" if codec == _UTF8 else "a name in no known encoding"
        raise TrustError(ErrorCode.OFD_NAME, told)
    return name


def _is_utf8(raw: bytes) -> bool:
    return _decoded(raw, _UTF8) is not None


def _decoded(raw: bytes, codec: str) -> str | None:
    try:
        return raw.decode(codec)
    except UnicodeDecodeError:
        return None
