"""Secrets sealed to one SM2 key: a fresh SM4-GCM key under the recipient's public key, bound to what the secret is for.

    data = seal(recipient, secret, bound=message_of(Context.SHARE, b"..."))
    open_sealed(decryptor, data, bound=...)     # the same octets, or DECRYPTION_FAILED

    Sealed ::= SEQUENCE { version INTEGER (1), key SM2Cipher, cipher AlgorithmIdentifier, body OCTET STRING }

SM2Cipher as in GM/T 0009, the cipher's parameters as in RFC 5084. The form is trustkit's own, for shares and escrow; messages to
others are `trustkit.cms`. Whoever has the public key can seal: who sealed is for the bound octets and the trail to say.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from trustkit.crypto.cipher import decrypt, encrypt, fresh_key, fresh_parameters
from trustkit.crypto.cipher_suites import CipherSuite, cipher_from_algorithm
from trustkit.crypto.sm2_encrypt import encrypt_sm2
from trustkit.custody.decryption import decrypt_sm2
from trustkit.encoding import der
from trustkit.encoding.der_write import integer, octet_string, sequence
from trustkit.errors import ErrorCode, TrustError

if TYPE_CHECKING:
    from trustkit.crypto.public_key import PublicKey
    from trustkit.custody.port import Decryptor

MAX_SEALED: Final = 64 * 1024
_VERSION: Final = 1
_MAX_DEPTH: Final = 4


def seal(recipient: PublicKey, secret: bytes, *, bound: bytes) -> bytes:
    """Return `secret` sealed to `recipient` and bound to octets that must be given again to open it.

    Raises:
        TrustError: ALGORITHM_MISMATCH for a key that is not SM2, USAGE, ENCRYPTION_FAILED.
    """
    parameters = fresh_parameters(CipherSuite.SM4_GCM)
    key = fresh_key(CipherSuite.SM4_GCM)
    body = encrypt(parameters, key, secret, associated=bound)
    return sequence(
        integer(_VERSION), encrypt_sm2(recipient, key), parameters.algorithm_identifier(), octet_string(body)
    )


def open_sealed(decryptor: Decryptor, data: bytes, *, bound: bytes) -> bytes:
    """Return the secret; the inverse of `seal`.

    Raises:
        TrustError: CIPHERTEXT_MALFORMED; DECRYPTION_FAILED (another recipient's, bound to something else, or changed).
    """
    try:
        key, oid, parameters, body = _read(data)
    except (TrustError, ValueError) as error:
        raise TrustError(ErrorCode.CIPHERTEXT_MALFORMED, "not a sealed secret") from error
    cipher = cipher_from_algorithm(oid, parameters)
    if cipher.suite is not CipherSuite.SM4_GCM:
        raise TrustError(ErrorCode.CIPHERTEXT_MALFORMED, "secrets are sealed with SM4-GCM", suite=cipher.suite.value)
    try:
        content_key = decrypt_sm2(decryptor, key)
        return decrypt(cipher, content_key, body, associated=bound)
    except TrustError as error:
        if error.code is ErrorCode.CIPHERTEXT_POINT:
            raise TrustError(ErrorCode.CIPHERTEXT_MALFORMED, "not a sealed secret") from error
        raise


def _read(data: bytes) -> tuple[bytes, str, bytes, bytes]:
    """Return SM2Cipher, the cipher's OID and parameters, and the body. Wrong counts are a ValueError from unpacking."""
    outer = der.parse_strict(data, max_size=MAX_SEALED, max_depth=_MAX_DEPTH)
    der.expect(data, outer, der.SEQUENCE, "Sealed")
    version, key, cipher, body = der.children(data, outer)
    if der.decode_integer(der.expect(data, version, der.INTEGER, "version")) != _VERSION:
        raise TrustError(ErrorCode.CIPHERTEXT_MALFORMED, "version of a sealed secret")
    der.expect(data, cipher, der.SEQUENCE, "cipher")
    name, parameters = der.children(data, cipher)
    oid = der.decode_oid(der.expect(data, name, der.OID, "cipher"))
    octets = der.expect(data, body, der.OCTET_STRING, "body")
    return der.octets(data, key), oid, der.octets(data, parameters), octets
