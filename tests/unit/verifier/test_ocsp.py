"""OCSP answers as evidence from every source, beside lists, and handed in by themselves."""

from __future__ import annotations

import base64
from datetime import timedelta
from types import SimpleNamespace
from typing import TYPE_CHECKING
from urllib.parse import unquote

import pytest

from tests.support.ocsp import DAY, answer, make_responder
from tests.support.pki import Member, PkiWorld
from tests.unit.verifier.licences import NOW, Desk, found, told
from trustkit.cms.bag import write_bag
from trustkit.cms.model import Dialect
from trustkit.cms.sign import SignedAttributes, sign_message
from trustkit.encoding import der_write as w
from trustkit.encoding.pem import encode_pem
from trustkit.errors import ErrorCode, TrustError
from trustkit.verdict import CheckId, CheckStatus, Indication, SubIndication
from trustkit.x509 import extensions as ext
from trustkit.x509.ocsp_build import error_response
from trustkit.x509.ocsp_request import parse_ocsp_request
from trustkit.x509.ocsp_response import CertStatus, ResponseStatus, parse_ocsp_response
from trustkit.x509.reason import RevocationReason
from verifier.judgement.judge import read_document
from verifier.ocsp_evidence import MAX_GET, archived_answers
from verifier.policy import ValidationPolicy
from verifier.submission import Submission, recognise

if TYPE_CHECKING:
    from collections.abc import Callable

    from trustkit.verdict import Verdict
    from verifier.judgement.judge import Document

PASSED, FAILED, OPEN = Indication.TOTAL_PASSED, Indication.TOTAL_FAILED, Indication.INDETERMINATE
REVOKED = CertStatus.REVOKED
URL = "http://ocsp.example.test/v1"


@pytest.fixture(scope="module")
def world() -> PkiWorld:
    return PkiWorld()


@pytest.fixture(scope="module")
def root_list(world: PkiWorld) -> bytes:
    return world.crl(issuer=world.root).der


def judge(world: PkiWorld, *evidence: bytes, member: Member | None = None) -> tuple[Indication, SubIndication | None]:
    who = member or world.signer
    return told(Desk(world, lists=False).verify(who.der, world.issuing.der, *evidence))


def test_an_answer_handed_in_decides(world: PkiWorld, root_list: bytes) -> None:
    assert judge(world, root_list) == (OPEN, SubIndication.TRY_LATER)
    good = answer(world, world.signer)
    assert judge(world, root_list, good) == (PASSED, None)
    assert judge(world, root_list, encode_pem("OCSP RESPONSE", good)) == (PASSED, None)
    bare = parse_ocsp_response(good).der  # a BasicOCSPResponse, as CAdES and PDF tools keep it
    assert judge(world, root_list, bare) == (PASSED, None)
    assert told(Desk(world, lists=False).verify(bare, world.issuing.der, root_list)) == told(
        Desk(world, lists=False).verify(good, world.issuing.der, root_list)
    )
    by_name = parse_ocsp_response(answer(world, world.signer, by=world.issuing, by_name=True)).der
    assert judge(world, root_list, by_name) == (PASSED, None)
    revoked = answer(world, world.signer, status=REVOKED)
    assert judge(world, root_list, revoked) == (FAILED, SubIndication.REVOKED)


def test_answers_beside_the_lists_of_a_message_decide(world: PkiWorld, root_list: bytes) -> None:
    """RFC 5940: SignedData carries OCSP responses in its revocation information; so does a bag of certificates."""
    named = w.oid("1.3.6.1.5.5.7.16.2")
    for status, expected in ((CertStatus.GOOD, PASSED), (REVOKED, OPEN)):
        other = w.tlv(0xA1, named + answer(world, world.signer, status=status))
        message = sign_message(
            content=b"text",
            signer=world.signer.signer,
            certificate=world.signer.certificate,
            chain=(world.issuing.certificate,),
            dialect=Dialect.RFC5652,
            detached=False,
            attributes=SignedAttributes(signing_time=NOW),
            crls=(root_list, other),
        )
        assert told(Desk(world, lists=False).verify(message))[0] is expected
        bag = write_bag((world.issuing.certificate,), crls=(root_list, other))
        assert judge(world, bag)[0] is (PASSED if status is CertStatus.GOOD else FAILED)


