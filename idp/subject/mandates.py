"""Mandates: who may act for an organisation, as what, for which matters, from when until when, and on what evidence.

    mandates = Mandates()
    mandates.add(uow, NewMandate(person="np-…", uscc="91…", name="示例公司", role=MandateRole.HANDLER, …), now=now, actor=operator)
    mandates.require_live(unit, "md-…", person="np-…", now=now)           # at every token and every refresh
    mandates.end(uow, "md-…", reason="left", now=now, actor=operator)     # and whatever was given under it ends with it

A mandate is added once and ended once; what it is for is never edited, so that a token's mandate means today what it meant when it was
issued. Acting for another organisation, or for oneself again, is another mandate and so a new token.
"""

from __future__ import annotations

import re
import secrets
from dataclasses import dataclass, field
from datetime import datetime  # noqa: TC003 - a field type of a public dataclass
from typing import TYPE_CHECKING, Final

from trustkit.audit import trail
from trustkit.audit.events import AuditEvent, EventType, FactValue
from trustkit.clock import format_rfc3339
from trustkit.crypto.digest import DigestAlgorithm, digest
from trustkit.encoding.holder_codes import parse_uscc
from trustkit.errors import ErrorCode, TrustError
from trustkit.identity import Organisation, Principal, fresh_identifier
from trustkit.identity_codes import IdentityCode
from trustkit.store import mandates as rows
from trustkit.store import people
from trustkit.store.mandates import NAME_LIMIT, MandateRole, MandateRow

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from trustkit.store.unit_of_work import ReadUnit, UnitOfWork

