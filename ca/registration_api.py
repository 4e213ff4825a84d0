"""``/v1/ca/registrations``: what registrars decide on: the queue, one request as it was signed, and their signed decisions. Translation only.

A client of the role `checker` carries what people signed with their own operator keys. It can decide nothing itself, and ask for nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Final, Protocol

from fastapi import APIRouter, Path, Query, Request
from fastapi.responses import JSONResponse
from starlette.concurrency import run_in_threadpool

from ca.api_forms import (
    NO_STORE,
    RESPONSES,
    TEXT,
    TIME,
    admit,
    answer,
    json_body,
    list_of,
    nullable,
    object_of,
    octets,
    read_object,
)
from ca.clients import Client, ClientRegistry, Permission
from ca.statements import SignedStatement
from trustkit.store.registrations import Decision, Kind, State

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ca.api_views import Shown
    from trustkit.encoding.canonical_json import JsonValue

MAX_PAGE: Final = 100
_NUMBER: Final = r"^rq-[a-z]{13}$"
_Number = Annotated[str, Path(pattern=_NUMBER, description="The number of the request, as the list shows it")]


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """Requests a client sees, the newest first; `after` is where the next page begins, None when there is none."""

    lines: Sequence[Shown]
    after: str | None


class Checking(Protocol):
    """What the routes need of the registration."""

    def listed(self, client: Client, *, state: str | None, after: str | None, limit: int) -> Page:
        """Return a page of those whose authority and profile the client's grant names. Raise REGISTRATION_MISSING for `after`."""
        ...

    def details(self, client: Client, number: str) -> Shown:
        """Return a request with every signature verified again. Raise REGISTRATION_MISSING, STATEMENT_WRONG."""
        ...

    def decide(self, client: Client, number: str, statement: SignedStatement) -> Shown:
        """Take a decision; return the request as it is then. Raise as `Registration.decide_presented_within`."""
        ...


def registration_router(registry: ClientRegistry, checking: Checking) -> APIRouter:
    """Return the routes."""
    router = APIRouter(tags=["registration"], responses=RESPONSES)

    @router.get(
        "/v1/ca/registrations",
        responses=answer("A page, newest first", _PAGE, {"registrations": [_LINE_EXAMPLE], "after": None}),
        summary="The requests registrars see",
        description="Within the authorities and profiles of the client's grant. `after` of one page begins the next: a page may be short or "
        "empty where others' requests lie between, so go on while `after` is set. It may be the number of a request the grant does not show.",
    )
    async def listed(
        request: Request,
        state: Annotated[
            State | None, Query(description="Only those in this state; submitted ones wait for decisions")
        ] = None,
        after: Annotated[str | None, Query(pattern=_NUMBER)] = None,
        limit: Annotated[int, Query(ge=1, le=MAX_PAGE)] = MAX_PAGE,
    ) -> JSONResponse:
        client = await admit(registry, request, Permission.REGISTRATION_READ)
        page = await run_in_threadpool(checking.listed, client, state=state, after=after, limit=limit)
        body = {"registrations": [each.to_json() for each in page.lines], "after": page.after}
        return JSONResponse(body, headers=NO_STORE)

    @router.get(
        "/v1/ca/registrations/{number}",
        responses=answer("The request", _DETAILS, _DETAILS_EXAMPLE),
        summary="One request, as it was signed and as it would be issued",
        description="`statement` are the octets its requester signed, `statement_sm3` is what a decision names. Subject, names and "
        "usages, and what a compromise ends with it, are the service's word. Who signs reads names and keys asked for, and computes the "
        "digest, from `statement` himself (`trustkit ca statement decision` does).",
    )
    async def details(request: Request, number: _Number) -> JSONResponse:
        client = await admit(registry, request, Permission.REGISTRATION_READ)
        found = await run_in_threadpool(checking.details, client, number)
        return JSONResponse(found.to_json(), headers=NO_STORE)

    @router.post(
        "/v1/ca/registrations/{number}/decisions",
        openapi_extra=_DECISION,
        responses=answer("It was taken; the request as it is now", _LINE, _LINE_EXAMPLE, status=201),
        status_code=201,
        summary="Hand in a decision a registrar signed: approve, or reject with a reason",
        description=_DECIDING,
    )
    async def decide(request: Request, number: _Number) -> JSONResponse:
        client = await admit(registry, request, Permission.REGISTRATION_DECIDE)
        body = await read_object(request, {"statement", "signature"})
        statement = read_statement(body)
        found = await run_in_threadpool(checking.decide, client, number, statement)
        return JSONResponse(found.to_json(), status_code=201, headers=NO_STORE)

    return router


def read_statement(body: dict[str, JsonValue]) -> SignedStatement:
    """Return the signed statement of a body. Raise REQUEST_MALFORMED."""
    return SignedStatement(body=octets(body, "statement"), signature=octets(body, "signature"))


