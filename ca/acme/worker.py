"""What ACME does between requests: try challenges that are due, again after a while, and go on with orders left half-way.

Everything it needs is in the store, so a restart goes on where the last process ended.
"""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from ca.acme.accounts import account_key, account_principal, require_in_force
from ca.acme.orders import DNS_01
from ca.acme.problems import problem_text
from ca.acme.validation import prove_dns, prove_http
from trustkit.audit import trail
from trustkit.audit.events import AuditEvent, EventType, Outcome
from trustkit.errors import ErrorCode, TrustError
from trustkit.store import acme_accounts, acme_orders
from trustkit.store.acme_orders import AuthorizationState

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from ca.acme.orders import AcmeOrders
    from ca.acme.validation import AsksTxt, FetchesHttp
    from trustkit.clock import Clock
    from trustkit.store.acme_accounts import AccountRow
    from trustkit.store.acme_orders import AuthorizationRow, ChallengeRow
    from trustkit.store.database import Database
    from trustkit.store.unit_of_work import ReadUnit

MAX_ATTEMPTS: Final = 4
RETRY: Final = timedelta(seconds=5)  # of the first; each later one waits twice as long
HELD: Final = timedelta(seconds=60)  # how long one attempt may take before another process may try
EVERY_SECONDS: Final = 2.0
_AT_ONCE: Final = frozenset({ErrorCode.ACME_ORDER_STATE, ErrorCode.ACME_UNAUTHORIZED})  # no second try mends these


@dataclass(slots=True, kw_only=True)
class AcmeWorker:
    """Tries challenges and resumes orders. `tell` is given the code of what failed for reasons of ours."""

    database: Database
    clock: Clock
    orders: AcmeOrders
    http: FetchesHttp
    dns: AsksTxt
    tell: Callable[[str], None]
    _wake: threading.Event = field(default_factory=threading.Event)
    _stop: threading.Event = field(default_factory=threading.Event)

    def wake(self) -> None:
        """Say that something is due."""
        self._wake.set()

    @contextmanager
    def running(self) -> Iterator[None]:
        """Work in a thread of its own for as long as the block lasts."""
        thread = threading.Thread(target=self._run, name="trustkit-acme", daemon=True)
        thread.start()
        try:
            yield
        finally:
            self._stop.set()
            self._wake.set()
            thread.join(HELD.total_seconds())

    def work(self) -> int:
        """Do everything that is due; return how many challenges were tried."""
        self.orders.resume()
        with self.database.reading() as unit:
            due = acme_orders.list_due(unit, now=self.clock.now())
        # Side by side: a name server that never answers must not keep others' proofs waiting.
        with ThreadPoolExecutor(max(1, len(due)), thread_name_prefix="trustkit-acme") as together:
            return sum(together.map(self._try_one, due))

    def _run(self) -> None:
        while not self._stop.is_set():
            try:
                more = self.work()
            except TrustError as error:  # told and tried again
                more = 0
                self.tell(error.code.value)
            except Exception:  # noqa: BLE001 - the worker must outlive our own bugs
                more = 0
                self.tell(ErrorCode.BUG.value)
            if not more:
                self._wake.wait(EVERY_SECONDS)
            self._wake.clear()

    def _try_one(self, challenge: ChallengeRow) -> bool:
        """Try a challenge; what goes wrong on our side is told, and is tried again with its next time."""
        try:
            return self._try(challenge)
        except TrustError as error:
            self.tell(error.code.value)
            return False

    def _try(self, challenge: ChallengeRow) -> bool:
        now = self.clock.now()
        with self.database.unit_of_work() as uow:
            if not acme_orders.postpone(
                uow, challenge, until=now + HELD, attempts=challenge.attempts, problem=challenge.problem
            ):
                return False  # another process has it
            authorization = acme_orders.find_authorization(uow, challenge.authorization)
            order = acme_orders.find(uow, authorization.order_id) if authorization is not None else None
            account = acme_accounts.find(uow, order.account) if order is not None else None
            closed = _closed(uow, account)
        if authorization is None or account is None:
            raise TrustError(ErrorCode.BUG, "a challenge without an account")
        held = replace(challenge, due_at=now + HELD)
        failure: TrustError | None = None
        if authorization.state is not AuthorizationState.PENDING or now >= authorization.expires_at:
            failure = TrustError(ErrorCode.ACME_ORDER_STATE, "the authorization ended before it was tried")
        elif closed is not None:
            failure = closed
        else:
            failure = self._failure(challenge, authorization, account)
        self._conclude(held, account.identifier, failure)
        return True

    def _failure(
        self, challenge: ChallengeRow, authorization: AuthorizationRow, account: AccountRow
    ) -> TrustError | None:
        """Return why a name was not proved, or its zone forbids its certificate; None when all is well."""
        try:
            key = account_key(account)
            if challenge.type == DNS_01:
                prove_dns(authorization.name, challenge.token, key, network=self.dns)
            else:
                prove_http(authorization.name, challenge.token, key, network=self.http)
            self.orders.caa.require(authorization.name, wildcard=authorization.wildcard)
        except TrustError as error:
            return error
        return None

    def _conclude(self, challenge: ChallengeRow, account: str, failure: TrustError | None) -> None:
        attempts, now = challenge.attempts + 1, self.clock.now()
        problem = problem_text(failure) if failure is not None else None
        with self.database.unit_of_work() as uow:
            if failure is not None and attempts < MAX_ATTEMPTS and failure.code not in _AT_ONCE:
                until = now + RETRY * 2**challenge.attempts
                acme_orders.postpone(uow, challenge, until=until, attempts=attempts, problem=problem)
                return
            acme_orders.judge(uow, challenge, problem=problem, attempts=attempts, at=now)
            event = AuditEvent(
                type=EventType.ACME_CHALLENGE_JUDGED,
                at=now,
                actor=account_principal(account),
                object_type="acme-authorization",
                object_id=challenge.authorization,
                outcome=Outcome.SUCCESS if failure is None else Outcome.FAILURE,
                reason=failure.code.value if failure is not None else "",
                facts={"attempts": attempts, "means": challenge.type},
            )
            trail.record(uow, event)


def _closed(unit: ReadUnit, account: AccountRow | None) -> TrustError | None:
    """Return why an account's proofs are not looked at any more, None while it is in force."""
    try:
        if account is not None:
            require_in_force(unit, account.identifier)
    except TrustError as error:
        return error
    return None
