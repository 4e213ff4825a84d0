"""The doors wallets come to (OpenID4VCI 1.0): metadata, nonces, tokens for codes of offers, credentials, notifications. Translation only."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from fastapi import APIRouter, Request, Response
from fastapi.responses import JSONResponse
from starlette.concurrency import run_in_threadpool

from esign.wallet import descriptions as told
from esign.wallet.access import Shown, is_signed, read_proof
from esign.wallet.metadata import (
    CREDENTIAL,
    NONCE,
    NOTIFICATION,
    TOKEN,
    issuer_metadata,
    server_metadata,
)
from esign.wallet.oauth_error import AT_CREDENTIAL, AT_NOTIFICATION, AT_TOKEN, NO_STORE, wallet_problem
from esign.wallet.requests import parse_credential_request, parse_notice, parse_token_request
from trustkit.error_family import Family
from trustkit.errors import TrustError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping

    from esign.wallet.access import Access, WalletGuard
    from esign.wallet.delivery import DeliveryDesk
    from esign.wallet.metadata import WalletAddresses
    from esign.wallet.nonces import Nonces
    from esign.wallet.redeeming import RedeemingDesk
    from esign.wallet.sign_in import SignIns
    from trustkit.clock import Clock
    from trustkit.encoding.canonical_json import JsonValue
    from trustkit.error_family import Code

_MAX_AGE: Final = 300  # seconds: a suite that was set up is known then


@dataclass(frozen=True, slots=True, kw_only=True)
class WalletDesks:
    """What stands behind the doors; `configurations` are looked up when somebody asks, `name` is the authority's, `tell` is told our own faults, `sign_ins` None where nobody signs in."""

    addresses: WalletAddresses
    clock: Clock
    name: str
    configurations: Callable[[], Mapping[str, Mapping[str, JsonValue]]]
    nonces: Nonces
    redeeming: RedeemingDesk
    guard: WalletGuard
    delivery: DeliveryDesk
    tell: Callable[[str], None]
    sign_ins: SignIns | None = None


def wallet_router(desks: WalletDesks) -> APIRouter:
    """Return the routes."""
    router = APIRouter(tags=["wallets"])
    calls, addresses = _Calls(desks), desks.addresses
    for path, act, what in (
        (addresses.issuer_metadata, calls.issuer, told.ISSUER),
        (addresses.server_metadata, calls.server, told.SERVER),
    ):
        router.add_api_route(path, act, methods=["GET"], response_class=JSONResponse, response_model=None, **what)
    for place, handle, what in (
        (NONCE, calls.nonce, told.NONCE),
        (TOKEN, calls.token, told.TOKEN),
        (CREDENTIAL, calls.credential, told.CREDENTIAL),
        (NOTIFICATION, calls.notification, told.NOTIFICATION),
    ):
        router.add_api_route(
            f"{addresses.path}{place}",
            handle,
            methods=["POST"],
            response_class=JSONResponse,
            response_model=None,
            **what,
        )
    return router


@dataclass(frozen=True, slots=True)
class _Calls:
    desks: WalletDesks

    async def issuer(self) -> JSONResponse:
        found = await run_in_threadpool(self.desks.configurations)
        return _public(issuer_metadata(self.desks.addresses, self.desks.name, found))

    async def server(self) -> JSONResponse:
        return _public(server_metadata(self.desks.addresses))

    async def nonce(self) -> JSONResponse:
        return JSONResponse({"c_nonce": self.desks.nonces.fresh(self.desks.clock.now())}, headers=dict(NO_STORE))

    async def token(self, request: Request) -> Response:
        def act(shown: Shown, body: bytes, kind: str) -> Response:
            asked = parse_token_request(body, kind)
            proof = read_proof(shown, self.desks.clock.now())
            return JSONResponse(self.desks.redeeming.redeem(asked, proof), headers=dict(NO_STORE))

        async def answer(shown: Shown, body: bytes, kind: str) -> Response:
            return await run_in_threadpool(act, shown, body, kind)

        return await self._answered(request, TOKEN, answer, AT_TOKEN)

    async def credential(self, request: Request) -> Response:
        def act(access: Access, body: bytes, kind: str) -> Response:
            answer = self.desks.delivery.hand_out(access, parse_credential_request(body, kind))
            return JSONResponse(answer, headers=dict(NO_STORE))

        async def answer(shown: Shown, body: bytes, kind: str) -> Response:
            return await run_in_threadpool(act, await self._admitted(request, shown), body, kind)

        return await self._answered(request, CREDENTIAL, answer, AT_CREDENTIAL)

    async def notification(self, request: Request) -> Response:
        def act(access: Access, body: bytes, kind: str) -> Response:
            self.desks.delivery.note(access, parse_notice(body, kind))
            return Response(status_code=204, headers=dict(NO_STORE))

        async def answer(shown: Shown, body: bytes, kind: str) -> Response:
            return await run_in_threadpool(act, await self._admitted(request, shown), body, kind)

        return await self._answered(request, NOTIFICATION, answer, AT_NOTIFICATION)

    async def _admitted(self, request: Request, shown: Shown) -> Access:
        """Let a wallet in by a token of the provider where it is one, else by a token of ours."""
        if self.desks.sign_ins is not None and is_signed(shown):
            return await self.desks.sign_ins.admit(request)
        return await run_in_threadpool(self.desks.guard.admit, shown, self.desks.clock.now())

    async def _answered(
        self,
        request: Request,
        place: str,
        answer: Callable[[Shown, bytes, str], Awaitable[Response]],
        known: Mapping[Code, tuple[str, int]],
    ) -> Response:
        """Return the answer, or the refusal as wallets read it."""
        shown = Shown(
            authorization=request.headers.getlist("authorization"),
            proofs=request.headers.getlist("dpop"),
            method=request.method,
            url=self.desks.addresses.url(place),
        )
        try:
            return await answer(shown, await request.body(), request.headers.get("content-type", ""))
        except TrustError as error:
            if error.code not in known and error.code.family in {Family.BUG, Family.CONFIG, Family.RESOURCE}:
                self.desks.tell(error.code.value)
            return wallet_problem(error, known)


def _public(members: Mapping[str, JsonValue]) -> JSONResponse:
    return JSONResponse(members, headers={"Cache-Control": f"public, max-age={_MAX_AGE}"})
