from __future__ import annotations

import copy
import os
import pickle
from concurrent.futures import ThreadPoolExecutor
from functools import cache

import pytest
from cryptography.hazmat.primitives.asymmetric import dsa, ec, rsa, x25519
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from tests.unit.crypto.keys import fast_engines
from trustkit.crypto.digest import digest
from trustkit.crypto.engines import scalar as scalars
from trustkit.crypto.engines.port import EngineAnswer
from trustkit.crypto.engines.selection import use_engines
from trustkit.crypto.engines.self_test import SAMPLE_POINT
from trustkit.crypto.public_key import KeyKind, PublicKey
from trustkit.crypto.sm2 import DEFAULT_SIGNER_ID, message_digest, parse_sm2_signature
from trustkit.crypto.suites import SignatureSuite
from trustkit.crypto.verify import verify_signature
from trustkit.custody import sm2_ipp
from trustkit.custody.ephemeral import EphemeralScalar
from trustkit.custody.port import DigestSigner
from trustkit.custody.private_key import RSA_BITS, PrivateKey, generate_key, load_private_key
from trustkit.custody.private_key_info import encode_sm2_private_key, parse_private_key_info, sm2_scalar
from trustkit.custody.sm2_ipp import IppSm2Signing
from trustkit.custody.sm2_material import Sm2Material
from trustkit.custody.sm2_openssl import OpensslSm2Signing, generate_sm2_scalar
from trustkit.encoding.der_write import bit_string, explicit, integer, null, octet_string, oid, sequence
from trustkit.error_family import Code
from trustkit.errors import ErrorCode, TrustError

MESSAGE = b"message"


@cache
def key_of(kind: KeyKind) -> PrivateKey:
    return generate_key(kind)


def scalar_of(key: PrivateKey) -> bytes:
    return sm2_scalar(parse_private_key_info(key.private_key_info()))[0]


@pytest.mark.parametrize("suite", SignatureSuite)
def test_every_suite_signs(suite: SignatureSuite) -> None:
    signer = key_of(suite.key_kind).signer(suite)
    assert signer.suite is suite
    for message, signature in zip((b"a", b"b"), signer.sign_batch((b"a", b"b")), strict=True):
        verify_signature(suite=suite, key=signer.public_key, message=message, signature=signature)


def digest_for(suite: SignatureSuite, key: PublicKey) -> bytes:
    if suite is SignatureSuite.SM2_SM3:
        return message_digest(key.sm2_point, DEFAULT_SIGNER_ID, MESSAGE)
    return digest(suite.digest, MESSAGE)


@pytest.mark.parametrize("suite", [suite for suite in SignatureSuite if suite.takes_digest])
def test_signs_digests_made_elsewhere_by_any_suite_of_the_key(suite: SignatureSuite) -> None:
    signer = key_of(suite.key_kind).signer()
    assert isinstance(signer, DigestSigner)
    signature = signer.sign_digest(suite, digest_for(suite, signer.public_key))
    verify_signature(suite=suite, key=signer.public_key, message=MESSAGE, signature=signature)


DIGESTS = {
    "too short": (KeyKind.SM2, SignatureSuite.SM2_SM3, bytes(31)),
    "too long": (KeyKind.RSA, SignatureSuite.RSA_PKCS1_SHA256, bytes(48)),
    "the content": (KeyKind.EC_P256, SignatureSuite.ECDSA_P256_SHA256, b"content"),
    "another kind of key": (KeyKind.EC_P256, SignatureSuite.SM2_SM3, bytes(32)),
    "a suite that hashes by itself": (KeyKind.ED25519, SignatureSuite.ED25519, bytes(64)),
}


@pytest.mark.parametrize(("kind", "suite", "hashed"), DIGESTS.values(), ids=DIGESTS.keys())
def test_digests_refused(kind: KeyKind, suite: SignatureSuite, hashed: bytes) -> None:
    with pytest.raises(TrustError) as refusal:
        key_of(kind).signer().sign_digest(suite, hashed)
    assert refusal.value.code is ErrorCode.ALGORITHM_MISMATCH


