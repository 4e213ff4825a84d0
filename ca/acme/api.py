"""``/acme/…``: the ACME door (RFC 8555 7). Translation between HTTP and the acts; every refusal is a problem of the RFC's types."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from fastapi import APIRouter, Request, Response
from fastapi.responses import JSONResponse
from starlette.concurrency import run_in_threadpool

from ca.acme import documents
from ca.acme.accounts import account_key
from ca.acme.message import MEDIA_TYPE, AcmeMessage, payload_of, read_message, verify_message
from ca.acme.names import read_identifiers
from ca.acme.problems import problem_of
from ca.acme.renewal import RETRY_AFTER, renewal_window
from ca.api_views import pem_chain
from trustkit.encoding.canonical_json import JsonValue  # noqa: TC001 - a field type of a public dataclass
from trustkit.encoding.text64 import decode_base64url
from trustkit.errors import ErrorCode, TrustError
from trustkit.store.acme_accounts import AccountRow, AccountState
from trustkit.store.acme_orders import AuthorizationState, OrderState

if TYPE_CHECKING:
    from collections.abc import Callable

    from ca.acme.service import AcmeService
    from trustkit.jose.jwk import Jwk

MAX_BODY: Final = 96 * 1024
_PEM_CHAIN: Final = "application/pem-certificate-chain"  # RFC 8555 9.1
_PROBLEM: Final = "application/problem+json"
_ID: Final = "{identifier}"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Asked:
    """A proved request. `account` is None where a key speaks for itself; `payload` None for POST-as-GET."""

    key: Jwk
    account: AccountRow | None
    payload: dict[str, JsonValue] | None
    url: str

    @property
    def content(self) -> dict[str, JsonValue]:
        if self.payload is None:
            raise TrustError(ErrorCode.ACME_MALFORMED, "a payload is needed here")
        return self.payload

    @property
    def owner(self) -> AccountRow:
        if self.account is None:
            raise TrustError(ErrorCode.ACME_MALFORMED, "kid is needed here (RFC 8555 6.2)")
        return self.account


def acme_router(service: AcmeService) -> APIRouter:
    """Return the routes."""
    router = APIRouter(prefix="/acme", tags=["ACME"])
    _add_open(router, service)
    _add(router, service, "/new-account", _new_account)
    _add(router, service, f"/accounts/{_ID}", _account)
    _add(router, service, f"/accounts/{_ID}/orders", _account_orders)
    _add(router, service, "/key-change", _key_change)
    _add(router, service, "/new-order", _new_order)
    _add(router, service, f"/orders/{_ID}", _order)
    _add(router, service, f"/orders/{_ID}/finalize", _finalize)
    _add(router, service, f"/orders/{_ID}/certificate", _certificate)
    _add(router, service, f"/authorizations/{_ID}", _authorization)
    _add(router, service, f"/authorizations/{_ID}/{{kind}}", _challenge)
    _add(router, service, "/revoke-cert", _revoke)
    return router


def _add_open(router: APIRouter, service: AcmeService) -> None:
    @router.get("/directory", summary="Where everything is (RFC 8555 7.1.1)")
    def directory() -> JSONResponse:
        return JSONResponse(documents.directory(service))

    @router.api_route("/new-nonce", methods=["GET", "HEAD"], summary="A fresh nonce (RFC 8555 7.2)")
    def nonce(request: Request) -> Response:
        return _finished(Response(status_code=200 if request.method == "HEAD" else 204), service)

    @router.get("/renewal-info/{identifier}", summary="When to renew (RFC 9773)")
    def renewal(identifier: str) -> JSONResponse:
        try:
            orders = service.orders
            window = renewal_window(orders.database, identifier, now=orders.clock.now())
        except TrustError as error:
            return _refused(error)
        return JSONResponse({"suggestedWindow": window}, headers={"Retry-After": str(RETRY_AFTER)})


def _add(
    router: APIRouter, service: AcmeService, path: str, act: Callable[[AcmeService, _Asked, dict[str, str]], Response]
) -> None:
    """Add a route of signed requests: every answer has a nonce, and every refusal is a problem document."""

    async def handle(request: Request) -> Response:
        try:
            if request.headers.get("content-type", "").split(";")[0].strip().lower() != MEDIA_TYPE:
                raise TrustError(ErrorCode.REQUEST_TYPE, f"the body is {MEDIA_TYPE}")  # noqa: TRY301 - one way out
            body = await request.body()
            if len(body) > MAX_BODY:
                raise TrustError(ErrorCode.INPUT_TOO_LARGE, "ACME request", limit=MAX_BODY)  # noqa: TRY301 - as above
            parameters = {name: str(value) for name, value in request.path_params.items()}

            def perform() -> Response:
                url = service.base + request.url.path.removeprefix("/acme")
                return act(service, _proved(service, body, url), parameters)

            answer = await run_in_threadpool(perform)
        except TrustError as error:
            answer = _refused(error)
        return _finished(answer, service)

    router.add_api_route(path, handle, methods=["POST"], summary=(act.__doc__ or "").strip(), openapi_extra=_BODY)


def _proved(service: AcmeService, body: bytes, url: str) -> _Asked:
    """Return what a request asks for, proved: form, key, URL, signature, and last the nonce."""
    message = read_message(body)
    account = None
    if message.jwk is not None:
        key = message.jwk
    else:
        account = service.accounts.find(_account_of(service, message))
        key = account_key(account)
    verified = verify_message(message, key, url=url)
    service.nonces.take(message.nonce)
    return _Asked(key=key, account=account, payload=payload_of(verified), url=url)


def _account_of(service: AcmeService, message: AcmeMessage) -> str:
    prefix = f"{service.base}/accounts/"
    if not message.kid.startswith(prefix):
        raise TrustError(ErrorCode.ACME_MALFORMED, "kid is an account's URL")
    return message.kid.removeprefix(prefix)


def _new_account(service: AcmeService, asked: _Asked, _: dict[str, str]) -> Response:
    """Make an account, or find the one of a key (RFC 8555 7.3)."""
    if asked.account is not None:
        raise TrustError(ErrorCode.ACME_MALFORMED, "jwk is needed here (RFC 8555 6.2)")
    row, new = service.accounts.create(asked.key, asked.content, url=asked.url)
    if row.state is not AccountState.VALID:
        raise TrustError(ErrorCode.ACME_UNAUTHORIZED, "the account is closed")
    headers = {"Location": f"{service.base}/accounts/{row.identifier}"}
    return JSONResponse(documents.account(service, row), status_code=201 if new else 200, headers=headers)


def _account(service: AcmeService, asked: _Asked, path: dict[str, str]) -> Response:
    """Look at an account, change its contacts, or close it (RFC 8555 7.3.2, 7.3.6)."""
    row = _own_account(asked, path)
    if asked.payload:
        row = service.accounts.change(row, asked.payload)
    return JSONResponse(documents.account(service, row))


def _account_orders(service: AcmeService, asked: _Asked, path: dict[str, str]) -> Response:
    """List an account's newest orders (RFC 8555 7.1.2.1)."""
    rows = service.orders.list_open(_own_account(asked, path))
    return JSONResponse({"orders": [f"{service.base}/orders/{row.identifier}" for row in rows]})


