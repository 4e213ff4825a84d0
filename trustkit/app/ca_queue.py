"""What machines ask for and registrars decide on: submitted in the name of the service, followed, carried out when it is approved.

A machine has a secret and no key of its own to sign with. So the service signs what came in, naming the client, with the key of an
operator that the registrars have enrolled for this (`trustkit ca operator add --machines`): whoever writes to the store alone makes no
request, and the checkers are people beside the maker. Without such an operator nothing is queued.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from ca.approvals import verify_submission
from ca.enrolment_port import EnrolmentState, Followed, Stage
from ca.operators import ActingOperator, public_key_of
from ca.submissions import CertificateAsked
from trustkit.app.ca_issuing import certificate_asked
from trustkit.app.registration import RegistrationDesk
from trustkit.audit import trail
from trustkit.audit.events import AuditEvent, EventType, Outcome
from trustkit.errors import ErrorCode, TrustError
from trustkit.identity import SYSTEM
from trustkit.store import certificates, operators, registrations
from trustkit.store.operators import Role
from trustkit.store.registrations import Kind, State
from trustkit.x509.certificate import parse_certificate

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from ca.enrolment_port import Wish
    from ca.statements import VerifiedStatement
    from ca.submissions import DestructionAsked, RecoveryAsked, RevocationAsked
    from trustkit.app.authority import Authority
    from trustkit.app.keys import Keys
    from trustkit.identity import Principal
    from trustkit.store.registrations import RegistrationRow
    from trustkit.store.unit_of_work import ReadUnit, UnitOfWork

_REFUSED: Final = {
    State.REJECTED: ErrorCode.REGISTRATION_REFUSED,
    State.WITHDRAWN: ErrorCode.REGISTRATION_REFUSED,
    State.EXPIRED: ErrorCode.REGISTRATION_EXPIRED,
}
# What tells that a row of the store was written to past the program.
_ALTERED: Final = frozenset({ErrorCode.STATEMENT_WRONG, ErrorCode.OPERATOR_ROLE})
# What is waited out: another poll has it in hand, or had; since it was approved a registrar was removed, or more must agree.
_WAITED: Final = frozenset(
    {ErrorCode.REGISTRATION_BUSY, ErrorCode.REGISTRATION_STATE, ErrorCode.REGISTRATION_APPROVALS}
)


@dataclass(frozen=True, slots=True, kw_only=True)
class HomeQueue:
    """`ca.enrolment_port.Queue` over a home, for certificates under the CA called `ca`."""

    home: Authority
    keys: Keys
    ca: str

    def needed(self, profile: str) -> int:
        """See `ca.enrolment_port.Queue.needed`."""
        return self._desk.policy.approvals(Kind.CERTIFICATE, profile)

    def needed_to_revoke(self) -> int:
        """Return how many registrars must agree to a revocation."""
        return self._desk.policy.approvals(Kind.REVOCATION)

    def twin(self, profile: str) -> str | None:
        """Return the profile of the encryption certificate a pair of this profile has, or None."""
        return self._desk.policy.encryption.get(profile)

    def is_open(self) -> bool:
        """Tell whether anything is queued here: whether the service has an operator to speak for machines."""
        return self._find_operator() is not None

    def enqueue(self, uow: UnitOfWork, wish: Wish, *, requester: Principal) -> str:
        """See `ca.enrolment_port.Queue.enqueue`."""
        asked = certificate_asked(wish, self.ca)
        return self._desk.requests.submit_within(uow, self._operator(), asked, client=requester).id

    def submit(self, asked: RevocationAsked | RecoveryAsked | DestructionAsked, *, requester: Principal) -> str:
        """Return the number of a request about a certificate or its escrowed key; an open one of the same requester for the same is it.

        Raises:
            TrustError: REGISTRATION_APPROVALS where nothing is queued; as `RegistrationDesk.require_askable`.
        """
        operator, desk = self._operator(), self._desk
        desk.require_askable(asked)
        registration = desk.registration  # which closes what has ended, in a unit of its own
        altered: list[tuple[RegistrationRow, TrustError]] = []
        try:
            with self.home.database.unit_of_work() as uow:
                for row in registrations.list_open(uow, asked.kind, asked.serial):
                    said = _said(uow, row, altered)
                    if (
                        said is not None
                        and said.fields.get("client") == requester.id
                        and type(asked).read(said) == asked
                    ):
                        return row.id
                return registration.submit_within(uow, operator, asked, client=requester).id
        finally:
            self._tell(altered)

    def _tell(self, altered: Sequence[tuple[RegistrationRow, TrustError]]) -> None:
        """Tell the trail of requests whose row is not what their requester signed: they are nobody's, and stop nobody."""
        for row, error in altered:
            event = AuditEvent(
                type=EventType.REGISTRATION_ALTERED,
                at=self.home.clock.now(),
                actor=SYSTEM,
                object_type="registration",
                object_id=row.id,
                outcome=Outcome.DENIED,
                reason=error.code.value,
                facts={"kind": row.kind.value},
            )
            with self.home.database.unit_of_work() as uow:
                trail.record(uow, event)

    def follow(self, number: str, *, actor: Principal | None, may_act: Callable[[], bool] = lambda: True) -> Followed:
        """See `ca.enrolment_port.Queue.follow`."""
        desk = self._desk
        desk.requests.expire()
        row = self._row(number)[0]
        ripe = row.kind is not Kind.RECOVERY and row.state in {State.APPROVED, State.WORKING}
        if actor is not None and ripe and may_act():
            try:
                desk.carry_out(number, self.keys, actor)
            except TrustError as error:
                if error.code not in _WAITED:
                    raise
        row, said = self._row(number)
        if (why := _REFUSED.get(row.state)) is not None:
            return Followed(state=Stage.REFUSED, reason=why.value, refusal=desk.book.refusal(number))
        if row.state is not State.DONE:
            waits = row.kind is Kind.RECOVERY and row.state is State.APPROVED
            return Followed(state=Stage.APPROVED if waits else Stage.PENDING)
        if row.kind is not Kind.CERTIFICATE:
            response = desk.book.response(number) if row.kind is Kind.RECOVERY else None
            return Followed(state=Stage.DONE, serial=row.serial, response=response)
        serial = self._own(row, said)
        if row.encryption_serial is None:
            return Followed(state=Stage.DONE, serial=serial)
        response = desk.book.response(number)
        return Followed(state=Stage.DONE, serial=serial, encryption_serial=row.encryption_serial, response=response)

    def state(
        self, number: str, *, requester: Principal, every: bool, may_act: Callable[[str], bool]
    ) -> EnrolmentState:
        """Return where a request is that is for no certificate, of this requester or with `every` of any. Raise CA_REQUEST_MISSING.

        A requester who asks for his own has it carried out once it is approved, while he may, by the certificate's serial.
        """
        try:
            row, said = self._row(number)
        except TrustError as error:
            if error.code is ErrorCode.REGISTRATION_MISSING:
                raise TrustError(ErrorCode.CA_REQUEST_MISSING, "none of this identifier") from error
            raise
        client = said.fields.get("client")
        if row.kind is Kind.CERTIFICATE or not isinstance(client, str) or (client != requester.id and not every):
            raise TrustError(ErrorCode.CA_REQUEST_MISSING, "none of this identifier")
        own = client == requester.id
        found = self.follow(number, actor=requester if own else None, may_act=lambda: may_act(row.serial or ""))
        with self.home.database.reading() as unit:
            about = certificates.find(unit, row.serial or "")
        return EnrolmentState(
            identifier=number,
            requester=client,
            authority=about.issuer if about is not None else "",
            profile=about.profile if about is not None else "",
            state=found.state,
            serial=row.serial,
            reason=found.reason,
            refusal=found.refusal,
            response=found.response if own else None,
        )

    @property
    def _desk(self) -> RegistrationDesk:
        return RegistrationDesk(home=self.home)  # anew each time: the policy may have changed

    def _operator(self) -> ActingOperator:
        found = self._find_operator()
        if found is None:
            told = "registrars must agree, and have enrolled nobody to speak for machines"
            raise TrustError(ErrorCode.REGISTRATION_APPROVALS, told)
        return found

    def _find_operator(self) -> ActingOperator | None:
        with self.home.database.reading() as unit:
            rows = operators.list_operators(unit)
        for row in reversed(rows):  # the newest whose key is here
            if row.role is Role.REQUESTER and row.revoked_at is None:
                signer = self.keys.machine_signer(public_key_of(row))
                if signer is not None:
                    return ActingOperator(row=row, signer=signer)
        return None

    def _row(self, number: str) -> tuple[RegistrationRow, VerifiedStatement]:
        with self.home.database.reading() as unit:
            row = registrations.get(unit, number)
            return row, verify_submission(row, operators.get(unit, row.requester))

    def _own(self, row: RegistrationRow, said: VerifiedStatement) -> str:
        """Return the serial of the certificate a request led to. Raise STATEMENT_WRONG when it is not one for the request's key."""
        with self.home.database.reading() as unit:
            found = certificates.find(unit, row.serial or "")
        spki = CertificateAsked.read(said).proved().public_key.spki
        if found is None or found.der is None or parse_certificate(found.der).public_key.spki != spki:
            raise TrustError(
                ErrorCode.STATEMENT_WRONG, "the certificate noted on the request is another's", field="serial"
            )
        return found.serial


def _said(
    unit: ReadUnit, row: RegistrationRow, altered: list[tuple[RegistrationRow, TrustError]]
) -> VerifiedStatement | None:
    """Return what the requester of an open request signed; None, noting it, where that is not what the row says."""
    try:
        return verify_submission(row, operators.get(unit, row.requester))
    except TrustError as error:
        if error.code not in _ALTERED:
            raise
        altered.append((row, error))
        return None
