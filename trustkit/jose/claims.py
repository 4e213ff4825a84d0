"""Claims of a JSON Web Token (RFC 7519 4) as typed values: read once, so that nobody inside asks again what a member is.

claims = read_claims(payload)
claims.issuer, claims.expires_at, claims.text("nonce"), claims.moment("auth_time")
"""

from __future__ import annotations

import hmac
from collections.abc import Mapping  # noqa: TC003 - a field type of a public dataclass
from dataclasses import dataclass, field
from datetime import UTC, datetime
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from trustkit.encoding.canonical_json import JsonValue, NumberText, parse_json
from trustkit.errors import ErrorCode, TrustError

if TYPE_CHECKING:
    from datetime import timedelta

MAX_CLAIMS: Final = 64 * 1024
MAX_TEXT: Final = 2048  # an audience or issuer is a URI
MAX_VALUES: Final = 64  # members of an array of texts: audiences, methods
_MAX_DEPTH: Final = 16
_LAST_SECOND: Final = 253402300799  # the last of the year 9999


@dataclass(frozen=True, slots=True, kw_only=True)
class JwtClaims:
    """The registered claims of RFC 7519 4.1, and all others by name. Absent texts are empty, absent times None.

    Attributes:
        audience: `aud`, one text or several.
        token_id: `jti`.
        members: every claim as found.
    """

    issuer: str
    subject: str
    audience: tuple[str, ...]
    expires_at: datetime | None
    not_before: datetime | None
    issued_at: datetime | None
    token_id: str
    members: Mapping[str, JsonValue] = field(repr=False)

    def text(self, name: str) -> str:
        """Return a text, empty when it is absent. Raise JWT_MALFORMED for another type or more than 2048 characters."""
        return _text(self.members, name)

    def texts(self, name: str) -> tuple[str, ...]:
        """Return an array of texts, empty when it is absent. Raise JWT_MALFORMED."""
        return _texts(self.members, name, alone=False)

    def moment(self, name: str) -> datetime | None:
        """Return a NumericDate, None when it is absent. Raise JWT_MALFORMED."""
        return _moment(self.members, name)

    def mapping(self, name: str) -> Mapping[str, JsonValue]:
        """Return an object, empty when it is absent. Raise JWT_MALFORMED."""
        value = self.members.get(name, {})
        if not isinstance(value, dict):
            raise _malformed(name, "an object")
        return MappingProxyType(value)


def read_claims(payload: bytes) -> JwtClaims:
    """Return the claims of a token's payload; what they say is not judged.

    Raises:
        TrustError: JWT_MALFORMED when it is no object or a registered claim has another type than RFC 7519 4.1 gives it;
            INPUT_TOO_LARGE, JSON_MALFORMED, JSON_DUPLICATE_KEY (RFC 7519 4 lets readers refuse), JSON_DEPTH.
    """
    value = parse_json(payload, max_size=MAX_CLAIMS, max_depth=_MAX_DEPTH, any_number=True)
    if not isinstance(value, dict):
        raise TrustError(ErrorCode.JWT_MALFORMED, "the payload is no object")
    return claims_of(value)


def claims_of(members: Mapping[str, JsonValue]) -> JwtClaims:
    """Return the claims of an object that was read already. Raise JWT_MALFORMED as `read_claims` does."""
    return JwtClaims(
        issuer=_text(members, "iss"),
        subject=_text(members, "sub"),
        audience=_texts(members, "aud", alone=True),
        expires_at=_moment(members, "exp"),
        not_before=_moment(members, "nbf"),
        issued_at=_moment(members, "iat"),
        token_id=_text(members, "jti"),
        members=MappingProxyType(dict(members)),
    )


def same_text(one: str, other: str) -> bool:
    """Tell whether two texts are the same, in a time that does not say where they differ: for nonces, digests and thumbprints."""
    return hmac.compare_digest(one.encode("utf-8"), other.encode("utf-8"))


def numeric_date(moment: datetime) -> int:
    """Return a moment as NumericDate (RFC 7519 2), whole seconds; the inverse of `JwtClaims.moment`."""
    return int(moment.timestamp())


def lifetime_claims(now: datetime, lifetime: timedelta) -> dict[str, JsonValue]:
    """Return `iat` and `exp` of a token made now."""
    return {"iat": numeric_date(now), "exp": numeric_date(now + lifetime)}


def _text(members: Mapping[str, JsonValue], name: str) -> str:
    value = members.get(name, "")
    if not isinstance(value, str) or isinstance(value, NumberText) or len(value) > MAX_TEXT:
        raise _malformed(name, "a text of at most 2048 characters")
    return value


def _texts(members: Mapping[str, JsonValue], name: str, *, alone: bool) -> tuple[str, ...]:
    value = members.get(name, [])
    found = [value] if alone and isinstance(value, str) else value
    if not isinstance(found, list) or len(found) > MAX_VALUES:
        raise _malformed(name, f"at most {MAX_VALUES} texts")
    texts = [item for item in found if isinstance(item, str) and not isinstance(item, NumberText)]
    if len(texts) != len(found) or any(len(text) > MAX_TEXT for text in texts):
        raise _malformed(name, f"at most {MAX_VALUES} texts")
    return tuple(texts)


def _moment(members: Mapping[str, JsonValue], name: str) -> datetime | None:
    value = members.get(name)
    if value is None and name not in members:
        return None
    if isinstance(value, NumberText):  # RFC 7519 2: seconds may have a fraction, which is left off
        whole, dot, fraction = value.partition(".")
        value = int(whole) if dot and fraction.isdigit() and whole.isdigit() and len(whole) <= _DIGITS else None
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value <= _LAST_SECOND:
        raise _malformed(name, "seconds since 1970")
    return datetime.fromtimestamp(value, UTC)


def _malformed(name: str, wanted: str) -> TrustError:
    return TrustError(ErrorCode.JWT_MALFORMED, f"{name} is {wanted}")


_DIGITS: Final = len(str(_LAST_SECOND))