def _own_account(asked: _Asked, path: dict[str, str]) -> AccountRow:
    if asked.owner.identifier != path["identifier"]:
        raise TrustError(ErrorCode.ACME_UNAUTHORIZED, "another account")
    return asked.owner


def _key_change(service: AcmeService, asked: _Asked, _: dict[str, str]) -> Response:
    """Give an account another key (RFC 8555 7.3.5)."""
    inner = read_message(asked.content)
    if inner.jwk is None or "nonce" in inner.jws.header:
        raise TrustError(ErrorCode.ACME_MALFORMED, "the inner request has jwk and no nonce")
    payload = payload_of(verify_message(inner, inner.jwk, url=asked.url)) or {}
    here = f"{service.base}/accounts/{asked.owner.identifier}"
    old = payload.get("oldKey")
    if payload.get("account") != here or not documents.same_key(old, account_key(asked.owner)):
        raise TrustError(ErrorCode.ACME_MALFORMED, "account and oldKey are those of the outer request")
    holder = service.accounts.holder_of(inner.jwk)
    if holder is not None:
        body = problem_of(TrustError(ErrorCode.ACME_KEY, "an account has this key")) | {"status": 409}
        where = {"Location": f"{service.base}/accounts/{holder}"}
        return JSONResponse(body, status_code=409, media_type=_PROBLEM, headers=where)
    service.accounts.change_key(asked.owner, inner.jwk)
    return JSONResponse(documents.account(service, service.accounts.find(asked.owner.identifier)))


def _new_order(service: AcmeService, asked: _Asked, _: dict[str, str]) -> Response:
    """Order a certificate (RFC 8555 7.4)."""
    content, owner = asked.content, asked.owner
    if "notBefore" in content or "notAfter" in content:
        raise TrustError(ErrorCode.ACME_MALFORMED, "the profile decides notBefore and notAfter")
    names = read_identifiers(content.get("identifiers"), allowed=service.domains)
    row = service.orders.create(owner, names)
    headers = {"Location": f"{service.base}/orders/{row.identifier}"}
    return JSONResponse(documents.order(service, row), status_code=201, headers=headers)


