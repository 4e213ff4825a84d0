"""OCSP answers: who may give them, what they say and until when, and every way in which one proves nothing."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509 import ocsp as peer

from tests.support.ocsp import DAY, answer, make_responder
from tests.support.pki import Member, PkiWorld
from trustkit.crypto.public_key import KeyKind
from trustkit.crypto.suites import SignatureSuite
from trustkit.custody.private_key import generate_key
from trustkit.encoding import der_write as w
from trustkit.errors import ErrorCode, TrustError
from trustkit.x509 import extensions as ext
from trustkit.x509.ocsp_build import (
    NEVER_ISSUED_AT,
    StatusSpec,
    assemble_ocsp_response,
    build_response_data,
    error_response,
    responder_by_key,
)
from trustkit.x509.ocsp_cert_id import CERT_ID_DIGESTS
from trustkit.x509.ocsp_response import (
    CertStatus,
    OcspResponse,
    ResponseStatus,
    parse_basic_response,
    parse_ocsp_response,
)
from trustkit.x509.ocsp_verify import (
    VerifiedOcspAnswer,
    VerifiedOcspResponse,
    require_nonce,
    verify_ocsp_answer,
    verify_ocsp_response,
)
from trustkit.x509.reason import RevocationReason
from trustkit.x509.revocation import RevocationState, RevocationStatus

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from trustkit.crypto.digest import DigestAlgorithm
    from trustkit.error_family import Code
    from trustkit.x509.certificate import Certificate

NOW = PkiWorld.START
E = ErrorCode


def unknown_standing(_: Certificate) -> RevocationStatus:
    return RevocationStatus(state=RevocationState.UNKNOWN, detail="no list")


def prove(
    world: PkiWorld,
    octets: bytes,
    member: Member | None = None,
    *,
    at: datetime = NOW,
    present: datetime | None = None,
    lasting: bool = False,
    standing: Callable[[Certificate], RevocationStatus] = unknown_standing,
    helpers: tuple[Certificate, ...] = (),
) -> VerifiedOcspAnswer:
    response = parse_ocsp_response(octets)
    proved = verify_ocsp_response(response, world.issuing.certificate, at=at, standing=standing, helpers=helpers)
    certificate = (member or world.signer).certificate
    return verify_ocsp_answer(proved, certificate, at=at, present=present, lasting=lasting)


@pytest.mark.parametrize("kind", list(KeyKind))
def test_good_by_a_delegated_responder_of_any_kind_of_key(kind: KeyKind) -> None:
    world = PkiWorld(kind=kind)
    found = prove(world, answer(world, world.signer, digests=CERT_ID_DIGESTS))
    assert (found.status, found.answer.revoked_at, found.answer.reason) == (CertStatus.GOOD, None, None)
    assert found.response.delegated
    assert found.response.responder.extended_key_usage == ("ocspSigning",)


@pytest.mark.parametrize("digest", CERT_ID_DIGESTS)
@pytest.mark.parametrize("by_name", [False, True])
def test_revoked_by_the_issuer_itself(world: PkiWorld, digest: DigestAlgorithm, *, by_name: bool) -> None:
    octets = answer(
        world,
        world.revoked,
        status=CertStatus.REVOKED,
        by=world.issuing,
        by_name=by_name,
        digests=(digest,),
        certificates=(),
    )
    found = prove(world, octets, world.revoked)
    assert (found.status, found.answer.reason) == (CertStatus.REVOKED, RevocationReason.KEY_COMPROMISE)
    assert found.answer.revoked_at == NOW - 2 * DAY
    assert not found.response.delegated
    assert not found.never_issued


def test_unknown_is_an_answer(world: PkiWorld) -> None:
    assert prove(world, answer(world, world.signer, status=CertStatus.UNKNOWN)).status is CertStatus.UNKNOWN


def test_never_issued(world: PkiWorld) -> None:
    bent: dict[str, Any] = {"revoked_at": NEVER_ISSUED_AT, "reason": RevocationReason.CERTIFICATE_HOLD}
    octets = answer(world, world.signer, status=CertStatus.REVOKED, extended_revoke=True, **bent)
    assert prove(world, octets).never_issued
    without = answer(world, world.signer, status=CertStatus.REVOKED, **bent)
    assert not prove(world, without).never_issued  # RFC 6960 4.4.8: only with the extension


def test_the_nonce(world: PkiWorld) -> None:
    octets = answer(world, world.signer, nonce=b"0123456789abcdef")
    require_nonce(parse_ocsp_response(octets), b"0123456789abcdef")
    require_nonce(
        parse_ocsp_response(answer(world, world.signer)), b"0123456789abcdef"
    )  # prepared: its times bound its age
    for wanted in (b"fedcba9876543210", b"0123456789abcde", b"0123456789abcdef0", b""):
        with pytest.raises(TrustError) as caught:
            require_nonce(parse_ocsp_response(octets), wanted)
        assert caught.value.code is E.OCSP_NONCE


def test_time(world: PkiWorld) -> None:
    """An answer of START for a day, asked about at other times."""
    octets = answer(world, world.signer)
    for at in (NOW, NOW + DAY, NOW - timedelta(minutes=4)):
        assert prove(world, octets, at=at).status is CertStatus.GOOD
    assert prove(world, octets, at=NOW - 5 * DAY, present=NOW).status is CertStatus.GOOD
    endless = answer(world, world.signer, next_update=None)
    assert prove(world, endless, at=NOW + timedelta(hours=23)).status is CertStatus.GOOD
    for found, at, code in (
        (octets, NOW + DAY + timedelta(seconds=1), E.OCSP_EXPIRED),
        (endless, NOW + timedelta(hours=25), E.OCSP_EXPIRED),
        (octets, NOW - timedelta(minutes=6), E.OCSP_NOT_YET),
        (answer(world, world.signer, produced_at=NOW + timedelta(hours=1)), NOW, E.OCSP_NOT_YET),
    ):
        with pytest.raises(TrustError) as caught:
            prove(world, found, at=at)
        assert caught.value.code is code


def test_a_lasting_revocation_outlives_its_answer(world: PkiWorld) -> None:
    late = NOW + 30 * DAY
    revoked = answer(world, world.revoked, status=CertStatus.REVOKED)
    assert prove(world, revoked, world.revoked, at=late, lasting=True).status is CertStatus.REVOKED
    hold = answer(world, world.revoked, status=CertStatus.REVOKED, reason=RevocationReason.CERTIFICATE_HOLD)
    for octets, member, lasting in (
        (revoked, world.revoked, False),
        (hold, world.revoked, True),
        (answer(world, world.signer), world.signer, True),
    ):
        with pytest.raises(TrustError) as caught:
            prove(world, octets, member, at=late, lasting=lasting)
        assert caught.value.code is E.OCSP_EXPIRED


def test_expired_certificates_need_an_archive_cutoff(world: PkiWorld) -> None:
    member, end = world.expired, world.expired.certificate.not_after
    for cutoff in (None, end + timedelta(seconds=1)):
        with pytest.raises(TrustError) as caught:
            prove(world, answer(world, member, archive_cutoff=cutoff), member)
        assert caught.value.code is E.OCSP_RETENTION
    assert prove(world, answer(world, member, archive_cutoff=end), member).answer.archive_cutoff == end
    before = answer(world, member, this_update=end - DAY, next_update=NOW + DAY)
    assert prove(world, before, member).status is CertStatus.GOOD


def another_authority(world: PkiWorld) -> Member:
    return world.issue("别的CA", issuer=world.root, ca=True, usage=("keyCertSign", "cRLSign"))


def namesake(world: PkiWorld) -> Member:
    """An authority under the issuing CA's very name, with another key."""
    return world.issue(
        "x",
        issuer=world.root,
        ca=True,
        usage=("keyCertSign",),
        subject_der=world.issuing.certificate.subject_der,
    )


