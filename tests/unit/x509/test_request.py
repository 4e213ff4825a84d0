"""Certification requests: read strictly, proved to come from the key's owner, every other thing refused by name."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from tests.support.alternative_names import subject_alternative_names
from tests.support.sample_sm2 import SAMPLE_KEY, sign_digest
from trustkit.crypto.digest import DigestAlgorithm, digest
from trustkit.crypto.public_key import KeyKind
from trustkit.crypto.sm2 import message_digest
from trustkit.crypto.suites import SignatureSuite
from trustkit.custody.private_key import PrivateKey, generate_key
from trustkit.encoding import der_write as w
from trustkit.encoding.pem import encode_pem
from trustkit.errors import ErrorCode, TrustError
from trustkit.x509 import oids
from trustkit.x509.extensions import extension, key_usage
from trustkit.x509.name import Name
from trustkit.x509.request import MAX_REQUEST_SIZE, parse_request, verify_request, verify_requests
from trustkit.x509.request_build import RequestSpec, assemble_request, build_request_info

if TYPE_CHECKING:
    from collections.abc import Callable

    from trustkit.error_family import Code
    from trustkit.x509.request import UnverifiedRequest

SUBJECT = Name.build(country="CN", organisation="示例市政务服务管理局", common_name="申请人")
EXTENSIONS = (
    key_usage(("digitalSignature",)),
    subject_alternative_names(dns=("a.example.test",), uris=("https://a.example.test/",)),
)
SM2_SIGNATURE = SignatureSuite.SM2_SM3
WITHOUT_Z = ErrorCode.SIGNATURE_WITHOUT_Z


@cache
def key_of(kind: KeyKind) -> PrivateKey:
    return generate_key(kind)


def signed(info: bytes, kind: KeyKind = KeyKind.SM2, suite: SignatureSuite | None = None) -> bytes:
    signer = key_of(kind).signer(suite)
    return assemble_request(info, signer.suite, signer.sign(info))


def spec(kind: KeyKind = KeyKind.SM2, challenge: str | None = None) -> RequestSpec:
    spki = key_of(kind).public_key.spki
    return RequestSpec(subject_der=SUBJECT, spki=spki, extensions=EXTENSIONS, challenge_password=challenge)


def good(kind: KeyKind = KeyKind.SM2, suite: SignatureSuite | None = None) -> bytes:
    return signed(build_request_info(spec(kind)), kind, suite)


def info_of(*attributes: bytes, subject: bytes = SUBJECT, spki: bytes = b"", version: bytes = w.integer(0)) -> bytes:
    return w.sequence(version, subject, spki or key_of(KeyKind.SM2).public_key.spki, *attributes)


def attributes_of(*encoded: bytes) -> bytes:
    return w.implicit(0, w.set_of(*encoded))


def attribute(oid: str, *values: bytes) -> bytes:
    return w.sequence(w.oid(oid), w.set_of(*values))


@pytest.mark.parametrize("suite", list(SignatureSuite))
def test_every_suite(suite: SignatureSuite) -> None:
    octets = good(suite.key_kind, suite)
    request = verify_request(parse_request(octets))
    assert request.suite is suite
    assert (request.der, request.subject_der) == (octets, SUBJECT)
    assert request.public_key == key_of(suite.key_kind).public_key
    assert set(request.extensions) == {oids.KEY_USAGE, oids.SUBJECT_ALT_NAME}
    assert request.extensions[oids.KEY_USAGE].critical
    assert request.challenge_password is None
    assert request.subject == "C=CN, O=示例市政务服务管理局, CN=申请人"


@pytest.mark.parametrize("label", ["CERTIFICATE REQUEST", "NEW CERTIFICATE REQUEST"])
def test_pem(label: str) -> None:
    octets = good()
    assert parse_request(encode_pem(label, octets)).der == octets


@pytest.mark.parametrize(("challenge", "tag"), [("one-time 7", 0x13), ("一次性口令", 0x0C)])
def test_challenge_password(challenge: str, tag: int) -> None:
    info = build_request_info(spec(challenge=challenge))
    assert w.tlv(tag, challenge.encode()) in info
    request = verify_request(parse_request(signed(info)))
    assert request.challenge_password == challenge
    assert challenge not in repr(request)


def test_nothing_is_requested() -> None:
    for info in (info_of(), info_of(attributes_of())):
        request = verify_request(parse_request(signed(info)))
        assert (dict(request.extensions), request.attributes) == ({}, ())


def test_an_unknown_critical_extension_is_told_and_kept() -> None:
    odd = extension("1.2.3.4", w.null(), critical=True), extension("1.2.3.5", w.null())
    wanted = attribute(oids.EXTENSION_REQUEST, w.sequence(*odd, *EXTENSIONS))
    request = verify_request(parse_request(signed(info_of(attributes_of(wanted)))))
    assert request.extensions["1.2.3.4"].critical
    assert {"1.2.3.4", "1.2.3.5"} < set(request.extensions)


def test_other_attributes_are_kept_as_found() -> None:
    other = attribute("1.3.6.1.4.1.311.13.2.3", w.ia5_string("10.0.1.2"))
    request = parse_request(signed(info_of(attributes_of(other))))
    assert [(each.oid, each.values) for each in request.attributes] == [
        ("1.3.6.1.4.1.311.13.2.3", (w.ia5_string("10.0.1.2"),))
    ]


def test_the_extension_request_of_microsoft_is_read() -> None:
    wanted = attribute("1.3.6.1.4.1.311.2.1.14", w.sequence(*EXTENSIONS))
    assert len(parse_request(signed(info_of(attributes_of(wanted)))).extensions) == 2


def _algorithm(oid: str, *parameters: bytes) -> bytes:
    return w.sequence(w.oid(oid), *parameters)


def _weak_rsa() -> bytes:
    key = rsa.generate_private_key(65537, 1024).public_key()  # noqa: S505 - weak on purpose
    return key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)


def _off_the_curve() -> bytes:
    spki = key_of(KeyKind.SM2).public_key.spki
    return spki[:-1] + bytes((spki[-1] ^ 1,))


MALFORMED: dict[str, tuple[Callable[[], bytes], Code]] = {
    "empty": (lambda: b"", ErrorCode.REQUEST_INVALID),
    "trailing octets": (lambda: good() + b"\0", ErrorCode.REQUEST_INVALID),
    "cut short": (lambda: good()[:-1], ErrorCode.REQUEST_INVALID),
    "indefinite length": (lambda: b"\x30\x80" + good()[4:] + b"\0\0", ErrorCode.DER_NOT_DER),
    "long length": (lambda: b"\x30\x83\x00" + good()[2:], ErrorCode.DER_NOT_DER),
    "too large": (lambda: w.octet_string(bytes(MAX_REQUEST_SIZE)), ErrorCode.INPUT_TOO_LARGE),
    "far too large": (lambda: bytes(3 * MAX_REQUEST_SIZE), ErrorCode.INPUT_TOO_LARGE),
    "nested too deeply": (lambda: _nested(20), ErrorCode.REQUEST_INVALID),
    "another PEM label": (lambda: encode_pem("CERTIFICATE", good()), ErrorCode.REQUEST_INVALID),
    "two PEM blocks": (lambda: 2 * encode_pem("CERTIFICATE REQUEST", good()), ErrorCode.REQUEST_INVALID),
    "broken PEM": (lambda: b"-----BEGIN CERTIFICATE REQUEST-----\n!", ErrorCode.PEM_MALFORMED),
    "version 2": (lambda: signed(info_of(version=w.integer(1))), ErrorCode.REQUEST_INVALID),
    "five members": (lambda: signed(info_of(attributes_of(), w.null())), ErrorCode.REQUEST_INVALID),
    "attributes under [1]": (lambda: signed(info_of(w.implicit(1, w.set_of()))), ErrorCode.REQUEST_INVALID),
    "no name": (lambda: signed(info_of(subject=w.null())), ErrorCode.NAME_MALFORMED),
    "weak RSA": (lambda: signed(info_of(spki=_weak_rsa())), ErrorCode.KEY_WEAK),
    "point off the curve": (lambda: signed(info_of(spki=_off_the_curve())), ErrorCode.KEY_MALFORMED),
    "unknown key": (
        lambda: signed(info_of(spki=w.sequence(_algorithm("1.2.3"), w.bit_string(b"x")))),
        ErrorCode.KEY_UNSUPPORTED,
    ),
    "attribute twice": (
        lambda: signed(info_of(attributes_of(attribute("1.2.3", w.null()), attribute("1.2.3", w.integer(1))))),
        ErrorCode.REQUEST_INVALID,
    ),
    "attribute without value": (lambda: signed(info_of(attributes_of(attribute("1.2.3")))), ErrorCode.REQUEST_INVALID),
    "too many attributes": (
        lambda: signed(info_of(attributes_of(*(attribute(f"1.2.3.{n}", w.null()) for n in range(40))))),
        ErrorCode.REQUEST_INVALID,
    ),
    "too many values": (
        lambda: signed(info_of(attributes_of(attribute("1.2.3", *(w.integer(n) for n in range(40)))))),
        ErrorCode.REQUEST_INVALID,
    ),
    "two extension requests": (
        lambda: signed(
            info_of(attributes_of(*(attribute(oid, w.sequence(*EXTENSIONS)) for oid in oids.EXTENSION_REQUESTS)))
        ),
        ErrorCode.REQUEST_INVALID,
    ),
    "an extension twice": (
        lambda: signed(info_of(attributes_of(attribute(oids.EXTENSION_REQUEST, w.sequence(*2 * EXTENSIONS))))),
        ErrorCode.REQUEST_INVALID,
    ),
    "challenge password is no string": (
        lambda: signed(info_of(attributes_of(attribute(oids.CHALLENGE_PASSWORD, w.null())))),
        ErrorCode.REQUEST_INVALID,
    ),
    "challenge password too long": (
        lambda: signed(info_of(attributes_of(attribute(oids.CHALLENGE_PASSWORD, w.utf8_string("x" * 256))))),
        ErrorCode.REQUEST_INVALID,
    ),
    "two challenge passwords": (
        lambda: signed(
            info_of(attributes_of(attribute(oids.CHALLENGE_PASSWORD, w.utf8_string("a"), w.utf8_string("b"))))
        ),
        ErrorCode.REQUEST_INVALID,
    ),
    "signature with unused bits": (
        lambda: w.sequence(info_of(), SM2_SIGNATURE.algorithm_identifier(), w.bit_string(b"\x10", 4)),
        ErrorCode.REQUEST_INVALID,
    ),
}


def _nested(depth: int) -> bytes:
    value = w.null()
    for _ in range(depth):
        value = w.sequence(value)
    return signed(info_of(attributes_of(attribute("1.2.3", value))))


@pytest.mark.parametrize("name", MALFORMED)
def test_malformed(name: str) -> None:
    make, code = MALFORMED[name]
    with pytest.raises(TrustError) as caught:
        parse_request(make())
    assert caught.value.code is code


def _flipped() -> bytes:
    octets = bytearray(good())
    octets[octets.index("申请人".encode())] ^= 1
    return bytes(octets)


def _by(signature: Callable[[PrivateKey, bytes], bytes]) -> bytes:
    info = info_of(attributes_of())
    return assemble_request(info, SM2_SIGNATURE, signature(key_of(KeyKind.SM2), info))


def _stolen() -> bytes:
    """Return a request for somebody else's key, signed with one's own."""
    info = info_of(attributes_of())
    return assemble_request(info, SM2_SIGNATURE, generate_key(KeyKind.SM2).signer().sign(info))


def _named(identifier: bytes) -> bytes:
    info = info_of(attributes_of())
    return w.sequence(info, identifier, w.bit_string(key_of(KeyKind.SM2).signer().sign(info)))


NOT_PROVED: dict[str, tuple[Callable[[], bytes], Code]] = {
    "changed name": (_flipped, ErrorCode.SIGNATURE_WRONG),
    "another's key": (_stolen, ErrorCode.SIGNATURE_WRONG),
    "signature is no DER": (lambda: _by(lambda _key, _info: b"\0" * 64), ErrorCode.SIGNATURE_MALFORMED),
    "unknown algorithm": (lambda: _named(_algorithm("1.2.3")), ErrorCode.ALGORITHM_UNKNOWN),
    "SHA-1": (lambda: _named(_algorithm("1.2.840.10045.4.1")), ErrorCode.ALGORITHM_WEAK),
    "RSA with an SM2 key": (
        lambda: _named(SignatureSuite.RSA_PKCS1_SHA256.algorithm_identifier()),
        ErrorCode.ALGORITHM_MISMATCH,
    ),
}


@pytest.mark.parametrize("name", NOT_PROVED)
def test_not_proved(name: str) -> None:
    make, code = NOT_PROVED[name]
    request = parse_request(make())
    with pytest.raises(TrustError) as caught:
        verify_request(request)
    assert caught.value.code is code


def _alone(request: UnverifiedRequest) -> object:
    try:
        return verify_request(request)
    except TrustError as error:
        return error.code, error.detail


def test_many_at_once_are_told_apart_as_one_by_one() -> None:
    """Good ones of several kinds between all that are not proved: each answer is its own."""
    octets = [good(), *(NOT_PROVED[name][0]() for name in NOT_PROVED), good(KeyKind.EC_P256), good(KeyKind.RSA), good()]
    read = [parse_request(each) for each in octets]
    found = verify_requests(read)
    told = [(each.code, each.detail) if isinstance(each, TrustError) else each for each in found]
    assert told == [_alone(request) for request in read]
    assert [isinstance(each, TrustError) for each in found] == [False, *[True] * len(NOT_PROVED), *[False] * 3]
    assert verify_requests(()) == ()


@pytest.mark.parametrize(
    ("signer_id", "code"),
    [(b"", ErrorCode.SIGNATURE_WRONG_ID), (b"ALICE123@YAHOO.COM", ErrorCode.SIGNATURE_WRONG), (None, WITHOUT_Z)],
)
def test_the_usual_mistakes_with_sm2_are_told_apart(signer_id: bytes | None, code: Code) -> None:
    info = info_of(attributes_of(), spki=SAMPLE_KEY.spki)
    hashed = digest(DigestAlgorithm.SM3, info)
    e = hashed if signer_id is None else message_digest(SAMPLE_KEY.sm2_point, signer_id, info)
    request = parse_request(assemble_request(info, SM2_SIGNATURE, sign_digest(e)))
    with pytest.raises(TrustError) as caught:
        verify_request(request)
    assert caught.value.code is code


@pytest.mark.parametrize("challenge", ["", "x" * 256])
def test_nonsense_is_not_written(challenge: str) -> None:
    with pytest.raises(TrustError) as caught:
        build_request_info(spec(challenge=challenge))
    assert caught.value.code is ErrorCode.USAGE
    with pytest.raises(TrustError) as caught:
        build_request_info(RequestSpec(subject_der=b"\x05\x00", spki=key_of(KeyKind.SM2).public_key.spki))
    assert caught.value.code is ErrorCode.NAME_MALFORMED
