"""The seal registry: making, stopping, putting back in force and revoking electronic seals, each act told in the trail it commits with.

Two transactions with the maker's signature between them. After the first the number and the intent are durable and noted on the
request that was approved; after the second the seal exists, in the register, in the trail, and the request is done. What is done
about a made seal needs no key and is one transaction.

Roles are those of 《电子印章管理办法》: whose seal it is applies, somebody else approves, a maker makes; who manages the registry
stops and revokes. Who they are and what they signed is the caller's to know (`People`); that they are not one person is refused here too.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from esign.seal.read import parse_seal
from esign.seal.standing import MAX_CHANGES, SealAct, SealChange, SealHistory, Standing, info_digest
from trustkit.audit import trail
from trustkit.audit.events import AuditEvent, EventType, FactValue
from trustkit.audit.intents import LIVE, Intents
from trustkit.clock import format_rfc3339
from trustkit.crypto.digest import DigestAlgorithm, digest
from trustkit.errors import ErrorCode, TrustError
from trustkit.identity import fresh_identifier
from trustkit.store import seals
from trustkit.store.seals import ChangeRow, MadeSeal, SealRow, SealState

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import datetime

    from esign.seal.application import SealApplication
    from esign.seal.kinds import SealKind
    from esign.seal.making import SealMaker
    from esign.seal.standing import People
    from trustkit.clock import Clock
    from trustkit.identity import Principal
    from trustkit.store.database import Database
    from trustkit.store.unit_of_work import ReadUnit, UnitOfWork

INTENTS: Final = Intents(
    event=EventType.SEAL_ABANDONED,
    object_type="seal",
    register=seals,
    key_of=lambda row: row.number,
)
_TOLD: Final[Mapping[SealAct, EventType]] = MappingProxyType(
    {
        SealAct.SUSPEND: EventType.SEAL_SUSPENDED,
        SealAct.RESUME: EventType.SEAL_RESUMED,
        SealAct.LOSE: EventType.SEAL_LOST,
        SealAct.REVOKE: EventType.SEAL_REVOKED,
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class ApprovedSeal:
    """An application that others agreed to. `noted` and `closed` do in the registry's units what the request needs done there.

    `noted` writes the number on the request, if nobody was faster; `closed` ends the request.
    """

    registration: str
    application: SealApplication
    kind: SealKind
    picture: bytes = field(repr=False)
    people: People
    noted: Callable[[UnitOfWork, str], None]
    closed: Callable[[UnitOfWork, str], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class SealRegistry:
    """The acts on the seals of one home."""

    database: Database
    clock: Clock

    def make(self, approved: ApprovedSeal, maker: SealMaker, *, actor: Principal) -> SealRow:
        """Make an approved seal; return its row, which is in force.

        Raises:
            TrustError: REGISTRATION_OWN, REGISTRATION_APPROVALS, SEAL_ORDER, SEAL_PICTURE, CERTIFICATE_PURPOSE, CA_ENDS_FIRST
                before anything is written; what `noted` raises; what signing and the store raise, after which the intent is
                marked as abandoned and the request can be carried out again.
        """
        approved.people.require_apart(least=1)
        now, number = self.clock.now(), fresh_identifier("es")
        INTENTS.close_unfinished(self.database, before=now - LIVE, now=now, actor=actor)
        application = approved.application
        order = maker.order(number, application, kind=approved.kind, picture=approved.picture, at=now)
        facts: dict[str, FactValue] = {
            "applicant": approved.people.applicant,
            "approvals": len(approved.people.approvers),
            "certificates": len(order.users),
            "kind": approved.kind.code,
            "picture_sm3": application.picture.sm3,
            "registration": approved.registration,
        }
        with self.database.unit_of_work() as uow:
            approved.noted(uow, number)
            seals.reserve(
                uow,
                SealRow(
                    number=number,
                    registration=approved.registration,
                    kind=approved.kind.code,
                    name=application.name,
                    holder=application.holder,
                    state=SealState.INTENT,
                    intent_at=now,
                ),
            )
            trail.record(uow, _event(EventType.SEAL_INTENDED, now, actor, number, facts=facts))
        with INTENTS.closed_on_failure(self.database, number, self.clock, actor):
            document = maker.make(order)
            done_at = self.clock.now()
            made = MadeSeal(
                document=document,
                document_sm3=digest(DigestAlgorithm.SM3, document).hex(),
                info_sm3=info_digest(parse_seal(document)),
                valid_until=order.valid_until,
            )
            with self.database.unit_of_work() as uow:
                seals.complete(uow, number, made, at=done_at)
                told: dict[str, FactValue] = {
                    "document_sm3": made.document_sm3,
                    "kind": approved.kind.code,
                    "maker_serial": f"{maker.certificate.serial:x}",
                    "registration": approved.registration,
                    "valid_until": format_rfc3339(order.valid_until),
                    "version": int(order.version),
                }
                trail.record(uow, _event(EventType.SEAL_MADE, done_at, actor, number, facts=told))
                approved.closed(uow, number)
        with self.database.reading() as unit:
            return get_made(unit, number)

    def change_within(
        self,
        uow: UnitOfWork,
        number: str,
        act: SealAct,
        *,
        reason: str,
        since: datetime | None,
        people: People,
        registration: str,
        actor: Principal,
    ) -> SealChange:
        """Do an act on a made seal in the unit that ends the request for it. Raise SEAL_MISSING, and as `SealHistory.change`."""
        now = self.clock.now()
        history = read_history(uow, number)
        change = history.change(act, reason=reason, since=since, people=people, now=now)
        made = ChangeRow(
            number=number,
            ordinal=len(history.changes) + 1,
            act=act.value,
            state=SealState(change.standing.value),
            reason=reason,
            since=change.since,
            recorded_at=now,
            registration=registration,
        )
        seals.change(uow, made, needed=SealState(history.standing.value))
        facts: dict[str, FactValue] = {
            "applicant": people.applicant,
            "approvals": len(people.approvers),
            "registration": registration,
            "since": format_rfc3339(change.since),
        }
        trail.record(uow, _event(_TOLD[act], now, actor, number, reason=reason, facts=facts))
        return change


def get_made(unit: ReadUnit, number: str) -> SealRow:
    """Return a seal that was made here. Raise SEAL_MISSING."""
    row = seals.find(unit, number)
    if row is None or row.document_sm3 is None:
        raise TrustError(ErrorCode.SEAL_MISSING, "no such seal was made here")
    return row


def read_history(unit: ReadUnit, number: str) -> SealHistory:
    """Return where a made seal stands and how it came there, as far as the trail, which nobody takes back, tells the same.

    Raises:
        TrustError: SEAL_MISSING; SEAL_STATE (found=altered) when the register says something else than the trail.
    """
    row = get_made(unit, number)
    changes = tuple(
        SealChange(
            act=SealAct(each.act),
            standing=Standing(each.state.value),
            reason=each.reason,
            since=each.since,
            recorded_at=each.recorded_at,
        )
        for each in seals.list_changes(unit, number)
    )
    if row.made_at is None or row.valid_until is None:
        raise TrustError(ErrorCode.BUG, "a made seal without its times")
    history = SealHistory(
        number=number,
        made_at=row.made_at,
        valid_until=row.valid_until,
        changes=changes,
        document_sm3=row.document_sm3 or "",
    )
    if row.state.value != history.standing.value or _told(unit, number) != [
        (each.act, each.reason, format_rfc3339(each.since)) for each in changes
    ]:
        raise TrustError(ErrorCode.SEAL_STATE, "the register is not what the trail tells", found="altered")
    return history


def _told(unit: ReadUnit, number: str) -> list[tuple[SealAct, str, object]]:
    """Return what the trail tells of a seal, in order: acts, reasons, and since when they count."""
    entries = [
        (entry.sequence, act, entry.reason, entry.facts.get("since"))
        for act, event in _TOLD.items()
        for entry in trail.list_about(unit, event, number, limit=MAX_CHANGES + 1)
    ]
    return [(act, reason, since) for _, act, reason, since in sorted(entries, key=lambda entry: entry[0])]


def find_history(unit: ReadUnit, info_sm3: str) -> SealHistory | None:
    """Return the history of a seal made here, by the digest of what its maker signed, or None. Raise as `read_history`."""
    row = seals.find_by_info(unit, info_sm3)
    return None if row is None else read_history(unit, row.number)


def _event(
    kind: EventType,
    at: datetime,
    actor: Principal,
    number: str,
    *,
    reason: str = "",
    facts: Mapping[str, FactValue],
) -> AuditEvent:
    return AuditEvent(type=kind, at=at, actor=actor, object_type="seal", object_id=number, reason=reason, facts=facts)
