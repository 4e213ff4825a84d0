"""What a person says to a request that was asked elsewhere, at a device or by the back channel: judged, and made a grant where it is a yes."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from idp.levels.acr import parse_acr_values
from idp.op.grants import keep_grant, new_grant
from idp.stepup import Need, Reached, any_shortfall
from trustkit.audit import trail
from trustkit.audit.events import AuditEvent, EventType, Outcome
from trustkit.encoding.canonical_json import parse_json
from trustkit.errors import TrustError
from trustkit.identity import AcrDemand, Principal
from trustkit.identity_codes import IdentityCode
from trustkit.store import op_polls
from trustkit.store.op_polls import PollState

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from idp.op.client_model import Client, GrantType
    from idp.op.people import PeopleView
    from idp.op.rules import ProviderRules
    from idp.session_model import Session
    from trustkit.encoding.canonical_json import JsonValue
    from trustkit.store.op_polls import PollRow
    from trustkit.store.unit_of_work import UnitOfWork


@dataclass(frozen=True, slots=True, kw_only=True)
class PollNeed:
    """What a client needs of the sign-in: `need`, and any of the names on top."""

    need: Need
    demands: tuple[AcrDemand, ...] = ()

    def is_enough(self, session: Session, now: datetime) -> bool:
        """Tell whether a session has it."""
        reached = Reached(level=session.assurance, methods=session.methods, authenticated_at=session.authenticated_at)
        return self.is_met_by(reached, now)

    def is_met_by(self, reached: Reached, now: datetime) -> bool:
        """Tell whether somebody who reached this has it."""
        return any_shortfall(self.need.with_any(self.demands), reached, now) is None


@dataclass(frozen=True, slots=True, kw_only=True)
class PollAnswers:
    """Takes answers."""

    rules: ProviderRules
    people: PeopleView

    def allow(
        self,
        uow: UnitOfWork,
        session: Session,
        row: PollRow,
        client: Client,
        *,
        means: GrantType,
        now: datetime,
        app: str = "",
    ) -> None:
        """Note a yes, and make the grant; `app` is the factor it was said by, empty on a page. Tells the trail in the unit.

        Raises:
            TrustError: OP_LEVEL_UNMET, OP_REQUEST_OVER (answered before); IDP_PERSON_LOCKED, IDP_MANDATE_*.
        """
        if not poll_need(row, client).is_enough(session, now):
            raise TrustError(IdentityCode.OP_LEVEL_UNMET, "the client needs a stronger or fresher sign-in")
        self.people.require_active(uow, session.person)
        if session.mandate is not None:
            self.people.acting_for(uow, person=session.person, mandate=session.mandate, now=now)
        scopes, resources = poll_wanted(row)
        grant = new_grant(client, session, scopes=scopes, resources=resources, binding="", rules=self.rules, now=now)
        made = keep_grant(uow, grant, means=means.value)
        trail.record_many(uow, (made, _answered(uow, row, session.person, now, grant=grant.identifier, app=app)))

    def refuse(self, uow: UnitOfWork, person: str, row: PollRow, *, now: datetime, app: str = "") -> None:
        """Note a no, as `allow`. Raise OP_REQUEST_OVER."""
        trail.record(uow, _answered(uow, row, person, now, grant=None, app=app))


def _answered(uow: UnitOfWork, row: PollRow, person: str, now: datetime, *, grant: str | None, app: str) -> AuditEvent:
    """Write the answer, once, and return the event that tells of it; a yes has a grant. Raise OP_REQUEST_OVER."""
    state = PollState.REFUSED if grant is None else PollState.APPROVED
    if not op_polls.answer(uow, row.poll_sm3, state, grant_id=grant):
        raise TrustError(IdentityCode.OP_REQUEST_OVER, "answered before")
    actor = Principal(id=person)
    return poll_event(EventType.OP_POLL_ANSWERED, row, now, actor, allowed=grant is not None, app=app)


def poll_need(row: PollRow, client: Client) -> PollNeed:
    """Return what a request needs of the sign-in: `acr_values` and `max_age` as in an authorization request.

    A sign-in since it was asked is fresh in any case. One of the names must be reached: it is the person's approval that is judged.
    """
    members = poll_members(row)
    age = members.get("max_age")
    return PollNeed(
        need=Need(
            level=client.registration.least,
            max_age=timedelta(seconds=age) if isinstance(age, int) else None,
            asked_at=row.created_at,
        ),
        demands=poll_demands(row),
    )


def poll_demands(row: PollRow) -> tuple[AcrDemand, ...]:
    """Return the names of levels a request has, any of which is asked for."""
    levels = poll_members(row).get("acr_values")
    return parse_acr_values(levels) if isinstance(levels, str) else ()


def poll_members(row: PollRow) -> Mapping[str, JsonValue]:
    """Return what was kept of a request."""
    value = parse_json(row.parameters.encode())
    return value if isinstance(value, dict) else {}


def poll_wanted(row: PollRow) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the scopes and resources a request is for."""
    members = poll_members(row)
    scopes, resources = (members.get(name, []) for name in ("scopes", "resources"))
    return (
        tuple(str(each) for each in scopes) if isinstance(scopes, list) else (),
        tuple(str(each) for each in resources) if isinstance(resources, list) else (),
    )


def poll_event(
    kind: EventType, row: PollRow, at: datetime, actor: Principal, *, allowed: bool = True, app: str = ""
) -> AuditEvent:
    """Return the event that tells of a request; `app` is the factor it was answered by, empty on a page."""
    return AuditEvent(
        type=kind,
        at=at,
        actor=actor,
        object_type="poll",
        object_id=row.poll_sm3,
        outcome=Outcome.SUCCESS if allowed else Outcome.DENIED,
        facts={"client": row.client, "kind": row.kind.value, **({"factor": app} if app else {})},
    )
