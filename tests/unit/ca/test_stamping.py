from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from threading import Event
from typing import TYPE_CHECKING, Any

import httpx
import pytest
from fastapi import FastAPI

from ca.clock_guard import WINDOW, ClockGuard
from ca.stamp_policy import TIMESTAMP_POLICY
from ca.stamp_queue import RENEW_SECONDS, StampQueue
from ca.stamp_serials import StampSerials
from ca.stamping import ACCURACY, CLOCK_MARK, CheckedSigner, StampQuery, TimestampAuthority
from ca.stamping_api import QUERY, REPLY, tsa_router
from tests.support.clocks import Ticking
from tests.support.pki import PkiWorld
from trustkit.audit import trail
from trustkit.audit.events import EventType
from trustkit.cms import oids
from trustkit.crypto.digest import DigestAlgorithm, digest
from trustkit.crypto.public_key import KeyKind
from trustkit.custody.private_key import generate_key
from trustkit.encoding import der_write as w
from trustkit.errors import ErrorCode, TrustError
from trustkit.identity import ANONYMOUS, Principal
from trustkit.store import clock_marks
from trustkit.timestamp.read import parse_token
from trustkit.timestamp.request import TimestampRequest, build_request
from trustkit.timestamp.response import Failure, parse_response
from trustkit.timestamp.verify import verify_token

if TYPE_CHECKING:
    from trustkit.store.database import Database
    from trustkit.timestamp.model import TimestampToken

AT = datetime(2026, 12, 1, tzinfo=UTC)
ACTOR = Principal(id="operator:1")
DATA = b"stamped"
ASKED = TimestampRequest(imprint_algorithm=DigestAlgorithm.SM3, imprint=digest(DigestAlgorithm.SM3, DATA), nonce=2**62)
IMPRINT = w.sequence(w.sequence(w.oid(oids.SM3)), w.octet_string(bytes(32)))


class Health:
    def __init__(self, *, good: bool | None) -> None:
        self.good = good

    def synchronised(self) -> bool | None:
        return self.good


@pytest.fixture(scope="module")
def world() -> PkiWorld:
    return PkiWorld()


@pytest.fixture
def database(sqlite_database: Database) -> Database:
    return sqlite_database


@pytest.fixture
def clock() -> Ticking:
    return Ticking()


@pytest.fixture
def authority(world: PkiWorld, database: Database, clock: Ticking) -> TimestampAuthority:
    return make(world, database, clock)


def make(world: PkiWorld, database: Database, clock: Ticking, **fields: Any) -> TimestampAuthority:
    values: dict[str, Any] = {
        "database": database,
        "guard": ClockGuard(clock=clock, floor=AT, tolerance=ACCURACY),
        "serials": StampSerials(database=database, block=5),
        "signer": world.tsa.signer,
        "certificate": world.tsa.certificate,
        "chain": (world.issuing.certificate,),
    }
    return TimestampAuthority(**values | fields)


def query(request: TimestampRequest | bytes = ASKED) -> StampQuery:
    octets = request if isinstance(request, bytes) else build_request(request)
    return StampQuery(octets=octets, actor=ANONYMOUS, request_id="r1")


def granted(authority: TimestampAuthority, request: TimestampRequest = ASKED) -> TimestampToken:
    return parse_response(authority.answer(query(request)), request)


def refused(reply: bytes) -> str:
    with pytest.raises(TrustError) as refusal:
        parse_response(reply, ASKED)
    assert refusal.value.code is ErrorCode.TIMESTAMP_REFUSED
    return refusal.value.detail


def events(database: Database) -> list[trail.TrailEntry]:
    with database.reading() as unit:
        return [entry for entry in trail.list_events(unit) if entry.type == EventType.TIMESTAMP_ISSUED]


def test_a_token_answers_its_request(authority: TimestampAuthority, database: Database) -> None:
    token = verify_token(granted(authority), data=DATA)
    assert (token.gen_time, token.accuracy, token.policy) == (AT, ACCURACY, TIMESTAMP_POLICY)
    (entry,) = events(database)
    assert (entry.object_id, entry.actor, entry.request_id) == (str(token.serial), "anonymous", "r1")
    with database.reading() as unit:
        assert clock_marks.find(unit, CLOCK_MARK) == AT


