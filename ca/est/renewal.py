"""Re-enrolment is for the same holder (RFC 7030 4.2.2): subject and alternative names as in the certificate that asks."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from trustkit.errors import ErrorCode, TrustError
from trustkit.x509 import oids
from trustkit.x509.certificate import parse_certificate
from trustkit.x509.extension_values import read_alternative_names
from trustkit.x509.name import names_equal

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ca.order import CertificateOrder
    from trustkit.x509.extension import Extension
    from trustkit.x509.general_name import GeneralName
    from trustkit.x509.request import VerifiedRequest


@dataclass(frozen=True, slots=True, kw_only=True)
class SameHolder:
    """`ca.enrolment_port.Bounds` of a certificate (DER) that asks for its successor: its own profile, its own names."""

    current_der: bytes
    profile: str

    def require_place(self, authority: str, profile: str) -> None:
        """Raise CA_CLIENT_ROLE for another profile; under which CA successors are issued is the operator's setting."""
        del authority
        if profile != self.profile:
            raise TrustError(ErrorCode.CA_CLIENT_ROLE, "the certificate is of another profile")

    def require_order(self, order: CertificateOrder) -> None:
        """Raise CA_CLIENT_ROLE unless the successor will name just whom the certificate names."""
        _require_same(self.current_der, order.subject_der, frozenset(order.alternative_names))


def require_same_holder(request: VerifiedRequest, current_der: bytes) -> None:
    """Raise CA_CLIENT_ROLE unless a request names just whom a certificate (DER) names."""
    _require_same(current_der, request.subject_der, _names(request.extensions))


def _require_same(current_der: bytes, subject_der: bytes, names: frozenset[GeneralName]) -> None:
    current = parse_certificate(current_der)
    if not names_equal(subject_der, current.subject_der):
        raise TrustError(ErrorCode.CA_CLIENT_ROLE, "another subject than the certificate's")
    if names != _names(current.extensions):
        raise TrustError(ErrorCode.CA_CLIENT_ROLE, "other alternative names than the certificate's")


def _names(extensions: Mapping[str, Extension]) -> frozenset[GeneralName]:
    extension = extensions.get(oids.SUBJECT_ALT_NAME)
    return frozenset(read_alternative_names(extension.value)) if extension is not None else frozenset()