@pytest.mark.parametrize("kind", KeyKind)
def test_the_usual_suite(kind: KeyKind) -> None:
    assert key_of(kind).signer().suite.key_kind is kind


def test_rsa_size() -> None:
    assert RSA_BITS == 3072


@pytest.mark.parametrize("kind", KeyKind)
def test_a_suite_of_another_kind(kind: KeyKind) -> None:
    for suite in SignatureSuite:
        if suite.key_kind is not kind:
            with pytest.raises(TrustError) as caught:
                key_of(kind).signer(suite)
            assert caught.value.code is ErrorCode.ALGORITHM_MISMATCH


@pytest.mark.parametrize("kind", KeyKind)
def test_nothing_shows_or_carries_the_secret(kind: KeyKind) -> None:
    key = key_of(kind)
    secret = key.private_key_info()
    for thing in (key, key.signer(), key._material, parse_private_key_info(secret)):
        text = f"{thing!r} {thing!s}"
        assert secret[-40:].hex() not in text
        assert repr(secret[-16:])[2:-1] not in text
        for act in (pickle.dumps, copy.copy, copy.deepcopy):
            with pytest.raises(TypeError):
                act(thing)
    if kind is KeyKind.SM2:
        assert scalar_of(key).hex() not in f"{key!r} {key._material!r} {parse_private_key_info(secret)!r}"


@pytest.mark.parametrize("name", ["ipp", "openssl"])
def test_sm2_signs_with_the_chosen_engine(name: str) -> None:
    try:
        use_engines(production=True, preferred=name)
        try:
            signer = generate_key(KeyKind.SM2).signer()
        except TrustError as error:
            pytest.skip(f"engine {name} is not on this machine: {error.detail}")
        assert signer._material._signing.name == name  # type: ignore[attr-defined]
        signatures = {signer.sign(MESSAGE) for _ in range(20)}
        hashed = digest_for(signer.suite, signer.public_key)
        signatures |= {signer.sign_digest(signer.suite, hashed) for _ in range(20)}
    finally:
        use_engines(production=True)
    assert len(signatures) == 40
    for signature in signatures:
        parsed = parse_sm2_signature(signature)
        for engine in fast_engines():
            point = signer.public_key.sm2_point
            assert engine.verify(point, DEFAULT_SIGNER_ID, MESSAGE, parsed) is EngineAnswer.VALID


@cache
def ipp_signing() -> IppSm2Signing:
    scalar = generate_sm2_scalar()
    try:
        return IppSm2Signing(scalar, OpensslSm2Signing(scalar).point)
    except TrustError as error:
        pytest.skip(f"libippcp is not on this machine: {error.detail}")


def test_the_samples_ephemeral_gives_the_samples_signature(monkeypatch: pytest.MonkeyPatch) -> None:
    """GB/T 32918.5 A.2: with its d and k the standard's r and s come out; and the scalar is wiped afterwards."""
    ipp_signing()
    scalar = bytes.fromhex("3945208f7b2144b13f36e38ac6d39f95889393692860b51a42fb81ef4df7c5b8")
    chosen = bytes.fromhex("59276e27d506861a16680f3ad9c02dccef3cc1fa3cdbe4ce6d54b80deac1bc21")

    def draw(self: EphemeralScalar) -> bool:
        self._libc.ffi.memmove(self.octets, chosen, 32)
        return True

    monkeypatch.setattr(EphemeralScalar, "draw", draw)
    signing = IppSm2Signing(scalar, SAMPLE_POINT)
    parsed = parse_sm2_signature(signing.sign(b"message digest"))
    assert parsed.r.hex() == "f5a03b0648d2c4630eeac513e1bb81a15944da3827d5b74143ac7eaceee720b3"
    assert parsed.s.hex() == "b1b6aa29df212fd8763182bc0d421ca1bb9038fd1f7f42d4840b69c485bbc1aa"
    desk = signing._desks[0]
    assert bytes(desk.draw.octets) == bytes(32)
    assert desk.read(desk.ephemeral) == bytes(32)