STATEMENT_MEMBERS: Final[dict[str, object]] = {
    "statement": {
        "type": "string",
        "contentEncoding": "base64",
        "description": "The octets that were signed: canonical JSON (RFC 8785)",
    },
    "signature": {
        "type": "string",
        "contentEncoding": "base64",
        "description": "SM2 with SM3 (ID 1234567812345678, DER) over the context's line, a line end, and the statement",
    },
}
_DECIDING: Final = (
    "The statement is `{at, decision, operator, reason, registration, submission_sm3}`: `decision` approve or reject, `reason` a code and "
    "of a rejection alone, `submission_sm3` the `statement_sm3` of the request, `operator` the registrar's pseudonym, `at` now. The context "
    "is `trustkit/registration/decision/v1`. Refused by name: a registrar who is none or not in office any more (ca:operator:role, "
    "ca:operator:revoked), who asked for it (ca:registration:own-request) or decided before (ca:registration:decided-already); a request "
    "that is not open (ca:registration:state) or not the one that was signed (ca:registration:changed); a statement that does not hold "
    "(ca:statement:wrong) or is older than minutes (ca:statement:time). With the last approval needed it can be carried out: by the poll "
    "of whoever asked for it, or by `trustkit ca request carry-out`."
)
_DECISION: Final = json_body(
    ("statement", "signature"), STATEMENT_MEMBERS, {"statement": "eyJhdCI6IjIw…", "signature": "MEUCIQ…"}
)
_MEMBERS: Final[dict[str, object]] = {
    "request": {"type": "string", "description": "Its number"},
    "kind": {"enum": [each.value for each in Kind]},
    "state": {"enum": [each.value for each in State]},
    "authority": {"type": "string", "description": "The CA's name in the register"},
    "profile": TEXT,
    "requester": {
        "type": "string",
        "description": "The operator who signed it; the service's own for what machines ask",
    },
    "approvals": {"type": "integer"},
    "needed": {"type": "integer"},
    "submitted_at": TIME,
    "expires_at": TIME,
    "closed_at": nullable(TIME),
    "serial": nullable(TEXT),
    "encryption_serial": nullable(TEXT),
}
_LINE: Final = object_of(_MEMBERS)
_LINE_EXAMPLE: Final[dict[str, object]] = {
    "request": "rq-bcdefghjkmnpq",
    "kind": "certificate",
    "state": "submitted",
    "authority": "issuing",
    "profile": "person",
    "requester": "op-qrstuvwxyzabc",
    "approvals": 0,
    "needed": 1,
    "submitted_at": "2026-11-26T08:00:00Z",
    "expires_at": "2026-12-03T08:00:00Z",
    "closed_at": None,
    "serial": None,
    "encryption_serial": None,
}
_PAGE: Final = object_of({"registrations": list_of(_LINE), "after": nullable(TEXT)})
_DECIDED: Final = object_of(
    {"operator": TEXT, "decision": {"enum": [each.value for each in Decision]}, "at": TIME, "reason": nullable(TEXT)}
)
_DETAILS: Final[dict[str, object]] = {
    "type": "object",
    "required": [*_MEMBERS, "statement_sm3", "statement", "signature", "asked", "decisions"],
    "properties": {
        **_MEMBERS,
        "statement_sm3": {"type": "string", "description": "SM3 of `statement`: what a decision names"},
        **STATEMENT_MEMBERS,
        "asked": {"type": "object", "description": "The fields of the statement"},
        "subject": {"type": "string", "description": "As it would be issued (RFC 4514)"},
        "names": {"type": "string", "description": "The alternative names as they would be issued"},
        "key_usage": TEXT,
        "extended_key_usage": TEXT,
        "valid_for": TEXT,
        "key_sm3": {"type": "string", "description": "SM3 of the SubjectPublicKeyInfo"},
        "revoked_with_it": {
            "type": "string",
            "description": "Of a revocation for a compromise: others of the key, by serial",
        },
        "recipient_sm3": {"type": "string", "description": "Of a recovery: whose key it would be enveloped to"},
        "decisions": list_of(_DECIDED),
    },
}
_DETAILS_EXAMPLE: Final[dict[str, object]] = {
    **_LINE_EXAMPLE,
    "statement_sm3": "66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0",
    "statement": "eyJhdCI6IjIw…",
    "signature": "MEUCIQ…",
    "asked": {
        "kind": "certificate",
        "profile": "person",
        "encryption_profile": "encryption",
        "client": "client:0b0e9d3f",
    },
    "subject": "C=CN, O=示例单位, CN=张示范",
    "names": "none",
    "key_usage": "digitalSignature, nonRepudiation",
    "extended_key_usage": "clientAuth, emailProtection",
    "valid_for": "730 days",
    "key_sm3": "1ab21d8355cfa17f8e61194831e81a8f22bec8c728fefb747ed035eb5082aa2b",
    "decisions": [],
}
