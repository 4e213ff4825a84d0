from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from tests.support.sample_sm2 import SAMPLE_KEY, sign_digest
from tests.unit.crypto.keys import key_of
from trustkit.crypto.digest import DigestAlgorithm, digest
from trustkit.crypto.engines.self_test import SAMPLE_MESSAGE, SAMPLE_POINT, SAMPLE_SIGNATURE
from trustkit.crypto.public_key import KeyKind
from trustkit.crypto.sm2 import DEFAULT_SIGNER_ID, encode_sm2_signature, message_digest
from trustkit.crypto.suites import SignatureSuite
from trustkit.crypto.verify import (
    SignatureItem,
    diagnose_sm2,
    verify_batch,
    verify_digest_signature,
    verify_signature,
)
from trustkit.errors import ErrorCode, TrustError

if TYPE_CHECKING:
    from trustkit.error_family import Code

MESSAGE = "电子证照".encode() * 20
WRONG, WRONG_ID = ErrorCode.SIGNATURE_WRONG, ErrorCode.SIGNATURE_WRONG_ID
WITHOUT_Z, MALFORMED = ErrorCode.SIGNATURE_WITHOUT_Z, ErrorCode.SIGNATURE_MALFORMED


def verdict(item: SignatureItem) -> Code | None:
    try:
        verify_signature(
            suite=item.suite, key=item.key, message=item.message, signature=item.signature, signer_id=item.signer_id
        )
    except TrustError as error:
        return error.code
    return None


def signed(suite: SignatureSuite) -> SignatureItem:
    key = key_of(suite.key_kind)
    return SignatureItem(suite=suite, key=key.public_key, message=MESSAGE, signature=key.signer(suite).sign(MESSAGE))


def by_sample_key(e: bytes) -> SignatureItem:
    """Sign any e with the standard's sample key, by the pure Python oracle."""
    return SignatureItem(suite=SignatureSuite.SM2_SM3, key=SAMPLE_KEY, message=MESSAGE, signature=sign_digest(e))


def test_the_standards_sample() -> None:
    signature = encode_sm2_signature(*SAMPLE_SIGNATURE)
    verify_signature(suite=SignatureSuite.SM2_SM3, key=SAMPLE_KEY, message=SAMPLE_MESSAGE, signature=signature)


@pytest.mark.parametrize("suite", SignatureSuite)
def test_every_suite(suite: SignatureSuite) -> None:
    good = signed(suite)
    bad = bytearray(good.signature)
    bad[-1] ^= 1
    assert verdict(good) is None
    assert verdict(replace(good, message=MESSAGE + b".")) is WRONG
    assert verdict(replace(good, signature=bytes(bad))) is WRONG
    assert verdict(replace(good, signature=b"")) in {WRONG, MALFORMED}


def hash_for(suite: SignatureSuite) -> bytes:
    if suite is SignatureSuite.SM2_SM3:
        return message_digest(key_of(KeyKind.SM2).public_key.sm2_point, DEFAULT_SIGNER_ID, MESSAGE)
    return digest(suite.digest, MESSAGE)


@pytest.mark.parametrize("suite", [each for each in SignatureSuite if each.takes_digest])
def test_signatures_over_a_digest(suite: SignatureSuite) -> None:
    key = key_of(suite.key_kind)
    hashed, signature = hash_for(suite), key.signer(suite).sign(MESSAGE)
    verify_digest_signature(suite=suite, key=key.public_key, digest=hashed, signature=signature)
    bad = signature[:-1] + bytes([signature[-1] ^ 1])
    other = next(each for each in KeyKind if each is not suite.key_kind)
    for change, code in (
        ({"digest": bytes(len(hashed))}, {WRONG}),
        ({"signature": bad}, {WRONG}),
        ({"signature": b""}, {WRONG, MALFORMED}),
        ({"digest": hashed[:-1]}, {ErrorCode.ALGORITHM_MISMATCH}),
        ({"key": key_of(other).public_key}, {ErrorCode.ALGORITHM_MISMATCH}),
    ):
        words = {"suite": suite, "key": key.public_key, "digest": hashed, "signature": signature, **change}
        with pytest.raises(TrustError) as refusal:
            verify_digest_signature(**words)  # type: ignore[arg-type]  # a table of arguments
        assert refusal.value.code in code


