"""Symmetric ciphers as an allow-list: SM4 (GB/T 32907) and AES (FIPS 197) in GCM, CBC and CTR, found by OID.

A `CipherParameters` is a suite with its IV: everything but the key, as an AlgorithmIdentifier says it. What cannot be
decrypted is DECRYPTION_FAILED, whether padding, tag or the key's length was off: one answer, so that nothing can be asked.

    parameters = fresh_parameters(CipherSuite.SM4_GCM)
    decrypt(parameters, key, encrypt(parameters, key, b"...")) == b"..."

ECB is no suite: `encrypt_sm4_blocks` exists for the four blocks that SM2EnvelopedKey wraps that way (GM/T 0009), no more.
"""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING, Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.padding import PKCS7

from trustkit.crypto.cipher_suites import BLOCK_SIZE, CipherMode, CipherParameters, CipherSuite
from trustkit.errors import ErrorCode, TrustError

if TYPE_CHECKING:
    from collections.abc import Callable

    from trustkit.error_family import Code

__all__ = [
    "MAX_CIPHER_DATA",
    "CipherParameters",
    "CipherSuite",
    "decrypt",
    "decrypt_sm4_blocks",
    "encrypt",
    "encrypt_sm4_blocks",
    "fresh_key",
    "fresh_parameters",
]

MAX_CIPHER_DATA: Final = 256 * 1024 * 1024  # held in memory three times over while it is turned
MAX_ECB_BLOCKS: Final = 4  # SM2EnvelopedKey holds d in two blocks, in four where it was padded to 64 octets
_SM4_KEY: Final = 16


def fresh_parameters(suite: CipherSuite, *, random: Callable[[int], bytes] = secrets.token_bytes) -> CipherParameters:
    """Return the suite with a fresh IV, from the operating system unless `random` says otherwise.

    A GCM nonce of 96 random bits serves 2^32 messages under one key (NIST SP 800-38D 8.3); content keys here serve one.
    """
    return CipherParameters(suite=suite, iv=random(suite.iv_size))


def fresh_key(suite: CipherSuite, *, random: Callable[[int], bytes] = secrets.token_bytes) -> bytes:
    """Return a fresh key of the suite's length."""
    return random(suite.key_size)


def encrypt(parameters: CipherParameters, key: bytes, plaintext: bytes, *, associated: bytes = b"") -> bytes:
    """Return the ciphertext: padded to whole blocks in CBC (PKCS#7), with the tag behind it in GCM.

    The inverse of `decrypt`. `associated` is authenticated by GCM and refused by the other modes.

    Raises:
        TrustError: USAGE (key length, data beyond `MAX_CIPHER_DATA`, associated data without GCM).
    """
    suite = parameters.suite
    if len(key) != suite.key_size:
        raise TrustError(ErrorCode.USAGE, "key length", octets=len(key), suite=suite.value)
    _require_size(plaintext, associated, ErrorCode.USAGE)
    _require_no_associated(suite, associated)
    if suite.mode is CipherMode.CBC:
        padder = PKCS7(8 * BLOCK_SIZE).padder()
        plaintext = padder.update(plaintext) + padder.finalize()
    if suite.mode is not CipherMode.GCM:
        encryptor = Cipher(_algorithm(suite, key), _plain_mode(parameters)).encryptor()
        return encryptor.update(plaintext) + encryptor.finalize()
    sealer = Cipher(_algorithm(suite, key), modes.GCM(parameters.iv)).encryptor()
    sealer.authenticate_additional_data(associated)
    return sealer.update(plaintext) + sealer.finalize() + sealer.tag[: parameters.tag_size]


