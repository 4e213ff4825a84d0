"""SM2 public-key encryption, the public half (GB/T 32918.4 6). The private half is `trustkit.custody.decryption`.

    encrypt_sm2(key, content_key)    # the DER of SM2Cipher, GM/T 0009

It protects content keys and private keys on their way; whoever has the public key can make such a ciphertext, so that it
says nothing about its sender.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from trustkit.crypto.engines.ipp import IppEngine
from trustkit.crypto.engines.ipp_encryption import IppEncryption
from trustkit.crypto.engines.openssl_encryption import OpensslEncryption
from trustkit.crypto.engines.selection import current_engine
from trustkit.crypto.public_key import KeyKind
from trustkit.crypto.sm2_ciphertext import MAX_SM2_PLAINTEXT, encode_sm2_ciphertext
from trustkit.errors import ErrorCode, TrustError

if TYPE_CHECKING:
    from trustkit.crypto.public_key import PublicKey

_ipp = lru_cache(maxsize=1)(IppEncryption)
_openssl = lru_cache(maxsize=1)(OpensslEncryption)


def encrypt_sm2(key: PublicKey, plaintext: bytes) -> bytes:
    """Return SM2Cipher in DER (C1, C3, C2) that the owner of `key` can decrypt, by the library this process chose.

    Args:
        key: The recipient's SM2 key.
        plaintext: 1 to `MAX_SM2_PLAINTEXT` octets.

    Raises:
        TrustError: ALGORITHM_MISMATCH (key of another kind), USAGE (plaintext empty or too large), ENCRYPTION_FAILED,
            ENGINE_MISSING.
    """
    if key.kind is not KeyKind.SM2:
        raise TrustError(ErrorCode.ALGORITHM_MISMATCH, "kind of key", key=key.kind.value)
    if not 1 <= len(plaintext) <= MAX_SM2_PLAINTEXT:
        raise TrustError(ErrorCode.USAGE, "plaintext length", octets=len(plaintext), limit=MAX_SM2_PLAINTEXT)
    engine = _ipp() if current_engine().name == IppEngine.name else _openssl()
    return encode_sm2_ciphertext(engine.encrypt(key.sm2_point, plaintext))
