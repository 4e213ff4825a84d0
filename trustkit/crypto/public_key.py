"""Public keys from SubjectPublicKeyInfo (RFC 5280 4.1.2.7; SM2: GB/T 35276 7.1, GB/T 20518), kept as found.

`parse_public_key` is the only maker: a `PublicKey` in hand is of a supported kind, strong enough, and, for SM2, a point
of the curve.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from enum import StrEnum, unique
from functools import lru_cache
from typing import Final

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import load_der_public_key

from trustkit.crypto.engines.selection import current_engine
from trustkit.crypto.sm2 import POINT_SIZE
from trustkit.encoding import der
from trustkit.errors import ErrorCode, TrustError

MAX_SPKI_SIZE: Final = 4096  # an RSA key of 8192 bits takes 1,062 octets
MIN_RSA_BITS: Final = 2048  # NIST SP 800-131A rev. 2, 5.1
MAX_RSA_BITS: Final = 8192  # a verification beyond costs more than an anonymous caller may ask for
# FIPS 186-5 allows up to 256 bits; 65537 is in use, and Windows takes no more than 32. A verification takes one squaring a
# bit: a crafted exponent as long as the modulus would cost as much as signing does.
MAX_RSA_EXPONENT_BITS: Final = 33
_KEY_CACHE: Final = 1024  # keys of issuers and signers seen again
_MAX_DEPTH: Final = 4  # SPKI, AlgorithmIdentifier, named parameters
_OID_TAG: Final = bytes((der.OID,))
_UNCOMPRESSED: Final = b"\x00\x04"  # no unused bits, then SEC 1 2.3.3 uncompressed
# How nearly every SM2 key is written: id-ecPublicKey with the curve's OID, and an uncompressed point of 64 octets.
_SM2_BEGINS: Final = bytes.fromhex("3059301306072a8648ce3d020106082a811ccf5501822d034200 04")
_SM2_SIZE: Final = len(_SM2_BEGINS) + POINT_SIZE

EC_PUBLIC_KEY: Final = "1.2.840.10045.2.1"
RSA_ENCRYPTION: Final = "1.2.840.113549.1.1.1"
SM2_CURVE: Final = "1.2.156.10197.1.301"
P256_CURVE: Final = "1.2.840.10045.3.1.7"
P384_CURVE: Final = "1.3.132.0.34"
ED25519: Final = "1.3.101.112"  # RFC 8410 3
ML_DSA_44: Final = "2.16.840.1.101.3.4.3.17"  # FIPS 204; RFC 9881
ML_DSA_65: Final = "2.16.840.1.101.3.4.3.18"
ML_DSA_87: Final = "2.16.840.1.101.3.4.3.19"


@unique
class KeyKind(StrEnum):
    """Kinds of keys trustkit knows."""

    SM2 = "sm2"
    EC_P256 = "ec-p256"
    EC_P384 = "ec-p384"
    RSA = "rsa"
    ED25519 = "ed25519"
    ML_DSA_44 = "ml-dsa-44"
    ML_DSA_65 = "ml-dsa-65"
    ML_DSA_87 = "ml-dsa-87"


_CURVES: Final = {
    SM2_CURVE: KeyKind.SM2,
    P256_CURVE: KeyKind.EC_P256,
    P384_CURVE: KeyKind.EC_P384,
}


# Algorithms whose identifier has no parameters (RFC 8410 3, RFC 9881: they MUST be absent).
_BARE: Final = {
    ED25519: KeyKind.ED25519,
    ML_DSA_44: KeyKind.ML_DSA_44,
    ML_DSA_65: KeyKind.ML_DSA_65,
    ML_DSA_87: KeyKind.ML_DSA_87,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class PublicKey:
    """A public key: its kind, the SubjectPublicKeyInfo as found, and the octets of its BIT STRING.

    `sm2_point` is X ‖ Y (64 octets) of an SM2 key, and empty for other kinds.
    """

    kind: KeyKind
    spki: bytes
    subject_public_key: bytes = field(repr=False)
    sm2_point: bytes = field(default=b"", repr=False)

    @property
    def rsa_bits(self) -> int:
        """Return the length of the modulus in bits; 0 for a key of another kind."""
        if self.kind is not KeyKind.RSA:
            return 0
        outer = der.read_tlv(self.subject_public_key, 0, len(self.subject_public_key))
        modulus = der.children(self.subject_public_key, outer)[0]
        return int.from_bytes(der.content(self.subject_public_key, modulus), "big").bit_length()

    @property
    def identifier(self) -> bytes:
        """Return the SHA-1 of the BIT STRING's octets (RFC 5280 4.2.1.2 (1)): a name for the key, not a protection."""
        return hashlib.sha1(self.subject_public_key, usedforsecurity=False).digest()


def parse_public_key(spki_der: bytes) -> PublicKey:
    """Return the key of SubjectPublicKeyInfo octets.

    Raises:
        TrustError: KEY_MALFORMED (not DER, not a point of the curve), KEY_UNSUPPORTED (kind, curve, compressed or
            explicit form, RSA beyond 8192 bits), KEY_WEAK (RSA below 2048 bits).
    """
    if len(spki_der) > MAX_SPKI_SIZE:
        raise TrustError(ErrorCode.KEY_MALFORMED, "public key is too large", octets=len(spki_der), limit=MAX_SPKI_SIZE)
    return _parse(bytes(spki_der))


