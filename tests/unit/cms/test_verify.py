from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from tests.support.message_forge import CONTENT, MessageForge
from trustkit.cms import oids, verify
from trustkit.cms.model import Deviation
from trustkit.cms.read import parse_signed_message
from trustkit.cms.sign import attribute
from trustkit.cms.verify import VerifiedSigner, verify_signer
from trustkit.crypto.digest import DigestAlgorithm, digest
from trustkit.crypto.public_key import KeyKind
from trustkit.crypto.sm2 import parse_sm2_signature
from trustkit.encoding import der_write as w
from trustkit.errors import ErrorCode, TrustError

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.support.pki import PkiWorld
    from trustkit.error_family import Code

SHA256, SHA384, SHA1, MD5 = oids.SHA256, "2.16.840.1.101.3.4.2.2", "1.3.14.3.2.26", "1.2.840.113549.2.5"
SIGNING_TIME = attribute(oids.SIGNING_TIME, w.time(datetime(2026, 12, 1, tzinfo=UTC)))


def _verify(octets: bytes, content: bytes | None = None) -> VerifiedSigner:
    return verify_signer(parse_signed_message(octets), 0, content=content)


def _signer(forge: MessageForge, **bent: object) -> bytes:
    return forge.message(signers=(forge.signer_info(**bent),))  # type: ignore[arg-type]


def _attributes(forge: MessageForge, *more: bytes, without: str = "", **replaced: bytes) -> bytes:
    good = forge.good_attributes()
    good.pop(without, None)
    good |= {name.replace("_", " "): value for name, value in replaced.items()}
    return _signer(forge, attributes=(*good.values(), *more))


def _raw_signature(forge: MessageForge) -> bytes:
    signature = parse_sm2_signature(forge.member.signer.sign(CONTENT))
    return _signer(forge, attributes=None, signature=signature.r + signature.s)


def _certificate_attribute(cert_hash: bytes, hash_algorithm: bytes = b"", more: bytes = b"") -> bytes:
    identifier = w.sequence(hash_algorithm, w.octet_string(cert_hash), more)
    return attribute(oids.SIGNING_CERTIFICATE_V2, w.sequence(w.sequence(identifier)))


def _own_hash(forge: MessageForge, algorithm: DigestAlgorithm = DigestAlgorithm.SHA256) -> bytes:
    return digest(algorithm, forge.member.der, allow_weak=True)


def _issuer_serial(issuer: bytes, serial: int) -> bytes:
    return w.sequence(w.sequence(w.explicit(4, issuer)), w.integer(serial))


def _protection(digest_oid: str = oids.SM3, signature_oid: str = oids.SM2_WITH_SM3) -> bytes:
    value = w.sequence(w.sequence(w.oid(digest_oid)), w.implicit(1, w.sequence(w.oid(signature_oid))))
    return attribute(oids.ALGORITHM_PROTECTION, value)