def decrypt(parameters: CipherParameters, key: bytes, ciphertext: bytes, *, associated: bytes = b"") -> bytes:
    """Return the plaintext. The inverse of `encrypt`.

    CBC and CTR prove nothing about who wrote the ciphertext: only GCM does.

    Raises:
        TrustError: CIPHERTEXT_MALFORMED (length impossible in this mode: a public fact), CIPHERTEXT_TOO_LARGE,
            DECRYPTION_FAILED (everything else, with no cause attached), USAGE (associated data without GCM).
    """
    suite = parameters.suite
    _require_size(ciphertext, associated, ErrorCode.CIPHERTEXT_TOO_LARGE)
    _require_no_associated(suite, associated)
    tag_size = parameters.tag_size
    if len(ciphertext) < tag_size or (
        suite.mode is CipherMode.CBC and (not ciphertext or len(ciphertext) % BLOCK_SIZE)
    ):
        raise TrustError(ErrorCode.CIPHERTEXT_MALFORMED, "ciphertext length", octets=len(ciphertext), suite=suite.value)
    # A content key of another length came out of somebody's key transport: saying so would answer a question about it.
    if len(key) != suite.key_size:
        raise TrustError(ErrorCode.DECRYPTION_FAILED, suite.value)
    try:
        if suite.mode is CipherMode.GCM:
            body, tag = ciphertext[: len(ciphertext) - tag_size], ciphertext[len(ciphertext) - tag_size :]
            opener = Cipher(_algorithm(suite, key), modes.GCM(parameters.iv, tag, min_tag_length=tag_size)).decryptor()
            opener.authenticate_additional_data(associated)
            return opener.update(body) + opener.finalize()
        decryptor = Cipher(_algorithm(suite, key), _plain_mode(parameters)).decryptor()
        plaintext = decryptor.update(ciphertext) + decryptor.finalize()
        if suite.mode is CipherMode.CTR:
            return plaintext
        unpadder = PKCS7(8 * BLOCK_SIZE).unpadder()
        return unpadder.update(plaintext) + unpadder.finalize()
    except (InvalidTag, ValueError):
        raise TrustError(ErrorCode.DECRYPTION_FAILED, suite.value) from None


def encrypt_sm4_blocks(key: bytes, blocks: bytes) -> bytes:
    """Return one to four blocks under SM4 in ECB mode, for SM2EnvelopedKey alone (GM/T 0009). Raise USAGE."""
    _require_blocks(key, blocks, ErrorCode.USAGE)
    # NOTE: ECB shows which blocks are equal. Here they are the two halves of one random scalar, and zeros.
    encryptor = Cipher(algorithms.SM4(key), modes.ECB()).encryptor()  # noqa: S305 - GM/T 0009 asks for it
    return encryptor.update(blocks) + encryptor.finalize()


def decrypt_sm4_blocks(key: bytes, blocks: bytes) -> bytes:
    """Return one to four blocks, the inverse of `encrypt_sm4_blocks`. Raise CIPHERTEXT_MALFORMED, DECRYPTION_FAILED."""
    if len(key) != _SM4_KEY:
        raise TrustError(ErrorCode.DECRYPTION_FAILED, "sm4-ecb")
    _require_blocks(key, blocks, ErrorCode.CIPHERTEXT_MALFORMED)
    decryptor = Cipher(algorithms.SM4(key), modes.ECB()).decryptor()  # noqa: S305 - as above
    return decryptor.update(blocks) + decryptor.finalize()


def _algorithm(suite: CipherSuite, key: bytes) -> algorithms.SM4 | algorithms.AES:
    return algorithms.SM4(key) if suite.is_sm4 else algorithms.AES(key)


def _plain_mode(parameters: CipherParameters) -> modes.CBC | modes.CTR:
    return modes.CBC(parameters.iv) if parameters.suite.mode is CipherMode.CBC else modes.CTR(parameters.iv)


def _require_size(data: bytes, associated: bytes, code: Code) -> None:
    if max(len(data), len(associated)) > MAX_CIPHER_DATA:
        raise TrustError(code, "too much data for one cipher call", octets=len(data), limit=MAX_CIPHER_DATA)


def _require_no_associated(suite: CipherSuite, associated: bytes) -> None:
    if associated and suite.mode is not CipherMode.GCM:
        raise TrustError(ErrorCode.USAGE, "this mode authenticates nothing", suite=suite.value)


def _require_blocks(key: bytes, blocks: bytes, code: Code) -> None:
    if len(key) != _SM4_KEY or not blocks or len(blocks) % BLOCK_SIZE or len(blocks) > MAX_ECB_BLOCKS * BLOCK_SIZE:
        raise TrustError(code, "SM4-ECB takes one to four blocks", octets=len(blocks))
