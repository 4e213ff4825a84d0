"""Encrypted PKCS#8 (RFC 5958) by PBES2 (RFC 8018): written with PBKDF2-HMAC-SM3 and SM4-CBC, readable by others' tools.

Read besides: AES-CBC and HMAC-SHA-2, as OpenSSL writes. There is no integrity code in PBES2: a wrong passphrase and a
changed container look alike, and both are PASSPHRASE_WRONG.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.kdf.pbkdf2 import PBKDF2HMAC
from cryptography.hazmat.primitives.padding import PKCS7

from trustkit.custody.private_key_info import PrivateKeyInfo, parse_private_key_info
from trustkit.encoding import der
from trustkit.encoding.der_write import integer, null, octet_string, oid, sequence
from trustkit.errors import ErrorCode, TrustError

if TYPE_CHECKING:
    from trustkit.custody.passphrase import Passphrase

# OWASP's figure for PBKDF2-HMAC-SHA-256; with SM3 it costs about half a second on a server's core.
DEFAULT_ITERATIONS: Final = 600_000
MIN_ITERATIONS: Final = 10_000  # the least that is written, for keys of tests and demonstrations
MAX_ITERATIONS: Final = 10_000_000  # ten seconds: what a foreign container may make us compute
MAX_CONTAINER: Final = 32 * 1024
_MAX_DEPTH: Final = 8
_SALT: Final = 16
_SALT_SIZES: Final = range(8, 129)  # RFC 8018 4.1: at least eight octets
_BLOCK: Final = 16  # SM4 and AES alike

_PBES2: Final = "1.2.840.113549.1.5.13"
_PBKDF2: Final = "1.2.840.113549.1.5.12"
_HMAC_SM3: Final = "1.2.156.10197.1.401.2"  # GB/T 33560
_SM4_CBC: Final = "1.2.156.10197.1.104.2"  # GM/T 0006
_HMAC_SHA1: Final = "1.2.840.113549.2.7"
_PRF: Final[dict[str, hashes.HashAlgorithm]] = {
    _HMAC_SM3: hashes.SM3(),
    "1.2.156.10197.1.401.3.1": hashes.SM3(),  # as Tongsuo writes it
    "1.2.840.113549.2.9": hashes.SHA256(),
    "1.2.840.113549.2.10": hashes.SHA384(),
    "1.2.840.113549.2.11": hashes.SHA512(),
}
_CIPHERS: Final[dict[str, tuple[type[algorithms.SM4 | algorithms.AES], int]]] = {
    _SM4_CBC: (algorithms.SM4, 16),
    "2.16.840.1.101.3.4.1.2": (algorithms.AES, 16),
    "2.16.840.1.101.3.4.1.22": (algorithms.AES, 24),
    "2.16.840.1.101.3.4.1.42": (algorithms.AES, 32),
}
_ABSENT_OR_NULL: Final = (b"", null())


@dataclass(frozen=True, slots=True)
class _Scheme:
    prf: str
    salt: bytes
    iterations: int
    cipher: str
    iv: bytes

    def cipher_for(self, passphrase: Passphrase) -> Cipher[modes.CBC]:
        algorithm, size = _CIPHERS[self.cipher]
        kdf = PBKDF2HMAC(algorithm=_PRF[self.prf], length=size, salt=self.salt, iterations=self.iterations)
        return Cipher(algorithm(kdf.derive(passphrase.reveal())), modes.CBC(self.iv))


def encrypt_private_key(
    private_key_info: bytes, passphrase: Passphrase, *, iterations: int = DEFAULT_ITERATIONS
) -> bytes:
    """Return EncryptedPrivateKeyInfo with a fresh salt and IV. Raise PASSPHRASE_WEAK, or USAGE for few iterations.

    The inverse of `decrypt_private_key`.
    """
    passphrase.require_strength()
    if not MIN_ITERATIONS <= iterations <= MAX_ITERATIONS:
        raise TrustError(ErrorCode.USAGE, "iterations", least=MIN_ITERATIONS, most=MAX_ITERATIONS)
    scheme = _Scheme(_HMAC_SM3, secrets.token_bytes(_SALT), iterations, _SM4_CBC, secrets.token_bytes(_BLOCK))
    padder = PKCS7(8 * _BLOCK).padder()
    padded = padder.update(private_key_info) + padder.finalize()
    encryptor = scheme.cipher_for(passphrase).encryptor()
    # NOTE: no parameters after the PRF's OID. RFC 8018 B.1 has NULL for HMAC-SHA-*; GmSSL refuses a NULL after HMAC-SM3.
    kdf = sequence(octet_string(scheme.salt), integer(iterations), sequence(oid(scheme.prf)))
    parameters = sequence(
        sequence(oid(_PBKDF2), kdf),
        sequence(oid(scheme.cipher), octet_string(scheme.iv)),
    )
    encrypted = encryptor.update(padded) + encryptor.finalize()
    return sequence(sequence(oid(_PBES2), parameters), octet_string(encrypted))


def decrypt_private_key(container: bytes, passphrase: Passphrase) -> PrivateKeyInfo:
    """Return what EncryptedPrivateKeyInfo octets hold.

    Raises:
        TrustError: KEY_CONTAINER_MALFORMED, ALGORITHM_UNKNOWN (scheme, PRF, cipher), ALGORITHM_WEAK (HMAC-SHA-1),
            PASSPHRASE_WRONG.
    """
    try:
        scheme, encrypted = _read(container)
    except ValueError:
        raise TrustError(ErrorCode.KEY_CONTAINER_MALFORMED, "not PBES2") from None
    except TrustError as error:
        if error.code in {ErrorCode.ALGORITHM_UNKNOWN, ErrorCode.ALGORITHM_WEAK}:
            raise
        raise TrustError(ErrorCode.KEY_CONTAINER_MALFORMED, "not an EncryptedPrivateKeyInfo") from error
    decryptor = scheme.cipher_for(passphrase).decryptor()
    padded = decryptor.update(encrypted) + decryptor.finalize()
    unpadder = PKCS7(8 * _BLOCK).unpadder()
    try:
        return parse_private_key_info(unpadder.update(padded) + unpadder.finalize())
    except (ValueError, TrustError):
        # One answer for wrong padding and for nonsense under right padding, with no cause attached.
        raise TrustError(ErrorCode.PASSPHRASE_WRONG, "the container does not open") from None


def _read(data: bytes) -> tuple[_Scheme, bytes]:
    """Return the scheme and the ciphertext. A wrong number of members is a ValueError from unpacking."""
    outer = der.parse_strict(data, max_size=MAX_CONTAINER, max_depth=_MAX_DEPTH)
    identifier, body = der.children(data, outer)
    oid_, parameters = der.children(data, identifier)
    if der.decode_oid(der.expect(data, oid_, der.OID, "encryptionAlgorithm")) != _PBES2:
        raise TrustError(ErrorCode.ALGORITHM_UNKNOWN, "key encryption is not PBES2")
    kdf, cipher = der.children(data, parameters)
    kdf_oid, kdf_parameters = der.children(data, kdf)
    if der.decode_oid(der.expect(data, kdf_oid, der.OID, "keyDerivationFunc")) != _PBKDF2:
        raise TrustError(ErrorCode.ALGORITHM_UNKNOWN, "key derivation is not PBKDF2")
    cipher_oid, iv = der.children(data, cipher)
    cipher_name = der.decode_oid(der.expect(data, cipher_oid, der.OID, "encryptionScheme"))
    if cipher_name not in _CIPHERS:
        raise TrustError(ErrorCode.ALGORITHM_UNKNOWN, "key encryption cipher", oid=cipher_name)
    prf, salt, iterations = _read_pbkdf2(data, kdf_parameters, _CIPHERS[cipher_name][1])
    scheme = _Scheme(prf, salt, iterations, cipher_name, der.expect(data, iv, der.OCTET_STRING, "IV"))
    encrypted = der.expect(data, body, der.OCTET_STRING, "encryptedData")
    if len(scheme.iv) != _BLOCK or not encrypted or len(encrypted) % _BLOCK:
        raise TrustError(ErrorCode.DER_MALFORMED, "IV or ciphertext length")
    return scheme, encrypted


def _read_pbkdf2(data: bytes, parameters: der.Tlv, key_size: int) -> tuple[str, bytes, int]:
    salt, count, *rest = der.children(data, parameters)
    octets = der.expect(data, salt, der.OCTET_STRING, "salt")
    iterations = der.decode_integer(der.expect(data, count, der.INTEGER, "iterationCount"))
    if rest and rest[0].tag == der.INTEGER and der.decode_integer(der.content(data, rest.pop(0))) != key_size:
        raise TrustError(ErrorCode.DER_MALFORMED, "keyLength is not the cipher's")
    if not rest:
        raise TrustError(ErrorCode.ALGORITHM_WEAK, "key derivation", algorithm="hmacWithSHA1")
    (prf,) = rest
    name, *null_or_absent = der.children(data, prf)
    prf_oid = der.decode_oid(der.expect(data, name, der.OID, "prf"))
    if prf_oid == _HMAC_SHA1:
        raise TrustError(ErrorCode.ALGORITHM_WEAK, "key derivation", algorithm="hmacWithSHA1")
    if prf_oid not in _PRF or b"".join(der.octets(data, e) for e in null_or_absent) not in _ABSENT_OR_NULL:
        raise TrustError(ErrorCode.ALGORITHM_UNKNOWN, "key derivation PRF", oid=prf_oid)
    if len(octets) not in _SALT_SIZES or not 1 <= iterations <= MAX_ITERATIONS:
        raise TrustError(ErrorCode.DER_MALFORMED, "salt or iteration count out of bounds")
    return prf_oid, octets, iterations
