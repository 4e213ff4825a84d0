"""ACME orders as acts (RFC 8555 7.4, 7.5): made, looked at, finalized once. What a crash leaves half-way is gone on with.

A finalized order is claimed, with its request, before anything is issued; the certificate is registered and the order made valid
in one transaction, by whoever holds the claim. So there is no half-issued certificate, and never a second one for an order.
"""

from __future__ import annotations

import secrets
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from ca.acme.accounts import account_key, account_principal, require_in_force
from ca.acme.names import is_wildcard, names_from_text, names_to_text, without_wildcard
from ca.acme.problems import problem_text
from ca.acme.request import require_order_request
from ca.enrolment_port import Wish
from trustkit.audit import trail
from trustkit.audit.events import AuditEvent, EventType
from trustkit.encoding.text64 import encode_base64url
from trustkit.error_family import PASSING
from trustkit.errors import ErrorCode, TrustError
from trustkit.store import acme_orders
from trustkit.store.acme_orders import (
    AuthorizationRow,
    AuthorizationState,
    ChallengeRow,
    ChallengeState,
    OrderRow,
    OrderState,
)
from trustkit.x509.request import parse_request, verify_request

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from ca.acme.caa import Caa
    from ca.enrolment_port import Issues
    from trustkit.clock import Clock
    from trustkit.store.acme_accounts import AccountRow
    from trustkit.store.database import Database
    from trustkit.store.unit_of_work import UnitOfWork

ORDER_LIFETIME: Final = timedelta(days=7)
AUTHORIZATION_LIFETIME: Final = timedelta(days=30)  # a proof of control grows old
MAX_WAITING: Final = 300  # orders of one account that are neither finished nor expired
MAX_TRYING: Final = 200  # challenges of one account: each may keep the network side waiting until it gives up
CAA_FRESH: Final = timedelta(
    hours=8
)  # how long what a zone allowed holds (CA/Browser Forum TLS Baseline Requirements 3.2.2.8)
MAX_RESUMED: Final = 16  # orders that are gone on with at once
STUCK: Final = timedelta(minutes=5)  # issuing takes seconds: a claim older than this was left by a crash
HTTP_01: Final = "http-01"
DNS_01: Final = "dns-01"
_TOKEN_OCTETS: Final = 32  # RFC 8555 8.1 wants 128 bits at least