def test_a_suite_that_hashes_by_itself_has_no_digest() -> None:
    key = key_of(KeyKind.ED25519)
    with pytest.raises(TrustError) as refusal:
        verify_digest_signature(
            suite=SignatureSuite.ED25519, key=key.public_key, digest=bytes(64), signature=key.signer().sign(MESSAGE)
        )
    assert refusal.value.code is ErrorCode.ALGORITHM_MISMATCH


@pytest.mark.parametrize("suite", SignatureSuite)
@pytest.mark.parametrize("kind", KeyKind)
def test_keys_of_other_kinds(suite: SignatureSuite, kind: KeyKind) -> None:
    if kind is suite.key_kind:
        return
    item = replace(signed(suite), key=key_of(kind).public_key)
    assert verdict(item) is ErrorCode.ALGORITHM_MISMATCH
    assert verify_batch((item,)) == (ErrorCode.ALGORITHM_MISMATCH,)


def test_other_digests_and_paddings_do_not_pass() -> None:
    item = signed(SignatureSuite.RSA_PSS_SHA256)
    assert verdict(replace(item, suite=SignatureSuite.RSA_PSS_SHA384)) is WRONG
    assert verdict(replace(item, suite=SignatureSuite.RSA_PKCS1_SHA256)) is WRONG
    curve = signed(SignatureSuite.ECDSA_P256_SHA256)
    assert verdict(replace(curve, suite=SignatureSuite.ECDSA_P256_SHA384)) is WRONG


@pytest.mark.parametrize(
    ("e", "code"),
    [
        (message_digest(SAMPLE_POINT, DEFAULT_SIGNER_ID, MESSAGE), None),
        (message_digest(SAMPLE_POINT, b"", MESSAGE), WRONG_ID),
        (digest(DigestAlgorithm.SM3, MESSAGE), WITHOUT_Z),
        (message_digest(SAMPLE_POINT, b"TLSv1.3+GM+Cipher+Suite", MESSAGE), WRONG),
        (message_digest(SAMPLE_POINT, DEFAULT_SIGNER_ID[:-1], MESSAGE), WRONG),
        (digest(DigestAlgorithm.SHA256, MESSAGE), WRONG),
    ],
)
def test_what_is_wrong_with_an_sm2_signature(e: bytes, code: Code | None) -> None:
    item = by_sample_key(e)
    assert verdict(item) is code
    assert verify_batch((item, item)) == (code, code)
    if code is not None:
        assert diagnose_sm2(item.key, item.message, item.signature) is code


def test_an_explicit_id_is_used_and_no_other() -> None:
    other = b"TLSv1.3+GM+Cipher+Suite"
    item = by_sample_key(message_digest(SAMPLE_POINT, other, MESSAGE))
    assert verdict(replace(item, signer_id=other)) is None
    empty = by_sample_key(message_digest(SAMPLE_POINT, b"", MESSAGE))
    assert verdict(replace(empty, signer_id=b"")) is None
    assert verdict(replace(signed(SignatureSuite.SM2_SM3), signer_id=b"")) is WRONG


def test_diagnosis_is_for_sm2() -> None:
    with pytest.raises(TrustError) as caught:
        diagnose_sm2(key_of(KeyKind.RSA).public_key, MESSAGE, b"")
    assert caught.value.code is ErrorCode.ALGORITHM_MISMATCH


def test_raw_r_and_s_are_malformed() -> None:
    item = signed(SignatureSuite.SM2_SM3)
    assert verdict(replace(item, signature=bytes(64))) is MALFORMED


def test_a_batch_answers_each_by_itself() -> None:
    good = [signed(suite) for suite in SignatureSuite]
    wrong = [replace(item, message=b"other") for item in good]
    mangled = replace(good[0], signature=b"\x30\x00")
    items = [item for pair in zip(good, wrong, strict=True) for item in pair] + [mangled]
    expected = [None, WRONG] * len(good) + [MALFORMED]
    assert verify_batch(items) == tuple(expected)
    assert verify_batch(()) == ()


def test_only_the_facts_in_errors() -> None:
    item = replace(signed(SignatureSuite.SM2_SM3), message=b"a name nobody should read in a log")
    with pytest.raises(TrustError) as caught:
        verify_signature(suite=item.suite, key=item.key, message=item.message, signature=item.signature)
    assert "nobody" not in str(caught.value)
