"""What a COSE_Sign1 holds, by the type its protected header names (RFC 9596)."""

from __future__ import annotations

from types import MappingProxyType
from typing import Final

from esign.capsule.model import CAPSULE_TYPE
from esign.status.model import CWT_MEDIA_TYPE
from trustkit.cose.read import seen_sign1
from trustkit.errors import TrustError
from verifier.format import Format

_KINDS: Final = MappingProxyType({CAPSULE_TYPE: Format.CAPSULE, CWT_MEDIA_TYPE: Format.STATUS_LIST})


def identify_cose(data: bytes) -> Format:
    """Return what a signed CBOR message is; UNKNOWN for what cannot be read, and for types that are not judged."""
    try:
        return _KINDS.get(seen_sign1(data).type, Format.UNKNOWN)
    except TrustError:
        return Format.UNKNOWN
