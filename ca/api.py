"""``/v1/ca/…``: the authority's API for programs: submit, follow, fetch, search, revoke. Translation only.

Every call shows a client's credential; its role and what it was granted say what it may. Names are searched for in bodies, never in URLs: a URL
is logged by everyone on its way.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Final, Protocol

from fastapi import APIRouter, Path, Request, Response
from fastapi.responses import JSONResponse
from starlette.concurrency import run_in_threadpool

from ca.api_forms import (
    NO_STORE,
    RESPONSES,
    SERIAL,
    TEXT,
    TIME,
    admit,
    answer,
    json_body,
    list_of,
    object_of,
    optional_moment,
    optional_text,
    read_object,
)
from ca.api_views import (
    CERTIFICATE,
    CERTIFICATE_EXAMPLE,
    PROFILE,
    PROFILE_EXAMPLE,
    REVOKED,
    REVOKED_EXAMPLE,
    STATE,
    STATE_EXAMPLE,
    certificate_json,
    pem_chain,
    placed,
    profile_json,
    retry,
    state_json,
)
from ca.client_view import ClientRequests, Queued
from ca.clients import Client, ClientRegistry, Permission
from ca.enrolment_port import Enrolment, EnrolmentState, Stage, Wish
from trustkit.errors import ErrorCode, TrustError
from trustkit.store.certificates import CertificateState
from trustkit.web.json_body import text
from trustkit.x509.request import parse_request, verify_request

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from ca.client_grant import ClientGrant
    from ca.profile_model import CertificateProfile
    from trustkit.store.certificates import CertificateRow

MAX_PAGE: Final = 500
_IDENTIFIER: Final = r"^([0-9a-f]{32}|rq-[a-z]{13})$"
_PEM_CHAIN: Final = "application/pem-certificate-chain"  # RFC 8555 9.1


class Desk(Queued, Protocol):
    """What the API needs of the authority beside enrolment."""

    def profiles(self) -> tuple[tuple[CertificateProfile, int, str | None], ...]:
        """Return the profiles that take requests from programs, with how many registrars must agree, and the twin of a pair."""
        ...

    def search(
        self, asked: Mapping[str, str], *, grant: ClientGrant, after: str | None, limit: int
    ) -> tuple[CertificateRow, ...]:
        """Return certificates newest first, within a grant; `asked` may hold ``subject``, ``profile``, ``issuer``, ``state``."""
        ...

    def certificate(self, serial: str, *, client: Client) -> CertificateRow:
        """Return an issued certificate, of those a client sees. Raise CA_SERIAL_MISSING."""
        ...

    def chain(self, row: CertificateRow) -> tuple[bytes, ...]:
        """Return the certificate and those above it without the root, DER."""
        ...

    def revoke(
        self, serial: str, *, reason: str, client: Client, invalid_since: datetime | None = None
    ) -> EnrolmentState | CertificateRow:
        """Revoke, suspend (certificateHold) or resume (removeFromCRL); return the certificate, or where that is when registrars must agree.

        Raise CA_CLIENT_GRANT, and as the revocation authority.
        """
        ...

    def revoked_with(self, row: CertificateRow) -> tuple[str, ...]:
        """Return the serials of the other certificates of its key that were revoked with one, as for a compromise."""
        ...


def ca_router(registry: ClientRegistry, enrolment: Enrolment, desk: Desk) -> APIRouter:
    """Return the routes of the API over the authority's services."""
    router = APIRouter(tags=["certificate authority"], responses=RESPONSES)

    _add_requests(router, registry, enrolment, ClientRequests(enrolment=enrolment, others=desk))
    _add_register(router, registry, desk)
    _add_certificates(router, registry, desk)
    return router


