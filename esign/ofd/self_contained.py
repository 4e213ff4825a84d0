"""Whether it is plain that a document leads to nothing beside what it holds: the question of all whose files are all signed.

    is_self_contained(package, apart)      # apart: the files that signatures are made of

A file that leads out of the package, or to what a signature is made of, shows what nobody signed. `esign.ofd.reach` finds that by
following every value from OFD.xml on, at the third of what verifying an invoice costs. Nearly every document names neither, and that is
seen without following anything: no file but those `apart`, whatever leads to it, holds a path that is none in the package, nor any of their
names. "No" means that it is not plain, and that the walk has to tell.

Names are sought as the walk takes them for the same: in either case, in wide letters and ligatures (`esign.ofd.package.same_place`).
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, cast

from lxml import etree

from esign.ofd.limits import MAX_WALKED_XML_MARKS, MAX_WALKED_XML_OCTETS
from esign.ofd.locations import (
    LOCATION_ATTRIBUTE,
    LOCATION_ATTRIBUTES,
    LOCATION_LISTS,
    LOCATION_WORDS,
    LOCATIONS,
    MAX_VALUE,
    as_compared,
    is_plain,
    is_xml,
    last_step,
    letters,
    names_none,
)
from esign.ofd.package import same_place
from esign.ofd.path_readings import leads_outside
from esign.ofd.xml import NAMESPACE, attribute, local_name
from trustkit.errors import TrustError

if TYPE_CHECKING:
    from collections.abc import Set as AbstractSet

    from esign.ofd.package import Package

_PLAIN: Final = re.compile(r"[A-Za-z0-9_./-]+")  # names that are spelt in one way in XML and in paths
_DECLARED: Final = f'xmlns:ofd="{NAMESPACE}"'.encode()
_WAY_OUT: Final = re.compile(rb"//|\.(?!\w)|/(?![\w.>-])")
_INSIDE: Final = re.compile(rf"(?=.{{1,{MAX_VALUE}}}\Z)/?[\w-]++(?:[./][\w-]++)*+")  # what is a path from any folder
_SHORT: Final = (
    1024  # octets in which values are looked through sooner than words are sought; pages have more of either
)
_TAGS: Final = tuple(f"{{*}}{each}" for each in sorted(LOCATIONS | LOCATION_LISTS))
_LISTS: Final = etree.XPath("//*[local-name()='Signatures']/text()", smart_strings=False)
_ATTRIBUTE_WORDS: Final = tuple(each.lower().encode() for each in LOCATION_ATTRIBUTES)
_ATTRIBUTES: Final = etree.XPath(
    f"//@*[local-name()='Profile'] | /*/descendant::*/@*[local-name()='{LOCATION_ATTRIBUTE}']", smart_strings=False
)


def is_self_contained(package: Package, apart: AbstractSet[str]) -> bool:
    """Whether it is plain that no file but those `apart` leads out of the package or to one of them. Never raises for what it holds."""
    if not all(_PLAIN.fullmatch(each) for each in apart):
        return False
    names = frozenset(last_step(each).encode().lower() for each in apart)
    words = (*LOCATION_WORDS, *map(letters, names))
    octets, marks = MAX_WALKED_XML_OCTETS, MAX_WALKED_XML_MARKS
    try:
        for file in package.names:
            if file in apart or not is_xml(package, file):
                continue
            data = package.octets(file)
            read = as_compared(data) if is_plain(data) else None
            if read is None:
                return False
            small = read.lower()
            if (len(data) <= _SHORT and _holds_no_way_out(data.lower(), small, names)) or names_none(small, words):
                continue
            octets -= len(data)
            marks -= data.count(b"<")
            if min(octets, marks) < 0:
                return False
            if not (_holds_no_way_out(data.lower(), small, names) or _stays_inside(package, file, small, names)):
                return False
    except TrustError:
        return False
    return True


def _holds_no_way_out(octets: bytes, small: bytes, names: frozenset[bytes]) -> bool:
    """Whether no value at all of a file that is plain leads out of the package or to a file of signatures, XML or not, as its octets tell.

    A path leads out by a colon, an empty step, steps of dots, or a slash or a dot at its end, or is too long (`esign.ofd.paths.resolve`).
    Names are sought in `small`, as they are compared.
    """
    bare = octets.replace(_DECLARED, b"")
    return (
        _WAY_OUT.search(bare) is None
        and bare.count(b":") == bare.count(b"<ofd:") + bare.count(b"</ofd:")
        and max(map(len, bare.split(b"<"))) <= MAX_VALUE
        and not any(each in small for each in names)
    )


def _stays_inside(package: Package, file: str, small: bytes, names: frozenset[bytes]) -> bool:
    """Whether a file names no file of signatures but where its lists of signatures are named, and no path out of the package."""
    root = package.xml(file)
    if any(each in small for each in names):
        listed = same_place("\n".join(cast("list[str]", _LISTS(root)))).encode().lower()
        if any(small.count(each) > listed.count(each) for each in names):
            return False
    base = (attribute(root, LOCATION_ATTRIBUTE) or "").strip()
    if base.rstrip("/") and leads_outside(base.rstrip("/"), holder=file):
        return False
    values = {(each.text or "").strip() for each in root.iter(*_TAGS) if not len(each) or local_name(each) in LOCATIONS}
    if any(each in small for each in _ATTRIBUTE_WORDS):
        values.update(map(str.strip, cast("list[str]", _ATTRIBUTES(root))))
    return all(
        _INSIDE.fullmatch(each) or (len(each) <= MAX_VALUE and not leads_outside(each, holder=file, base=base))
        for each in values
        if each
    )
