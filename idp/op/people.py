"""What the provider asks of the rest of the room about people: whether one may still sign in, for whom he acts, what he is called."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from idp.session_model import Session
    from idp.subject.mandates import ActingFor
    from trustkit.encoding.canonical_json import JsonValue
    from trustkit.store.unit_of_work import ReadUnit, UnitOfWork


class PeopleView(Protocol):
    """People as they are now; asked at every token, so that a lock or the end of a mandate is felt at once."""

    def require_active(self, unit: ReadUnit, person: str) -> None:
        """Raise IDP_PERSON_LOCKED, IDP_PERSON_MISSING for one whose tokens are good no more."""

    def acting_for(self, unit: ReadUnit, *, person: str, mandate: str, now: datetime) -> ActingFor:
        """Return the organisation of a live mandate of the person. Raise IDP_MANDATE_* for one that ended."""

    def claims(self, unit: ReadUnit, person: str) -> Mapping[str, JsonValue]:
        """Return what `profile` opens beside the person's subject; nothing where the home keeps no such thing."""


class LiveSessions(Protocol):
    """Sessions as they are now (`idp.sessions.Sessions`)."""

    def current(self, unit: ReadUnit, secret: str | None, *, now: datetime) -> Session | None:
        """Return who is signed in at the browser with this cookie, None for nobody."""

    def find(self, unit: ReadUnit, session: str, *, now: datetime, over: bool = False) -> Session | None:
        """Return a live session by its id, None when it is over; with `over` also that, as far as what it stood on still counts."""


class UsedSessions(LiveSessions, Protocol):
    """Sessions that are used by whoever comes with a browser."""

    def is_stale(self, session: Session, now: datetime) -> bool:
        """Tell whether a use is to be noted by `touch`."""

    def touch(self, uow: UnitOfWork, session: Session, *, now: datetime) -> None:
        """Note a use, so that the session is not idle."""