def _add_requests(router: APIRouter, registry: ClientRegistry, enrolment: Enrolment, requests: ClientRequests) -> None:
    @router.post(
        "/v1/ca/requests",
        status_code=201,
        openapi_extra=_SUBMISSION,
        responses=_SUBMITTED,
        summary="Ask for a certificate, or for a pair; at once, or once registrars have agreed",
        description="The request proves possession of its key; subject and names are what the profile allows and the client was "
        "granted. A request for the same subject renews: with the key of before, or with another (re-key). With `encryption_profile` "
        "the authority makes an encryption key beside, escrows it, and answers with both certificates and the key enveloped "
        "(GB/T 20518, GM/T 0092): the request's key is SM2 then.",
    )
    async def submit(request: Request) -> JSONResponse:
        client = await admit(registry, request, Permission.REQUEST_SUBMIT)
        body = await read_object(request, {"profile", "request", "encryption_profile"})
        repeat_key = _repeat_key(request)

        def act() -> EnrolmentState:
            proved = verify_request(parse_request(text(body, "request").encode("utf-8")))
            twin = optional_text(body, "encryption_profile")
            wish = Wish(request=proved, profile=text(body, "profile"), encryption_profile=twin)
            return enrolment.submit(wish, requester=client.principal, bounds=client.grant, repeat_key=repeat_key)

        return placed(await run_in_threadpool(act), created=201)

    @router.get(
        "/v1/ca/requests/{identifier}",
        responses=answer("Where it is", STATE, STATE_EXAMPLE),
        summary="What became of a request; one of its own that is approved is carried out",
        description="Whoever submitted it asks until it has ended. Others see it with the act `search`, and change nothing by it.",
    )
    async def state(request: Request, identifier: Annotated[str, Path(pattern=_IDENTIFIER)]) -> JSONResponse:
        client = await admit(registry, request, Permission.REQUEST_READ)
        found = await run_in_threadpool(requests.state, identifier, client)
        return JSONResponse(state_json(found), headers=NO_STORE | retry(found))


def _add_register(router: APIRouter, registry: ClientRegistry, desk: Desk) -> None:
    @router.get(
        "/v1/ca/profiles",
        responses=answer("The profiles", object_of({"profiles": list_of(PROFILE)}), {"profiles": [PROFILE_EXAMPLE]}),
        summary="The kinds of certificates this client may ask for",
        description="Those its grant names, with how many registrars must agree to each.",
    )
    async def profiles(request: Request) -> JSONResponse:
        grant = (await admit(registry, request, Permission.PROFILE_READ)).grant
        found = [each for each in await run_in_threadpool(desk.profiles) if grant.sees(grant.profiles, each[0].name)]
        return JSONResponse({"profiles": [profile_json(*each) for each in found]}, headers=NO_STORE)

    @router.post(
        "/v1/ca/certificates/search",
        openapi_extra=_SEARCH,
        responses=answer(
            "A page", object_of({"certificates": list_of(CERTIFICATE)}), {"certificates": [CERTIFICATE_EXAMPLE]}
        ),
        summary="Search the register, newest first",
        description="Within the authorities and profiles of the client's grant. The next page begins after the last serial of this one.",
    )
    async def search(request: Request) -> JSONResponse:
        client = await admit(registry, request, Permission.CERTIFICATE_SEARCH)
        body = await read_object(request, {"subject", "profile", "issuer", "state", "after", "limit"})
        limit = body.pop("limit", 100)
        if not isinstance(limit, int) or isinstance(limit, bool) or not 1 <= limit <= MAX_PAGE:
            raise TrustError(ErrorCode.REQUEST_MALFORMED, f"limit is 1 to {MAX_PAGE}")
        asked = {name: text(body, name) for name in body}
        if asked.get("state", "issued") not in set(CertificateState):
            raise TrustError(ErrorCode.REQUEST_MALFORMED, "state is intent, issued or abandoned")
        after = asked.pop("after", None)
        rows = await run_in_threadpool(desk.search, asked, grant=client.grant, after=after, limit=limit)
        return JSONResponse({"certificates": [certificate_json(row) for row in rows]}, headers=NO_STORE)


