"""ID tokens (OpenID Connect Core 1.0, 2 and 3.1.3.7): who signed in, at whom, when, as the answer to one login.

token = verify_id_token(text, keys, issuer=ISSUER, client=CLIENT, algorithms=..., nonce=nonce, access_token=at, now=now)
token.claims.subject, token.claims.text("acr"), token.claims.moment("auth_time"), token.claims.texts("amr")

An issuer writes `at_hash` with `token_hash`.
"""

from __future__ import annotations

from datetime import timedelta
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from trustkit.crypto.digest import digest
from trustkit.encoding.text64 import encode_base64url
from trustkit.errors import ErrorCode, TrustError
from trustkit.jose.claims import same_text
from trustkit.jose.jwt import DEFAULT_SKEW, JwtRules, VerifiedJwt, verify_jwt

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping
    from datetime import datetime

    from trustkit.jose.claims import JwtClaims
    from trustkit.jose.keys import JwkSet
    from trustkit.jose.model import JwsAlgorithm

LONGEST_ID_TOKEN: Final = timedelta(days=1)
# NOTE: Core 2 gives an ID token no `typ`; what names another kind (access, logout) is not one.
_KINDS: Final = frozenset({"", "jwt"})


def token_hash(algorithm: JwsAlgorithm, value: str) -> str:
    """Return `at_hash` or `c_hash` of a token or code (Core 3.1.3.6): the left half of its digest, base64url.

    The digest is the algorithm's. NOTE: for EdDSA that is SHA-512, as in the field, and for SGD_SM3_SM2 it is SM3; Core names neither.
    """
    whole = digest(algorithm.suite.digest, value.encode("utf-8"))
    return encode_base64url(whole[: len(whole) // 2])


def verify_id_token(
    text: str,
    keys: JwkSet,
    *,
    issuer: str,
    client: str,
    algorithms: Collection[JwsAlgorithm],
    nonce: str,
    now: datetime,
    max_age: timedelta | None = None,
    access_token: str = "",
    code: str = "",
    skew: timedelta = DEFAULT_SKEW,
    aliases: Mapping[str, JwsAlgorithm] = MappingProxyType({}),
) -> VerifiedJwt:
    """Return the verified ID token (Core 3.1.3.7).

    Args:
        text: as it came.
        keys: of the issuer.
        issuer: from its configuration, to the letter (step 2).
        client: our client identifier: in `aud` (3), and `azp` where there is one or `aud` has several (4, 5).
        algorithms: the ones registered for us (7).
        nonce: of this login (11).
        now: the time it is judged at (9, 10).
        max_age: how long ago the person may have signed in (13); None for any time.
        access_token: what came with it; compared with `at_hash` where that is there (3.1.3.8). `code` likewise with `c_hash`.
        code: see there.
        skew: by how much clocks may differ.
        aliases: other names for algorithms the issuer writes.

    Raises:
        TrustError: as `verify_jwt`; JWT_AUDIENCE for an `azp` that is not us; JWT_NONCE; JWT_BINDING for another access token or
            code; JWT_LIFETIME when the sign-in is older than `max_age`, JWT_MALFORMED when it does not say.
    """
    rules = JwtRules(
        kinds=_KINDS,
        algorithms=algorithms,
        issuer=issuer,
        audiences={client},
        required={"sub", "exp", "iat"},
        longest=LONGEST_ID_TOKEN,
        skew=skew,
        aliases=aliases,
    )
    token = verify_jwt(text, keys, rules, now=now)
    claims = token.claims
    if (claims.text("azp") or len(claims.audience) > 1) and claims.text("azp") != client:
        raise TrustError(ErrorCode.JWT_AUDIENCE, "azp is not us")
    if not nonce or not same_text(claims.text("nonce"), nonce):
        raise TrustError(ErrorCode.JWT_NONCE, "nonce")
    for name, value in (("at_hash", access_token), ("c_hash", code)):
        stated = claims.text(name)
        if value and stated and not same_text(stated, token_hash(token.algorithm, value)):
            raise TrustError(ErrorCode.JWT_BINDING, name)
    if max_age is not None:
        _require_fresh(claims, max_age + skew, now=now, skew=skew)
    return token


def _require_fresh(claims: JwtClaims, age: timedelta, *, now: datetime, skew: timedelta) -> None:
    moment = claims.moment("auth_time")
    if moment is None:
        raise TrustError(ErrorCode.JWT_MALFORMED, "claim auth_time is missing")
    if not -skew <= now - moment <= age:
        raise TrustError(ErrorCode.JWT_LIFETIME, "auth_time", most=int(age.total_seconds()))
