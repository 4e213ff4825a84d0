"""Enrolment through the machine doors: one place for the API and EST, where a requester's bounds are held against the order.

Where the registration policy asks for nobody's approval, a request becomes a certificate at once: it is kept before a key is used and
closed in the transaction that registers the certificate, and whatever a crash leaves half-way is taken up by the repetition of the
request, under the same key, and issues once.

Where registrars must agree, the request is queued in the same transaction in which it is kept, as a request of the registration that
people see and decide on (`ca.registration`), and whoever asks again learns where it is. The first to ask after the last approval has it
carried out, while he may still have it. A pair (GB/T 20518) always goes that way, for its key is escrowed under a signed request; where nobody
must agree it is carried out at once. The same octets find the same request (RFC 7030 4.2.3), until the certificate they led to is not good any more or not new.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from ca.clients import denials_told
from ca.enrolment_port import EnrolmentState, Stage, Wish
from trustkit.audit.intents import LIVE
from trustkit.crypto.digest import DigestAlgorithm, digest
from trustkit.error_family import PASSING, Family
from trustkit.errors import ErrorCode, TrustError
from trustkit.store import ca_requests, certificates
from trustkit.store.ca_requests import RequestRow, RequestState
from trustkit.x509.request import parse_request, verify_request

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from ca.enrolment_port import Bounds, Followed, Issues, Queue
    from ca.order import CertificateOrder
    from trustkit.clock import Clock
    from trustkit.identity import Principal
    from trustkit.store.database import Database
    from trustkit.store.unit_of_work import ReadUnit, UnitOfWork

REPEATABLE: Final = timedelta(
    days=30
)  # how long the same octets are given the certificate they led to, after it was issued
MAX_REPETITIONS: Final = 100  # certificates of one request, one after the other
_LATER: Final = PASSING | {Family.CONFLICT}


@dataclass(frozen=True, slots=True, kw_only=True)
class MachineEnrolment:
    """Issues what is asked for, once, or queues it. `new_id` gives a request's identifier."""

    database: Database
    clock: Clock
    issues: Issues
    queue: Queue
    new_id: Callable[[], str] = lambda: secrets.token_hex(16)

    def submit(self, wish: Wish, *, requester: Principal, bounds: Bounds, repeat_key: str | None) -> EnrolmentState:
        """See `ca.enrolment_port.Enrolment.submit`."""
        order = self._bounded(wish, requester, bounds)
        identifier, now = self.new_id(), self.clock.now()
        queued = bool(wish.encryption_profile) or self.queue.needed(wish.profile) > 0
        if repeat_key is None:
            repeat_key = self._key_of(wish, requester, now) if queued else identifier
        asked = RequestRow(
            identifier=identifier,
            requester=requester.id,
            repeat_key=repeat_key,
            profile=wish.profile,
            state=RequestState.PROCESSING,
            submitted_at=now,
            request_sm3=digest(DigestAlgorithm.SM3, wish.request.der).hex(),
            request=wish.request.der,
            encryption_profile=wish.encryption_profile,
        )
        with self.database.unit_of_work() as uow:
            row, new = ca_requests.begin(uow, asked)
            if _what(row) != _what(asked):
                raise TrustError(ErrorCode.CA_REQUEST_REPEATED, "other octets, or another profile")
            if new and queued:
                row = ca_requests.queue(uow, row, self.queue.enqueue(uow, wish, requester=requester))
            elif not new and row.registration is None:
                if row.state is not RequestState.PROCESSING:
                    return self._state(row)
                self._take_over(uow, row, now)
        if row.registration is not None:
            return self._followed(row, requester)
        return self._issue(row, order, requester)

    def state(self, identifier: str, *, requester: Principal, bounds: Bounds, every: bool = False) -> EnrolmentState:
        """See `ca.enrolment_port.Enrolment.state`."""
        with self.database.reading() as unit:
            row = ca_requests.find(unit, identifier)
        if row is None or (row.requester != requester.id and not every):
            raise TrustError(ErrorCode.CA_REQUEST_MISSING, "none of this identifier")
        if row.requester != requester.id:
            return self._placed(self._followed(row, None))
        return self._followed(row, requester, may_act=lambda: self._still_bounded(row, bounds))

    def _still_bounded(self, row: RequestRow, bounds: Bounds) -> bool:
        """Tell whether a requester may still have what was approved for him: grants change while registrars decide."""
        try:
            proved = verify_request(parse_request(row.request))
            self._order(Wish(request=proved, profile=row.profile, encryption_profile=row.encryption_profile), bounds)
        except TrustError as error:
            if error.code not in {ErrorCode.CA_CLIENT_GRANT, ErrorCode.CA_CLIENT_ROLE}:
                raise
            return False
        return True

    def _order(self, wish: Wish, bounds: Bounds) -> CertificateOrder:
        bounds.require_place(self.issues.ca, wish.profile)
        if wish.encryption_profile:
            bounds.require_place(self.issues.ca, wish.encryption_profile)
        order = self.issues.order(wish)
        bounds.require_order(order)
        return order

    def _bounded(self, wish: Wish, requester: Principal, bounds: Bounds) -> CertificateOrder:
        """Return what a wish will become, once its requester may have it; what was not granted is in the trail."""
        with denials_told(self.database, self.clock, requester):
            return self._order(wish, bounds)

    def _key_of(self, wish: Wish, requester: Principal, now: datetime) -> str:
        """Return the key by which the octets of a request find it again, or a new one once their certificate is not good and new."""
        pair = f"{wish.encryption_profile}\n" if wish.encryption_profile else ""
        start = f"{self.issues.ca}\n{wish.profile}\n{pair}".encode() + wish.request.der
        key = f"csr:{digest(DigestAlgorithm.SM3, start).hex()}"
        with self.database.reading() as unit:
            for _ in range(MAX_REPETITIONS):
                row = ca_requests.find_by_key(unit, requester.id, key)
                if row is None or row.serial is None or _is_new(unit, row.serial, now):
                    return key
                key = f"csr:{digest(DigestAlgorithm.SM3, f'{key} {row.serial}'.encode()).hex()}"
        raise TrustError(ErrorCode.CA_REQUEST_REPEATED, "too often: make a new request", limit=MAX_REPETITIONS)

    @staticmethod
    def _take_over(uow: UnitOfWork, row: RequestRow, now: datetime) -> None:
        if now - row.submitted_at < LIVE:
            raise TrustError(ErrorCode.CA_REQUEST_UNDER_WAY, "it was submitted a moment ago")
        ca_requests.resume(uow, row, at=now)

    def _followed(
        self, row: RequestRow, actor: Principal | None, may_act: Callable[[], bool] = lambda: True
    ) -> EnrolmentState:
        """Return where a request is; one that was queued and approved is carried out for `actor`, while he may; None only looks."""
        if row.registration is None:
            return self._state(row)
        if row.state is not RequestState.PROCESSING:
            return self._ended(row, actor)
        found = self.queue.follow(row.registration, actor=actor, may_act=may_act)
        if found.state is Stage.PENDING:
            return self._state(row)
        try:
            with self.database.unit_of_work() as uow:
                if found.serial is not None:
                    ca_requests.complete(
                        uow, row.identifier, serial=found.serial, encryption_serial=found.encryption_serial
                    )
                else:
                    ca_requests.refuse(uow, row.identifier, reason=found.reason or "")
        except TrustError as error:
            if error.code is not ErrorCode.STORE_CONFLICT:  # another poll was first, and wrote the same
                raise
        with self.database.reading() as unit:
            state = self._state(ca_requests.find(unit, row.identifier) or row)
        return _with(state, found, actor)

    def _ended(self, row: RequestRow, actor: Principal | None) -> EnrolmentState:
        """Return where a queued request ended, with what registrars said of it or the response of a pair."""
        state = self._state(row)
        if row.registration is None or (row.state is RequestState.ISSUED and row.encryption_serial is None):
            return state
        return _with(state, self.queue.follow(row.registration, actor=None), actor)

    def _issue(self, row: RequestRow, order: CertificateOrder, requester: Principal) -> EnrolmentState:
        serials: list[str] = []

        def close(uow: UnitOfWork, serial: str) -> None:
            ca_requests.complete(uow, row.identifier, serial=serial)
            serials.append(serial)

        try:
            self.issues.issue(order, actor=requester, together=close)
        except TrustError as error:
            self._refuse(row, error)
            raise
        return self._state(replace(row, state=RequestState.ISSUED, serial=serials[-1]))

    def _refuse(self, row: RequestRow, error: TrustError) -> None:
        """Close a request that can never succeed; what may succeed later stays to be repeated."""
        if error.code.family in _LATER:
            return
        with self.database.unit_of_work() as uow:
            ca_requests.refuse(uow, row.identifier, reason=error.code.value)

    def _state(self, row: RequestRow) -> EnrolmentState:
        waits = row.registration is not None and row.state is RequestState.PROCESSING
        return EnrolmentState(
            identifier=row.identifier,
            requester=row.requester,
            authority=self.issues.ca,
            profile=row.profile,
            state=Stage.PENDING if waits else Stage(row.state.value),
            serial=row.serial,
            reason=row.reason,
            encryption_serial=row.encryption_serial,
        )

    def _placed(self, state: EnrolmentState) -> EnrolmentState:
        """Return a state with the authority that issued its certificate: it may be another than the one that is asked here now."""
        with self.database.reading() as unit:
            made = certificates.find(unit, state.serial or "")
        return state if made is None else replace(state, authority=made.issuer)


def _with(state: EnrolmentState, found: Followed, actor: Principal | None) -> EnrolmentState:
    """Return a state with what following it found; the response of a pair is for who asked for it."""
    return replace(state, refusal=found.refusal, response=found.response if actor is not None else None)


def _what(row: RequestRow) -> tuple[str, ...]:
    """Return what is asked for: the same under one key is the same request."""
    return (row.request_sm3, row.profile, row.encryption_profile)


def _is_new(unit: ReadUnit, serial: str, now: datetime) -> bool:
    """Tell whether a certificate is good and was issued lately."""
    row = certificates.find(unit, serial)
    return row is not None and row.revoked_at is None and row.issued_at is not None and now < row.issued_at + REPEATABLE