REFUSED: dict[str, tuple[Callable[[MessageForge], bytes], Code]] = {
    "content changed": (lambda f: f.message(content=b"Hello secret World!"), ErrorCode.CMS_DIGEST_MISMATCH),
    "content changed, no attributes": (
        lambda f: f.message(content=b"other", signers=(f.signer_info(attributes=None),)),
        ErrorCode.SIGNATURE_WRONG,
    ),
    "signature over something else": (lambda f: _signer(f, signed=b"else"), ErrorCode.SIGNATURE_WRONG),
    "signature over the digest": (
        lambda f: _signer(f, attributes=None, signed=digest(DigestAlgorithm.SM3, CONTENT)),
        ErrorCode.CMS_DIALECT,
    ),
    "raw r‖s": (_raw_signature, ErrorCode.SIGNATURE_MALFORMED),
    "signature not DER": (lambda f: _signer(f, signature=b"\x30\x03\x02\x01\x01"), ErrorCode.SIGNATURE_MALFORMED),
    "empty signature": (lambda f: _signer(f, signature=b""), ErrorCode.SIGNATURE_MALFORMED),
    "digest MD5": (lambda f: _signer(f, digest_algorithm=w.sequence(w.oid(MD5))), ErrorCode.ALGORITHM_WEAK),
    "digest SHA-1": (lambda f: _signer(f, digest_algorithm=w.sequence(w.oid(SHA1))), ErrorCode.ALGORITHM_WEAK),
    "digest unknown": (lambda f: _signer(f, digest_algorithm=w.sequence(w.oid("1.2.3"))), ErrorCode.ALGORITHM_UNKNOWN),
    "SM2 with SHA-256": (
        lambda f: _signer(f, attributes=None, digest_algorithm=w.sequence(w.oid(SHA256))),
        ErrorCode.ALGORITHM_MISMATCH,
    ),
    "SM2 signature named bare, with SHA-256": (
        lambda f: _signer(
            f,
            attributes=None,
            digest_algorithm=w.sequence(w.oid(SHA256)),
            signature_algorithm=w.sequence(w.oid(oids.SM2_SIGN)),
        ),
        ErrorCode.ALGORITHM_MISMATCH,
    ),
    "ECDSA under an SM2 key": (
        lambda f: _signer(
            f,
            attributes=None,
            digest_algorithm=w.sequence(w.oid(SHA256)),
            signature_algorithm=w.sequence(w.oid("1.2.840.10045.4.3.2")),
        ),
        ErrorCode.ALGORITHM_MISMATCH,
    ),
    "sha1WithRSA": (
        lambda f: _signer(f, signature_algorithm=w.sequence(w.oid("1.2.840.113549.1.1.5"))),
        ErrorCode.ALGORITHM_WEAK,
    ),
    "signature algorithm unknown": (
        lambda f: _signer(f, signature_algorithm=w.sequence(w.oid("1.2.156.10197.1.502"))),
        ErrorCode.ALGORITHM_UNKNOWN,
    ),
    "no content type": (lambda f: _attributes(f, without="content type"), ErrorCode.CMS_ATTRIBUTES),
    "no digest": (lambda f: _attributes(f, without="digest"), ErrorCode.CMS_ATTRIBUTES),
    "two digests": (lambda f: _attributes(f, f.good_attributes()["digest"]), ErrorCode.CMS_ATTRIBUTES),
    "digest of two values": (
        lambda f: _attributes(f, digest=attribute(oids.MESSAGE_DIGEST, w.octet_string(b"a"), w.octet_string(b"b"))),
        ErrorCode.CMS_ATTRIBUTES,
    ),
    "digest of another kind": (
        lambda f: _attributes(f, digest=attribute(oids.MESSAGE_DIGEST, w.null())),
        ErrorCode.CMS_ATTRIBUTES,
    ),
    "digest cut short": (
        lambda f: _attributes(
            f, digest=attribute(oids.MESSAGE_DIGEST, w.octet_string(digest(DigestAlgorithm.SM3, CONTENT)[:16]))
        ),
        ErrorCode.CMS_DIGEST_MISMATCH,
    ),
    "another content type": (
        lambda f: _attributes(f, content_type=attribute(oids.CONTENT_TYPE, w.oid(oids.TST_INFO))),
        ErrorCode.CMS_ATTRIBUTES,
    ),
    "content type of another kind": (
        lambda f: _attributes(f, content_type=attribute(oids.CONTENT_TYPE, w.null())),
        ErrorCode.CMS_ATTRIBUTES,
    ),
    "other content without attributes": (
        lambda f: f.message(inner=oids.TST_INFO, signers=(f.signer_info(attributes=None),)),
        ErrorCode.CMS_ATTRIBUTES,
    ),
    "two signing times": (lambda f: _attributes(f, SIGNING_TIME, SIGNING_TIME), ErrorCode.CMS_ATTRIBUTES),
    "signing time no time": (
        lambda f: _attributes(f, attribute(oids.SIGNING_TIME, w.tlv(0x17, b"261301000000Z"))),
        ErrorCode.CMS_ATTRIBUTES,
    ),
    "another certificate meant": (
        lambda f: _attributes(f, certificate=_certificate_attribute(bytes(32))),
        ErrorCode.CMS_ATTRIBUTES,
    ),
    "certificate attribute twice": (
        lambda f: _attributes(f, f.good_attributes()["certificate"]),
        ErrorCode.CMS_ATTRIBUTES,
    ),
    "certificate attribute empty": (
        lambda f: _attributes(f, certificate=attribute(oids.SIGNING_CERTIFICATE_V2, w.sequence(w.sequence()))),
        ErrorCode.CMS_ATTRIBUTES,
    ),
    "certificate attribute of another kind": (
        lambda f: _attributes(f, certificate=attribute(oids.SIGNING_CERTIFICATE_V2, w.sequence(w.sequence(w.null())))),
        ErrorCode.CMS_ATTRIBUTES,
    ),
    "certificate hashed by SHA-1": (
        lambda f: _attributes(
            f, certificate=_certificate_attribute(_own_hash(f, DigestAlgorithm.SHA1), w.sequence(w.oid(SHA1)))
        ),
        ErrorCode.ALGORITHM_WEAK,
    ),
    "certificate of another serial": (
        lambda f: _attributes(
            f,
            certificate=_certificate_attribute(
                _own_hash(f), more=_issuer_serial(f.member.certificate.issuer_der, f.member.certificate.serial + 1)
            ),
        ),
        ErrorCode.CMS_ATTRIBUTES,
    ),
    "certificate of another issuer": (
        lambda f: _attributes(
            f,
            certificate=_certificate_attribute(
                _own_hash(f), more=_issuer_serial(f.member.certificate.subject_der, f.member.certificate.serial)
            ),
        ),
        ErrorCode.CMS_ATTRIBUTES,
    ),
    "old certificate attribute of another": (
        lambda f: _attributes(
            f,
            attribute(oids.SIGNING_CERTIFICATE, w.sequence(w.sequence(w.sequence(w.octet_string(bytes(20)))))),
        ),
        ErrorCode.CMS_ATTRIBUTES,
    ),
    "another digest protected": (
        lambda f: _attributes(f, _protection(digest_oid=SHA384)),
        ErrorCode.ALGORITHM_MISMATCH,
    ),
    "another signature protected": (
        lambda f: _attributes(f, _protection(signature_oid=oids.SM2_SIGN)),
        ErrorCode.ALGORITHM_MISMATCH,
    ),
    "protection malformed": (
        lambda f: _attributes(f, attribute(oids.ALGORITHM_PROTECTION, w.sequence())),
        ErrorCode.CMS_ATTRIBUTES,
    ),
    "no certificate": (lambda f: f.message(certificates=None), ErrorCode.CMS_NO_CERTIFICATE),
    "another serial number": (
        lambda f: _signer(f, identifier=w.sequence(f.member.certificate.issuer_der, w.integer(1))),
        ErrorCode.CMS_NO_CERTIFICATE,
    ),
    "another issuer": (
        lambda f: _signer(
            f, identifier=w.sequence(f.member.certificate.subject_der, w.integer(f.member.certificate.serial))
        ),
        ErrorCode.CMS_NO_CERTIFICATE,
    ),
    "another key identifier": (
        lambda f: _signer(f, version=3, identifier=w.tlv(0x80, bytes(20))),
        ErrorCode.CMS_NO_CERTIFICATE,
    ),
    "certificate unreadable": (
        lambda f: f.message(certificates=w.tlv(0xA0, w.sequence(w.null()))),
        ErrorCode.CMS_NO_CERTIFICATE,
    ),
}


