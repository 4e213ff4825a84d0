"""What every endpoint for clients begins with: the form, who sent it, and the proof of a key; and how each ends.

    @door.answers("Basic")
    async def token(call: Call) -> Mapping[str, JsonValue]: …

Answers are never to be cached (RFC 6749 5.1); refusals are those of `idp.op.oauth_error`, and nothing else leaves.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from starlette.responses import JSONResponse, Response

from idp.op.client_authentication import Presented
from idp.op.oauth_error import NO_STORE, oauth_problem
from idp.op.parameters import read_form
from idp.store_reading import read
from trustkit.errors import TrustError
from trustkit.identity_codes import IdentityCode
from trustkit.web.peer import peer_certificate
from trustkit.web.places import place_of_request

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping
    from datetime import datetime

    from starlette.requests import Request

    from idp.op.client_authentication import Claimed, ClientAuthenticator, Proven
    from idp.op.client_limits import ClientLimits
    from idp.op.parameters import Parameters
    from idp.op.proof import ProofDesk, ProvenKey
    from trustkit.clock import Clock
    from trustkit.encoding.canonical_json import JsonValue
    from trustkit.store.database import Database
    from trustkit.store.unit_of_work import ReadUnit

    Look = Callable[[ReadUnit, Proven, Parameters, datetime], Mapping[str, JsonValue]]
    Handler = Callable[["Call"], Awaitable[Mapping[str, JsonValue] | Response]]

PROOF_HEADER: Final = "dpop"
NONCE_HEADER: Final = "DPoP-Nonce"


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One request of a client that proved itself. `seen` is what `Look` saw in the same snapshot; empty without."""

    parameters: Parameters
    proven: Proven
    proof: ProvenKey | None
    now: datetime
    seen: Mapping[str, JsonValue] = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class ClientDoor:
    """Lets clients in. `limits` count what each client, and each that fails to prove itself, asks."""

    database: Database
    clock: Clock
    authenticator: ClientAuthenticator
    proofs: ProofDesk
    limits: ClientLimits | None = field(default=None, repr=False)

    def answers(self, handler: Handler, *, look: Look | None = None) -> Callable[[Request], Awaitable[Response]]:
        """Return an endpoint that lets a client in and answers with what `handler` returns; `look` reads in the snapshot it was let in by."""

        async def endpoint(request: Request) -> Response:
            now = self.clock.now()
            headers = dict(NO_STORE)
            if nonce := self.proofs.fresh_nonce(now):
                headers[NONCE_HEADER] = nonce
            try:
                answer = await handler(await self._call(request, now, look))
            except TrustError as error:
                return oauth_problem(self._refused(request, error), challenge="Basic", headers=headers)
            if isinstance(answer, Response):
                return answer
            return JSONResponse(answer, headers=headers)

        return endpoint

    async def _call(self, request: Request, now: datetime, look: Look | None) -> Call:
        parameters = read_form(await request.body(), request.headers.get("content-type", ""))
        shown = Presented(
            parameters=parameters,
            authorization=tuple(request.headers.getlist("authorization")),
            certificate=peer_certificate(request),
        )

        claimed = self._admitted(request, shown)

        def let_in(unit: ReadUnit) -> tuple[Proven, Mapping[str, JsonValue]]:
            proven = self.authenticator.authenticate(unit, shown, claimed, now=now)
            return proven, {} if look is None else look(unit, proven, parameters, now)

        proven, seen = await read(self.database, let_in)
        if self.limits is not None:
            self.limits.proven(place_of_request(request), proven.client)
        proof = self.proofs.read(
            request.headers.getlist(PROOF_HEADER), method=request.method, path=request.url.path, now=now
        )
        return Call(parameters=parameters, proven=proven, proof=proof, now=now, seen=seen)

    def _admitted(self, request: Request, shown: Presented) -> Claimed:
        """Return whom a request says it is of, unless too many from its place were refused. Raise REQUEST_RATE, OP_CLIENT_REFUSED."""
        place = place_of_request(request)
        if self.limits is not None:
            self.limits.require(place, "")
        claimed = shown.claimed()
        request.state.claimed = claimed.identifier
        if self.limits is not None:
            self.limits.require(place, claimed.identifier)
        return claimed

    def _refused(self, request: Request, error: TrustError) -> TrustError:
        """Count what was refused; return what its sender is told."""
        if self.limits is not None and error.code is IdentityCode.OP_CLIENT_REFUSED:
            try:
                self.limits.failed(place_of_request(request), getattr(request.state, "claimed", ""))
            except TrustError as rate:
                return rate
        return error


def require_confidential(proven: Proven) -> Proven:
    """Return a client that proved itself. Raise OP_CLIENT_REFUSED for one that has only said who it is."""
    if not proven.client.registration.confidential:
        raise TrustError(IdentityCode.OP_CLIENT_REFUSED, "the client cannot prove itself")
    return proven
