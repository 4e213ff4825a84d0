"""Seals upon pages: what each signature shows, where it says, from the picture in the seal that was signed.

The picture is taken from the signature value, never from a file beside it. Nothing is verified here: a seal that is seen is a claim
like any other ink, and what it is worth `verifier` tells. It is mixed with the ground as ink is, so what lies beneath stays legible.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from esign.ofd.draw.elements import attribute, child, children, same_id, text_of
from esign.ofd.draw.geometry import Box, read_box
from esign.ofd.draw.notes import Lack, Undrawable
from esign.ofd.limits import MAX_SIGNATURES
from esign.ofd.paths import locate
from esign.seal.read import parse_seal, parse_seal_signature
from trustkit.errors import TrustError

if TYPE_CHECKING:
    from lxml.etree import _Element

    from esign.ofd.draw.document import OpenDocument
    from esign.seal.model import SealPicture

MAX_STAMPS = 2000  # of all signatures: a riding-edge seal has one on each page


@dataclass(frozen=True, slots=True, kw_only=True)
class Stamp:
    """A seal's picture on a page: where it lies, and which part of it is seen (in its own place, from its corner).

    `file` is the Signature.xml that says so.
    """

    signature_id: str
    file: str
    page_id: str
    box: Box
    clip: Box | None
    picture: SealPicture | None = field(repr=False)
    lack: str = ""

    @property
    def seen(self) -> Box:
        """The part of the page where it is seen."""
        if self.clip is None:
            return self.box
        left, top = max(0.0, self.clip.x), max(0.0, self.clip.y)
        right = min(self.box.width, self.clip.x + self.clip.width)
        bottom = min(self.box.height, self.clip.y + self.clip.height)
        return Box(self.box.x + left, self.box.y + top, max(0.0, right - left), max(0.0, bottom - top))


def placed_stamps(document: OpenDocument) -> tuple[Stamp, ...]:
    """Return the seals of a document; one on a page that is not there is seen nowhere, and told."""
    pages = {same_id(page.page_id) for page in document.pages}
    stamps = read_stamps(document)
    for stamp in stamps:
        if same_id(stamp.page_id) not in pages:
            document.notes.add(Lack.SEAL, f"PageRef {stamp.page_id}")
    return stamps


def read_stamps(document: OpenDocument) -> tuple[Stamp, ...]:
    """Return what all signatures of a document show; what cannot be read is told."""
    found = tuple(stamp for each in document.signatures for stamp in _listed(document, each))
    if len(found) > MAX_STAMPS:
        document.notes.add(Lack.LIMIT, "StampAnnot")
    return found[:MAX_STAMPS]


def _listed(document: OpenDocument, loc: str) -> tuple[Stamp, ...]:
    """Return what the signatures of one list show."""
    notes = document.notes
    found: list[Stamp] = []
    try:
        listing, name = document.xml("/" + loc.lstrip("/"), "")
    except TrustError as error:
        notes.add(Lack.SEAL, error.detail)
        return ()
    for count, each in enumerate(children(listing, "Signature")):
        if count >= MAX_SIGNATURES or len(found) >= MAX_STAMPS:
            notes.add(Lack.LIMIT, "Signature")
            break
        notes.object_id = each.get("ID") or ""
        try:
            found += _of_signature(document, each.get("BaseLoc") or "", name, notes.object_id)
        except TrustError as error:
            notes.add(Lack.SEAL, error.detail)
        finally:
            notes.object_id = ""
    return tuple(found)


def _of_signature(document: OpenDocument, loc: str, holder: str, signature_id: str) -> list[Stamp]:
    root, name = document.xml(loc, holder)
    info = child(root, "SignedInfo")
    annotations = list(children(info, "StampAnnot"))
    if not annotations:
        return []
    picture, lack = _picture(document, root, info, name)
    if len(annotations) > MAX_STAMPS:
        document.notes.add(Lack.LIMIT, "StampAnnot")
    stamps = []
    for each in annotations[:MAX_STAMPS]:
        try:
            clip = attribute(each, "Clip")
            stamps.append(
                Stamp(
                    signature_id=signature_id,
                    file=name,
                    page_id=attribute(each, "PageRef") or "",
                    box=read_box(attribute(each, "Boundary") or ""),
                    clip=read_box(clip) if clip is not None else None,
                    picture=picture,
                    lack=lack,
                )
            )
        except Undrawable as error:
            document.notes.add(error.lack, f"StampAnnot: {error.detail}")
    return stamps


def _picture(
    document: OpenDocument, root: _Element, info: _Element | None, name: str
) -> tuple[SealPicture | None, str]:
    """Return the picture of the seal that was signed; of one beside it only where the signature holds none, which is told."""
    lack = ""
    try:
        data = _octets(document, text_of(child(root, "SignedValue")), name)
        return parse_seal_signature(data).seal.picture, ""
    except TrustError as error:
        lack = error.detail
    seal = text_of(child(child(info, "Seal"), "BaseLoc"))
    if not seal.strip():
        return None, lack
    try:
        picture = parse_seal(_octets(document, seal, name)).picture
    except TrustError as error:
        return None, error.detail
    document.notes.add(Lack.SEAL, "Seal.esl")
    return picture, ""


def _octets(document: OpenDocument, loc: str, holder: str) -> bytes:
    return document.package.octets(locate(document.package, loc.strip(), holder=holder))
