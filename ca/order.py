"""What a certificate is asked for with: the values that whoever decided about it hands to the authority."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime

    from ca.profile_model import CertificateProfile
    from trustkit.x509.general_name import GeneralName


@dataclass(frozen=True, slots=True, kw_only=True)
class CertificateOrder:
    """One certificate to be issued.

    Attributes: `subject_der` its name and `spki` its key (SubjectPublicKeyInfo), DER; `crl_url`, `issuer_url` and `ocsp_url`
    the links to publish, where the profile publishes any; `alternative_names` in their order, of kinds the profile allows;
    `not_before` and `not_after` None for now and for the profile's days; `extensions` encoded Extensions, of the OIDs the
    profile lists.
    """

    profile: CertificateProfile
    subject_der: bytes
    spki: bytes
    crl_url: str
    issuer_url: str
    ocsp_url: str | None = None
    alternative_names: tuple[GeneralName, ...] = ()
    not_before: datetime | None = None
    not_after: datetime | None = None
    extensions: tuple[bytes, ...] = ()
