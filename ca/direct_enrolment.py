"""Enrolment without anybody's approval: for the profiles that say so, a request becomes a certificate at once.

A request is kept before a key is used and closed in the transaction that registers the certificate. Whatever a crash leaves
half-way is taken up by the repetition of the request, under the same key, and issues once.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from ca.clients import record_denied
from ca.enrolment_port import EnrolmentState
from trustkit.audit.intents import LIVE
from trustkit.crypto.digest import DigestAlgorithm, digest
from trustkit.errors import ErrorCode, Family, TrustError
from trustkit.store import ca_requests
from trustkit.store.ca_requests import RequestRow, RequestState

if TYPE_CHECKING:
    from collections.abc import Callable

    from ca.enrolment_port import Bounds, Issues, Wish
    from ca.order import CertificateOrder
    from trustkit.clock import Clock
    from trustkit.identity import Principal
    from trustkit.store.database import Database
    from trustkit.store.unit_of_work import UnitOfWork

_LATER: Final = frozenset({Family.UNREACHABLE, Family.RESOURCE, Family.CONFIG, Family.BUG, Family.CONFLICT})


@dataclass(frozen=True, slots=True, kw_only=True)
class DirectEnrolment:
    """Issues what is asked for, once. `new_id` gives a request's identifier."""

    database: Database
    clock: Clock
    issues: Issues
    new_id: Callable[[], str] = lambda: secrets.token_hex(16)

    def submit(self, wish: Wish, *, requester: Principal, bounds: Bounds, repeat_key: str | None) -> EnrolmentState:
        """See `ca.enrolment_port.Enrolment.submit`."""
        order = self._bounded(wish, requester, bounds)
        identifier, now = self.new_id(), self.clock.now()
        asked = RequestRow(
            identifier=identifier,
            requester=requester.id,
            repeat_key=repeat_key or identifier,
            profile=wish.profile,
            state=RequestState.PROCESSING,
            submitted_at=now,
            request_sm3=digest(DigestAlgorithm.SM3, wish.request.der).hex(),
            request=wish.request.der,
        )
        with self.database.unit_of_work() as uow:
            row, new = ca_requests.begin(uow, asked)
            if (row.request_sm3, row.profile) != (asked.request_sm3, asked.profile):
                raise TrustError(ErrorCode.CA_REQUEST_REPEATED, "other octets, or another profile")
            if not new and row.state is not RequestState.PROCESSING:
                return _state(row)
            if not new:
                if now - row.submitted_at < LIVE:
                    raise TrustError(ErrorCode.CA_REQUEST_UNDER_WAY, "it was submitted a moment ago")
                ca_requests.resume(uow, row, at=now)
        return self._issue(row, order, requester)

    def state(self, identifier: str, *, requester: Principal | None) -> EnrolmentState:
        """See `ca.enrolment_port.Enrolment.state`."""
        with self.database.reading() as unit:
            row = ca_requests.find(unit, identifier)
        if row is None or (requester is not None and row.requester != requester.id):
            raise TrustError(ErrorCode.CA_REQUEST_MISSING, "none of this identifier")
        return _state(row)

    def _bounded(self, wish: Wish, requester: Principal, bounds: Bounds) -> CertificateOrder:
        """Return what a wish will become, once its requester may have it; what was not granted is in the trail."""
        try:
            bounds.require_place(self.issues.ca, wish.profile)
            order = self.issues.order(wish)
            bounds.require_order(order)
        except TrustError as error:
            if error.code is ErrorCode.CA_CLIENT_GRANT:
                record_denied(self.database, self.clock.now(), requester, error)
            raise
        return order

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
        return _state(replace(row, state=RequestState.ISSUED, serial=serials[-1]))

    def _refuse(self, row: RequestRow, error: TrustError) -> None:
        """Close a request that can never succeed; what may succeed later stays to be repeated."""
        if error.code.family in _LATER:
            return
        with self.database.unit_of_work() as uow:
            ca_requests.refuse(uow, row.identifier, reason=error.code.value)


def _state(row: RequestRow) -> EnrolmentState:
    return EnrolmentState(
        identifier=row.identifier,
        requester=row.requester,
        profile=row.profile,
        state=row.state.value,
        serial=row.serial,
        reason=row.reason,
    )
