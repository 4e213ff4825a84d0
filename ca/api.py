"""``/v1/ca/…``: the authority's API for programs: submit, follow, fetch, search, revoke. Translation only.

Every call shows a client's credential; its role and what it was granted say what it may. Names are searched for in bodies, never in URLs: a URL
is logged by everyone on its way.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Final, Protocol

from fastapi import APIRouter, Path, Request, Response
from fastapi.responses import JSONResponse
from starlette.concurrency import run_in_threadpool

from ca.clients import Client, ClientRegistry, Credential, Permission
from ca.enrolment_port import Enrolment, EnrolmentState, Wish
from trustkit.clock import format_rfc3339
from trustkit.encoding.canonical_json import JsonValue, parse_json
from trustkit.encoding.pem import encode_pem
from trustkit.errors import ErrorCode, TrustError
from trustkit.store.certificates import CertificateState
from trustkit.web.credentials import read_credential
from trustkit.web.problem import request_id
from trustkit.x509.request import parse_request, verify_request

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ca.client_grant import ClientGrant
    from ca.profile_model import CertificateProfile
    from trustkit.identity import Principal
    from trustkit.store.certificates import CertificateRow

MAX_PAGE: Final = 500
MAX_BODY: Final = 128 * 1024
RETRY_SECONDS: Final = "3600"  # while registrars decide
_NUMBER: Final = "rq-"  # of a request that registrars see
_IDENTIFIER: Final = r"^([0-9a-f]{32}|rq-[a-z]{13})$"
_SERIAL: Final = r"^[0-9a-f]{1,40}$"
_PEM_CHAIN: Final = "application/pem-certificate-chain"  # RFC 8555 9.1
_NO_STORE: Final = {"Cache-Control": "no-store"}
_PROBLEM: Final[dict[str, object]] = {"content": {"application/problem+json": {}}}
_RESPONSES: Final[dict[int | str, dict[str, object]]] = {
    401: {"description": "No credential, or one that is not accepted", **_PROBLEM},
    403: {
        "description": "The client's role or grant does not include the act, profile, authority or name (ca:client:role, "
        "ca:client:grant), or the authority refuses it",
        **_PROBLEM,
    },
    404: {"description": "There is no such thing, or it is somebody else's", **_PROBLEM},
    409: {"description": "The present state does not allow it", **_PROBLEM},
    429: {"description": "Too many calls", **_PROBLEM},
}
_QUEUED: Final[dict[int | str, dict[str, object]]] = {
    202: {"description": "Registrars must agree: Location says where to ask for it, Retry-After when"}
}


class Desk(Protocol):
    """What the API needs of the authority beside enrolment."""

    def profiles(self) -> tuple[tuple[CertificateProfile, int], ...]:
        """Return the profiles that take requests from programs, each with how many registrars must agree."""
        ...

    def search(
        self, asked: Mapping[str, str], *, grant: ClientGrant, after: str | None, limit: int
    ) -> tuple[CertificateRow, ...]:
        """Return certificates newest first, within a grant; `asked` may hold ``subject``, ``profile``, ``issuer``, ``state``."""
        ...

    def certificate(self, serial: str, *, requester: Principal | None) -> CertificateRow:
        """Return an issued certificate, of this requester alone unless None. Raise CA_SERIAL_MISSING."""
        ...

    def chain(self, row: CertificateRow) -> tuple[bytes, ...]:
        """Return the certificate and those above it without the root, DER."""
        ...

    def revoke(self, serial: str, *, reason: str, actor: Principal, grant: ClientGrant) -> EnrolmentState | None:
        """Revoke, suspend (certificateHold) or resume (removeFromCRL); return where it is when registrars must agree first.

        Raise CA_CLIENT_GRANT, and as the revocation authority.
        """
        ...

    def revocation(self, number: str, *, requester: Principal, bounds: ClientGrant, every: bool) -> EnrolmentState:
        """Return where a queued revocation is, of this requester or with `every` of any. Raise CA_REQUEST_MISSING.

        His own is carried out once it is approved, while it is within the bounds.
        """
        ...


def ca_router(registry: ClientRegistry, enrolment: Enrolment, desk: Desk) -> APIRouter:
    """Return the routes of the API over the authority's services."""
    router = APIRouter(tags=["certificate authority"], responses=_RESPONSES)

    _add_requests(router, registry, enrolment, desk)
    _add_register(router, registry, desk)
    _add_certificates(router, registry, desk)
    return router


