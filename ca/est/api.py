"""``/.well-known/est/…``: the EST door (RFC 7030 3.2.2). Translation only; a label in the path names the profile.

First enrolment shows a registered client's secret by HTTP Basic (3.2.3). Re-enrolment shows the certificate itself, whose
possession the TLS handshake of this very process proved (3.3.2): no header of a proxy counts. Bodies are base64 (RFC 8951 3).
Server-side key generation (4.4) is not offered: keys are made where they stay.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Protocol

from fastapi import APIRouter, Request, Response
from starlette.concurrency import run_in_threadpool

from ca.api_forms import admit
from ca.api_views import RETRY_SECONDS
from ca.clients import Permission
from ca.enrolment_port import Stage, Wish
from ca.est.renewal import SameHolder, require_same_holder
from trustkit.cms.bag import write_bag
from trustkit.code_families import CODES
from trustkit.encoding.text64 import decode_base64, encode_base64
from trustkit.errors import ErrorCode, TrustError
from trustkit.identity import Principal
from trustkit.web.peer import peer_certificate
from trustkit.x509.certificate import parse_certificate
from trustkit.x509.request import parse_request, verify_request

if TYPE_CHECKING:
    from collections.abc import Callable

    from ca.clients import ClientRegistry
    from ca.enrolment_port import Bounds, Enrolment
    from trustkit.store.certificates import CertificateRow
    from trustkit.x509.request import VerifiedRequest

MAX_BODY: Final = 96 * 1024
REQUEST_TYPE: Final = "application/pkcs10"
_LINE: Final = 76
_BASE64: Final = {"Content-Transfer-Encoding": "base64", "Cache-Control": "no-store"}
_PATHS: Final = ("/.well-known/est", "/.well-known/est/{label}")
_BODY: Final = {"requestBody": {"required": True, "content": {REQUEST_TYPE: {"schema": {"type": "string"}}}}}


class Holders(Protocol):
    """What the door needs of the register."""

    def holder(self, der: bytes) -> CertificateRow:
        """Return the row of a certificate of ours that is good now. Raise CA_CLIENT_REFUSED."""
        ...

    def issued(self, serial: str) -> CertificateRow:
        """Return an issued certificate. Raise CA_SERIAL_MISSING."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class EstService:
    """What the door opens to. `cacerts` gives those that lead from what is issued here to the root (4.1.3), DER; `profiles` are the labels, the first also without one."""

    registry: ClientRegistry
    enrolment: Enrolment
    holders: Holders
    cacerts: Callable[[], tuple[bytes, ...]]
    profiles: tuple[str, ...]


def est_router(service: EstService) -> APIRouter:
    """Return the routes."""
    router = APIRouter(tags=["EST"])
    _add_reading(router, service)
    _add_enrolling(router, service)
    return router


def _add_reading(router: APIRouter, service: EstService) -> None:
    def cacerts(request: Request) -> Response:
        _profile(service, request.path_params.get("label"))
        return _bag(service.cacerts(), "application/pkcs7-mime")

    def csrattrs(request: Request) -> Response:
        _profile(service, request.path_params.get("label"))
        return Response(status_code=204)  # RFC 7030 4.5.2: nothing is wanted beyond what a request has

    for act, name, told in (
        (cacerts, "cacerts", "The CA certificates (RFC 7030 4.1)"),
        (csrattrs, "csrattrs", "What a request should hold (RFC 7030 4.5): nothing special"),
    ):
        for path in _PATHS:
            router.add_api_route(f"{path}/{name}", act, methods=["GET"], summary=told)


def _add_enrolling(router: APIRouter, service: EstService) -> None:
    async def enrol(request: Request) -> Response:
        client = await admit(service.registry, request, Permission.REQUEST_SUBMIT)
        profile = _profile(service, request.path_params.get("label"))
        proved = await _proved(request)
        wish = Wish(request=proved, profile=profile)
        return await run_in_threadpool(_enrolled, service, wish, client.principal, client.grant)

    async def reenrol(request: Request) -> Response:
        der = peer_certificate(request)
        if der is None:
            raise TrustError(ErrorCode.CA_CLIENT_REFUSED, "re-enrolment shows the certificate in TLS")
        row = await run_in_threadpool(service.holders.holder, der)
        profile = _profile(service, request.path_params.get("label") or row.profile)
        bounds = SameHolder(current_der=der, profile=row.profile)
        proved = await _proved(request)
        require_same_holder(proved, der)
        actor = Principal(id=f"certificate:{row.serial}")
        return await run_in_threadpool(_enrolled, service, Wish(request=proved, profile=profile), actor, bounds)

    for act, name, told in (
        (enrol, "simpleenroll", "Enrol with a client's secret (RFC 7030 4.2.1)"),
        (reenrol, "simplereenroll", "Renew or re-key with the certificate (RFC 7030 4.2.2)"),
    ):
        for path in _PATHS:
            router.add_api_route(f"{path}/{name}", act, methods=["POST"], summary=told, openapi_extra=_BODY)


def _enrolled(service: EstService, wish: Wish, requester: Principal, bounds: Bounds) -> Response:
    state = service.enrolment.submit(wish, requester=requester, bounds=bounds, repeat_key=None)
    if state.state is Stage.REFUSED:
        why = CODES.get(state.reason or "", ErrorCode.REGISTRATION_REFUSED)
        raise TrustError(why, "this request was refused; a new one is a new decision")
    if state.serial is None:  # RFC 7030 4.2.3: the client sends the same request again
        return Response(status_code=202, headers={"Retry-After": RETRY_SECONDS})
    row = service.holders.issued(state.serial)
    return _bag((row.der or b"",), "application/pkcs7-mime; smime-type=certs-only")


def _profile(service: EstService, label: str | None) -> str:
    name = label or service.profiles[0]
    if name not in service.profiles:
        raise TrustError(ErrorCode.REQUEST_MISSING, "no such label")
    return name


async def _proved(request: Request) -> VerifiedRequest:
    """Return the proved request of a body (RFC 7030 4.2.1; white space in base64 is left aside, RFC 8951 3.1)."""
    if request.headers.get("content-type", "").split(";")[0].strip().lower() != REQUEST_TYPE:
        raise TrustError(ErrorCode.REQUEST_TYPE, f"the body is {REQUEST_TYPE}")
    body = await request.body()
    if len(body) > MAX_BODY:
        raise TrustError(ErrorCode.INPUT_TOO_LARGE, "request", limit=MAX_BODY)

    def prove() -> VerifiedRequest:
        return verify_request(parse_request(decode_base64(b"".join(body.split()))))

    return await run_in_threadpool(prove)


def _bag(certificates: tuple[bytes, ...], media_type: str) -> Response:
    text = encode_base64(write_bag(tuple(parse_certificate(der) for der in certificates)))
    lines = "\r\n".join(text[start : start + _LINE] for start in range(0, len(text), _LINE))
    return Response(f"{lines}\r\n", media_type=media_type, headers=_BASE64)
