"""How a client proves itself by a signed token (RFC 7523 2.2 and 3; ``private_key_jwt`` of OpenID Connect Core 9).

claimed = asserted_client(text)                        # whose keys to fetch; nothing is proved
token = verify_client_assertion(text, keys_of(claimed), client=claimed, audiences={ISSUER}, algorithms=..., now=now)
once(token.claims.token_id, token.claims.expires_at)   # the caller refuses a second use

`trustkit.jose.sign.sign_client_assertion` is the inverse.
"""

from __future__ import annotations

from datetime import timedelta
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from trustkit.errors import ErrorCode, TrustError
from trustkit.jose.claims import read_claims
from trustkit.jose.jwt import DEFAULT_SKEW, JwtRules, VerifiedJwt, parse_token, verify_jwt

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping
    from datetime import datetime

    from trustkit.jose.keys import JwkSet
    from trustkit.jose.model import JwsAlgorithm

ASSERTION_TYPE: Final = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"  # RFC 7523 2.2
LONGEST_ASSERTION: Final = timedelta(minutes=5)  # it is made for one request
# RFC 7523 gives it no type; later drafts of its successor name one. What has another type is another kind of token.
_KINDS: Final = frozenset({"", "jwt", "client-authentication+jwt"})


def asserted_client(text: str) -> str:
    """Return who an assertion says it is by (`sub`), to find the keys by; nothing is proved.

    Raises:
        TrustError: as `parse_token` and `read_claims`; JWT_MALFORMED when `iss` and `sub` are not one.
    """
    claims = read_claims(parse_token(text).payload)
    if not claims.subject or claims.issuer != claims.subject:
        raise TrustError(ErrorCode.JWT_MALFORMED, "iss and sub are the client (RFC 7523 3)")
    return claims.subject


def verify_client_assertion(
    text: str,
    keys: JwkSet,
    *,
    client: str,
    audiences: Collection[str],
    algorithms: Collection[JwsAlgorithm],
    now: datetime,
    skew: timedelta = DEFAULT_SKEW,
    aliases: Mapping[str, JwsAlgorithm] = MappingProxyType({}),
) -> VerifiedJwt:
    """Return the assertion of a client (RFC 7523 3), for us and nobody else, good for one use.

    Args:
        text: as it came.
        keys: those registered for the client.
        client: its identifier, which `iss` and `sub` have to be.
        audiences: our issuer identifier, and, where that is accepted, the address of the endpoint.
        algorithms: the ones registered for the client.
        now: the time it is judged at.
        skew: by how much clocks may differ.
        aliases: other names for algorithms the client writes.

    Raises:
        TrustError: as `verify_jwt`; JWT_AUDIENCE also when somebody else is addressed beside us, who could pass it on.
    """
    rules = JwtRules(
        kinds=_KINDS,
        algorithms=algorithms,
        issuer=client,
        audiences=audiences,
        sole_audience=True,
        required={"sub", "exp", "jti"},
        longest=LONGEST_ASSERTION,
        skew=skew,
        aliases=aliases,
    )
    token = verify_jwt(text, keys, rules, now=now)
    if token.claims.subject != client:
        raise TrustError(ErrorCode.JWT_ISSUER, "sub is not the client (RFC 7523 3)")
    return token