UNSOUND: dict[str, Callable[[PkiWorld], bytes]] = {
    "unknown": lambda wd: answer(wd, wd.signer, status=CertStatus.UNKNOWN),
    "out of date": lambda wd: answer(wd, wd.signer, this_update=NOW - 2 * DAY, next_update=NOW - DAY),
    "of the future": lambda wd: answer(wd, wd.signer, this_update=NOW + DAY, next_update=NOW + 2 * DAY),
    "by a stranger": lambda wd: answer(wd, wd.signer, by=PkiWorld().tsa),
    "revoked, by a stranger": lambda wd: answer(wd, wd.signer, by=PkiWorld().tsa, status=REVOKED),
    "by another authority's responder": lambda wd: answer(wd, wd.signer, by=make_responder(wd, issuer=wd.root)),
    "of another": lambda wd: answer(wd, wd.tsa),
    "try later": lambda _: error_response(ResponseStatus.TRY_LATER),
    "cut": lambda wd: answer(wd, wd.signer)[:-4],
}


@pytest.mark.parametrize("name", UNSOUND)
def test_what_is_not_sound_is_unknown(world: PkiWorld, root_list: bytes, name: str) -> None:
    assert judge(world, root_list, UNSOUND[name](world)) == (OPEN, SubIndication.TRY_LATER)


def test_beside_lists(world: PkiWorld, root_list: bytes) -> None:
    """The list is of a day before START and good for a week; it has nothing against the signer."""
    own = world.crl().der
    assert judge(world, root_list, own, answer(world, world.signer, status=REVOKED)) == (FAILED, SubIndication.REVOKED)
    hold = answer(world, world.signer, status=REVOKED, reason=RevocationReason.CERTIFICATE_HOLD)
    assert judge(world, root_list, own, hold) == (OPEN, SubIndication.TRY_LATER)
    old_hold = answer(
        world,
        world.signer,
        status=REVOKED,
        reason=RevocationReason.CERTIFICATE_HOLD,
        this_update=NOW - 5 * DAY,
        next_update=NOW + DAY,
    )
    assert judge(world, root_list, own, old_hold) == (PASSED, None)
    # lasting in the list: no answer undoes it, however new
    good = answer(world, world.revoked)
    assert judge(world, root_list, own, good, member=world.revoked) == (FAILED, SubIndication.REVOKED)


def test_a_responder_without_nocheck_is_looked_up_in_lists(world: PkiWorld, root_list: bytes) -> None:
    responder = make_responder(world, no_check=False)
    octets = answer(world, world.signer, by=responder)
    assert judge(world, root_list, octets) == (OPEN, SubIndication.TRY_LATER)
    fallen = world.crl(
        revoked={responder: RevocationReason.KEY_COMPROMISE, world.signer: RevocationReason.CERTIFICATE_HOLD}
    )
    assert judge(world, root_list, octets, fallen.der) == (OPEN, SubIndication.TRY_LATER)


def test_answers_too_old_for_the_policy_do_not_count(world: PkiWorld) -> None:
    desk = Desk(world, lists=False, policy=ValidationPolicy(evidence_max_age=timedelta(hours=30)))
    fresh_root = world.crl(issuer=world.root, this_update=NOW, next_update=NOW + DAY).der
    for produced, expected in ((NOW, PASSED), (NOW - timedelta(hours=31), OPEN)):
        octets = answer(world, world.signer, this_update=produced, next_update=NOW + DAY)
        assert told(desk.verify(world.signer.der, world.issuing.der, fresh_root, octets))[0] is expected


NONCE = bytes(range(32))


class _Network:
    """Answers by URL; a GET to the responder is told apart by the request in its path. `refusal` is what a nonce gets."""

    def __init__(self, octets: bytes | None, *, get: bool = True, refusal: bytes | None = None) -> None:
        self.octets, self.get, self.refusal, self.asked = octets, get, refusal, list[str]()

    def fetch(self, uri: str) -> bytes:
        self.asked.append(f"GET {uri}")
        if not uri.startswith(URL):
            raise TrustError(ErrorCode.EVIDENCE_UNREACHABLE, "no answer")
        if not self.get:
            raise TrustError(ErrorCode.EVIDENCE_UNREACHABLE, "not answered with 200", status=405)
        assert len(uri) <= MAX_GET
        request = parse_ocsp_request(base64.b64decode(unquote(uri.rpartition("/")[2])))
        assert request.nonce is None
        return self._answer()

    def post(self, uri: str, body: bytes, *, media_type: str) -> bytes:
        nonce = parse_ocsp_request(body).nonce
        self.asked.append(f"POST {uri}" if nonce is None else f"NONCE {uri}")
        assert media_type == "application/ocsp-request"
        assert nonce in {None, NONCE}
        if nonce is not None and self.refusal is not None:
            if not self.refusal:
                raise TrustError(ErrorCode.EVIDENCE_UNREACHABLE, "not answered with 200", status=405)
            return self.refusal
        return self._answer()

    def nonce(self, question: str) -> bytes:
        assert question.startswith(f"{URL} ")
        return NONCE

    def _answer(self) -> bytes:
        if self.octets is None:
            raise TrustError(ErrorCode.EVIDENCE_UNREACHABLE, "no answer")
        return self.octets


