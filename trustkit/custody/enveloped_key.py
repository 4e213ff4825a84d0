"""SM2EnvelopedKey (GM/T 0009, GB/T 35276): a private key on its way to the owner of another SM2 key.

    SM2EnvelopedKey ::= SEQUENCE {
      symAlgID                AlgorithmIdentifier,   -- SM4 in ECB mode
      symEncryptedKey         SM2Cipher,             -- the SM4 key, under the recipient's public key
      sm2PublicKey            BIT STRING,            -- 04 ‖ X ‖ Y of the key inside
      sm2EncryptedPrivateKey  BIT STRING }           -- d under the SM4 key, no padding

    unwrap_key(wrap_key(encryption_key, signing_key.public_key), signing_key.decryptor())

This is how a key management centre hands over the encryption key of a dual certificate (GM/T 0092). The form proves
nothing about its sender: what is proved here is that the private key belongs to the public key beside it, and whoever
receives it compares that public key with the one of the encryption certificate.

Written with d as 32 octets. Read also with 64, d behind 32 octets of zero, as GmSSL and others write.
"""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING, Final, NamedTuple

from trustkit.crypto.cipher import decrypt_sm4_blocks, encrypt_sm4_blocks
from trustkit.crypto.cipher_suites import SM4_ECB, SM4_OID
from trustkit.crypto.engines.openssl import SPKI_PREFIX
from trustkit.crypto.public_key import KeyKind, parse_public_key
from trustkit.crypto.sm2 import ELEMENT_SIZE, POINT_SIZE
from trustkit.crypto.sm2_ciphertext import Sm2Ciphertext, parse_sm2_ciphertext
from trustkit.crypto.sm2_encrypt import encrypt_sm2
from trustkit.custody.private_key import PrivateKey, load_private_key
from trustkit.custody.private_key_info import encode_sm2_private_key, parse_private_key_info, sm2_scalar
from trustkit.encoding import der
from trustkit.encoding.der_write import bit_string, null, oid, sequence
from trustkit.errors import ErrorCode, TrustError

if TYPE_CHECKING:
    from trustkit.crypto.public_key import PublicKey
    from trustkit.custody.port import Decryptor

MAX_ENVELOPED_KEY: Final = 1024  # the longest takes some 330 octets
_MAX_DEPTH: Final = 3
_SM4_KEY: Final = 16
# NOTE: GM/T 0009 has ECB alone here, so that the OID of SM4 without a mode says the same; both circulate.
_READ: Final = frozenset({SM4_ECB, SM4_OID})
_WIDTHS: Final = frozenset({ELEMENT_SIZE, 2 * ELEMENT_SIZE})
_ABSENT_OR_NULL: Final = frozenset({b"", null()})
_POINT_MARK: Final = b"\x00\x04"  # no unused bits, then SEC 1 2.3.3 uncompressed


class _Envelope(NamedTuple):
    wrapped: Sm2Ciphertext
    public_key: PublicKey
    encrypted: bytes


def wrap_key(key: PrivateKey, recipient: PublicKey) -> bytes:
    """Return the SM2EnvelopedKey of an SM2 key for the owner of `recipient`. The inverse of `unwrap_key`.

    Raises:
        TrustError: ALGORITHM_MISMATCH when either key is not SM2, ENCRYPTION_FAILED.
    """
    for each in (key.kind, recipient.kind):
        if each is not KeyKind.SM2:
            raise TrustError(ErrorCode.ALGORITHM_MISMATCH, "an SM2EnvelopedKey is for SM2 keys", key=each.value)
    scalar, _ = sm2_scalar(parse_private_key_info(key.private_key_info()))
    session_key = secrets.token_bytes(_SM4_KEY)
    return sequence(
        sequence(oid(SM4_ECB), null()),
        encrypt_sm2(recipient, session_key),
        bit_string(b"\x04" + key.public_key.sm2_point),
        bit_string(encrypt_sm4_blocks(session_key, scalar)),
    )


def unwrap_key(data: bytes, decryptor: Decryptor) -> PrivateKey:
    """Return the key in SM2EnvelopedKey octets, by the recipient's decryptor. The inverse of `wrap_key`.

    Raises:
        TrustError: KEY_CONTAINER_MALFORMED (not of this form, or d out of range), ALGORITHM_UNKNOWN (not SM4-ECB),
            CIPHERTEXT_MALFORMED and CIPHERTEXT_POINT (of the wrapped SM4 key), KEY_MALFORMED (the public key is no point
            of the curve), DECRYPTION_FAILED (for another recipient, or changed on the way), KEY_ENVELOPE_PADDING (64
            octets whose first half is not zero), KEY_ENVELOPE_MISMATCH (the public key is another key's).
    """
    envelope = _parse(data)
    plaintext = decrypt_sm4_blocks(decryptor.decrypt(envelope.wrapped), envelope.encrypted)
    padding, scalar = plaintext[:-ELEMENT_SIZE], plaintext[-ELEMENT_SIZE:]
    if any(padding):
        raise TrustError(ErrorCode.KEY_ENVELOPE_PADDING, "the octets before the private key are not zero")
    key = load_private_key(parse_private_key_info(encode_sm2_private_key(scalar, b"")))
    if key.public_key.sm2_point != envelope.public_key.sm2_point:
        raise TrustError(ErrorCode.KEY_ENVELOPE_MISMATCH, "the public key beside the private key is another key's")
    return key


def _parse(data: bytes) -> _Envelope:
    try:
        outer = der.parse_strict(data, max_size=MAX_ENVELOPED_KEY, max_depth=_MAX_DEPTH)
        der.expect(data, outer, der.SEQUENCE, "SM2EnvelopedKey")
        identifier, wrapped, public, encrypted = der.children(data, outer)
        der.expect(data, identifier, der.SEQUENCE, "symAlgID")
        name, *parameters = der.children(data, identifier)
        algorithm = der.decode_oid(der.expect(data, name, der.OID, "symAlgID"))
        found = b"".join(der.octets(data, each) for each in parameters)
        point = der.expect(data, public, der.BIT_STRING, "sm2PublicKey")
        blocks = der.expect(data, encrypted, der.BIT_STRING, "sm2EncryptedPrivateKey")
    except (TrustError, ValueError) as error:
        raise TrustError(ErrorCode.KEY_CONTAINER_MALFORMED, "not an SM2EnvelopedKey in DER") from error
    if algorithm not in _READ or found not in _ABSENT_OR_NULL:
        raise TrustError(ErrorCode.ALGORITHM_UNKNOWN, "an SM2EnvelopedKey is under SM4 in ECB mode", oid=algorithm)
    if not point.startswith(_POINT_MARK) or len(point) != len(_POINT_MARK) + POINT_SIZE:
        raise TrustError(ErrorCode.KEY_CONTAINER_MALFORMED, "sm2PublicKey is not an uncompressed point")
    if blocks[:1] != b"\x00" or len(blocks) - 1 not in _WIDTHS:
        raise TrustError(ErrorCode.KEY_CONTAINER_MALFORMED, "sm2EncryptedPrivateKey is 32 or 64 octets")
    return _Envelope(
        parse_sm2_ciphertext(der.octets(data, wrapped)),
        parse_public_key(SPKI_PREFIX + point[len(_POINT_MARK) :]),
        blocks[1:],
    )
