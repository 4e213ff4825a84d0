"""What a lint is, and what it looks at: a certificate as read back from octets, with a stand-in signature."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from trustkit.encoding import der
from trustkit.x509 import oids
from trustkit.x509.extension_values import read_alternative_names
from trustkit.x509.name import parse_name

if TYPE_CHECKING:
    from collections.abc import Callable

    from ca.profile_model import CertificateProfile
    from trustkit.crypto.public_key import PublicKey
    from trustkit.encoding.der import Tlv
    from trustkit.x509.certificate import Certificate
    from trustkit.x509.general_name import GeneralName
    from trustkit.x509.name import Attribute

EMPTY_NAME = b"\x30\x00"


@dataclass(frozen=True, kw_only=True)
class LintSubject:
    """What a rule looks at: the certificate as read back, its issuer (None when self-issued), the profile.

    What several rules need is read once. Reading raises TrustError; a rule that raises has not held.
    """

    certificate: Certificate
    issuer: Certificate | None
    profile: CertificateProfile

    @cached_property
    def signer(self) -> Certificate:
        """The issuer's certificate, the own one of a root."""
        return self.issuer or self.certificate

    @cached_property
    def key(self) -> PublicKey:
        """The subject's key."""
        return self.certificate.public_key

    @cached_property
    def fields(self) -> tuple[Tlv, ...]:
        """The members of TBSCertificate by offsets into `certificate.tbs`, version first."""
        tbs = self.certificate.tbs
        return der.children(tbs, der.read_tlv(tbs, 0, len(tbs)))

    @cached_property
    def attributes(self) -> tuple[Attribute, ...]:
        """The attributes of the subject, in order."""
        return tuple(attribute for rdn in parse_name(self.certificate.subject_der) for attribute in rdn)

    @cached_property
    def alternative_names(self) -> tuple[GeneralName, ...]:
        """The subject alternative names, none when the extension is absent."""
        extension = self.certificate.extensions.get(oids.SUBJECT_ALT_NAME)
        return () if extension is None else read_alternative_names(extension.value)


@dataclass(frozen=True, slots=True, kw_only=True)
class Lint:
    """One rule: a stable id, the clause that asks for it, and the test that must hold."""

    id: str
    clause: str
    holds: Callable[[LintSubject], bool]
