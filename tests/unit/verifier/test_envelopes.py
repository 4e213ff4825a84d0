"""Verdicts of messages that are not simply signed: bags, envelopes, digests, dialects, countersignatures."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.support.message_forge import MessageForge
from tests.support.pki import Member, PkiWorld
from trustkit.clock import FixedClock
from trustkit.cms import oids
from trustkit.cms.bag import write_bag
from trustkit.cms.cosign import SigningParty, countersign, sign_together
from trustkit.cms.encrypt import encrypt_message
from trustkit.cms.model import Deviation, Dialect
from trustkit.cms.sign import attribute
from trustkit.cms.sign_encrypt import sign_and_encrypt
from trustkit.crypto.digest import DigestAlgorithm, digest
from trustkit.crypto.sm2 import parse_sm2_signature
from trustkit.encoding import der_write as w
from trustkit.encoding.pem import encode_pem
from trustkit.errors import ErrorCode, TrustError
from trustkit.verdict import CheckId, CheckStatus, Indication, SubIndication, Verdict
from verifier.policy import ValidationPolicy, parse_policy
from verifier.service import VerificationService
from verifier.submission import Submission

CONTENT = b"content of a message"
PASSED, FAILED, OPEN = Indication.TOTAL_PASSED, Indication.TOTAL_FAILED, Indication.INDETERMINATE


@pytest.fixture(scope="module")
def world() -> PkiWorld:
    return PkiWorld()


def _verify(
    world: PkiWorld,
    data: bytes,
    *,
    content: bytes | None = None,
    policy: ValidationPolicy | None = None,
    evidence: tuple[bytes, ...] | None = None,
) -> Verdict:
    service = VerificationService(
        anchors=world.anchors,
        policy=policy or ValidationPolicy(),
        publications=None,
        fetcher=None,
        clock=FixedClock(PkiWorld.START + timedelta(hours=1)),
    )
    lists = (world.crl().der, world.crl(issuer=world.root).der) if evidence is None else evidence
    supplied = (*lists, world.issuing.der) if evidence is None else lists
    return service.verify(Submission(name="x", data=data, content=content, evidence=supplied))


def _told(verdict: Verdict) -> tuple[Indication, SubIndication | None]:
    return verdict.conclusion.indication, verdict.conclusion.sub_indication


def _details(verdict: Verdict) -> str:
    every = (*verdict.checks, *(check for signature in verdict.signatures for check in signature.checks))
    return " | ".join(check.detail for check in every)


def _party(member: Member) -> SigningParty:
    return SigningParty(signer=member.signer, certificate=member.certificate)


@pytest.mark.parametrize("dialect", Dialect)
def test_a_bag_is_never_passed_and_says_what_it_is(world: PkiWorld, dialect: Dialect) -> None:
    verdict = _verify(world, write_bag((world.signer.certificate, *world.pool), dialect=dialect))
    assert _told(verdict) == (OPEN, SubIndication.NOT_SIGNED)
    assert verdict.signatures == ()
    assert "3 certificates" in _details(verdict)


def test_a_bag_is_evidence(world: PkiWorld) -> None:
    message = sign_together(CONTENT, (_party(world.signer),), dialect=Dialect.RFC5652, detached=False)
    lists = (world.crl().der, world.crl(issuer=world.root).der)
    bag = write_bag((world.issuing.certificate,), crls=lists)
    assert _told(_verify(world, message, evidence=())) == (OPEN, SubIndication.NO_CERTIFICATE_CHAIN_FOUND)
    assert _told(_verify(world, message, evidence=(bag,))) == (PASSED, None)
    assert _told(_verify(world, message, evidence=(encode_pem("PKCS7", bag),))) == (PASSED, None)
    broken = _verify(world, message, evidence=(bag[:-3],))
    assert _told(broken)[0] is OPEN
    assert any(check.id is CheckId.EVIDENCE for check in broken.checks)


def test_every_signer_of_a_message_is_judged(world: PkiWorld) -> None:
    good = sign_together(
        CONTENT, (_party(world.signer), _party(world.issue("会签人"))), dialect=Dialect.RFC5652, detached=True
    )
    verdict = _verify(world, good, content=CONTENT)
    assert _told(verdict) == (PASSED, None)
    assert len(verdict.signatures) == 2
    worse = sign_together(
        CONTENT, (_party(world.signer), _party(world.encryption)), dialect=Dialect.RFC5652, detached=True
    )
    assert _told(_verify(world, worse, content=CONTENT)) == (FAILED, SubIndication.CHAIN_CONSTRAINTS_FAILURE)


def test_envelopes_are_recognised_and_not_passed(world: PkiWorld) -> None:
    to = (world.encryption.certificate,)
    for octets, kind in (
        (encrypt_message(CONTENT, to, dialect=Dialect.GBT35275), "enveloped-data, gbt35275, 1 recipients"),
        (encrypt_message(CONTENT, to, dialect=Dialect.RFC5652), "auth-enveloped-data, rfc5652"),
    ):
        verdict = _verify(world, octets)
        assert verdict.format == "cms"
        assert _told(verdict) == (OPEN, SubIndication.NOT_SIGNED)
        assert kind in _details(verdict)


def test_signed_and_enveloped_waits_for_its_content(world: PkiWorld) -> None:
    octets = sign_and_encrypt(CONTENT, (_party(world.signer),), recipients=(world.encryption.certificate,))
    assert _told(_verify(world, octets)) == (OPEN, SubIndication.SIGNED_DATA_NOT_FOUND)
    verdict = _verify(world, octets, content=CONTENT)
    assert _told(verdict) == (PASSED, None)
    assert world.signer.certificate.common_name in verdict.signatures[0].signer
    assert _told(_verify(world, octets, content=CONTENT + b"!")) == (FAILED, SubIndication.HASH_FAILURE)


@pytest.mark.parametrize("right", [True, False])
def test_digested_data_proves_no_author(world: PkiWorld, *, right: bool) -> None:
    inner = w.sequence(w.oid(oids.DATA), w.explicit(0, w.octet_string(CONTENT)))
    found = digest(DigestAlgorithm.SM3, CONTENT if right else b"")
    body = w.sequence(w.integer(0), w.sequence(w.oid(oids.SM3)), inner, w.octet_string(found))
    verdict = _verify(world, w.sequence(w.oid(oids.DIGESTED_DATA), w.explicit(0, body)))
    wanted = (OPEN, SubIndication.NOT_SIGNED) if right else (FAILED, SubIndication.HASH_FAILURE)
    assert _told(verdict) == wanted


def test_encrypted_data_and_unknown_types_are_told(world: PkiWorld) -> None:
    content = w.sequence(w.oid(oids.DATA), w.sequence(w.oid("1.2.3.4")), w.implicit(0, w.octet_string(bytes(16))))
    sealed = w.sequence(w.oid(oids.GBT_ENCRYPTED_DATA), w.explicit(0, w.sequence(w.integer(1), content)))
    verdict = _verify(world, sealed)
    assert _told(verdict) == (OPEN, SubIndication.NOT_SIGNED)
    assert "1.2.3.4" in _details(verdict)
    strange = w.sequence(w.oid("1.2.156.10197.6.1.4.2.77"), w.explicit(0, w.sequence()))
    verdict = _verify(world, strange)
    assert _told(verdict) == (OPEN, SubIndication.FORMAT_NOT_SUPPORTED)
    assert "1.2.156.10197.6.1.4.2.77" in _details(verdict)


def test_countersignatures_are_told_and_change_nothing(world: PkiWorld) -> None:
    message = sign_together(CONTENT, (_party(world.signer),), dialect=Dialect.RFC5652, detached=False)
    verdict = _verify(world, countersign(message, 0, _party(world.issue("见证人"))))
    assert _told(verdict) == (PASSED, None)
    assert "countersigned, trust not judged: " in _details(verdict)
    forge = MessageForge(world.signer, CONTENT)
    bad = attribute(oids.COUNTERSIGNATURE, *(w.sequence(w.integer(number)) for number in range(9)))
    verdict = _verify(world, forge.message(signers=(forge.signer_info(unsigned=(bad,)),)))
    assert _told(verdict) == (PASSED, None)
    assert "a countersignature does not hold" in _details(verdict)
    assert "9 countersignatures" in _details(verdict)


def test_dialects_by_policy(world: PkiWorld) -> None:
    forge = MessageForge(world.signer, CONTENT)
    mixed = forge.message(inner=oids.GBT_DATA)
    verdict = _verify(world, mixed)
    assert _told(verdict) == (PASSED, None)
    warned = {check.detail for check in verdict.signatures[0].checks if check.status is CheckStatus.WARNING}
    assert Deviation.INNER_TYPE_FOREIGN in warned
    strict = parse_policy(b'refused_dialects = ["inner-type-of-other-dialect"]')
    assert _told(_verify(world, mixed, policy=strict)) == (OPEN, SubIndication.SIG_CONSTRAINTS_FAILURE)
    parsed = parse_sm2_signature(world.signer.signer.sign(CONTENT))
    raw = forge.message(signers=(forge.signer_info(attributes=None, signature=parsed.r + parsed.s),))
    verdict = _verify(world, raw)
    assert _told(verdict) == (FAILED, SubIndication.SIG_CRYPTO_FAILURE)
    assert "dialect=raw-signature-value" in _details(verdict)
    lenient = parse_policy(b'accepted_dialects = ["raw-signature-value"]')
    verdict = _verify(world, raw, policy=lenient)
    assert _told(verdict) == (PASSED, None)
    assert Deviation.RAW_SIGNATURE in _details(verdict)


def test_foreign_ways_are_named_in_the_verdict(world: PkiWorld) -> None:
    forge = MessageForge(world.signer, CONTENT)
    octets = forge.message(signers=(forge.signer_info(attributes=None, signed=digest(DigestAlgorithm.SM3, CONTENT)),))
    verdict = _verify(world, octets)
    assert _told(verdict) == (FAILED, SubIndication.SIG_CRYPTO_FAILURE)
    assert "dialect=digest-signed-as-content" in _details(verdict)
    assert verdict.signatures[0].checks[0].code is ErrorCode.CMS_DIALECT


@pytest.mark.parametrize(
    "text",
    [
        'accepted_dialects = ["ber-lengths"]',
        'accepted_dialects = ["without-z"]',
        'refused_dialects = ["raw-signature-value"]',
        'refused_dialects = ["nonsense"]',
        "refused_dialects = 1",
        "accepted_dialects = [1]",
    ],
)
def test_policies_cannot_accept_what_proves_something_else(text: str) -> None:
    with pytest.raises(TrustError) as refusal:
        parse_policy(text.encode())
    assert refusal.value.code is ErrorCode.POLICY_MALFORMED
