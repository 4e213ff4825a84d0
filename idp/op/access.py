"""Ending what somebody reached by a proof that is good no more: his sessions, and what clients were allowed in them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Protocol

from idp.op.client_model import OFFLINE
from idp.op.grants import revoke_grant
from trustkit.audit import trail
from trustkit.identity import SYSTEM
from trustkit.store import op_grants

if TYPE_CHECKING:
    from datetime import datetime

    from idp.session_model import Session
    from trustkit.identity import Principal
    from trustkit.store.unit_of_work import UnitOfWork


SESSION_ENDED: Final = "session-ended"


class PersonSessions(Protocol):
    """The sessions of people (`idp.sessions.Sessions`)."""

    def end_all(
        self, uow: UnitOfWork, person: str, *, reason: str, now: datetime, actor: Principal, keep: str | None = None
    ) -> int:
        """End a person's sessions but the one to `keep`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonAccess:
    """The sessions of one home's people, and the grants made in them (`idp.factors.changes.Access`)."""

    sessions: PersonSessions

    def end(
        self, uow: UnitOfWork, person: str, *, reason: str, now: datetime, actor: Principal, keep: str | None
    ) -> None:
        """End a person's sessions and grants, those for his absence (`offline_access`) too, but for the session to `keep`."""
        self.sessions.end_all(uow, person, reason=reason, now=now, actor=actor, keep=keep)
        while grants := op_grants.list_live(uow, person, now=now, but=keep):  # a page at a time
            for grant in grants:
                trail.record_many(uow, revoke_grant(uow, grant, reason=reason, actor=actor, now=now))


def end_grants(uow: UnitOfWork, session: Session, now: datetime) -> None:
    """End what clients were allowed in a session that ends, save for the person's absence: a hook of `idp.sessions.Sessions`.

    It comes after `idp.op.logout.note_logout`, which tells the clients of live grants.
    """
    while ending := [row for row in op_grants.list_of_session(uow, session.id) if OFFLINE not in row.scopes.split()]:
        for grant in ending:
            events = revoke_grant(uow, grant, reason=SESSION_ENDED, actor=SYSTEM, now=now)
            trail.record_many(uow, events)
