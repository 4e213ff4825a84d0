"""Reading the integrity protection of a package: OFDEntries.xml and its signature (GM/T 0099-2020 annex D).

    read_integrity(open_package(data))          # None where the package is not protected

Paths occur with a slash before them (ofdrw) and without; both are from the package's root.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from esign.ofd.integrity_model import ENTRIES_NAME, UnverifiedIntegrity
from esign.ofd.limits import MAX_REFERENCES, MAX_SIGNED_VALUE
from esign.ofd.model import OfdDeviation
from esign.ofd.paths import resolve
from esign.ofd.source import Source
from esign.ofd.xml import attribute, child, children, require_child, require_root, text
from trustkit.errors import ErrorCode, TrustError

if TYPE_CHECKING:
    from lxml.etree import _Element as Element

    from esign.ofd.package import Package


def read_integrity(package: Package, source: Source | None = None) -> UnverifiedIntegrity | None:
    """Return the list of files and its signature, None where there is no OFDEntries.xml. `source` bounds it with what else is read.

    Raises:
        TrustError: OFD_XML, OFD_MALFORMED, OFD_PATH, OFD_MISSING (no signed value), OFD_LIMIT, OFD_ZIP.
    """
    name = package.nearest(ENTRIES_NAME)
    if name is None:
        return None
    reading = source or Source(package)
    root = require_root(reading.xml(name), "DocEntries", name)
    if name != ENTRIES_NAME:
        reading.note(OfdDeviation.PATH_CASE)
    place = reading.locate(text(require_child(root, "SignedValueLoc")), holder=name)
    if place == name:
        raise TrustError(ErrorCode.OFD_MALFORMED, "a list of files that is its own signature")
    if package.size(place) > MAX_SIGNED_VALUE:
        raise TrustError(ErrorCode.OFD_LIMIT, "signed value of the list of files", limit=MAX_SIGNED_VALUE)
    return UnverifiedIntegrity(
        entries_name=name,
        entries=package.octets(name),
        listed=_listed(require_child(root, "FileList")),
        signed_value=package.octets(place),
        signed_value_name=place,
    )


def _listed(file_list: Element) -> tuple[str, ...]:
    found: dict[str, None] = {}
    for number, each in enumerate(children(file_list, "File")):
        if number >= MAX_REFERENCES:
            raise TrustError(ErrorCode.OFD_LIMIT, "files in the list", limit=MAX_REFERENCES)
        path = attribute(each, "FileLoc")
        if path is None:
            inside = child(each, "FileLoc")  # the printed table leaves it open whether it is an attribute
            path = "" if inside is None else text(inside)
        name = resolve(path, holder=ENTRIES_NAME)
        if name in found:
            raise TrustError(ErrorCode.OFD_MALFORMED, "the list of files names one twice", file=name[:120])
        found[name] = None
    return tuple(found)
