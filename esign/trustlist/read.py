"""Trust lists from text, strictly.

unverified = parse_trust_list(octets)
unverified.content.entitles("91…", "11100000MB0143028R001")
"""

from __future__ import annotations

import re
from datetime import UTC, datetime
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from esign.trustlist.model import (
    MAX_EQUIVALENT,
    MAX_GROUPS,
    MAX_ISSUERS,
    MAX_LIFETIME,
    MAX_TYPES,
    MAX_URI,
    TRUST_LIST_TYPE,
    VERSION,
    TrustListContent,
    UnverifiedTrustList,
)
from trustkit.capsule_codes import CapsuleCode
from trustkit.encoding.canonical_json import parse_json
from trustkit.errors import TrustError
from trustkit.jose.read import MAX_JWS_SIZE, parse_jws

if TYPE_CHECKING:
    from collections.abc import Mapping

    from trustkit.encoding.canonical_json import JsonValue

_CODE: Final = CapsuleCode.TRUST_LIST_MALFORMED
_MAX_DEPTH: Final = 6
_MAX_TIME: Final = 253_402_300_799  # 9999-12-31T23:59:59Z
_MAX_NUMBER: Final = 2**53 - 1
_NEEDED: Final = frozenset({"version", "sub", "number", "iat", "exp", "issuers"})
_KNOWN: Final = _NEEDED | {"equivalents", "next_key"}
_ISSUER: Final = re.compile(r"[0-9A-Z]{6,18}")
_TYPE: Final = re.compile(r"[0-9A-Z]{21}")
_SM3: Final = re.compile(r"[0-9a-f]{64}")


def parse_trust_list(octets: bytes) -> UnverifiedTrustList:
    """Return the unverified list in a compact JWS, perhaps with white space around it.

    Raises:
        TrustError: TRUST_LIST_MALFORMED for another `typ`, members that are missing, wrong or not known, an issuer that stands twice, a time
            beyond 92 days; what `parse_jws` and `parse_json` raise.
    """
    text = octets.strip()
    jws = parse_jws(text)
    if jws.type.removeprefix("application/") != TRUST_LIST_TYPE:
        raise TrustError(_CODE, "header typ is not that of a trust list")
    claims = parse_json(jws.payload, max_size=MAX_JWS_SIZE, max_depth=_MAX_DEPTH)
    return UnverifiedTrustList(content=_content(claims), certificates=jws.certificates, octets=text, jws=jws)


def _content(claims: JsonValue) -> TrustListContent:
    if not isinstance(claims, dict) or _NEEDED - claims.keys() or claims.keys() - _KNOWN:
        raise _malformed("members")
    if claims["version"] != VERSION:
        raise _malformed("version")
    issued_at, expires_at = (datetime.fromtimestamp(_number(claims, each, _MAX_TIME), UTC) for each in ("iat", "exp"))
    if not issued_at < expires_at <= issued_at + MAX_LIFETIME:
        raise _malformed("exp")
    uri, next_key = claims["sub"], claims.get("next_key", "")
    if not isinstance(uri, str) or not 0 < len(uri) <= MAX_URI or not uri.isprintable():
        raise _malformed("sub")
    if next_key != "" and not _is(next_key, _SM3):
        raise _malformed("next_key")
    return TrustListContent(
        uri=uri,
        number=_number(claims, "number", _MAX_NUMBER),
        issued_at=issued_at,
        expires_at=expires_at,
        issuers=_issuers(claims["issuers"]),
        equivalents=_equivalents(claims.get("equivalents", [])),
        next_key=str(next_key),
    )


def _issuers(value: JsonValue) -> Mapping[str, frozenset[str]]:
    if not isinstance(value, list) or not 0 < len(value) <= MAX_ISSUERS:
        raise _malformed("issuers")
    found: dict[str, frozenset[str]] = {}
    for each in value:
        if not isinstance(each, dict) or each.keys() - {"code", "name", "types"}:
            raise _malformed("issuers")
        code = each.get("code")
        if not isinstance(code, str) or not _is(code, _ISSUER) or code in found:
            raise _malformed("issuers: code")
        found[code] = _types(each.get("types"), MAX_TYPES, "issuers: types")
    return MappingProxyType(found)


def _equivalents(value: JsonValue) -> Mapping[str, frozenset[str]]:
    if not isinstance(value, list) or len(value) > MAX_GROUPS:
        raise _malformed("equivalents")
    found: dict[str, frozenset[str]] = {}
    for each in value:
        group = _types(each, MAX_EQUIVALENT, "equivalents")
        if group & found.keys():
            raise _malformed("equivalents: a type stands twice")
        found.update(dict.fromkeys(group, group))
    return MappingProxyType(found)


def _types(value: JsonValue, most: int, member: str) -> frozenset[str]:
    if not isinstance(value, list) or not 0 < len(value) <= most or not all(_is(each, _TYPE) for each in value):
        raise _malformed(member)
    return frozenset(str(each) for each in value)


def _is(value: JsonValue, form: re.Pattern[str]) -> bool:
    return isinstance(value, str) and form.fullmatch(value) is not None


def _number(claims: Mapping[str, JsonValue], name: str, high: int) -> int:
    value = claims[name]
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value <= high:
        raise _malformed(name)
    return value


def _malformed(member: str) -> TrustError:
    return TrustError(_CODE, f"{member} is missing or wrong", member=member)
