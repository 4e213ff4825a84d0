"""PEM text (RFC 7468): several blocks in one file, explanatory text around them allowed, contents strict."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from trustkit.encoding.text64 import decode_base64, encode_base64
from trustkit.errors import ErrorCode, TrustError

MAX_PEM_SIZE: Final = 96 * 1024 * 1024
MAX_BLOCKS: Final = 10_000  # a trust list of every CA in the country stays far below
_BEGIN: Final = re.compile(rb"^-----BEGIN ([A-Z0-9 ]{1,64})-----[ \t]*\r?$", re.MULTILINE)
_LINE: Final = 64


@dataclass(frozen=True, slots=True)
class PemBlock:
    """One block: its label, such as ``CERTIFICATE``, and its DER octets."""

    label: str
    der: bytes


def is_pem(data: bytes) -> bool:
    """Tell whether the octets hold a PEM boundary; nothing is decoded."""
    return b"-----BEGIN " in data and _BEGIN.search(data) is not None  # the first alone is quick, and mostly says no


def parse_pem(data: bytes) -> tuple[PemBlock, ...]:
    """Return every block in order; empty when there is no boundary. Raise PEM_MALFORMED, INPUT_TOO_LARGE."""
    if len(data) > MAX_PEM_SIZE:
        raise TrustError(ErrorCode.INPUT_TOO_LARGE, "PEM text", octets=len(data), limit=MAX_PEM_SIZE)
    blocks: list[PemBlock] = []
    position = 0
    while match := _BEGIN.search(data, position):
        label = match.group(1)
        end = data.find(b"-----END " + label + b"-----", match.end())
        if end < 0 or len(blocks) >= MAX_BLOCKS:
            raise TrustError(ErrorCode.PEM_MALFORMED, "no matching END line, or too many blocks", block=len(blocks))
        body = data[match.end() : end]
        if b"-----" in body:
            raise TrustError(ErrorCode.PEM_MALFORMED, "boundary inside a block", block=len(blocks))
        try:
            der = decode_base64(b"".join(body.split()))
        except TrustError as error:
            raise TrustError(ErrorCode.PEM_MALFORMED, error.detail, block=len(blocks)) from error
        blocks.append(PemBlock(label.decode("ascii"), der))
        position = end
    return tuple(blocks)


def encode_pem(label: str, der: bytes) -> bytes:
    """Return one block with lines of 64 characters (RFC 7468 2); the inverse of `parse_pem`."""
    text = encode_base64(der)
    lines = (text[start : start + _LINE] for start in range(0, len(text), _LINE))
    return "\n".join((f"-----BEGIN {label}-----", *lines, f"-----END {label}-----", "")).encode("ascii")
