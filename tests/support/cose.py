"""COSE messages changed on their way."""

from __future__ import annotations

from typing import TYPE_CHECKING

from trustkit.encoding.cbor import encode_cbor, parse_cbor

if TYPE_CHECKING:
    from trustkit.encoding.cbor import CborKey, CborValue

_TAG = b"\xd2"


def with_unprotected(octets: bytes, header: dict[CborKey, CborValue]) -> bytes:
    """Return a COSE_Sign1 with another unprotected header, which its signature does not cover."""
    parts = parse_cbor(octets.removeprefix(_TAG), max_size=len(octets))
    assert isinstance(parts, list)
    protected, _, payload, signature = parts
    return _TAG + encode_cbor([protected, header, payload, signature])
