"""Webhooks: where an organisation is told of what becomes of its copies, asked for by itself, ended by anybody who may.

    row = hooks.add(WebhookOrder(url=…, lifetime=…), by)       # once the address has shown that it wants to be told
    hooks.renew(row.identifier, by, lifetime=…)

Each lasts for a time and is renewed by a token that is good then. Every change of state is told to the trail with it; what is told to whom is
derived from the trail (`esign.copies.notices`).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from esign.copies.notices import CHANGES, begin_after
from trustkit.audit import trail
from trustkit.audit.events import AuditEvent, EventType
from trustkit.clock import format_rfc3339
from trustkit.copy_codes import CopyCode
from trustkit.crypto.digest import DigestAlgorithm, digest
from trustkit.errors import ErrorCode, TrustError
from trustkit.identity import Principal, fresh_identifier
from trustkit.jose.model import JwsAlgorithm
from trustkit.store import webhooks
from trustkit.store.webhooks import WebhookRow, WebhookState

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from trustkit.audit.events import FactValue
    from trustkit.clock import Clock
    from trustkit.store.database import Database
    from trustkit.store.unit_of_work import ReadUnit, UnitOfWork

ALGORITHMS: Final = (JwsAlgorithm.ES256, JwsAlgorithm.SGD_SM3_SM2)
MOST_EACH: Final = 10  # of one organisation
MOST: Final = 10_000
MOST_LICENCES: Final = 50
LONGEST: Final = timedelta(days=90)
BY_OPERATOR: Final = "operator"
UNANSWERED, GONE, REMOVED, LAPSED, UNAUTHORISED = "unanswered", "gone", "removed", "lapsed", "unauthorised"
_OBJECT: Final = "webhook"
_PREFIX: Final = "wh"


@dataclass(frozen=True, slots=True, kw_only=True)
class WebhookOrder:
    """What an organisation asks for; no `changes` are all of them, no `licences` those of all its copies."""

    url: str = field(repr=False)
    lifetime: timedelta
    changes: tuple[str, ...] = ()
    licences: tuple[str, ...] = ()
    algorithm: JwsAlgorithm = JwsAlgorithm.ES256

    def __post_init__(self) -> None:
        """Raise REQUEST_MALFORMED for a change that is none, too many licences, another algorithm, or a time out of bounds."""
        if not set(self.changes) <= CHANGES or len(self.licences) > MOST_LICENCES or self.algorithm not in ALGORITHMS:
            raise TrustError(ErrorCode.REQUEST_MALFORMED, "no such changes, licences or algorithm")
        require_lifetime(self.lifetime)


@dataclass(frozen=True, slots=True, kw_only=True)
class Subscriber:
    """Who asks: for which organisation, by which client and token. `person` and `mandate` are those of a token of this home's own."""

    organisation: str
    actor: Principal
    client: str
    token_id: str = field(default="", repr=False)
    person: str = field(default="", repr=False)
    mandate: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Webhooks:
    """The webhooks of a home. `challenge` raises unless an address, asked under an algorithm, shows that it wants to be told."""

    database: Database
    clock: Clock
    challenge: Callable[[str, JwsAlgorithm], None]

    def add(self, order: WebhookOrder, by: Subscriber) -> WebhookRow:
        """Tell an address from now on. Raise WEBHOOK_MANY; WEBHOOK_ADDRESS, WEBHOOK_CHALLENGE, WEBHOOK_UNANSWERED."""
        with self.database.reading() as unit:
            _require_room(unit, by.organisation)
            place = begin_after(unit, None)  # before it is asked: what happens meanwhile is told
        self.challenge(order.url, order.algorithm)
        now = self.clock.now()
        row = WebhookRow(
            identifier=fresh_identifier(_PREFIX),
            url=order.url,
            changes=tuple(sorted(set(order.changes))),
            licences=tuple(sorted(set(order.licences))),
            algorithm=order.algorithm.value,
            place=place,
            due_at=now,
            created_at=now,
            valid_until=now + order.lifetime,
            organisation=by.organisation,
            client=by.client,
            token_id=by.token_id,
            person=by.person,
            mandate=by.mandate,
        )
        with self.database.unit_of_work() as uow:
            _require_room(uow, by.organisation)
            webhooks.add(uow, row)
            told(uow, EventType.WEBHOOK_ADDED, row, by.actor, now)
        return row

    def of(self, organisation: str) -> tuple[WebhookRow, ...]:
        """Return an organisation's webhooks, those that ended lately as well."""
        with self.database.reading() as unit:
            return webhooks.list_webhooks(unit, organisation=organisation)

    def get(self, identifier: str, organisation: str | None = None) -> WebhookRow:
        """Return a webhook. Raise WEBHOOK_MISSING, also for another organisation's."""
        with self.database.reading() as unit:
            return _found(unit, identifier, organisation)

    def renew(self, identifier: str, by: Subscriber, *, lifetime: timedelta, anew: bool = False) -> WebhookRow:
        """Go on, asked by the caller's token from now on: from where it was told last, or `anew` from now on.

        Raises:
            TrustError: WEBHOOK_MISSING; WEBHOOK_STATE for one that ended or that the operator suspended; STREAM_LOST for one that is too far
                behind and does not begin anew; as `add`.
        """
        require_lifetime(lifetime)
        row = self.get(identifier, by.organisation)
        _require_renewable(row)
        self.challenge(row.url, JwsAlgorithm(row.algorithm))
        now = self.clock.now()
        with self.database.unit_of_work() as uow:
            row = _found(uow, identifier, by.organisation)
            _require_renewable(row)  # again: the address took its time, and the operator may have suspended it
            kind = EventType.WEBHOOK_RENEWED if row.state is WebhookState.ACTIVE else EventType.WEBHOOK_RESUMED
            until = {**_whose(by), "valid_until": now + lifetime}
            return _activated(uow, row, kind, by.actor, now, anew=anew, **until)

    def resume(self, identifier: str, actor: Principal, *, anew: bool = False) -> WebhookRow:
        """Go on with one that is suspended, as the operator. Raise WEBHOOK_MISSING, WEBHOOK_STATE, STREAM_LOST."""
        with self.database.unit_of_work() as uow:
            row = _found(uow, identifier, None)
            if row.state is not WebhookState.SUSPENDED:
                raise TrustError(CopyCode.WEBHOOK_STATE, "it is not suspended", state=row.state.value)
            return _activated(uow, row, EventType.WEBHOOK_RESUMED, actor, self.clock.now(), anew=anew)

    def suspend(self, identifier: str, actor: Principal) -> WebhookRow:
        """Tell nothing more until the operator resumes it. Raise WEBHOOK_MISSING, WEBHOOK_STATE."""
        with self.database.unit_of_work() as uow:
            row = _found(uow, identifier, None)
            if row.state is WebhookState.ENDED or row.reason == BY_OPERATOR:
                raise TrustError(CopyCode.WEBHOOK_STATE, "it ended, or is suspended already", state=row.state.value)
            return suspended(uow, row, BY_OPERATOR, actor, self.clock.now())

    def remove(self, identifier: str, actor: Principal, organisation: str | None = None) -> WebhookRow:
        """End it for good. Raise WEBHOOK_MISSING, WEBHOOK_STATE for one that ended before."""
        with self.database.unit_of_work() as uow:
            row = _found(uow, identifier, organisation)
            if row.state is WebhookState.ENDED:
                raise TrustError(CopyCode.WEBHOOK_STATE, "it has ended", state=row.state.value)
            return ended(uow, row, REMOVED, actor, self.clock.now())

    def redeliver(self, identifier: str, actor: Principal, *, after: int) -> WebhookRow:
        """Tell again what came after an entry of the trail, in order. Raise WEBHOOK_MISSING, WEBHOOK_STATE, STREAM_LOST."""
        with self.database.unit_of_work() as uow:
            row, now = _found(uow, identifier, None), self.clock.now()
            if row.state is not WebhookState.ACTIVE or after > row.place:
                raise TrustError(CopyCode.WEBHOOK_STATE, "it is not told, or was not told so far", place=row.place)
            place = begin_after(uow, after)
            after_it = webhooks.change(uow, row, place=place, attempts=0, failing_since=None, due_at=now)
            told(uow, EventType.WEBHOOK_REWOUND, after_it, actor, now, number=place)
            return after_it


