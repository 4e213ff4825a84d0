"""What a call needs, declared on its handler: a permission, a level of assurance, a login that is fresh; enforced here alone.

    guard = TokenGuard(issuer=ISSUER, resource=API, keys=keys, clock=clock, seen=seen)

    @router.post("/v1/verify")
    @requires(guard, "verifier:file:verify", assurance=AAL2, max_age=timedelta(minutes=5))
    async def verify(request: Request) -> Response:
        caller = caller_of(request)         # who calls, how surely, for whom

Tokens are signed access tokens of one issuer (RFC 9068), as bearer tokens or bound to a key (DPoP) or TLS certificate. A handler that
needs more than the token shows is not run, and the client is told what to bring (RFC 9470), so that no handler holds code for it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field
from datetime import timedelta  # noqa: TC003 - a field type of a public dataclass
from functools import update_wrapper
from typing import TYPE_CHECKING, Any, Final, Protocol, TypeVar, cast

from trustkit.crypto.digest import DigestAlgorithm, digest
from trustkit.encoding.text64 import encode_base64url
from trustkit.error_family import Family
from trustkit.errors import ErrorCode, TrustError
from trustkit.identity import (
    BOUND,
    HARDWARE,
    NOT_SIGNED_IN,
    AcrDemand,
    AssuranceLevel,
    AuthContext,
    Organisation,
    Principal,
    acr_demand,
    is_hardware_bound,
    is_phishing_resistant,
)
from trustkit.jose.access_token import (
    VerifiedAccessToken,
    access_rules,
    require_bearer,
    require_certificate,
    require_key,
    verify_access_token,
)
from trustkit.jose.dpop import VerifiedProof, verify_dpop
from trustkit.jose.model import JwsAlgorithm
from trustkit.web.callers import keep_caller, kept_caller
from trustkit.web.peer import peer_certificate

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping
    from datetime import datetime

    from starlette.requests import Request

    from trustkit.clock import Clock
    from trustkit.encoding.canonical_json import JsonValue
    from trustkit.jose.jwt import JwtRules
    from trustkit.jose.keys import JwkSet
    from trustkit.web.callers import CallerNames

MAX_AUTHORIZATION: Final = 64 * 1024 + 16
_MOST_MATTERS: Final = 64
ALGORITHMS: Final = frozenset({JwsAlgorithm.ES256, JwsAlgorithm.RS256, JwsAlgorithm.PS256, JwsAlgorithm.SGD_SM3_SM2})
PROOF_ALGORITHMS: Final = ALGORITHMS | {JwsAlgorithm.ES384, JwsAlgorithm.EDDSA}
_SCHEMES: Final = {"bearer": "Bearer", "dpop": "DPoP"}
_Handler = TypeVar("_Handler", bound=Callable[..., Coroutine[Any, Any, object]])
_Verified = TypeVar("_Verified")


class KeySource(Protocol):
    """Where the issuer's keys come from; `idp.connectors.oidc_provider` fetches and keeps them."""

    async def verified(self, verify: Callable[[JwkSet], _Verified], *, now: datetime) -> _Verified:
        """Return what `verify` makes of the keys, of newer ones when it raises JWS_KEY_UNKNOWN."""


