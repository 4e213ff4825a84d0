"""People: made under a pseudonym, found by what they type, locked out at once and everywhere.

    people = People(sealing=secrets, access=access)
    person = people.create(uow, login_name="li.hua", now=now, actor=terminal)
    people.find(unit, "Li.Hua").id                          # np-…
    people.lock(uow, person, reason="lost-device", now=now, actor=terminal)

Of a login name only a keyed digest is kept, so the store tells nobody's; two spellings that look alike to a person are one.
"""

from __future__ import annotations

import re
import secrets
import unicodedata
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from trustkit.audit import trail
from trustkit.audit.events import AuditEvent, EventType
from trustkit.errors import ErrorCode, TrustError
from trustkit.identity import Principal, fresh_identifier
from trustkit.identity_codes import IdentityCode
from trustkit.store import idp_logins
from trustkit.store import people as rows
from trustkit.store.people import PersonRow

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime

    from idp.factors.changes import Access
    from idp.sealing import Sealing
    from trustkit.store.unit_of_work import ReadUnit, UnitOfWork

PREFIX: Final = "np"
MAX_LOGIN_NAME: Final = 64
_PURPOSE: Final = "login-name"
_REASON: Final = re.compile(r"[a-z][a-z0-9-]{0,63}", re.ASCII)
_LOCKED: Final = "locked"


def normal_login_name(name: str) -> str:
    """Return how a login name is compared: compatible forms (full width, NFKC) and cases are one. Raise IDP_LOGIN_NAME.

    A name has 1 to 64 letters, digits and marks of any script, and no blank or invisible character.
    """
    if len(name) <= MAX_LOGIN_NAME:
        folded = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", name.strip()).casefold())
        if 0 < len(folded) <= MAX_LOGIN_NAME and folded.isprintable() and not any(map(str.isspace, folded)):
            return folded
    raise TrustError(IdentityCode.IDP_LOGIN_NAME, "a login name has 1 to 64 printable characters and no blank")


def compared_login_name(name: str) -> str:
    """Return what whatever was typed as a login name is looked up and counted under: all that is none is one, the empty text."""
    try:
        return normal_login_name(name)
    except TrustError:
        return ""


@dataclass(frozen=True, slots=True, kw_only=True)
class People:
    """The people of one home. Each method works in the unit of work it is given and tells the trail in it."""

    sealing: Sealing
    access: Access
    choose: Callable[[Sequence[str]], str] = secrets.choice

    def create(self, uow: UnitOfWork, *, now: datetime, actor: Principal | None, login_name: str | None = None) -> str:
        """Return the pseudonym of a new person, with a login name or, for who comes by a provider, without one.

        `actor` is who made him; None for a person who came by himself.

        Raises:
            TrustError: IDP_LOGIN_NAME, IDP_PERSON_EXISTS (the name is taken).
        """
        person = fresh_identifier(PREFIX, choose=self.choose)
        rows.add(uow, PersonRow(id=person, created_at=now))
        _tell(uow, EventType.PERSON_CREATED, person, now, actor)
        if login_name is not None:
            self.add_name(uow, person, login_name, now=now, actor=actor)
        return person

    def add_name(
        self, uow: UnitOfWork, person: str, login_name: str, *, now: datetime, actor: Principal | None
    ) -> None:
        """Let a person be found by a login name, besides those he has. Raise IDP_LOGIN_NAME, IDP_PERSON_EXISTS (it is taken)."""
        rows.add_name(uow, self._mac(normal_login_name(login_name)), person=person, at=now)
        _tell(uow, EventType.LOGIN_NAME_ADDED, person, now, actor)

    def find(self, unit: ReadUnit, login_name: str) -> PersonRow | None:
        """Return whose login name it is, also of somebody who is locked out; None for nobody's and for what is no login name."""
        return rows.find_by_name(unit, self._mac(compared_login_name(login_name)))

    def lock(self, uow: UnitOfWork, person: str, *, reason: str, now: datetime, actor: Principal) -> None:
        """Lock a person out and end for good what he had: sessions, what clients were allowed, logins under way; in one unit.

        Raises:
            TrustError: IDP_PERSON_MISSING, IDP_PERSON_LOCKED when he is, USAGE for a reason that is no code.
        """
        if _REASON.fullmatch(reason) is None:
            raise TrustError(ErrorCode.USAGE, "a reason is a code such as lost-device")
        rows.get(uow, person)
        if not rows.lock(uow, person, at=now, reason=reason):
            raise TrustError(IdentityCode.IDP_PERSON_LOCKED, "locked out already")
        self._end(uow, person, now, actor)
        _tell(uow, EventType.PERSON_LOCKED, person, now, actor, reason=reason)

    def unlock(self, uow: UnitOfWork, person: str, *, now: datetime, actor: Principal) -> None:
        """Let a person in again, to begin anew: what came about beside the lock, in another unit, ends here.

        Raises:
            TrustError: IDP_PERSON_MISSING; USAGE when he is not locked out.
        """
        rows.get(uow, person)
        if not rows.unlock(uow, person):
            raise TrustError(ErrorCode.USAGE, "the person is not locked out")
        self._end(uow, person, now, actor)
        _tell(uow, EventType.PERSON_UNLOCKED, person, now, actor)

    def _end(self, uow: UnitOfWork, person: str, now: datetime, actor: Principal) -> None:
        self.access.end(uow, person, reason=_LOCKED, now=now, actor=actor, keep=None)
        idp_logins.remove_all_of(uow, person)

    def _mac(self, name: str) -> str:
        return self.sealing.mac(_PURPOSE, name.encode()).hex()


def _tell(
    uow: UnitOfWork, kind: EventType, person: str, at: datetime, actor: Principal | None, *, reason: str = ""
) -> None:
    acting = actor or Principal(id=person)
    trail.record(uow, AuditEvent(type=kind, at=at, actor=acting, object_type="person", object_id=person, reason=reason))