@pytest.fixture(scope="module")
def linked(world: PkiWorld) -> Member:
    """A signer whose certificate names a responder."""
    return world.issue(
        "x", more_extensions=(ext.authority_information(ocsp_urls=(URL,)),), exact_extensions=_bare(world)
    )


def _bare(world: PkiWorld) -> tuple[bytes, ...]:
    return (
        ext.authority_key_identifier(world.issuing.signer.public_key.identifier),
        ext.key_usage(("digitalSignature",)),
        ext.crl_distribution_points((f"{PkiWorld.BASE_URL}/x.crl",)),
    )


MALFORMED = error_response(ResponseStatus.MALFORMED_REQUEST)


@pytest.mark.parametrize(
    ("refusal", "get", "ways"),
    [
        (None, True, ["NONCE"]),
        (b"", True, ["NONCE", "GET"]),  # a cache that takes no POST
        (MALFORMED, True, ["NONCE", "GET"]),  # a responder that knows no nonce of 32 octets
        (MALFORMED, False, ["NONCE", "GET", "POST"]),
    ],
)
@pytest.mark.parametrize("nonce", [NONCE, None])
def test_the_responder_a_certificate_names_is_asked(
    world: PkiWorld,
    root_list: bytes,
    linked: Member,
    nonce: bytes | None,
    *,
    refusal: bytes | None,
    get: bool,
    ways: list[str],
) -> None:
    """By a nonce first; a prepared answer has none, and says so. No list is asked for after that."""
    for octets, expected in (
        (answer(world, linked, nonce=nonce), (PASSED, None)),
        (answer(world, linked, status=REVOKED, nonce=nonce), (FAILED, SubIndication.REVOKED)),
    ):
        network = _Network(octets, get=get, refusal=refusal)
        verdict = Desk(world, lists=False, fetcher=network).verify(linked.der, world.issuing.der, root_list)
        assert told(verdict) == expected
        assert [each.split()[0] for each in network.asked] == ways
        if expected[0] is PASSED:
            assert ("without a nonce" in _revocation_told(verdict)) is (nonce is None)


def _revocation_told(verdict: Verdict) -> str:
    checks = (*verdict.checks, *(check for each in verdict.signatures for check in each.checks))
    return " ".join(check.detail for check in checks if check.id is CheckId.CERTIFICATE_REVOCATION)


@pytest.mark.parametrize("status", [CertStatus.GOOD, REVOKED])
def test_an_answer_to_another_question_is_refused_by_name(
    world: PkiWorld, root_list: bytes, linked: Member, status: CertStatus
) -> None:
    network = _Network(answer(world, linked, status=status, nonce=bytes(32)))
    verdict = Desk(world, lists=False, fetcher=network).verify(linked.der, world.issuing.der, root_list)
    assert told(verdict) == (OPEN, SubIndication.TRY_LATER)
    codes = {check.code for check in verdict.checks if check.id is CheckId.EVIDENCE}
    assert ErrorCode.OCSP_NONCE in codes
    assert network.asked[-1] == f"GET {PkiWorld.BASE_URL}/x.crl"  # the list is asked for instead


def test_out_of_reach_is_neither_good_nor_revoked(world: PkiWorld, root_list: bytes, linked: Member) -> None:
    for octets in (None, b"<html>", error_response(ResponseStatus.UNAUTHORIZED), answer(world, world.tsa)):
        network = _Network(octets)
        verdict = Desk(world, lists=False, fetcher=network).verify(linked.der, world.issuing.der, root_list)
        assert told(verdict) == (OPEN, SubIndication.TRY_LATER)
        assert [each.split()[0] for each in network.asked] == ["NONCE", "GET"]
        assert network.asked[-1] == f"GET {PkiWorld.BASE_URL}/x.crl"  # the list is asked for instead


