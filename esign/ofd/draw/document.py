"""A document found in its package: its pages, templates, resources and annotations, as far as drawing needs them.

    for document in open_documents(package, notes):
        document.pages

This goes its own way beside `esign.ofd.read`, which is strict since a verdict hangs on it: here what is wrong with one page must not
hide the others, so it is told and left out. Where something stands there twice, both are drawn as far as that can be, and it is told. GB/T
33190-2016 on the document root and its parts.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from esign.ofd.draw.audit import tell_rest
from esign.ofd.draw.budget import Budget, Exhausted
from esign.ofd.draw.elements import attribute, child, children, same_id, text_of
from esign.ofd.draw.limits import MAX_RESOURCE_FILES
from esign.ofd.draw.notes import Lack, Undrawable
from esign.ofd.draw.resources import Resources
from esign.ofd.encryption_model import ENCRYPTIONS_NAME
from esign.ofd.paths import locate, possible
from esign.ofd.xml import parse_xml
from trustkit.errors import ErrorCode, TrustError

if TYPE_CHECKING:
    from collections.abc import Callable

    from lxml.etree import _Element

    from esign.ofd.draw.geometry import Box
    from esign.ofd.draw.notes import Notes
    from esign.ofd.package import Package


@dataclass(frozen=True, slots=True, kw_only=True)
class PageFile:
    """A page, or a template of pages: its ID and its file."""

    page_id: str
    loc: str


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenPage:
    """A page read: its element, the file that holds it, the part of the plane it shows, and all its definitions."""

    page_id: str
    root: _Element = field(repr=False)
    name: str
    box: Box
    resources: Resources = field(repr=False)


@dataclass(slots=True, kw_only=True)
class OpenDocument:
    """One DocBody: where its files are; `root` is its Document element and `name` the file that holds it."""

    package: Package
    name: str
    root: _Element = field(repr=False)
    signatures: tuple[str, ...]
    notes: Notes = field(repr=False)
    budget: Budget = field(repr=False)
    has_versions: bool = False  # of which some readers show another one
    resources: Resources = field(default_factory=Resources, repr=False)
    opened: dict[str, OpenPage] = field(default_factory=dict, repr=False)  # templates, which many pages share
    _files: int = 0
    _annotations: dict[str, list[tuple[str, str]]] | None = field(default=None, repr=False)

    @property
    def common(self) -> _Element | None:
        """The element of what all pages share."""
        return child(self.root, "CommonData")

    @property
    def pages(self) -> tuple[PageFile, ...]:
        """The pages in their order."""
        return tuple(
            PageFile(page_id=page.get("ID") or "", loc=page.get("BaseLoc") or "")
            for pages in children(self.root, "Pages")
            for page in children(pages, "Page")
        )

    @property
    def templates(self) -> dict[str, PageFile]:
        """The template pages by their ID, the first of each."""
        found: dict[str, PageFile] = {}
        for template in children(self.common, "TemplatePage"):
            page = PageFile(page_id=template.get("ID") or "", loc=template.get("BaseLoc") or "")
            found.setdefault(same_id(page.page_id), page)
        return found

    def xml(self, loc: str, holder: str) -> tuple[_Element, str]:
        """Return the root element of a file, and the file's name; what drawing does not look for in it is told.

        Raises:
            TrustError: as the package and the parser do; OFD_LIMIT beyond all elements of a document.
        """
        name = _found(self.package, loc.strip(), self.notes, holder=holder)
        return read_told(self.package, name, self.notes, self.budget), name

    def read_resources(self) -> None:
        """Take in the document's resource files, public ones first."""
        for kind in ("PublicRes", "DocumentRes"):
            for each in children(self.common, kind):
                self.add_resources(self.resources, text_of(each), self.name)
        default = same_id(text_of(child(self.common, "DefaultCS")))
        self.resources.default_colour_space = default or None

    def annotations(self, page_id: str) -> list[tuple[str, str]]:
        """Return the files of a page's annotations, and the file that names them. Raise TrustError over the list of them."""
        if self._annotations is None:
            self._annotations = {}
            for each in children(self.root, "Annotations"):
                loc = text_of(each).strip()
                if loc:
                    self._list_annotations(self._annotations, loc)
        return self._annotations.get(same_id(page_id), [])

    def _list_annotations(self, found: dict[str, list[tuple[str, str]]], loc: str) -> None:
        """Take in one list of annotations; those of a page that is not there are seen nowhere, and told."""
        listing, name = self.xml(loc, self.name)
        pages = {same_id(page.page_id) for page in self.pages}
        for page in children(listing, "Page"):
            number = same_id(page.get("PageID") or "")
            if number not in pages:
                self.notes.add(Lack.ANNOTATION, f"PageID {number}")
            found.setdefault(number, []).extend((text_of(each), name) for each in children(page, "FileLoc"))

    def add_resources(self, resources: Resources, loc: str, holder: str) -> None:
        """Take in one resource file; what cannot be read of it is told."""
        self._files += 1
        try:
            if self._files > MAX_RESOURCE_FILES:
                raise Undrawable(Lack.LIMIT, "Res")  # noqa: TRY301 - told as all that follows
            root, name = self.xml(loc, holder)
            for twice in resources.add(
                root, _locator(self.package, name, attribute(root, "BaseLoc") or "", self.notes)
            ):
                self.notes.add(Lack.AMBIGUOUS, twice)
        except TrustError as error:
            self.notes.add(Lack.RESOURCE, f"{loc.strip()}: {error.detail}")
        except Undrawable as error:
            self.notes.add(error.lack, error.detail)


