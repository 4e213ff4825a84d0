"""ZIP written octet by octet, so that every field can lie: what `zipfile` refuses to write, attackers do write.

    pack(files)                                              # {name: octets} as an honest writer has it
    write([Item("OFD.xml", octets), Item("a", b"", central_name="b")], prefix=b"MZ…", comment=b"…")

APPNOTE.TXT 6.3.10 is the syntax: local headers with contents, then the central directory, then its end.
"""

from __future__ import annotations

import struct
import zlib
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

STORED: Final = 0
DEFLATED: Final = 8
UTF8_NAMES: Final = 0x800
ENCRYPTED: Final = 0x1
SYMLINK: Final = 0o120777 << 16
_DATE: Final = 0x5D81  # 2026-12-01


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """One entry. What is None is as an honest writer would have it."""

    name: str
    octets: bytes = b""
    method: int = DEFLATED
    central_name: str | None = None  # the name the directory tells, the local header's being `name`
    central_at: int | None = None  # number of the entry whose local header the directory points at
    size: int | None = None  # the unpacked size both headers claim
    local_size: int | None = None  # the one the local header claims, alone
    checksum: int | None = None
    flags: int = UTF8_NAMES
    attributes: int = 0
    listed: bool = True  # whether the directory has it
    stored: bool = True  # whether it has a local header and contents of its own
    packed: bytes | None = None  # what stands for the deflated octets
    extra: bytes = b""


def items(files: Mapping[str, bytes]) -> list[Item]:
    """Return honest entries."""
    return [Item(name=name, octets=octets) for name, octets in files.items()]


def pack(files: Mapping[str, bytes]) -> bytes:
    """Return an honest package."""
    return write(items(files))


def with_items(files: Mapping[str, bytes], *more: Item) -> bytes:
    """Return a package of honest entries and then others."""
    return write([*items(files), *more])


def changed(files: Mapping[str, bytes], name: str, **fields: object) -> bytes:
    """Return a package in which one entry has other fields."""
    return write([replace(each, **fields) if each.name == name else each for each in items(files)])  # type: ignore[arg-type]


def write(entries: Iterable[Item], *, prefix: bytes = b"", suffix: bytes = b"", comment: bytes = b"") -> bytes:
    """Return the ZIP. Offsets count from the first octet behind `prefix`, as self-extracting files have them."""
    body, central, offsets = bytearray(), bytearray(), list[int]()
    listed = 0
    chosen = list(entries)
    for each in chosen:
        offsets.append(len(body))
        if each.stored:
            body += _local(each)
    for number, each in enumerate(chosen):
        if each.listed:
            listed += 1
            at = offsets[number if each.central_at is None else each.central_at % len(offsets)]
            central += _central(each, at)
    end = struct.pack("<4s4H2LH", b"PK\x05\x06", 0, 0, listed, listed, len(central), len(body), len(comment)) + comment
    return prefix + bytes(body) + bytes(central) + end + suffix


def _packed(each: Item) -> bytes:
    if each.packed is not None:
        return each.packed
    if each.method == STORED:
        return each.octets
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    return packer.compress(each.octets) + packer.flush()


def _numbers(each: Item) -> tuple[int, int, int]:
    checksum = zlib.crc32(each.octets) if each.checksum is None else each.checksum
    return checksum, len(_packed(each)), len(each.octets) if each.size is None else each.size


def _local(each: Item) -> bytes:
    checksum, packed, size = _numbers(each)
    name = each.name.encode("utf-8", "surrogateescape")
    head = struct.pack(
        "<4s5H3L2H",
        b"PK\x03\x04",
        20,
        each.flags,
        each.method,
        0,
        _DATE,
        checksum,
        packed,
        size if each.local_size is None else each.local_size,
        len(name),
        len(each.extra),
    )
    return head + name + each.extra + _packed(each)


def _central(each: Item, at: int) -> bytes:
    checksum, packed, size = _numbers(each)
    name = (each.name if each.central_name is None else each.central_name).encode("utf-8", "surrogateescape")
    head = struct.pack(
        "<4s6H3L5H2L",
        b"PK\x01\x02",
        0x0314,
        20,
        each.flags,
        each.method,
        0,
        _DATE,
        checksum,
        packed,
        size,
        len(name),
        len(each.extra),
        0,
        0,
        0,
        each.attributes,
        at,
    )
    return head + name + each.extra
