"""Access tokens as JWT (RFC 9068): who calls, through which client, how he signed in, and what the token is bound to.

rules = access_rules(issuer=ISSUER, audience=API, algorithms={JwsAlgorithm.ES256})
token = verify_access_token(text, keys, rules, now=now)
token.subject, token.client, token.scopes, token.confirmation

A token whose `confirmation` is not empty is worth nothing without the proof: `require_bearer`, `require_key` and
`require_certificate` (RFC 9449 7, RFC 8705 3) say what has to come with it.
"""

from __future__ import annotations

from dataclasses import InitVar, dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final

from trustkit.errors import ErrorCode, TrustError
from trustkit.jose.claims import JwtClaims, same_text
from trustkit.jose.jwt import DEFAULT_SKEW, JwtRules, verify_jwt

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from trustkit.encoding.canonical_json import JsonValue
    from trustkit.jose.keys import JwkSet
    from trustkit.jose.model import JwsAlgorithm

ACCESS_KIND: Final = "at+jwt"  # RFC 9068 2.1
LONGEST_ACCESS: Final = timedelta(hours=1)  # what it says holds until it ends, whatever happened since
REQUIRED: Final = frozenset({"exp", "sub", "client_id", "iat", "jti"})  # RFC 9068 2.2, beside iss and aud
MAX_SCOPES: Final = 64
_MADE_HERE: Final = object()


@dataclass(frozen=True, slots=True, kw_only=True)
class Confirmation:
    """What a token is bound to (`cnf`, RFC 7800): a key (`jkt`, RFC 9449 6.1), a certificate (`x5t#S256`, RFC 8705 3.1), or neither."""

    key: str = ""
    certificate: str = ""

    def __bool__(self) -> bool:
        return bool(self.key or self.certificate)


@dataclass(frozen=True, slots=True, kw_only=True)
class VerifiedAccessToken:
    """An access token that is in force for us.

    Attributes:
        subject: whose it is, a pseudonym; `actor`: who acts as the subject (`act`, RFC 8693 4.1), empty where it is himself.
        client: `client_id`.
        acr: how surely the person is known and signed in; `methods` (`amr`) and `authenticated_at` (`auth_time`) with it.
        confirmation: what it is bound to.
        claims: all of them, as `verify_jwt` read them.
    """

    subject: str
    actor: str
    client: str
    scopes: frozenset[str]
    token_id: str
    expires_at: datetime
    acr: str
    methods: tuple[str, ...]
    authenticated_at: datetime | None
    confirmation: Confirmation
    claims: JwtClaims = field(repr=False)
    made_here: InitVar[object]

    def __post_init__(self, made_here: object) -> None:
        if made_here is not _MADE_HERE:
            message = "a VerifiedAccessToken comes from verify_access_token"
            raise TypeError(message)


def access_rules(
    *,
    issuer: str,
    audience: str,
    algorithms: Collection[JwsAlgorithm],
    longest: timedelta = LONGEST_ACCESS,
    skew: timedelta = DEFAULT_SKEW,
) -> JwtRules:
    """Return the rules of RFC 9068 4 for the tokens of an issuer. Raise BUG for rules that would check nothing."""
    return JwtRules(
        kinds={ACCESS_KIND},
        algorithms=frozenset(algorithms),
        issuer=issuer,
        audiences={audience},
        required=REQUIRED,
        longest=longest,
        skew=skew,
    )


def verify_access_token(text: str, keys: JwkSet, rules: JwtRules, *, now: datetime) -> VerifiedAccessToken:
    """Return the verified token (RFC 9068 4). What it is bound to is told, and has to be asked for.

    Raises:
        TrustError: as `verify_jwt`; JWT_MALFORMED for a claim of RFC 9068 2.2, `act` or `cnf` of another form, or a `cnf` by
            means unknown here.
    """
    token = verify_jwt(text, keys, rules, now=now)
    claims = token.claims
    scopes = claims.text("scope").split()
    if len(scopes) > MAX_SCOPES or claims.expires_at is None:
        raise TrustError(ErrorCode.JWT_MALFORMED, f"at most {MAX_SCOPES} scopes, and exp")
    return VerifiedAccessToken(
        subject=claims.subject,
        actor=_text(claims.mapping("act"), "sub"),
        client=claims.text("client_id"),
        scopes=frozenset(scopes),
        token_id=claims.token_id,
        expires_at=claims.expires_at,
        acr=claims.text("acr"),
        methods=tuple(sorted(claims.texts("amr"))),
        authenticated_at=claims.moment("auth_time"),
        confirmation=_confirmation(claims),
        claims=claims,
        made_here=_MADE_HERE,
    )


def require_bearer(token: VerifiedAccessToken) -> None:
    """Raise JWT_BINDING for a token that is bound to something: whoever holds it alone cannot use it (RFC 9449 7.2)."""
    if token.confirmation:
        raise TrustError(ErrorCode.JWT_BINDING, "the token is bound, and came without its proof")


def require_key(token: VerifiedAccessToken, thumbprint: str) -> None:
    """Raise JWT_BINDING unless a token is bound to the key of this thumbprint (RFC 9449 7.1)."""
    if not token.confirmation.key or not same_text(token.confirmation.key, thumbprint):
        raise TrustError(ErrorCode.JWT_BINDING, "the token is bound to another key, or to none")


def require_certificate(token: VerifiedAccessToken, thumbprint: str) -> None:
    """Raise JWT_BINDING unless a token is bound to the certificate of this SHA-256 thumbprint (RFC 8705 3)."""
    if not token.confirmation.certificate or not same_text(token.confirmation.certificate, thumbprint):
        raise TrustError(ErrorCode.JWT_BINDING, "the token is bound to another certificate, or to none")


def _confirmation(claims: JwtClaims) -> Confirmation:
    """Read `cnf`. RFC 7800 3.1: what is not understood is no confirmation; a token bound by such means is refused."""
    members = claims.mapping("cnf")
    if "cnf" in claims.members and not set(members) <= {"jkt", "x5t#S256"}:
        raise TrustError(ErrorCode.JWT_MALFORMED, "cnf binds by means that are unknown here")
    found = Confirmation(key=_text(members, "jkt"), certificate=_text(members, "x5t#S256"))
    if "cnf" in claims.members and not found:
        raise TrustError(ErrorCode.JWT_MALFORMED, "cnf binds to nothing")
    return found


def _text(members: Mapping[str, JsonValue], name: str) -> str:
    value = members.get(name, "")
    if not isinstance(value, str):
        raise TrustError(ErrorCode.JWT_MALFORMED, f"{name} is a text")
    return value