RESPONDERS: dict[str, tuple[Callable[[PkiWorld], Member], Code]] = {
    "a stranger": (lambda _: PkiWorld().signer, E.OCSP_RESPONDER),
    "the subject itself": (lambda wd: wd.signer, E.CERTIFICATE_PURPOSE),
    "without the extended usage": (lambda wd: make_responder(wd, purposes=()), E.CERTIFICATE_PURPOSE),
    "any usage is not this one": (lambda wd: make_responder(wd, purposes=("2.5.29.37.0",)), E.CERTIFICATE_PURPOSE),
    "an encryption certificate": (lambda wd: make_responder(wd, usage=("keyEncipherment",)), E.CERTIFICATE_PURPOSE),
    "of another authority": (lambda wd: make_responder(wd, issuer=another_authority(wd)), E.OCSP_RESPONDER),
    "of a namesake with another key": (lambda wd: make_responder(wd, issuer=namesake(wd)), E.OCSP_RESPONDER),
    "of the issuer's issuer": (lambda wd: make_responder(wd, issuer=wd.root), E.OCSP_RESPONDER),
    "the root": (lambda wd: wd.root, E.OCSP_RESPONDER),
    "expired": (lambda wd: make_responder(wd, not_after=NOW - timedelta(seconds=1)), E.CERTIFICATE_EXPIRED),
    "not valid yet": (lambda wd: make_responder(wd, not_before=NOW + DAY), E.CERTIFICATE_NOT_YET_VALID),
    "without nocheck and lists": (lambda wd: make_responder(wd, no_check=False), E.OCSP_RESPONDER),
    "an unknown critical extension": (
        lambda wd: make_responder(
            wd, more_extensions=(ext.extension("1.2.3", b"", critical=True), ext.ocsp_no_check())
        ),
        E.CERTIFICATE_UNKNOWN_CRITICAL,
    ),
}


