"""A licence as OFD: the page of its PDF, its metadata attached, in CustomDatas and in CustomTags, sealed by an electronic seal.

Names of metadata are those of GB/T 36903-2018, as in the attached JSON. The tags name the objects that show the fields.
"""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Final

from esign.licence.fields import shown_date
from esign.ofd.field_tags import ShownField
from esign.ofd.request import OfdSigningRequest, StampPlace
from esign.ofd.typeset import read_typeset
from esign.ofd.write import OfdAttachment, OfdDocument, WrittenOfd, write_ofd
from esign.seal.model import SealVersion
from esign.seal.read import parse_seal

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import datetime

    from esign.licence.data import LicenceData
    from esign.licence.types import LicenceType
    from esign.rendering.licence_page import LicencePage, TypesetPage
    from trustkit.custody.port import Signer
    from trustkit.encoding.canonical_json import JsonValue
    from trustkit.x509.certificate import Certificate

TAG_TYPE: Final = "GB/T 36903-2018"


def licence_ofd(
    page: LicencePage, typeset: TypesetPage, data: LicenceData, metadata: Mapping[str, JsonValue]
) -> WrittenOfd:
    """Return the licence, not sealed yet; `typeset` is the page as `lay_out_licence` made it, or holds what `render_licence` did.

    Raises:
        TrustError: RENDERING_FAILED for a template that draws what our OFD pages have no place for.
    """
    identifier, issuer = str(metadata["ZZBS"]), str(metadata["ZZBFJG"])
    shown = [ShownField(name=value.rule.metadata, text=value.text.shown) for value in data.values]
    shown += [
        ShownField(name="ZZBS", text=identifier),
        ShownField(name="ZZBFJG", text=issuer),
        ShownField(name="ZZBFRQ", text=shown_date(date.fromisoformat(str(metadata["ZZBFRQ"])))),
    ]
    return write_ofd(
        OfdDocument(
            laid=read_typeset(typeset.pdf, typeset.ground, typeset.code, typeset.drawn),
            title=page.title,
            author=page.author,
            created=page.timestamp,
            keywords=page.keywords,
            custom=tuple((name, value) for name, value in metadata.items() if isinstance(value, str)),
            attachments=tuple(
                OfdAttachment(name=each.name, octets=each.text.encode("utf-8")) for each in page.attachments
            ),
            fields=tuple(shown),
            tag_type=TAG_TYPE,
        )
    )


def sealing_request(
    kind: LicenceType,
    written: WrittenOfd,
    seal: bytes,
    *,
    signer: Signer,
    certificate: Certificate,
    at: datetime,
    stamp: Callable[[bytes], bytes] | None,
    reason: str,
) -> OfdSigningRequest:
    """Return the request to seal a licence where its type says, for a reason. Raise SEAL_* and DER_* for a seal that cannot be read."""
    found = parse_seal(seal)
    width, height = float(found.picture.width), float(found.picture.height)
    place = StampPlace(
        page=written.pages[kind.seal.page],
        left=kind.seal.x_mm - width / 2,
        top=kind.seal.y_mm - height / 2,
        width=width,
        height=height,
    )
    return OfdSigningRequest(
        ofd=written,
        signer=signer,
        certificate=certificate,
        signing_time=at,
        seal=seal,
        stamps=(place,),
        timestamp=None if found.version is SealVersion.V1 else stamp,
        parameters=(("Reason", reason),),
    )
