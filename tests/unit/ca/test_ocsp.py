"""The OCSP responder: what it says of every state of the register, prepared or live, and how soon."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from ca.ocsp_answers import INTERNAL_ERROR, MALFORMED, TRY_LATER, UNAUTHORIZED, LiveAnswers, PreparedAnswers
from ca.ocsp_mirror import MAX_AGE, MOST_CHANGES, RegisterMirror
from ca.ocsp_publication import PAGE, OcspPublisher
from ca.ocsp_responder import OcspAuthority, OcspResponder, Unissued
from tests.support import register
from tests.support.ocsp import make_responder
from tests.support.pki import Member, PkiWorld
from trustkit.audit import trail
from trustkit.audit.events import AuditEvent, EventType
from trustkit.crypto.digest import DigestAlgorithm
from trustkit.crypto.public_key import KeyKind
from trustkit.encoding import der_write as w
from trustkit.errors import ErrorCode, TrustError
from trustkit.identity import SYSTEM
from trustkit.store import certificates
from trustkit.store.certificates import serial_text
from trustkit.store.ocsp_answers import RegisterWord, find_standing
from trustkit.x509 import oids
from trustkit.x509.extensions import extension
from trustkit.x509.ocsp_cert_id import make_cert_id
from trustkit.x509.ocsp_request import build_ocsp_request
from trustkit.x509.ocsp_response import CertStatus, OcspResponse, parse_ocsp_response
from trustkit.x509.ocsp_verify import VerifiedOcspAnswer, verify_ocsp_answer, verify_ocsp_response
from trustkit.x509.reason import RevocationReason
from trustkit.x509.revocation import RevocationState, RevocationStatus

if TYPE_CHECKING:
    from datetime import datetime

    from trustkit.store.database import Database
    from trustkit.x509.ocsp_cert_id import CertId

NOW = PkiWorld.START
LIFETIME = timedelta(hours=24)


@dataclass
class Clock:
    at: datetime = NOW
    ticks: float = 0.0

    def now(self) -> datetime:
        return self.at

    def monotonic(self) -> float:
        self.ticks += MAX_AGE * 2  # each look is a new one
        return self.ticks


@dataclass
class Bench:
    """A register with the members of a world, and both kinds of answers over it."""

    database: Database
    world: PkiWorld
    clock: Clock = field(default_factory=Clock)
    unissued: Unissued = Unissued.UNKNOWN

    def __post_init__(self) -> None:
        self.delegate = make_responder(self.world, not_after=NOW + timedelta(days=90))
        self.enter(self.delegate)
        self.prepared = PreparedAnswers(self.database, self.clock, lambda: (self.authority,))
        self.live = LiveAnswers(self.database, self.clock, lambda: (self.responder,))

    @property
    def authority(self) -> OcspAuthority:
        return OcspAuthority(name="issuing", certificate=self.world.issuing.certificate)

    @property
    def responder(self) -> OcspResponder:
        return OcspResponder(
            authority=self.authority,
            certificate=self.delegate.certificate,
            signer=self.delegate.signer,
            lifetime=LIFETIME,
            unissued=self.unissued,
        )

    @property
    def publisher(self) -> OcspPublisher:
        return OcspPublisher(database=self.database, clock=self.clock, responders=(self.responder,))

    def enter(self, member: Member, *, issuer: str = "issuing") -> Member:
        """Put a member into the register as issued."""
        number = member.certificate.serial
        with self.database.unit_of_work() as uow:
            top = number | 1 << 158  # as the register writes serials
            octets = top.to_bytes(20, "big")
            row = register.reserve(
                uow, issuer=issuer, profile="x", subject="CN=x", at=NOW, random_octets=lambda _: octets
            )
            assert row.serial_number == number
            signed_by = (member.certificate.authority_key_id or b"").hex()
            end = member.certificate.not_after
            register.complete(uow, row.serial, der=member.der, issued_at=NOW, not_after=end, authority_key=signed_by)
            self._tell(uow, EventType.CERTIFICATE_INTENDED, row.serial)
            self._tell(uow, EventType.CERTIFICATE_ISSUED, row.serial)
        return member

    def member(self, **changes: Any) -> Member:
        self._next = getattr(self, "_next", 1 << 158) + 1
        return self.enter(self.world.issue("x", serial=self._next, **changes))

    def revoke(self, member: Member, reason: str = "keyCompromise") -> None:
        serial = serial_text(member.certificate.serial)
        with self.database.unit_of_work() as uow:
            certificates.revoke(uow, serial, at=self.clock.at, reason=reason)
            self._tell(uow, EventType.CERTIFICATE_REVOKED, serial)

    def _tell(self, uow: Any, kind: EventType, serial: str) -> None:
        trail.record(
            uow, AuditEvent(type=kind, at=self.clock.at, actor=SYSTEM, object_type="certificate", object_id=serial)
        )

    def verified(self, octets: bytes, member: Member) -> VerifiedOcspAnswer:
        proved = verify_ocsp_response(
            parse_ocsp_response(octets),
            self.world.issuing.certificate,
            at=self.clock.at,
            standing=lambda _: RevocationStatus(state=RevocationState.UNKNOWN, detail=""),
        )
        return verify_ocsp_answer(proved, member.certificate, at=self.clock.at)


@pytest.fixture
def bench(sqlite_database: Database) -> Bench:
    return _bench(sqlite_database, PkiWorld())


def _bench(database: Database, world: PkiWorld, **changes: Any) -> Bench:
    world._serial = 1 << 158 | 1 << 100
    return Bench(database, world, **changes)


def cert_id(world: PkiWorld, serial: int, digest: DigestAlgorithm = DigestAlgorithm.SHA1) -> CertId:
    issuer = world.issuing.certificate
    return make_cert_id(issuer.subject_der, issuer.public_key, serial, digest)


def ask(
    bench: Bench, *members: Member, digest: DigestAlgorithm = DigestAlgorithm.SHA1, nonce: bytes | None = None
) -> bytes:
    wanted = (cert_id(bench.world, each.certificate.serial, digest) for each in members)
    return build_ocsp_request(wanted, nonce=nonce)


def statuses(octets: bytes) -> list[CertStatus]:
    return [each.status for each in parse_ocsp_response(octets).answers]


@pytest.mark.parametrize("kind", [KeyKind.SM2, KeyKind.EC_P256, KeyKind.RSA])
def test_live_good_and_revoked(sqlite_database: Database, kind: KeyKind) -> None:
    bench = _bench(sqlite_database, PkiWorld(kind=kind))
    member = bench.member()
    for digest in (DigestAlgorithm.SHA1, DigestAlgorithm.SHA256, DigestAlgorithm.SM3):
        octets = bench.live.answer(ask(bench, member, digest=digest, nonce=b"n" * 32)).body
        found = bench.verified(octets, member)
        assert found.response.response.nonce == b"n" * 32
        assert (found.status, found.answer.next_update) == (CertStatus.GOOD, NOW + LIFETIME)
    bench.revoke(member)
    found = bench.verified(bench.live.answer(ask(bench, member)).body, member)
    assert (found.status, found.answer.reason) == (CertStatus.REVOKED, RevocationReason.KEY_COMPROMISE)
    assert found.answer.revoked_at == NOW


def test_what_was_never_issued_is_never_good(bench: Bench) -> None:
    stranger = bench.world.issue("nobody entered")
    with bench.database.unit_of_work() as uow:
        intent = register.reserve(uow, issuer="issuing", profile="x", subject="CN=x", at=NOW)
        bench._tell(uow, EventType.CERTIFICATE_INTENDED, intent.serial)
    of_root = bench.enter(bench.world.issue("x", issuer=bench.world.root), issuer="root")
    numbers = (stranger.certificate.serial, intent.serial_number, of_root.certificate.serial, 0, -5, 2**900)
    for number in numbers:
        request = build_ocsp_request((cert_id(bench.world, number),))
        answer = parse_ocsp_response(bench.live.answer(request).body)
        assert (answer.answers[0].status, answer.extended_revoke) == (CertStatus.UNKNOWN, False)
        assert bench.prepared.answer(request) is UNAUTHORIZED


def test_never_issued_as_revoked_where_it_is_set_up_so(bench: Bench) -> None:
    bench.unissued = Unissued.REVOKED
    stranger = bench.world.issue("nobody entered")
    found = bench.verified(bench.live.answer(ask(bench, stranger)).body, stranger)
    assert found.never_issued
    known = bench.member()
    assert bench.verified(bench.live.answer(ask(bench, known)).body, known).status is CertStatus.GOOD


def test_several_at_once(bench: Bench) -> None:
    good, revoked = bench.member(), bench.member()
    bench.revoke(revoked, "superseded")
    stranger = bench.world.issue("nobody entered")
    octets = bench.live.answer(ask(bench, good, revoked, stranger)).body
    assert statuses(octets) == [CertStatus.GOOD, CertStatus.REVOKED, CertStatus.UNKNOWN]
    foreign = make_cert_id(b"\x30\x00", bench.world.root.certificate.public_key, 7, DigestAlgorithm.SHA1)
    mixed = build_ocsp_request((foreign, cert_id(bench.world, good.certificate.serial)))
    assert statuses(bench.live.answer(mixed).body) == [CertStatus.UNKNOWN, CertStatus.GOOD]
    for answers in (bench.live, bench.prepared):
        assert answers.answer(build_ocsp_request((foreign,))) is UNAUTHORIZED
    assert bench.prepared.answer(mixed) is UNAUTHORIZED


def test_what_is_no_request(bench: Bench) -> None:
    member = bench.member()
    other_type = w.explicit(2, w.sequence(extension(oids.OCSP_ACCEPTABLE, w.sequence(w.oid("1.2.3")))))
    wanted = w.sequence(w.sequence(cert_id(bench.world, member.certificate.serial).der))
    bench.live.answer(ask(bench, member))
    for octets in (b"", b"\x30", b"<html>", ask(bench, member)[:-1], w.sequence(w.sequence(wanted, other_type))):
        assert bench.live.answer(octets) is MALFORMED
        assert bench.prepared.answer(octets) is MALFORMED


def test_prepared_answers(bench: Bench) -> None:
    good, revoked = bench.member(), bench.member()
    bench.revoke(revoked, "cessationOfOperation")
    assert bench.prepared.answer(ask(bench, good)) is TRY_LATER  # issued, and not signed about yet
    assert bench.publisher.publish(SYSTEM) == 3  # the responder's own among them
    assert bench.publisher.publish(SYSTEM) == 0
    for digest in (DigestAlgorithm.SHA1, DigestAlgorithm.SHA256, DigestAlgorithm.SM3):
        octets = bench.prepared.answer(ask(bench, good, digest=digest)).body
        assert bench.verified(octets, good).status is CertStatus.GOOD
        found = bench.verified(bench.prepared.answer(ask(bench, revoked, digest=digest)).body, revoked)
        assert (found.status, found.answer.reason) == (CertStatus.REVOKED, RevocationReason.CESSATION_OF_OPERATION)
    with_nonce = bench.prepared.answer(ask(bench, good, nonce=b"n" * 32))
    assert parse_ocsp_response(with_nonce.body).nonce is None
    assert (with_nonce.this_update, with_nonce.next_update) == (NOW, NOW + LIFETIME)


def test_a_revocation_ends_a_prepared_answer_at_once(bench: Bench) -> None:
    member, other = bench.member(), bench.member()
    bench.publisher.publish(SYSTEM)
    request = ask(bench, member)
    assert statuses(bench.prepared.answer(request).body)[0] is CertStatus.GOOD
    bench.revoke(member)
    assert bench.prepared.answer(request) is TRY_LATER
    assert bench.publisher.refresh((serial_text(member.certificate.serial),), SYSTEM) == 1
    found = bench.verified(bench.prepared.answer(request).body, member)
    assert found.status is CertStatus.REVOKED
    assert statuses(bench.prepared.answer(ask(bench, other)).body)[0] is CertStatus.GOOD


def test_nothing_is_signed_about_others(bench: Bench) -> None:
    of_root = bench.enter(bench.world.issue("x", issuer=bench.world.root), issuer="root")
    expired = bench.member(not_after=NOW)
    others = [serial_text(number) for number in (of_root.certificate.serial, expired.certificate.serial, 77)]
    assert bench.publisher.refresh(others, SYSTEM) == 0
    assert bench.prepared.answer(ask(bench, expired)) is UNAUTHORIZED
    from_intent = _word_of_an_intent(bench)
    with pytest.raises(TrustError) as caught:
        bench.responder.prepare(from_intent, at=NOW)
    assert caught.value.code is ErrorCode.BUG


def _word_of_an_intent(bench: Bench) -> RegisterWord:
    with bench.database.unit_of_work() as uow:
        intent = register.reserve(uow, issuer="issuing", profile="x", subject="CN=x", at=NOW)
        bench._tell(uow, EventType.CERTIFICATE_INTENDED, intent.serial)
    with bench.database.reading() as unit:
        standing = find_standing(unit, intent.serial)
    assert standing is not None
    return standing.word


def test_answers_are_renewed_at_half_of_their_life(bench: Bench) -> None:
    member = bench.member()
    bench.publisher.publish(SYSTEM)
    bench.clock.at = NOW + LIFETIME / 2 - timedelta(seconds=1)
    assert bench.publisher.publish(SYSTEM) == 0
    bench.clock.at = NOW + LIFETIME / 2
    assert bench.publisher.publish(SYSTEM) == 2
    assert bench.verified(bench.prepared.answer(ask(bench, member)).body, member).answer.this_update == bench.clock.at


def test_an_answer_past_its_time_is_not_handed_out(bench: Bench) -> None:
    member = bench.member()
    bench.publisher.publish(SYSTEM)
    request = ask(bench, member)
    assert bench.prepared.answer(request).next_update == NOW + LIFETIME
    bench.clock.at = NOW + LIFETIME
    assert bench.prepared.ready(request) is TRY_LATER
    assert bench.prepared.answer(request) is TRY_LATER


def test_a_new_responder_signs_anew(bench: Bench) -> None:
    member = bench.member()
    bench.publisher.publish(SYSTEM)
    bench.delegate = bench.enter(make_responder(bench.world, not_after=NOW + timedelta(days=90)))
    assert bench.publisher.publish(SYSTEM) == 3
    found = bench.verified(bench.prepared.answer(ask(bench, member)).body, member)
    assert found.response.responder == bench.delegate.certificate


def test_answers_never_outlive_the_responder(bench: Bench) -> None:
    member = bench.member()
    end = bench.delegate.certificate.not_after
    bench.clock.at = end - timedelta(hours=1)
    found = bench.verified(bench.live.answer(ask(bench, member)).body, member)
    assert found.answer.next_update == end
    bench.clock.at = end
    assert bench.live.answer(ask(bench, member)) is INTERNAL_ERROR
    with pytest.raises(TrustError) as caught:
        bench.publisher.publish(SYSTEM)
    assert caught.value.code is ErrorCode.OWN_CERTIFICATE


def test_expired_certificates_are_told_of_with_an_archive_cutoff(bench: Bench) -> None:
    member = bench.member(not_after=NOW - timedelta(days=1))
    found = bench.verified(bench.live.answer(ask(bench, member)).body, member)
    assert found.status is CertStatus.GOOD
    assert found.answer.archive_cutoff == bench.world.issuing.certificate.not_before


def test_publishing_goes_page_by_page_and_tells_the_trail(bench: Bench) -> None:
    for _ in range(3):
        bench.member()
    bench.publisher.publish(SYSTEM)
    with bench.database.reading() as unit:
        (event,) = trail.list_events(unit, type=EventType.OCSP_PUBLISHED)
    assert dict(event.facts)["answers"] == 4
    assert PAGE <= 1000


def test_the_mirror_refuses_what_was_read_before_a_change(bench: Bench) -> None:
    mirror: RegisterMirror[str] = RegisterMirror(bench.database, bench.clock, size=2)
    member = bench.member()
    serial = serial_text(member.certificate.serial)
    mirror.renew()
    seen = mirror.seen
    bench.revoke(member)
    mirror.renew()
    mirror.put("key", serial, "good", seen=seen)  # read before the revocation, put after the look that told of it
    assert mirror.get("key") is None
    mirror.put("key", serial, "revoked", seen=mirror.seen)
    assert mirror.get("key") == "revoked"
    for number in range(3):
        mirror.put(number, "1", str(number), seen=mirror.seen)
    assert (len(mirror), mirror.get("key"), mirror.get(2)) == (2, None, "2")


def test_after_many_changes_everything_is_forgotten(bench: Bench) -> None:
    mirror: RegisterMirror[str] = RegisterMirror(bench.database, bench.clock, size=9)
    mirror.renew()
    mirror.put("key", "abc", "value", seen=mirror.seen)
    with bench.database.unit_of_work() as uow:
        for number in range(MOST_CHANGES):
            bench._tell(uow, EventType.CERTIFICATE_INTENDED, f"{number:x}")
    mirror.renew()
    assert len(mirror) == 0


def test_a_response_names_the_responder_by_key(bench: Bench) -> None:
    response: OcspResponse = parse_ocsp_response(bench.live.answer(ask(bench, bench.member())).body)
    assert response.responder_key == bench.delegate.signer.public_key.identifier
    assert response.certificates == (bench.delegate.der,)
    assert replace(bench.responder, lifetime=timedelta(hours=1)).ends(NOW) == NOW + timedelta(hours=1)
