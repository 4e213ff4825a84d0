"""Status list tokens as CWT, as strictly as the JWT (draft-ietf-oauth-status-list clauses 4.3 and 5.2, RFC 8392).

unverified = parse_status_cwt(octets)
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from enum import IntEnum, unique
from typing import TYPE_CHECKING, Final

from esign.status.model import (
    BITS_READ,
    CWT_MEDIA_TYPE,
    MAX_TIME,
    MAX_TTL,
    MAX_URI,
    StatusEntries,
    UnverifiedStatusList,
)
from esign.status.unpacking import unpack_octets
from trustkit.cose.read import MAX_SIGN1_SIZE, parse_sign1, require_protected_certificates
from trustkit.encoding.cbor import parse_cbor
from trustkit.errors import ErrorCode, TrustError

if TYPE_CHECKING:
    from trustkit.encoding.cbor import CborKey, CborValue

_BEGINNINGS: Final = (b"\xd2\x84", b"\x84")  # a COSE_Sign1 with its tag or without; no JWT begins so
_DEPTH: Final = 4
_CODE: Final = ErrorCode.STATUS_LIST_MALFORMED


@unique
class CwtClaim(IntEnum):
    """Claims of a list (IANA, CWT Claims; the last two of the draft's clause 14.4)."""

    SUBJECT = 2
    EXPIRES = 4
    ISSUED = 6
    STATUS_LIST = 65533
    TTL = 65534


def begins_as_cwt(octets: bytes) -> bool:
    """Tell whether octets begin as a COSE_Sign1 does, and so as no text."""
    return octets.startswith(_BEGINNINGS)


def parse_status_cwt(octets: bytes) -> UnverifiedStatusList:
    """Return the unverified list in a COSE_Sign1. Its claims may stand in any order: the draft's own example has them unsorted.

    Raises:
        TrustError: STATUS_LIST_MALFORMED as of a JWT; what `parse_sign1`, `require_protected_certificates` and `parse_cbor` raise.
    """
    message = parse_sign1(octets)
    if message.type != CWT_MEDIA_TYPE:
        raise TrustError(_CODE, "header typ is not that of a status list")
    require_protected_certificates(message)
    claims = _map(parse_cbor(message.payload, max_size=MAX_SIGN1_SIZE, max_depth=_DEPTH, any_order=True), "payload")
    issued_at = _time(claims, CwtClaim.ISSUED)
    expires_at = _time(claims, CwtClaim.EXPIRES) if CwtClaim.EXPIRES in claims else None
    if expires_at is not None and expires_at <= issued_at:
        raise TrustError(_CODE, "expires before it was issued")
    ttl = _number(claims, CwtClaim.TTL, 1, MAX_TTL) if CwtClaim.TTL in claims else None
    return UnverifiedStatusList(
        uri=_uri(claims),
        issued_at=issued_at,
        expires_at=expires_at,
        ttl=None if ttl is None else timedelta(seconds=ttl),
        entries=_entries(_map(claims.get(CwtClaim.STATUS_LIST), "status list")),
        certificates=message.certificates,
        octets=octets,
        message=message,
    )


def _entries(status_list: dict[CborKey, CborValue]) -> StatusEntries:
    packed = status_list.get("lst")
    if not isinstance(packed, bytes):
        raise TrustError(_CODE, "lst is missing or no octets")
    return unpack_octets(packed, _number(status_list, "bits", min(BITS_READ), max(BITS_READ)))


def _map(value: CborValue, name: str) -> dict[CborKey, CborValue]:
    if not isinstance(value, dict):
        raise TrustError(_CODE, f"{name} is no map")
    return value


def _number(claims: dict[CborKey, CborValue], name: CborKey, low: int, high: int) -> int:
    value = claims.get(name)
    if not isinstance(value, int) or isinstance(value, bool) or not low <= value <= high:
        raise TrustError(_CODE, "a claim is missing or no number in its range", claim=str(name))
    return value


def _time(claims: dict[CborKey, CborValue], name: CwtClaim) -> datetime:
    """NumericDate (RFC 8392 2), whole seconds."""
    return datetime.fromtimestamp(_number(claims, name, 0, MAX_TIME), UTC)


def _uri(claims: dict[CborKey, CborValue]) -> str:
    value = claims.get(CwtClaim.SUBJECT)
    if not isinstance(value, str) or not 0 < len(value) <= MAX_URI or not value.isprintable():
        raise TrustError(_CODE, "sub is missing or no URI")
    return value
