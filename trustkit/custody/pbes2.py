"""Encryption under a passphrase, PBES2 (RFC 8018 6.2): the scheme as an AlgorithmIdentifier, read and written.

Written in one of two ways: PBKDF2-HMAC-SM3 with SM4-CBC, or PBKDF2-HMAC-SHA-256 with AES-256-CBC, which every tool reads. Read
besides: other AES-CBC and HMAC-SHA-2, and the same structure under the SM identifiers of PBES and PBKDF. PBES1, RC2, DES and
HMAC-SHA-1 are refused by name. There is no integrity code in PBES2: a wrong passphrase and changed octets look alike.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field
from enum import StrEnum, unique
from typing import TYPE_CHECKING, Final

from trustkit.crypto.cipher import decrypt, encrypt, fresh_parameters
from trustkit.crypto.cipher_suites import BLOCK_SIZE, CipherMode, CipherParameters, CipherSuite, cipher_from_algorithm
from trustkit.crypto.kdf import MAX_ITERATIONS, PBKDF2_SALTS, derive_pbkdf2
from trustkit.crypto.mac import MacAlgorithm, mac_from_oid
from trustkit.encoding import der
from trustkit.encoding.der_write import integer, null, octet_string, oid, sequence
from trustkit.errors import ErrorCode, TrustError

if TYPE_CHECKING:
    from trustkit.custody.passphrase import Passphrase

# OWASP's figure for PBKDF2-HMAC-SHA-256; with SM3 it costs about half a second on a server's core.
DEFAULT_ITERATIONS: Final = 600_000
MIN_ITERATIONS: Final = 10_000  # the least that is written, for keys of tests and demonstrations
SALT_SIZE: Final = 16
PBKDF2: Final = "1.2.840.113549.1.5.12"
_PBES2: Final = "1.2.840.113549.1.5.13"
_SM_PBES: Final = "1.2.156.10197.6.4.1.5.2"  # read and never written, as its PBKDF
_SM_PBKDF: Final = "1.2.156.10197.6.4.1.5.1"
_ABSENT_OR_NULL: Final = (b"", null())
_PBES1: Final = {
    "1.2.840.113549.1.5.1": "pbeWithMD2AndDES",
    "1.2.840.113549.1.5.3": "pbeWithMD5AndDES",
    "1.2.840.113549.1.5.4": "pbeWithMD2AndRC2",
    "1.2.840.113549.1.5.6": "pbeWithMD5AndRC2",
    "1.2.840.113549.1.5.10": "pbeWithSHA1AndDES",
    "1.2.840.113549.1.5.11": "pbeWithSHA1AndRC2",
    "1.2.840.113549.1.12.1.1": "pbeWithSHA1And128BitRC4",
    "1.2.840.113549.1.12.1.2": "pbeWithSHA1And40BitRC4",
    "1.2.840.113549.1.12.1.3": "pbeWithSHA1And3KeyTripleDES",
    "1.2.840.113549.1.12.1.4": "pbeWithSHA1And2KeyTripleDES",
    "1.2.840.113549.1.12.1.5": "pbeWithSHA1And128BitRC2",
    "1.2.840.113549.1.12.1.6": "pbeWithSHA1And40BitRC2",
}


@unique
class Protection(StrEnum):
    """What a container is written with: the SM algorithms, or those that tools without SM read."""

    SM = "sm"
    AES = "aes"

    @property
    def mac(self) -> MacAlgorithm:
        """The HMAC of key derivation and integrity."""
        return MacAlgorithm.HMAC_SM3 if self is Protection.SM else MacAlgorithm.HMAC_SHA256

    @property
    def cipher(self) -> CipherSuite:
        """The cipher of the key."""
        return CipherSuite.SM4_CBC if self is Protection.SM else CipherSuite.AES256_CBC


@dataclass(frozen=True, slots=True)
class DerivedKey:
    """PBKDF2 with its parameters: everything but the passphrase (RFC 8018 A.2). `size` is 0 where none is stated."""

    prf: MacAlgorithm
    salt: bytes = field(repr=False)
    iterations: int
    size: int = 0

    def derive(self, passphrase: Passphrase, size: int) -> bytes:
        """Return `size` octets."""
        octets = passphrase.reveal()
        return derive_pbkdf2(self.prf, octets, salt=self.salt, iterations=self.iterations, size=size)

    def algorithm_identifier(self) -> bytes:
        """Return keyDerivationFunc to write."""
        # NOTE: no parameters after SM3's OID. RFC 8018 B.1 has NULL for HMAC-SHA-*; GmSSL refuses a NULL after HMAC-SM3.
        parameters = b"" if self.prf is MacAlgorithm.HMAC_SM3 else null()
        size = integer(self.size) if self.size else b""
        members = (octet_string(self.salt), integer(self.iterations), size, sequence(oid(self.prf.oid), parameters))
        return sequence(oid(PBKDF2), sequence(*members))


@dataclass(frozen=True, slots=True)
class Scheme:
    """A passphrase scheme with its salt and IV."""

    kdf: DerivedKey
    cipher: CipherParameters

    def encrypt(self, passphrase: Passphrase, plaintext: bytes) -> bytes:
        """Return the ciphertext."""
        return encrypt(self.cipher, self._key(passphrase), plaintext)

    def decrypt(self, passphrase: Passphrase, ciphertext: bytes) -> bytes:
        """Return the plaintext. Raise CIPHERTEXT_MALFORMED, DECRYPTION_FAILED: both may mean a wrong passphrase."""
        return decrypt(self.cipher, self._key(passphrase), ciphertext)

    def algorithm_identifier(self) -> bytes:
        """Return encryptionAlgorithm to write."""
        parameters = sequence(self.kdf.algorithm_identifier(), self.cipher.algorithm_identifier())
        return sequence(oid(_PBES2), parameters)

    def _key(self, passphrase: Passphrase) -> bytes:
        return self.kdf.derive(passphrase, self.cipher.suite.key_size)


def fresh_scheme(protection: Protection, iterations: int) -> Scheme:
    """Return a scheme with a fresh salt and IV. Raise USAGE for fewer than `MIN_ITERATIONS` or too many iterations."""
    require_iterations(iterations)
    kdf = DerivedKey(protection.mac, secrets.token_bytes(SALT_SIZE), iterations)
    return Scheme(kdf, fresh_parameters(protection.cipher))


def require_iterations(iterations: int) -> None:
    """Raise USAGE for a number of iterations that is not written."""
    if not MIN_ITERATIONS <= iterations <= MAX_ITERATIONS:
        raise TrustError(ErrorCode.USAGE, "iterations", least=MIN_ITERATIONS, most=MAX_ITERATIONS)


def read_scheme(data: bytes, identifier: der.Tlv) -> Scheme:
    """Return the scheme an encryptionAlgorithm names; the inverse of `Scheme.algorithm_identifier`.

    Raises:
        TrustError: ALGORITHM_UNKNOWN (scheme, PRF, cipher), ALGORITHM_WEAK (PBES1, HMAC-SHA-1, triple DES …),
            DER_MALFORMED, CIPHERTEXT_MALFORMED.
        ValueError: A wrong number of members, from unpacking.
    """
    name, parameters = der.children(data, identifier)
    scheme = der.decode_oid(der.expect(data, name, der.OID, "encryptionAlgorithm"))
    if scheme in _PBES1:
        raise TrustError(ErrorCode.ALGORITHM_WEAK, "key encryption", algorithm=_PBES1[scheme])
    if scheme not in {_PBES2, _SM_PBES}:
        raise TrustError(ErrorCode.ALGORITHM_UNKNOWN, "key encryption is not PBES2", oid=scheme)
    kdf, cipher = der.children(data, parameters)
    parsed = _read_cipher(data, cipher)
    derived = read_pbkdf2(data, kdf)
    if derived.size not in {0, parsed.suite.key_size}:
        raise TrustError(ErrorCode.DER_MALFORMED, "keyLength is not the cipher's")
    return Scheme(derived, parsed)


def read_pbkdf2(data: bytes, kdf: der.Tlv) -> DerivedKey:
    """Return a keyDerivationFunc; the inverse of `DerivedKey.algorithm_identifier`. Raise as `read_scheme` does."""
    name, parameters = der.children(data, kdf)
    function = der.decode_oid(der.expect(data, name, der.OID, "keyDerivationFunc"))
    if function not in {PBKDF2, _SM_PBKDF}:
        raise TrustError(ErrorCode.ALGORITHM_UNKNOWN, "key derivation is not PBKDF2", oid=function)
    salt, count, *rest = der.children(data, parameters)
    octets = der.expect(data, salt, der.OCTET_STRING, "salt")
    iterations = der.decode_integer(der.expect(data, count, der.INTEGER, "iterationCount"))
    size = 0
    if rest and rest[0].tag == der.INTEGER:
        size = der.decode_integer(der.content(data, rest.pop(0)))
        if size <= 0:
            raise TrustError(ErrorCode.DER_MALFORMED, "keyLength")
    if rest:
        (prf,) = rest
        algorithm = read_hmac(data, prf, "key derivation PRF")
    elif function == _SM_PBKDF:
        algorithm = MacAlgorithm.HMAC_SM3
    else:
        raise TrustError(ErrorCode.ALGORITHM_WEAK, "key derivation", algorithm="hmacWithSHA1")  # RFC 8018 A.2: DEFAULT
    if len(octets) not in PBKDF2_SALTS or not 1 <= iterations <= MAX_ITERATIONS:
        raise TrustError(ErrorCode.DER_MALFORMED, "salt or iteration count out of bounds")
    return DerivedKey(algorithm, octets, iterations, size)


def read_hmac(data: bytes, element: der.Tlv, what: str) -> MacAlgorithm:
    """Return the HMAC an AlgorithmIdentifier names, parameters absent or NULL. Raise as `read_scheme` does."""
    name, *parameters = der.children(data, element)
    algorithm = mac_from_oid(der.decode_oid(der.expect(data, name, der.OID, what)))
    if b"".join(der.octets(data, each) for each in parameters) not in _ABSENT_OR_NULL:
        raise TrustError(ErrorCode.ALGORITHM_UNKNOWN, what, algorithm=algorithm.value)
    return algorithm


def _read_cipher(data: bytes, element: der.Tlv) -> CipherParameters:
    name, iv = der.children(data, element)
    identifier = der.decode_oid(der.expect(data, name, der.OID, "encryptionScheme"))
    found = cipher_from_algorithm(identifier, der.octets(data, iv))
    if found.suite.mode is not CipherMode.CBC or not found.mode_named:
        raise TrustError(ErrorCode.ALGORITHM_UNKNOWN, "key encryption cipher", oid=identifier)
    return found


def require_whole_blocks(ciphertext: bytes) -> bytes:
    """Return CBC ciphertext of whole blocks. Raise DER_MALFORMED."""
    if not ciphertext or len(ciphertext) % BLOCK_SIZE:
        raise TrustError(ErrorCode.DER_MALFORMED, "ciphertext length")
    return ciphertext