@dataclass(frozen=True, slots=True, kw_only=True)
class AcmeOrders:
    """The orders of one home, for certificates of one profile."""

    database: Database
    clock: Clock
    issues: Issues
    caa: Caa
    profile: str
    new_id: Callable[[], str] = lambda: secrets.token_hex(16)
    random_octets: Callable[[int], bytes] = secrets.token_bytes

    def create(self, account: AccountRow, names: tuple[str, ...]) -> OrderRow:
        """Return a new order. Raise ACME_LIMIT when too many of the account wait."""
        now = self.clock.now()
        order = OrderRow(
            identifier=self.new_id(),
            account=account.identifier,
            state=OrderState.PENDING,
            names=names_to_text(names),
            created_at=now,
            expires_at=now + ORDER_LIFETIME,
        )
        parts = [self._authorization(order, name) for name in names]
        with self.database.unit_of_work() as uow:
            if acme_orders.count_waiting(uow, account.identifier, now=now) >= MAX_WAITING:
                raise TrustError(ErrorCode.ACME_LIMIT, "too many orders are waiting", limit=MAX_WAITING)
            acme_orders.add(uow, order, parts)
            event = AuditEvent(
                type=EventType.ACME_ORDER_CREATED,
                at=now,
                actor=account_principal(account.identifier),
                object_type="acme-order",
                object_id=order.identifier,
                facts={"account": account.identifier, "identifiers": len(names)},
            )
            trail.record(uow, event)
        return order

    def find(self, account: AccountRow, identifier: str) -> OrderRow:
        """Return an order of this account. Raise ACME_MISSING."""
        with self.database.reading() as unit:
            row = acme_orders.find(unit, identifier)
        if row is None or row.account != account.identifier:
            raise TrustError(ErrorCode.ACME_MISSING, "no such order of this account")
        return row

    def authorization(self, account: AccountRow, identifier: str) -> tuple[AuthorizationRow, tuple[ChallengeRow, ...]]:
        """Return an authorization of this account with its challenges. Raise ACME_MISSING."""
        with self.database.reading() as unit:
            row = acme_orders.find_authorization(unit, identifier)
            order = acme_orders.find(unit, row.order_id) if row is not None else None
            challenges = acme_orders.challenges_of(unit, identifier)
        if row is None or order is None or order.account != account.identifier:
            raise TrustError(ErrorCode.ACME_MISSING, "no such authorization of this account")
        return row, challenges

    def authorizations(self, order: OrderRow) -> tuple[AuthorizationRow, ...]:
        """Return the authorizations of an order."""
        with self.database.reading() as unit:
            return acme_orders.authorizations_of(unit, order.identifier)

    def list_open(self, account: AccountRow) -> tuple[OrderRow, ...]:
        """Return an account's newest orders."""
        with self.database.reading() as unit:
            return acme_orders.list_open(unit, account.identifier)

    def start(self, account: AccountRow, authorization: AuthorizationRow, challenge: ChallengeRow) -> None:
        """Have a challenge tried; a second start changes nothing.

        Raises:
            TrustError: ACME_ORDER_STATE when its authorization has ended; ACME_LIMIT when too many of the account are being tried.
        """
        now = self.clock.now()
        if authorization.state is not AuthorizationState.PENDING or now >= authorization.expires_at:
            raise TrustError(ErrorCode.ACME_ORDER_STATE, "the authorization is not pending")
        with self.database.unit_of_work() as uow:
            if acme_orders.count_trying(uow, account.identifier) >= MAX_TRYING:
                raise TrustError(ErrorCode.ACME_LIMIT, "too many challenges are being tried", limit=MAX_TRYING)
            acme_orders.start(uow, challenge, at=now)

    def deactivate(self, authorization: AuthorizationRow) -> None:
        """Give an authorization up (RFC 8555 7.5.2). Raise ACME_ORDER_STATE."""
        if authorization.state not in {AuthorizationState.PENDING, AuthorizationState.VALID}:
            raise TrustError(ErrorCode.ACME_ORDER_STATE, "the authorization has ended")
        with self.database.unit_of_work() as uow:
            acme_orders.deactivate(uow, authorization)

    def finalize(self, account: AccountRow, order: OrderRow, request: bytes) -> OrderRow:
        """Issue what was ordered (RFC 8555 7.4). Return the order as it is then.

        Raises:
            TrustError: ACME_ORDER_STATE unless the order is ready and not expired; ACME_CSR. The order stays as it was then.
        """
        now = self.clock.now()
        if order.state is not OrderState.READY or now >= order.expires_at:
            raise TrustError(ErrorCode.ACME_ORDER_STATE, "the order is not ready", state=order.state.value)
        proved = require_order_request(request, names_from_text(order.names), account_key=account_key(account))
        try:
            with self.database.unit_of_work() as uow:
                acme_orders.claim(uow, order, request=proved.der, at=now)
        except TrustError as error:
            if error.code is ErrorCode.STORE_CONFLICT:
                raise TrustError(ErrorCode.ACME_ORDER_STATE, "it was finalized at the same time") from error
            raise
        with self.database.reading() as unit:
            claimed = acme_orders.find(unit, order.identifier)
        return self._issue(claimed or order)

    def resume(self) -> int:
        """Go on with orders whose issuing was left half-way; return how many ended, one way or the other."""
        now = self.clock.now()
        with self.database.reading() as unit:
            left = acme_orders.list_processing(unit, claimed_before=now - STUCK)
        claimed: list[OrderRow] = []
        ended = 0
        for order in left:
            try:
                claimed.append(self._claimed_again(order, now))
            except TrustError as error:
                if error.code is ErrorCode.STORE_CONFLICT:
                    continue
                if error.code not in {ErrorCode.ACME_UNAUTHORIZED, ErrorCode.ACME_ORDER_STATE}:
                    raise
                self._give_up(order, error)  # closed since, so that nobody is left to have the certificate; or too late
                ended += 1
        # Side by side: one whose name server is slow must not keep the others waiting.
        with ThreadPoolExecutor(MAX_RESUMED, thread_name_prefix="trustkit-acme") as together:
            return ended + sum(each.state is not OrderState.PROCESSING for each in together.map(self._issue, claimed))

    def _claimed_again(self, order: OrderRow, now: datetime) -> OrderRow:
        """Take a left order up. Raise STORE_CONFLICT when somebody else does, ACME_UNAUTHORIZED, ACME_ORDER_STATE past its end."""
        if now >= order.expires_at:
            raise TrustError(ErrorCode.ACME_ORDER_STATE, "the order ended before its certificate was made")
        with self.database.unit_of_work() as uow:
            require_in_force(uow, order.account)
            acme_orders.claim_again(uow, order, at=now)
            return acme_orders.find(uow, order.identifier) or order

    def _issue(self, order: OrderRow) -> OrderRow:
        claimed_at = order.claimed_at
        if order.request is None or claimed_at is None:
            raise TrustError(ErrorCode.BUG, "an order is processed without a request")
        names = names_from_text(order.names)
        common = next((name for name in names if len(name) <= 64), None)  # noqa: PLR2004 - RFC 5280 ub-common-name
        wish = Wish(
            request=verify_request(parse_request(order.request)),
            profile=self.profile,
            dns_names=names,
            subject=(("CN", common),) if common else (),
        )

        def close(uow: UnitOfWork, serial: str) -> None:
            acme_orders.complete(uow, order.identifier, claimed_at=claimed_at, serial=serial)

        try:
            self._require_caa(order)
            self.issues.issue(self.issues.order(wish), actor=account_principal(order.account), together=close)
        except TrustError as error:
            if error.code.family not in PASSING:
                self._give_up(order, error)
        with self.database.reading() as unit:
            return acme_orders.find(unit, order.identifier) or order

    def _require_caa(self, order: OrderRow) -> None:
        """Ask again what the zones allow, where the answer the proof was given with has grown old. Raise as `Caa.require`."""
        now = self.clock.now()
        with self.database.reading() as unit:
            asked = [
                (
                    each,
                    max(
                        (c.validated_at for c in acme_orders.challenges_of(unit, each.identifier) if c.validated_at),
                        default=None,
                    ),
                )
                for each in acme_orders.authorizations_of(unit, order.identifier)
            ]
        self.caa.require_all((each.name, each.wildcard) for each, at in asked if at is None or now - at > CAA_FRESH)

    def _give_up(self, order: OrderRow, error: TrustError) -> None:
        if error.code is ErrorCode.STORE_CONFLICT:  # somebody else holds the claim now
            return
        with self.database.unit_of_work() as uow:
            acme_orders.fail(uow, order, problem=problem_text(error))

    def _authorization(self, order: OrderRow, name: str) -> tuple[AuthorizationRow, tuple[ChallengeRow, ...]]:
        row = AuthorizationRow(
            identifier=self.new_id(),
            order_id=order.identifier,
            name=without_wildcard(name),
            wildcard=is_wildcard(name),
            state=AuthorizationState.PENDING,
            expires_at=order.created_at + AUTHORIZATION_LIFETIME,
        )
        types = (DNS_01,) if row.wildcard else (DNS_01, HTTP_01)  # RFC 8555 7.1.3 leaves wildcards to policy: DNS alone
        challenges = tuple(
            ChallengeRow(
                authorization=row.identifier,
                type=kind,
                token=encode_base64url(self.random_octets(_TOKEN_OCTETS)),
                state=ChallengeState.PENDING,
            )
            for kind in types
        )
        return row, challenges