@pytest.mark.parametrize(("bend", "code"), REFUSED.values(), ids=REFUSED.keys())
def test_refuses(forge: MessageForge, bend: Callable[[MessageForge], bytes], code: Code) -> None:
    octets = bend(forge)
    with pytest.raises(TrustError) as refusal:
        _verify(octets)
    assert refusal.value.code is code


def test_raw_signature_is_named(forge: MessageForge) -> None:
    with pytest.raises(TrustError, match="raw r‖s of 64 octets"):
        _verify(_raw_signature(forge))


def test_content_given_and_inside(forge: MessageForge) -> None:
    assert _verify(forge.message(), CONTENT).certificate == forge.member.certificate
    for content, octets, code in (
        (b"other", forge.message(), ErrorCode.CMS_CONTENT_TWICE),
        (None, forge.message(content=None), ErrorCode.CMS_CONTENT_MISSING),
        (b"other", forge.message(content=None), ErrorCode.CMS_DIGEST_MISMATCH),
    ):
        with pytest.raises(TrustError) as refusal:
            _verify(octets, content)
        assert refusal.value.code is code


@pytest.mark.parametrize("index", [-1, 1])
def test_no_such_signer(forge: MessageForge, index: int) -> None:
    with pytest.raises(TrustError) as refusal:
        verify_signer(parse_signed_message(forge.message()), index, content=None)
    assert refusal.value.code is ErrorCode.CMS_NO_SIGNER


