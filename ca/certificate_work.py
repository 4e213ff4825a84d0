"""Carrying out an approved request for a certificate, or for a dual pair (GB/T 20518), once and only once.

    response = CertificateWork(…).carry_out("rq-…", actor)

Order of acts, each line one transaction, with nothing between two of them that a crash could lose:

1. the signing certificate's intent, with the request's note of its serial;
2. the signing certificate;
3. the encryption certificate's intent, with its note, and its key in escrow: durable before the certificate is signed;
4. the encryption certificate, with the response that holds the key enveloped, and the request done.

A request left half-way is carried on from where it stands: a serial noted on it is either issued (go on), or under way (wait), or
abandoned (take another). The note is a compare-and-set in the transaction of the intent, so two processes cannot both issue. The
encryption key exists in this process's memory between 3 and 4 alone; after a crash another one is made, under another serial.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from ca.approvals import VerifiedRegistration, read_registration
from ca.authority import INTENTS
from ca.escrow import EscrowBinding, seal_escrow
from ca.registration import close_done, record
from ca.response import CsrResponse, encode_response, parse_response
from ca.submissions import CertificateAsked
from trustkit.audit import trail
from trustkit.audit.events import AuditEvent, EventType, FactValue
from trustkit.audit.intents import LIVE
from trustkit.crypto.digest import DigestAlgorithm, digest
from trustkit.crypto.public_key import KeyKind
from trustkit.custody.enveloped_key import wrap_key
from trustkit.custody.private_key import generate_key
from trustkit.errors import ErrorCode, TrustError
from trustkit.store import certificates, escrow, registrations
from trustkit.store.certificates import CertificateState
from trustkit.store.registrations import Kind, State
from trustkit.x509.certificate import parse_certificate

if TYPE_CHECKING:
    from collections.abc import Callable

    from ca.authority import IssuingAuthority
    from ca.escrow import RecoveryKey
    from ca.order import CertificateOrder
    from ca.registration_policy import RegistrationPolicy
    from trustkit.custody.private_key import PrivateKey
    from trustkit.identity import Principal
    from trustkit.store.registrations import RegistrationRow
    from trustkit.store.unit_of_work import ReadUnit, UnitOfWork
    from trustkit.x509.certificate import Certificate


@dataclass(frozen=True, slots=True, kw_only=True)
class Orders:
    """How what was asked becomes orders: of the signing certificate, and of its twin for a key the authority made."""

    signing: Callable[[CertificateAsked], CertificateOrder]
    encryption: Callable[[CertificateAsked, Certificate, bytes], CertificateOrder]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Noted:
    """Writes the serial about to be signed on the request it answers, and closes the request with the last certificate."""

    work: CertificateWork
    row: RegistrationRow
    column: str
    old: str | None
    actor: Principal
    finish: Callable[[Certificate], bytes] | None
    key: PrivateKey | None = None

    def intended(self, uow: UnitOfWork, serial: str, tbs: bytes) -> None:
        """Note the serial, and keep the key in escrow: in the unit of the intent."""
        registrations.take(uow, self.row.id, self.column, old=self.old, new=serial)
        now = self.work.authority.clock.now()
        facts: dict[str, FactValue] = {"kind": self.row.kind.value, "serial": serial}
        record(uow, EventType.REGISTRATION_WORKED, self.row.id, at=now, actor=self.actor, facts=facts)
        if self.key is not None:
            self._escrow(uow, self.key, serial, tbs)

    def issued(self, uow: UnitOfWork, serial: str) -> None:
        """Close the request with its response, when this was the last certificate: in the unit that registers it."""
        certificate = _issued(uow, serial)
        if self.finish is None or certificate is None:
            return
        now = self.work.authority.clock.now()
        response = self.finish(certificate)
        facts: dict[str, FactValue] = {"serial": serial}
        close_done(uow, self.row, State.WORKING, at=now, actor=self.actor, facts=facts, response=response)

    def _escrow(self, uow: UnitOfWork, key: PrivateKey, serial: str, tbs: bytes) -> None:
        now = self.work.authority.clock.now()
        binding = EscrowBinding(serial=serial, tbs_sm3=digest(DigestAlgorithm.SM3, tbs).hex())
        kept = seal_escrow(key, binding, self.work.recovery(), at=now)
        escrow.add(uow, kept)
        facts: dict[str, FactValue] = {
            "key_set": kept.key_set,
            "public_key_sm3": kept.public_key_sm3,
            "registration": self.row.id,
            "tbs_sm3": kept.tbs_sm3,
        }
        event = AuditEvent(
            type=EventType.ESCROW_KEPT, at=now, actor=self.actor, object_type="escrow", object_id=serial, facts=facts
        )
        trail.record(uow, event)


@dataclass(frozen=True, slots=True, kw_only=True)
class CertificateWork:
    """One CA carrying out requests. `recovery` is asked for a dual pair alone, and raises when there is no recovery key."""

    authority: IssuingAuthority
    policy: RegistrationPolicy
    orders: Orders
    recovery: Callable[[], RecoveryKey]

    def carry_out(self, number: str, actor: Principal) -> bytes:
        """Return the response (CSRResponse, DER), issuing what is not issued yet; the same again when all of it was done before.

        Raises:
            TrustError: REGISTRATION_STATE, REGISTRATION_BUSY, REGISTRATION_APPROVALS, STATEMENT_WRONG, OPERATOR_REVOKED; what
                issuing raises, after which the request can be carried out again.
        """
        now = self.authority.clock.now()
        INTENTS.close_unfinished(self.authority.database, before=now - LIVE, now=now, actor=actor)
        with self.authority.database.reading() as unit:
            row = registrations.get(unit, number)
            if row.state is State.DONE and row.response is not None:
                return kept_response(unit, row)
            verified = self._read(unit, row)
            signing = _issued(unit, row.serial)
            twin = _issued(unit, row.encryption_serial)
        asked = CertificateAsked.read(verified.said)
        if twin is not None:
            raise TrustError(ErrorCode.BUG, "an encryption certificate without its response")
        if signing is None:
            signing = self._issue_signing(row, asked, actor)
        if asked.encryption_profile:
            self._issue_encryption(row, asked, signing, actor)
        with self.authority.database.reading() as unit:
            done = registrations.get(unit, number)
        if done.response is None:
            raise TrustError(ErrorCode.BUG, "a request was carried out without a response")
        return done.response

    def _read(self, unit: ReadUnit, row: RegistrationRow) -> VerifiedRegistration:
        if row.kind is not Kind.CERTIFICATE or row.state not in {State.APPROVED, State.WORKING}:
            raise TrustError(
                ErrorCode.REGISTRATION_STATE, "not approved, or not for a certificate", found=row.state.value
            )
        if row.state is State.APPROVED and self.authority.clock.now() >= row.expires_at:
            raise TrustError(ErrorCode.REGISTRATION_STATE, "its time has ended", found=State.EXPIRED.value)
        return read_registration(unit, row.id, self.policy)

    def _issue_signing(self, row: RegistrationRow, asked: CertificateAsked, actor: Principal) -> Certificate:
        finish = None if asked.encryption_profile else _alone
        noted = _Noted(work=self, row=row, column="serial", old=row.serial, actor=actor, finish=finish)
        return self.authority.issue(self.orders.signing(asked), actor, noted.issued, before=noted.intended)

    def _issue_encryption(
        self, row: RegistrationRow, asked: CertificateAsked, signing: Certificate, actor: Principal
    ) -> None:
        self.recovery()  # refused here, before a key is made
        key = generate_key(KeyKind.SM2)
        order = self.orders.encryption(asked, signing, key.public_key.spki)

        def finish(certificate: Certificate) -> bytes:
            enveloped = wrap_key(key, signing.public_key)
            return encode_response(CsrResponse(signing=(signing,), enveloped_key=enveloped, encryption=(certificate,)))

        noted = _Noted(
            work=self,
            row=row,
            column="encryption_serial",
            old=row.encryption_serial,
            actor=actor,
            finish=finish,
            key=key,
        )
        self.authority.issue(order, actor, noted.issued, before=noted.intended)


def kept_response(unit: ReadUnit, row: RegistrationRow) -> bytes:
    """Return the response kept with a request for a certificate that was carried out.

    Raises:
        TrustError: REGISTRATION_STATE when there is none, or the trail does not tell of its end; STATEMENT_WRONG when it holds
            another certificate than the register.
    """
    closed = trail.last_event(unit, EventType.REGISTRATION_CLOSED, row.id)
    if row.response is None or closed is None:
        raise TrustError(ErrorCode.REGISTRATION_STATE, "there is no response", found=row.state.value)
    if row.kind is Kind.CERTIFICATE:
        response = parse_response(row.response)
        held = {_held(each) for each in (*response.signing, *response.encryption)}
        noted = {serial for serial in (row.serial, row.encryption_serial) if serial is not None}
        kept = {(serial, certificates.get(unit, serial).der) for serial in noted}
        if held != kept or closed.facts.get("serial") not in noted:
            raise TrustError(ErrorCode.STATEMENT_WRONG, "another certificate than the register's", field="response")
    return row.response


def _held(certificate: Certificate) -> tuple[str, bytes | None]:
    return certificates.serial_text(certificate.serial), certificate.der


def _alone(certificate: Certificate) -> bytes:
    return encode_response(CsrResponse(signing=(certificate,)))


def _issued(unit: ReadUnit, serial: str | None) -> Certificate | None:
    """Return the certificate a serial noted on a request led to, or None when there is to be another one."""
    if serial is None:
        return None
    row = certificates.get(unit, serial)
    if row.state is CertificateState.INTENT:
        raise TrustError(ErrorCode.REGISTRATION_BUSY, "a certificate is under way", serial=serial)
    return parse_certificate(row.der) if row.der is not None else None