async def admit(registry: ClientRegistry, request: Request, permission: Permission) -> Client:
    """Return the client whose credential a request shows. Raise as `ClientRegistry.admit`."""
    identifier, secret, means = read_credential(request)
    credential = Credential(identifier=identifier, secret=secret, means=means)
    return await run_in_threadpool(registry.admit, credential, permission, request_id=request_id(request))


def _add_requests(router: APIRouter, registry: ClientRegistry, enrolment: Enrolment, desk: Desk) -> None:
    @router.post(
        "/v1/ca/requests",
        status_code=201,
        openapi_extra=_SUBMISSION,
        responses=_QUEUED,
        summary="Ask for a certificate; at once, or once registrars have agreed",
    )
    async def submit(request: Request) -> JSONResponse:
        client = await admit(registry, request, Permission.REQUEST_SUBMIT)
        body = await _object(request, {"profile", "request"})
        repeat_key = _repeat_key(request)

        def act() -> EnrolmentState:
            proved = verify_request(parse_request(_text(body, "request").encode("utf-8")))
            wish = Wish(request=proved, profile=_text(body, "profile"))
            return enrolment.submit(wish, requester=client.principal, bounds=client.grant, repeat_key=repeat_key)

        return _placed(await run_in_threadpool(act), created=201)

    @router.get(
        "/v1/ca/requests/{identifier}",
        summary="What became of a request; one of its own that is approved is carried out",
    )
    async def state(request: Request, identifier: Annotated[str, Path(pattern=_IDENTIFIER)]) -> JSONResponse:
        client = await admit(registry, request, Permission.REQUEST_READ)
        every = client.may(Permission.REQUEST_READ_ALL)
        about_revocation = identifier.startswith(_NUMBER)
        ask = desk.revocation if about_revocation else enrolment.state
        bounds = client.bounds(Permission.CERTIFICATE_REVOKE if about_revocation else Permission.REQUEST_SUBMIT)
        found = await run_in_threadpool(ask, identifier, requester=client.principal, bounds=bounds, every=every)
        if found.requester != client.principal.id and not client.grant.sees(client.grant.profiles, found.profile):
            raise TrustError(ErrorCode.CA_REQUEST_MISSING, "none of this identifier")
        return JSONResponse(_state_json(found), headers=_NO_STORE | _retry(found))


def _add_register(router: APIRouter, registry: ClientRegistry, desk: Desk) -> None:
    @router.get("/v1/ca/profiles", summary="The kinds of certificates this client may ask for")
    async def profiles(request: Request) -> JSONResponse:
        grant = (await admit(registry, request, Permission.PROFILE_READ)).grant
        found = [each for each in await run_in_threadpool(desk.profiles) if grant.sees(grant.profiles, each[0].name)]
        return JSONResponse({"profiles": [_profile_json(*each) for each in found]}, headers=_NO_STORE)

    @router.post("/v1/ca/certificates/search", openapi_extra=_SEARCH, summary="Search the register, newest first")
    async def search(request: Request) -> JSONResponse:
        client = await admit(registry, request, Permission.CERTIFICATE_SEARCH)
        body = await _object(request, {"subject", "profile", "issuer", "state", "after", "limit"})
        limit = body.pop("limit", 100)
        if not isinstance(limit, int) or isinstance(limit, bool) or not 1 <= limit <= MAX_PAGE:
            raise TrustError(ErrorCode.REQUEST_MALFORMED, f"limit is 1 to {MAX_PAGE}")
        asked = {name: _text(body, name) for name in body}
        if asked.get("state", "issued") not in set(CertificateState):
            raise TrustError(ErrorCode.REQUEST_MALFORMED, "state is intent, issued or abandoned")
        after = asked.pop("after", None)
        rows = await run_in_threadpool(desk.search, asked, grant=client.grant, after=after, limit=limit)
        return JSONResponse({"certificates": [_row_json(row) for row in rows]}, headers=_NO_STORE)


