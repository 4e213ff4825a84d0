"""Re-enrolment is for the same holder (RFC 7030 4.2.2): subject and alternative names as in the certificate that asks."""

from __future__ import annotations

from typing import TYPE_CHECKING

from trustkit.errors import ErrorCode, TrustError
from trustkit.x509 import oids
from trustkit.x509.certificate import parse_certificate
from trustkit.x509.extension_values import read_alternative_names
from trustkit.x509.name import names_equal

if TYPE_CHECKING:
    from collections.abc import Mapping

    from trustkit.x509.extension import Extension
    from trustkit.x509.general_name import GeneralName
    from trustkit.x509.request import VerifiedRequest


def require_same_holder(request: VerifiedRequest, current_der: bytes) -> None:
    """Raise CA_CLIENT_ROLE unless a request names just whom a certificate (DER) names."""
    current = parse_certificate(current_der)
    if not names_equal(request.subject_der, current.subject_der):
        raise TrustError(ErrorCode.CA_CLIENT_ROLE, "another subject than the certificate's")
    if _names(request.extensions) != _names(current.extensions):
        raise TrustError(ErrorCode.CA_CLIENT_ROLE, "other alternative names than the certificate's")


def _names(extensions: Mapping[str, Extension]) -> frozenset[GeneralName]:
    extension = extensions.get(oids.SUBJECT_ALT_NAME)
    return frozenset(read_alternative_names(extension.value)) if extension is not None else frozenset()
