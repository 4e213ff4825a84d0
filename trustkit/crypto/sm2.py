"""SM2 as values: the curve's constants, the Z value, and the signature's DER form (GB/T 32918.2, .5; GB/T 35276).

There is no arithmetic on points or field elements here: that is the engines' work.

    z_value(point, DEFAULT_SIGNER_ID)
    parse_sm2_signature(encode_sm2_signature(r, s)) == Sm2Signature(r, s)
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from trustkit.crypto.digest import DigestAlgorithm, digest
from trustkit.errors import ErrorCode, TrustError

if TYPE_CHECKING:
    from collections.abc import Callable

DEFAULT_SIGNER_ID: Final = b"1234567812345678"  # GM/T 0009: for certificates, CRL, requests, CMS and seals alike
MAX_SIGNER_ID: Final = 8191  # ENTL holds the length in bits in two octets (GB/T 32918.2 5.5)
ELEMENT_SIZE: Final = 32
POINT_SIZE: Final = 2 * ELEMENT_SIZE

# GB/T 32918.5: the recommended curve over a 256-bit prime field
N: Final = 0xFFFFFFFEFFFFFFFFFFFFFFFFFFFFFFFF7203DF6B21C6052B53BBF40939D54123
A: Final = bytes.fromhex("fffffffeffffffffffffffffffffffffffffffff00000000fffffffffffffffc")
B: Final = bytes.fromhex("28e9fa9e9d9f5e344d5a9e4bcf6509a7f39789f515ab8f92ddbcbd414d940e93")
G: Final = bytes.fromhex(
    "32c4ae2c1f1981195f9904466a39c9948fe30bbff2660be1715a4589334c74c7"
    "bc3736a2f4f6779c59bdcee36b692153d0a9877cc62a474002df32e52139f0a0"
)
_N_OCTETS: Final = N.to_bytes(ELEMENT_SIZE, "big")
_ZERO: Final = bytes(ELEMENT_SIZE)
_MAX_DER: Final = 72  # two INTEGERs of 33 octets with their headers, and the SEQUENCE header
_MIN_DER: Final = 8
_SEQUENCE: Final = 0x30
_INTEGER: Final = 0x02
_SIGN_BIT: Final = 0x80
_WITH_ZERO: Final = b"\x02\x21\x00"
_WITHOUT_ZERO: Final = b"\x02\x20"
_NOUGHT, _FIRST_SIGNED = b"\x00", b"\x80"
# How nearly every signature looks: two INTEGERs of 32 octets, with a zero before those whose first bit is set and no other, in a
# SEQUENCE of just their length. What begins with FF may be beyond n, and goes the longer way.
_ELEMENT: Final = rb"\x02(?:\x20(?=[\x01-\x7f])|\x21\x00(?=[\x80-\xfe]))(.{32})"
_usual: Final[Callable[[bytes], Any]] = re.compile(
    rb"\x30(?:\x44(?=.{68}\Z)|\x45(?=.{69}\Z)|\x46(?=.{70}\Z))" + _ELEMENT + _ELEMENT, re.DOTALL
).fullmatch
_Z_CACHE: Final = 4096  # signers seen again and again; about 200 octets each


class Sm2Signature(NamedTuple):
    """An SM2 signature: r and s, 32 octets each, big endian, both in 1…n−1.

    A named tuple, for it is made on the way of every verification, in half the time of a frozen dataclass.
    """

    r: bytes
    s: bytes


def parse_sm2_signature(der: bytes) -> Sm2Signature:
    """Read SM2Signature ::= SEQUENCE { r INTEGER, s INTEGER } (GB/T 35276 7.3), strictly DER.

    Minimal positive INTEGERs, nothing after them, 1 ≤ r,s ≤ n−1: one value has one encoding.

    Raises:
        TrustError: SIGNATURE_MALFORMED.
    """
    return Sm2Signature(*sm2_numbers(der))


def sm2_numbers(der: bytes) -> tuple[bytes, bytes]:
    """Return r and s as `parse_sm2_signature` does, without the name that takes a batch longer than the reading."""
    usual = _usual(der)
    if usual is not None:
        numbers: tuple[bytes, bytes] = usual.groups()
        return numbers
    size = len(der)
    if not _MIN_DER <= size <= _MAX_DER or der[0] != _SEQUENCE or der[1] != size - 2:
        raise TrustError(ErrorCode.SIGNATURE_MALFORMED, "not one SEQUENCE of an SM2 signature", octets=size)
    r, middle = _element(der, 2)
    s, end = _element(der, middle)
    if end != size:
        raise TrustError(ErrorCode.SIGNATURE_MALFORMED, "octets after s", offset=end)
    return r, s


def encode_sm2_signature(r: bytes, s: bytes) -> bytes:
    """Return the DER of a signature from r and s (32 octets each). The inverse of `parse_sm2_signature`.

    Raises:
        TrustError: SIGNATURE_MALFORMED when r or s is not 32 octets or outside 1…n−1.
    """
    if not (_in_range(r) and _in_range(s)):
        raise TrustError(ErrorCode.SIGNATURE_MALFORMED, "r or s outside 1…n-1")
    body = _integer(r) + _integer(s)
    return bytes((_SEQUENCE, len(body))) + body


@lru_cache(maxsize=_Z_CACHE)
def z_value(point: bytes, signer_id: bytes) -> bytes:
    """Return Z = SM3(ENTL ‖ ID ‖ a ‖ b ‖ G ‖ P) (GB/T 32918.2 5.5); `point` is X ‖ Y, 64 octets.

    Raises:
        TrustError: KEY_MALFORMED for a point of another length, USAGE for an ID beyond 8191 octets.
    """
    if len(point) != POINT_SIZE:
        raise TrustError(ErrorCode.KEY_MALFORMED, "SM2 point is not 64 octets", octets=len(point))
    if len(signer_id) > MAX_SIGNER_ID:
        raise TrustError(ErrorCode.USAGE, "signer ID is too long", octets=len(signer_id), limit=MAX_SIGNER_ID)
    entl = (8 * len(signer_id)).to_bytes(2, "big")
    return digest(DigestAlgorithm.SM3, entl + signer_id + A + B + G + point)


def message_digest(point: bytes, signer_id: bytes, message: bytes) -> bytes:
    """Return e = SM3(Z ‖ M) (GB/T 32918.2 6.1, A1 and A2), 32 octets."""
    return digest(DigestAlgorithm.SM3, z_value(point, signer_id) + message)


def is_own_digest(r: bytes, e: bytes) -> bool:
    """Tell whether r = e mod n, which holds of no honest signature (GB/T 32918.2 7.1 B6, B7).

    It would need a point whose x is zero modulo n, and nobody knows the logarithm of one. Where the library takes the point at
    infinity for such a point, the key's owner can choose s so that r = e passes here and nowhere else, to disown it later.
    """
    if e >= _N_OCTETS:
        e = (int.from_bytes(e, "big") - N).to_bytes(ELEMENT_SIZE, "big")
    return r == e


def _element(der: bytes, offset: int) -> tuple[bytes, int]:
    """Return the 32 octets of the INTEGER at `offset` and where it ends."""
    header = der[offset : offset + 4]
    # Nearly every r and s has 32 octets: with a zero before them when the first bit is set, without one otherwise.
    if header[:3] == _WITH_ZERO and header[3:] >= _FIRST_SIGNED:
        start, end = offset + 3, offset + 3 + ELEMENT_SIZE
    elif header[:2] == _WITHOUT_ZERO and _NOUGHT < header[2:3] < _FIRST_SIGNED:
        start, end = offset + 2, offset + 2 + ELEMENT_SIZE
    else:
        return _short_element(der, offset)
    value = der[start:end]
    if len(value) != ELEMENT_SIZE or value >= _N_OCTETS:
        raise TrustError(ErrorCode.SIGNATURE_MALFORMED, "r or s cut short, or outside 1…n-1", offset=offset)
    return value, end


def _short_element(der: bytes, offset: int) -> tuple[bytes, int]:
    """Return what `_element` returns, for an INTEGER of less than 32 octets; refuse everything else."""
    if offset + 3 > len(der) or der[offset] != _INTEGER:
        raise TrustError(ErrorCode.SIGNATURE_MALFORMED, "INTEGER expected", offset=offset)
    start = offset + 2
    end = start + der[offset + 1]
    body = der[start:end]
    if not body or end > len(der) or body[0] >= _SIGN_BIT:
        raise TrustError(ErrorCode.SIGNATURE_MALFORMED, "INTEGER empty, cut short or negative", offset=offset)
    if body[0] == 0:
        if len(body) == 1 or body[1] < _SIGN_BIT:
            raise TrustError(ErrorCode.SIGNATURE_MALFORMED, "INTEGER zero or not minimal", offset=offset)
        body = body[1:]
    if len(body) >= ELEMENT_SIZE:
        raise TrustError(ErrorCode.SIGNATURE_MALFORMED, "r or s outside 1…n-1", offset=offset)
    return body.rjust(ELEMENT_SIZE, b"\0"), end


def _in_range(value: bytes) -> bool:
    return len(value) == ELEMENT_SIZE and _ZERO < value < _N_OCTETS


def _integer(value: bytes) -> bytes:
    body = value.lstrip(b"\0")
    if body[0] >= _SIGN_BIT:
        body = b"\0" + body
    return bytes((_INTEGER, len(body))) + body