def test_draws_outside_the_range_are_drawn_again(monkeypatch: pytest.MonkeyPatch) -> None:
    signing = ipp_signing()
    monkeypatch.setattr(EphemeralScalar, "draw", lambda _self: False)
    with pytest.raises(TrustError) as caught:
        signing.sign(MESSAGE)
    assert caught.value.code is ErrorCode.SIGNING_FAILED


class Kernel:
    """A libc whose random octets are told."""

    def __init__(self, real: scalars._Libc, octets: bytes, returned: int = 32) -> None:
        self.ffi, self.zero, self.order = real.ffi, real.zero, real.order
        self.lib = self
        self.memcmp = real.lib.memcmp
        self._octets, self._returned = octets, returned

    def getrandom(self, buffer: object, length: int, flags: int) -> int:
        assert (length, flags) == (32, 0)
        self.ffi.memmove(buffer, self._octets, 32)
        return self._returned


ORDER = 0xFFFFFFFEFFFFFFFFFFFFFFFFFFFFFFFF7203DF6B21C6052B53BBF40939D54123


@pytest.mark.parametrize(
    ("value", "usable"),
    [(0, False), (1, True), (ORDER - 1, True), (ORDER, False), (ORDER + 1, False), (2**256 - 1, False)],
)
def test_the_range_of_scalars(value: int, usable: bool, monkeypatch: pytest.MonkeyPatch) -> None:  # noqa: FBT001 - a column of the table
    kernel = Kernel(scalars._libc(), value.to_bytes(32, "big"))
    monkeypatch.setattr(scalars, "_libc", lambda: kernel)
    scalar = EphemeralScalar()
    assert scalar.draw() is usable
    scalar.wipe()
    assert bytes(scalar.octets) == bytes(32)


def test_a_kernel_without_random_octets(monkeypatch: pytest.MonkeyPatch) -> None:
    kernel = Kernel(scalars._libc(), bytes(range(32)), returned=-1)
    monkeypatch.setattr(scalars, "_libc", lambda: kernel)
    scalar = EphemeralScalar()
    with pytest.raises(TrustError) as caught:
        scalar.draw()
    assert caught.value.code is ErrorCode.SIGNING_FAILED
    assert bytes(scalar.octets) == bytes(32)


def test_an_error_of_the_library_is_no_signature(monkeypatch: pytest.MonkeyPatch) -> None:
    signing = ipp_signing()
    monkeypatch.setattr(sm2_ipp, "NO_ERROR", 12345)
    with pytest.raises(TrustError) as caught:
        signing.sign(MESSAGE)
    assert caught.value.code is ErrorCode.SIGNING_FAILED


def test_many_threads() -> None:
    signer = key_of(KeyKind.SM2).signer()

    def work(number: int) -> bytes:
        message = b"%d" % number
        signature = signer.sign(message)
        verify_signature(suite=signer.suite, key=signer.public_key, message=message, signature=signature)
        return parse_sm2_signature(signature).r

    with ThreadPoolExecutor(8) as pool:
        assert len(set(pool.map(work, range(400)))) == 400


@pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")  # the runner may have threads
def test_a_forked_child_draws_its_own_scalars() -> None:
    """The same message signed on both sides of a fork: a repeated r would give the key away."""
    signer = key_of(KeyKind.SM2).signer()
    signer.sign(MESSAGE)
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        os.write(writing, signer.sign(MESSAGE))
        os._exit(0)
    os.waitpid(child, 0)
    os.close(writing)
    theirs = os.read(reading, 100)
    os.close(reading)
    ours = signer.sign(MESSAGE)
    assert parse_sm2_signature(theirs).r != parse_sm2_signature(ours).r
    verify_signature(suite=signer.suite, key=signer.public_key, message=MESSAGE, signature=theirs)


def other_info(
    key: ec.EllipticCurvePrivateKey | dsa.DSAPrivateKey | rsa.RSAPrivateKey | x25519.X25519PrivateKey,
) -> bytes:
    return key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())


