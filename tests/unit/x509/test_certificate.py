"""Reading certificates: octets as found, leniency where meaning is plain, refusal where a reading would be a guess."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest

from tests.support.certificate_forge import VALIDITY, forge_certificate, usual_extensions
from trustkit.crypto.public_key import KeyKind
from trustkit.encoding import der_write as w
from trustkit.errors import ErrorCode, TrustError
from trustkit.x509 import extensions as ext
from trustkit.x509.certificate import MAX_CERTIFICATE_SIZE, Certificate, parse_certificate, read_resigned

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.support.pki import PkiWorld
    from trustkit.error_family import Code

SM2_SM3 = w.sequence(w.oid("1.2.156.10197.1.501"))
SM2_SM3_NULL = w.sequence(w.oid("1.2.156.10197.1.501"), w.null())
SAN, NETSCAPE = "2.5.29.17", "2.16.840.1.113730.1.1"


def test_reads_back_what_was_built(world: PkiWorld) -> None:
    certificate = world.signer.certificate
    assert certificate.version == 3
    assert certificate.subject == "C=CN, O=示例市政务服务管理局, OU=1199010000TRYQK01Q, CN=电子证照签发专用章"
    assert certificate.issuer_der == world.issuing.certificate.subject_der
    assert certificate.common_name == "电子证照签发专用章"
    assert certificate.key_usage == frozenset({"digitalSignature", "nonRepudiation"})
    assert certificate.extended_key_usage is None
    assert not certificate.is_ca
    assert certificate.subject_key_id == certificate.public_key.identifier
    assert certificate.authority_key_id == world.issuing.certificate.subject_key_id
    assert certificate.crl_urls == (f"http://pki.example.test/crl/{world.issuing.certificate.serial:x}.crl",)
    assert certificate.aia.issuer_urls == (f"http://pki.example.test/ca/{world.issuing.certificate.serial:x}.cer",)
    assert certificate.signature_oid == "1.2.156.10197.1.501"
    assert certificate.signature_parameters is None
    assert certificate.public_key.kind is KeyKind.SM2
    assert (certificate.unreadable, certificate.notes) == (frozenset(), ())
    assert world.issuing.certificate.path_length == 0
    assert world.tsa.certificate.extended_key_usage == ("timeStamping",)


def test_octets_are_as_found(world: PkiWorld) -> None:
    certificate = world.signer.certificate
    assert certificate.der.startswith(b"\x30\x82")
    assert certificate.der[4:].startswith(certificate.tbs)
    assert certificate.der.endswith(certificate.signature)
    for part in (certificate.issuer_der, certificate.subject_der, certificate.spki):
        assert part in certificate.tbs


def test_identity_is_the_octets_and_no_name_leaks_into_logs(world: PkiWorld) -> None:
    again = parse_certificate(world.signer.der)
    assert again == world.signer.certificate
    assert len({again, world.signer.certificate, world.tsa.certificate}) == 2
    assert again != world.signer.der
    assert "CN=" not in repr(again)
    assert "专用章" not in repr(again)
    assert again.fingerprint_sm3[:16] in repr(again)


def rdn(oid: str, value: bytes) -> bytes:
    return w.sequence(w.set_of(w.sequence(w.oid(oid), value)))


# What real certificates do, and what it must read as: (changed fields, attribute, expected)
ODDITIES: list[tuple[str, dict[str, Any], Callable[[Any], object], object]] = [
    ("email that is not IA5", {"subject": rdn("1.2.840.113549.1.9.1", w.tlv(0x16, "税@例.cn".encode("gbk")))},
     lambda c: c.subject, "emailAddress=税@例.cn"),
    ("GBK in a PrintableString", {"subject": rdn("2.5.4.10", w.tlv(0x13, "税务局".encode("gbk")))},
     lambda c: c.subject, "O=税务局"),
    ("empty subject", {"subject": w.sequence()}, lambda c: c.subject, ""),
    ("SAN with a primitive directoryName", {"extensions": (ext.extension(SAN, w.sequence(w.tlv(0x84, b"\x30\x00"))),)},
     lambda c: c.notes, ()),
    ("SAN that is no DER", {"extensions": (ext.extension(SAN, b"\xff\xff"),)}, lambda c: c.notes, ()),
    ("NULL parameters", {"inner_algorithm": SM2_SM3_NULL, "outer_algorithm": SM2_SM3_NULL},
     lambda c: c.signature_parameters, b"\x05\x00"),
    ("NULL on the outside only", {"outer_algorithm": SM2_SM3_NULL}, lambda c: c.signature_oid, "1.2.156.10197.1.501"),
    ("NULL on the inside only", {"inner_algorithm": SM2_SM3_NULL}, lambda c: c.signature_parameters, None),
    ("negative serial", {"serial": w.integer(-5)}, lambda c: (c.serial, c.notes), (-5, ("serial number is negative",))),
    ("serial zero", {"serial": w.integer(0)}, lambda c: c.notes, ("serial number is zero",)),
    ("serial of 21 octets", {"serial": w.integer(1 << 160)}, lambda c: c.notes, ("serial number is longer than 20 octets",)),
    ("padded serial", {"serial": w.tlv(2, b"\x00\x05")}, lambda c: (c.serial, c.notes), (5, ("serial number is not minimal",))),
    ("version 1 with extensions", {"version": b""}, lambda c: (c.version, len(c.notes)), (1, 1)),
    ("version 1", {"version": b"", "after_key": b""}, lambda c: (c.version, c.key_usage, c.notes), (1, None, ())),
    ("unique identifiers", {"after_key": w.tlv(0x81, b"\x00\x01") + w.tlv(0x82, b"\x00\x01")}, lambda c: c.notes, ()),
    ("explicit FALSE", {"extensions": (w.sequence(w.oid(NETSCAPE), w.boolean(value=False), w.octet_string(b"")),)},
     lambda c: c.extensions[NETSCAPE].critical, False),
    ("TRUE as 01", {"extensions": (w.sequence(w.oid(NETSCAPE), b"\x01\x01\x01", w.octet_string(b"")),)},
     lambda c: c.extensions[NETSCAPE].critical, True),
    ("keyUsage with trailing zero bits", {"extensions": (ext.extension("2.5.29.15", b"\x03\x02\x00\xc0"),)},
     lambda c: c.key_usage, {"digitalSignature", "nonRepudiation"}),
    ("keyUsage of nine bits", {"extensions": (ext.extension("2.5.29.15", b"\x03\x03\x07\x80\x80"),)},
     lambda c: c.key_usage, {"digitalSignature", "decipherOnly"}),
    ("keyUsage no BIT STRING", {"extensions": (ext.extension("2.5.29.15", b"\x04\x01\xff"),)},
     lambda c: (c.key_usage, c.unreadable, c.notes),
     (frozenset(), frozenset({"2.5.29.15"}), ("unreadable extension 2.5.29.15",))),
    ("unreadable EKU", {"extensions": (ext.extension("2.5.29.37", b"\x30\x01"),)}, lambda c: c.extended_key_usage, ()),
    ("unreadable basicConstraints", {"extensions": (ext.extension("2.5.29.19", b"\x31\x00"),)},
     lambda c: (c.is_ca, c.unreadable), (False, frozenset({"2.5.29.19"}))),
    ("unreadable key identifiers", {"extensions": (ext.extension("2.5.29.14", b""), ext.extension("2.5.29.35", b"x"))},
     lambda c: (c.subject_key_id, c.authority_key_id), (None, None)),
    ("AKI by issuer and serial", {"extensions": (ext.extension("2.5.29.35", w.sequence(w.tlv(0x82, b"\x01"))),)},
     lambda c: (c.authority_key_id, c.unreadable), (None, frozenset())),
    ("signature not of whole octets", {"signature": b"\x03\x03\x04\xff\xf0"}, lambda c: c.signature, b""),
    ("empty signature", {"signature": b"\x03\x00"}, lambda c: c.signature, b""),
    ("SM2 curve as algorithm and parameter",
     {"spki": w.sequence(w.sequence(w.oid("1.2.156.10197.1.301"), w.oid("1.2.156.10197.1.301")), w.bit_string(b"\x04"))},
     lambda c: len(c.spki), 28),
    ("GeneralizedTime before 2050",
     {"validity": w.sequence(w.tlv(0x18, b"20261101000000Z"), w.tlv(0x18, b"20281101000000Z"))},
     lambda c: c.not_after, datetime(2028, 11, 1, tzinfo=UTC)),
    ("validity the wrong way round", {"validity": w.sequence(*reversed([VALIDITY[2:17], VALIDITY[17:]]))},
     lambda c: c.not_before > c.not_after, True),
    ("a CRL point without a name", {"extensions": (ext.extension("2.5.29.31", w.sequence(w.sequence())),)},
     lambda c: (c.crl_urls, c.unreadable), ((), frozenset())),
    ("an LDAP-like URL that is not ASCII",
     {"extensions": (ext.extension("2.5.29.31", w.sequence(w.sequence(w.explicit(0, w.explicit(0, w.tlv(0x86, b"\xe7")))))),)},
     lambda c: c.crl_urls, ()),
]  # fmt: skip


@pytest.mark.parametrize(
    ("fields", "look", "expected"), [row[1:] for row in ODDITIES], ids=[row[0] for row in ODDITIES]
)
def test_real_world_oddities_are_survived(
    world: PkiWorld, fields: dict[str, Any], look: Callable[[Any], object], expected: object
) -> None:
    certificate = parse_certificate(forge_certificate(world, **fields))
    assert look(certificate) == expected
    repr(certificate)


def test_variant_public_key_is_usable(world: PkiWorld) -> None:
    point = world.signer.signer.public_key.subject_public_key
    curve = w.oid("1.2.156.10197.1.301")
    certificate = parse_certificate(
        forge_certificate(world, spki=w.sequence(w.sequence(curve, curve), w.bit_string(point)))
    )
    assert certificate.public_key.sm2_point == world.signer.signer.public_key.sm2_point


SHA256_RSA = w.sequence(w.oid("1.2.840.113549.1.1.11"), w.null())
MALFORMED: list[tuple[str, dict[str, Any]]] = [
    ("octets after the certificate", {"tail": b"\x00"}),
    ("version 4", {"version": w.explicit(0, w.integer(3))}),
    ("version with a tail", {"version": w.explicit(0, w.integer(2) + w.integer(2))}),
    ("serial missing", {"serial": b""}),
    ("serial no INTEGER", {"serial": w.octet_string(b"5")}),
    ("serial empty", {"serial": b"\x02\x00"}),
    ("serial enormous", {"serial": w.tlv(2, b"\x01" * 129)}),
    ("algorithms differ", {"outer_algorithm": SHA256_RSA}),
    ("parameters differ", {"outer_algorithm": w.sequence(w.oid("1.2.156.10197.1.501"), w.integer(1))}),
    ("algorithm of three members", {"inner_algorithm": w.sequence(w.oid("1.2.3"), w.null(), w.null())}),
    ("algorithm empty", {"outer_algorithm": w.sequence()}),
    ("issuer no SEQUENCE", {"issuer": w.set_of()}),
    ("subject no SEQUENCE", {"subject": w.utf8_string("CN=x")}),
    ("public key no SEQUENCE", {"spki": w.bit_string(b"")}),
    ("validity of one time", {"validity": w.sequence(w.tlv(0x17, b"261101000000Z"))}),
    ("validity of words", {"validity": w.sequence(w.utf8_string("now"), w.utf8_string("ever"))}),
    ("February 30", {"validity": w.sequence(w.tlv(0x17, b"260230000000Z"), w.tlv(0x17, b"281101000000Z"))}),
    ("time with an offset", {"validity": w.sequence(w.tlv(0x17, b"261101000000+0800"), w.tlv(0x17, b"281101000000Z"))}),
    ("extension twice", {"extensions": (ext.key_usage(["digitalSignature"]), ext.key_usage(["keyCertSign"]))}),
    ("extension without a value", {"extensions": (w.sequence(w.oid("1.2.3")),)}),
    ("extension with a tail", {"extensions": (w.sequence(w.oid("1.2.3"), w.octet_string(b""), w.null()),)}),
    ("extension id missing", {"extensions": (w.sequence(w.octet_string(b"")),)}),
    ("criticality of two octets", {"extensions": (w.sequence(w.oid("1.2.3"), b"\x01\x02\xff\xff", w.octet_string(b"")),)}),
    ("65 extensions", {"extensions": tuple(ext.extension(f"1.2.3.{n}", b"") for n in range(65))}),
    ("extensions without their SEQUENCE", {"after_key": w.explicit(3, w.set_of())}),
    ("extensions with a tail", {"after_key": w.explicit(3, w.sequence() + w.sequence())}),
    ("extensions twice", {"after_key": w.explicit(3, w.sequence()) * 2}),
    ("unknown field at the end", {"after_key": w.explicit(4, w.sequence())}),
    ("unique identifiers in the wrong order", {"after_key": w.tlv(0x82, b"\x00") + w.tlv(0x81, b"\x00")}),
    ("signature no BIT STRING", {"signature": w.octet_string(b"x")}),
]  # fmt: skip


@pytest.mark.parametrize("fields", [row[1] for row in MALFORMED], ids=[row[0] for row in MALFORMED])
def test_malformed_certificates_are_refused(world: PkiWorld, fields: dict[str, Any]) -> None:
    with pytest.raises(TrustError) as caught:
        parse_certificate(forge_certificate(world, **fields))
    assert caught.value.code is ErrorCode.CERTIFICATE_MALFORMED


@pytest.mark.parametrize(
    ("octets", "code"),
    [
        (b"", ErrorCode.CERTIFICATE_MALFORMED),
        (b"\x30\x00", ErrorCode.CERTIFICATE_MALFORMED),
        (b"\x30\x80\x30\x00\x00\x00", ErrorCode.CERTIFICATE_MALFORMED),
        (b"-----BEGIN CERTIFICATE-----", ErrorCode.CERTIFICATE_MALFORMED),
        (w.sequence(w.sequence(), SM2_SM3, w.bit_string(b"")), ErrorCode.CERTIFICATE_MALFORMED),
        (b"\x30" * (MAX_CERTIFICATE_SIZE + 1), ErrorCode.INPUT_TOO_LARGE),
    ],
)
def test_other_octets_are_refused(octets: bytes, code: Code) -> None:
    with pytest.raises(TrustError) as caught:
        parse_certificate(octets)
    assert caught.value.code is code


def test_every_truncation_is_refused(world: PkiWorld) -> None:
    whole = world.signer.der
    for size in range(len(whole)):
        with pytest.raises(TrustError):
            parse_certificate(whole[:size])


def test_unreadable_key_is_told_when_it_is_asked_for(world: PkiWorld) -> None:
    certificate = parse_certificate(forge_certificate(world, spki=w.sequence()))
    with pytest.raises(TrustError) as caught:
        _ = certificate.public_key
    assert caught.value.code is ErrorCode.KEY_MALFORMED


def test_usual_extensions_are_the_forge_default(world: PkiWorld) -> None:
    certificate = parse_certificate(forge_certificate(world))
    assert len(certificate.extensions) == len(usual_extensions(world))


def test_another_signature_over_the_same_octets_reads_as_the_whole_would(world: PkiWorld) -> None:
    known = world.signer.certificate
    other = w.sequence(known.tbs, SM2_SM3, w.bit_string(b"another"))
    found, whole = read_resigned(other, known), parse_certificate(other)
    assert [getattr(found, name) for name in Certificate.__slots__] == [
        getattr(whole, name) for name in Certificate.__slots__
    ]


@pytest.mark.parametrize(
    "change",
    [
        lambda _known, other: other,
        lambda known, _other: known.der + b"\x00",
        lambda known, _other: known.der[:-1],
        lambda known, _other: w.sequence(known.tbs, w.sequence(w.oid("1.2.840.10045.4.3.2")), w.bit_string(b"x")),
        lambda known, _other: w.sequence(known.tbs[:-1] + bytes((known.tbs[-1] ^ 1,)), SM2_SM3, w.bit_string(b"x")),
    ],
)
def test_what_is_not_the_same_signed_part_is_not_reread(
    world: PkiWorld, change: Callable[[Certificate, bytes], bytes]
) -> None:
    known = world.signer.certificate
    with pytest.raises(TrustError) as caught:
        read_resigned(change(known, world.tsa.certificate.der), known)
    assert caught.value.code is ErrorCode.CERTIFICATE_MALFORMED