def suspended(uow: UnitOfWork, row: WebhookRow, reason: str, actor: Principal, now: datetime) -> WebhookRow:
    """Suspend a webhook, told to the trail in the same transaction. Raise STORE_CONFLICT when it was overtaken."""
    after = webhooks.change(uow, row, state=WebhookState.SUSPENDED, reason=reason)
    told(uow, EventType.WEBHOOK_SUSPENDED, after, actor, now, attempts=row.attempts)
    return after


def ended(uow: UnitOfWork, row: WebhookRow, reason: str, actor: Principal, now: datetime) -> WebhookRow:
    """End a webhook, likewise."""
    after = webhooks.change(uow, row, state=WebhookState.ENDED, reason=reason, ended_at=now)
    told(uow, EventType.WEBHOOK_ENDED, after, actor, now)
    return after


def require_lifetime(lifetime: timedelta) -> None:
    """Raise REQUEST_MALFORMED unless a webhook may last so long."""
    if not timedelta(0) < lifetime <= LONGEST:
        raise TrustError(ErrorCode.REQUEST_MALFORMED, f"a webhook lasts 1 to {LONGEST.days} days", key="days")


def told(
    uow: UnitOfWork, kind: EventType, row: WebhookRow, actor: Principal, now: datetime, **facts: FactValue
) -> None:
    """Tell the trail of a webhook; of its address the digest alone."""
    common: dict[str, FactValue] = {
        "endpoint_sm3": digest(DigestAlgorithm.SM3, row.url.encode()).hex(),
        "valid_until": format_rfc3339(row.valid_until),
    }
    event = AuditEvent(
        type=kind,
        at=now,
        actor=actor,
        object_type=_OBJECT,
        object_id=row.identifier,
        reason=row.reason,
        facts=common | facts,
    )
    trail.record(uow, event)


