"""The registration of a home, wired: operators, requests, what carries them out, and keys in escrow."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Final

from ca.approvals import read_registration, require_twin, verify_submission
from ca.authority import IssuingAuthority
from ca.certificate_work import CertificateWork, Orders
from ca.enrolment import order_from_request
from ca.escrow import RecoveryKey
from ca.issuance import CertificateIssuer
from ca.operators import Operators
from ca.order import CertificateOrder
from ca.profile import load_profile
from ca.recovery import KeyRecovery
from ca.registration import Registration, close_done
from ca.registration_policy import load_registration_policy
from ca.revocation import REASONS, find_issued
from ca.subject_form import require_subject
from ca.submissions import DEFAULT_AUTHORITY, CertificateAsked, DestructionAsked, RecoveryAsked, RevocationAsked
from trustkit.app.ceremony import Ceremony
from trustkit.app.home import POLICIES, policies_source
from trustkit.app.issuing_rules import issuing_rules
from trustkit.app.orders import is_for_others
from trustkit.app.request_book import RequestBook
from trustkit.app.revocations import resume, suspend
from trustkit.app.seal_changes import carry_out_change
from trustkit.errors import ErrorCode, TrustError
from trustkit.store import operators, registrations
from trustkit.store.certificates import Standing
from trustkit.store.registrations import Kind, State
from trustkit.x509.reason import RevocationReason

if TYPE_CHECKING:
    from pathlib import Path

    from ca.operators import ActingOperator
    from ca.profile_model import CertificateProfile
    from ca.registration_policy import RegistrationPolicy
    from trustkit.app.authority import Authority
    from trustkit.app.keys import Keys
    from trustkit.identity import Principal
    from trustkit.store.registrations import RegistrationRow
    from trustkit.x509.certificate import Certificate

_HOLDS: Final = {
    RevocationReason.CERTIFICATE_HOLD.value: Standing.SUSPENDED,
    RevocationReason.REMOVE_FROM_CRL.value: Standing.VALID,
}
POLICY: Final = "registration.toml"


@dataclass(frozen=True, kw_only=True)
class RegistrationDesk:
    """What operators do at one home."""

    home: Authority

    @property
    def operators(self) -> Operators:
        """The operators."""
        return Operators(database=self.home.database, clock=self.home.clock)

    @cached_property
    def policy(self) -> RegistrationPolicy:
        """The home's policy; a home older than that has the installation's. Raise REGISTRATION_POLICY."""
        return load_registration_policy(policy_file(self.home.settings.home, POLICY))

    @property
    def book(self) -> RequestBook:
        """The requests as they are looked at."""
        return RequestBook(database=self.home.database, order_of=self.signing_order)

    @property
    def registration(self) -> Registration:
        """The requests, once those whose time has ended are closed."""
        self.requests.expire()
        return self.requests

    @property
    def requests(self) -> Registration:
        """The requests as they are, those whose time has ended among them; for a caller with a unit of work of its own."""
        return Registration(database=self.home.database, clock=self.home.clock, policy=self.policy)

    @property
    def recovery(self) -> KeyRecovery:
        """The keys in escrow."""
        return KeyRecovery(database=self.home.database, clock=self.home.clock, policy=self.policy)

    def submit(
        self, operator: ActingOperator, asked: CertificateAsked | RevocationAsked | RecoveryAsked | DestructionAsked
    ) -> RegistrationRow:
        """Submit what is asked for, once everything that can be known now is known to be right.

        Raises:
            TrustError: as `Registration.submit`; of a certificate what proof of possession, profile and subject form raise; of the
                others CA_SERIAL_MISSING, CA_SERIAL_REVOKED, USAGE (reason), ESCROW_MISSING, ESCROW_DESTROYED, ESCROW_RETENTION.
        """
        self.require_askable(asked)
        return self.registration.submit(operator, asked)

    def require_askable(self, asked: CertificateAsked | RevocationAsked | RecoveryAsked | DestructionAsked) -> None:
        """Refuse what can be known now to lead to nothing. Raise as `submit` tells of it."""
        match asked:
            case CertificateAsked():
                self._require_pair(asked, self.signing_order(asked))
            case RevocationAsked():
                require_revocable(self.home, asked)
            case RecoveryAsked():
                self.recovery.require_recoverable(asked.serial)
            case DestructionAsked():
                self.recovery.require_destructible(asked.serial)

    def _require_pair(self, asked: CertificateAsked, order: CertificateOrder) -> None:
        """Refuse a pair that could not be made; a single certificate passes.

        Raises:
            TrustError: ALGORITHM_MISMATCH for a key that is not SM2, REGISTRATION_POLICY (as `require_twin`), KEY_MISSING without
                a recovery key, CA_SUBJECT for a name its encryption profile does not take, CA_PROFILE.
        """
        if asked.encryption_profile:
            require_twin(self.policy, asked.profile, asked.encryption_profile)
            asked.proved()
            self.recovery_key()
            require_subject(self._profile(asked.encryption_profile).subject or (), order.subject_der)

    def carry_out(self, number: str, keys: Keys, actor: Principal | None = None) -> bytes:
        """Do what an approved request asks for; return the response of one for a certificate, else nothing.

        Raises:
            TrustError: as `CertificateWork.carry_out`, `RevocationAuthority.revoke` and `KeyRecovery.destroy`; USAGE for a
                recovery, which its custodians open.
        """
        with self.home.database.reading() as unit:
            kind = registrations.get(unit, number).kind
        match kind:
            case Kind.CERTIFICATE:
                work = self.certificate_work(keys, self._authority_of(number))
                return work.carry_out(number, actor or self.home.operator)
            case Kind.REVOCATION:
                self._revoke(number, keys, actor or self.home.operator)
            case Kind.DESTRUCTION:
                self.recovery.destroy(number, actor or self.home.operator)
            case Kind.SEAL:
                raise TrustError(ErrorCode.USAGE, "a seal is made by its maker: trustkit seal make")
            case Kind.SEAL_SUSPENSION | Kind.SEAL_LOSS | Kind.SEAL_RESUMPTION | Kind.SEAL_REVOCATION:
                with self.home.database.unit_of_work() as uow:
                    carry_out_change(uow, self.home, number, self.policy, actor=actor or self.home.operator)
            case Kind.RECOVERY:
                raise TrustError(ErrorCode.USAGE, "a recovery is opened with its custodians: trustkit ca recover open")
        return b""

    def certificate_work(self, keys: Keys, ca: str = DEFAULT_AUTHORITY) -> CertificateWork:
        """Return what carries out requests for certificates under a CA, by its name in the register."""
        certificate = self.home.authorities.in_force(ca, self.home.clock.now())
        return CertificateWork(
            authority=IssuingAuthority(
                name=ca,
                database=self.home.database,
                clock=self.home.clock,
                issuer=CertificateIssuer(
                    keys.ca_signer(ca, certificate),
                    certificate,
                    rules=issuing_rules(self.home.settings.home),
                ),
            ),
            policy=self.policy,
            orders=Orders(signing=self.signing_order, encryption=self._encryption_order),
            recovery=self.recovery_key,
        )

    def signing_order(self, asked: CertificateAsked) -> CertificateOrder:
        """Return the order of what is asked for. Raise as `CertificateAsked.proved` and `order_from_request`."""
        links = self.home.authorities.links(asked.authority)
        return order_from_request(asked.proved(), self._profile(asked.profile), links=links)

    def recovery_key(self) -> RecoveryKey:
        """Return the public half of the recovery key. Raise KEY_MISSING, KEY_SET_MALFORMED."""
        found = Ceremony(home=self.home).recovery_set()
        return RecoveryKey(set_id=found.set_id, public_key=found.public_key)

    def _encryption_order(self, asked: CertificateAsked, signing: Certificate, spki: bytes) -> CertificateOrder:
        links = self.home.authorities.links(asked.authority)
        return CertificateOrder(
            profile=self._profile(asked.encryption_profile),
            subject_der=signing.subject_der,
            spki=spki,
            crl_url=links.crl_url,
            issuer_url=links.issuer_url,
            ocsp_url=links.ocsp_url,
            lists=links.lists,
        )

    def _profile(self, name: str) -> CertificateProfile:
        file = policy_file(self.home.settings.home, f"certificates/{name}.toml")
        profile = load_profile(file.parent, name)
        if not is_for_others(profile):
            raise TrustError(ErrorCode.CA_PROFILE, "no certificate of this profile is issued on request", profile=name)
        return profile

    def _authority_of(self, number: str) -> str:
        """Return under which CA a request asks for a certificate, as it was signed. Raise STATEMENT_WRONG."""
        with self.home.database.reading() as unit:
            row = registrations.get(unit, number)
            said = verify_submission(row, operators.get(unit, row.requester))
        return CertificateAsked.read(said).authority

    def _revoke(self, number: str, keys: Keys, actor: Principal) -> None:
        """Revoke, then close the request; after a crash between the two the first is found done."""
        now = self.home.clock.now()
        with self.home.database.reading() as unit:
            row = registrations.get(unit, number)
            if row.state is not State.APPROVED or now >= row.expires_at:
                raise TrustError(ErrorCode.REGISTRATION_STATE, "not approved", found=row.state.value)
            asked = RevocationAsked.read(read_registration(unit, number, self.policy).said)
        try:
            carry_out_revocation(self.home, keys, asked, actor=actor)
        except TrustError as error:
            done = error.code is ErrorCode.CA_STATE and error.facts.get("found") == _HOLDS.get(asked.reason)
            if error.code is not ErrorCode.CA_SERIAL_REVOKED and not done:
                raise
        with self.home.database.unit_of_work() as uow:
            close_done(uow, row, State.APPROVED, at=now, actor=actor, facts={"serial": asked.serial})


def carry_out_revocation(home: Authority, keys: Keys, asked: RevocationAsked, *, actor: Principal) -> None:
    """Revoke, suspend or resume. Raise as `Authority.revoke_certificate`, `suspend` and `resume`."""
    match asked.reason:
        case RevocationReason.CERTIFICATE_HOLD:
            suspend(home, keys, asked.serial, actor=actor)
        case RevocationReason.REMOVE_FROM_CRL:
            resume(home, keys, asked.serial, actor=actor)
        case _:
            since = asked.invalid_since
            home.revoke_certificate(keys, asked.serial, reason=asked.reason, invalid_since=since, actor=actor)


def require_revocable(home: Authority, asked: RevocationAsked) -> None:
    """Raise USAGE for a reason or a date of invalidity, CA_SERIAL_MISSING, CA_SERIAL_REVOKED, CA_STATE when what is asked for is so already."""
    if asked.reason not in {*REASONS, *_HOLDS}:
        raise TrustError(ErrorCode.USAGE, f"a reason is one of {', '.join((*REASONS, *_HOLDS))}")
    if asked.invalid_since is not None and (asked.reason in _HOLDS or asked.invalid_since > home.clock.now()):
        raise TrustError(ErrorCode.USAGE, "a date of invalidity lies in the past, and belongs to a revocation")
    with home.database.reading() as unit:
        row = find_issued(unit, asked.serial)
    if row is None or row.serial != asked.serial:
        raise TrustError(ErrorCode.CA_SERIAL_MISSING, "this authority has issued no such certificate")
    if row.standing == Standing.REVOKED:  # one on hold can still be revoked for good
        raise TrustError(ErrorCode.CA_SERIAL_REVOKED, "revoked before", reason=row.reason or "")
    if row.standing == _HOLDS.get(asked.reason):
        raise TrustError(ErrorCode.CA_STATE, "it is in that state", found=row.standing)


def policy_file(home: Path, name: str) -> Path:
    """Return a policy file of the home, or the installation's where the home is older than that file."""
    own = home / POLICIES / name
    return own if own.exists() else policies_source() / name