def _order(service: AcmeService, asked: _Asked, path: dict[str, str]) -> Response:
    """Look at an order (RFC 8555 7.4)."""
    row = service.orders.find(asked.owner, path["identifier"])
    headers = {"Retry-After": "2"} if row.state is OrderState.PROCESSING else {}
    return JSONResponse(documents.order(service, row), headers=headers)


def _finalize(service: AcmeService, asked: _Asked, path: dict[str, str]) -> Response:
    """Finish an order with a certification request (RFC 8555 7.4)."""
    row = service.orders.find(asked.owner, path["identifier"])
    text = asked.content.get("csr")
    if not isinstance(text, str):
        raise TrustError(ErrorCode.ACME_MALFORMED, "csr is base64url of DER")
    try:
        request = decode_base64url(text)
    except TrustError as error:
        raise TrustError(ErrorCode.ACME_MALFORMED, "csr is base64url of DER") from error
    row = service.orders.finalize(asked.owner, row, request)
    headers = {"Location": f"{service.base}/orders/{row.identifier}"}
    if row.state is OrderState.PROCESSING:
        headers["Retry-After"] = "5"
    return JSONResponse(documents.order(service, row), headers=headers)


def _certificate(service: AcmeService, asked: _Asked, path: dict[str, str]) -> Response:
    """Fetch the certificate with its chain (RFC 8555 7.4.2)."""
    row = service.orders.find(asked.owner, path["identifier"])
    if row.serial is None:
        raise TrustError(ErrorCode.ACME_ORDER_STATE, "there is no certificate", state=row.state.value)
    return Response(pem_chain(service.chain(row.serial)), media_type=_PEM_CHAIN)


def _authorization(service: AcmeService, asked: _Asked, path: dict[str, str]) -> Response:
    """Look at an authorization, or give it up (RFC 8555 7.5, 7.5.2)."""
    row, challenges = service.orders.authorization(asked.owner, path["identifier"])
    if asked.payload and asked.payload.get("status") == AuthorizationState.DEACTIVATED.value:
        service.orders.deactivate(row)
        row, challenges = service.orders.authorization(asked.owner, path["identifier"])
    return JSONResponse(documents.authorization(service, row, challenges))


def _challenge(service: AcmeService, asked: _Asked, path: dict[str, str]) -> Response:
    """Have a challenge tried, or look at it (RFC 8555 7.5.1)."""
    row, challenges = service.orders.authorization(asked.owner, path["identifier"])
    chosen = next((each for each in challenges if each.type == path["kind"]), None)
    if chosen is None:
        raise TrustError(ErrorCode.ACME_MISSING, "no such challenge")
    if asked.payload is not None and chosen.validated_at is None:
        service.orders.start(asked.owner, row, chosen)
        service.worker.wake()
        row, challenges = service.orders.authorization(asked.owner, path["identifier"])
        chosen = next(each for each in challenges if each.type == path["kind"])
    up = f'<{service.base}/authorizations/{row.identifier}>;rel="up"'
    return JSONResponse(documents.challenge(service, chosen), headers={"Link": up, "Retry-After": "2"})


def _revoke(service: AcmeService, asked: _Asked, _: dict[str, str]) -> Response:
    """Revoke a certificate (RFC 8555 7.6)."""
    service.revocation.revoke(asked.content, account=asked.account, key=asked.key)
    return Response(status_code=200)


def _refused(error: TrustError) -> JSONResponse:
    body = problem_of(error)
    status = body["status"]
    headers = {"Retry-After": str(error.facts.get("retry_after", 60))} if status == 429 else {}  # noqa: PLR2004 - HTTP
    return JSONResponse(body, status_code=int(str(status)), media_type=_PROBLEM, headers=headers)


def _finished(answer: Response, service: AcmeService) -> Response:
    """Add what every answer has (RFC 8555 6.5, 7.1): a nonce, no caching, and the way to the directory."""
    answer.headers["Replay-Nonce"] = service.nonces.give()
    answer.headers["Cache-Control"] = "no-store"
    answer.headers.append("Link", f'<{service.base}/directory>;rel="index"')
    return answer


_BODY: Final = {
    "requestBody": {
        "required": True,
        "description": "Flattened JWS (RFC 8555 6.2)",
        "content": {
            MEDIA_TYPE: {
                "schema": {
                    "type": "object",
                    "required": ["protected", "payload", "signature"],
                    "properties": {name: {"type": "string"} for name in ("protected", "payload", "signature")},
                }
            }
        },
    }
}