@lru_cache(maxsize=_KEY_CACHE)
def _parse(spki: bytes) -> PublicKey:
    if spki.startswith(_SM2_BEGINS) and len(spki) == _SM2_SIZE:
        return _sm2_key(KeyKind.SM2, spki, spki[len(_SM2_BEGINS) - 2 :])
    try:
        algorithm, parameters, bits = _read(spki)
        curve = der.decode_oid(parameters[2:]) if parameters[:1] == _OID_TAG else ""
    except TrustError as error:
        raise TrustError(ErrorCode.KEY_MALFORMED, "SubjectPublicKeyInfo is not DER") from error
    kind = _kind(algorithm, parameters, curve)
    if kind is not KeyKind.SM2:
        _check_with_library(kind, spki)
        return PublicKey(kind=kind, spki=spki, subject_public_key=bits[1:])
    return _sm2_key(kind, spki, bits)


def _sm2_key(kind: KeyKind, spki: bytes, bits: bytes) -> PublicKey:
    if bits[:1] == b"\x00" and bits[1:2] in {b"\x02", b"\x03"}:
        raise TrustError(ErrorCode.KEY_UNSUPPORTED, "compressed SM2 point")
    point = bits[2:]
    if not bits.startswith(_UNCOMPRESSED) or len(point) != POINT_SIZE or not current_engine().is_on_curve(point):
        raise TrustError(ErrorCode.KEY_MALFORMED, "not a point of the SM2 curve")
    return PublicKey(kind=kind, spki=spki, subject_public_key=bits[1:], sm2_point=point)


def rsa_numbers(key: PublicKey) -> rsa.RSAPublicNumbers:
    """Return modulus and exponent of an RSA key. Raise KEY_UNSUPPORTED for a key of another kind."""
    loaded = load_der_public_key(key.spki) if key.kind is KeyKind.RSA else None
    if not isinstance(loaded, rsa.RSAPublicKey):
        raise TrustError(ErrorCode.KEY_UNSUPPORTED, "no RSA key", kind=key.kind.value)
    return loaded.public_numbers()


def _read(spki: bytes) -> tuple[str, bytes, bytes]:
    """Return the algorithm's OID, its parameters as found (empty when absent) and the BIT STRING's body."""
    outer = der.parse_strict(spki, max_depth=_MAX_DEPTH)
    der.expect(spki, outer, der.SEQUENCE, "SubjectPublicKeyInfo")
    match der.children(spki, outer):
        case (identifier, key):
            der.expect(spki, identifier, der.SEQUENCE, "algorithm")
            bits = der.expect(spki, key, der.BIT_STRING, "subjectPublicKey")
        case _:
            raise TrustError(ErrorCode.DER_MALFORMED, "SubjectPublicKeyInfo has two members")
    match der.children(spki, identifier):
        case (oid,):
            parameters = b""
        case (oid, found):
            parameters = der.octets(spki, found)
        case _:
            raise TrustError(ErrorCode.DER_MALFORMED, "AlgorithmIdentifier has one or two members")
    if bits[:1] != b"\x00":
        raise TrustError(ErrorCode.DER_MALFORMED, "subjectPublicKey is not whole octets")
    return der.decode_oid(der.expect(spki, oid, der.OID, "algorithm")), parameters, bits


def _kind(algorithm: str, parameters: bytes, curve: str) -> KeyKind:
    if algorithm == RSA_ENCRYPTION and parameters in {b"", b"\x05\x00"}:
        return KeyKind.RSA
    if algorithm in _BARE and not parameters:
        return _BARE[algorithm]
    # NOTE: BabaSSL wrote the SM2 curve's OID as the algorithm too; such chains circulate and are unambiguous.
    if algorithm in {EC_PUBLIC_KEY, SM2_CURVE} and curve:
        kind = _CURVES.get(curve)
        if kind is not None and (algorithm == EC_PUBLIC_KEY or kind is KeyKind.SM2):
            return kind
        raise TrustError(ErrorCode.KEY_UNSUPPORTED, "elliptic curve", curve=curve)
    raise TrustError(ErrorCode.KEY_UNSUPPORTED, "public key algorithm", oid=algorithm)


def _check_with_library(kind: KeyKind, spki: bytes) -> None:
    try:
        key = load_der_public_key(spki)
    except (ValueError, TypeError) as error:
        raise TrustError(ErrorCode.KEY_MALFORMED, "the public key's value", kind=kind.value) from error
    except UnsupportedAlgorithm as error:
        raise TrustError(ErrorCode.KEY_UNSUPPORTED, "the public key's form", kind=kind.value) from error
    if isinstance(key, rsa.RSAPublicKey):
        if key.key_size < MIN_RSA_BITS:
            raise TrustError(ErrorCode.KEY_WEAK, "RSA modulus", bits=key.key_size, least=MIN_RSA_BITS)
        if key.key_size > MAX_RSA_BITS:
            raise TrustError(ErrorCode.KEY_UNSUPPORTED, "RSA modulus", bits=key.key_size, most=MAX_RSA_BITS)
        bits = key.public_numbers().e.bit_length()
        if bits > MAX_RSA_EXPONENT_BITS:
            raise TrustError(ErrorCode.KEY_UNSUPPORTED, "RSA exponent", bits=bits, most=MAX_RSA_EXPONENT_BITS)
