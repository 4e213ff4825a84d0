from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from trustkit.cms import oids, read, signer_read
from trustkit.cms.model import Deviation, Dialect
from trustkit.cms.read import parse_signed_message
from trustkit.encoding import der_write as w
from trustkit.errors import ErrorCode, TrustError

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.support.message_forge import MessageForge
    from trustkit.error_family import Code

TYPE_OID = w.oid(oids.DATA)
ATTRIBUTE = w.sequence(w.oid("1.2.3"), w.set_of(w.null()))
DEEP = b"\x30\x80" * 40 + b"\x00\x00" * 40


def _with_signer(**bent: object) -> Callable[[MessageForge], bytes]:
    return lambda forge: forge.message(signers=(forge.signer_info(**bent),))  # type: ignore[arg-type]


def _with_message(**bent: object) -> Callable[[MessageForge], bytes]:
    return lambda forge: forge.message(**bent)  # type: ignore[arg-type]


REFUSED: dict[str, tuple[Callable[[MessageForge], bytes], Code]] = {
    "empty": (lambda _: b"", ErrorCode.INPUT_EMPTY),
    "one octet": (lambda _: b"\x30", ErrorCode.DER_MALFORMED),
    "text": (lambda _: b"Hello", ErrorCode.DER_MALFORMED),
    "not a sequence": (lambda _: w.octet_string(b"abc"), ErrorCode.CMS_MALFORMED),
    "no type": (lambda _: w.sequence(), ErrorCode.CMS_MALFORMED),
    "no content": (lambda _: w.sequence(w.oid(oids.SIGNED_DATA)), ErrorCode.CMS_MALFORMED),
    "truncated": (lambda f: f.message()[:-1], ErrorCode.DER_MALFORMED),
    "trailing octet": (lambda f: f.message() + b"\0", ErrorCode.DER_MALFORMED),
    "indefinite length outside": (lambda f: b"\x30\x80" + f.message()[4:] + b"\0\0", ErrorCode.DER_NOT_DER),
    "indefinite lengths all the way": (lambda _: DEEP, ErrorCode.DER_NOT_DER),
    "indefinite length of the content": (
        _with_message(encapsulated=w.sequence(TYPE_OID, b"\xa0\x80\x04\x01\x61\0\0")),
        ErrorCode.DER_NOT_DER,
    ),
    "content in pieces": (
        _with_message(encapsulated=w.sequence(TYPE_OID, w.explicit(0, w.tlv(0x24, w.octet_string(b"a"))))),
        ErrorCode.DER_NOT_DER,
    ),
    "content of another kind": (
        _with_message(encapsulated=w.sequence(TYPE_OID, w.explicit(0, w.sequence()))),
        ErrorCode.CMS_MALFORMED,
    ),
    "two contents": (
        _with_message(encapsulated=w.sequence(TYPE_OID, w.explicit(0, w.octet_string(b"a") + w.octet_string(b"b")))),
        ErrorCode.CMS_MALFORMED,
    ),
    "enveloped": (_with_message(outer="1.2.840.113549.1.7.3"), ErrorCode.CMS_UNSUPPORTED),
    "enveloped in GB/T 35275": (_with_message(outer="1.2.156.10197.6.1.4.2.3"), ErrorCode.CMS_UNSUPPORTED),
    "signed by SM9": (_with_message(outer="1.2.156.10197.6.1.4.4.2"), ErrorCode.CMS_UNSUPPORTED),
    "unknown type": (_with_message(outer="1.2.3.4"), ErrorCode.CMS_UNSUPPORTED),
    "surplus in SignedData": (_with_message(more=w.null()), ErrorCode.CMS_MALFORMED),
    "no signers": (_with_message(signers=()), ErrorCode.CMS_NO_SIGNER),
    "signers of another kind": (_with_message(signers=(w.null(),)), ErrorCode.CMS_MALFORMED),
    "digests of another kind": (_with_message(digests=w.set_of(w.null())), ErrorCode.CMS_MALFORMED),
    "certificate of another kind": (_with_message(certificates=w.tlv(0xA0, w.null())), ErrorCode.CMS_MALFORMED),
    "certificate in BER": (_with_message(certificates=w.tlv(0xA0, b"\x30\x80\0\0")), ErrorCode.DER_NOT_DER),
    "certificate in BER inside": (
        _with_message(certificates=w.tlv(0xA0, w.sequence(b"\x30\x80\0\0"))),
        ErrorCode.DER_NOT_DER,
    ),
    "CRL of another kind": (_with_message(crls=w.tlv(0xA1, w.null())), ErrorCode.CMS_MALFORMED),
    "surplus in SignerInfo": (_with_signer(more=w.null()), ErrorCode.CMS_MALFORMED),
    "signature too long": (_with_signer(signature=bytes(9000)), ErrorCode.CMS_MALFORMED),
    "empty signed attributes": (_with_signer(attributes=()), ErrorCode.CMS_ATTRIBUTES),
    "attribute of another kind": (_with_signer(attributes=(w.null(),)), ErrorCode.CMS_MALFORMED),
    "attribute without values": (
        _with_signer(attributes=(w.sequence(w.oid("1.2.3"), w.set_of()),)),
        ErrorCode.CMS_ATTRIBUTES,
    ),
    "attribute with surplus": (
        _with_signer(attributes=(w.sequence(w.oid("1.2.3"), w.set_of(w.null()), w.null()),)),
        ErrorCode.CMS_MALFORMED,
    ),
    "negative length serial": (
        _with_signer(identifier=w.sequence(w.sequence(), w.tlv(0x02, b""))),
        ErrorCode.DER_MALFORMED,
    ),
    "serial not minimal": (
        _with_signer(identifier=w.sequence(w.sequence(), w.tlv(0x02, b"\x00\x01"))),
        ErrorCode.DER_NOT_DER,
    ),
    "too many signers": (_with_message(signers=(w.sequence(),) * (read.MAX_SIGNERS + 1)), ErrorCode.CMS_MALFORMED),
    "too many certificates": (
        _with_message(certificates=w.tlv(0xA0, w.sequence() * (read.MAX_CERTIFICATES + 1))),
        ErrorCode.CMS_MALFORMED,
    ),
    "too many CRLs": (_with_message(crls=w.tlv(0xA1, w.sequence() * (read.MAX_CRLS + 1))), ErrorCode.CMS_MALFORMED),
    "too many digests": (
        _with_message(digests=w.tlv(0x31, w.sequence() * (read.MAX_DIGEST_ALGORITHMS + 1))),
        ErrorCode.CMS_MALFORMED,
    ),
    "too many attributes": (
        _with_signer(attributes=(ATTRIBUTE,) * (signer_read.MAX_ATTRIBUTES + 1)),
        ErrorCode.CMS_ATTRIBUTES,
    ),
    "too many values": (
        _with_signer(
            attributes=(w.sequence(w.oid("1.2.3"), w.tlv(0x31, w.null() * (signer_read.MAX_ATTRIBUTE_VALUES + 1))),)
        ),
        ErrorCode.CMS_ATTRIBUTES,
    ),
    "SignedData flooded": (_with_message(more=w.null() * 1_000_000), ErrorCode.CMS_MALFORMED),
    "digests flooded": (_with_message(digests=w.tlv(0x31, w.null() * 1_000_000)), ErrorCode.CMS_MALFORMED),
    "issuer flooded": (
        _with_signer(identifier=w.sequence(w.sequence(w.null() * 20_000), w.integer(1))),
        ErrorCode.INPUT_TOO_LARGE,
    ),
    "certificates too large": (
        _with_message(certificates=w.tlv(0xA0, w.sequence(bytes(read.MAX_CERTIFICATES_SIZE)))),
        ErrorCode.INPUT_TOO_LARGE,
    ),
    "signers too large": (
        _with_message(signers=(w.sequence(bytes(read.MAX_SIGNERS_SIZE)),)),
        ErrorCode.INPUT_TOO_LARGE,
    ),
}


