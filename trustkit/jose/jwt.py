"""Verifying a signed JSON Web Token (RFC 7519 7.2, RFC 8725): whose it is, for whom, since when and until when.

rules = JwtRules(kinds={"at+jwt"}, algorithms={JwsAlgorithm.ES256}, issuer=ISSUER, audiences={API},
                 required={"exp", "sub", "jti"}, longest=timedelta(hours=1))
token = verify_jwt(text, keys, rules, now=clock.now())
token.claims.subject, token.claims.text("client_id")

The algorithm comes from the configuration (`rules.algorithms`) and from the key; the token's header only has to agree. Headers
that fetch or carry keys, and `crit`, are refused. `trustkit.jose.sign.sign_jwt` is the inverse.

What is for one use (`jti`) is remembered by the caller: until `expires_at` plus `rules.skew`.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping  # noqa: TC003 - field types of public dataclasses
from dataclasses import InitVar, dataclass, field
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from trustkit.encoding.canonical_json import JsonValue  # noqa: TC001 - a field type of a public dataclass
from trustkit.errors import ErrorCode, TrustError
from trustkit.jose.claims import JwtClaims, read_claims
from trustkit.jose.keys import VerificationKey  # noqa: TC001 - a field type of a public dataclass
from trustkit.jose.model import JwsAlgorithm  # noqa: TC001 - as above
from trustkit.jose.read import parse_jws
from trustkit.jose.verify import verify_jws

if TYPE_CHECKING:
    from trustkit.jose.keys import JwkSet
    from trustkit.jose.model import UnverifiedJws

MAX_TOKEN: Final = 64 * 1024
MAX_TOKEN_HEADER: Final = 8 * 1024
DEFAULT_SKEW: Final = timedelta(seconds=60)
MOST_SKEW: Final = timedelta(minutes=5)  # RFC 7519 4.1.4: "usually no more than a few minutes"
_MADE_HERE: Final = object()


@dataclass(frozen=True, slots=True, kw_only=True)
class JwtRules:
    """What a token must be. There is no default for what matters.

    Attributes:
        kinds: acceptable `typ`, in lower case and without ``application/``; the empty text lets it be absent. One kind of token
            never passes for another (RFC 8725 3.11).
        algorithms: those the issuer is configured to sign with.
        issuer: `iss`, to the letter; `audiences`: at least one of them must be in `aud`, and with `sole_audience` nobody else.
        required: claims that must be there beside `iss` and `aud`.
        longest: the most that may lie between `iat` and `exp`, and between `iat` and now; None does not ask.
        skew: by how much clocks may differ, at most five minutes.
        aliases: other names for algorithms this issuer writes (`SM2_ALIASES`).

    Raises:
        TrustError: BUG for rules that would check nothing.
    """

    kinds: Collection[str]
    algorithms: Collection[JwsAlgorithm]
    issuer: str
    audiences: Collection[str]
    sole_audience: bool = False
    required: Collection[str] = ()
    longest: timedelta | None = None
    skew: timedelta = DEFAULT_SKEW
    aliases: Mapping[str, JwsAlgorithm] = field(default_factory=lambda: MappingProxyType({}))

    def __post_init__(self) -> None:
        if not (self.kinds and self.algorithms and self.issuer and self.audiences and "" not in self.audiences):
            raise TrustError(ErrorCode.BUG, "rules without kind, algorithm, issuer or audience")
        if isinstance(self.kinds, str) or isinstance(self.audiences, str) or isinstance(self.required, str):
            raise TrustError(ErrorCode.BUG, "a text is no collection of texts")
        if not timedelta(0) <= self.skew <= MOST_SKEW:
            raise TrustError(ErrorCode.BUG, "clocks may differ by at most five minutes")


@dataclass(frozen=True, slots=True, kw_only=True)
class VerifiedJwt:
    """A token that `key` signed, for us, in force at `verified_at`. `kind` is its `typ`, empty when it has none."""

    kind: str
    claims: JwtClaims
    header: Mapping[str, JsonValue]
    algorithm: JwsAlgorithm
    key: VerificationKey
    verified_at: datetime
    made_here: InitVar[object]

    def __post_init__(self, made_here: object) -> None:
        if made_here is not _MADE_HERE:
            message = "a VerifiedJwt comes from verify_jwt"
            raise TypeError(message)


def verify_jwt(text: str, keys: JwkSet, rules: JwtRules, *, now: datetime) -> VerifiedJwt:
    """Return the verified token.

    Raises:
        TrustError: INPUT_TOO_LARGE (64 KiB, its header 8 KiB); JWS_MALFORMED, BASE64_MALFORMED, JSON_*; JWT_TYPE;
            ALGORITHM_UNKNOWN; ALGORITHM_MISMATCH (not one of the rules', not the key's); JWS_KEY_UNKNOWN; SIGNATURE_*;
            JWT_MALFORMED (a claim is missing or of the wrong type); JWT_ISSUER; JWT_AUDIENCE; JWT_EXPIRED;
            JWT_NOT_YET_VALID (`nbf` or `iat` ahead of now); JWT_LIFETIME.
    """
    jws = parse_token(text, aliases=rules.aliases)
    kind = require_kind(jws, rules.kinds)
    if jws.algorithm not in rules.algorithms:
        raise TrustError(ErrorCode.ALGORITHM_MISMATCH, "not an algorithm of this issuer", alg=jws.algorithm.value)
    key = keys.select(jws)
    verified = verify_jws(jws, key.public_key)
    claims = read_claims(verified.payload)
    _require_party(claims, rules)
    require_claims(claims, rules.required)
    require_time(claims, now=now, skew=rules.skew, longest=rules.longest)
    return VerifiedJwt(
        kind=kind,
        claims=claims,
        header=jws.header,
        algorithm=jws.algorithm,
        key=key,
        verified_at=now,
        made_here=_MADE_HERE,
    )


def parse_token(text: str, *, aliases: Mapping[str, JwsAlgorithm] = MappingProxyType({})) -> UnverifiedJws:
    """Return the parts of a token under the limits of tokens. Raise as `parse_jws` does."""
    return parse_jws(text, max_size=MAX_TOKEN, max_header=MAX_TOKEN_HEADER, aliases=aliases)


def require_kind(jws: UnverifiedJws, kinds: Collection[str]) -> str:
    """Return the token's `typ` without ``application/`` (RFC 7515 4.1.9). Raise JWT_TYPE when it is none of `kinds`."""
    kind = jws.type.removeprefix("application/")
    if kind not in kinds:
        raise TrustError(ErrorCode.JWT_TYPE, "typ", wanted=" ".join(sorted(kinds)) or "none")
    return kind