@pytest.mark.parametrize("name", RESPONDERS)
def test_who_may_not_answer(world: PkiWorld, name: str) -> None:
    make, code = RESPONDERS[name]
    with pytest.raises(TrustError) as caught:
        prove(world, answer(world, world.signer, by=make(world)))
    assert caught.value.code is code


def test_a_responder_without_nocheck_needs_its_own_revocation(world: PkiWorld) -> None:
    octets = answer(world, world.signer, by=make_responder(world, no_check=False))

    def good(_: Certificate) -> RevocationStatus:
        return RevocationStatus(state=RevocationState.GOOD, detail="")

    def revoked(_: Certificate) -> RevocationStatus:
        return RevocationStatus(state=RevocationState.REVOKED, detail="", revoked_at=NOW)

    assert prove(world, octets, standing=good).status is CertStatus.GOOD
    with pytest.raises(TrustError) as caught:
        prove(world, octets, standing=revoked)
    assert caught.value.code is E.CERTIFICATE_REVOKED


def test_a_responder_whose_certificate_lies_elsewhere(world: PkiWorld) -> None:
    responder = make_responder(world)
    octets = answer(world, world.signer, by=responder, certificates=(b"\x30\x00", world.signer.der))
    with pytest.raises(TrustError) as caught:
        prove(world, octets)
    assert caught.value.code is E.OCSP_RESPONDER
    assert prove(world, octets, helpers=(responder.certificate,)).response.responder == responder.certificate


def test_a_heap_of_namesakes_does_not_hide_the_responder(world: PkiWorld) -> None:
    responder = make_responder(world)
    others = tuple(make_responder(world, issuer=world.root).certificate for _ in range(12))
    octets = answer(world, world.signer, by=responder, by_name=True)
    assert prove(world, octets, helpers=others).response.responder == responder.certificate


def test_a_changed_answer(world: PkiWorld) -> None:
    octets = answer(world, world.signer)
    place = octets.index(b"\x80\x00")  # good becomes unknown
    changed = octets[:place] + b"\x82" + octets[place + 1 :]
    with pytest.raises(TrustError) as caught:
        prove(world, changed)
    assert caught.value.code is E.SIGNATURE_WRONG


