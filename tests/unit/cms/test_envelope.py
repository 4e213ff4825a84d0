"""Encrypted messages: written, read and opened; what cannot be opened has one answer."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

import pytest

from tests.support.pki import ENCRYPTION_USAGE, Member, PkiWorld
from trustkit.cms import oids
from trustkit.cms.cosign import SigningParty
from trustkit.cms.encrypt import encrypt_message
from trustkit.cms.envelope_model import EnvelopeKind, RecipientKind
from trustkit.cms.envelope_read import parse_enveloped_message
from trustkit.cms.message_read import parse_message
from trustkit.cms.model import Deviation, Dialect
from trustkit.cms.open import Opener, open_message
from trustkit.cms.sign_encrypt import sign_and_encrypt
from trustkit.cms.verify import verify_signer
from trustkit.crypto.cipher import encrypt, fresh_key, fresh_parameters
from trustkit.crypto.cipher_suites import CipherSuite
from trustkit.crypto.public_key import KeyKind
from trustkit.crypto.sm2_encrypt import encrypt_sm2
from trustkit.custody.private_key import PrivateKey, generate_key
from trustkit.encoding import der
from trustkit.encoding import der_write as w
from trustkit.errors import ErrorCode, TrustError

if TYPE_CHECKING:
    from collections.abc import Callable

    from trustkit.error_family import Code

CONTENT = "密件\n".encode() * 40
SM4_CBC, SM4_CTR, SM4_GCM, AES_GCM, AES_CBC = (
    CipherSuite.SM4_CBC,
    CipherSuite.SM4_CTR,
    CipherSuite.SM4_GCM,
    CipherSuite.AES256_GCM,
    CipherSuite.AES128_CBC,
)


@cache
def recipient(kind: KeyKind, name: str = "收件人") -> tuple[Member, PrivateKey]:
    world = PkiWorld()
    key = generate_key(kind)
    return world.issue(name, usage=ENCRYPTION_USAGE, signer=key.signer()), key


def opener(key: PrivateKey) -> Opener:
    match key.kind:
        case KeyKind.SM2:
            return Opener(sm2=key.decryptor())
        case KeyKind.RSA:
            return Opener(rsa=key.oaep_decryptor())
        case _:
            return Opener(ec=key.ecdh_key())


@pytest.mark.parametrize("by_key_identifier", [False, True])
@pytest.mark.parametrize(
    "suite", [SM4_CBC, SM4_GCM, AES_GCM, AES_CBC, SM4_CTR, CipherSuite.AES192_CBC, CipherSuite.AES128_GCM]
)
def test_several_recipients_of_every_kind(suite: CipherSuite, *, by_key_identifier: bool) -> None:
    people = [recipient(kind) for kind in (KeyKind.SM2, KeyKind.RSA, KeyKind.EC_P256, KeyKind.EC_P384)]
    people.append(recipient(KeyKind.SM2, "另一收件人"))
    octets = encrypt_message(
        CONTENT,
        tuple(member.certificate for member, _ in people),
        dialect=Dialect.RFC5652,
        suite=suite,
        by_key_identifier=by_key_identifier,
        malleable=suite is SM4_CTR,
    )
    der.parse_strict(octets)
    message = parse_message(octets)
    assert message == parse_enveloped_message(octets)
    assert message.notes == ()
    assert message.kind is (EnvelopeKind.AUTH_ENVELOPED if suite.authenticates else EnvelopeKind.ENVELOPED)
    assert len(message.recipients) == 5
    for member, key in people:
        for certificate in (member.certificate, None):
            opened = open_message(message, opener(key), certificate=certificate)
            assert opened.content == CONTENT
            assert opened.authenticated is suite.authenticates
            assert opened.suite == suite.value
    assert CONTENT not in octets
    assert "密件" not in repr(opened)


def test_a_recipient_nobody_here_can_use_is_passed_over() -> None:
    """OAEP with a hash nobody here knows costs the other recipients nothing; it is said when no other is left."""
    world, keys = PkiWorld(), [generate_key(KeyKind.RSA) for _ in range(2)]
    people = [(world.issue("x", usage=ENCRYPTION_USAGE, signer=each.signer()), each) for each in keys]
    sha256, unknown = w.oid("2.16.840.1.101.3.4.2.1"), w.oid("2.16.840.1.101.3.4.2.99")
    octets = encrypt_message(CONTENT, tuple(each.certificate for each, _ in people), dialect=Dialect.RFC5652)
    serials = [each.serial for each in parse_enveloped_message(octets).recipients]
    (first, key), (_, other) = sorted(people, key=lambda each: serials.index(each[0].certificate.serial))
    bent = parse_enveloped_message(octets.replace(sha256, unknown, 2))  # hash and mask of the first
    assert open_message(bent, opener(other)).content == CONTENT
    refused = (
        (key, None, ErrorCode.DECRYPTION_FAILED),
        (key, first.certificate, ErrorCode.ALGORITHM_UNKNOWN),
        (other, first.certificate, ErrorCode.ALGORITHM_UNKNOWN),
    )
    for used, certificate, code in refused:
        with pytest.raises(TrustError) as refusal:
            open_message(bent, opener(used), certificate=certificate)
        assert refusal.value.code is code


def test_gbt_shape() -> None:
    member, key = recipient(KeyKind.SM2)
    octets = encrypt_message(CONTENT, (member.certificate,), dialect=Dialect.GBT35275)
    message = parse_enveloped_message(octets)
    assert (message.dialect, message.version, message.notes) == (Dialect.GBT35275, 1, ())
    assert message.content.content_type == oids.GBT_DATA
    assert message.content.algorithm.oid == "1.2.156.10197.1.104.2"
    algorithm = message.recipients[0].algorithm
    assert algorithm is not None
    assert (algorithm.oid, algorithm.parameters) == ("1.2.156.10197.1.301.3", None)
    assert open_message(message, opener(key), certificate=member.certificate).content == CONTENT


def test_empty_content_and_same_recipient_twice() -> None:
    member, key = recipient(KeyKind.SM2)
    octets = encrypt_message(b"", (member.certificate,) * 2, dialect=Dialect.GBT35275)
    message = parse_enveloped_message(octets)
    assert len(message.recipients) == 1
    assert open_message(message, opener(key)).content == b""


def test_signed_and_enveloped() -> None:
    world = PkiWorld()
    member, key = recipient(KeyKind.SM2)
    parties = tuple(
        SigningParty(signer=each.signer, certificate=each.certificate) for each in (world.signer, world.issue("会签人"))
    )
    octets = sign_and_encrypt(CONTENT, parties, recipients=(member.certificate,))
    der.parse_strict(octets)
    message = parse_enveloped_message(octets)
    assert message.kind is EnvelopeKind.SIGNED_AND_ENVELOPED
    assert message.notes == ()
    opened = open_message(message, opener(key), certificate=member.certificate)
    signed = message.signatures()
    names = {verify_signer(signed, index, content=opened.content).certificate.common_name for index in range(2)}
    assert names == {world.signer.certificate.common_name, "会签人"}
    with pytest.raises(TrustError) as refusal:
        verify_signer(signed, 0, content=opened.content + b"!")
    assert refusal.value.code is ErrorCode.CMS_DIGEST_MISMATCH


@pytest.mark.parametrize("suite", [SM4_CBC, SM4_GCM])
def test_one_answer_for_everything_that_is_wrong(suite: CipherSuite) -> None:
    member, key = recipient(KeyKind.SM2)
    _, stranger = recipient(KeyKind.SM2, "外人")
    octets = encrypt_message(CONTENT, (member.certificate,), dialect=Dialect.RFC5652, suite=suite)
    message = parse_enveloped_message(octets)
    assert message.content.octets is not None
    place = octets.index(message.content.octets)
    key_place = octets.index(message.recipients[0].encrypted_key)
    size = len(message.content.octets)
    bent = [_flip(octets, key_place + 20), _flip(octets, key_place + len(message.recipients[0].encrypted_key) - 1)]
    bent += [_flip(octets, place + size - 1)] if suite is SM4_GCM else []
    for each in bent:
        assert _refusal(each, key) is ErrorCode.DECRYPTION_FAILED
    assert _refusal(octets, stranger) is ErrorCode.DECRYPTION_FAILED


def _flip(octets: bytes, position: int) -> bytes:
    return octets[:position] + bytes((octets[position] ^ 1,)) + octets[position + 1 :]


def _refusal(octets: bytes, key: PrivateKey) -> Code:
    with pytest.raises(TrustError) as refusal:
        open_message(parse_enveloped_message(octets), opener(key))
    return refusal.value.code


def test_padding_says_nothing() -> None:
    """Every last octet of the ciphertext: the content or DECRYPTION_FAILED, and nothing else to be told apart."""
    member, key = recipient(KeyKind.SM2)
    octets = encrypt_message(b"x" * 16, (member.certificate,), dialect=Dialect.GBT35275)
    answers = set()
    for value in range(0, 256, 5):
        try:
            open_message(parse_enveloped_message(octets[:-17] + bytes((value,)) + octets[-16:]), opener(key))
        except TrustError as error:
            answers.add((error.code, error.detail))
    assert len(answers) <= 1
    assert {code for code, _ in answers} <= {ErrorCode.DECRYPTION_FAILED}


def test_who_may_not_be_written_to() -> None:
    world = PkiWorld()
    member, _ = recipient(KeyKind.SM2)
    rsa, _ = recipient(KeyKind.RSA)
    ed = PkiWorld().issue("ed", usage=ENCRYPTION_USAGE, kind=KeyKind.ED25519).certificate
    cases: list[tuple[Callable[[], object], Code, str]] = [
        (lambda: _write(world.signer.certificate), ErrorCode.CERTIFICATE_PURPOSE, "a signing certificate"),
        (lambda: _write(world.root.certificate), ErrorCode.CERTIFICATE_PURPOSE, "no encryption certificate"),
        (lambda: _write(world.tsa.certificate), ErrorCode.CERTIFICATE_PURPOSE, ""),
        (lambda: _write(ed), ErrorCode.KEY_UNSUPPORTED, ""),
        (lambda: _write(rsa.certificate), ErrorCode.ALGORITHM_MISMATCH, "GB/T 35275 encrypts to SM2"),
        (lambda: _write(member.certificate, suite=SM4_GCM), ErrorCode.ALGORITHM_MISMATCH, ""),
        (lambda: _write(member.certificate, by_key_identifier=True), ErrorCode.ALGORITHM_MISMATCH, ""),
        (lambda: _write(member.certificate, suite=SM4_CTR, malleable=True), ErrorCode.ALGORITHM_MISMATCH, ""),
        (
            lambda: _write(member.certificate, dialect=Dialect.RFC5652, suite=SM4_CTR),
            ErrorCode.USAGE,
            "counter mode",
        ),
        (lambda: encrypt_message(b"", (), dialect=Dialect.RFC5652), ErrorCode.USAGE, ""),
        (lambda: sign_and_encrypt(b"", (), recipients=(member.certificate,)), ErrorCode.USAGE, ""),
    ]
    for act, code, detail in cases:
        with pytest.raises(TrustError, match=detail or None) as refusal:
            act()
        assert refusal.value.code is code


def _write(certificate: object, *, dialect: Dialect = Dialect.GBT35275, **options: object) -> bytes:
    return encrypt_message(CONTENT, (certificate,), dialect=dialect, **options)  # type: ignore[arg-type]


def forged(
    *,
    transport: str = oids.SM2_ENCRYPT,
    cipher: bytes | None = None,
    recipients: tuple[bytes, ...] | None = None,
    outer: str = oids.GBT_ENVELOPED_DATA,
    body: Callable[[bytes], bytes] | None = None,
    shared: bytes = b"",
    version: int = 1,
    content_key: bytes | None = None,
) -> bytes:
    """Return an envelope for `recipient(KeyKind.SM2)` with any part bent."""
    member, _ = recipient(KeyKind.SM2)
    key, parameters = fresh_key(SM4_CBC), fresh_parameters(SM4_CBC)
    encrypted = encrypt(parameters, key, CONTENT)
    info = w.sequence(
        w.integer(version),
        w.sequence(member.certificate.issuer_der, w.integer(member.certificate.serial)),
        w.sequence(w.oid(transport)),
        w.octet_string(encrypt_sm2(member.certificate.public_key, content_key or key)),
    )
    algorithm = cipher or parameters.algorithm_identifier()
    if cipher == b"\x30":  # CFCA: SM4 by its bare OID, beside an IV
        algorithm = w.sequence(w.oid(oids.SM4_WITHOUT_MODE), w.octet_string(parameters.iv))
    content = body(encrypted) if body else w.implicit(0, w.octet_string(encrypted))
    return w.sequence(
        w.oid(outer),
        w.explicit(
            0,
            w.sequence(
                w.integer(version),
                w.tlv(0x31, b"".join(recipients if recipients is not None else (info,))),
                w.sequence(w.oid(oids.GBT_DATA), algorithm, content, shared),
            ),
        ),
    )


def _segments(encrypted: bytes) -> bytes:
    return w.tlv(0xA0, w.octet_string(encrypted[:32]) + w.octet_string(encrypted[32:]))


DIALECTS = {
    "as written": ({}, ()),
    "GmSSL names key exchange": ({"transport": oids.SM2_KEY_EXCHANGE}, (Deviation.KEY_TRANSPORT_IS_EXCHANGE,)),
    "CFCA names no mode": ({"cipher": b"\x30"}, (Deviation.SM4_WITHOUT_MODE,)),
    "shared information": ({"shared": w.implicit(1, w.octet_string(b"x"))}, (Deviation.SHARED_INFO,)),
    "in segments": ({"body": _segments}, (Deviation.BER,)),
    "another version": ({"version": 0}, (Deviation.VERSION,)),
}


@pytest.mark.parametrize(("bent", "notes"), DIALECTS.values(), ids=DIALECTS.keys())
def test_dialects_are_opened_and_named(bent: dict[str, object], notes: tuple[Deviation, ...]) -> None:
    message = parse_enveloped_message(forged(**bent))  # type: ignore[arg-type]
    assert message.notes == notes
    _, key = recipient(KeyKind.SM2)
    opened = open_message(message, opener(key))
    assert opened.content == CONTENT
    assert opened.notes == notes


def test_cfca_recipients_by_key_identifier() -> None:
    member, key = recipient(KeyKind.SM2)
    octets = encrypt_message(
        CONTENT, (member.certificate,), dialect=Dialect.RFC5652, suite=SM4_CBC, by_key_identifier=True
    )
    outer, inner = w.oid(oids.ENVELOPED_DATA), w.oid(oids.GBT_ENVELOPED_DATA)
    body = octets[octets.index(outer) + len(outer) :]
    message = parse_enveloped_message(w.sequence(inner, body))
    assert set(message.notes) == {Deviation.RECIPIENT_KEY_IDENTIFIER, Deviation.VERSION}
    assert open_message(message, opener(key), certificate=member.certificate).content == CONTENT


UNOPENED = {
    "PKCS#1 v1.5": ({"transport": oids.RSA_PKCS1}, ErrorCode.CMS_NO_RECIPIENT),
    "password": ({"recipients": (w.tlv(0xA3, b""),)}, ErrorCode.CMS_NO_RECIPIENT),
    "3DES": ({"cipher": w.sequence(w.oid("1.2.840.113549.3.7"), w.octet_string(bytes(8)))}, ErrorCode.ALGORITHM_WEAK),
    "unknown cipher": ({"cipher": w.sequence(w.oid("1.2.3"))}, ErrorCode.ALGORITHM_UNKNOWN),
    "IV missing": ({"cipher": w.sequence(w.oid("1.2.156.10197.1.104.2"))}, ErrorCode.CIPHERTEXT_MALFORMED),
    "content elsewhere": ({"body": lambda _: b""}, ErrorCode.CMS_CONTENT_MISSING),
    "key of another length": ({"content_key": bytes(15)}, ErrorCode.DECRYPTION_FAILED),
    "ciphertext cut": ({"body": lambda e: w.implicit(0, w.octet_string(e[:-1]))}, ErrorCode.DECRYPTION_FAILED),
    "GCM in EnvelopedData": (
        {"cipher": fresh_parameters(SM4_GCM).algorithm_identifier()},
        ErrorCode.ALGORITHM_MISMATCH,
    ),
}


@pytest.mark.parametrize(("bent", "code"), UNOPENED.values(), ids=UNOPENED.keys())
def test_what_is_read_and_not_opened(bent: dict[str, object], code: Code) -> None:
    _, key = recipient(KeyKind.SM2)
    assert _refusal(forged(**bent), key) is code  # type: ignore[arg-type]


def test_pkcs1_key_transport_is_refused_by_name() -> None:
    _, key = recipient(KeyKind.RSA)
    with pytest.raises(TrustError, match=r"PKCS#1 v1\.5") as refusal:
        open_message(parse_enveloped_message(forged(transport=oids.RSA_PKCS1)), opener(key))
    assert refusal.value.code is ErrorCode.ALGORITHM_WEAK


UNREAD = {
    "nobody": ({"recipients": ()}, ErrorCode.CMS_NO_RECIPIENT),
    "recipient of no kind": ({"recipients": (w.null(),)}, ErrorCode.CMS_MALFORMED),
    "recipient cut": ({"recipients": (w.sequence(w.integer(1)),)}, ErrorCode.CMS_MALFORMED),
    "segments of another kind": ({"body": lambda _: w.tlv(0xA0, w.null())}, ErrorCode.CMS_MALFORMED),
    "another type": ({"outer": oids.SIGNED_DATA}, ErrorCode.CMS_UNSUPPORTED),
    "surplus": ({"shared": w.null()}, ErrorCode.CMS_MALFORMED),
}


@pytest.mark.parametrize(("bent", "code"), UNREAD.values(), ids=UNREAD.keys())
def test_what_is_not_read(bent: dict[str, object], code: Code) -> None:
    with pytest.raises(TrustError) as refusal:
        parse_enveloped_message(forged(**bent))  # type: ignore[arg-type]
    assert refusal.value.code is code


def test_other_recipients_are_told() -> None:
    message = parse_enveloped_message(forged(recipients=tuple(w.tlv(tag, b"") for tag in (0xA2, 0xA3, 0xA4))))
    opened = {RecipientKind.KEY_TRANSPORT, RecipientKind.KEY_AGREEMENT}
    assert {each.kind for each in message.recipients} == set(RecipientKind) - opened


def _agreement(*, point: bytes = b"\x04" + bytes(64), tag: int = 0xA1, keys: bytes | None = None) -> bytes:
    member, _ = recipient(KeyKind.EC_P256)
    named = w.sequence(member.certificate.issuer_der, w.integer(member.certificate.serial))
    listed = w.sequence(named, w.octet_string(bytes(24))) if keys is None else keys
    public = w.sequence(w.sequence(w.oid("1.2.840.10045.2.1")), w.bit_string(point))
    scheme = w.sequence(w.oid("1.3.132.1.11.1"), w.sequence(w.oid("2.16.840.1.101.3.4.1.5")))
    body = w.sequence(w.integer(3), w.explicit(0, w.tlv(tag, public[2:])), scheme, w.sequence(listed))
    return w.implicit(1, body)


AGREEMENTS = {
    "a point off the curve": (_agreement(), ErrorCode.DECRYPTION_FAILED),
    "no point": (_agreement(point=b""), ErrorCode.CMS_NO_RECIPIENT),
    "a sender named by key identifier": (_agreement(tag=0xA0), ErrorCode.CMS_NO_RECIPIENT),
    "keys for nobody": (_agreement(keys=b""), ErrorCode.CMS_NO_RECIPIENT),
    "keys of another shape": (_agreement(keys=w.null()), ErrorCode.CMS_MALFORMED),
    "nothing": (w.tlv(0xA1, b""), ErrorCode.CMS_MALFORMED),
}


@pytest.mark.parametrize(("info", "code"), AGREEMENTS.values(), ids=AGREEMENTS.keys())
def test_key_agreements_that_open_nothing(info: bytes, code: Code) -> None:
    _, key = recipient(KeyKind.EC_P256)
    with pytest.raises(TrustError) as refusal:
        open_message(parse_enveloped_message(forged(recipients=(info,))), opener(key))
    assert refusal.value.code is code


def test_an_agreement_with_another_key_opens_nothing() -> None:
    member, _ = recipient(KeyKind.EC_P256)
    octets = encrypt_message(CONTENT, (member.certificate,), dialect=Dialect.RFC5652, suite=SM4_CBC)
    for stranger in (generate_key(KeyKind.EC_P256), generate_key(KeyKind.EC_P384)):
        assert _refusal(octets, stranger) is ErrorCode.DECRYPTION_FAILED