def _found(package: Package, loc: str, notes: Notes, *, holder: str, base: str = "") -> str:
    """Return the file a path means; that some reader takes it for another one is told. Raise OFD_PATH, OFD_MISSING."""
    files = possible(package, loc, holder=holder, base=base)
    if len(files) > 1:
        notes.add(Lack.AMBIGUOUS, loc)
    return files[0] if files else locate(package, loc, holder=holder, base=base)


def _locator(package: Package, holder: str, base: str, notes: Notes) -> Callable[[str], str]:
    """Return what makes names of a package out of locations; a location of nothing stays, and is missed where it is used."""

    def name(loc: str) -> str:
        try:
            return _found(package, loc, notes, holder=holder, base=base)
        except TrustError:
            return loc

    return name


def _tell_doubles(document: OpenDocument) -> None:
    """Tell of pages and templates of one number: what belongs to the one some readers show on the other."""
    templates = [template.get("ID") or "" for template in children(document.common, "TemplatePage")]
    for kind, numbers in (("Page", [page.page_id for page in document.pages]), ("TemplatePage", templates)):
        counted = Counter(same_id(number) for number in numbers)
        for number, count in counted.items():
            if count > 1:
                document.notes.add(Lack.AMBIGUOUS, f"{kind} {number}")


def read_told(package: Package, name: str, notes: Notes, budget: Budget) -> _Element:
    """Return the root element of a file of the package, once it is told what of it is not looked for. Raise TrustError."""
    try:
        budget.take("read", package.size(name))
        octets = package.octets(name)
        budget.take("marks", octets.count(b"<"))
    except Exhausted as error:
        raise TrustError(ErrorCode.OFD_LIMIT, "elements of all files together", file=name[:120]) from error
    root = parse_xml(octets, name)
    tell_rest(root, notes)
    return root


def open_documents(package: Package, notes: Notes, budget: Budget | None = None) -> tuple[OpenDocument, ...]:
    """Return the documents of a package, their resources read; `budget` bounds what is parsed, with whatever else it bounds.

    Raises:
        TrustError: OFD_MALFORMED for a package without a document; OFD_ENCRYPTED; as the package and the parser, over its OFD.xml, and over
            Document.xml where there is no other document.
    """
    if package.nearest(ENCRYPTIONS_NAME) is not None:
        if package.nearest("OFD.xml") is None:
            raise TrustError(ErrorCode.OFD_ENCRYPTED, "every file of the package is encrypted (GM/T 0099)")
        notes.add(Lack.ENCRYPTED)
    entry = locate(package, "OFD.xml", holder="")
    work = budget or Budget()
    bodies = list(children(read_told(package, entry, notes, work), "DocBody"))
    found: list[OpenDocument] = []
    refusal = TrustError(ErrorCode.OFD_MALFORMED, "OFD.xml names no document")
    for body in bodies:
        try:
            loc = text_of(child(body, "DocRoot")).strip()
            name = _found(package, loc, notes, holder=entry)
            root = read_told(package, name, notes, work)
        except TrustError as error:
            refusal = error
            notes.add(Lack.MALFORMED, error.detail)
            continue
        lists = (text_of(each).strip() for each in children(body, "Signatures"))
        document = OpenDocument(
            package=package,
            name=name,
            root=root,
            signatures=tuple(dict.fromkeys(each for each in lists if each)),
            notes=notes,
            budget=work,
            has_versions=child(body, "Versions") is not None,
        )
        _tell_doubles(document)
        document.read_resources()
        found.append(document)
    if not found:
        raise refusal
    return tuple(found)