def _add_certificates(router: APIRouter, registry: ClientRegistry, desk: Desk) -> None:
    async def found_row(request: Request, serial: str) -> CertificateRow:
        client = await admit(registry, request, Permission.CERTIFICATE_READ)
        return await run_in_threadpool(desk.certificate, serial, client=client)

    @router.get(
        "/v1/ca/certificates/{serial}",
        responses=answer("The certificate", CERTIFICATE, CERTIFICATE_EXAMPLE),
        summary="What the register says of a certificate",
        description="Of its own, either of a pair; of others with the act `search`.",
    )
    async def certificate(request: Request, serial: Annotated[str, Path(pattern=SERIAL)]) -> JSONResponse:
        return JSONResponse(certificate_json(await found_row(request, serial)), headers=NO_STORE)

    @router.get(
        "/v1/ca/certificates/{serial}/chain",
        response_class=Response,
        responses={200: {"description": "PEM, one after the other", "content": {_PEM_CHAIN: {"schema": TEXT}}}},
        summary="The certificate in PEM, followed by those above it",
        description="Without the root, which nobody trusts for being sent along.",
    )
    async def chain(request: Request, serial: Annotated[str, Path(pattern=SERIAL)]) -> Response:
        row = await found_row(request, serial)
        ders = await run_in_threadpool(desk.chain, row)
        return Response(pem_chain(ders), media_type=_PEM_CHAIN, headers=NO_STORE)

    @router.post(
        "/v1/ca/certificates/{serial}/revocation",
        openapi_extra=_REVOCATION,
        responses=_REVOKED,
        summary="Revoke; suspend with certificateHold; resume with removeFromCRL",
        description="OCSP says so at once, the lists within the call. `invalid_since` goes into the list as invalidityDate (RFC 5280 "
        "5.3.2): it lies in the past, and belongs to a revocation alone.",
    )
    async def revoke(request: Request, serial: Annotated[str, Path(pattern=SERIAL)]) -> JSONResponse:
        client = await admit(registry, request, Permission.CERTIFICATE_REVOKE)
        body = await read_object(request, {"reason", "invalid_since"})
        reason, since = text(body, "reason"), optional_moment(body, "invalid_since")
        found = await run_in_threadpool(desk.revoke, serial, reason=reason, client=client, invalid_since=since)
        if isinstance(found, EnrolmentState):
            return placed(found, created=200)
        together = await run_in_threadpool(desk.revoked_with, found)
        return JSONResponse(certificate_json(found) | {"revoked_with_it": list(together)}, headers=NO_STORE)


def _repeat_key(request: Request) -> str | None:
    key = request.headers.get("idempotency-key")
    if key is not None and not (1 <= len(key) <= 100 and key.isascii() and key.isprintable()):  # noqa: PLR2004 - as documented
        raise TrustError(ErrorCode.REQUEST_MALFORMED, "Idempotency-Key is 1 to 100 printable ASCII characters")
    return f"key:{key}" if key is not None else None


_WAITING: Final[dict[str, object]] = {**STATE_EXAMPLE, "state": Stage.PENDING.value} | dict.fromkeys(
    ("serial", "certificate", "encryption_serial", "encryption_certificate", "response", "enveloped_key")
)
QUEUED: Final = answer(
    "Registrars must agree: Location says where to ask for it, Retry-After when", STATE, _WAITING, status=202
)
_SUBMITTED: Final = {
    **answer("It was issued", STATE, STATE_EXAMPLE, status=201),
    **answer(
        "It was refused before", STATE, {**_WAITING, "state": Stage.REFUSED.value, "reason": "ca:registration:refused"}
    ),
    **QUEUED,
}
_REVOKED: Final = {**answer("It is so", REVOKED, REVOKED_EXAMPLE), **QUEUED}
_KEY_PARAMETER: Final = {
    "name": "Idempotency-Key",
    "in": "header",
    "required": False,
    "schema": {"type": "string", "maxLength": 100},
    "description": "The same key with the same body gives the same request again, and never a second certificate.",
}
_SUBMISSION: Final = {
    **json_body(
        ("profile", "request"),
        {
            "profile": {"type": "string", "description": "A name of /v1/ca/profiles: one the client was granted"},
            "request": {"type": "string", "description": "PKCS#10 in PEM (RFC 2986, RFC 7468)"},
            "encryption_profile": {
                "type": "string",
                "description": "For a pair: the profile's `encryption_profile` of /v1/ca/profiles, granted as well",
            },
        },
        {
            "profile": "person",
            "request": "-----BEGIN CERTIFICATE REQUEST-----\n…\n-----END CERTIFICATE REQUEST-----\n",
            "encryption_profile": "encryption",
        },
    ),
    "parameters": [_KEY_PARAMETER],
}
_SEARCH: Final = json_body(
    (),
    {
        "subject": {"type": "string", "description": "Part of the subject's name"},
        "profile": TEXT,
        "issuer": {"type": "string", "description": "A CA's name in the register"},
        "state": {"enum": [each.value for each in CertificateState]},
        "after": {"type": "string", "description": "The last serial of the page before"},
        "limit": {"type": "integer", "minimum": 1, "maximum": MAX_PAGE},
    },
    {"subject": "sensor-", "profile": "device", "limit": 50},
)
_REVOCATION: Final = json_body(
    ("reason",),
    {
        "reason": {"type": "string", "description": "RFC 5280 5.3.1"},
        "invalid_since": {**TIME, "description": "When the key was lost or misused, as far as is known"},
    },
    {"reason": "keyCompromise", "invalid_since": "2026-11-30T00:00:00Z"},
)