@pytest.mark.parametrize(("bend", "code"), REFUSED.values(), ids=REFUSED.keys())
def test_refuses(forge: MessageForge, bend: Callable[[MessageForge], bytes], code: Code) -> None:
    octets = bend(forge)
    with pytest.raises(TrustError) as refusal:
        parse_signed_message(octets)
    assert refusal.value.code is code


def test_size_is_bounded(forge: MessageForge) -> None:
    with pytest.raises(TrustError) as refusal:
        parse_signed_message(forge.message(), max_size=100)
    assert refusal.value.code is ErrorCode.INPUT_TOO_LARGE


NOTED: dict[str, tuple[Callable[[MessageForge], bytes], set[str]]] = {
    "nothing": (_with_message(), set()),
    "version of SignedData": (_with_message(version=3), {Deviation.VERSION}),
    "version of SignerInfo": (_with_signer(version=2), {Deviation.VERSION}),
    "inner type of GB/T 35275": (_with_message(inner=oids.GBT_DATA), {Deviation.INNER_TYPE_FOREIGN}),
    "inner type of PKCS#7": (
        lambda f: f.message(
            outer=oids.GBT_SIGNED_DATA,
            signers=(f.signer_info(signature_algorithm=w.sequence(w.oid(oids.SM2_SIGN), w.null())),),
        ),
        {Deviation.INNER_TYPE_FOREIGN},
    ),
    "signature named ….501": (
        _with_message(outer=oids.GBT_SIGNED_DATA, inner=oids.GBT_DATA),
        {Deviation.SIGNATURE_OID_FOREIGN},
    ),
    "signature named ….301.1": (
        _with_signer(signature_algorithm=w.sequence(w.oid(oids.SM2_SIGN))),
        {Deviation.SIGNATURE_OID_FOREIGN},
    ),
    "signature named as a key": (
        _with_signer(signature_algorithm=w.sequence(w.oid("1.2.840.10045.2.1"))),
        {Deviation.SIGNATURE_OID_IS_KEY},
    ),
    "digest not announced": (_with_message(digests=w.set_of()), {Deviation.DIGEST_NOT_ANNOUNCED}),
    "digest with parameters": (
        _with_signer(digest_algorithm=w.sequence(w.oid(oids.SM3), w.integer(1))),
        {Deviation.ALGORITHM_PARAMETERS},
    ),
    "attributes not in order": (
        lambda f: f.message(
            signers=(
                f.signer_info(attributes=tuple(sorted(f.good_attributes().values(), reverse=True)), ordered=False),
            )
        ),
        {Deviation.ATTRIBUTES_UNSORTED},
    ),
    "attribute certificate": (
        lambda f: f.message(version=4, certificates=w.tlv(0xA0, f.member.der + w.tlv(0xA2, b""))),
        {Deviation.CERTIFICATE_SKIPPED},
    ),
    "old attribute certificate": (
        lambda f: f.message(version=3, certificates=w.tlv(0xA0, f.member.der + w.tlv(0xA1, b""))),
        {Deviation.CERTIFICATE_SKIPPED},
    ),
    "other revocation": (
        _with_message(version=5, crls=w.tlv(0xA1, w.tlv(0xA1, b""))),
        {Deviation.CRL_SKIPPED},
    ),
}


