"""Clients that register themselves (RFC 7591), where the home allows it: with an initial access token, and for the code grant alone.

A client that nobody looked at gets no more than a sign-in: people are always asked, its subjects are its own, and nothing of its
registration makes this server call anywhere.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route, Router

from idp.group_commit import Written, checked
from idp.handles import is_handle
from idp.op.client_form import MAX_REGISTRATION, form, read_registration, sector_of
from idp.op.client_model import AuthMethod, GrantType, SubjectType
from idp.op.clients import keep
from idp.op.handles import HandleKind
from idp.op.oauth_error import NO_STORE, oauth_problem
from idp.op.rules import SCOPES
from trustkit.encoding.canonical_json import parse_json
from trustkit.errors import ErrorCode, TrustError
from trustkit.identity import ANONYMOUS, fresh_identifier
from trustkit.identity_codes import IdentityCode
from trustkit.store import op_clients

if TYPE_CHECKING:
    from collections.abc import Mapping

    from starlette.requests import Request

    from idp.group_commit import GroupWriter
    from idp.op.client_model import Registration
    from idp.op.clients import ClientRegister
    from trustkit.encoding.canonical_json import JsonValue
    from trustkit.store.op_clients import OpClientRow
    from trustkit.store.unit_of_work import UnitOfWork

REGISTER: Final = "/register"
_PREFIX: Final = "self"
_METHODS: Final = frozenset(
    {AuthMethod.SECRET_BASIC, AuthMethod.SECRET_POST, AuthMethod.PRIVATE_KEY_JWT, AuthMethod.NONE}
)
_GRANTS: Final = frozenset({GrantType.CODE, GrantType.REFRESH})


def registration_router(register: ClientRegister, writer: GroupWriter) -> Router:
    """Return the client registration endpoint (RFC 7591 3)."""

    async def endpoint(request: Request) -> Response:
        try:
            answer = await _register(request, register, writer)
        except TrustError as error:
            return oauth_problem(error, challenge="Bearer")
        return JSONResponse(answer, status_code=201, headers=dict(NO_STORE))

    routes: list[BaseRoute] = [Route(REGISTER, endpoint, methods=["POST"])]
    return Router(routes=routes)


async def _register(request: Request, register: ClientRegister, writer: GroupWriter) -> Mapping[str, JsonValue]:
    token = _token(request.headers.getlist("authorization"))
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() != "application/json":
        raise TrustError(ErrorCode.REQUEST_TYPE, "the body is application/json")
    body = await request.body()
    if len(body) > MAX_REGISTRATION:
        raise TrustError(ErrorCode.INPUT_TOO_LARGE, "the registration")
    row, secret = register.prepare(fresh_identifier(_PREFIX), bounded(read_registration(body, ignoring=True)))
    now = register.clock.now()

    def add(uow: UnitOfWork) -> Written[None]:
        if not op_clients.spend_registration(uow, HandleKind.REGISTRATION.digest(token), now=now):
            raise TrustError(IdentityCode.OP_REGISTRATION_REFUSED, "unknown, used up or expired")
        return Written(None, (keep(uow, row, actor=ANONYMOUS),))

    await writer.write(checked(add))
    return _told(row, secret)


def bounded(registration: Registration) -> Registration:
    """Return what a client that nobody looked at may have of what it asks for. Raise OP_CLIENT_FORM."""
    if registration.method not in _METHODS or registration.grants - _GRANTS:
        raise form("a client registers itself for the code grant, with a secret or key or as a public client")
    if registration.serves or registration.resources or registration.backchannel_uri:
        raise form("resources and back-channel addresses are registered by the operator")
    if set(registration.scopes) - set(SCOPES):
        raise form("scopes beyond a sign-in are registered by the operator")
    # The sector a client names could be another's, whose names of people it would then see: it is that of its own addresses.
    own = sector_of(registration.redirect_uris)
    if not own:
        raise form("redirect URIs of several hosts are registered by the operator")
    return replace(registration, asks_consent=True, subject_type=SubjectType.PAIRWISE, sector=own)


def _told(row: OpClientRow, secret: str) -> Mapping[str, JsonValue]:
    """Return the client information response (RFC 7591 3.2.1)."""
    registered = parse_json(row.registration.encode())
    members = registered if isinstance(registered, dict) else {}
    shown: dict[str, JsonValue] = {name: value for name, value in members.items() if value not in ("", [], None)}
    shown["client_id"] = row.identifier
    shown["client_id_issued_at"] = int(row.created_at.timestamp())
    if secret:
        shown |= {"client_secret": secret, "client_secret_expires_at": 0}
    return shown


def _token(authorization: list[str]) -> str:
    if len(authorization) == 1:
        scheme, _, token = authorization[0].partition(" ")
        if scheme.lower() == "bearer" and is_handle(token.strip()):
            return token.strip()
    raise TrustError(IdentityCode.OP_REGISTRATION_REFUSED, "an initial access token is needed")
