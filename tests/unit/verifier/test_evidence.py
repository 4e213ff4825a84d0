"""Gathering: every source, junk from each, and what it may cost to be handed a heap."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.support.pki import PkiWorld
from tests.support.signed_pdf import stamper
from tests.unit.verifier.licences import Desk, status_token, told
from trustkit.cms.model import Dialect
from trustkit.cms.sign import SignedAttributes, sign_message
from trustkit.encoding.der_write import explicit, integer, octet_string, sequence, tlv
from trustkit.encoding.pem import encode_pem
from trustkit.errors import ErrorCode, TrustError
from trustkit.verdict import Indication, SubIndication
from trustkit.x509 import oids
from trustkit.x509.crl_build import CrlEntry, CrlSpec, assemble_crl, build_tbs_crl
from trustkit.x509.crl_extensions import freshest_crl, issuing_distribution_point
from trustkit.x509.extensions import extension
from trustkit.x509.path import validate_path
from trustkit.x509.reason import RevocationReason
from verifier.evidence import gather
from verifier.judgement import parsed, trust
from verifier.judgement.judge import read_document
from verifier.list_addresses import complete_lists_wanted, deltas_wanted
from verifier.submission import Submission, recognise

PASSED, OPEN = Indication.TOTAL_PASSED, Indication.INDETERMINATE
START = PkiWorld.START


@pytest.fixture(scope="module")
def world() -> PkiWorld:
    return PkiWorld()


@pytest.fixture(scope="module")
def message(world: PkiWorld) -> bytes:
    return sign_message(
        content=b"content",
        signer=world.signer.signer,
        certificate=world.signer.certificate,
        chain=(),
        dialect=Dialect.RFC5652,
        detached=False,
        attributes=SignedAttributes(),
        timestamp=stamper(world),
    )


JUNK = {
    "empty": b"",
    "text": b"hello",
    "broken-pem": b"-----BEGIN CERTIFICATE-----\n!!\n-----END CERTIFICATE-----\n",
    "cut-certificate": sequence(sequence(explicit(0, integer(2)))),
    "key": encode_pem("PRIVATE KEY", sequence(integer(0), octet_string(b"secret"))),
    "status-junk": b"eyJ0eXAiOiJzdGF0dXNsaXN0K2p3dCJ9.e30.e30",
}


@pytest.mark.parametrize("name", JUNK)
def test_junk_among_the_evidence_is_a_problem_and_changes_nothing(world: PkiWorld, message: bytes, name: str) -> None:
    assert told(Desk(world).verify(message, JUNK[name], world.issuing.der)) == (PASSED, None)


def test_evidence_may_come_as_pem_bundle(world: PkiWorld, message: bytes) -> None:
    bundle = b"".join(
        (
            encode_pem("CERTIFICATE", world.issuing.der),
            encode_pem("X509 CRL", world.crl().der),
            encode_pem("X509 CRL", world.crl(issuer=world.root).der),
        )
    )
    assert told(Desk(world, lists=False).verify(message, bundle)) == (PASSED, None)


class _Network:
    def __init__(self, answers: dict[str, bytes]) -> None:
        self.answers = answers
        self.asked: list[str] = []

    def fetch(self, uri: str) -> bytes:
        self.asked.append(uri)
        if uri not in self.answers:
            raise TrustError(ErrorCode.EVIDENCE_UNREACHABLE, "timed out", host="x")
        return self.answers[uri]

    def post(self, uri: str, body: bytes, *, media_type: str) -> bytes:
        del body, media_type
        return self.fetch(uri)

    def nonce(self, question: str) -> bytes:
        return question.encode()[:32]


FAULTS = ("times-out", "junk", "stale", "another-key", "status-token")


@pytest.mark.parametrize("name", FAULTS)
def test_publishers_in_trouble_never_revoke(world: PkiWorld, message: bytes, name: str) -> None:
    stranger = PkiWorld()
    answers = {
        "times-out": b"",
        "junk": b"<html>sorry</html>",
        "stale": world.crl(this_update=START - timedelta(days=20), next_update=START - timedelta(days=9)).der,
        "another-key": stranger.crl(revoked={}).der,
        "status-token": status_token(world, status=1),
    }
    octets = answers[name]
    network = _Network({world.signer.certificate.crl_urls[0]: octets} if octets else {})
    root_list = world.crl(issuer=world.root).der
    verdict = Desk(world, fetcher=network, lists=False).verify(message, world.issuing.der, root_list)
    assert told(verdict) == (OPEN, SubIndication.TRY_LATER)
    assert network.asked == [world.signer.certificate.crl_urls[0]]


def test_a_list_that_names_its_delta_has_it_fetched(world: PkiWorld, message: bytes) -> None:
    by, url = world.issuing, "http://pki.example.test/delta.crl"
    spec = CrlSpec(
        suite=by.signer.suite,
        issuer_der=by.certificate.subject_der,
        this_update=START - timedelta(hours=1),
        next_update=START + timedelta(hours=1),
        number=2,
        base=1,
        authority_key_id=by.signer.public_key.identifier,
        entries=(
            CrlEntry(
                serial=world.signer.certificate.serial,
                revoked_at=START - timedelta(hours=2),
                reason=RevocationReason.CERTIFICATE_HOLD,
            ),
        ),
    )
    tbs = build_tbs_crl(spec)
    network = _Network(
        {
            world.signer.certificate.crl_urls[0]: world.crl(more_extensions=(freshest_crl((url,)),)).der,
            url: assemble_crl(tbs, by.signer.suite, by.signer.sign(tbs)),
        }
    )
    root_list = world.crl(issuer=world.root).der
    verdict = Desk(world, fetcher=network, lists=False).verify(message, world.issuing.der, root_list)
    assert network.asked == [world.signer.certificate.crl_urls[0], url]
    assert told(verdict) == (OPEN, SubIndication.TRY_LATER)  # on hold
    del network.answers[url]
    assert told(Desk(world, fetcher=network, lists=False).verify(message, world.issuing.der, root_list)) == (
        PASSED,
        None,
    )


def test_the_list_of_the_right_partition_is_asked_for(world: PkiWorld) -> None:
    """A current list of another partition does not keep us from asking; a list of some reasons asks for the others."""
    base = "http://pki.example.test/part"
    points = sequence(
        sequence(explicit(0, explicit(0, tlv(0x86, f"{base}1".encode()))), tlv(0x81, b"\x05\x60")),
        sequence(explicit(0, explicit(0, tlv(0x86, b"ldap://x/") + tlv(0x86, f"{base}2".encode())))),
        sequence(explicit(0, explicit(0, tlv(0x86, f"{base}3".encode())))),
    )
    leaf = world.issue("分区用户", exact_extensions=(extension(oids.CRL_DISTRIBUTION_POINTS, points),)).certificate
    other = world.crl(more_extensions=(issuing_distribution_point("http://pki.example.test/other"),))
    assert complete_lists_wanted(leaf, (other,), START) == (f"{base}1", f"{base}2")
    second = world.crl(more_extensions=(issuing_distribution_point(f"{base}2"),))
    assert complete_lists_wanted(leaf, (second,), START) == ()
    assert complete_lists_wanted(leaf, (second,), START + timedelta(days=30)) == (f"{base}1", f"{base}2")
    broken = world.issue("x", exact_extensions=(extension(oids.FRESHEST_CRL, b"x"),)).certificate
    assert deltas_wanted(broken, (second,), START) == ()


def test_problems_name_their_source(world: PkiWorld, message: bytes) -> None:
    document = read_document(recognise(Submission(name="x", data=message)))
    evidence = gather(
        document,
        supplied=(b"hello", world.issuing.der),
        publications=None,
        fetcher=_Network({}),
        anchors=world.anchors,
        at=START,
    )
    assert {problem.code for problem in evidence.problems} == {
        ErrorCode.INPUT_UNKNOWN_FORMAT,
        ErrorCode.EVIDENCE_UNREACHABLE,
    }


def test_large_octets_are_not_kept(world: PkiWorld) -> None:
    """A service that anyone may post to must not remember what anyone posts, octet for octet."""
    huge = sequence(sequence(explicit(0, integer(2)), octet_string(bytes(2 * 1024 * 1024))))
    assert parsed.certificate_of(huge) is None
    assert parsed.crl_of(huge) is None
    small = world.crl().der
    large = world.crl(more_extensions=(extension("1.2.3.4", octet_string(bytes(1100 * 1024))),)).der
    assert parsed.certificate_of(world.root.der) is parsed.certificate_of(bytes(bytearray(world.root.der)))
    assert parsed.crl_of(small) is parsed.crl_of(bytes(bytearray(small)))
    assert parsed.crl_of(large) == parsed.crl_of(large)
    assert parsed.crl_of(large) is not parsed.crl_of(large)


def test_namesakes_of_an_authority_cost_a_bounded_effort(
    world: PkiWorld, message: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    tried: list[object] = []
    real = validate_path

    def counting(leaf: object, **rest: object) -> object:
        tried.append(leaf)
        return real(leaf, **rest)  # type: ignore[arg-type]

    monkeypatch.setattr(trust, "validate_path", counting)
    names = world.issuing.certificate.subject_der
    heap = tuple(
        world.issue("n", issuer=world.root, subject_der=names, usage=("digitalSignature",)).der for _ in range(60)
    )
    Desk(world).verify(message, world.issuing.der, *heap)
    assert len(tried) < 40