def _add_certificates(router: APIRouter, registry: ClientRegistry, desk: Desk) -> None:
    async def found_row(request: Request, serial: str) -> CertificateRow:
        client = await admit(registry, request, Permission.CERTIFICATE_READ)

        def find() -> CertificateRow:
            try:
                return desk.certificate(serial, requester=client.principal)
            except TrustError:
                if not client.may(Permission.CERTIFICATE_SEARCH):
                    raise
            row = desk.certificate(serial, requester=None)
            if not client.grant.sees(client.grant.authorities, row.issuer) or not client.grant.sees(
                client.grant.profiles, row.profile
            ):
                raise TrustError(ErrorCode.CA_SERIAL_MISSING, "no such certificate")
            return row

        return await run_in_threadpool(find)

    @router.get("/v1/ca/certificates/{serial}", summary="What the register says of a certificate")
    async def certificate(request: Request, serial: Annotated[str, Path(pattern=_SERIAL)]) -> JSONResponse:
        return JSONResponse(_row_json(await found_row(request, serial)), headers=_NO_STORE)

    @router.get(
        "/v1/ca/certificates/{serial}/chain",
        response_class=Response,
        summary="The certificate in PEM, followed by those above it",
    )
    async def chain(request: Request, serial: Annotated[str, Path(pattern=_SERIAL)]) -> Response:
        row = await found_row(request, serial)
        ders = await run_in_threadpool(desk.chain, row)
        return Response(pem_chain(ders), media_type=_PEM_CHAIN, headers=_NO_STORE)

    @router.post(
        "/v1/ca/certificates/{serial}/revocation",
        openapi_extra=_REVOCATION,
        responses=_QUEUED,
        summary="Revoke; suspend with certificateHold; resume with removeFromCRL",
    )
    async def revoke(request: Request, serial: Annotated[str, Path(pattern=_SERIAL)]) -> JSONResponse:
        client = await admit(registry, request, Permission.CERTIFICATE_REVOKE)
        reason = _text(await _object(request, {"reason"}), "reason")
        queued = await run_in_threadpool(desk.revoke, serial, reason=reason, actor=client.principal, grant=client.grant)
        if queued is not None:
            return _placed(queued, created=200)
        row = await run_in_threadpool(desk.certificate, serial, requester=None)
        return JSONResponse(_row_json(row), headers=_NO_STORE)


def pem_chain(ders: tuple[bytes, ...]) -> bytes:
    """Return certificates as PEM, one after the other (RFC 8555 9.1)."""
    return b"".join(encode_pem("CERTIFICATE", der) for der in ders)


async def _object(request: Request, known: set[str]) -> dict[str, JsonValue]:
    if request.headers.get("content-type", "").split(";")[0].strip().lower() != "application/json":
        raise TrustError(ErrorCode.REQUEST_TYPE, "the body is application/json")
    body = parse_json(await request.body(), max_size=MAX_BODY, max_depth=4)
    if not isinstance(body, dict) or set(body) - known:
        raise TrustError(ErrorCode.REQUEST_MALFORMED, f"the body is an object with {', '.join(sorted(known))}")
    return body


def _text(body: Mapping[str, JsonValue], name: str) -> str:
    value = body.get(name)
    if not isinstance(value, str) or not value:
        raise TrustError(ErrorCode.REQUEST_MALFORMED, f"{name} is text", key=name)
    return value