def require_claims(claims: JwtClaims, names: Collection[str]) -> None:
    """Raise JWT_MALFORMED unless all of these claims are there, and neither null nor empty."""
    for name in sorted(names):
        value = claims.members.get(name)
        if value is None or value in ("", [], {}):
            raise TrustError(ErrorCode.JWT_MALFORMED, f"claim {name} is missing")


def require_time(claims: JwtClaims, *, now: datetime, skew: timedelta, longest: timedelta | None) -> None:
    """Raise JWT_EXPIRED, JWT_NOT_YET_VALID, or JWT_LIFETIME unless the token is in force (RFC 7519 4.1.4 to 4.1.6)."""
    expires, begins, issued = claims.expires_at, claims.not_before, claims.issued_at
    if expires is not None and now >= expires + skew:
        raise TrustError(ErrorCode.JWT_EXPIRED, "exp", seconds=int((now - expires).total_seconds()))
    for name, moment in (("nbf", begins), ("iat", issued)):
        if moment is not None and moment > now + skew:
            raise TrustError(ErrorCode.JWT_NOT_YET_VALID, name, seconds=int((moment - now).total_seconds()))
    if longest is None:
        return
    start = issued if issued is not None else now
    if expires is not None and expires - start > longest:
        raise TrustError(ErrorCode.JWT_LIFETIME, "exp is too far away", most=int(longest.total_seconds()))
    if now - start > longest + skew:
        raise TrustError(ErrorCode.JWT_LIFETIME, "iat is too long ago", most=int(longest.total_seconds()))


def _require_party(claims: JwtClaims, rules: JwtRules) -> None:
    if claims.issuer != rules.issuer:
        raise TrustError(ErrorCode.JWT_ISSUER, "iss")
    if not set(claims.audience) & set(rules.audiences):
        raise TrustError(ErrorCode.JWT_AUDIENCE, "aud does not name us")
    if rules.sole_audience and set(claims.audience) - set(rules.audiences):
        raise TrustError(ErrorCode.JWT_AUDIENCE, "aud names others too")
