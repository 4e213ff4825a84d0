"""``/v1/ca/operators``, ``escrow``, ``recoveries`` and ``destructions``: who may act, and keys in escrow up to where custodians are needed.

Translation only. Enrolments and removals are statements registrars signed themselves (`ca.presented_operators`); a recovery is asked for and
decided on here, and opened by its custodians at a terminal.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Final, Protocol

from fastapi import APIRouter, Path, Request
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
from ca.api_views import STATE, STATE_EXAMPLE, placed
from ca.clients import Client, ClientRegistry, Permission
from ca.registration_api import STATEMENT_MEMBERS, read_statement
from ca.submissions import MAX_BASIS
from trustkit.crypto.public_key import parse_public_key
from trustkit.encoding.pem import parse_pem
from trustkit.errors import ErrorCode, TrustError
from trustkit.store.operators import LABEL_LIMIT, Role
from trustkit.web.json_body import text
from trustkit.x509.certificate import parse_certificate

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ca.api_views import Shown
    from ca.enrolment_port import EnrolmentState
    from ca.statements import SignedStatement
    from trustkit.crypto.public_key import PublicKey
    from trustkit.encoding.canonical_json import JsonValue

_Operator = Annotated[str, Path(pattern=r"^op-[a-z]{13}$", description="The pseudonym, as the list shows it")]


class People(Protocol):
    """What the routes need of the operators and of the keys in escrow."""

    def operators(self) -> Sequence[Shown]:
        """Return the operators, those enrolled first first."""
        ...

    def instance(self) -> str:
        """Return the id of the home, which statements name."""
        ...

    def enrol(self, client: Client, label: str, key: PublicKey, statements: Sequence[SignedStatement]) -> Shown:
        """Enrol an operator. Raise as `PresentedOperators.enrol`."""
        ...

    def remove(self, client: Client, operator: str, statements: Sequence[SignedStatement]) -> Shown:
        """Withdraw an operator's powers. Raise as `PresentedOperators.remove`."""
        ...

    def escrowed(self, client: Client) -> Sequence[Shown]:
        """Return the newest records of keys in escrow the client's grant names, told in the trail. Raise REQUEST_RATE."""
        ...

    def recover(self, client: Client, serial: str, *, reason: str, basis: str, recipient: PublicKey) -> EnrolmentState:
        """Ask for the recovery of a key. Raise CA_CLIENT_GRANT, and as `HomeQueue.submit`."""
        ...

    def destroy(self, client: Client, serial: str, *, reason: str, basis: str) -> EnrolmentState:
        """Ask for the destruction of a key. Raise CA_CLIENT_GRANT, and as `HomeQueue.submit`."""
        ...


def operator_router(registry: ClientRegistry, people: People) -> APIRouter:
    """Return the routes."""
    router = APIRouter(tags=["operators and escrow"], responses=RESPONSES)
    _add_operators(router, registry, people)
    _add_escrow(router, registry, people)
    return router


def _add_operators(router: APIRouter, registry: ClientRegistry, people: People) -> None:
    @router.get(
        "/v1/ca/operators",
        responses=answer(
            "The operators",
            object_of({"instance": _INSTANCE, "operators": list_of(_OPERATOR)}),
            {"instance": "0123456789abcdef", "operators": [_OPERATOR_EXAMPLE]},
        ),
        summary="The operators, those enrolled first first",
        description="`name` tells colleagues who it is; it is nowhere in the trail.",
    )
    async def listed(request: Request) -> JSONResponse:
        await admit(registry, request, Permission.OPERATOR_READ)
        found = await run_in_threadpool(people.operators)
        told = {"instance": await run_in_threadpool(people.instance), "operators": [each.to_json() for each in found]}
        return JSONResponse(told, headers=NO_STORE)

    @router.post(
        "/v1/ca/operators",
        openapi_extra=_ENROLMENT,
        responses=answer("Enrolled", _OPERATOR, _OPERATOR_EXAMPLE, status=201),
        status_code=201,
        summary="Enrol an operator, with a registrar's signed agreement",
        description="The statement is `{at, enrolled, instance, key, label, operator, role}` under `trustkit/registration/enrolment/v1`: "
        "`enrolled` the new pseudonym (op- and 13 letters), `instance` the home's id as the list shows it, `key` the SM3 of the "
        "SubjectPublicKeyInfo, `label` without spaces around it, `operator` the registrar. Once there are two registrars, a further one needs "
        "the statements of two (`second`, by `trustkit ca statement second`), or ca:operator:second. A lost or changed key is a new enrolment and the removal of the earlier pseudonym. `trustkit ca statement enrolment` makes the whole body. The first "
        "operators are enrolled at the terminal of the home.",
    )
    async def enrol(request: Request) -> JSONResponse:
        client = await admit(registry, request, Permission.OPERATOR_MANAGE)
        body = await read_object(request, {"label", "public_key", *_STATEMENTS})
        statements, label = _read_statements(body), text(body, "label")
        spki = octets(body, "public_key")
        found = await run_in_threadpool(lambda: people.enrol(client, label, parse_public_key(spki), statements))
        return JSONResponse(found.to_json(), status_code=201, headers=NO_STORE)

    @router.post(
        "/v1/ca/operators/{operator}/removal",
        openapi_extra=json_body(("statement", "signature"), _STATEMENTS, _SIGNED),
        responses=answer(
            "Removed", _OPERATOR, {**_OPERATOR_EXAMPLE, "state": "revoked", "revoked_at": "2026-12-01T08:00:00Z"}
        ),
        summary="Withdraw an operator's powers, at once and for good, with a registrar's signature",
        description="The statement is `{at, instance, operator, removed}` under `trustkit/registration/removal/v1`. Of a registrar it needs the "
        "statements of two, as an enrolment does; the one removed may be the second. What the operator approved and is "
        "not done counts no more. The last registrar stays until there is another.",
    )
    async def remove(request: Request, operator: _Operator) -> JSONResponse:
        client = await admit(registry, request, Permission.OPERATOR_MANAGE)
        statements = _read_statements(await read_object(request, set(_STATEMENTS)))
        found = await run_in_threadpool(people.remove, client, operator, statements)
        return JSONResponse(found.to_json(), headers=NO_STORE)


