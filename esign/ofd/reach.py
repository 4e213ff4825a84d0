"""Which files of a package some reader gets to from OFD.xml, and as what: the ground coverage is judged on.

A reader gets to a file only by finding its name in XML it got to before. So every value that could be a path is followed, in
elements known and unknown, in each way some reader resolves it (`esign.ofd.paths.possible`): too much is reached rather
than too little. Lists of signatures are not followed; what they lead to says nothing on a page.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum, unique
from typing import TYPE_CHECKING, Final

from esign.ofd.paths import possible
from esign.ofd.xml import attribute, local_name, parse_xml
from trustkit.errors import TrustError

if TYPE_CHECKING:
    from collections.abc import Iterator

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
_MAX_VALUE: Final = 1024  # a longer text is no path


@dataclass(frozen=True, slots=True, kw_only=True)
class Reach:
    """The files reached, with what they are for. `unread` names reached XML that could not be read, so more may be reached."""

    roles: dict[str, Role]
    unread: tuple[str, ...]

    def role(self, file: str) -> Role:
        """Return what a file is for."""
        return self.roles.get(file, Role.UNREACHED)


def reach(package: Package, entry: str) -> Reach:
    """Return every file some reader gets to from the entry point. Never raises for what the package holds."""
    names = {name.lower().rpartition("/")[2] for name in package.names}
    roles = {entry: Role.ENTRY_POINT}
    waiting, unread = [entry], []
    while waiting:
        file = waiting.pop()
        try:
            root = parse_xml(package.octets(file), file)
            found = list(_named(package, root, file, names))
        except TrustError:
            unread.append(file)
            continue
        for name, role in found:
            if name not in roles:
                roles[name] = role
                if _is_xml(package, name):
                    waiting.append(name)
    return Reach(roles=roles, unread=tuple(unread))


def _is_xml(package: Package, name: str) -> bool:
    """Whether a file is followed: by its name, or where that says nothing by its first octets."""
    if name.lower().endswith(".xml"):
        return True
    try:
        return package.octets(name)[:64].lstrip(b"\xef\xbb\xbf\xff\xfe \t\r\n\0").startswith(b"<")
    except TrustError:
        return False


def _named(package: Package, root: Element, file: str, names: set[str]) -> Iterator[tuple[str, Role]]:
    base = attribute(root, "BaseLoc") or ""
    inside = _LISTS.get(local_name(root))
    for element in root.iter("*"):
        if local_name(element) in _NOT_FOLLOWED:
            continue
        values = [value for value in (element.text, *element.attrib.values()) if isinstance(value, str)]
        for value in values:
            loc = value.strip()
            if 0 < len(loc) <= _MAX_VALUE and loc.rpartition("/")[2].lower() in names:
                role = inside or _BY_ELEMENT.get(local_name(element), Role.OTHER)
                for name in _every(package, loc, file, base):
                    yield name, role


def _every(package: Package, loc: str, file: str, base: str) -> tuple[str, ...]:
    try:
        return possible(package, loc, holder=file, base=base)
    except TrustError:
        return ()  # no path, so no reader gets anywhere by it