def ec_private_key(*members: bytes, version: int = 1) -> bytes:
    algorithm = sequence(oid("1.2.840.10045.2.1"), oid("1.2.156.10197.1.301"))
    return sequence(integer(0), algorithm, octet_string(sequence(integer(version), *members)))


MALFORMED, UNSUPPORTED = ErrorCode.KEY_CONTAINER_MALFORMED, ErrorCode.KEY_UNSUPPORTED
SCALAR = octet_string(b"\x01" * 32)
STATED = bit_string(b"\x04" + PrivateKey(Sm2Material(b"\x01" * 32)).public_key.spki[-64:])


@pytest.mark.parametrize(
    ("info", "code"),
    [
        (other_info(ec.generate_private_key(ec.SECP521R1())), UNSUPPORTED),
        (other_info(ec.generate_private_key(ec.SECP256K1())), UNSUPPORTED),
        (other_info(x25519.X25519PrivateKey.generate()), UNSUPPORTED),
        (encode_sm2_private_key(b"\x01" * 32, SAMPLE_POINT), MALFORMED),  # another key's public half
        (encode_sm2_private_key(b"\x01" * 33, b""), MALFORMED),
        (ec_private_key(SCALAR, version=2), MALFORMED),
        (ec_private_key(null()), MALFORMED),
        (ec_private_key(), MALFORMED),
        (ec_private_key(SCALAR, explicit(0, oid("1.2.840.10045.3.1.7"))), MALFORMED),
        (ec_private_key(SCALAR, explicit(1, null())), MALFORMED),
        (ec_private_key(SCALAR, octet_string(STATED)), MALFORMED),  # a public half nobody would compare
        (ec_private_key(SCALAR, explicit(2, STATED)), MALFORMED),
        (ec_private_key(SCALAR, explicit(1, STATED), explicit(1, STATED)), MALFORMED),
        (ec_private_key(SCALAR, explicit(1, STATED), explicit(0, oid("1.2.156.10197.1.301"))), MALFORMED),
        (ec_private_key(SCALAR, explicit(1, b"\x03\x03\x00\x02\x01")), MALFORMED),
        (sequence(integer(0), sequence(oid("1.2.840.113549.1.1.1"), null()), octet_string(b"\x30\x00")), MALFORMED),
        (sequence(integer(0), sequence(oid("1.2.3")), octet_string(b"")), UNSUPPORTED),
        (sequence(integer(0), sequence(oid("1.3.101.111")), octet_string(SCALAR)), UNSUPPORTED),  # X448 of 32 octets
        (sequence(integer(0), sequence(oid("1.3.101.112")), octet_string(octet_string(b"1"))), MALFORMED),
    ],
    ids=lambda value: value.name if isinstance(value, Code) else "info",  # fresh keys would name the tests anew
)
def test_private_keys_refused(info: bytes, code: Code) -> None:
    with pytest.raises(TrustError) as caught:
        load_private_key(parse_private_key_info(info))
    assert caught.value.code is code


def test_an_rsa_key_is_checked_unless_it_was_made_here() -> None:
    info = parse_private_key_info(other_info(rsa.generate_private_key(65537, 2048)))
    half = bytes(64)  # in the middle of a prime
    changed = parse_private_key_info(info.der[:-600] + half + info.der[-600 + len(half) :])
    with pytest.raises(TrustError) as caught:
        load_private_key(changed)
    assert caught.value.code is MALFORMED
    assert load_private_key(changed, made_here=True).public_key == load_private_key(info).public_key


@pytest.mark.parametrize(
    "data", [b"", b"\x30\x00", b"\x04\x00", sequence(integer(0)), sequence(integer(0), null(), null()), bytes(20_000)]
)
def test_no_private_key_info(data: bytes) -> None:
    with pytest.raises(TrustError) as caught:
        parse_private_key_info(data)
    assert caught.value.code is MALFORMED


def test_a_key_without_its_public_half() -> None:
    key = key_of(KeyKind.SM2)
    bare = encode_sm2_private_key(scalar_of(key), b"")
    assert load_private_key(parse_private_key_info(bare)).public_key == key.public_key
