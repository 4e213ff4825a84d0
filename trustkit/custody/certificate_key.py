"""The public key of a certificate, for comparing it with the private key beside it in one container.

Nothing about the certificate is verified or kept; `trustkit.x509.certificate` reads certificates.
"""

from __future__ import annotations

from typing import Final

from trustkit.encoding import der
from trustkit.errors import ErrorCode, TrustError

_EXPLICIT_VERSION: Final = 0xA0
_KEY: Final = 5  # RFC 5280 4.1: serial, signature, issuer, validity, subject, subjectPublicKeyInfo


def subject_public_key_info(certificate: bytes) -> bytes:
    """Return the SubjectPublicKeyInfo octets of a DER certificate as found. Raise KEY_CONTAINER_MALFORMED."""
    try:
        outer = der.read_tlv(certificate, 0, len(certificate))
        tbs = der.children(certificate, outer)[0]
        fields = der.children(certificate, tbs)
        if fields[0].tag == _EXPLICIT_VERSION:
            fields = fields[1:]
        return der.octets(certificate, fields[_KEY])
    except (TrustError, IndexError) as error:
        raise TrustError(ErrorCode.KEY_CONTAINER_MALFORMED, "the certificate beside the key is damaged") from error
