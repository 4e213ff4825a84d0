"""The time-stamping authority (RFC 3161): requests in, replies out, each token told in the trail before it is handed out.

    replies = authority.answer_all(queries)     # one transaction for all of them
    token = authority.stamp(message, actor)     # for the house itself

Requests that arrive together share one transaction: their trail entries commit together, and only then does any token leave.
A refused request costs no transaction and does not disturb the others.
"""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final

from ca.stamp_policy import TIMESTAMP_POLICY
from trustkit.audit import trail
from trustkit.audit.events import AuditEvent, EventType
from trustkit.crypto.digest import DigestAlgorithm, digest
from trustkit.crypto.verify import verify_signature
from trustkit.errors import ErrorCode, TrustError
from trustkit.store import clock_marks
from trustkit.timestamp.read import parse_token
from trustkit.timestamp.request import TimestampRequest, parse_request
from trustkit.timestamp.response import failure_of, make_refusal, make_response
from trustkit.timestamp.sign import make_token
from trustkit.timestamp.verify import verify_token

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from ca.clock_guard import ClockGuard
    from ca.stamp_serials import StampSerials
    from trustkit.crypto.public_key import PublicKey
    from trustkit.crypto.suites import SignatureSuite
    from trustkit.custody.port import Signer
    from trustkit.identity import Principal
    from trustkit.store.database import Database
    from trustkit.store.unit_of_work import ReadUnit, UnitOfWork
    from trustkit.x509.certificate import Certificate

ACCURACY: Final = timedelta(seconds=1)
CLOCK_MARK: Final = "timestamp"
_MICROSECOND: Final = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class StampQuery:
    """One request as it came in, who asked, and the request it belongs to in logs."""

    octets: bytes
    actor: Principal
    request_id: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckedSigner:
    """Signs, and verifies each signature with the public verifier before anyone gets it."""

    inner: Signer

    @property
    def suite(self) -> SignatureSuite:
        """The inner signer's suite."""
        return self.inner.suite

    @property
    def public_key(self) -> PublicKey:
        """The inner signer's key."""
        return self.inner.public_key

    def sign(self, message: bytes, /) -> bytes:
        """Return a signature that verifies. Raise SIGNING_FAILED, SIGNATURE_*."""
        signature = self.inner.sign(message)
        verify_signature(suite=self.suite, key=self.public_key, message=message, signature=signature)
        return signature


@dataclass(frozen=True, slots=True, kw_only=True)
class _Draft:
    token: bytes
    serial: int
    gen_time: datetime
    policy: str
    query: StampQuery


