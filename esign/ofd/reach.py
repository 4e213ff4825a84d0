"""Which files of a package some reader gets to from OFD.xml, and as what: what a file is for that nobody signed, and what is shown from outside.

A reader gets to a file only by finding its name in XML it got to before. So every value that could be a path is followed, in
elements known and unknown, in each way some reader resolves it (`esign.ofd.paths.possible`, `esign.ofd.path_readings`): too much is
reached rather than too little. Where a file is to be named and an address stands, or a path out of the package, something is shown
that no package holds. Lists of signatures are not followed; what they lead to says nothing on a page.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum, unique
from typing import TYPE_CHECKING, Final, cast

from lxml import etree

from esign.ofd.limits import MAX_FOLLOWED, MAX_SEARCHED_OCTETS, MAX_WALKED_XML_MARKS, MAX_WALKED_XML_OCTETS
from esign.ofd.package import same_place
from esign.ofd.path_readings import is_odd, leads_outside, readings
from esign.ofd.paths import possible
from esign.ofd.xml import attribute, has_document_type, local_name, parse_xml
from trustkit.errors import ErrorCode, TrustError

if TYPE_CHECKING:
    from esign.ofd.package import Package
    from esign.ofd.xml import Element


@unique
class Role(StrEnum):
    """What a file is for in the document; the values are keys of what is said about it (`trustkit.texts`)."""

    ANNOTATION = "annotation"
    ATTACHMENT = "attachment"
    CUSTOM_TAG = "custom-tag"
    DOCUMENT = "document"
    ENTRY_POINT = "entry-point"
    EXTENSION = "extension"
    FONT = "font"
    MEDIA = "media"
    OUTSIDE = "outside"  # not in the package: an address, or a path that leads out of it
    OTHER = "other"  # named somewhere in the document, in a way that is not known here
    PAGE = "page"
    RESOURCES = "resources"
    TEMPLATE = "template"
    UNREACHED = "unreached"  # nothing names it
    VERSION = "version"


_BY_ELEMENT: Final = {
    "Annotations": Role.ANNOTATION,
    "Attachments": Role.ATTACHMENT,
    "CustomTags": Role.CUSTOM_TAG,
    "DocRoot": Role.DOCUMENT,
    "DocumentRes": Role.RESOURCES,
    "Extensions": Role.EXTENSION,
    "ExtendData": Role.EXTENSION,
    "FontFile": Role.FONT,
    "MediaFile": Role.MEDIA,
    "Page": Role.PAGE,
    "PageRes": Role.RESOURCES,
    "PublicRes": Role.RESOURCES,
    "SchemaLoc": Role.CUSTOM_TAG,
    "TemplatePage": Role.TEMPLATE,
    "Thumbnail": Role.MEDIA,
    "Version": Role.VERSION,
}
# Elements whose text is a path, and the attributes that are one (ST_Loc of GB/T 33190). Addresses of actions are none of these.
_LOCATIONS: Final = frozenset(
    {
        "Cover",
        "DocRoot",
        "DocumentRes",
        "ExtendData",
        "File",
        "FileLoc",
        "FontFile",
        "MediaFile",
        "PageRes",
        "PublicRes",
        "SchemaLoc",
        "Thumbnail",
    }
)
_LOCATION_LISTS: Final = frozenset({"Annotations", "Attachments", "CustomTags", "Extensions"})
_LOCATION_ATTRIBUTE: Final = "BaseLoc"
_LOCATION_ATTRIBUTES: Final = frozenset({_LOCATION_ATTRIBUTE, "Profile"})
_LISTS: Final = {"Annotations": Role.ANNOTATION, "Attachments": Role.ATTACHMENT, "CustomTags": Role.CUSTOM_TAG}
_NOT_FOLLOWED: Final = frozenset({"Signatures"})
_DISGUISES: Final = (b"\0", b"&#", b"\\", b"\x1b", b"<!--")  # other encodings, escapes, what splits a word
_ESCAPE: Final = re.compile(rb"%[0-9A-Fa-f]")  # a percentage is none
_SPLITS: Final = (b"\0", b"\x1b", b"<!--")  # of the disguises those that a parser does not take off a value
_HAN: Final = re.compile(
    "[\u4e00-\u9fff]"
)  # characters that no form of Unicode turns into others: no such value is an ASCII name
_ATTRIBUTES: Final = etree.XPath("//@*", smart_strings=False)
_TEXTS: Final = etree.XPath("//text()", smart_strings=False)
_LOCATION_WORDS: Final = (*_LOCATIONS, *_LOCATION_LISTS, *_LOCATION_ATTRIBUTES)
_PLACES: Final = tuple(each.lower().encode() for each in _LOCATION_WORDS)
_MAX_OUTSIDE: Final = 50  # paths told of one document
_CODECS: Final = ("utf-8", "gb18030", "utf-16-le")
_A_PATH: Final = 4  # what following one path costs, in readings that lead nowhere
_EACH: Final = 256  # what a search costs however short, in octets
_MAX_VALUE: Final = 1024  # a longer text is no path


@dataclass(frozen=True, slots=True, kw_only=True)
class Reach:
    """The files reached, with what they are for.

    Where the walk had to end early it is not `complete`, and more may be reached; `outside` are paths that lead out of the package.
    """

    roles: dict[str, Role]
    complete: bool
    outside: tuple[str, ...]

    def role(self, file: str) -> Role:
        """Return what a file is for; after a walk that ended early none is left over as unreached."""
        return self.roles.get(file, Role.UNREACHED if self.complete else Role.OTHER)


def reach(package: Package, entry: str) -> Reach:
    """Return every file some reader gets to from the entry point. Never raises for what the package holds.

    The walk ends early beyond `MAX_WALKED_XML_OCTETS`, `MAX_FOLLOWED` and `MAX_SEARCHED_OCTETS`, and where a file cannot be unpacked.
    """
    steps = _Steps(package)
    roles, waiting = {entry: Role.ENTRY_POINT}, [entry]
    complete = True
    while waiting:
        try:
            found = steps.named_in(waiting.pop())
        except TrustError:
            complete = False
            break
        for name, role in found:
            if name not in roles:
                roles[name] = role
                if _is_xml(package, name):
                    waiting.append(name)
    return Reach(roles=roles, complete=complete, outside=tuple(steps.outside)[:_MAX_OUTSIDE])


class _Steps:
    """The files one walk has looked into, and how much more it may. What it raises ends the walk."""

    def __init__(self, package: Package) -> None:
        self._package = package
        self._names = {same_place(_last_step(name)) for name in (*package.names, *package.other_names)}
        self._words = _words(self._names)
        self._plain = all(each.isascii() for each in self._names)
        self.outside: dict[str, None] = {}
        self._octets, self._followed, self._searched = MAX_WALKED_XML_OCTETS, MAX_FOLLOWED, MAX_SEARCHED_OCTETS
        self._marks = MAX_WALKED_XML_MARKS

    def named_in(self, file: str) -> list[tuple[str, Role]]:
        """Return the files that one file leads to, and as what."""
        octets = self._package.octets(file)
        if _says_nothing(octets, self._words):
            return []
        self._octets -= len(octets)
        self._marks -= octets.count(b"<")
        if self._octets < 0 or self._marks < 0:
            raise TrustError(ErrorCode.OFD_LIMIT, "octets walked through")
        try:
            root = parse_xml(octets, file)
            if self._leads_nowhere(root, octets):
                return []
            walk = _Walk(self._package, root, file, self._names, limit=self._followed)
        except TrustError as error:
            if error.code is ErrorCode.OFD_LIMIT:
                raise
            if has_document_type(octets):
                # what an entity stands for may lie anywhere, and readers differ about following it
                self.outside[file] = None
            return [(name, Role.OTHER) for name in self._standing_in(octets)]
        self._followed -= walk.followed
        self.outside.update(dict.fromkeys(walk.outside))
        return walk.named

    def _leads_nowhere(self, root: Element, octets: bytes) -> bool:
        """Whether no value of a page could be a path, all of them looked at in one go; whatever is less plain is walked through."""
        if any(each in octets for each in _SPLITS) or octets.count(b"<?") > 1 or not self._plain:
            return False
        small = octets.lower()
        if any(word in small for word in _PLACES):
            return False
        values = {*cast("list[str]", _ATTRIBUTES(root)), *cast("list[str]", _TEXTS(root))}
        names = self._names
        for value in values:
            last = value.strip().rpartition("/")[2]
            if last.lower() in names:
                return False
            if (last.isascii() or _HAN.search(last)) and not is_odd(value):
                continue
            every = readings(value.strip()[:_MAX_VALUE])
            self._followed -= len(every) - 1
            if self._followed < 0 or any(same_place(_last_step(loc)) in names for loc in every):
                return False
        return True

    def _standing_in(self, octets: bytes) -> list[str]:
        """Return the files a more tolerant reader may get to from what is no XML to us: whose names stand in it, or could."""
        self._searched -= (len(octets) + _EACH) * len(self._package.names)
        if self._searched < 0 or b"&#" in octets:
            raise TrustError(ErrorCode.OFD_LIMIT, "octets searched")
        small = octets.lower()
        return [
            name
            for name in self._package.names
            if any(_last_step(name).lower().encode(codec) in small for codec in _CODECS)
        ]


def _last_step(name: str) -> str:
    return name.rpartition("/")[2]


def _words(names: set[str]) -> frozenset[bytes] | None:
    """Return what octets hold that name a file, or say where one lies: endings of names, and location elements; None for odd names."""
    ends = {name.rpartition(".")[2] if "." in name else "" for name in names}
    if not all(each.isascii() and each.isalnum() for each in ends):
        return None
    texts = (*(f".{each}" for each in ends), *_LOCATION_WORDS)
    return frozenset(each.lower().encode() for each in texts)


def _says_nothing(octets: bytes, words: frozenset[bytes] | None) -> bool:
    """Whether a file names no other whatever a reader makes of it: most pages do not, and need not be parsed to know that."""
    if words is None or any(each in octets for each in _DISGUISES) or _ESCAPE.search(octets):
        return False
    if octets.count(b"<?") > 1 or has_document_type(octets):
        return False
    small = octets.lower()
    return not any(word in small for word in words)


def _is_xml(package: Package, name: str) -> bool:
    """Whether a file is followed: by its name, or where that says nothing by its first octets."""
    if name.lower().endswith(".xml"):
        return True
    try:
        return package.octets(name)[:64].lstrip(b"\xef\xbb\xbf\xff\xfe \t\r\n\0").startswith(b"<")
    except TrustError:
        return False


class _Walk:
    """What one file names: files of the package with what they are for, and paths that lead out of it."""

    __slots__ = ("_base", "_file", "_inside", "_known", "_limit", "_names", "_package", "followed", "named", "outside")

    def __init__(self, package: Package, root: Element, file: str, names: set[str], *, limit: int) -> None:
        self._package, self._file, self._names = package, file, names
        self._limit, self.followed = limit, 0
        self._known: set[tuple[str, bool]] = set()
        self._base = (attribute(root, _LOCATION_ATTRIBUTE) or "").strip()
        self._inside = _LISTS.get(local_name(root))
        self.named: list[tuple[str, Role]] = []
        self.outside: list[str] = []
        if self._base.rstrip("/") and leads_outside(self._base.rstrip("/"), holder=file):
            self.outside.append(self._base)
            self._base = ""
        for element in root.iter("*"):
            kind = local_name(element)
            if kind in _NOT_FOLLOWED:
                continue
            if text := _text(element):
                self._value(kind, text, location=_is_location(kind, element))
            for key, value in element.attrib.items():
                name = str(key).rpartition("}")[2]
                is_base = name == _LOCATION_ATTRIBUTE and element is root
                self._value(kind, str(value), location=name in _LOCATION_ATTRIBUTES and not is_base)

    def _value(self, kind: str, value: str, *, location: bool) -> None:
        written = value.strip()
        if len(written) > _MAX_VALUE and location:
            self.outside.append(written[:_MAX_VALUE])
        if not 0 < len(written) <= _MAX_VALUE:
            return
        if (written, location) in self._known:
            return
        if not location and not is_odd(written) and same_place(_last_step(written)) not in self._names:
            return
        if location and leads_outside(written, holder=self._file, base=self._base):
            self.outside.append(written)
        every = readings(written)
        self._spend(len(every) - 1)
        for loc in every:
            if same_place(_last_step(loc)) in self._names:
                self._spend(_A_PATH)
                self._known.add((written, location))
                role = self._inside or _BY_ELEMENT.get(kind, Role.OTHER)
                found = _every(self._package, loc, self._file, self._base)
                self.named += [(name, role) for name in found]

    def _spend(self, effort: int) -> None:
        self.followed += effort
        if self.followed > self._limit:
            raise TrustError(ErrorCode.OFD_LIMIT, "paths followed")


def _text(element: Element) -> str:
    """Return an element's own text, what stands behind comments too: some readers take it for one."""
    text = element.text or ""
    return text + "".join(each.tail or "" for each in element if not local_name(each)) if len(element) else text


def _is_location(kind: str, element: Element) -> bool:
    return kind in _LOCATIONS or (kind in _LOCATION_LISTS and not len(element))


def _every(package: Package, loc: str, file: str, base: str) -> tuple[str, ...]:
    try:
        return possible(package, loc, holder=file, base=base)
    except TrustError:
        return ()  # no path, so no reader gets anywhere by it
