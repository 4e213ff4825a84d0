"""What is in an OFD: its pages, its signatures and seals, what each lists, and what of that changed since. Nothing is verified here.

    found = inspect_ofd(octets)
    for signature in found.signatures:
        print(signature.form, signature.seal, signature.changed, signature.uncovered)

Made for looking at files that may be hostile: one that cannot be read gets an answer too, with `trouble`. Whether a signature holds,
and who may be believed, `verifier` tells; digests are compared here, so that it is seen which files somebody touched.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from esign.ofd.check_method import check_method
from esign.ofd.coverage import CoverageJudge, Extent
from esign.ofd.draw.budget import Budget
from esign.ofd.draw.document import open_documents
from esign.ofd.draw.geometry import Box, read_box
from esign.ofd.draw.notes import Notes, Undrawable
from esign.ofd.limits import MAX_READ_XML_MARKS
from esign.ofd.model import UnreadableSignature
from esign.ofd.read import read_ofd
from esign.ofd.verify import FileDigests
from esign.seal.read import parse_seal_signature
from trustkit.cms.model import Dialect
from trustkit.cms.named_signer import named_signer
from trustkit.cms.oids import SIGNATURE_TIME_STAMP
from trustkit.cms.read import parse_signed_message
from trustkit.errors import TrustError
from trustkit.x509.certificate import parse_certificate

if TYPE_CHECKING:
    from datetime import datetime

    from esign.ofd.coverage import UncoveredFile
    from esign.ofd.model import OfdSignature, Reference, StampAnnotation, UnverifiedOfdSignature
    from esign.seal.model import UnverifiedSeal
    from trustkit.crypto.digest import DigestAlgorithm

MAX_STAMPS = 2000  # of one signature: a riding-edge seal has one on each page


@dataclass(frozen=True, slots=True, kw_only=True)
class StampSeen:
    """A seal on a page (from 1; 0 where the page is none of the document): left, top, width and height in millimetres as shown."""

    page: int
    box: Box | None


@dataclass(frozen=True, slots=True, kw_only=True)
class SignatureSeen:
    """A signature as the file has it.

    Attributes:
        form: ``ofd-seal-v1``, ``-v4`` or ``-v5``, ``ofd-sign-gbt35275`` or ``ofd-sign-cms``; empty when its value cannot be read.
        signer: the subject of the certificate it names, unproved; empty when there is none.
        seal: the electronic seal inside.
        listed: how many files it lists; `changed` are those that are another or gone now, `uncovered` those it leaves out.
        trouble: why it, or its list of files, cannot be read.
    """

    number: int
    file: str
    type: str = ""
    form: str = ""
    signer: str = ""
    claimed_time: datetime | None = None
    stamped: bool = False
    provider: str = ""
    parameters: tuple[tuple[str, str], ...] = ()
    seal: UnverifiedSeal | None = None
    stamps: tuple[StampSeen, ...] = ()
    listed: int = 0
    changed: tuple[str, ...] = ()
    extent: Extent | None = None
    uncovered: tuple[UncoveredFile, ...] = ()
    notes: tuple[str, ...] = ()
    trouble: TrustError | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class OfdInspection:
    """All that was seen. `unlisted` are files of signatures that no list leads to, `versions` those that describe earlier states."""

    octets: int
    files: int = 0
    pages: int | None = None
    information: tuple[tuple[str, str], ...] = ()
    signatures: tuple[SignatureSeen, ...] = ()
    attachments: tuple[str, ...] = ()
    versions: tuple[str, ...] = ()
    unlisted: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    trouble: TrustError | None = field(default=None, compare=False)


def inspect_ofd(data: bytes) -> OfdInspection:
    """Return what is in a file; it never raises for what the file holds."""
    seen = OfdInspection(octets=len(data))
    try:
        ofd = read_ofd(data)
    except TrustError as error:
        return replace(seen, trouble=error)
    trouble = next((each.list_error for each in ofd.documents if each.list_error is not None), ofd.attachments_unread)
    pages: dict[str, int] = {}
    try:
        shown = [
            page.page_id
            for document in open_documents(ofd.package, Notes(), Budget(marks=MAX_READ_XML_MARKS))
            for page in document.pages
        ]
        pages = {page_id: number for number, page_id in enumerate(shown, 1)}
        seen = replace(seen, pages=len(shown))
    except TrustError as error:
        trouble = trouble or error
    judge, digests = CoverageJudge(ofd), FileDigests(ofd.package)
    return replace(
        seen,
        files=len(ofd.package.names),
        information=tuple(pair for each in ofd.documents for pair in (*each.information, *each.custom_data)),
        signatures=tuple(
            _signature(number, each, judge, digests, pages) for number, each in enumerate(ofd.signatures, 1)
        ),
        attachments=tuple(each.name for each in ofd.attachments),
        versions=tuple(file for each in ofd.documents for file in each.versions),
        unlisted=ofd.unlisted,
        notes=ofd.notes,
        trouble=trouble,
    )


def _signature(
    number: int, signature: OfdSignature, judge: CoverageJudge, digests: FileDigests, pages: dict[str, int]
) -> SignatureSeen:
    if isinstance(signature, UnreadableSignature):
        return SignatureSeen(number=number, file=signature.file, trouble=signature.error)
    seen = SignatureSeen(
        number=number,
        file=signature.file,
        type=signature.type.value,
        claimed_time=signature.claimed_time,
        provider=" ".join(filter(None, (signature.provider.name, signature.provider.version))),
        parameters=signature.parameters,
        stamps=tuple(_stamp(each, pages) for each in signature.stamps[:MAX_STAMPS]),
        listed=len(signature.references),
        notes=signature.notes,
    )
    return _with_files(_with_value(seen, signature.value), signature, judge, digests)


def _stamp(stamp: StampAnnotation, pages: dict[str, int]) -> StampSeen:
    """Return where a seal is shown, as far as Clip lets it be seen."""
    page = pages.get(stamp.page, 0)
    try:
        box = read_box(stamp.boundary)
        clip = read_box(stamp.clip) if stamp.clip else Box(0, 0, box.width, box.height)
    except Undrawable:
        return StampSeen(page=page, box=None)
    return StampSeen(page=page, box=Box(box.x + clip.x, box.y + clip.y, clip.width, clip.height))


def _with_value(seen: SignatureSeen, value: bytes) -> SignatureSeen:
    """Return what the signature value says: a seal signature or a message, whichever it is."""
    with suppress(TrustError):
        sealed = parse_seal_signature(value)
        return replace(
            seen,
            form=f"ofd-seal-v{int(sealed.version)}",
            signer=parse_certificate(sealed.certificate).subject,
            claimed_time=sealed.claimed_time or seen.claimed_time,
            stamped=sealed.timestamp is not None or sealed.time_token is not None,
            seal=sealed.seal,
            notes=(*seen.notes, *sealed.notes, *sealed.seal.notes),
        )
    try:
        message = parse_signed_message(value)
        signer = named_signer(message)
    except TrustError as error:
        return replace(seen, trouble=error)
    stamps = (SIGNATURE_TIME_STAMP in each.unsigned_attributes for each in message.signers)
    return replace(
        seen,
        form="ofd-sign-gbt35275" if message.dialect is Dialect.GBT35275 else "ofd-sign-cms",
        signer="" if signer is None else signer.subject,
        stamped=any(stamps),
        notes=(*seen.notes, *message.notes),
    )


def _with_files(
    seen: SignatureSeen, signature: UnverifiedOfdSignature, judge: CoverageJudge, digests: FileDigests
) -> SignatureSeen:
    """Return which of the files it lists changed, and which it leaves out."""
    try:
        algorithm, _ = check_method(signature.check_method)
    except TrustError as error:
        return replace(seen, trouble=seen.trouble or error)
    changed = [each.file or each.path for each in signature.references if not _is_as_listed(each, digests, algorithm)]
    listed = {each.file for each in signature.references if each.file is not None and each.is_named}
    found = judge.cover(frozenset({signature.file, *listed}))
    return replace(seen, changed=tuple(dict.fromkeys(changed)), extent=found.extent, uncovered=found.uncovered)


def _is_as_listed(reference: Reference, digests: FileDigests, algorithm: DigestAlgorithm) -> bool:
    with suppress(TrustError):  # what does not unpack is not what was listed
        return reference.file is not None and digests.digest(reference.file, algorithm) == reference.value
    return False