@pytest.mark.parametrize(("bend", "expected"), NOTED.values(), ids=NOTED.keys())
def test_deviations_are_named(forge: MessageForge, bend: Callable[[MessageForge], bytes], expected: set[str]) -> None:
    message = parse_signed_message(bend(forge))
    assert {*message.notes, *message.signers[0].notes} == expected


def test_ocsp_responses_beside_lists_are_read(forge: MessageForge) -> None:
    """RFC 5940 2.1; what is of another format, or bent, is passed over and named."""
    response = w.sequence(w.tlv(0x0A, b"\x06"))
    known, other = w.oid("1.3.6.1.5.5.7.16.2"), w.oid("1.3.6.1.5.5.7.16.4")
    kept = parse_signed_message(_with_message(version=5, crls=w.tlv(0xA1, w.tlv(0xA1, known + response)))(forge))
    assert (kept.ocsp_responses, kept.crls, kept.notes) == ((response,), (), ())
    for inside in (other + response, known, known + response + response, response, b"\x06\x01"):
        message = parse_signed_message(_with_message(version=5, crls=w.tlv(0xA1, w.tlv(0xA1, inside)))(forge))
        assert message.ocsp_responses == ()
        assert Deviation.CRL_SKIPPED in message.notes


def test_everything_is_kept_as_found(forge: MessageForge) -> None:
    octets = forge.message()
    message = parse_signed_message(octets)
    signer = message.signers[0]
    assert message.raw == octets
    assert message.dialect is Dialect.RFC5652
    assert message.content == forge.content
    assert message.certificates == (forge.member.der,)
    assert signer.signed_attributes is not None
    assert signer.signed_attributes[0] == 0x31
    assert b"\xa0" + signer.signed_attributes[1:] in octets
    assert signer.digest_oid == oids.SM3
    assert signer.signature_oid == oids.SM2_WITH_SM3
    assert signer.signature_parameters is None
    assert (signer.issuer_der, signer.serial) == (
        forge.member.certificate.issuer_der,
        forge.member.certificate.serial,
    )


def test_signer_by_key_identifier(forge: MessageForge) -> None:
    signer = forge.signer_info(version=3, identifier=w.tlv(0x80, b"name"))
    message = parse_signed_message(forge.message(version=3, signers=(signer,)))
    assert message.signers[0].subject_key_id == b"name"
    assert message.signers[0].serial is None
    assert message.notes == message.signers[0].notes == ()
    gbt = parse_signed_message(forge.message(outer=oids.GBT_SIGNED_DATA, inner=oids.GBT_DATA, signers=(signer,)))
    assert Deviation.KEY_IDENTIFIER in gbt.signers[0].notes
