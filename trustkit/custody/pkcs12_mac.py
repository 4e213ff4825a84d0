"""The integrity code of PKCS#12: HMAC under a key from the passphrase (RFC 7292 4, appendix B; PBMAC1: RFC 9579).

Written by the key derivation of PKCS#12 itself, which every reader knows; PBMAC1 is read, and written on request. SHA-1 and
MD5 are refused by name.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from trustkit.crypto.digest import DigestAlgorithm, digest, digest_from_oid, digest_oid
from trustkit.crypto.mac import MacAlgorithm, compute_mac, verify_mac
from trustkit.custody.pbes2 import SALT_SIZE, DerivedKey, read_hmac, read_pbkdf2
from trustkit.encoding import der
from trustkit.encoding.der_write import integer, null, octet_string, oid, sequence
from trustkit.errors import ErrorCode, TrustError

if TYPE_CHECKING:
    from trustkit.custody.passphrase import Passphrase

MAX_MAC_ITERATIONS: Final = 1_000_000  # a second or two of this loop; Windows writes 2,000, OpenSSL 2,048, Java 10,000
_PBMAC1: Final = "1.2.840.113549.1.5.14"
_MAC_KEY: Final = 3  # RFC 7292 B.3: the ID octet of a key for integrity
_SALTS: Final = range(8, 129)
_MIN_KEY: Final = 20  # octets of a key of PBMAC1
_HMACS: Final = {each.digest: each for each in MacAlgorithm}
_BLOCKS: Final = {  # RFC 7292 B.2: v, the block of the hash in octets
    DigestAlgorithm.SM3: 64,
    DigestAlgorithm.SHA256: 64,
    DigestAlgorithm.SHA384: 128,
    DigestAlgorithm.SHA512: 128,
}
_ABSENT_OR_NULL: Final = (b"", null())


@dataclass(frozen=True, slots=True)
class _Mac:
    """How a code is made; `kdf` only with PBMAC1, which then has salt and iterations of its own."""

    algorithm: MacAlgorithm
    salt: bytes = field(repr=False)
    iterations: int
    kdf: DerivedKey | None = None

    def key(self, passphrase: Passphrase) -> bytes:
        if self.kdf is not None:
            return self.kdf.derive(passphrase, self.kdf.size)
        return derive_pkcs12_mac_key(self.algorithm.digest, passphrase, salt=self.salt, iterations=self.iterations)


def derive_pkcs12_mac_key(algorithm: DigestAlgorithm, passphrase: Passphrase, *, salt: bytes, iterations: int) -> bytes:
    """Return the key of the code, as long as the digest (RFC 7292 B.2 with ID 3; one block suffices for that length).

    Raises:
        TrustError: USAGE for a passphrase that is not UTF-8 text.
    """
    block = _BLOCKS[algorithm]
    word = _as_bmp_string(passphrase)
    filled = bytes((_MAC_KEY,)) * block + _repeated(salt, block) + _repeated(word, block)
    result = digest(algorithm, filled)
    for _ in range(iterations - 1):
        result = digest(algorithm, result)
    return result


def make_mac(
    content: bytes, passphrase: Passphrase, algorithm: MacAlgorithm, *, iterations: int, pbmac1: bool = False
) -> bytes:
    """Return MacData over the octets of the authenticated safe. The inverse of `verify_mac_data`."""
    salt = secrets.token_bytes(SALT_SIZE)
    identifier = sequence(oid(digest_oid(algorithm.digest)), null())
    mac = _Mac(algorithm, salt, iterations)
    if pbmac1:
        # RFC 9579: keyLength is there, and the salt and iterations of MacData say nothing.
        kdf = DerivedKey(algorithm, salt, iterations, algorithm.size)
        authentication = sequence(oid(algorithm.oid), null())
        identifier = sequence(oid(_PBMAC1), sequence(kdf.algorithm_identifier(), authentication))
        mac = _Mac(algorithm, salt, iterations, kdf)
    code = compute_mac(algorithm, mac.key(passphrase), content)
    stated = 1 if pbmac1 else iterations
    count = integer(stated) if stated != 1 else b""  # X.690 11.5: the DEFAULT is left out
    return sequence(sequence(identifier, octet_string(code)), octet_string(salt), count)


def verify_mac_data(data: bytes, element: der.Tlv, content: bytes, passphrase: Passphrase) -> None:
    """Return when MacData is right for `content`.

    Raises:
        TrustError: PASSPHRASE_WRONG (also for changed content), ALGORITHM_WEAK (SHA-1, MD5), ALGORITHM_UNKNOWN,
            DER_MALFORMED.
        ValueError: A wrong number of members, from unpacking.
    """
    mac, code = _read(data, element)
    key = mac.key(passphrase)
    try:
        verify_mac(mac.algorithm, key, content, code)
    except TrustError:
        raise TrustError(ErrorCode.PASSPHRASE_WRONG, "the container does not open") from None


def _read(data: bytes, element: der.Tlv) -> tuple[_Mac, bytes]:
    info, salt, *count = der.children(data, element)
    identifier, code = der.children(data, info)
    octets = der.expect(data, salt, der.OCTET_STRING, "macSalt")
    iterations = 1
    if count:
        (stated,) = count
        iterations = der.decode_integer(der.expect(data, stated, der.INTEGER, "iterations"))
    found = der.expect(data, code, der.OCTET_STRING, "digest")
    name, *parameters = der.children(data, identifier)
    algorithm = der.decode_oid(der.expect(data, name, der.OID, "digestAlgorithm"))
    if algorithm == _PBMAC1:
        return _read_pbmac1(data, parameters), found
    hashed = digest_from_oid(algorithm)
    if b"".join(der.octets(data, each) for each in parameters) not in _ABSENT_OR_NULL:
        raise TrustError(ErrorCode.ALGORITHM_UNKNOWN, "digest of the integrity code", algorithm=hashed.value)
    if len(octets) not in _SALTS or not 1 <= iterations <= MAX_MAC_ITERATIONS:
        raise TrustError(ErrorCode.DER_MALFORMED, "salt or iteration count out of bounds")
    return _Mac(_HMACS[hashed], octets, iterations), found


def _read_pbmac1(data: bytes, parameters: list[der.Tlv]) -> _Mac:
    (inner,) = parameters
    kdf, authentication = der.children(data, inner)
    derived = read_pbkdf2(data, kdf)
    algorithm = read_hmac(data, authentication, "integrity code")
    # RFC 9579: keyLength is always there, and a short key is refused.
    if not _MIN_KEY <= derived.size <= 2 * algorithm.size:
        raise TrustError(ErrorCode.DER_MALFORMED, "keyLength of PBMAC1")
    return _Mac(algorithm, derived.salt, derived.iterations, derived)


def _as_bmp_string(passphrase: Passphrase) -> bytes:
    """Return the passphrase as RFC 7292 B.1 has it: UTF-16, big endian, with two octets of zero behind."""
    try:
        return passphrase.reveal().decode("utf-8").encode("utf-16-be") + b"\0\0"
    except UnicodeError:
        raise TrustError(ErrorCode.USAGE, "a PKCS#12 passphrase is UTF-8 text") from None


def _repeated(octets: bytes, block: int) -> bytes:
    """Return the octets repeated and cut to whole blocks (RFC 7292 B.2 2 and 3)."""
    size = block * -(-len(octets) // block)
    return (octets * (size // len(octets) + 1))[:size]
