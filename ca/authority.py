"""The act of issuing: reserve serials, prepare, make the intents durable, sign, keep, tell. One certificate or a batch.

Two transactions with the signatures between them: after the first the trail says what is about to be signed; after the
second the certificates exist. What a failure or a crash leaves between them is closed by `trustkit.audit.intents`.
"""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from ca.register_rules import require_clock, require_own_keys
from ca.uncollected import uncollected
from trustkit.audit import trail
from trustkit.audit.events import AuditEvent, EventType, FactValue
from trustkit.audit.intents import LIVE, Intents
from trustkit.clock import format_rfc3339
from trustkit.crypto.digest import DigestAlgorithm, digest
from trustkit.errors import TrustError
from trustkit.store import certificates, issuances
from trustkit.store.issuances import Finished, Wanted

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from datetime import datetime

    from ca.issuance import CertificateIssuer, PreparedCertificate
    from ca.order import CertificateOrder
    from trustkit.clock import Clock
    from trustkit.identity import Principal
    from trustkit.store.database import Database
    from trustkit.store.unit_of_work import UnitOfWork
    from trustkit.x509.certificate import Certificate

INTENTS: Final = Intents(
    event=EventType.CERTIFICATE_ABANDONED,
    object_type="certificate",
    register=certificates,
    key_of=lambda row: row.serial,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Beside:
    """What others write in the two units of work of one certificate."""

    before: Callable[[UnitOfWork, str, bytes], None] | None = None
    together: Callable[[UnitOfWork, str], None] | None = None


_NOTHING: Final = _Beside()


@dataclass(frozen=True, slots=True, kw_only=True)
class IssuingAuthority:
    """One CA at work; `name` is its name in the register, such as ``root`` or ``issuing``."""

    name: str
    database: Database
    clock: Clock
    issuer: CertificateIssuer

    def issue(
        self,
        order: CertificateOrder,
        actor: Principal,
        together: Callable[[UnitOfWork, str], None] | None = None,
        *,
        before: Callable[[UnitOfWork, str, bytes], None] | None = None,
    ) -> Certificate:
        """Return a new certificate that is in the register and in the trail.

        `together` is called with the serial in the unit of work that registers the certificate: what it raises undoes the
        issuance, and what it writes exists exactly when the certificate does. `before` is called with the serial and what is to
        be signed in the unit of work of the intent: what it writes is durable before the key is used, what it raises stops it.

        Raises:
            TrustError: what `issue_batch` raises; then the intent, if there was one, is marked as abandoned.
        """
        return self._issue((order,), actor, _Beside(before=before, together=together))[0]

    def issue_batch(self, orders: Sequence[CertificateOrder], actor: Principal) -> tuple[Certificate, ...]:
        """Return new certificates, in order: all of them or none.

        Raises:
            TrustError: USAGE for more than `issuances.BATCH_LIMIT`; CA_CLOCK when the clock reads before the newest
                certificate; CA_KEY_REPEATED; what `CertificateIssuer` raises. The fact `position` tells which order it was.
        """
        if not orders:
            return ()
        with uncollected():
            return self._issue(orders, actor, _NOTHING)

    def _issue(self, orders: Sequence[CertificateOrder], actor: Principal, beside: _Beside) -> tuple[Certificate, ...]:
        now = self.clock.now()
        INTENTS.close_unfinished(
            self.database, before=now - LIVE, now=now, actor=actor
        )  # of whoever could not do it then
        serials, prepared = self._intend(orders, actor, beside)
        with INTENTS.all_closed_on_failure(self.database, serials, self.clock, actor):
            made = self.issuer.issue_batch(prepared)
            self._complete(orders, serials, made, actor, beside)
        return made

    def _intend(
        self, orders: Sequence[CertificateOrder], actor: Principal, beside: _Beside = _NOTHING
    ) -> tuple[tuple[str, ...], tuple[PreparedCertificate, ...]]:
        wanted = [_wanted(order) for order in orders]
        with self.database.unit_of_work() as uow:
            issuances.take_turn(uow)
            now = self.clock.now()
            require_clock(uow, self.name, now)
            require_own_keys(uow, wanted)
            serials = issuances.reserve_many(uow, issuer=self.name, wanted=wanted, at=now)
            prepared = tuple(self._prepared(orders, serials, now))
            if beside.before is not None:
                beside.before(uow, serials[0], prepared[0].tbs)
            trail.record_many(
                uow,
                [
                    _event(
                        EventType.CERTIFICATE_INTENDED, now, actor, serial, self._facts(order, tbs_sm3=_sm3(each.tbs))
                    )
                    for order, serial, each in zip(orders, serials, prepared, strict=True)
                ],
            )
        return serials, prepared

    def _prepared(
        self, orders: Sequence[CertificateOrder], serials: Sequence[str], now: datetime
    ) -> Iterator[PreparedCertificate]:
        for position, (order, serial) in enumerate(zip(orders, serials, strict=True)):
            with _positioned(position, len(orders)):
                yield self.issuer.prepare(order, serial=int(serial, 16), at=now)

    def _complete(
        self,
        orders: Sequence[CertificateOrder],
        serials: Sequence[str],
        made: Sequence[Certificate],
        actor: Principal,
        beside: _Beside,
    ) -> None:
        now = self.clock.now()
        with self.database.unit_of_work() as uow:
            finished = [
                Finished(
                    serial=serial, der=each.der, not_after=each.not_after, authority_key=_hex(each.authority_key_id)
                )
                for serial, each in zip(serials, made, strict=True)
            ]
            issuances.complete_many(uow, finished, at=now)
            if beside.together is not None:
                beside.together(uow, serials[0])
            trail.record_many(
                uow,
                [
                    _event(EventType.CERTIFICATE_ISSUED, now, actor, serial, self._issued_facts(order, each))
                    for order, serial, each in zip(orders, serials, made, strict=True)
                ],
            )

    def _issued_facts(self, order: CertificateOrder, certificate: Certificate) -> dict[str, FactValue]:
        not_after = format_rfc3339(certificate.not_after)
        return self._facts(order, certificate_sm3=certificate.fingerprint_sm3, not_after=not_after)

    def _facts(self, order: CertificateOrder, **more: FactValue) -> dict[str, FactValue]:
        return {"issuer": self.name, "profile": order.profile.name, **more}


def _wanted(order: CertificateOrder) -> Wanted:
    return Wanted(
        profile=order.profile.name,
        subject=order.shown,
        key_sm3=_sm3(order.spki),
        authority=order.authority,
        role=order.role.value if order.authority is not None else None,
    )


def _hex(identifier: bytes | None) -> str | None:
    return None if identifier is None else identifier.hex()


def _sm3(data: bytes) -> str:
    return digest(DigestAlgorithm.SM3, data).hex()


@contextmanager
def _positioned(position: int, count: int) -> Iterator[None]:
    """Tell which order of a batch a refusal is about."""
    try:
        yield
    except TrustError as error:
        if count == 1:
            raise
        raise TrustError(error.code, error.detail, **{**error.facts, "position": position}) from error


def _event(kind: EventType, at: datetime, actor: Principal, serial: str, facts: dict[str, FactValue]) -> AuditEvent:
    return AuditEvent(type=kind, at=at, actor=actor, object_type="certificate", object_id=serial, facts=facts)
