"""The seal registry of a home, wired: applications and approvals of the registration, the maker's key, and what becomes of made seals.

People, keys and signed decisions are those of the registration (`trustkit.app.registration`): a request for a seal is a request.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Final

from ca.approvals import read_registration, verify_submission
from ca.registration import close_done, record
from ca.seal_submissions import SealAsked, SealChangeAsked
from esign.seal.application import SealApplication
from esign.seal.kinds import load_seal_kinds
from esign.seal.making import SealMaker
from esign.seal.registry import ApprovedSeal, SealRegistry, get_made, read_history
from esign.seal.standing import People, require_words
from trustkit.app.algorithms import algorithm_policy
from trustkit.app.keys import KeyName
from trustkit.app.registration import RegistrationDesk, policy_file
from trustkit.app.seal_changes import ACTS, KINDS, carry_out_if_agreed
from trustkit.app.seal_lines import SealDetails, SealLine
from trustkit.app.stamping import stamping_authority
from trustkit.audit import trail
from trustkit.audit.events import AuditEvent, EventType, FactValue
from trustkit.crypto.algorithm_policy import AlgorithmUse
from trustkit.custody.policed import policed
from trustkit.encoding.holder_codes import parse_uscc
from trustkit.errors import ErrorCode, TrustError
from trustkit.store import operators, registrations, seals
from trustkit.store.registrations import Decision, Kind, State
from trustkit.store.seals import SealState

if TYPE_CHECKING:
    from datetime import datetime

    from ca.operators import ActingOperator
    from esign.seal.kinds import SealKinds
    from esign.seal.model import SealPicture
    from esign.seal.standing import SealAct
    from trustkit.app.authority import Authority
    from trustkit.app.keys import Keys
    from trustkit.app.seal_picture import PictureWish
    from trustkit.identity import Principal
    from trustkit.store.registrations import RegistrationRow
    from trustkit.store.seals import SealRow
    from trustkit.store.unit_of_work import ReadUnit, UnitOfWork

POLICY: Final = "seals.toml"


@dataclass(frozen=True, slots=True, kw_only=True)
class AskedSeal:
    """An application as it was signed, with its picture while the request is open."""

    request: RegistrationRow
    application: SealApplication
    picture: bytes | None = field(repr=False)


@dataclass(frozen=True, kw_only=True)
class SealDesk:
    """What is done about electronic seals at one home."""

    home: Authority

    @cached_property
    def kinds(self) -> SealKinds:
        """The kinds there are; a home older than that has the installation's. Raise SEAL_POLICY."""
        return load_seal_kinds(policy_file(self.home.settings.home, POLICY))

    @property
    def registry(self) -> SealRegistry:
        """The register of seals."""
        return SealRegistry(database=self.home.database, clock=self.home.clock)

    @property
    def _requests(self) -> RegistrationDesk:
        return RegistrationDesk(home=self.home)

    def picture(self, wish: PictureWish) -> SealPicture:
        """Return the picture a seal shall have. Raise as `PictureWish.picture`."""
        return wish.picture(self.home.clock.now())

    def shown(self, application: SealApplication) -> tuple[tuple[str, str], ...]:
        """Return what an applicant is shown before he signs. Raise SEAL_KIND, and as `SealApplication.certificates`."""
        kind, picture = self.kinds.get(application.kind), application.picture
        return (
            ("kind", f"{kind.title_zh} {kind.title_en}"),
            ("name", application.name),
            ("holder", application.holder),
            *(("listed", each.subject) for each in application.certificates()),
            ("valid for", f"{application.days} days"),
            ("picture", f"{picture.type}, {picture.width} x {picture.height} mm, sm3 {picture.sm3}"),
        )

    def apply(self, operator: ActingOperator, application: SealApplication, picture: bytes) -> RegistrationRow:
        """Submit an application with its picture.

        Raises:
            TrustError: SEAL_KIND, SEAL_ORDER, SEAL_PICTURE, HOLDER_CODE, CERTIFICATE_MALFORMED, CERTIFICATE_PURPOSE for what
                could not be made; as `Registration.submit`.
        """
        application.require_kind(self.kinds.get(application.kind))
        parse_uscc(application.holder)
        application.certificates()
        application.picture.with_octets(picture)
        registration = self._requests.registration
        with self.home.database.unit_of_work() as uow:
            row = registration.submit_within(uow, operator, SealAsked(application=application.fields()))
            seals.keep_picture(uow, row.id, picture)
        return row

    def ask_change(
        self, operator: ActingOperator, number: str, act: SealAct, *, reason: str, since: datetime | None = None
    ) -> RegistrationRow:
        """Ask that something is done about a made seal; where the policy asks nobody else it is done in the same transaction.

        Raises:
            TrustError: SEAL_MISSING, SEAL_STATE, USAGE, as `SealHistory.change`; as `Registration.submit`.
        """
        now = self.home.clock.now()
        require_words(act, reason=reason, since=since, now=now)
        asked = SealChangeAsked(kind=KINDS[act], serial=number, reason=reason, since=since)
        desk = self._requests
        registration = desk.registration
        with self.home.database.unit_of_work() as uow:
            history = read_history(uow, number)
            history.require_possible(act, now=now)
            history.require_made_by(since)
            row = registration.submit_within(uow, operator, asked)
            return carry_out_if_agreed(uow, self.home, row, desk.policy, actor=operator.principal)

    def decide(
        self, operator: ActingOperator, number: str, decision: Decision, *, seen: str | None = None, reason: str = ""
    ) -> RegistrationRow:
        """Decide on a request about a seal. What needs no key is done with the last approval, in the same transaction.

        Raises:
            TrustError: REGISTRATION_MISSING for a request about something else; as `Registration.decide` and `carry_out_change`.
        """
        desk = self._requests
        require_about_seal(self.home, number)
        registration = desk.registration
        with self.home.database.unit_of_work() as uow:
            row = registration.decide_within(uow, operator, number, decision, seen=seen, reason=reason)
            return carry_out_if_agreed(uow, self.home, row, desk.policy, actor=operator.principal)

    def make(self, number: str, keys: Keys, actor: Principal | None = None) -> tuple[SealRow, bytes]:
        """Make the seal of an approved request; return it with its octets. Made before, it is the same again.

        Raises:
            TrustError: REGISTRATION_MISSING, REGISTRATION_STATE, REGISTRATION_BUSY, REGISTRATION_APPROVALS, STATEMENT_WRONG;
                OWN_CERTIFICATE without a maker that is good now; as `SealRegistry.make`.
        """
        with self.home.database.reading() as unit:
            row = registrations.get(unit, number)
            if row.kind is not Kind.SEAL:
                raise TrustError(ErrorCode.REGISTRATION_STATE, "it asks for no seal", found=row.kind.value)
            if row.state is State.DONE:
                made = get_made(unit, row.serial or "")
                return made, seals.get_document(unit, made.number)
            approved = self._approved(unit, row, actor or self.home.operator)
        self.home.require_fit_to_sign(KeyName.SEAL_MAKER)
        made = self.registry.make(approved, self._maker(keys), actor=actor or self.home.operator)
        return made, self.document(made.number)

    def asked(self, number: str) -> AskedSeal:
        """Return an application as its requester signed it. Raise REGISTRATION_MISSING, STATEMENT_WRONG, SEAL_ORDER."""
        with self.home.database.reading() as unit:
            row = registrations.get(unit, number)
            if row.kind is not Kind.SEAL:
                raise TrustError(ErrorCode.REGISTRATION_MISSING, "no request for a seal", found=row.kind.value)
            said = verify_submission(row, operators.get(unit, row.requester))
            picture = seals.find_picture(unit, number)
        application = SealApplication.read(SealAsked.read(said).application)
        return AskedSeal(request=row, application=application, picture=picture)

    def document(self, number: str) -> bytes:
        """Return the octets of a made seal. Raise SEAL_MISSING."""
        with self.home.database.reading() as unit:
            return seals.get_document(unit, get_made(unit, number).number)

    def show(self, number: str) -> SealDetails:
        """Return a made seal with what became of it and by whom. Raise SEAL_MISSING, SEAL_STATE."""
        with self.home.database.reading() as unit:
            row = get_made(unit, number)
            history = read_history(unit, number)
            changes = seals.list_changes(unit, number)
            about = {
                each: registrations.get(unit, each) for each in (row.registration, *(c.registration for c in changes))
            }
            approvers = {
                each: tuple(
                    decision.operator
                    for decision in registrations.list_decisions(unit, each)
                    if decision.decision is Decision.APPROVE
                )
                for each in about
            }
        people = {each: People(applicant=about[each].requester, approvers=approvers[each]) for each in about}
        return SealDetails(
            line=SealLine(seal=row, over=history.is_over(self.home.clock.now())), changes=changes, people=people
        )

    def listed(self, *, state: SealState | None, after: str | None, limit: int) -> tuple[SealLine, ...]:
        """Return seals, the newest first, and tell the trail that they were read. Raise SEAL_MISSING for `after`, USAGE."""
        now = self.home.clock.now()
        with self.home.database.unit_of_work() as uow:
            try:
                rows = seals.search(uow, state=state, after=after, limit=limit)
            except TrustError as error:
                if error.code is ErrorCode.STORE_ROW_MISSING:
                    raise TrustError(ErrorCode.SEAL_MISSING, "no such seal was made here") from error
                raise
            event = AuditEvent(
                type=EventType.SEAL_LISTED,
                at=now,
                actor=self.home.operator,
                object_type="seal",
                object_id="all",
                facts={"records": len(rows)},
            )
            trail.record(uow, event)
        return tuple(SealLine(seal=row, over=row.valid_until is not None and now > row.valid_until) for row in rows)

    def _approved(self, unit: ReadUnit, row: RegistrationRow, actor: Principal) -> ApprovedSeal:
        """Return what others agreed to, every signature verified again."""
        now = self.home.clock.now()
        if row.state not in {State.APPROVED, State.WORKING}:
            raise TrustError(ErrorCode.REGISTRATION_STATE, "not approved", found=row.state.value)
        if row.state is State.APPROVED and now >= row.expires_at:
            raise TrustError(ErrorCode.REGISTRATION_STATE, "its time has ended", found=State.EXPIRED.value)
        before = seals.find(unit, row.serial) if row.serial is not None else None
        if before is not None and before.state is SealState.INTENT:
            raise TrustError(ErrorCode.REGISTRATION_BUSY, "a seal is being made", number=before.number)
        verified = read_registration(unit, row.id, self._requests.policy)
        application = SealApplication.read(SealAsked.read(verified.said).application)
        picture = seals.find_picture(unit, row.id)
        if picture is None:
            raise TrustError(ErrorCode.SEAL_PICTURE, "the picture of the request is gone")

        def noted(uow: UnitOfWork, number: str) -> None:
            registrations.take(uow, row.id, "serial", old=row.serial, new=number)
            facts: dict[str, FactValue] = {"kind": row.kind.value, "seal": number}
            record(uow, EventType.REGISTRATION_WORKED, row.id, at=now, actor=actor, facts=facts)

        def closed(uow: UnitOfWork, number: str) -> None:
            close_done(uow, row, State.WORKING, at=self.home.clock.now(), actor=actor, facts={"seal": number})

        return ApprovedSeal(
            registration=row.id,
            application=application,
            kind=self.kinds.get(application.kind),
            picture=picture,
            people=People(applicant=row.requester, approvers=verified.approvers),
            noted=noted,
            closed=closed,
        )

    def _maker(self, keys: Keys) -> SealMaker:
        certificate = self.home.certificate(KeyName.SEAL_MAKER)
        rules = algorithm_policy(self.home.settings.home)
        signer = policed(keys.signer(KeyName.SEAL_MAKER, certificate), rules, AlgorithmUse.SIGNATURE, self.home.clock)

        def stamp(value: bytes) -> bytes:
            return stamping_authority(self.home, keys).stamp(value, self.home.operator)

        return SealMaker(signer=signer, certificate=certificate, stamp=stamp)


def require_about_seal(home: Authority, number: str) -> None:
    """Raise REGISTRATION_MISSING for a request that is about no seal, or none at all."""
    with home.database.reading() as unit:
        row = registrations.get(unit, number)
    if row.kind is not Kind.SEAL and row.kind not in ACTS:
        raise TrustError(ErrorCode.REGISTRATION_MISSING, "no such request about a seal")
