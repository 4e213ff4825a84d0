"""GmSSL 3 through its Python bindings: it takes our SM2 signatures and ciphertexts, and we take its."""

from __future__ import annotations

import gmssl_pyx
import pytest

from trustkit.crypto.engines.openssl import SPKI_PREFIX
from trustkit.crypto.public_key import KeyKind, parse_public_key
from trustkit.crypto.sm2_encrypt import encrypt_sm2
from trustkit.crypto.suites import SignatureSuite
from trustkit.crypto.verify import verify_signature
from trustkit.custody.decryption import decrypt_sm2
from trustkit.custody.private_key import generate_key
from trustkit.custody.private_key_info import parse_private_key_info, sm2_scalar
from trustkit.errors import ErrorCode, TrustError

pytestmark = pytest.mark.interop

MESSAGES = (b"", b"licence", "照面".encode() * 5000)
SECRETS = (b"k", b"k" * 16, b"k" * 255)  # as much as it takes


@pytest.mark.parametrize("message", MESSAGES, ids=len)
def test_signatures(message: bytes) -> None:
    key = generate_key(KeyKind.SM2)
    point, scalar = key.public_key.sm2_point, sm2_scalar(parse_private_key_info(key.private_key_info()))[0]
    ours = key.signer().sign(message)
    assert gmssl_pyx.sm2_verify(point, message, ours)
    assert not gmssl_pyx.sm2_verify(point, message + b"!", ours)
    theirs = gmssl_pyx.sm2_sign(scalar, point, message)
    verify_signature(suite=SignatureSuite.SM2_SM3, key=key.public_key, message=message, signature=theirs)
    without_z = gmssl_pyx.sm2_sign(scalar, point, message, None)
    for another, signature, code in (
        (message + b"!", theirs, ErrorCode.SIGNATURE_WRONG),
        (message, without_z, ErrorCode.SIGNATURE_WITHOUT_Z),
    ):
        with pytest.raises(TrustError) as caught:
            verify_signature(suite=SignatureSuite.SM2_SM3, key=key.public_key, message=another, signature=signature)
        assert caught.value.code is code


@pytest.mark.parametrize("secret", SECRETS, ids=len)
def test_ciphertexts(secret: bytes) -> None:
    key = generate_key(KeyKind.SM2)
    point, scalar = key.public_key.sm2_point, sm2_scalar(parse_private_key_info(key.private_key_info()))[0]
    assert gmssl_pyx.sm2_decrypt(scalar, encrypt_sm2(key.public_key, secret)) == secret
    assert decrypt_sm2(key.decryptor(), gmssl_pyx.sm2_encrypt(point, secret)) == secret


def test_its_keys() -> None:
    point, scalar = gmssl_pyx.sm2_key_generate()
    public = parse_public_key(SPKI_PREFIX + point)
    signature = gmssl_pyx.sm2_sign(scalar, point, b"licence")
    verify_signature(suite=SignatureSuite.SM2_SM3, key=public, message=b"licence", signature=signature)
    assert gmssl_pyx.sm2_decrypt(scalar, encrypt_sm2(public, b"k")) == b"k"
