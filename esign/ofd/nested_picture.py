"""A seal's picture that is an OFD itself: whether what it draws stays within the seal, as not every reader cuts it off.

if is_nested(picture):
    reaches_beyond(picture.data, 44)      # "", or what is wrong with it
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from esign.ofd.draw.geometry import read_box
from esign.ofd.draw.notes import Undrawable
from esign.ofd.locations import is_xml
from esign.ofd.package import open_package
from esign.ofd.xml import attribute, local_name, parse_xml
from trustkit.encoding.remembered import remembering
from trustkit.errors import TrustError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from esign.ofd.xml import Element
    from esign.seal.model import SealPicture

_ARCHIVE: Final = b"PK\x03\x04"
_BOXES: Final = frozenset({"PhysicalBox", "ApplicationBox", "ContentBox", "BleedBox"})
_MAX_MARKS: Final = 3_000  # "<" in all of it: the seals of the tax administration have some hundred
_MAX_UNPACKED: Final = 4 * 1024 * 1024  # octets: a file has up to 32 such pictures, each unpacked
_TOO_MUCH: Final = "the seal's picture is a document of its own with more in it than a seal has"
_KEPT: Final = 64  # as of seals (`esign.seal.read`): an authority puts one on thousands of documents
_KEPT_OCTETS: Final = 64 * 1024


def is_nested(picture: SealPicture) -> bool:
    """Whether some reader takes a seal's picture for a document: by its octets, or by what the seal calls it."""
    return picture.data.startswith(_ARCHIVE) or picture.type.strip().lower() == "ofd"


def _reaches_beyond(data: bytes, side: float) -> str:
    """Return what reaches beyond a square of so many millimetres, or why that cannot be said; empty where nothing does."""
    marks = _MAX_MARKS
    try:
        package = open_package(data)
        if package.unpacked > _MAX_UNPACKED:
            return _TOO_MUCH
        for name in package.names:
            if not is_xml(package, name):
                continue
            octets = package.octets(name)
            marks -= octets.count(b"<")
            if marks < 0:
                return _TOO_MUCH
            for written in _boxes(parse_xml(octets, name)):
                box = read_box(written)
                if min(box.x, box.y) < -side / 10 or max(box.x + box.width, box.y + box.height) > side:
                    return f"the seal's picture is a document of its own that draws beyond the seal: {written[:60]}"
    except (TrustError, Undrawable):
        return "the seal's picture is a document of its own that cannot be read"
    return ""


reaches_beyond: Final = remembering(_reaches_beyond, entries=_KEPT, largest=_KEPT_OCTETS)


def _boxes(root: Element) -> Iterator[str]:
    """Yield the places of objects and the area of a page; what a document has for pages without one is A4 in seals in use."""
    is_page = local_name(root) == "Page"
    for each in root.iter("*"):
        boundary = attribute(each, "Boundary")
        if boundary is not None:
            yield boundary
        if is_page and local_name(each) in _BOXES:
            yield each.text or ""
