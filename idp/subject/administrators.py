"""Three kinds of administrators (三员) who never meet in one person: system, security and audit.

    administrators.assign(uow, "np-…", Office.AUDIT, now=now, actor=operator)
    administrators.require_office(unit, "np-…", Office.AUDIT)

Four guards, each of its own: the store's primary key lets a person be in one office, whoever races; only somebody who showed an
identity document is put into one, of a kind that is not had beside another, and no document belongs to two accounts, so that no human
is two people; nobody puts himself into an office or takes himself out of one; and the last security administrator stays until there
is another, since nobody else fills offices.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from idp.subject.documents import require_identified
from trustkit.audit import trail
from trustkit.audit.events import AuditEvent, EventType
from trustkit.errors import TrustError
from trustkit.identity_codes import IdentityCode
from trustkit.store import administrators as rows
from trustkit.store import people
from trustkit.store.administrators import AdministratorRow, Office
from trustkit.store.sequences import next_value

if TYPE_CHECKING:
    from datetime import datetime

    from trustkit.identity import Principal
    from trustkit.store.unit_of_work import ReadUnit, UnitOfWork

_TURN: Final = "offices"  # so that of two who remove each other one stays


def assign(uow: UnitOfWork, person: str, office: Office, *, now: datetime, actor: Principal) -> None:
    """Put a person into an office.

    Raises:
        TrustError: IDP_PERSON_MISSING, IDP_PERSON_LOCKED; IDP_PERSON_UNIDENTIFIED; IDP_OFFICE_OWN; IDP_OFFICE_HELD, which names the one he
            is in.
    """
    _require_other(person, actor)
    if people.hold(uow, person).locked_at is not None:
        raise TrustError(IdentityCode.IDP_PERSON_LOCKED, "somebody who is locked out gets no office", person=person)
    require_identified(uow, person)
    if not rows.assign(uow, person=person, office=office, at=now, by=actor.id):
        found = rows.find(uow, person)
        held = found.office.value if found is not None else ""
        raise TrustError(IdentityCode.IDP_OFFICE_HELD, "the three offices never meet in one person", office=held)
    trail.record(uow, _event(EventType.OFFICE_ASSIGNED, person, office, now, actor))


def remove(uow: UnitOfWork, person: str, office: Office, *, now: datetime, actor: Principal) -> None:
    """Take a person out of an office.

    Raises:
        TrustError: IDP_OFFICE_OWN; IDP_OFFICE_MISSING when he is not in it; IDP_OFFICE_LAST for the last security administrator.
    """
    _require_other(person, actor)
    next_value(uow, _TURN)
    if not rows.remove(uow, person=person, office=office):
        raise _missing(office)
    if office is Office.SECURITY and rows.count(uow, office) == 0:
        raise TrustError(IdentityCode.IDP_OFFICE_LAST, "nobody else fills offices", person=person)
    trail.record(uow, _event(EventType.OFFICE_REMOVED, person, office, now, actor))


def require_office(unit: ReadUnit, person: str, office: Office) -> AdministratorRow:
    """Return a person's office. Raise IDP_OFFICE_MISSING when it is not this one; it is asked for at every act, not once."""
    found = rows.find(unit, person)
    if found is None or found.office is not office:
        raise _missing(office)
    return found


def _missing(office: Office) -> TrustError:
    return TrustError(IdentityCode.IDP_OFFICE_MISSING, "the person is not in this office", office=office.value)


def _require_other(person: str, actor: Principal) -> None:
    if actor.id == person:
        raise TrustError(IdentityCode.IDP_OFFICE_OWN, "nobody decides on an office of his own", person=person)


def _event(kind: EventType, person: str, office: Office, at: datetime, actor: Principal) -> AuditEvent:
    facts = {"office": office.value}
    return AuditEvent(type=kind, at=at, actor=actor, object_type="person", object_id=person, facts=facts)