def test_who_leads_to_no_anchor_makes_us_ask_nobody(linked: Member) -> None:
    network = _Network(b"")
    stranger = PkiWorld()
    Desk(stranger, fetcher=network).verify(linked.der)
    assert network.asked == []


def _message(world: PkiWorld, member: Member) -> bytes:
    return sign_message(
        content=b"content",
        signer=member.signer,
        certificate=member.certificate,
        chain=(world.issuing.certificate,),
        dialect=Dialect.RFC5652,
        detached=False,
        attributes=SignedAttributes(),
    )


def test_answers_kept_in_attributes(world: PkiWorld) -> None:
    document: Document = read_document(recognise(Submission(name="x", data=_message(world, world.signer))))
    good = answer(world, world.signer)
    basic = parse_ocsp_response(good).der

    signer = SimpleNamespace(
        attributes={"1.2.840.113583.1.1.8": (w.sequence(w.explicit(1, w.sequence(good))), b"\x30", b"")},
        unsigned_attributes={
            "1.2.840.113549.1.9.16.2.24": (w.sequence(w.explicit(0, w.sequence()), w.explicit(1, w.sequence(basic))),)
        },
    )
    kept = list(archived_answers(SimpleNamespace(signers=(signer,))))  # type: ignore[arg-type]  # as much as is looked at
    assert kept == [good, basic]
    assert list(archived_answers(document)) == []  # type: ignore[arg-type]  # a signed message


def test_an_answer_by_itself(world: PkiWorld, root_list: bytes) -> None:
    desk = Desk(world, lists=False)
    verdict = desk.verify(answer(world, world.revoked, status=REVOKED), world.issuing.der, root_list)
    assert told(verdict) == (PASSED, None)
    assert verdict.format == "ocsp-response"
    assert dict(verdict.subject)[f"certificate {world.revoked.certificate.serial:x}"] == "revoked"
    assert "OCSP" in verdict.signatures[0].signer
    assert verdict.signatures[0].signed_at == PkiWorld.START


ALONE: dict[str, tuple[Callable[[PkiWorld], tuple[bytes, ...]], Indication, SubIndication]] = {
    "no issuer at hand": (lambda wd: (answer(wd, wd.signer),), OPEN, SubIndication.NO_CERTIFICATE_CHAIN_FOUND),
    "out of date": (
        lambda wd: (answer(wd, wd.signer, this_update=NOW - 2 * DAY, next_update=NOW - DAY), wd.issuing.der),
        OPEN,
        SubIndication.TRY_LATER,
    ),
    "changed": (
        lambda wd: (answer(wd, wd.signer).replace(b"\x80\x00\x18", b"\x82\x00\x18"), wd.issuing.der),
        FAILED,
        SubIndication.SIG_CRYPTO_FAILURE,
    ),
    "without the extended usage": (
        lambda wd: (answer(wd, wd.signer, by=wd.tsa), wd.issuing.der),
        FAILED,
        SubIndication.CHAIN_CONSTRAINTS_FAILURE,
    ),
    "an error": (lambda _: (error_response(ResponseStatus.TRY_LATER),), OPEN, SubIndication.TRY_LATER),
    "cut": (lambda wd: (answer(wd, wd.signer)[:-9],), FAILED, SubIndication.FORMAT_FAILURE),
}


@pytest.mark.parametrize("name", ALONE)
def test_answers_by_themselves_that_do_not_pass(world: PkiWorld, root_list: bytes, name: str) -> None:
    make, indication, sub = ALONE[name]
    octets, *evidence = make(world)
    assert told(Desk(world, lists=False).verify(octets, *evidence, root_list)) == (indication, sub)


def test_an_unused_answer_is_told_of(world: PkiWorld, root_list: bytes) -> None:
    verdict = Desk(world).verify(
        world.signer.der, world.issuing.der, root_list, error_response(ResponseStatus.TRY_LATER)
    )
    assert told(verdict) == (PASSED, None)
    check = found(verdict, CheckId.EVIDENCE)
    assert (check.status, check.code) == (CheckStatus.WARNING, ErrorCode.OCSP_REFUSED)