@dataclass(slots=True, kw_only=True)
class TimestampAuthority:
    """Stamps under one key.

    Attributes:
        policies: those that may be asked for; the first is used when none is.
        accuracy: promised in each token.
        ordering: promise that tokens may be ordered by their times alone (RFC 3161 2.4.2): times are then made to rise
            strictly, over all processes that share the store, and a token that would not is refused.
    """

    database: Database
    guard: ClockGuard
    serials: StampSerials
    signer: Signer
    certificate: Certificate
    chain: tuple[Certificate, ...]
    policies: tuple[str, ...] = (TIMESTAMP_POLICY,)
    accuracy: timedelta = ACCURACY
    ordering: bool = False
    _last: datetime | None = None
    _held: list[_Draft] | None = None

    def prove(self) -> None:
        """Make one token that is handed to nobody, and verify it whole: key, certificate and purpose fit together.

        Raises:
            TrustError: TIMESTAMP_PURPOSE, USAGE, SIGNATURE_*, SIGNING_FAILED, TIMESTAMP_CLOCK.
        """
        algorithm = self.signer.suite.digest
        request = TimestampRequest(imprint_algorithm=algorithm, imprint=digest(algorithm, b"proof"))
        verify_token(parse_token(self._token(request, 1, self._time(), self.policies[0])), data=b"proof")

    def stamp(self, message: bytes, actor: Principal) -> bytes:
        """Return a token over `message`, DER.

        Raises:
            TrustError: TIMESTAMP_CLOCK when the clock is not to be believed or is outside of the certificate's validity;
                what the store, the trail and the signer raise. No token then.
        """
        algorithm = self.signer.suite.digest
        return self.stamp_digest(digest(algorithm, message), algorithm, actor)

    def stamp_digest(self, imprint: bytes, algorithm: DigestAlgorithm, actor: Principal) -> bytes:
        """Return a token over what is known by its digest alone, DER. Raise as `stamp`."""
        request = TimestampRequest(imprint_algorithm=algorithm, imprint=imprint)
        draft = self._draft(request, StampQuery(octets=b"", actor=actor))
        if (
            self._held is not None and not self.ordering
        ):  # ordered times are nobody's before they are the latest in the store
            with self.database.reading() as unit:
                self._require_not_behind(unit, draft.gen_time)
            self._held.append(draft)
        else:
            self._commit((draft,))
        return draft.token

    @contextmanager
    def together(self) -> Iterator[None]:
        """Commit what `stamp` makes in the block at its end, in one transaction, however long it took; ordered times each by itself.

        Who opens the block hands nothing of it to anybody before it has ended well. One thread at a time.

        Raises:
            TrustError: as `stamp` of the store and the trail; none of the block's tokens may then be used.
        """
        held = self._held = []
        try:
            yield
        finally:
            self._held = None
        if held:
            with self.database.unit_of_work() as uow:
                _record(
                    uow, held
                )  # each time was held against the mark when it was read: others have stamped later since

    def answer(self, query: StampQuery) -> bytes:
        """Return the reply to one request, DER TimeStampResp; what went wrong is said in it."""
        return self.answer_all((query,))[0]

    def answer_all(self, queries: Sequence[StampQuery]) -> tuple[bytes, ...]:
        """Return the reply to each request, in order; what went wrong with one is said in its reply."""
        answers = [self._attempt(query) for query in queries]
        drafts = [each for each in answers if isinstance(each, _Draft)]
        refusal: bytes | None = None
        if drafts:
            try:
                self._commit(drafts)
            except TrustError as error:
                refusal = _refusal(error)
        return tuple((refusal or make_response(each.token)) if isinstance(each, _Draft) else each for each in answers)

    def _attempt(self, query: StampQuery) -> _Draft | bytes:
        try:
            return self._draft(parse_request(query.octets), query)
        except TrustError as error:
            return _refusal(error)

    def _draft(self, request: TimestampRequest, query: StampQuery) -> _Draft:
        if request.extensions:  # RFC 3161 2.4.1: critical or not, what is not recognised gets no token
            told = "no extension is recognised here"
            raise TrustError(ErrorCode.TIMESTAMP_EXTENSION, told, oid=request.extensions[0])
        policy = request.policy or self.policies[0]
        if policy not in self.policies:
            raise TrustError(ErrorCode.TIMESTAMP_POLICY, "stamps are not made under this policy", oid=policy)
        gen_time = self._time()
        serial = self.serials.take()
        token = self._token(request, serial, gen_time, policy)
        return _Draft(token=token, serial=serial, gen_time=gen_time, policy=policy, query=query)

    def _time(self) -> datetime:
        now = self.guard.read()
        if not self.certificate.not_before <= now <= self.certificate.not_after:
            raise TrustError(ErrorCode.TIMESTAMP_CLOCK, "the clock reads a time outside of the certificate's validity")
        if self.ordering and self._last is not None:
            now = max(now, self._last + _MICROSECOND)
        self._last = now
        return now

    def _token(self, request: TimestampRequest, serial: int, gen_time: datetime, policy: str) -> bytes:
        return make_token(
            imprint=request.imprint,
            imprint_algorithm=request.imprint_algorithm,
            serial=serial,
            gen_time=gen_time,
            policy=policy,
            signer=CheckedSigner(inner=self.signer),
            certificate=self.certificate,
            chain=self.chain,
            accuracy=self.accuracy,
            ordering=self.ordering,
            nonce=request.nonce,
            include_certificates=request.certificates,
        )

    def _commit(self, drafts: Sequence[_Draft]) -> None:
        """Tell of the tokens in the trail, and of their time in the mark every process measures itself by."""
        earliest = min(draft.gen_time for draft in drafts)
        with self.database.unit_of_work() as uow:
            behind = clock_marks.advance(uow, CLOCK_MARK, earliest) == 0
            if behind and self.ordering:
                raise TrustError(ErrorCode.TIMESTAMP_CLOCK, "another process has stamped a later time")
            if behind:
                self._require_not_behind(uow, earliest)
            _record(uow, drafts)

    def _require_not_behind(self, unit: ReadUnit, moment: datetime) -> None:
        """Raise TIMESTAMP_CLOCK for a time before the mark by more than clocks may differ."""
        mark = clock_marks.find(unit, CLOCK_MARK)
        if mark is not None and mark - moment > self.accuracy:
            raise TrustError(ErrorCode.TIMESTAMP_CLOCK, "the clock reads a time before the last stamp")


def _record(uow: UnitOfWork, drafts: Sequence[_Draft]) -> None:
    clock_marks.advance(uow, CLOCK_MARK, max(draft.gen_time for draft in drafts))
    trail.record_many(uow, [_event(draft) for draft in drafts])


def _event(draft: _Draft) -> AuditEvent:
    return AuditEvent(
        type=EventType.TIMESTAMP_ISSUED,
        at=draft.gen_time,
        actor=draft.query.actor,
        object_type="timestamp",
        object_id=str(draft.serial),
        request_id=draft.query.request_id,
        facts={"policy": draft.policy, "token_sm3": digest(DigestAlgorithm.SM3, draft.token).hex()},
    )


def _refusal(error: TrustError) -> bytes:
    return make_refusal(failure_of(error), error.detail)
