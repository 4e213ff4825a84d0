"""What is to be signed into a PDF and how: the order that `esign.pdf.prepare` writes and `esign.pdf.sign` completes."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum, unique
from typing import TYPE_CHECKING, Final

from esign.pdf.gap import GappedPdf
from trustkit.cms.model import Dialect

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from esign.pdf.appearance import Box, SealAppearance
    from esign.pdf.model import CertificationLevel, FieldLock
    from esign.pdf.riding_edge import RidingSeal
    from trustkit.crypto.digest import DigestAlgorithm
    from trustkit.custody.port import Signer
    from trustkit.x509.certificate import Certificate

DEFAULT_TIMESTAMP_ROOM: Final = 4096  # a token with an SM2 certificate and its issuer takes some 2,000 octets


@unique
class PdfForm(StrEnum):
    """The syntax of the signature; the value is the name in reports and options."""

    PADES = "pades"  # RFC 5652 in ETSI.CAdES.detached (EN 319 142-1)
    GBT35275 = "gbt35275-pdf"  # the SM2 message of GB/T 35275 in adbe.pkcs7.detached
    SEAL = "seal-pdf"  # an SES_Signature (GM/T 0031, GB/T 38540), as one vendor's kit writes it; no standard has such a form

    @property
    def filter(self) -> str:
        """The /Filter: whose signature handler is preferred."""
        return "Gomain.GMPkiLite" if self is PdfForm.SEAL else "Adobe.PPKLite"

    @property
    def sub_filter(self) -> str:
        """The /SubFilter that names it."""
        return _SUB_FILTERS[self]

    def names(self, found: str) -> bool:
        """Tell whether a verified signature's form, as `esign.pdf.verify` has it, is this one."""
        return found.startswith("ses-v") if self is PdfForm.SEAL else found == self.value.removesuffix("-pdf")

    @property
    def dialect(self) -> Dialect:
        """Whose object identifiers the message has."""
        return Dialect.GBT35275 if self is PdfForm.GBT35275 else Dialect.RFC5652


_SUB_FILTERS: Final = {
    PdfForm.PADES: "ETSI.CAdES.detached",
    PdfForm.GBT35275: "adbe.pkcs7.detached",
    PdfForm.SEAL: "GM.sm2seal",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class SigningRequest:
    """What to sign and how.

    `chain` goes into the CMS after `certificate`; `evidence_certificates`, `crls` and `ocsp_responses` (DER) go into /DSS,
    with both when there are any. `timestamp` is called with the signature value and returns the token over it (DER); None
    makes B-B. `timestamp_room` is the most octets that token is thought to take, `timestamp_url` where it comes from.

    `seal` is the electronic seal (SESeal, DER) that `PdfForm.SEAL` signs with, and no other form; it lists the signer's certificate.

    `certification` None makes an approval signature. `field_name` None takes the one empty signature field there is, or
    makes a new field under the next free name where there is none or a `box` says where to; with `existing_field` the name
    must be that of an empty field. `page` counts from 0; `box` is where a new field lies, None for an invisible one;
    `appearance` needs a box, its own or that of the field that is there. `riding` puts slices of a seal on every page, in a
    file nobody has signed. Readers show the texts. `esign.pdf.sealing` fills in where a seal goes.
    """

    pdf: bytes = field(repr=False)
    signer: Signer
    certificate: Certificate
    signing_time: datetime
    form: PdfForm = PdfForm.PADES
    seal: bytes | None = field(default=None, repr=False)
    chain: tuple[Certificate, ...] = ()
    evidence_certificates: tuple[bytes, ...] = field(default=(), repr=False)
    crls: tuple[bytes, ...] = field(default=(), repr=False)
    ocsp_responses: tuple[bytes, ...] = field(default=(), repr=False)
    timestamp: Callable[[bytes], bytes] | None = None
    timestamp_room: int = DEFAULT_TIMESTAMP_ROOM
    timestamp_url: str = ""
    certification: CertificationLevel | None = None
    lock: FieldLock | None = None
    field_name: str | None = None
    existing_field: bool = False
    page: int = 0
    box: Box | None = None
    appearance: SealAppearance | None = None
    riding: RidingSeal | None = None
    name: str = ""
    reason: str = ""
    location: str = ""
    contact: str = ""

    @property
    def digest_algorithm(self) -> DigestAlgorithm:
        """What the byte range is condensed by."""
        return self.signer.suite.digest


@dataclass(frozen=True, slots=True, kw_only=True)
class PreparedPdf(GappedPdf):
    """A file that waits for its signature. Who makes the message elsewhere needs `digest` only, and has `room` for it."""

    form: PdfForm
    certificate: Certificate
    stamped: bool
    seal: bytes | None = field(default=None, repr=False)