def _repeat_key(request: Request) -> str | None:
    key = request.headers.get("idempotency-key")
    if key is not None and not (1 <= len(key) <= 100 and key.isascii() and key.isprintable()):  # noqa: PLR2004 - as documented
        raise TrustError(ErrorCode.REQUEST_MALFORMED, "Idempotency-Key is 1 to 100 printable ASCII characters")
    return f"key:{key}" if key is not None else None


def _placed(state: EnrolmentState, *, created: int) -> JSONResponse:
    """Return where a submission is, and where to ask for it again while registrars decide."""
    status = {"pending": 202, "processing": 202, "refused": 200}.get(state.state, created)
    headers = _NO_STORE | {"Location": f"/v1/ca/requests/{state.identifier}"} | _retry(state)
    return JSONResponse(_state_json(state), status_code=status, headers=headers)


def _retry(state: EnrolmentState) -> dict[str, str]:
    return {"Retry-After": RETRY_SECONDS} if state.state == "pending" else {}


def _state_json(state: EnrolmentState) -> dict[str, object]:
    return {
        "identifier": state.identifier,
        "profile": state.profile,
        "state": state.state,
        "serial": state.serial,
        "certificate": f"/v1/ca/certificates/{state.serial}" if state.serial else None,
        "reason": state.reason,
    }


def _row_json(row: CertificateRow) -> dict[str, object]:
    return {
        "serial": row.serial,
        "issuer": row.issuer,
        "profile": row.profile,
        "subject": row.subject,
        "state": row.standing if row.revoked_at is not None else row.state.value,
        "issued_at": format_rfc3339(row.issued_at) if row.issued_at else None,
        "not_after": format_rfc3339(row.not_after) if row.not_after else None,
        "revoked_at": format_rfc3339(row.revoked_at) if row.revoked_at else None,
        "reason": row.reason,
        "pem": encode_pem("CERTIFICATE", row.der).decode("ascii") if row.der else None,
    }


def _profile_json(profile: CertificateProfile, approvals: int) -> dict[str, object]:
    return {
        "name": profile.name,
        "title_en": profile.title_en,
        "title_zh": profile.title_zh,
        "days": profile.days,
        "key_usage": sorted(profile.key_usage),
        "extended_key_usage": list(profile.extended_key_usage),
        "approvals": approvals,
    }


def _json_body(required: tuple[str, ...], properties: dict[str, object]) -> dict[str, object]:
    schema = {"type": "object", "additionalProperties": False, "required": list(required), "properties": properties}
    return {"requestBody": {"required": True, "content": {"application/json": {"schema": schema}}}}


_KEY_PARAMETER: Final = {
    "name": "Idempotency-Key",
    "in": "header",
    "required": False,
    "schema": {"type": "string", "maxLength": 100},
    "description": "The same key with the same body gives the same request again, and never a second certificate.",
}
_SUBMISSION: Final = {
    **_json_body(
        ("profile", "request"),
        {
            "profile": {"type": "string", "description": "A name of /v1/ca/profiles: one the client was granted"},
            "request": {"type": "string", "description": "PKCS#10 in PEM (RFC 2986, RFC 7468)"},
        },
    ),
    "parameters": [_KEY_PARAMETER],
}
_SEARCH: Final = _json_body(
    (),
    {
        "subject": {"type": "string", "description": "Part of the subject's name"},
        "profile": {"type": "string"},
        "issuer": {"type": "string", "description": "A CA's name in the register"},
        "state": {"enum": [each.value for each in CertificateState]},
        "after": {"type": "string", "description": "The last serial of the page before"},
        "limit": {"type": "integer", "minimum": 1, "maximum": MAX_PAGE},
    },
)
_REVOCATION: Final = _json_body(("reason",), {"reason": {"type": "string", "description": "RFC 5280 5.3.1"}})
