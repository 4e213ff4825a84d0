"""Which files of a package some reader gets to from OFD.xml, and as what: what a file is for that nobody signed, and what is shown from outside.

A reader gets to a file only by finding its name in XML it got to before. So every value that could be a path is followed, in
elements known and unknown, in each way some reader resolves it (`esign.ofd.paths.possible`, `esign.ofd.path_readings`): too much is
reached rather than too little. Where a file is to be named and an address stands, or a path out of the package, something is shown
that no package holds. Lists of signatures are not followed; what they lead to says nothing on a page.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum, unique
from typing import TYPE_CHECKING, Final

from esign.ofd.limits import MAX_FOLLOWED, MAX_SEARCHED_OCTETS, MAX_WALKED_XML_MARKS, MAX_WALKED_XML_OCTETS
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
    shortest,
)
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
_LISTS: Final = {"Annotations": Role.ANNOTATION, "Attachments": Role.ATTACHMENT, "CustomTags": Role.CUSTOM_TAG}
_NOT_FOLLOWED: Final = frozenset({"Signatures"})
_MAX_OUTSIDE: Final = 50  # paths told of one document
_CODECS: Final = ("utf-8", "gb18030", "utf-16-le")
_A_PATH: Final = 4  # what following one path costs, in readings that lead nowhere
_EACH: Final = 256  # what a search costs however short, in octets


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
                if is_xml(package, name):
                    waiting.append(name)
    return Reach(roles=roles, complete=complete, outside=tuple(steps.outside)[:_MAX_OUTSIDE])


class _Steps:
    """The files one walk has looked into, and how much more it may. What it raises ends the walk."""

    def __init__(self, package: Package) -> None:
        self._package = package
        self._names = {same_place(last_step(name)) for name in (*package.names, *package.other_names)}
        self._words = _words(self._names)
        self.outside: dict[str, None] = {}
        self._octets, self._followed, self._searched = MAX_WALKED_XML_OCTETS, MAX_FOLLOWED, MAX_SEARCHED_OCTETS
        self._marks = MAX_WALKED_XML_MARKS

    def named_in(self, file: str) -> list[tuple[str, Role]]:
        """Return the files that one file leads to, and as what."""
        octets = self._package.octets(file)
        if self._words is not None and is_plain(octets):
            read = as_compared(octets)
            if read is not None and names_none(read, self._words):
                return []
        self._octets -= len(octets)
        self._marks -= octets.count(b"<")
        if self._octets < 0 or self._marks < 0:
            raise TrustError(ErrorCode.OFD_LIMIT, "octets walked through")
        try:
            walk = _Walk(self._package, parse_xml(octets, file), file, self._names, limit=self._followed)
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

    def _standing_in(self, octets: bytes) -> list[str]:
        """Return the files a more tolerant reader may get to from what is no XML to us: whose names stand in it, or could."""
        self._searched -= (len(octets) + _EACH) * len(self._package.names)
        if self._searched < 0 or b"&#" in octets:
            raise TrustError(ErrorCode.OFD_LIMIT, "octets searched")
        small = octets.lower()
        return [
            name
            for name in self._package.names
            if any(last_step(name).lower().encode(codec) in small for codec in _CODECS)
        ]


def _words(names: set[str]) -> tuple[bytes, ...] | None:
    """Return what octets hold that name a file, or say where one lies: endings of names, and location elements; None for odd names."""
    ends = {name.rpartition(".")[2] if "." in name else "" for name in names}
    if not all(each.isascii() and each.isalnum() for each in ends):
        return None
    return shortest((*LOCATION_WORDS, *(letters(f".{each}".encode()) for each in ends)))


class _Walk:
    """What one file names: files of the package with what they are for, and paths that lead out of it."""

    __slots__ = ("_base", "_file", "_inside", "_known", "_limit", "_names", "_package", "followed", "named", "outside")

    def __init__(self, package: Package, root: Element, file: str, names: set[str], *, limit: int) -> None:
        self._package, self._file, self._names = package, file, names
        self._limit, self.followed = limit, 0
        self._known: set[tuple[str, bool]] = set()
        self._base = (attribute(root, LOCATION_ATTRIBUTE) or "").strip()
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
                is_base = name == LOCATION_ATTRIBUTE and element is root
                self._value(kind, str(value), location=name in LOCATION_ATTRIBUTES and not is_base)

    def _value(self, kind: str, value: str, *, location: bool) -> None:
        written = value.strip()
        if len(written) > MAX_VALUE and location:
            self.outside.append(written[:MAX_VALUE])
        if not 0 < len(written) <= MAX_VALUE:
            return
        if (written, location) in self._known:
            return
        if not location and not is_odd(written) and same_place(last_step(written)) not in self._names:
            return
        if location and leads_outside(written, holder=self._file, base=self._base):
            self.outside.append(written)
        every = readings(written)
        self._spend(len(every) - 1)
        for loc in every:
            if same_place(last_step(loc)) in self._names:
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
    return kind in LOCATIONS or (kind in LOCATION_LISTS and not len(element))


def _every(package: Package, loc: str, file: str, base: str) -> tuple[str, ...]:
    try:
        return possible(package, loc, holder=file, base=base)
    except TrustError:
        return ()  # no path, so no reader gets anywhere by it
