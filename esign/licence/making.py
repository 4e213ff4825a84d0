"""Making one licence document: rendered, sealed, signed, time-stamped, its validation material inside."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime  # noqa: TC003 - named in signatures of public methods
from typing import TYPE_CHECKING

from esign.licence.face import licence_face, seal_design
from esign.licence.formats import LicenceFormat
from esign.licence.identifier import parse_identifier
from esign.licence.metadata import StatusReference, build_metadata
from esign.licence.ofd_making import licence_ofd, sealing_request
from esign.licence.ordering import LicenceOrder, LicenceOrders
from esign.ofd.sign import sign_ofd
from esign.pdf.appearance import appearance_of
from esign.pdf.model import CertificationLevel
from esign.pdf.request import SigningRequest
from esign.pdf.sign import sign_pdf
from esign.rendering.licence_page import TypesetPage, lay_out_licence, render_licence
from esign.rendering.seal_drawing import draw_seal

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from esign.licence.types import LicenceType
    from esign.ofd.write import WrittenOfd
    from esign.rendering.licence_page import LicencePage
    from trustkit.custody.port import Signer
    from trustkit.encoding.canonical_json import JsonValue
    from trustkit.identity import Organisation
    from trustkit.store.licences import LicenceRow
    from trustkit.x509.certificate import Certificate


@dataclass(frozen=True, slots=True, kw_only=True)
class LicenceMaker:
    """Draws and signs documents for one issuer.

    `types` is the home's policies/licences; `crls` gives the newest CRLs (DER); `stamp` makes a time-stamp token over
    the octets it is given; `evidence_certificates` go into the document beside the chain; `electronic_seal` gives the
    seal (SESeal, DER) of a name that OFDs are sealed with, or finds one, which lists `certificate`.
    """

    types: Path
    issuer: Organisation
    base_url: str
    signer: Signer
    certificate: Certificate
    chain: tuple[Certificate, ...]
    evidence_certificates: tuple[bytes, ...] = field(repr=False)
    crls: Callable[[], tuple[bytes, ...]]
    stamp: Callable[[bytes], bytes]
    today: Callable[[], datetime]
    electronic_seal: Callable[[str | None], bytes]

    @property
    def orders(self) -> LicenceOrders:
        """What checks orders before any document is made."""
        return LicenceOrders(
            types=self.types, issuer=self.issuer, today=self.today, electronic_seal=self.electronic_seal
        )

    def make(self, order: LicenceOrder, row: LicenceRow, *, at: datetime) -> tuple[bytes, ...]:
        """Return the signed documents of a reserved licence, one for each format in order. They show the same page.

        Whoever asks has each judged by the verifier before anybody gets it: an OFD is not read again here.

        Raises:
            TrustError: LICENCE_DATA when a text does not fit the page; RENDERING_FAILED; what signing and stamping raise.
        """
        kind = order.kind
        metadata = build_metadata(
            kind,
            order.data,
            identifier=parse_identifier(row.identifier),
            issuer=self.issuer,
            issued_at=at,
            status=StatusReference(uri=row.status_list, index=row.status_index),
        )
        page = licence_face(
            kind,
            order.data,
            metadata,
            issued_at=at.replace(microsecond=0),
            qr_text=f"{self.base_url}/v1/licences/{row.identifier}/status",
        )
        return self.seal(order, page, metadata, at=at, reason=f"签发{kind.title_zh}")

    def seal(
        self,
        order: LicenceOrder,
        page: LicencePage,
        metadata: Mapping[str, JsonValue],
        *,
        at: datetime,
        reason: str,
    ) -> tuple[bytes, ...]:
        """Return a page drawn, sealed and signed in each format of an order, for a reason. Raise as `make`."""
        kind = order.kind
        wants_pdf = LicenceFormat.PDF in order.formats
        # An OFD beside a PDF is that very page, with the PDF's subsets of its fonts. Alone it is made of ground and values, each with
        # its own subsets, since those of the ground are packed once for all licences (docs/adr/0028): twice the files, the same fonts.
        typeset = TypesetPage(pdf=render_licence(page)) if wants_pdf else lay_out_licence(page)
        made = {LicenceFormat.PDF: lambda: self._pdf(kind, typeset.pdf, at, reason)}
        if order.seal is not None:
            seal = order.seal
            made[LicenceFormat.OFD] = lambda: self._ofd(
                kind, licence_ofd(page, typeset, order.data, metadata), seal, at, reason
            )
        return tuple(made[each]() for each in order.formats)

    def _ofd(self, kind: LicenceType, written: WrittenOfd, seal: bytes, at: datetime, reason: str) -> bytes:
        request = sealing_request(
            kind,
            written,
            seal,
            signer=self.signer,
            certificate=self.certificate,
            at=at,
            stamp=self.stamp,
            reason=reason,
        )
        return sign_ofd(request, read_again=False)  # issuing has the verifier judge every document before it is told of

    def _pdf(self, kind: LicenceType, pdf: bytes, at: datetime, reason: str) -> bytes:
        seal = draw_seal(seal_design(kind, self.issuer))
        return sign_pdf(
            SigningRequest(
                pdf=pdf,
                signer=self.signer,
                certificate=self.certificate,
                chain=self.chain,
                evidence_certificates=self.evidence_certificates,
                crls=self.crls(),
                timestamp=self.stamp,
                signing_time=at,
                certification=CertificationLevel.NO_CHANGES,
                page=kind.seal.page,
                box=kind.seal.box,
                appearance=appearance_of(seal),
                name=self.issuer.name,
                reason=reason,
            )
        )
