"""Status list tokens from text, strictly and without being blown up (draft-ietf-oauth-status-list clauses 4 and 5.1).

unverified = parse_status_list(octets)     # JWT or CWT, told apart by the first octet
unverified.uri, unverified.issued_at
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Final

from esign.status.model import (
    BITS_READ,
    MAX_TIME,
    MAX_TTL,
    MAX_URI,
    MEDIA_TYPE,
    StatusEntries,
    UnverifiedStatusList,
)
from esign.status.read_cwt import begins_as_cwt, parse_status_cwt
from esign.status.unpacking import unpack_octets
from trustkit.encoding.canonical_json import parse_json
from trustkit.encoding.text64 import decode_base64url
from trustkit.errors import ErrorCode, TrustError
from trustkit.jose.read import MAX_JWS_SIZE, parse_jws

if TYPE_CHECKING:
    from trustkit.encoding.canonical_json import JsonValue

_MAX_DEPTH: Final = 8
_TYPES: Final = frozenset({MEDIA_TYPE, f"application/{MEDIA_TYPE}"})
_CODE: Final = ErrorCode.STATUS_LIST_MALFORMED


def parse_status_list(octets: bytes) -> UnverifiedStatusList:
    """Return the unverified list, a JWT perhaps pasted with line breaks, or a CWT. Raise what their readers raise."""
    return parse_status_cwt(octets) if begins_as_cwt(octets) else parse_status_token(b"".join(octets.split()))


def parse_status_token(text: str | bytes) -> UnverifiedStatusList:
    """Return the unverified list in a compact JWS.

    Raises:
        TrustError: STATUS_LIST_MALFORMED for another `typ`, missing or wrong claims, a list that does not unpack or unpacks
            beyond 16 MiB; what `parse_jws` raises.
    """
    jws = parse_jws(text)
    if jws.type not in _TYPES:
        raise TrustError(_CODE, "header typ is not that of a status list")
    claims = _object(parse_json(jws.payload, max_size=MAX_JWS_SIZE, max_depth=_MAX_DEPTH), "payload")
    issued_at = _time(claims, "iat")
    expires_at = _time(claims, "exp") if "exp" in claims else None
    if expires_at is not None and expires_at <= issued_at:
        raise TrustError(_CODE, "expires before it was issued")
    return UnverifiedStatusList(
        uri=_uri(claims),
        issued_at=issued_at,
        expires_at=expires_at,
        ttl=timedelta(seconds=_integer(claims, "ttl", 1, MAX_TTL)) if "ttl" in claims else None,
        entries=_entries(_object(claims.get("status_list"), "status_list")),
        certificates=jws.certificates,
        octets=text.encode("ascii") if isinstance(text, str) else text,  # ASCII, or it would not have been read
        message=jws,
    )


def unpack_list(text: str, bits: int) -> StatusEntries:
    """Return the entries of `lst`: base64url of a zlib stream (RFC 1950), at most 16 MiB unpacked.

    Raises:
        TrustError: STATUS_LIST_MALFORMED; BASE64_MALFORMED.
    """
    return unpack_octets(decode_base64url(text), bits)


def _entries(status_list: dict[str, JsonValue]) -> StatusEntries:
    lst = status_list.get("lst")
    if not isinstance(lst, str):
        raise TrustError(_CODE, "lst is missing or no text")
    return unpack_list(lst, _integer(status_list, "bits", min(BITS_READ), max(BITS_READ)))


def _object(value: JsonValue, name: str) -> dict[str, JsonValue]:
    if not isinstance(value, dict):
        raise TrustError(_CODE, f"{name} is no object")
    return value


def _integer(claims: dict[str, JsonValue], name: str, low: int, high: int) -> int:
    value = claims.get(name)
    if not isinstance(value, int) or isinstance(value, bool) or not low <= value <= high:
        raise TrustError(_CODE, f"{name} is missing or no number in its range")
    return value


def _time(claims: dict[str, JsonValue], name: str) -> datetime:
    """NumericDate (RFC 7519 2), whole seconds."""
    return datetime.fromtimestamp(_integer(claims, name, 0, MAX_TIME), UTC)


def _uri(claims: dict[str, JsonValue]) -> str:
    value = claims.get("sub")
    if not isinstance(value, str) or not 0 < len(value) <= MAX_URI or not value.isprintable():
        raise TrustError(_CODE, "sub is missing or no URI")
    return value