def test_attributes_cannot_be_shown_as_content(forge: MessageForge) -> None:
    """The signature over a set of attributes is one over these octets as well; without attributes they are refused."""
    attributes = w.set_of(*forge.good_attributes().values())
    signer = forge.signer_info(attributes=None, signed=attributes)
    with pytest.raises(TrustError) as refusal:
        _verify(forge.message(content=attributes, signers=(signer,)))
    assert refusal.value.code is ErrorCode.CMS_ATTRIBUTES


@pytest.mark.parametrize("content", [b"1" + w.oid(oids.MESSAGE_DIGEST), b"1\x80" + w.oid(oids.MESSAGE_DIGEST) * 20])
def test_content_that_only_looks_like_attributes(forge: MessageForge, content: bytes) -> None:
    own = MessageForge(forge.member, content)
    assert _verify(own.message(signers=(own.signer_info(attributes=None),))).content_digest


def test_unsorted_attributes_verify_as_found_and_are_noted(forge: MessageForge) -> None:
    unsorted = tuple(sorted(forge.good_attributes().values(), reverse=True))
    as_found = _verify(_signer(forge, attributes=unsorted, ordered=False))
    assert as_found.notes == (Deviation.ATTRIBUTES_UNSORTED,)
    in_order = _verify(_signer(forge, attributes=unsorted, ordered=False, signed=w.set_of(*unsorted)))
    assert in_order.notes == (Deviation.ATTRIBUTES_UNSORTED, Deviation.ATTRIBUTES_RESORTED)
    with pytest.raises(TrustError) as refusal:
        _verify(_signer(forge, attributes=unsorted, ordered=False, signed=b"neither"))
    assert refusal.value.code is ErrorCode.SIGNATURE_WRONG


def test_every_attribute_in_its_place(forge: MessageForge) -> None:
    own = forge.member.certificate
    old = attribute(
        oids.SIGNING_CERTIFICATE,
        w.sequence(w.sequence(w.sequence(w.octet_string(_own_hash(forge, DigestAlgorithm.SHA1))))),
    )
    by_sha256 = _certificate_attribute(_own_hash(forge), more=_issuer_serial(own.issuer_der, own.serial))
    verified = _verify(_attributes(forge, SIGNING_TIME, _protection(), old, certificate=by_sha256))
    assert verified.certificate_bound
    assert verified.claimed_signing_time == datetime(2026, 12, 1, tzinfo=UTC)
    assert verified.notes == (Deviation.SIGNING_CERTIFICATE_SHA1,)


def test_both_names_of_data_are_held_equal_and_noted(forge: MessageForge) -> None:
    attributes = tuple(forge.good_attributes(content_type=oids.GBT_DATA).values())
    verified = _verify(_signer(forge, attributes=attributes))
    assert verified.notes == (Deviation.CONTENT_TYPE_SPELLING,)


def test_key_identifier_finds_the_certificate(forge: MessageForge) -> None:
    identifier = forge.member.certificate.subject_key_id
    assert identifier is not None
    signer = forge.signer_info(version=3, identifier=w.tlv(0x80, identifier))
    assert _verify(forge.message(version=3, signers=(signer,))).certificate == forge.member.certificate


def test_key_identifier_is_computed_for_a_certificate_without_it(world: PkiWorld) -> None:
    bare = world.issue("bare", exact_extensions=(w.sequence(w.oid("1.2.3"), w.octet_string(b"")),))
    forge = MessageForge(bare)
    signer = forge.signer_info(version=3, identifier=w.tlv(0x80, bare.signer.public_key.identifier))
    assert _verify(forge.message(version=3, signers=(signer,))).certificate == bare.certificate