class Seen(Protocol):
    """What is good for one use, remembered among all processes of the service."""

    async def note(self, digest: str, until: datetime) -> bool:
        """Remember a digest until a time; say whether it is new."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Requirement:
    """What a call needs. `permission` is the scope that allows it, as each of `wider` does; `max_age` how long ago somebody may have signed in.

    `demands` are `acr` names any of which will do; where there are none, anybody's login does, and a client's own call.
    """

    permission: str
    wider: tuple[str, ...] = ()
    demands: tuple[AcrDemand, ...] = ()
    max_age: timedelta | None = None

    def lacking(self, context: AuthContext, now: datetime) -> Mapping[str, str]:
        """Return what a client is to ask its provider for (RFC 9470 3), nothing when the login is enough.

        Of several names the one that asks least of this login comes first, and all are told with the age, whichever of both is lacking:
        a client that asks for less would come back as it was.
        """
        level, methods = context.assurance, context.methods
        met = not self.demands or any(each.met_by(level, methods) for each in self.demands)
        if met and (self.max_age is None or context.fresh(now, self.max_age)):
            return {}
        names = (each.name for each in sorted(self.demands, key=lambda each: _distance(each, context)))
        age = {} if self.max_age is None else {"max_age": str(int(self.max_age.total_seconds()))}
        return ({"acr_values": " ".join(names)} if self.demands else {}) | age


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenGuard:
    """Lets calls in by the tokens of one issuer.

    Attributes:
        resource: what a token must be for (`aud`), the public base URL of this service; proofs of keys are made for addresses under it.
        keys: the issuer's keys.
        seen: remembers proofs of keys.
        algorithms: those the issuer signs access tokens with.
        names: by which names callers are told; None for those of the tokens, which may be anybody's data.
    """

    issuer: str
    resource: str
    keys: KeySource
    clock: Clock
    seen: Seen
    algorithms: Collection[JwsAlgorithm] = ALGORITHMS
    names: CallerNames | None = None
    _rules: JwtRules = field(init=False, repr=False)

    def __post_init__(self) -> None:
        rules = access_rules(issuer=self.issuer, audience=self.resource, algorithms=self.algorithms)
        object.__setattr__(self, "_rules", rules)

    async def admit(self, request: Request, needed: Requirement) -> AuthContext:
        """Return who calls.

        Raises:
            TrustError: TOKEN_MISSING without an Authorization header of the two kinds; TOKEN_FORM for several, or proofs without
                need; TOKEN_REFUSED; TOKEN_PROOF; TOKEN_SCOPE; TOKEN_LEVEL; what the source of keys raises when it is out of reach.
        """
        scheme, text = _credential(request)
        now = self.clock.now()
        try:
            token = await self.keys.verified(
                lambda keys: verify_access_token(text, keys, self._rules, now=now), now=now
            )
        except TrustError as error:
            if error.code.family in {Family.UNTRUSTED, Family.MALFORMED}:
                raise TrustError(ErrorCode.TOKEN_REFUSED, error.code.value, scheme=scheme) from error
            raise
        await self._require_holder(request, scheme, text, token, now=now)
        if not any(each in token.scopes for each in (needed.permission, *needed.wider)):
            raise TrustError(ErrorCode.TOKEN_SCOPE, "scope", scheme=scheme, scope=needed.permission)
        context = context_of(token, self.names)
        if lacking := needed.lacking(context, now):
            raise TrustError(ErrorCode.TOKEN_LEVEL, "the login is not enough for this", scheme=scheme, **lacking)
        return context

    async def _require_holder(
        self, request: Request, scheme: str, text: str, token: VerifiedAccessToken, *, now: datetime
    ) -> None:
        """Raise unless the token came with the proof it is bound to, and with none it is not bound to."""
        proofs = request.headers.getlist("dpop")
        try:
            if scheme == "DPoP":
                await self._prove(request, proofs, text, token, now=now)
            elif token.confirmation.certificate:
                certificate = peer_certificate(request)
                shown = "" if certificate is None else encode_base64url(hashlib.sha256(certificate).digest())
                require_certificate(token, shown)
            else:
                require_bearer(token)
        except TrustError as error:
            if error.code is not ErrorCode.JWT_BINDING:
                raise
            raise TrustError(ErrorCode.TOKEN_REFUSED, error.code.value, scheme=scheme) from error

    async def _prove(
        self, request: Request, proofs: list[str], text: str, token: VerifiedAccessToken, *, now: datetime
    ) -> None:
        """RFC 9449 7.1: one proof, of the key the token is bound to, for this token and request, never seen before."""
        try:
            proof = self._proof(request, proofs, text, now=now)
        except TrustError as error:
            raise TrustError(
                ErrorCode.TOKEN_PROOF, error.code.value, scheme="DPoP", algs=" ".join(sorted(PROOF_ALGORITHMS))
            ) from error
        require_key(token, proof.thumbprint)
        name = digest(DigestAlgorithm.SM3, f"{self.resource} {proof.once}".encode()).hex()
        if not await self.seen.note(name, proof.expires_at):
            raise TrustError(ErrorCode.TOKEN_PROOF, ErrorCode.DPOP_REPLAYED.value, scheme="DPoP")

    def _proof(self, request: Request, proofs: list[str], text: str, *, now: datetime) -> VerifiedProof:
        if len(proofs) != 1:
            raise TrustError(ErrorCode.DPOP_MALFORMED, "one DPoP header is needed", headers=len(proofs))
        address = self.resource.rstrip("/") + request.scope.get("raw_path", b"/").decode("latin-1").partition("?")[0]
        return verify_dpop(
            proofs[0], method=request.method, url=address, algorithms=PROOF_ALGORITHMS, now=now, access_token=text
        )


def requires(
    guard: TokenGuard | None,
    permission: str,
    *,
    wider: tuple[str, ...] = (),
    assurance: AssuranceLevel = NOT_SIGNED_IN,
    acr: str = "",
    max_age: timedelta | None = None,
    anonymous: bool = False,
) -> Callable[[_Handler], _Handler]:
    """Declare on a handler, which takes `request` by this name, what calling it needs. Without a guard anybody may.

    The login is asked for as a level, or as `acr` names with blanks between, any of which will do (``phrh urn:trustkit:aal:3``,
    ``urn:trustkit:ial:3:aal:2:phr``). The handler runs once the call was let in; `caller_of(request)` says who it is.

    A token with one of the scopes `wider` does as well; the one that is named to a client that has none is `permission`, which reaches least far.

    With `anonymous` a call that shows no token is let in as nobody's; one that shows a token must show a good one.

    Raises:
        TrustError: BUG for both at once, or a name nobody knows: a door that asks for nothing by mistake stands open.
    """
    names = acr.split() if acr or assurance == NOT_SIGNED_IN else [assurance.acr]
    demands = tuple(demand for demand in map(acr_demand, names) if demand is not None)
    if len(demands) != len(names) or (acr and (not names or assurance != NOT_SIGNED_IN)):
        raise TrustError(ErrorCode.BUG, "a door asks for a level, or for names that are known")
    needed = Requirement(permission=permission, wider=wider, demands=demands, max_age=max_age)

    def declare(handler: _Handler) -> _Handler:
        async def admitted(request: Request, **named: object) -> object:
            if guard is not None and not (anonymous and "authorization" not in request.headers):
                keep_caller(request.scope, await guard.admit(request, needed))
            return await handler(request=request, **named)

        return cast("_Handler", update_wrapper(admitted, handler))

    return declare


def caller_of(request: Request) -> AuthContext | None:
    """Return who was let in to a guarded handler, None where no guard stands."""
    return kept_caller(request.scope)


def token_of(request: Request) -> str:
    """Return the access token of a call that a guard let in; it was verified."""
    return request.headers["authorization"].partition(" ")[2].strip()


def context_of(token: VerifiedAccessToken, names: CallerNames | None = None) -> AuthContext:
    """Return who calls by a verified token: a person under a pseudonym, or a client itself (RFC 9068 2.2: `sub` is the client then).

    `names` tell person, client and mandate as this service does.

    Raises:
        TrustError: TOKEN_REFUSED for an organisation without code or mandate.
    """
    person = token.actor or token.subject
    known = person != token.client
    organisation = token.claims.mapping("org")
    uscc, name, mandate = (str(organisation.get(each, "")) for each in ("uscc", "name", "mandate"))
    if organisation and not (uscc and mandate):
        raise TrustError(ErrorCode.TOKEN_REFUSED, "an organisation without code or mandate")
    reached = acr_demand(token.acr) if known else None
    client = names.word("client", token.client) if names else token.client
    named = names.person(person) if names else person
    return AuthContext(
        principal=Principal(id=f"person:{named}" if known else f"client:{client}"),
        assurance=NOT_SIGNED_IN if reached is None else reached.level,
        authenticated_at=token.authenticated_at,
        methods=_vouched(token, reached),
        acting_for=Organisation(uscc=uscc, name=name) if organisation else None,
        mandate=(names.word("mandate", mandate) if names and mandate else mandate) or None,
        matters=_matters(organisation.get("matters")),
        client=client,
        scopes=token.scopes,
    )


def _matters(told: JsonValue) -> frozenset[str]:
    """Return the matters a token says its mandate is for; none where it does not say, or says too much."""
    found = told if isinstance(told, list) and len(told) <= _MOST_MATTERS else []
    return frozenset(each for each in found if isinstance(each, str))


def _vouched(token: VerifiedAccessToken, reached: AcrDemand | None) -> tuple[str, ...]:
    """Return the methods of a token, and those its `acr` promises: an issuer that says ``phr`` need not say ``pop`` as well."""
    if reached is None or not reached.phishing_resistant:
        return token.methods
    return tuple(sorted({*token.methods, BOUND, *((HARDWARE,) if reached.hardware else ())}))


def _credential(request: Request) -> tuple[str, str]:
    """Return scheme and token of the Authorization header: RFC 6750 2.1 and RFC 9449 7.1; no form or query parameter is read."""
    values = request.headers.getlist("authorization")
    if not values:
        raise TrustError(ErrorCode.TOKEN_MISSING, "no Authorization header")
    scheme, _, text = values[0].partition(" ")
    named = _SCHEMES.get(scheme.lower())
    if named is None:
        raise TrustError(ErrorCode.TOKEN_MISSING, "the Authorization header is Bearer or DPoP")
    if len(values) > 1 or len(values[0]) > MAX_AUTHORIZATION:
        raise TrustError(ErrorCode.TOKEN_FORM, "one Authorization header of at most 64 KiB", scheme=named)
    return named, text.strip()


def _distance(demand: AcrDemand, context: AuthContext) -> tuple[bool, int, int]:
    """Return how far a login is from what a name asks for: first who it is, then how strongly he signed in, then its promises."""
    level, needed, methods = context.assurance, demand.level, context.methods
    bound = demand.phishing_resistant and not is_phishing_resistant(methods)
    hard = demand.hardware and not is_hardware_bound(methods)
    return (
        not demand.met_by(level, methods),
        max(0, needed.identity - level.identity),
        max(0, needed.authentication - level.authentication) + bound + hard,
    )