PREFIX: Final = "md"
ALL_MATTERS: Final = "*"
MOST_MATTERS: Final = 64
MOST_OPEN: Final = 64  # mandates of one person
_MATTER: Final = re.compile(r"\*|[A-Za-z0-9][A-Za-z0-9._:-]{0,47}", flags=re.ASCII)
_REASON: Final = re.compile(r"[a-z][a-z0-9-]{0,63}", flags=re.ASCII)
_DIGEST: Final = re.compile(r"[0-9a-f]{64}", flags=re.ASCII)
_MAY_APPOINT: Final = {
    MandateRole.LEGAL_REPRESENTATIVE: frozenset({MandateRole.ADMINISTRATOR, MandateRole.HANDLER}),
    MandateRole.ADMINISTRATOR: frozenset({MandateRole.HANDLER}),
    MandateRole.HANDLER: frozenset[MandateRole](),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class NewMandate:
    """What is to be added. `scope` holds codes of matters, ``*`` alone for all; `evidence_sm3` is the SM3 of what it rests on, hex.

    `under` is the mandate of who appoints him; None where an officer of the home, or a `source`, says so.
    """

    person: str
    uscc: str
    name: str = field(repr=False)
    role: MandateRole
    scope: tuple[str, ...]
    valid_from: datetime
    valid_until: datetime | None
    evidence_sm3: str
    source: str = ""
    under: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ActingFor:
    """Somebody acts for an organisation under a mandate that is live: made by `Mandates` alone.

    `sources` are the connectors whose word it rests on, its own and those of the mandates it was given under; empty when officers of the
    home alone said so.
    """

    mandate: str
    person: str
    organisation: Organisation
    role: MandateRole
    scope: tuple[str, ...]
    valid_until: datetime | None
    sources: frozenset[str]

    def covers(self, matter: str) -> bool:
        """Tell whether the mandate is for a matter, by its code."""
        return ALL_MATTERS in self.scope or matter in self.scope


@dataclass(frozen=True, slots=True, kw_only=True)
class Mandates:
    """The mandates of one home. Each method works in the unit of work it is given and tells the trail in it."""

    choose: Callable[[Sequence[str]], str] = secrets.choice

    def add(self, uow: UnitOfWork, new: NewMandate, *, now: datetime, actor: Principal) -> MandateRow:
        """Return the mandate that was added.

        Raises:
            TrustError: IDP_PERSON_MISSING, IDP_PERSON_LOCKED; HOLDER_CODE for a code that is none; IDP_MANDATE (name, scope, period,
                evidence; too many); IDP_MANDATE_IN_OFFICE for a second legal representative; IDP_MANDATE_POWER when who appoints may not.
        """
        _require_well_formed(new, now)
        if people.hold(uow, new.person).locked_at is not None:
            raise TrustError(
                IdentityCode.IDP_PERSON_LOCKED, "somebody who is locked out gets no mandate", person=new.person
            )
        if len(rows.open_of(uow, new.person)) >= MOST_OPEN:
            raise _wrong("a person has so many at most", "person", most=MOST_OPEN)
        if new.under is not None:
            self._require_power(uow, new, now, actor)
        rows.record_organisation(uow, new.uscc, new.name, at=now)
        if new.role is MandateRole.LEGAL_REPRESENTATIVE:
            self._make_room(uow, new.uscc, now)
        row = MandateRow(
            id=fresh_identifier(PREFIX, choose=self.choose),
            person=new.person,
            uscc=new.uscc,
            role=new.role,
            scope=tuple(sorted(set(new.scope))),
            valid_from=new.valid_from,
            valid_until=new.valid_until,
            evidence_sm3=new.evidence_sm3,
            source=new.source,
            under=new.under,
            added_at=now,
            added_by=actor.id,
            name=new.name,
        )
        if not rows.add(uow, row):
            raise TrustError(IdentityCode.IDP_MANDATE_IN_OFFICE, "the organisation has a legal representative")
        _tell(uow, EventType.MANDATE_ADDED, row, now, actor)
        return row

    def end(self, uow: UnitOfWork, mandate: str, *, reason: str, now: datetime, actor: Principal) -> tuple[str, ...]:
        """End a mandate and all that were given under it; return which, this one first. What was done under them stays done.

        Raises:
            TrustError: IDP_MANDATE_MISSING; IDP_MANDATE_OVER when it was ended before; USAGE for a reason that is no code.
        """
        if _REASON.fullmatch(reason) is None:
            raise TrustError(ErrorCode.USAGE, "a reason is a code such as left-the-company")
        row = self.get(uow, mandate)
        if not rows.end(uow, mandate, at=now, reason=reason):
            raise TrustError(IdentityCode.IDP_MANDATE_OVER, "ended before", mandate=mandate)
        _tell(uow, EventType.MANDATE_ENDED, row, now, actor, reason=reason)
        ended = [mandate]
        for below in rows.open_under(uow, mandate):
            ended += self.end(uow, below, reason="appointer-ended", now=now, actor=actor)
        return tuple(ended)

    def get(self, unit: ReadUnit, mandate: str) -> MandateRow:
        """Return a mandate, live or not. Raise IDP_MANDATE_MISSING."""
        found = rows.find(unit, mandate)
        if found is None:
            raise TrustError(IdentityCode.IDP_MANDATE_MISSING, "no such mandate")
        return found

    def require_live(self, unit: ReadUnit, mandate: str, *, person: str, now: datetime) -> ActingFor:
        """Return for whom a person acts under a mandate. Asked for whenever a token is issued or refreshed, and at each role switch.

        Raises:
            TrustError: IDP_MANDATE_MISSING, also for another person's; IDP_MANDATE_OVER when it was ended, is over or not yet begun, or
                one it was given under is.
        """
        row = self.get(unit, mandate)
        if row.person != person:
            raise TrustError(IdentityCode.IDP_MANDATE_MISSING, "no such mandate")
        return _acting(row, self._require_chain(unit, row, now))

    def choices(self, unit: ReadUnit, person: str, *, now: datetime) -> tuple[ActingFor, ...]:
        """List for whom a person could act now, oldest first."""
        found = []
        for row in rows.open_of(unit, person):
            try:
                sources = self._require_chain(unit, row, now)
            except TrustError as error:
                if error.code is not IdentityCode.IDP_MANDATE_OVER:
                    raise
                continue
            found.append(_acting(row, sources))
        return tuple(found)

    def _require_chain(self, unit: ReadUnit, row: MandateRow, now: datetime) -> frozenset[str]:
        """Return the sources of the mandate and of those it was given under. Raise IDP_MANDATE_OVER unless all are live.

        Two steps are the most there can be.
        """
        holder: MandateRow | None = row
        sources = set[str]()
        while holder is not None:
            if not _is_live(holder, now):
                raise TrustError(IdentityCode.IDP_MANDATE_OVER, "the mandate is not live", mandate=row.id)
            sources.add(holder.source)
            holder = rows.find(unit, holder.under) if holder.under is not None else None
        return frozenset(sources - {""})

    def _require_power(self, uow: UnitOfWork, new: NewMandate, now: datetime, actor: Principal) -> None:
        above = self.get(uow, new.under or "")
        self._require_chain(uow, above, now)
        ends = above.valid_until
        within = ends is None or (new.valid_until is not None and new.valid_until <= ends)
        wide = ALL_MATTERS in above.scope or set(new.scope) <= set(above.scope)
        own = new.person == above.person
        if (
            above.uscc != new.uscc
            or new.role not in _MAY_APPOINT[above.role]
            or own
            or not (within and wide)
            or (actor.id.startswith("np-") and actor.id != above.person)
        ):
            raise TrustError(IdentityCode.IDP_MANDATE_POWER, "who appoints gives less than he has, to another")

    def _make_room(self, uow: UnitOfWork, uscc: str, now: datetime) -> None:
        """End what a legal representative's mandate left open whose time is over, so that the next can take office."""
        before = rows.in_office(uow, uscc)
        if before is not None and before.valid_until is not None and before.valid_until <= now:
            self.end(uow, before.id, reason="expired", now=now, actor=Principal(id="system"))


def _require_well_formed(new: NewMandate, now: datetime) -> None:
    parse_uscc(new.uscc)
    if not 0 < len(new.name) <= NAME_LIMIT or not new.name.isprintable() or new.name != new.name.strip():
        raise _wrong("an organisation's name is a line of text", "name", most=NAME_LIMIT)
    if not 0 < len(new.scope) <= MOST_MATTERS or not all(_MATTER.fullmatch(each) for each in new.scope):
        raise _wrong("matters are codes of letters and digits, or * for all", "scope", most=MOST_MATTERS)
    if ALL_MATTERS in new.scope and len(set(new.scope)) > 1:
        raise _wrong("* stands alone", "scope")
    if new.valid_until is not None and new.valid_until <= max(new.valid_from, now):
        raise _wrong("it ends after it begins, and not in the past", "until")
    if _DIGEST.fullmatch(new.evidence_sm3) is None:
        raise _wrong("a mandate rests on evidence, by its SM3", "evidence")


def _is_live(row: MandateRow, now: datetime) -> bool:
    return row.ended_at is None and row.valid_from <= now and (row.valid_until is None or now < row.valid_until)


def _acting(row: MandateRow, sources: frozenset[str]) -> ActingFor:
    return ActingFor(
        mandate=row.id,
        person=row.person,
        organisation=Organisation(uscc=row.uscc, name=row.name),
        role=row.role,
        scope=row.scope,
        valid_until=row.valid_until,
        sources=sources,
    )


def _wrong(detail: str, key: str, **facts: int) -> TrustError:
    return TrustError(IdentityCode.IDP_MANDATE, detail, key=key, **facts)


def _tell(
    uow: UnitOfWork, kind: EventType, row: MandateRow, at: datetime, actor: Principal, *, reason: str = ""
) -> None:
    facts: dict[str, FactValue] = {
        "evidence_sm3": row.evidence_sm3,
        "organisation_sm3": digest(
            DigestAlgorithm.SM3, row.uscc.encode()
        ).hex(),  # some codes look like telephone numbers
        "role": row.role.value,
        "whose": row.person,
    }
    if row.source:
        facts["source"] = row.source
    if row.under is not None:
        facts["under"] = row.under
    if row.valid_until is not None:
        facts["valid_until"] = format_rfc3339(row.valid_until.replace(microsecond=0))
    event = AuditEvent(
        type=kind, at=at, actor=actor, object_type="mandate", object_id=row.id, reason=reason, facts=facts
    )
    trail.record(uow, event)