@pytest.mark.parametrize("algorithm", [each for each in DigestAlgorithm if not each.weak])
def test_every_strong_digest_is_stamped(authority: TimestampAuthority, algorithm: DigestAlgorithm) -> None:
    request = TimestampRequest(imprint_algorithm=algorithm, imprint=digest(algorithm, DATA), certificates=False)
    reply = granted(authority, request)
    assert (reply.imprint_algorithm, reply.message.certificates) == (algorithm, ())


@pytest.mark.parametrize(
    ("octets", "failure"),
    [
        (b"", Failure.BAD_DATA_FORMAT),
        (b"\x30\x80\x00\x00", Failure.BAD_DATA_FORMAT),
        (bytes(9000), Failure.BAD_DATA_FORMAT),
        (w.sequence(w.integer(2), IMPRINT), Failure.BAD_DATA_FORMAT),
        (w.sequence(w.integer(1), IMPRINT, w.null()), Failure.BAD_DATA_FORMAT),
        (
            w.sequence(w.integer(1), w.sequence(w.sequence(w.oid(oids.SM3)), w.octet_string(bytes(31)))),
            Failure.BAD_DATA_FORMAT,
        ),
        (
            w.sequence(w.integer(1), w.sequence(w.sequence(w.oid("1.3.14.3.2.26")), w.octet_string(bytes(20)))),
            Failure.BAD_ALGORITHM,
        ),
        (
            w.sequence(w.integer(1), w.sequence(w.sequence(w.oid("1.2.840.113549.2.5")), w.octet_string(bytes(16)))),
            Failure.BAD_ALGORITHM,
        ),
        (
            w.sequence(w.integer(1), w.sequence(w.sequence(w.oid("1.2.3.4")), w.octet_string(bytes(32)))),
            Failure.BAD_ALGORITHM,
        ),
        (w.sequence(w.integer(1), IMPRINT, w.oid("1.2.3")), Failure.UNACCEPTED_POLICY),
        (
            w.sequence(
                w.integer(1), IMPRINT, w.implicit(0, w.sequence(w.sequence(w.oid("1.2.3"), w.octet_string(b""))))
            ),
            Failure.UNACCEPTED_EXTENSION,
        ),
    ],
)
def test_requests_that_get_no_token(
    authority: TimestampAuthority, database: Database, octets: bytes, failure: Failure
) -> None:
    assert refused(authority.answer(query(octets))).endswith(failure.name.lower().replace("_", " "))
    assert events(database) == []


def test_policies_by_choice(world: PkiWorld, database: Database, clock: Ticking) -> None:
    authority = make(world, database, clock, policies=("1.2.3", "1.2.4"))
    assert granted(authority).policy == "1.2.3"
    asked = TimestampRequest(imprint_algorithm=DigestAlgorithm.SM3, imprint=bytes(32), policy="1.2.4")
    assert granted(authority, asked).policy == "1.2.4"


def test_one_bad_request_does_not_disturb_the_others(authority: TimestampAuthority, database: Database) -> None:
    replies = authority.answer_all([query(), query(b"x"), query()])
    serials = [parse_response(replies[place], ASKED).serial for place in (0, 2)]
    assert serials == [1, 2]
    assert refused(replies[1])
    assert [entry.object_id for entry in events(database)] == ["1", "2"]


