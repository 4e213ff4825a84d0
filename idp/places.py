"""Signing in from where somebody did not sign in before is told to him, whoever it was.

    places = Places(sealing=secrets)
    places.signed_in(uow, at, session, now)          # in the unit the session begins in

A place is an address (a network of IPv6), kept with the person as one keyed digest for ninety days. A loopback address is nobody's place:
behind a proxy that was not named everybody has it, so each sign-in is told.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from idp.factors.throttle import is_loopback
from idp.notices import Notice, notify
from trustkit.store import sign_in_places as rows

if TYPE_CHECKING:
    from datetime import datetime

    from idp.login_view import At
    from idp.sealing import Sealing
    from idp.session_model import Session
    from trustkit.store.unit_of_work import UnitOfWork

KNOWN: Final = timedelta(days=90)
_PURPOSE: Final = "idp sign-in place v1"


@dataclass(frozen=True, slots=True, kw_only=True)
class Places:
    """From where the people of one home sign in."""

    sealing: Sealing

    def signed_in(self, uow: UnitOfWork, at: At, session: Session, now: datetime) -> None:
        """Note a session that began, and tell its person of it where the place is new."""
        if at.address and not is_loopback(at.address):
            key = self.sealing.mac(_PURPOSE, session.person.encode(), at.address.encode()).hex()
            if rows.note(uow, key, person=session.person, at=now, since=now - KNOWN):
                return
        notify(uow, Notice.SIGNED_IN, person=session.person, kind=session.provider, now=now)

    @staticmethod
    def forget(uow: UnitOfWork, *, now: datetime) -> int:
        """Remove places that count no more; return how many. At most a page at once."""
        return rows.forget(uow, before=now - KNOWN)