def test_about_others(world: PkiWorld) -> None:
    for octets, member, code in (
        (answer(world, world.tsa), world.signer, E.OCSP_ANSWER_MISSING),
        (answer(world, world.signer, issuer=world.root), world.signer, E.OCSP_ISSUER),
        (
            answer(PkiWorld(), world.signer, by=make_responder(world), issuer=PkiWorld().root),
            world.signer,
            E.OCSP_ISSUER,
        ),
    ):
        with pytest.raises(TrustError) as caught:
            prove(world, octets, member)
        assert caught.value.code is code


def test_sha1_names_and_never_signs() -> None:
    world = PkiWorld(kind=KeyKind.RSA)
    octets = answer(world, world.signer, by=world.issuing)
    sha256, sha1 = w.oid("1.2.840.113549.1.1.11"), w.oid("1.2.840.113549.1.1.5")
    with pytest.raises(TrustError) as caught:
        prove(world, octets.replace(sha256, sha1))
    assert caught.value.code is E.ALGORITHM_WEAK


@pytest.mark.parametrize("status", [each for each in ResponseStatus if each is not ResponseStatus.SUCCESSFUL])
def test_errors_are_refusals_by_name(status: ResponseStatus) -> None:
    with pytest.raises(TrustError) as caught:
        parse_ocsp_response(error_response(status))
    assert (caught.value.code, caught.value.facts["status"]) == (E.OCSP_REFUSED, status.word)
    theirs = peer.load_der_ocsp_response(error_response(status))
    assert theirs.response_status.value == status.value


def test_pyca_reads_what_we_write() -> None:
    world = PkiWorld(kind=KeyKind.EC_P256)
    octets = answer(world, world.revoked, status=CertStatus.REVOKED, nonce=b"n" * 16)
    theirs = peer.load_der_ocsp_response(octets)
    assert theirs.certificate_status is peer.OCSPCertStatus.REVOKED
    assert theirs.revocation_time_utc == NOW - 2 * DAY
    assert theirs.serial_number == world.revoked.certificate.serial
    assert theirs.public_bytes(Encoding.DER) == octets


def test_a_bare_basic_response(world: PkiWorld) -> None:
    response = parse_ocsp_response(answer(world, world.signer))
    assert parse_basic_response(response.der) == response
    assert len({parse_basic_response(response.der), response}) == 1
    assert "answers=1" in repr(response)


def test_what_is_not_written() -> None:
    spec = StatusSpec(cert_ids=(b"",), status=CertStatus.REVOKED, this_update=NOW, next_update=None)
    key = generate_key(KeyKind.SM2).public_key
    for answers, nonce in (((), None), ((spec,), None), ((spec,), b"")):
        with pytest.raises(TrustError) as caught:
            build_response_data(responder_by_key(key), answers, produced_at=NOW, nonce=nonce)
        assert caught.value.code is E.USAGE
    with pytest.raises(TrustError) as caught:
        error_response(ResponseStatus.SUCCESSFUL)
    assert caught.value.code is E.USAGE
    assert assemble_ocsp_response(b"", SignatureSuite.SM2_SM3, b"").startswith(b"\x30")


def test_only_verification_makes_proofs(world: PkiWorld) -> None:
    response: OcspResponse = parse_ocsp_response(answer(world, world.signer))
    certificate = world.signer.certificate
    with pytest.raises(TrustError) as caught:
        VerifiedOcspResponse(response=response, issuer=certificate, responder=certificate, proof=object())
    assert caught.value.code is E.BUG
    proved = prove(world, answer(world, world.signer))
    with pytest.raises(TrustError) as caught:
        VerifiedOcspAnswer(certificate=certificate, answer=proved.answer, response=proved.response, proof=object())
    assert caught.value.code is E.BUG
