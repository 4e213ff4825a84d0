"""SM2EnvelopedKey: opened by its recipient alone, readable for another implementation, every inconsistency named."""

from __future__ import annotations

import secrets
from functools import cache
from typing import TYPE_CHECKING, Any

import pytest
from asn1crypto import core
from gmssl import sm2 as sm2_oracle
from gmssl import sm4 as sm4_oracle

from trustkit.crypto.cipher import encrypt_sm4_blocks
from trustkit.crypto.public_key import KeyKind, parse_public_key
from trustkit.crypto.sm2 import N
from trustkit.crypto.sm2_encrypt import encrypt_sm2
from trustkit.custody.enveloped_key import unwrap_key, wrap_key
from trustkit.custody.private_key import PrivateKey, generate_key
from trustkit.custody.private_key_info import parse_private_key_info, sm2_scalar
from trustkit.encoding import der_write as w
from trustkit.errors import ErrorCode, TrustError

if TYPE_CHECKING:
    from collections.abc import Callable

    from trustkit.error_family import Code

ECB, SM4, CBC = "1.2.156.10197.1.104.1", "1.2.156.10197.1.104", "1.2.156.10197.1.104.2"
SESSION = secrets.token_bytes(16)


@cache
def recipient() -> PrivateKey:
    return generate_key(KeyKind.SM2)


@cache
def wrapped_key() -> PrivateKey:
    return generate_key(KeyKind.SM2)


def scalar_of(key: PrivateKey) -> bytes:
    return sm2_scalar(parse_private_key_info(key.private_key_info()))[0]


def envelope(
    *,
    algorithm: bytes = w.sequence(w.oid(ECB), w.null()),
    session: bytes = SESSION,
    cipher: bytes | None = None,
    point: bytes | None = None,
    plaintext: bytes | None = None,
    blocks: bytes | None = None,
    more: bytes = b"",
) -> bytes:
    """Return an SM2EnvelopedKey, right unless told otherwise."""
    public = b"\x04" + wrapped_key().public_key.sm2_point if point is None else point
    inside = scalar_of(wrapped_key()) if plaintext is None else plaintext
    encrypted = encrypt_sm4_blocks(SESSION, inside) if blocks is None else blocks
    wrapped = encrypt_sm2(recipient().public_key, session) if cipher is None else cipher
    return w.sequence(algorithm, wrapped, w.bit_string(public), w.bit_string(encrypted), more)


def test_there_and_back() -> None:
    found = unwrap_key(wrap_key(wrapped_key(), recipient().public_key), recipient().decryptor())
    assert found.public_key == wrapped_key().public_key
    assert scalar_of(found) == scalar_of(wrapped_key())


def test_no_two_are_alike() -> None:
    first, second = (wrap_key(wrapped_key(), recipient().public_key) for _ in range(2))
    assert first[-32:] != second[-32:]


@pytest.mark.parametrize("algorithm", [ECB, SM4])
@pytest.mark.parametrize("parameters", [b"", w.null()])
@pytest.mark.parametrize("width", [32, 64])
def test_what_circulates_is_read(algorithm: str, parameters: bytes, width: int) -> None:
    data = envelope(
        algorithm=w.sequence(w.oid(algorithm), parameters), plaintext=scalar_of(wrapped_key()).rjust(width, b"\0")
    )
    assert unwrap_key(data, recipient().decryptor()).public_key == wrapped_key().public_key


def _members(data: bytes) -> list[Any]:
    return list(core.SequenceOf.load(data, spec=core.Any))


def test_another_implementation_opens_ours() -> None:
    algorithm, cipher, public, encrypted = _members(wrap_key(wrapped_key(), recipient().public_key))
    assert _members(algorithm.dump())[0].parse(core.ObjectIdentifier).native == ECB
    kinds = (core.Integer, core.Integer, core.OctetString, core.OctetString)
    x, y, digest, body = (part.parse(kind).native for part, kind in zip(_members(cipher.dump()), kinds, strict=True))
    raw = x.to_bytes(32, "big") + y.to_bytes(32, "big") + digest + body
    opener = sm2_oracle.CryptSM2(private_key=scalar_of(recipient()).hex(), public_key="", mode=1)
    session = opener.decrypt(raw)
    assert len(session) == 16
    block = sm4_oracle.CryptSM4(padding_mode=None)
    block.set_key(session, sm4_oracle.SM4_DECRYPT)
    assert block.crypt_ecb(encrypted.parse(core.OctetBitString).native) == scalar_of(wrapped_key())
    assert public.parse(core.OctetBitString).native == b"\x04" + wrapped_key().public_key.sm2_point