def test_no_token_leaves_when_the_trail_does_not_take_it(
    authority: TimestampAuthority, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise TrustError(ErrorCode.AUDIT_UNAVAILABLE, "the trail is full")

    with monkeypatch.context() as patch:
        patch.setattr(trail, "record_many", fail)
        for reply in authority.answer_all([query(), query()]):
            assert refused(reply).endswith("system failure")
    assert events(database) == []
    assert granted(authority).serial == 3  # numbers of tokens nobody got are not used again


def test_the_house_stamps(authority: TimestampAuthority) -> None:
    tokens = [parse_token(authority.stamp(DATA, ACTOR)) for _ in range(3)]
    assert [token.serial for token in tokens] == [1, 2, 3]
    assert verify_token(tokens[0], data=DATA).gen_time == AT


def test_serials_of_a_block_are_not_used_after_its_process_ended(database: Database) -> None:
    first, second = StampSerials(database=database, block=5), StampSerials(database=database, block=5)
    assert [first.take(), second.take(), first.take(), second.take()] == [1, 6, 2, 7]
    third = StampSerials(database=database, block=5)
    assert third.take() == 11
    assert [first.take() for _ in range(4)] == [3, 4, 5, 16]


def test_a_wrong_signature_is_not_handed_out(world: PkiWorld, authority: TimestampAuthority) -> None:
    class Faulty:
        suite, public_key = world.tsa.signer.suite, world.tsa.signer.public_key

        def sign(self, message: bytes, /) -> bytes:
            return generate_key(KeyKind.SM2).signer().sign(message)

    with pytest.raises(TrustError) as refusal:
        CheckedSigner(inner=Faulty()).sign(b"x")
    assert refusal.value.code is ErrorCode.SIGNATURE_WRONG
    authority.signer = Faulty()
    assert refused(authority.answer(query())).endswith("system failure")


def test_a_certificate_for_something_else_proves_nothing(world: PkiWorld, database: Database, clock: Ticking) -> None:
    bad = make(world, database, clock, certificate=world.signer.certificate, signer=world.signer.signer)
    with pytest.raises(TrustError) as refusal:
        bad.prove()
    assert refusal.value.code is ErrorCode.TIMESTAMP_PURPOSE
    make(world, database, clock).prove()


def test_a_clock_set_back_stamps_nothing(authority: TimestampAuthority, clock: Ticking) -> None:
    clock.pass_(10)
    granted(authority)
    clock.step(-0.5)
    assert refused(authority.answer(query())).endswith("time not available")
    clock.step(0.5)
    granted(authority)


@pytest.mark.parametrize("seconds", [1.5, 3600.0, -1.5])
def test_a_clock_that_jumps_stamps_nothing_more(authority: TimestampAuthority, clock: Ticking, seconds: float) -> None:
    clock.pass_(10)
    clock.step(seconds)
    assert refused(authority.answer(query())).endswith("time not available")
    clock.pass_(100)
    assert refused(authority.answer(query())).endswith("time not available")


def test_the_kernel_may_vouch_for_a_jump(world: PkiWorld, database: Database, clock: Ticking) -> None:
    health = Health(good=True)
    guard = ClockGuard(clock=clock, floor=AT, tolerance=ACCURACY, health=health)
    authority = make(world, database, clock, guard=guard)
    clock.step(30)
    assert granted(authority).gen_time == AT + timedelta(seconds=30)
    health.good = False
    assert refused(authority.answer(query())).endswith("time not available")
    health.good = None
    granted(authority)


def test_drift_is_measured_anew_each_hour(clock: Ticking) -> None:
    guard = ClockGuard(clock=clock, floor=AT, tolerance=ACCURACY)
    for _ in range(10):
        clock.pass_(WINDOW + 1)
        clock.step(0.5)
        guard.read()


def test_another_process_has_stamped_later(world: PkiWorld, database: Database, clock: Ticking) -> None:
    ahead = Ticking()
    ahead.pass_(60)
    granted(make(world, database, ahead))
    assert refused(make(world, database, clock).answer(query())).endswith("time not available")
    clock.pass_(59.5)  # within the accuracy clocks of two machines may differ by
    granted(make(world, database, clock))
    with database.reading() as unit:
        assert clock_marks.find(unit, CLOCK_MARK) == ahead.at


def test_a_floor_ahead_stamps_nothing(world: PkiWorld, database: Database, clock: Ticking) -> None:
    guard = ClockGuard(clock=clock, floor=AT + timedelta(seconds=1), tolerance=ACCURACY)
    with pytest.raises(TrustError) as refusal:
        make(world, database, clock, guard=guard).stamp(DATA, ACTOR)
    assert refusal.value.code is ErrorCode.TIMESTAMP_CLOCK


def test_outside_of_the_certificates_time_nothing_is_stamped(
    world: PkiWorld, authority: TimestampAuthority, clock: Ticking
) -> None:
    clock.pass_((world.tsa.certificate.not_after - AT).total_seconds() + 1)
    assert refused(authority.answer(query())).endswith("time not available")


def test_ordered_times_rise_over_all_processes(world: PkiWorld, database: Database, clock: Ticking) -> None:
    one, two = (make(world, database, clock, ordering=True) for _ in range(2))
    times = [parse_response(reply, ASKED).gen_time for reply in one.answer_all([query()] * 3)]
    assert times == [AT + timedelta(microseconds=number) for number in range(3)]
    assert refused(two.answer(query())).endswith("time not available")
    clock.pass_(1)
    token = granted(two)
    assert token.ordering
    assert token.gen_time > times[-1]


def test_many_at_once_share_transactions(authority: TimestampAuthority, database: Database, clock: Ticking) -> None:
    queue = StampQueue(make=lambda: authority, clock=clock)
    with ThreadPoolExecutor(8) as pool:
        futures = list(pool.map(lambda _: queue.submit(query()), range(100)))
    serials = [parse_response(future.result(10), ASKED).serial for future in futures]
    queue.close()
    assert sorted(serials) == list(range(1, 101))
    assert [entry.object_id for entry in events(database)] == [str(number) for number in range(1, 101)]
    assert refused(queue.submit(query()).result(1)).endswith("system failure")


def test_a_certificate_revoked_meanwhile_stamps_no_more(authority: TimestampAuthority, clock: Ticking) -> None:
    fit = True

    def current() -> TimestampAuthority:
        if not fit:
            raise TrustError(ErrorCode.OWN_CERTIFICATE, "it is revoked")
        return authority

    queue = StampQueue(make=current, clock=clock)
    parse_response(queue.submit(query()).result(10), ASKED)
    fit = False
    clock.pass_(RENEW_SECONDS + 1)
    assert refused(queue.submit(query()).result(10)).startswith("it is revoked")
    queue.close()


def test_a_bug_answers_and_the_queue_goes_on(authority: TimestampAuthority, clock: Ticking) -> None:
    broken = True

    def current() -> TimestampAuthority:
        if broken:
            raise RuntimeError
        return authority

    queue = StampQueue(make=current, clock=clock)
    assert refused(queue.submit(query()).result(10)).endswith("system failure")
    broken = False
    parse_response(queue.submit(query()).result(10), ASKED)
    queue.close()


def test_a_full_queue_refuses(authority: TimestampAuthority, clock: Ticking) -> None:
    begun, go = Event(), Event()

    def slow() -> TimestampAuthority:
        begun.set()
        go.wait(10)
        return authority

    queue = StampQueue(make=slow, clock=clock, waiting=1)
    taken = queue.submit(query())
    assert begun.wait(10)
    waiting, surplus = queue.submit(query()), queue.submit(query())
    assert refused(surplus.result(1)).startswith("too many requests are waiting")
    go.set()
    for future in (taken, waiting):
        parse_response(future.result(10), ASKED)
    queue.close()


def test_over_http(authority: TimestampAuthority, clock: Ticking) -> None:
    app = FastAPI()
    app.include_router(tsa_router({"sm2": StampQueue(make=lambda: authority, clock=clock)}))

    async def visit() -> list[httpx.Response]:
        transport = httpx.ASGITransport(app)
        async with httpx.AsyncClient(transport=transport, base_url="http://tsa.example") as client:
            headers = {"content-type": QUERY}
            return [
                await client.post(path, content=build_request(ASKED), headers=headers)
                for path in ("/v1/tsa", "/v1/tsa/sm2")
            ] + [await client.post("/v1/tsa", content=bytes(10_000), headers=headers)]

    *good, large = asyncio.run(visit())
    for answer in good:
        assert (answer.status_code, answer.headers["content-type"]) == (200, REPLY)
        assert answer.headers["cache-control"] == "no-store"
        verify_token(parse_response(answer.content, ASKED), data=DATA)
    assert refused(large.content).endswith("bad data format")
