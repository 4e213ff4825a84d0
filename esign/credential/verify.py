"""Verifying an SD-JWT under one given key (RFC 9901 7). Whose key it is, and whether he may issue, is the caller's judgement.

    rules = SdJwtRules(kinds={"dc+sd-jwt"}, algorithms={JwsAlgorithm.ES256}, binding=Binding.REQUIRED, holders={JwsAlgorithm.ES256})
    verified = verify_sd_jwt(parse_sd_jwt(text), key, rules, now=now, demand=BindingDemand(audience=US, nonce=nonce))
    verified.claims, verified.withheld, verified.binding.possession

The algorithm comes from the configuration and the key; the token's header only has to agree.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping  # noqa: TC003 - field types of public dataclasses
from dataclasses import InitVar, dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum, unique
from typing import TYPE_CHECKING, Final

from esign.credential.binding import VerifiedBinding, holder_key, verify_binding
from esign.credential.disclosing import disclose, sd_algorithm
from esign.credential.model import ClaimPath, SdAlgorithm  # noqa: TC001 - field types of a public dataclass
from trustkit.credential_codes import CredentialCode
from trustkit.encoding.canonical_json import JsonValue  # noqa: TC001 - as above
from trustkit.errors import ErrorCode, TrustError
from trustkit.jose.claims import JwtClaims, claims_of, read_claims
from trustkit.jose.jwk import Jwk  # noqa: TC001 - as above
from trustkit.jose.jwt import DEFAULT_SKEW, MOST_SKEW
from trustkit.jose.model import JwsAlgorithm  # noqa: TC001 - as above
from trustkit.jose.verify import VerifiedJws, verify_jws

if TYPE_CHECKING:
    from esign.credential.binding import BindingDemand
    from esign.credential.model import UnverifiedSdJwt
    from trustkit.crypto.public_key import PublicKey

_MADE_HERE: Final = object()


@unique
class Binding(StrEnum):
    """Whether a key binding JWT has to come along (RFC 9901 7.3 1: the verifier's choice, never the presentation's)."""

    REQUIRED = "required"
    OPTIONAL = "optional"
    FORBIDDEN = "forbidden"


@dataclass(frozen=True, slots=True, kw_only=True)
class SdJwtRules:
    """What an SD-JWT must be. There is no default for what matters. Raise BUG for rules that would check nothing.

    Attributes:
        kinds: acceptable `typ`, in lower case and without ``application/``.
        algorithms: those the issuer is configured to sign with.
        holders: those a holder may sign with; none are needed where binding is forbidden.
        skew: by how much clocks may differ, at most five minutes.
    """

    kinds: Collection[str]
    algorithms: Collection[JwsAlgorithm]
    binding: Binding
    holders: Collection[JwsAlgorithm] = ()
    skew: timedelta = DEFAULT_SKEW

    def __post_init__(self) -> None:
        if not self.kinds or isinstance(self.kinds, str) or not self.algorithms:
            raise TrustError(ErrorCode.BUG, "rules without kind or algorithm")
        if self.binding is not Binding.FORBIDDEN and not self.holders:
            raise TrustError(ErrorCode.BUG, "rules without an algorithm of holders")
        if not timedelta(0) <= self.skew <= MOST_SKEW:
            raise TrustError(ErrorCode.BUG, "clocks may differ by at most five minutes")


@dataclass(frozen=True, slots=True, kw_only=True)
class VerifiedSdJwt:
    """What the owner of `key` signed, as far as it was disclosed, in force at `verified_at`.

    Attributes:
        claims: no digest is left in them.
        registered: the same, those of RFC 7519 by their types.
        disclosed: paths of what was disclosed; all other claims stand in the clear.
        withheld: digests nothing was disclosed for; some may be decoys.
        holder: the key in `cnf`; None without one.
        binding: None where no key binding came along.
    """

    kind: str
    algorithm: JwsAlgorithm
    hashing: SdAlgorithm
    key: PublicKey
    header: Mapping[str, JsonValue] = field(repr=False)
    claims: Mapping[str, JsonValue] = field(repr=False)
    registered: JwtClaims = field(repr=False)
    disclosed: tuple[ClaimPath, ...]
    withheld: int
    holder: Jwk | None
    binding: VerifiedBinding | None
    verified_at: datetime
    made_here: InitVar[object]

    def __post_init__(self, made_here: object) -> None:
        if made_here is not _MADE_HERE:
            message = "a VerifiedSdJwt comes from verify_sd_jwt"
            raise TypeError(message)


def verify_sd_jwt(
    unverified: UnverifiedSdJwt,
    key: PublicKey,
    rules: SdJwtRules,
    *,
    now: datetime,
    demand: BindingDemand | None = None,
) -> VerifiedSdJwt:
    """Return the verified SD-JWT.

    Raises:
        TrustError: CREDENTIAL_TYPE; ALGORITHM_MISMATCH; SIGNATURE_*; what `disclose` and `verify_binding` raise; JWT_MALFORMED;
            CREDENTIAL_EXPIRED, CREDENTIAL_NOT_YET; BINDING_MISSING, BINDING_FORBIDDEN.
    """
    require_shape(unverified, rules)
    return verified_claims(unverified, verify_jws(unverified.jws, key), rules, now=now, demand=demand)


def require_shape(unverified: UnverifiedSdJwt, rules: SdJwtRules) -> None:
    """Refuse what no signature mends. Raise CREDENTIAL_TYPE, ALGORITHM_MISMATCH, BINDING_MISSING, BINDING_FORBIDDEN."""
    kind = unverified.jws.type.removeprefix("application/")
    if kind not in rules.kinds:
        raise TrustError(CredentialCode.CREDENTIAL_TYPE, "typ", wanted=" ".join(sorted(rules.kinds)))
    if unverified.jws.algorithm not in rules.algorithms:
        raise TrustError(
            ErrorCode.ALGORITHM_MISMATCH, "not an algorithm of this issuer", alg=unverified.jws.algorithm.value
        )
    if unverified.binding is None and rules.binding is Binding.REQUIRED:
        raise TrustError(CredentialCode.BINDING_MISSING, "no key binding")
    if unverified.binding is not None and rules.binding is Binding.FORBIDDEN:
        raise TrustError(CredentialCode.BINDING_FORBIDDEN, "a key binding where none may be")


def verified_claims(
    unverified: UnverifiedSdJwt,
    jws: VerifiedJws,
    rules: SdJwtRules,
    *,
    now: datetime,
    demand: BindingDemand | None = None,
) -> VerifiedSdJwt:
    """Return the verified SD-JWT whose issuer's JWT is verified: the steps after the signature. Raise as `verify_sd_jwt`."""
    if jws.header is not unverified.jws.header or jws.payload is not unverified.jws.payload:
        raise TrustError(ErrorCode.BUG, "the JWT that was verified is another one")
    payload = read_claims(jws.payload)
    hashing = sd_algorithm(payload.members)
    disclosed = disclose(payload.members, unverified.disclosures)
    registered = claims_of(disclosed.claims) if disclosed.names else payload
    _require_time(registered, now=now, skew=rules.skew)
    holder = holder_key(disclosed.claims)
    binding = None
    if unverified.binding is not None:
        binding = verify_binding(
            unverified,
            unverified.binding,
            key=holder,
            algorithms=rules.holders,
            hashing=hashing,
            demand=demand,
            now=now,
        )
    return VerifiedSdJwt(
        kind=unverified.jws.type.removeprefix("application/"),
        algorithm=jws.algorithm,
        hashing=hashing,
        key=jws.key,
        header=jws.header,
        claims=disclosed.claims,
        registered=registered,
        disclosed=disclosed.names,
        withheld=disclosed.withheld,
        holder=holder,
        binding=binding,
        verified_at=now,
        made_here=_MADE_HERE,
    )


def _require_time(claims: JwtClaims, *, now: datetime, skew: timedelta) -> None:
    """RFC 9901 7.1 step 6; RFC 7519 4.1.4 to 4.1.6."""
    if claims.expires_at is not None and now >= claims.expires_at + skew:
        raise TrustError(CredentialCode.CREDENTIAL_EXPIRED, "exp")
    for name, moment in (("nbf", claims.not_before), ("iat", claims.issued_at)):
        if moment is not None and moment > now + skew:
            raise TrustError(CredentialCode.CREDENTIAL_NOT_YET, name)
