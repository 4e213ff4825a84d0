"""The signing-certificate attribute: which certificate the signer meant (RFC 5035, RFC 5816; RFC 2634 for the old one).

It keeps a signature from being shown under another certificate of the same key.
"""

from __future__ import annotations

import hmac
from typing import TYPE_CHECKING, Final

from trustkit.cms import oids
from trustkit.cms.attributes import single_value
from trustkit.cms.fields import Fields, elements, read_algorithm
from trustkit.crypto.digest import DigestAlgorithm, digest, digest_from_oid
from trustkit.encoding import der
from trustkit.encoding.remembered import remembering
from trustkit.errors import ErrorCode, TrustError
from trustkit.x509.name import names_equal

if TYPE_CHECKING:
    from trustkit.cms.model import SignerInfo
    from trustkit.encoding.der import Tlv
    from trustkit.x509.certificate import Certificate

MAX_CERTIFICATE_IDS: Final = 100  # as many as a message may carry certificates
MAX_VALUE_SIZE: Final = 64 * 1024
MAX_NAMES: Final = 16  # an issuer has one name
_MATCHES: Final = 256  # kept, with certificates that are kept elsewhere too
_SMALL_VALUE: Final = 1024  # octets; a digest with issuer and number takes 200
_DIRECTORY_NAME: Final = 0xA4  # GeneralName [4], explicit because Name is a CHOICE


def match_signing_certificate(signer: SignerInfo, certificate: Certificate) -> bool:
    """Hold the signing-certificate attributes against the signer's certificate; return whether the V2 one is there.

    The first ESSCertID names the signer's certificate (RFC 5035 4: "MUST be the one used to verify the signature").
    The V1 attribute hashes with SHA-1: it must match when present, and proves nothing, so it does not count.

    Raises:
        TrustError: CMS_ATTRIBUTES for another certificate, a repeated or malformed attribute; ALGORITHM_WEAK and
            ALGORITHM_UNKNOWN for the hash of a V2 attribute; DER_MALFORMED, DER_NOT_DER.
    """
    if oids.SIGNING_CERTIFICATE in signer.attributes:
        _require_match(single_value(signer, oids.SIGNING_CERTIFICATE, "signingCertificate"), certificate, 1)
    if oids.SIGNING_CERTIFICATE_V2 not in signer.attributes:
        return False
    value = single_value(signer, oids.SIGNING_CERTIFICATE_V2, "signingCertificateV2")
    _require_match(value, certificate, 2)
    return True


def _compare(value: bytes, certificate: Certificate, version: int) -> None:
    what = "signingCertificateV2" if version == 2 else "signingCertificate"  # noqa: PLR2004 - the two versions there are
    fields = Fields(value, der.parse_strict(value, max_size=MAX_VALUE_SIZE), what, ErrorCode.CMS_ATTRIBUTES)
    listed = fields.take(der.SEQUENCE, "certs")
    fields.optional(der.SEQUENCE)  # policies: RFC 5035 4 forbids nothing by them, and no policy of ours reads them
    fields.finish()
    identifiers = elements(value, listed, MAX_CERTIFICATE_IDS, what, ErrorCode.CMS_ATTRIBUTES)
    if not identifiers or identifiers[0].tag != der.SEQUENCE:
        raise TrustError(ErrorCode.CMS_ATTRIBUTES, f"{what}: malformed")
    _require_identifier(value, identifiers[0], certificate, what, version)


# That a value names a certificate stays so; a signer writes the same one into all signatures. A refusal is not kept.
_require_match: Final = remembering(_compare, entries=_MATCHES, largest=_SMALL_VALUE)


def _require_identifier(value: bytes, element: Tlv, certificate: Certificate, what: str, version: int) -> None:
    """ESSCertIDv2 ::= SEQUENCE { hashAlgorithm DEFAULT sha256, certHash OCTET STRING, issuerSerial OPTIONAL }."""
    fields = Fields(value, element, what, ErrorCode.CMS_ATTRIBUTES)
    if version == 1:
        found = digest(DigestAlgorithm.SHA1, certificate.der, allow_weak=True)
    else:
        named = fields.optional(der.SEQUENCE)
        algorithm = DigestAlgorithm.SHA256
        if named is not None:
            algorithm = digest_from_oid(read_algorithm(value, named, what, ErrorCode.CMS_ATTRIBUTES).oid)
        found = digest(algorithm, certificate.der)
    claimed = fields.octet_string("certHash")
    if not hmac.compare_digest(claimed, found):
        raise TrustError(ErrorCode.CMS_ATTRIBUTES, f"{what} names another certificate")
    if fields.more:
        pair = Fields(value, fields.take(der.SEQUENCE, "issuerSerial"), what, ErrorCode.CMS_ATTRIBUTES)
        names = elements(value, pair.take(der.SEQUENCE, "issuer"), MAX_NAMES, what, ErrorCode.CMS_ATTRIBUTES)
        serial = pair.integer("serialNumber")
        pair.finish()
        if serial != certificate.serial or not any(_is_issuer(value, name, certificate) for name in names):
            raise TrustError(ErrorCode.CMS_ATTRIBUTES, f"{what} names another issuer or serial number")
    fields.finish()


def _is_issuer(value: bytes, name: Tlv, certificate: Certificate) -> bool:
    return name.tag == _DIRECTORY_NAME and names_equal(der.content(value, name), certificate.issuer_der)
