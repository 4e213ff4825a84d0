"""What a certificate is asked for with: the values that whoever decided about it hands to the authority."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum, unique
from typing import TYPE_CHECKING

from ca.list_scope import UNDIVIDED, ListBinding
from trustkit.x509.name import display_name

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from ca.profile_model import CertificateProfile
    from trustkit.x509.general_name import GeneralName


@unique
class AuthorityRole(StrEnum):
    """What a certificate is to the authority it belongs to."""

    OWN = "ca"  # the one it issues under
    CROSS = "cross"  # by an authority that is not its parent
    LINK = "link"  # between its old and its new key (RFC 4210 4.4)


@dataclass(frozen=True, slots=True, kw_only=True)
class CertificateOrder:
    """One certificate to be issued.

    Attributes: `subject_der` its name and `spki` its key (SubjectPublicKeyInfo), DER; `crl_url`, `issuer_url` and `ocsp_url`
    the links to publish, where the profile publishes any; `alternative_names` in their order, of kinds the profile allows;
    `not_before` and `not_after` None for now and for the profile's days; `extensions` encoded Extensions, of the OIDs the
    profile lists; `lists` which of the CA's lists tells about the certificate, by its serial; `authority` the name of the authority whose certificate it is, None for an end entity, and `role` what it
    is to that authority.
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
    lists: ListBinding = UNDIVIDED
    authority: str | None = None
    role: AuthorityRole = AuthorityRole.OWN

    @property
    def shown(self) -> str:
        """How the holder is shown in the register: the subject, or the first alternative name where it is empty."""
        named = display_name(self.subject_der)
        if named or not self.alternative_names:
            return named
        return f"subjectAltName={self.alternative_names[0].text}"

    @property
    def shown_names(self) -> str:
        """The alternative names for a person to read; octets that are no plain text in hexadecimal."""
        return shown_names(self.alternative_names)


def shown_names(names: Sequence[GeneralName]) -> str:
    """Return alternative names for a person to read; octets that are no plain text in hexadecimal."""
    return ", ".join(
        name.text if name.text.isprintable() and name.text.isascii() else name.value.hex() for name in names
    )
