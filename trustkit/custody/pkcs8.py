"""Encrypted PKCS#8 (RFC 5958) by PBES2 (RFC 8018): written with PBKDF2-HMAC-SM3 and SM4-CBC, readable by others' tools.

Read besides: AES-CBC and HMAC-SHA-2, as OpenSSL writes. There is no integrity code in PBES2: a wrong passphrase and a
changed container look alike, and both are PASSPHRASE_WRONG.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from trustkit.crypto.cipher import decrypt, encrypt, fresh_parameters
from trustkit.crypto.cipher_suites import BLOCK_SIZE, CipherMode, CipherParameters, CipherSuite, cipher_from_algorithm
from trustkit.crypto.kdf import MAX_ITERATIONS, PBKDF2_SALTS, derive_pbkdf2
from trustkit.crypto.mac import MacAlgorithm, mac_from_oid
from trustkit.custody.private_key_info import PrivateKeyInfo, parse_private_key_info
from trustkit.encoding import der
from trustkit.encoding.der_write import integer, null, octet_string, oid, sequence
from trustkit.errors import ErrorCode, TrustError

if TYPE_CHECKING:
    from trustkit.custody.passphrase import Passphrase

# OWASP's figure for PBKDF2-HMAC-SHA-256; with SM3 it costs about half a second on a server's core.
DEFAULT_ITERATIONS: Final = 600_000
MIN_ITERATIONS: Final = 10_000  # the least that is written, for keys of tests and demonstrations
MAX_CONTAINER: Final = 32 * 1024
_MAX_DEPTH: Final = 8
_SALT: Final = 16

_PBES2: Final = "1.2.840.113549.1.5.13"
_PBKDF2: Final = "1.2.840.113549.1.5.12"
_ABSENT_OR_NULL: Final = (b"", null())


@dataclass(frozen=True, slots=True)
class _Scheme:
    prf: MacAlgorithm
    salt: bytes
    iterations: int
    cipher: CipherParameters

    def key_for(self, passphrase: Passphrase) -> bytes:
        return derive_pbkdf2(
            self.prf,
            passphrase.reveal(),
            salt=self.salt,
            iterations=self.iterations,
            size=self.cipher.suite.key_size,
        )


def encrypt_private_key(
    private_key_info: bytes, passphrase: Passphrase, *, iterations: int = DEFAULT_ITERATIONS
) -> bytes:
    """Return EncryptedPrivateKeyInfo with a fresh salt and IV. Raise PASSPHRASE_WEAK, or USAGE for few iterations.

    The inverse of `decrypt_private_key`.
    """
    passphrase.require_strength()
    if not MIN_ITERATIONS <= iterations <= MAX_ITERATIONS:
        raise TrustError(ErrorCode.USAGE, "iterations", least=MIN_ITERATIONS, most=MAX_ITERATIONS)
    cipher = fresh_parameters(CipherSuite.SM4_CBC)
    scheme = _Scheme(MacAlgorithm.HMAC_SM3, secrets.token_bytes(_SALT), iterations, cipher)
    # NOTE: no parameters after the PRF's OID. RFC 8018 B.1 has NULL for HMAC-SHA-*; GmSSL refuses a NULL after HMAC-SM3.
    kdf = sequence(octet_string(scheme.salt), integer(iterations), sequence(oid(scheme.prf.oid)))
    parameters = sequence(sequence(oid(_PBKDF2), kdf), cipher.algorithm_identifier())
    encrypted = encrypt(cipher, scheme.key_for(passphrase), private_key_info)
    return sequence(sequence(oid(_PBES2), parameters), octet_string(encrypted))


def decrypt_private_key(container: bytes, passphrase: Passphrase) -> PrivateKeyInfo:
    """Return what EncryptedPrivateKeyInfo octets hold.

    Raises:
        TrustError: KEY_CONTAINER_MALFORMED, ALGORITHM_UNKNOWN (scheme, PRF, cipher), ALGORITHM_WEAK (such as HMAC-SHA-1
            and triple DES), PASSPHRASE_WRONG.
    """
    try:
        scheme, encrypted = _read(container)
    except ValueError:
        raise TrustError(ErrorCode.KEY_CONTAINER_MALFORMED, "not PBES2") from None
    except TrustError as error:
        if error.code in {ErrorCode.ALGORITHM_UNKNOWN, ErrorCode.ALGORITHM_WEAK}:
            raise
        raise TrustError(ErrorCode.KEY_CONTAINER_MALFORMED, "not an EncryptedPrivateKeyInfo") from error
    key = scheme.key_for(passphrase)
    try:
        return parse_private_key_info(decrypt(scheme.cipher, key, encrypted))
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
    parsed = _read_cipher(data, cipher)
    prf, salt, iterations = _read_pbkdf2(data, kdf_parameters, parsed.suite.key_size)
    encrypted = der.expect(data, body, der.OCTET_STRING, "encryptedData")
    if not encrypted or len(encrypted) % BLOCK_SIZE:
        raise TrustError(ErrorCode.DER_MALFORMED, "ciphertext length")
    return _Scheme(prf, salt, iterations, parsed), encrypted


def _read_cipher(data: bytes, element: der.Tlv) -> CipherParameters:
    name, iv = der.children(data, element)
    identifier = der.decode_oid(der.expect(data, name, der.OID, "encryptionScheme"))
    found = cipher_from_algorithm(identifier, der.octets(data, iv))
    if found.suite.mode is not CipherMode.CBC or not found.mode_named:
        raise TrustError(ErrorCode.ALGORITHM_UNKNOWN, "key encryption cipher", oid=identifier)
    return found


def _read_pbkdf2(data: bytes, parameters: der.Tlv, key_size: int) -> tuple[MacAlgorithm, bytes, int]:
    salt, count, *rest = der.children(data, parameters)
    octets = der.expect(data, salt, der.OCTET_STRING, "salt")
    iterations = der.decode_integer(der.expect(data, count, der.INTEGER, "iterationCount"))
    if rest and rest[0].tag == der.INTEGER and der.decode_integer(der.content(data, rest.pop(0))) != key_size:
        raise TrustError(ErrorCode.DER_MALFORMED, "keyLength is not the cipher's")
    if not rest:
        raise TrustError(ErrorCode.ALGORITHM_WEAK, "key derivation", algorithm="hmacWithSHA1")
    (prf,) = rest
    name, *null_or_absent = der.children(data, prf)
    algorithm = mac_from_oid(der.decode_oid(der.expect(data, name, der.OID, "prf")))
    if b"".join(der.octets(data, e) for e in null_or_absent) not in _ABSENT_OR_NULL:
        raise TrustError(ErrorCode.ALGORITHM_UNKNOWN, "key derivation PRF", algorithm=algorithm.value)
    if len(octets) not in PBKDF2_SALTS or not 1 <= iterations <= MAX_ITERATIONS:
        raise TrustError(ErrorCode.DER_MALFORMED, "salt or iteration count out of bounds")
    return algorithm, octets, iterations
