"""Capsules from octets or from the text of a QR code, strictly.

unverified = parse_capsule(octets)      # COSE_Sign1, or TKL1:… with white space where it was pasted
unverified.content.identifier
"""

from __future__ import annotations

from datetime import UTC, datetime
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from esign.capsule.model import (
    CAPSULE_PREFIX,
    CAPSULE_TYPE,
    ESSENTIALS,
    MAX_CAPSULE,
    MAX_CAPSULE_TEXT,
    MAX_INDEX,
    MAX_TEXT,
    MAX_TIME,
    NAME,
    CapsuleClaim,
    CapsuleContent,
    UnverifiedCapsule,
)
from trustkit.capsule_codes import CapsuleCode
from trustkit.cose.read import require_protected_certificates, seen_sign1
from trustkit.encoding.cbor import parse_cbor
from trustkit.encoding.text32 import decode_base32
from trustkit.errors import ErrorCode, TrustError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from trustkit.encoding.cbor import CborKey, CborValue

_CODE: Final = CapsuleCode.CAPSULE_MALFORMED
_DEPTH: Final = 4
_PREFIX: Final = CAPSULE_PREFIX.encode("ascii")
_MOST_PASTED: Final = 4 * MAX_CAPSULE_TEXT  # white space included


def begins_as_capsule(data: bytes) -> bool:
    """Tell whether a text begins as that of a capsule's QR code."""
    return data.lstrip()[: len(_PREFIX)] == _PREFIX


def parse_capsule(data: bytes) -> UnverifiedCapsule:
    """Return the unverified capsule.

    Raises:
        TrustError: INPUT_TOO_LARGE; BASE32_MALFORMED; CAPSULE_MALFORMED for another `typ`, claims that are missing, wrong or not
            known; what `parse_sign1`, `require_protected_certificates` and `parse_cbor` raise.
    """
    octets = _octets(data) if begins_as_capsule(data) else data
    if len(octets) > MAX_CAPSULE:
        raise TrustError(ErrorCode.INPUT_TOO_LARGE, "capsule", octets=len(octets), limit=MAX_CAPSULE)
    message = seen_sign1(octets)
    if message.type != CAPSULE_TYPE:
        raise TrustError(_CODE, "header typ is not that of a capsule")
    require_protected_certificates(message)
    claims = _map(parse_cbor(message.payload, max_size=MAX_CAPSULE, max_depth=_DEPTH), "payload")
    if claims.keys() - set(CapsuleClaim):
        raise TrustError(_CODE, "a claim that is not known")
    uri, index = _status(claims)
    content = CapsuleContent(
        identifier=_text(claims, CapsuleClaim.IDENTIFIER),
        issued_at=datetime.fromtimestamp(_number(claims, CapsuleClaim.ISSUED, MAX_TIME), UTC),
        status_uri=uri,
        status_index=index,
        essentials=_essentials(_map(claims.get(CapsuleClaim.ESSENTIALS), "essentials")),
    )
    return UnverifiedCapsule(content=content, message=message)


def _octets(data: bytes) -> bytes:
    if len(data) > _MOST_PASTED:
        raise TrustError(ErrorCode.INPUT_TOO_LARGE, "capsule", octets=len(data), limit=_MOST_PASTED)
    try:
        text = b"".join(data.split()).decode("ascii")
    except UnicodeDecodeError as error:
        raise TrustError(_CODE, "not ASCII") from error
    return decode_base32(text.removeprefix(CAPSULE_PREFIX))


def _status(claims: Mapping[CborKey, CborValue]) -> tuple[str, int]:
    """draft-ietf-oauth-status-list clause 6.3."""
    entry = _map(_map(claims.get(CapsuleClaim.STATUS), "status").get("status_list"), "status_list")
    return _text(entry, "uri"), _number(entry, "idx", MAX_INDEX)


def _essentials(found: dict[CborKey, CborValue]) -> Mapping[str, str]:
    if found.keys() - set(ESSENTIALS.values()) or ESSENTIALS[NAME] not in found:
        raise TrustError(_CODE, "an essential is missing, or not known")
    return MappingProxyType({name: _text(found, key) for name, key in ESSENTIALS.items() if key in found})


def _map(value: CborValue, name: str) -> dict[CborKey, CborValue]:
    if not isinstance(value, dict):
        raise TrustError(_CODE, f"{name} is no map")
    return value


def _number(claims: Mapping[CborKey, CborValue], name: CborKey, high: int) -> int:
    value = claims.get(name)
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value <= high:
        raise TrustError(_CODE, "a claim is missing or no number in its range", claim=str(name))
    return value


def _text(claims: Mapping[CborKey, CborValue], name: CborKey) -> str:
    value = claims.get(name)
    if not isinstance(value, str) or not 0 < len(value) <= MAX_TEXT or not value.isprintable():
        raise TrustError(_CODE, "a claim is missing or no plain text", claim=str(name))
    return value
