"""Whether it is plain that a document leads to nothing beside what it holds: the question of all whose files are all signed.

    is_self_contained(package, apart)      # apart: the files that signatures are made of

A file that leads out of the package, or to what a signature is made of, shows what nobody signed. `esign.ofd.reach` finds that by
following every value from OFD.xml on, at the third of what verifying an invoice costs. Nearly every document names neither, and that is
seen without following anything: no file but those `apart`, whatever leads to it, holds a path that is none in the package, nor any of their
names. "No" means that it is not plain, and that the walk has to tell.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, cast

from lxml import etree

from esign.ofd.limits import MAX_WALKED_XML_MARKS, MAX_WALKED_XML_OCTETS
from esign.ofd.locations import (
    LOCATION_ATTRIBUTE,
    LOCATION_LISTS,
    LOCATION_WORDS,
    LOCATIONS,
    MAX_VALUE,
    is_plain,
    is_xml,
    last_step,
    names_none,
)
from esign.ofd.path_readings import leads_outside
from esign.ofd.xml import attribute, local_name, parse_xml
from trustkit.errors import TrustError

if TYPE_CHECKING:
    from collections.abc import Set as AbstractSet

    from esign.ofd.package import Package
    from esign.ofd.xml import Element

_PLAIN: Final = re.compile(r"[A-Za-z0-9_./-]+")  # names that are spelt in one way in XML and in paths
_TAGS: Final = tuple(f"{{*}}{each}" for each in sorted(LOCATIONS | LOCATION_LISTS))
_LISTS: Final = etree.XPath("//*[local-name()='Signatures']/text()", smart_strings=False)
_ATTRIBUTES: Final = etree.XPath(
    f"//@*[local-name()='Profile'] | /*/descendant::*/@*[local-name()='{LOCATION_ATTRIBUTE}']", smart_strings=False
)


def is_self_contained(package: Package, apart: AbstractSet[str]) -> bool:
    """Whether it is plain that no file but those `apart` leads out of the package or to one of them. Never raises for what it holds."""
    if not all(_PLAIN.fullmatch(each) for each in apart):
        return False
    names = frozenset(last_step(each).encode().lower() for each in apart)
    words = (*LOCATION_WORDS, *names)
    octets, marks = MAX_WALKED_XML_OCTETS, MAX_WALKED_XML_MARKS
    try:
        for file in package.names:
            if file in apart or not is_xml(package, file):
                continue
            data = package.octets(file)
            if not is_plain(data):
                return False
            if names_none(data, words):
                continue
            octets -= len(data)
            marks -= data.count(b"<")
            if min(octets, marks) < 0 or not _stays_inside(parse_xml(data, file), data.lower(), file, names):
                return False
    except TrustError:
        return False
    return True


def _stays_inside(root: Element, small: bytes, file: str, names: frozenset[bytes]) -> bool:
    """Whether a file names no file of signatures but where its lists of signatures are named, and no path out of the package."""
    if not names_none(small, names):
        listed = "\n".join(cast("list[str]", _LISTS(root))).encode().lower()  # small letters of ASCII alone
        if any(small.count(each) > listed.count(each) for each in names):
            return False
    base = (attribute(root, LOCATION_ATTRIBUTE) or "").strip()
    if base.rstrip("/") and leads_outside(base.rstrip("/"), holder=file):
        return False
    places = [each for each in root.iter(*_TAGS) if len(each) == 0 or local_name(each) in LOCATIONS]
    values = {*((each.text or "").strip() for each in places), *map(str.strip, cast("list[str]", _ATTRIBUTES(root)))}
    return all(len(each) <= MAX_VALUE and not leads_outside(each, holder=file, base=base) for each in values if each)
