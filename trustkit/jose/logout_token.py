"""Tokens that tell a client of a logout (OpenID Connect Back-Channel Logout 1.0, 2.4 and 2.6).

claims = logout_claims(issuer=ISSUER, client=CLIENT, subject="s1", session="sid1", token_id=jti, now=now)
text = sign_jwt(claims, signer, kind=LOGOUT_KIND, key_id=kid)
token = verify_logout_token(text, keys, issuer=ISSUER, client=CLIENT, algorithms=..., now=now)
token.claims.subject, token.claims.text("sid")         # at least one is there; the caller refuses a second use of `jti`
"""

from __future__ import annotations

from datetime import timedelta
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from trustkit.errors import ErrorCode, TrustError
from trustkit.jose.claims import lifetime_claims
from trustkit.jose.jwt import DEFAULT_SKEW, JwtRules, VerifiedJwt, verify_jwt

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping
    from datetime import datetime

    from trustkit.encoding.canonical_json import JsonValue
    from trustkit.jose.keys import JwkSet
    from trustkit.jose.model import JwsAlgorithm

LOGOUT_KIND: Final = "logout+jwt"
LOGOUT_EVENT: Final = "http://schemas.openid.net/event/backchannel-logout"
LOGOUT_LIFETIME: Final = timedelta(minutes=2)  # Back-Channel Logout 2.4: preferably at most two minutes
_LONGEST: Final = timedelta(minutes=10)
_UNTYPED: Final = frozenset({LOGOUT_KIND, "jwt", ""})


def logout_claims(
    *, issuer: str, client: str, subject: str, session: str, token_id: str, now: datetime
) -> dict[str, JsonValue]:
    """Return the claims of a logout token (2.4); one of `subject` and `session` may be empty. Raise USAGE when both are."""
    if not subject and not session:
        raise TrustError(ErrorCode.USAGE, "a logout is of a subject or a session")
    named = {name: text for name, text in (("sub", subject), ("sid", session)) if text}
    event: dict[str, JsonValue] = {LOGOUT_EVENT: {}}
    return {
        "iss": issuer,
        "aud": client,
        "jti": token_id,
        "events": event,
        **named,
        **lifetime_claims(now, LOGOUT_LIFETIME),
    }


def verify_logout_token(
    text: str,
    keys: JwkSet,
    *,
    issuer: str,
    client: str,
    algorithms: Collection[JwsAlgorithm],
    now: datetime,
    typed: bool = True,
    skew: timedelta = DEFAULT_SKEW,
    aliases: Mapping[str, JwsAlgorithm] = MappingProxyType({}),
) -> VerifiedJwt:
    """Return the verified logout token (2.6).

    With `typed` its `typ` is ``logout+jwt``; providers before that recommendation leave it out, and then the event alone keeps it
    apart from other tokens.

    Raises:
        TrustError: as `verify_jwt`; JWT_MALFORMED without the event, without both `sub` and `sid`, or with a `nonce`, which 2.4
            prohibits so that no ID token passes for one.
    """
    rules = JwtRules(
        kinds={LOGOUT_KIND} if typed else _UNTYPED,
        algorithms=algorithms,
        issuer=issuer,
        audiences={client},
        required={"iat", "exp", "jti"},
        longest=_LONGEST,
        skew=skew,
        aliases=aliases,
    )
    token = verify_jwt(text, keys, rules, now=now)
    claims = token.claims
    if claims.mapping("events").get(LOGOUT_EVENT) != {}:
        raise TrustError(ErrorCode.JWT_MALFORMED, "the event of a logout is missing")
    if not claims.subject and not claims.text("sid"):
        raise TrustError(ErrorCode.JWT_MALFORMED, "sub or sid is needed")
    if "nonce" in claims.members:
        raise TrustError(ErrorCode.JWT_MALFORMED, "a logout token has no nonce")
    return token
