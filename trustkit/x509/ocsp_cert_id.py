"""The name OCSP gives a certificate: CertID (RFC 6960 4.1.1), by SHA-1, SHA-2 or SM3.

The digest only names an issuer and protects nothing, so SHA-1 is read and written here and nowhere else in OCSP: an answer
signed through it is refused (`trustkit.crypto.suites`).

    wanted = make_cert_id(certificate.issuer_der, issuer.public_key, certificate.serial, DigestAlgorithm.SM3)
    wanted.names(issuer)            # whether it is about a certificate of that issuer
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING, Final

from trustkit.crypto.digest import DigestAlgorithm, digest, digest_from_oid, digest_oid
from trustkit.encoding import der
from trustkit.encoding import der_write as w
from trustkit.errors import ErrorCode, TrustError
from trustkit.x509.signed import read_signature_algorithm

if TYPE_CHECKING:
    from trustkit.crypto.public_key import PublicKey
    from trustkit.x509.certificate import Certificate

CERT_ID_DIGESTS: Final = (
    DigestAlgorithm.SHA1,  # what most clients write
    DigestAlgorithm.SHA256,
    DigestAlgorithm.SM3,  # what GmSSL writes
    DigestAlgorithm.SHA384,
    DigestAlgorithm.SHA512,
)
_MAX_HASH: Final = 64
_MAX_SERIAL_OCTETS: Final = 128  # as in certificates
# RFC 5754 2: absent or NULL must both be read. OpenSSL and BouncyCastle write NULL, GmSSL nothing.
_ALGORITHMS: Final = {
    each: w.sequence(w.oid(digest_oid(each)), b"" if each is DigestAlgorithm.SM3 else w.null())
    for each in CERT_ID_DIGESTS
}


@dataclass(frozen=True, slots=True, kw_only=True)
class CertId:
    """Issuer by two digests, and the serial number. `algorithm` is None for a digest that is not known here.

    Two are equal when they name the same certificate by the same digest, however the parameters are written; `der` keeps the
    octets as found, for an answer repeats the CertID of its question.
    """

    algorithm: DigestAlgorithm | None
    name_hash: bytes
    key_hash: bytes
    serial: int
    der: bytes = field(compare=False, repr=False)

    def names(self, issuer: Certificate) -> bool:
        """Tell whether the issuer it names is this one."""
        if self.algorithm is None:
            return False
        hashes = issuer_hashes(issuer.subject_der, issuer.public_key, self.algorithm)
        return hashes == (self.name_hash, self.key_hash)


@lru_cache(maxsize=1024)
def issuer_hashes(name_der: bytes, key: PublicKey, algorithm: DigestAlgorithm) -> tuple[bytes, bytes]:
    """Return the digests of an issuer's name (DER) and of its key's BIT STRING octets."""
    return (
        digest(algorithm, name_der, allow_weak=True),
        digest(algorithm, key.subject_public_key, allow_weak=True),
    )


def make_cert_id(name_der: bytes, key: PublicKey, serial: int, algorithm: DigestAlgorithm) -> CertId:
    """Return the CertID of the certificate with `serial` under the issuer of that name and key.

    Raises:
        TrustError: ALGORITHM_WEAK for MD5.
    """
    written = _ALGORITHMS.get(algorithm)
    if written is None:
        raise TrustError(ErrorCode.ALGORITHM_WEAK, "digest of a CertID", algorithm=algorithm.value)
    name_hash, key_hash = issuer_hashes(name_der, key, algorithm)
    octets = w.sequence(written, w.octet_string(name_hash), w.octet_string(key_hash), w.integer(serial))
    return CertId(algorithm=algorithm, name_hash=name_hash, key_hash=key_hash, serial=serial, der=octets)


def read_cert_id(data: bytes, element: der.Tlv) -> CertId:
    """Return the CertID at an element. Raise DER_MALFORMED or DER_NOT_DER."""
    der.expect(data, element, der.SEQUENCE, "CertID")
    match der.children(data, element):
        case (kind, name, key, serial):
            name_hash = der.expect(data, name, der.OCTET_STRING, "issuerNameHash")
            key_hash = der.expect(data, key, der.OCTET_STRING, "issuerKeyHash")
            number = der.expect(data, serial, der.INTEGER, "serialNumber")
        case _:
            raise TrustError(ErrorCode.DER_MALFORMED, "CertID has four members")
    if not 0 < len(name_hash) <= _MAX_HASH or not 0 < len(key_hash) <= _MAX_HASH:
        raise TrustError(ErrorCode.DER_MALFORMED, "digests of a CertID")
    if not 0 < len(number) <= _MAX_SERIAL_OCTETS:
        raise TrustError(ErrorCode.DER_MALFORMED, "serial number", octets=len(number))
    return CertId(
        algorithm=_algorithm(read_signature_algorithm(data, kind).oid),
        name_hash=name_hash,
        key_hash=key_hash,
        serial=int.from_bytes(number, "big", signed=True),  # not insisted on minimal: certificates in use are not
        der=der.octets(data, element),
    )


@lru_cache(maxsize=64)
def _algorithm(oid: str) -> DigestAlgorithm | None:
    try:
        found = digest_from_oid(oid, allow_weak=True)
    except TrustError:
        return None
    return found if found in _ALGORITHMS else None
