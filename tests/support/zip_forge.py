"""ZIP archives made field by field, so that each of the two places where a ZIP says things can be made to lie."""

from __future__ import annotations

import io
import struct
import zipfile
import zlib
from dataclasses import dataclass, field

STORED, DEFLATED = 0, 8


@dataclass(frozen=True, kw_only=True)
class Part:
    """One entry. `local` and `central` override fields of either header by name; `before` stands in front of it."""

    name: bytes
    data: bytes = b"content"
    method: int = DEFLATED
    flags: int = 0
    mode: int = 0
    system: int = 0
    extra: bytes = b""
    descriptor: bytes = b""
    before: bytes = b""
    local: dict[str, int | bytes] = field(default_factory=dict)
    central: dict[str, int | bytes] = field(default_factory=dict)


def forge(
    *parts: Part,
    prefix: bytes = b"",
    between: bytes = b"",
    suffix: bytes = b"",
    comment: bytes = b"",
    end: dict[str, int] | None = None,
) -> bytes:
    """Return the archive: `prefix`, the parts, `between`, the central directory, its end with `comment`, `suffix`."""
    body, directory = bytearray(prefix), bytearray()
    for part in parts:
        body += part.before
        offset = len(body)
        packed = part.data if part.method == STORED else _deflated(part.data)
        told: dict[str, int | bytes] = {
            "flags": part.flags,
            "method": part.method,
            "crc": zlib.crc32(part.data),
            "packed": len(packed),
            "size": len(part.data),
            "name": part.name,
            "extra": part.extra,
        }
        body += _local({**told, **part.local}) + packed + part.descriptor
        directory += _central({**told, "offset": offset, "mode": part.mode, "system": part.system, **part.central})
    body += between
    fields = {
        "disk": 0,
        "first": 0,
        "here": len(parts),
        "count": len(parts),
        "size": len(directory),
        "start": len(body),
        "comment": len(comment),
        **(end or {}),
    }
    return bytes(body + directory) + struct.pack("<4s4H2IH", b"PK\x05\x06", *fields.values()) + comment + suffix


def archive(files: dict[str, bytes], compression: int = zipfile.ZIP_DEFLATED) -> bytes:
    """Return an archive as the standard library writes it; names that end in ``/`` are directories."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", compression) as packed:
        for name, data in files.items():
            packed.writestr(zipfile.ZipInfo(name, (2026, 1, 1, 0, 0, 0)), data, compress_type=compression)
    return buffer.getvalue()


def unpacked(data: bytes) -> dict[str, bytes]:
    """Return the files of an archive as the standard library reads them."""
    with zipfile.ZipFile(io.BytesIO(data)) as packed:
        return {name: packed.read(name) for name in packed.namelist() if not name.endswith("/")}


def _deflated(data: bytes) -> bytes:
    packer = zlib.compressobj(9, zlib.DEFLATED, -zlib.MAX_WBITS)
    return packer.compress(data) + packer.flush()


def _local(told: dict[str, int | bytes]) -> bytes:
    name, extra = bytes(told["name"]), bytes(told["extra"])
    numbers = (told["flags"], told["method"], 0, 0, told["crc"], told["packed"], told["size"])
    return struct.pack("<4s5H3I2H", b"PK\x03\x04", 20, *numbers, len(name), len(extra)) + name + extra


def _central(told: dict[str, int | bytes]) -> bytes:
    name, extra = bytes(told["name"]), bytes(told["extra"])
    made_by = int(told["system"]) << 8 | 20
    numbers = (told["flags"], told["method"], 0, 0, told["crc"], told["packed"], told["size"])
    rest = (len(name), len(extra), 0, 0, 0, int(told["mode"]) << 16, told["offset"])
    return struct.pack("<4s6H3I5H2I", b"PK\x01\x02", made_by, 20, *numbers, *rest) + name + extra