def _activated(
    uow: UnitOfWork, row: WebhookRow, kind: EventType, actor: Principal, now: datetime, *, anew: bool, **values: object
) -> WebhookRow:  # fmt: skip
    place = begin_after(uow, None if anew else row.place)
    begun = {"state": WebhookState.ACTIVE, "reason": "", "place": place, "attempts": 0, "failing_since": None}
    after = webhooks.change(uow, row, **{**begun, "due_at": now, **values})
    told(uow, kind, after, actor, now)
    return after


def _require_renewable(row: WebhookRow) -> None:
    if row.state is WebhookState.ENDED or row.reason == BY_OPERATOR:
        raise TrustError(CopyCode.WEBHOOK_STATE, "it ended, or the operator suspended it", state=row.state.value)


def _whose(by: Subscriber) -> dict[str, object]:
    return {name: getattr(by, name) for name in ("client", "token_id", "person", "mandate")}


def _found(unit: ReadUnit, identifier: str, organisation: str | None) -> WebhookRow:
    row = webhooks.find(unit, identifier)
    if row is None or organisation not in {None, row.organisation}:
        raise TrustError(CopyCode.WEBHOOK_MISSING, "no such subscription")
    return row


def _require_room(unit: ReadUnit, organisation: str) -> None:
    if webhooks.count_lasting(unit, organisation) >= MOST_EACH or webhooks.count_lasting(unit) >= MOST:
        raise TrustError(CopyCode.WEBHOOK_MANY, "as many as there may be", limit=MOST_EACH)
