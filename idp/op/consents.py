"""Consent: what a person lets a client have, asked once for the same (anew where he acts for an organisation), shown on his page, taken back at any time.

Taking a consent back ends every grant it led to, so that no token made of it is good any more.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import groupby
from typing import TYPE_CHECKING

from idp.op.authorization_request import kept_request
from idp.op.clients import live_client
from idp.op.grants import revoke_grant, scopes_digest
from trustkit.audit import trail
from trustkit.audit.events import AuditEvent, EventType
from trustkit.errors import TrustError
from trustkit.identity import Principal
from trustkit.identity_codes import IdentityCode
from trustkit.store import op_clients, op_consents, op_grants, op_requests
from trustkit.store.op_consents import ConsentRow
from trustkit.store.op_requests import RequestKind

if TYPE_CHECKING:
    from datetime import datetime

    from idp.interaction import Interaction
    from idp.op.client_model import Client
    from idp.session_model import Session
    from trustkit.audit.events import FactValue
    from trustkit.store.op_requests import RequestRow
    from trustkit.store.unit_of_work import ReadUnit, UnitOfWork


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsentQuestion:
    """What the page asks: who wants what. `language` is the request's, empty for none."""

    client: Client
    scopes: tuple[str, ...]
    language: str


@dataclass(frozen=True, slots=True, kw_only=True)
class GivenConsent:
    """What one client may have of a person; `mandates` he gave it under, empty text for himself."""

    client: str
    title: str = field(default="")
    scopes: tuple[str, ...]
    given_at: datetime
    mandates: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsentDesk:
    """Asks, notes and takes back consents. Methods work in the unit they are given and tell the trail in it."""

    def question(self, unit: ReadUnit, interaction: Interaction, *, now: datetime) -> ConsentQuestion:
        """Return what is to be asked. Raise OP_REQUEST_OVER, OP_CLIENT_MISSING."""
        row = _open_request(unit, interaction, now)
        request = kept_request(row.parameters)
        client = live_client(unit, row.client)
        if client is None:
            raise TrustError(IdentityCode.OP_CLIENT_MISSING, "the client was revoked meanwhile")
        return ConsentQuestion(
            client=client,
            scopes=request.scopes,
            language=request.language,
        )

    def answer(
        self, uow: UnitOfWork, interaction: Interaction, session: Session, *, allowed: bool, now: datetime
    ) -> None:
        """Note what the person said; the browser then goes on to ``/authorize/continue``. Raise OP_REQUEST_OVER."""
        row = _open_request(uow, interaction, now)
        if not op_requests.decide(uow, row.reference_sm3, consent="given" if allowed else "refused"):
            raise TrustError(IdentityCode.OP_REQUEST_OVER, "answered before")
        if allowed:
            self._keep(uow, session, row.client, kept_request(row.parameters).scopes, now)

    def list_of(self, unit: ReadUnit, person: str, *, language: str) -> tuple[GivenConsent, ...]:
        """List what a person lets clients have, whomever he acts for."""
        found = []
        for identifier, rows in groupby(op_consents.list_of(unit, person), key=lambda row: row.client):
            client, kept = live_client(unit, identifier), tuple(rows)
            title = client.title(language) if client is not None else identifier
            scopes = tuple(dict.fromkeys(scope for row in kept for scope in row.scopes.split()))
            given_at = max(row.given_at for row in kept)
            mandates = tuple(row.mandate for row in kept)
            given = GivenConsent(client=identifier, title=title, scopes=scopes, given_at=given_at, mandates=mandates)
            found.append(given)
        return tuple(found)

    def withdraw(self, uow: UnitOfWork, person: str, client: str, *, now: datetime) -> None:
        """Take a consent back, and end what came of it. Raise OP_CLIENT_MISSING where there is none."""
        if op_clients.find(uow, client) is None or not op_consents.withdraw(uow, person, client, at=now):
            raise TrustError(IdentityCode.OP_CLIENT_MISSING, "no consent to this client")
        actor = Principal(id=person)
        grants = tuple(op_grants.each_of_person(uow, person, client))
        events = [
            event
            for grant in grants
            for event in revoke_grant(uow, grant, reason="consent-withdrawn", actor=actor, now=now)
        ]
        facts: dict[str, FactValue] = {"client": client, "grants": len(grants)}
        trail.record_many(uow, [*events, _event(EventType.OP_CONSENT_WITHDRAWN, person, now, facts)])

    def _keep(self, uow: UnitOfWork, session: Session, client: str, scopes: tuple[str, ...], now: datetime) -> None:
        person, mandate = session.person, session.mandate
        earlier = op_consents.find(uow, person, client, mandate)
        merged = dict.fromkeys((*(earlier.scopes.split() if earlier is not None else ()), *scopes))
        text = " ".join(merged)
        row = ConsentRow(person=person, client=client, mandate=mandate or "", scopes=text, given_at=now)
        op_consents.give(uow, row)
        facts: dict[str, FactValue] = {"client": client, "scopes_sm3": scopes_digest(text)}
        trail.record(uow, _event(EventType.OP_CONSENT_GIVEN, person, now, facts))


def _open_request(unit: ReadUnit, interaction: Interaction, now: datetime) -> RequestRow:
    row = op_requests.find(unit, interaction.reference)
    if row is None or row.kind is not RequestKind.ASKED or row.used_at is not None or now >= row.expires_at:
        raise TrustError(IdentityCode.OP_REQUEST_OVER, "answered before, or over")
    return row


def _event(kind: EventType, person: str, at: datetime, facts: dict[str, FactValue]) -> AuditEvent:
    return AuditEvent(type=kind, at=at, actor=Principal(id=person), object_type="person", object_id=person, facts=facts)