def _add_escrow(router: APIRouter, registry: ClientRegistry, people: People) -> None:
    @router.get(
        "/v1/ca/escrow",
        responses=answer(
            "The newest records", object_of({"escrowed": list_of(_ESCROW)}), {"escrowed": [_ESCROW_EXAMPLE]}
        ),
        summary="Which keys are in escrow, newest first; each list is in the trail",
        description="Of the authorities and profiles the client's grant names; each client so many times an hour (`listings_per_hour` of the registration policy). No key and no envelope is shown.",
    )
    async def escrowed(request: Request) -> JSONResponse:
        client = await admit(registry, request, Permission.ESCROW_LIST)
        found = await run_in_threadpool(people.escrowed, client)
        return JSONResponse({"escrowed": [each.to_json() for each in found]}, headers=NO_STORE)

    @router.post(
        "/v1/ca/recoveries",
        openapi_extra=_RECOVERY,
        responses=_ASKED,
        status_code=202,
        summary="Ask for the recovery of an escrowed key; registrars decide, custodians open it",
        description="At Location the request is `pending` until registrars have agreed, `approved` until its custodians open it with their "
        "shares (`trustkit ca recover open`, at a terminal and never over the network), `done` with the key in its envelope after that.",
    )
    async def recover(request: Request) -> JSONResponse:
        client = await admit(registry, request, Permission.KEY_RECOVER)
        body = await read_object(request, {"serial", "reason", "basis", "recipient"})
        serial, reason, basis, pem = (text(body, name) for name in ("serial", "reason", "basis", "recipient"))

        def act() -> EnrolmentState:
            return people.recover(client, serial, reason=reason, basis=basis, recipient=_recipient(pem))

        return placed(await run_in_threadpool(act), created=202)

    @router.post(
        "/v1/ca/destructions",
        openapi_extra=_DESTRUCTION,
        responses=_ASKED,
        status_code=202,
        summary="Ask for the destruction of an escrowed key after its retention",
        description="Carried out by the poll of who asked, once registrars have agreed. The record stays.",
    )
    async def destroy(request: Request) -> JSONResponse:
        client = await admit(registry, request, Permission.KEY_RECOVER)
        body = await read_object(request, {"serial", "reason", "basis"})
        serial, reason, basis = (text(body, name) for name in ("serial", "reason", "basis"))
        found = await run_in_threadpool(people.destroy, client, serial, reason=reason, basis=basis)
        return placed(found, created=202)


def _read_statements(body: dict[str, JsonValue]) -> tuple[SignedStatement, ...]:
    """Return the statement of a body, and the second registrar's where there is one. Raise REQUEST_MALFORMED."""
    first, second = read_statement(body), body.get("second")
    if second is None:
        return (first,)
    if not isinstance(second, dict) or set(second) != set(STATEMENT_MEMBERS):
        raise TrustError(ErrorCode.REQUEST_MALFORMED, "a second statement and its signature", field="second")
    return (first, read_statement(second))