def test_issuer_written_in_another_string_type(forge: MessageForge) -> None:
    issuer = forge.member.certificate.issuer_der
    other = issuer.replace(b"\x13\x02CN", b"\x0c\x02CN")
    assert other != issuer
    identifier = w.sequence(other, w.integer(forge.member.certificate.serial))
    assert _verify(_signer(forge, identifier=identifier)).notes == (Deviation.ISSUER_ENCODING,)


def test_several_candidates_are_tried(world: PkiWorld) -> None:
    """Same issuer, same serial number, another key: an accident at a CA must not hide the right certificate."""
    right = world.signer
    twin = world.issue("twin", serial=right.certificate.serial)
    forge = MessageForge(right)
    for pair in ((twin.der, right.der), (right.der, twin.der)):
        octets = forge.message(certificates=w.tlv(0xA0, b"".join(pair)))
        assert _verify(octets).certificate == right.certificate
        without = forge.message(certificates=w.tlv(0xA0, b"".join(pair)), signers=(forge.signer_info(attributes=None),))
        assert _verify(without).certificate == right.certificate
    with pytest.raises(TrustError) as refusal:
        _verify(forge.message(certificates=w.tlv(0xA0, twin.der)))
    assert refusal.value.code is ErrorCode.CMS_ATTRIBUTES


def test_same_key_under_another_certificate_is_refused(world: PkiWorld) -> None:
    """Certificate substitution: the signature holds under the other certificate, the attribute says it was not meant."""
    other = world.issue("other", signer=world.signer.signer, serial=world.signer.certificate.serial)
    forge = MessageForge(world.signer)
    with pytest.raises(TrustError) as refusal:
        _verify(forge.message(certificates=w.tlv(0xA0, other.der)))
    assert refusal.value.code is ErrorCode.CMS_ATTRIBUTES


def test_unreadable_certificate_is_noted_and_no_obstacle(forge: MessageForge) -> None:
    octets = forge.message(certificates=w.tlv(0xA0, w.sequence(w.null()) + forge.member.der))
    assert _verify(octets).notes == (Deviation.CERTIFICATE_UNREADABLE,)


def test_two_signers(world: PkiWorld, forge: MessageForge) -> None:
    second = MessageForge(world.issue("second"))
    octets = forge.message(
        certificates=w.tlv(0xA0, forge.member.der + second.member.der),
        signers=(forge.signer_info(), second.signer_info()),
    )
    message = parse_signed_message(octets)
    found = [verify_signer(message, index, content=None).certificate for index in range(2)]
    assert found == [forge.member.certificate, second.member.certificate]


def test_elliptic_key_on_another_curve(world: PkiWorld) -> None:
    member = world.issue("p256", kind=KeyKind.EC_P256)
    forge = MessageForge(member)
    assert _verify(forge.message()).certificate == member.certificate
    with pytest.raises(TrustError) as refusal:
        _verify(_signer(forge, signature_algorithm=w.sequence(w.oid("1.2.840.10045.4.3.3"))))
    assert refusal.value.code is ErrorCode.ALGORITHM_MISMATCH


def test_verified_signer_is_made_by_verifying_only(forge: MessageForge) -> None:
    verified = _verify(forge.message())
    fields = {name: getattr(verified, name) for name in VerifiedSigner.__slots__}
    with pytest.raises(TypeError, match="verify_signer"):
        VerifiedSigner(**fields, made_here=object())


def test_content_is_not_digested_for_signers_without_number(
    forge: MessageForge, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without attributes the work is signers times content; with them the content is digested once."""
    monkeypatch.setattr(verify, "MAX_BARE_WORK", 2 * len(CONTENT))
    for bare, count, code in ((True, 2, None), (True, 3, ErrorCode.INPUT_TOO_LARGE), (False, 3, None)):
        signer = forge.signer_info(attributes=None) if bare else forge.signer_info()
        octets = forge.message(signers=(signer,) * count)
        if code is None:
            assert _verify(octets).certificate == forge.member.certificate
            continue
        with pytest.raises(TrustError) as refusal:
            _verify(octets)
        assert refusal.value.code is code
