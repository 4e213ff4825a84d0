"""``/v1/sharing/…``: what organisations ask of a home over HTTP (in the manner of GB/T 36906). Translation only.

Whoever calls shows an access token of a person who acts for an organisation (claim ``org``); the organisation is the recipient of a copy, or
the holder that authorises one. No holder's code reaches an address, a log or the trail.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from fastapi import APIRouter, Request, Response
from fastapi.responses import JSONResponse
from starlette.concurrency import run_in_threadpool

from esign.copies.authorisation import MAX_COPIES
from esign.copies.model import purpose_of, recipient_of
from esign.copies.sharing import FetchOrder, OwnAuthorisation
from trustkit.app.copy_lines import AuthorisationLine
from trustkit.app.sharing_bodies import answer_of, body_of, code_of, organisation_of
from trustkit.app.sharing_forms import (
    AUTHORISATION_BODY,
    CHANGES,
    COPY_BODY,
    FORMATS,
    FOUND,
    MADE,
    MAX_DAYS,
    QUERY_BODY,
    RECORDED,
    REFUSALS,
    WITHDRAWAL_BODY,
    described,
)
from trustkit.app.sharing_scopes import AUTHORISE, FETCH, QUERY, WATCH
from trustkit.app.stream_standing import standing_of
from trustkit.clock import format_rfc3339, parse_rfc3339
from trustkit.encoding.text64 import encode_base64
from trustkit.errors import ErrorCode, TrustError
from trustkit.web.json_body import text, whole
from trustkit.web.problem import request_id
from trustkit.web.requires import requires, token_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import datetime

    from esign.copies.issuance import IssuedCopy
    from esign.copies.model import Recipient
    from esign.copies.sharing import SharedLicence, Sharing
    from esign.licence.formats import LicenceFormat
    from trustkit.app.sharing_mandate import HolderMandates
    from trustkit.app.sharing_stream import ChangeStreams
    from trustkit.clock import Clock
    from trustkit.encoding.canonical_json import JsonValue
    from trustkit.store.copy_authorisations import AuthorisationRow
    from trustkit.web.calls import Calls
    from trustkit.web.requires import TokenGuard


def sharing_router(
    sharing: Sharing,
    guard: TokenGuard,
    counted: Calls,
    *,
    clock: Clock,
    streams: ChangeStreams,
    mandates: HolderMandates,
) -> APIRouter:
    """Return the routes, each behind a scope of its own; `counted` counts what a client asks for against its quota.

    Letting a licence be used asks for more: a sign-in that is fresh and strong enough, and a mandate for that.
    """
    router = APIRouter(tags=["sharing"], responses=REFUSALS)
    calls = _Calls(sharing, counted, clock, mandates)
    strong: dict[str, Any] = {"acr": mandates.level, "max_age": mandates.max_age}
    for path, scope, call, told, forms in (
        ("query", QUERY, calls.query, "What a holder lets your organisation use", described(QUERY_BODY, FOUND)),
        (
            "copies",
            FETCH,
            calls.fetch,
            "A copy of a licence, for the purpose its holder said",
            described(COPY_BODY, MADE),
        ),
        (
            "authorisations",
            AUTHORISE,
            calls.authorise,
            "Let an organisation use a licence of yours",
            described(AUTHORISATION_BODY, RECORDED),
        ),
        (
            "authorisations/withdraw",
            AUTHORISE,
            calls.withdraw,
            "Withdraw an authorisation of yours",
            described(WITHDRAWAL_BODY, RECORDED),
        ),
    ):
        router.add_api_route(
            f"/v1/sharing/{path}",
            requires(guard, scope, **(strong if scope == AUTHORISE else {}))(call),
            methods=["POST"],
            response_class=JSONResponse,
            response_model=None,
            summary=told,
            **forms,
        )

    _add_changes(router, guard, streams, own=mandates.own, clock=clock)
    return router


def _add_changes(router: APIRouter, guard: TokenGuard, streams: ChangeStreams, *, own: bool, clock: Clock) -> None:
    async def changes(request: Request) -> Response:
        asker, _ = organisation_of(request)
        return await streams.begin(
            request, asker.uscc, standing_of(token_of(request), asker.uscc, own=own, clock=clock)
        )

    router.add_api_route(
        "/v1/sharing/changes",
        requires(guard, WATCH)(changes),
        methods=["GET"],
        response_class=Response,
        response_model=None,
        summary="What becomes of your organisation's copies, as it happens",
        **CHANGES,
    )


@dataclass(frozen=True, slots=True)
class _Calls:
    """Each call of the interface: who asks, what is asked, and the answer."""

    sharing: Sharing
    counted: Calls
    clock: Clock
    mandates: HolderMandates

    async def query(self, request: Request) -> Response:
        asker, caller = organisation_of(request)
        body = await body_of(request, {"holder_code", "reason"})
        code, reason = code_of(body, "holder_code"), purpose_of(text(body, "reason"))
        named = request_id(request)

        def act() -> dict[str, JsonValue]:
            found = self.sharing.query(code, reason=reason, asker=asker, actor=caller.principal, request_id=named)
            return {"licences": [_shared(each) for each in found]}

        return await self._counted(request, act)

    async def fetch(self, request: Request) -> Response:
        asker, caller = organisation_of(request)
        body = await body_of(request, {"authorisation", "days", "format", "key"})
        order = FetchOrder(
            authorisation=text(body, "authorisation"),
            formats=_formats(body),
            lifetime=timedelta(days=whole(body, "days", MAX_DAYS, fallback=30)),
            repeat_key=text(body, "key") if "key" in body else None,
        )
        return await self._counted(
            request, lambda: _fetched(self.sharing.fetch(order, asker=asker, actor=caller.principal))
        )

    async def authorise(self, request: Request) -> Response:
        holder, caller = organisation_of(request)
        body = await body_of(request, {"identifier", "purpose", "recipient", "valid_until", "copies"})
        order = OwnAuthorisation(
            identifier=text(body, "identifier"),
            purpose=purpose_of(text(body, "purpose")),
            recipient=_recipient(body),
            valid_until=_moment(body),
            copies=whole(body, "copies", MAX_COPIES, fallback=1),
            evidence=request.headers["authorization"].encode("latin-1"),
        )
        return await self._counted(
            request, self._mandated(request, lambda: self.sharing.authorise(order, holder=holder, caller=caller))
        )

    async def withdraw(self, request: Request) -> Response:
        holder, caller = organisation_of(request)
        body = await body_of(request, {"authorisation", "reason"})
        number, reason = text(body, "authorisation"), text(body, "reason")
        return await self._counted(
            request,
            self._mandated(request, lambda: self.sharing.withdraw(number, reason=reason, holder=holder, caller=caller)),
        )

    def _mandated(self, request: Request, act: Callable[[], AuthorisationRow]) -> Callable[[], object]:
        """Return what is done once the mandate is seen to be for it."""
        token = token_of(request)
        _, caller = organisation_of(request)

        def done() -> object:
            self.mandates.require(token, caller)
            return AuthorisationLine(authorisation=act(), now=self.clock.now()).to_json()

        return done

    async def _counted(self, request: Request, act: Callable[[], object]) -> Response:
        async def made() -> Response:
            return answer_of(await run_in_threadpool(act))

        return await self.counted.answered(request, None, 1, made)


def _recipient(body: Mapping[str, JsonValue]) -> Recipient:
    value = body.get("recipient")
    if not isinstance(value, dict) or value.keys() != {"uscc", "name"}:
        raise TrustError(ErrorCode.REQUEST_MALFORMED, "recipient is an object with uscc and name", key="recipient")
    return recipient_of(text(value, "uscc"), text(value, "name"))


def _formats(body: Mapping[str, JsonValue]) -> tuple[LicenceFormat, ...]:
    value = body.get("format", "pdf")
    if not isinstance(value, str) or value not in FORMATS:
        raise TrustError(ErrorCode.REQUEST_MALFORMED, f"format is one of {', '.join(FORMATS)}", key="format")
    return FORMATS[value]


def _moment(body: Mapping[str, JsonValue]) -> datetime:
    try:
        return parse_rfc3339(text(body, "valid_until"))
    except ValueError as error:
        raise TrustError(ErrorCode.REQUEST_MALFORMED, "valid_until is such as 2027-03-31T16:00:00Z") from error


def _shared(each: SharedLicence) -> dict[str, JsonValue]:
    return {
        "identifier": each.licence.identifier,
        "type": each.licence.type_code,
        "standing": each.standing.value,
        "expires_at": None if each.licence.expires_at is None else format_rfc3339(each.licence.expires_at),
        "authorisation": each.authorisation.number,
        "purpose": each.authorisation.purpose,
        "valid_until": format_rfc3339(each.authorisation.valid_until),
        "copies_left": each.authorisation.most_copies - each.authorisation.copies,
    }


def _fetched(copy: IssuedCopy) -> dict[str, object]:
    documents = [
        {"format": each.format.value, "sm3": each.sm3, "data": encode_base64(each.octets)} for each in copy.documents
    ]
    return copy.to_json() | {"documents": documents}