OFF_CURVE = b"\x04" + bytes(63) + b"\x01"
MALFORMED, MISMATCH = ErrorCode.KEY_CONTAINER_MALFORMED, ErrorCode.KEY_ENVELOPE_MISMATCH


def _off_curve_cipher() -> bytes:
    return w.sequence(w.integer(1), w.integer(1), w.octet_string(bytes(32)), w.octet_string(bytes(16)))


REFUSED: dict[str, tuple[Callable[[], bytes], Code]] = {
    "empty": (lambda: b"", MALFORMED),
    "trailing octets": (lambda: envelope() + b"\0", MALFORMED),
    "cut short": (lambda: envelope()[:-1], MALFORMED),
    "BER": (lambda: b"\x30\x80" + envelope()[3:] + b"\0\0", MALFORMED),
    "five members": (lambda: envelope(more=w.null()), MALFORMED),
    "huge": (lambda: envelope(more=w.octet_string(bytes(2000))), MALFORMED),
    "SM4-CBC": (lambda: envelope(algorithm=w.sequence(w.oid(CBC), w.null())), ErrorCode.ALGORITHM_UNKNOWN),
    "AES-ECB": (
        lambda: envelope(algorithm=w.sequence(w.oid("2.16.840.1.101.3.4.1.1"))),
        ErrorCode.ALGORITHM_UNKNOWN,
    ),
    "an IV": (
        lambda: envelope(algorithm=w.sequence(w.oid(SM4), w.octet_string(bytes(16)))),
        ErrorCode.ALGORITHM_UNKNOWN,
    ),
    "algorithm without OID": (lambda: envelope(algorithm=w.sequence()), MALFORMED),
    "compressed point": (lambda: envelope(point=b"\x02" + bytes(32)), MALFORMED),
    "point off the curve": (lambda: envelope(point=OFF_CURVE), ErrorCode.KEY_MALFORMED),
    "wrapped key off the curve": (lambda: envelope(cipher=_off_curve_cipher()), ErrorCode.CIPHERTEXT_POINT),
    "wrapped key is no SM2Cipher": (lambda: envelope(cipher=w.null()), ErrorCode.CIPHERTEXT_MALFORMED),
    "48 octets": (lambda: envelope(plaintext=scalar_of(wrapped_key()).rjust(48, b"\0")), MALFORMED),
    "31 octets": (lambda: envelope(blocks=bytes(31)), MALFORMED),
    "session key of 32 octets": (lambda: envelope(session=bytes(32)), ErrorCode.DECRYPTION_FAILED),
    "for somebody else": (
        lambda: envelope(cipher=encrypt_sm2(wrapped_key().public_key, SESSION)),
        ErrorCode.DECRYPTION_FAILED,
    ),
    "padding is not zero": (
        lambda: envelope(plaintext=b"\1" + bytes(31) + scalar_of(wrapped_key())),
        ErrorCode.KEY_ENVELOPE_PADDING,
    ),
    "padding behind": (
        lambda: envelope(plaintext=scalar_of(wrapped_key()) + bytes(32)),
        ErrorCode.KEY_ENVELOPE_PADDING,
    ),
    "another's public key": (lambda: envelope(point=b"\x04" + recipient().public_key.sm2_point), MISMATCH),
    "another's private key": (lambda: envelope(plaintext=scalar_of(recipient())), MISMATCH),
    "d is zero": (lambda: envelope(plaintext=bytes(32)), MALFORMED),
    "d is n-1": (lambda: envelope(plaintext=(N - 1).to_bytes(32, "big")), MALFORMED),
}


@pytest.mark.parametrize("name", REFUSED)
def test_refused(name: str) -> None:
    make, code = REFUSED[name]
    with pytest.raises(TrustError) as caught:
        unwrap_key(make(), recipient().decryptor())
    assert caught.value.code is code


def test_only_sm2_keys_are_wrapped_and_only_for_sm2_keys() -> None:
    other = generate_key(KeyKind.EC_P256)
    for key, to in ((other, recipient().public_key), (wrapped_key(), parse_public_key(other.public_key.spki))):
        with pytest.raises(TrustError) as caught:
            wrap_key(key, to)
        assert caught.value.code is ErrorCode.ALGORITHM_MISMATCH