def _recipient(pem: str) -> PublicKey:
    """Return the key in PEM, PUBLIC KEY or a certificate's. Raise KEY_MALFORMED, CERTIFICATE_MALFORMED."""
    match [(block.label, block.der) for block in parse_pem(pem.encode("utf-8"))]:
        case [("PUBLIC KEY", der)]:
            return parse_public_key(der)
        case [("CERTIFICATE", der)]:
            return parse_certificate(der).public_key
        case _:
            raise TrustError(
                ErrorCode.KEY_MALFORMED, "recipient is one PUBLIC KEY or CERTIFICATE in PEM", key="recipient"
            )


_INSTANCE: Final[dict[str, object]] = {"type": "string", "description": "The home's id, which statements name"}
_STATEMENTS: Final[dict[str, object]] = {
    **STATEMENT_MEMBERS,
    "second": object_of(STATEMENT_MEMBERS) | {"description": "Of a registrar: another registrar's, about the same"},
}
_SIGNED: Final[dict[str, object]] = {"statement": "eyJhdCI6IjIw…", "signature": "MEUCIQ…"}
_ENROLMENT: Final = json_body(
    ("label", "public_key", "statement", "signature"),
    {
        "label": {
            "type": "string",
            "maxLength": LABEL_LIMIT,
            "description": "Tells colleagues who it is; never in the trail",
        },
        "public_key": {
            "type": "string",
            "contentEncoding": "base64",
            "description": "SubjectPublicKeyInfo of an SM2 key, DER",
        },
        **_STATEMENTS,
    },
    {"label": "窗口 3", "public_key": "MFkwEwYH…", **_SIGNED},
)
_OPERATOR: Final = object_of(
    {
        "operator": {"type": "string", "description": "The pseudonym"},
        "role": {"enum": [each.value for each in Role]},
        "name": TEXT,
        "state": {"enum": ["active", "revoked"]},
        "enrolled_at": TIME,
        "revoked_at": nullable(TIME),
        "sponsor": nullable(
            {"type": "string", "description": "The registrar who agreed; the first operators have none"}
        ),
        "public_key_sm3": TEXT,
    }
)
_OPERATOR_EXAMPLE: Final[dict[str, object]] = {
    "operator": "op-bcdefghjkmnpq",
    "role": "registrar",
    "name": "窗口 3",
    "state": "active",
    "enrolled_at": "2026-11-26T08:00:00Z",
    "revoked_at": None,
    "sponsor": "op-qrstuvwxyzabc",
    "public_key_sm3": "1ab21d8355cfa17f8e61194831e81a8f22bec8c728fefb747ed035eb5082aa2b",
}
_ESCROW: Final = object_of(
    {
        "serial": {"type": "string", "description": "Of the encryption certificate"},
        "set": {"type": "string", "description": "The set of shares that opens it"},
        "escrowed_at": TIME,
        "destroyed_at": nullable(TIME),
    }
)
_ESCROW_EXAMPLE: Final[dict[str, object]] = {
    "serial": "4a1f5d",
    "set": "abababababababababababababababab",
    "escrowed_at": "2026-11-26T08:00:00Z",
    "destroyed_at": None,
}
_REASONS: Final[dict[str, object]] = {
    "serial": {"type": "string", "description": "Of the encryption certificate, hexadecimal"},
    "reason": {"type": "string", "description": "A code, such as key-lost or court-order"},
    "basis": {
        "type": "string",
        "maxLength": MAX_BASIS,
        "description": "The legal basis: a law and article, a file number",
    },
}
_RECOVERY: Final = json_body(
    ("serial", "reason", "basis", "recipient"),
    {
        **_REASONS,
        "recipient": {
            "type": "string",
            "description": "Whose SM2 key it is enveloped to: PUBLIC KEY or CERTIFICATE, PEM",
        },
    },
    {
        "serial": "4a1f5d",
        "reason": "key-lost",
        "basis": "档案 2026-17",
        "recipient": "-----BEGIN CERTIFICATE-----\n…\n-----END CERTIFICATE-----\n",
    },
)
_DESTRUCTION: Final = json_body(
    ("serial", "reason", "basis"), _REASONS, {"serial": "4a1f5d", "reason": "retention-ended", "basis": "档案办法 12"}
)
_ASKED: Final = answer(
    "Registrars must agree: Location says where to ask for it",
    STATE,
    {
        **STATE_EXAMPLE,
        "identifier": "rq-bcdefghjkmnpq",
        "profile": "encryption",
        "state": "pending",
        "serial": "4a1f5d",
        "certificate": "/v1/ca/certificates/4a1f5d",
    }
    | dict.fromkeys(("encryption_serial", "encryption_certificate", "response", "enveloped_key")),
    status=202,
)
