"""A sitting: what its files share changes no verdict, and what one of them brings is no other's to have."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from esign.capsule.sign import content_of, sign_capsule
from esign.licence.identifier import compose_identifier
from tests.support.pki import PkiWorld
from tests.unit.verifier.licences import NOW, URI, metadata, status_token, told
from tests.unit.verifier.test_licence import _Network as Network
from trustkit.clock import FixedClock
from trustkit.encoding.canonical_json import parse_json
from trustkit.errors import ErrorCode, TrustError
from trustkit.verdict import Indication, SubIndication
from trustkit.x509.link_proofs import LinkProofs
from trustkit.x509.purpose import Purpose
from trustkit.x509.trust_store import TrustStore
from verifier.evidence_memory import MOST_GATHERED, EvidenceMemory
from verifier.judgement.context import Context
from verifier.judgement.trust import find_trust
from verifier.judgement.trust_memory import TrustMemory
from verifier.material import Evidence
from verifier.policy import ValidationPolicy
from verifier.service import VerificationService
from verifier.sitting import MOST_ADDRESSES
from verifier.submission import Submission

if TYPE_CHECKING:
    from trustkit.x509.path import ValidatedPath

PASSED, FAILED = (Indication.TOTAL_PASSED, None), (Indication.TOTAL_FAILED, SubIndication.LICENCE_REVOKED)


@pytest.fixture(scope="module")
def world() -> PkiWorld:
    return PkiWorld()


def _identifier(number: int) -> str:
    return compose_identifier(
        type_code="11100000MB0143028R001", issuer="1199010000TRYQK01Q", serial=f"2026{number:06d}", version=1
    ).text


def _code(world: PkiWorld, number: int) -> bytes:
    claims = parse_json(metadata(ZZBS=_identifier(number)))
    assert isinstance(claims, dict)
    return sign_capsule(content_of(claims, issued_at=PkiWorld.START), world.signer.signer, world.signer.certificate)


@dataclass
class _Home:
    """A home authority whose list changes, and which counts who asks."""

    world: PkiWorld
    status: int = 0
    asked: list[str] = field(default_factory=list)

    def certificates(self) -> tuple[bytes, ...]:
        self.asked.append("certificates")
        return (self.world.root.certificate.der, self.world.issuing.certificate.der)

    def crls(self) -> tuple[bytes, ...]:
        self.asked.append("crls")
        return (self.world.crl().der, self.world.crl(issuer=self.world.root).der)

    def status_token(self, uri: str) -> str | None:
        self.asked.append(uri)
        return status_token(self.world, status=self.status).decode() if uri == URI else None


def _service(world: PkiWorld, **more: Any) -> VerificationService:
    given = {"publications": None, "fetcher": None, "clock": FixedClock(NOW), **more}
    return VerificationService(anchors=world.anchors, policy=ValidationPolicy(), **given)


def test_the_home_is_asked_once_a_sitting_and_again_in_the_next(world: PkiWorld) -> None:
    home = _Home(world)
    service = _service(world, publications=home)
    codes = [Submission(name="x", data=_code(world, number)) for number in range(5)]
    sitting = service.sitting()
    assert {told(sitting.verify(each)) for each in codes} == {PASSED}
    assert sorted(home.asked) == ["certificates", "crls", URI]
    home.status = 1
    assert told(service.sitting().verify(codes[0])) == FAILED
    assert len(home.asked) == 6


def test_a_sitting_judges_as_of_its_beginning_unless_told_otherwise(world: PkiWorld) -> None:
    class Running:
        moment = NOW

        def now(self) -> datetime:
            self.moment += timedelta(seconds=1)
            return self.moment

        def monotonic(self) -> float:
            return 0.0

    sitting = _service(world, publications=_Home(world), clock=Running()).sitting()
    code = Submission(name="x", data=_code(world, 1))
    assert {sitting.verify(code).at for _ in range(3)} == {NOW + timedelta(seconds=1)}
    assert sitting.verify(code, NOW).at == NOW
    late = world.signer.certificate.not_after + timedelta(days=1)
    assert told(sitting.verify(code, late))[0] is Indication.INDETERMINATE
    assert told(sitting.verify(code)) == PASSED


def test_a_forgery_before_it_keeps_nothing_from_a_true_one(world: PkiWorld) -> None:
    # Nobody fetches for the forgery, whose address no intact signature vouches for.
    lists = (world.issuing.certificate.der, world.crl().der, world.crl(issuer=world.root).der)
    network = Network({URI: status_token(world)})
    sitting = _service(world, fetcher=network).sitting()
    true = _code(world, 1)
    forged = Submission(name="x", data=true[:-1] + bytes([true[-1] ^ 1]), evidence=lists)
    assert told(sitting.verify(forged))[0] is Indication.TOTAL_FAILED
    assert network.asked == []
    assert told(sitting.verify(Submission(name="x", data=true, evidence=lists))) == PASSED
    assert told(sitting.verify(forged))[0] is Indication.TOTAL_FAILED


def test_evidence_of_one_line_is_not_anothers(world: PkiWorld) -> None:
    lists = (world.issuing.certificate.der, world.crl().der, world.crl(issuer=world.root).der)
    sitting = _service(world).sitting()
    code = _code(world, 1)
    with_list = Submission(name="x", data=code, evidence=(*lists, status_token(world)))
    ended = Submission(name="x", data=code, evidence=(*lists, status_token(world, status=1)))
    without = Submission(name="x", data=code, evidence=lists)
    nothing = Submission(name="x", data=code)
    for _ in range(2):
        assert told(sitting.verify(with_list)) == PASSED
        assert told(sitting.verify(ended)) == FAILED
        assert told(sitting.verify(without)) == (Indication.INDETERMINATE, SubIndication.LICENCE_STATUS_UNKNOWN)
        assert told(sitting.verify(nothing))[0] is Indication.INDETERMINATE


def test_other_anchors_or_another_policy_find_nothing_in_the_memory(world: PkiWorld) -> None:
    sitting = _service(world, publications=_Home(world)).sitting()
    code = Submission(name="x", data=_code(world, 1))
    assert told(sitting.verify(code)) == PASSED
    stranger = replace(sitting, anchors=TrustStore(anchors=(PkiWorld().root.certificate,)))
    assert told(stranger.verify(code))[0] is Indication.INDETERMINATE
    aged = sitting.under(ValidationPolicy(evidence_max_age=timedelta(seconds=1)))
    assert told(aged.verify(code))[0] is Indication.INDETERMINATE
    assert told(sitting.verify(code)) == PASSED


def test_addresses_beyond_the_bound_are_asked_each_time(world: PkiWorld) -> None:
    home = _Home(world)
    once = _service(world, publications=home).sitting().publications
    assert once is not None
    for number in range(MOST_ADDRESSES):
        assert once.status_token(f"https://status.example/{number}") is None
    for _ in range(2):
        assert once.status_token(URI) is not None
        assert once.status_token("https://status.example/0") is None
    assert home.asked.count(URI) == 2
    assert home.asked.count("https://status.example/0") == 1


def test_lists_that_cannot_be_used_are_told_for_every_file(world: PkiWorld) -> None:
    class Issuers:
        asked = 0

        def trust_lists(self) -> Any:
            self.asked += 1
            yield TrustError(ErrorCode.INPUT_UNREADABLE, "no list")

    issuers = Issuers()
    sitting = _service(world, publications=_Home(world), issuers=issuers).sitting()
    found = [sitting.verify(Submission(name="x", data=_code(world, number))) for number in range(3)]
    assert issuers.asked == 1
    assert {told(each) for each in found} == {(Indication.INDETERMINATE, SubIndication.TRY_LATER)}


def test_the_memories_are_bounded(world: PkiWorld) -> None:
    evidence = EvidenceMemory()
    for number in range(MOST_GATHERED + 1):
        evidence.keep(number, Evidence(), octets=0)
    assert evidence.find(0) is None
    assert evidence.find(MOST_GATHERED) is not None
    small = EvidenceMemory(octets=10)
    for name, octets in (("a", 4), ("b", 4), ("too large", 11), ("c", 4)):
        small.keep(name, Evidence(), octets=octets)
    assert [name for name in ("a", "b", "too large", "c") if small.find(name) is not None] == ["c"]
    trust, asked, ground = TrustMemory(2), [], (world.anchors,)

    def judge() -> int:
        asked.append(1)
        return len(asked)

    for question in ("a", "a", "b", "c", "a"):
        trust.found(ground, question, judge, lasts=bool)
    assert len(asked) == 4
    trust.found((TrustStore(anchors=world.anchors.anchors),), "a", judge, lasts=bool)
    assert len(asked) == 5


def test_what_does_not_last_is_looked_at_anew() -> None:
    memory, found = TrustMemory(), iter((1, 2))
    for expected in (1, 2):
        assert memory.found((), "a", lambda: next(found), lasts=lambda _: False) == expected


def test_a_judgement_cut_short_by_its_own_bound_binds_no_other(world: PkiWorld) -> None:
    evidence = Evidence(certificates=(world.issuing.certificate,))
    memory = TrustMemory()
    exhausted = Context(
        evidence=evidence,
        anchors=world.anchors,
        policy=ValidationPolicy(),
        at=NOW,
        links=LinkProofs(0),
        memory=memory,
    )

    def path_of(context: Context) -> ValidatedPath | None:
        return find_trust(context, world.signer.certificate, purpose=Purpose.DOCUMENT_SIGNING, best=context.now).path

    assert path_of(exhausted) is None
    assert path_of(replace(exhausted, links=LinkProofs())) is not None
    assert path_of(exhausted) is not None  # remembered now, and found without a single signature


def test_lists_of_strangers_are_not_kept_unpacked(world: PkiWorld) -> None:
    sitting = _service(world, publications=_Home(world)).sitting()
    assert sitting.memory is not None
    stranger, code, entries = (
        PkiWorld(),
        _code(world, 1),
        4 * 16 * 1024 * 1024,
    )  # of two bits: 16 MiB, out of some kilobytes
    for number in range(3):
        issued_at = PkiWorld.START + timedelta(seconds=number)
        bomb = status_token(stranger, entries=entries, issued_at=issued_at)
        assert len(bomb) < 64 * 1024
        assert told(sitting.verify(Submission(name="x", data=code, evidence=(bomb,)))) == PASSED
    assert sitting.memory.evidence.held == 0
    assert told(sitting.verify(Submission(name="x", data=code))) == PASSED
    assert 0 < sitting.memory.evidence.held < 1024
