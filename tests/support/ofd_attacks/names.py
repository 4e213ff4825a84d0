"""Paths that lead elsewhere on one machine than on another: case, Unicode forms, dots, separators, escapes, climbing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from tests.support.ofd_attacks import documents as d
from tests.support.ofd_attacks import zips
from tests.support.ofd_attacks.containers import FORGED
from tests.support.ofd_attacks.model import Row
from tests.support.ofd_attacks.signing import Order
from tests.support.ofd_attacks.verdicts import DIGEST, NAME, PASSED, PATH, UNCOVERED
from tests.support.ofd_attacks.zips import Item

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.support.attacks.model import Told
    from tests.support.ofd_attacks.library import Library


def _beside(name: str, octets: bytes = FORGED) -> Callable[[Library], bytes]:
    return lambda library: zips.with_items(library.parts("sealed"), Item(name=name, octets=octets))


def _pages_at(path: str, *names: str) -> Callable[[Library], bytes]:
    """Return a licence really sealed whose first page is said to lie at `path`, with forged pages under `names`."""

    def build(library: Library) -> bytes:
        files = d.licence()
        files[d.DOCUMENT] = files[d.DOCUMENT].replace(b"Pages/Page_0/Content.xml", path.encode())
        signed = library.sign(files)
        return zips.with_items(signed, *(Item(name=name, octets=FORGED) for name in names))

    return build


def _annotation_behind_a_comment(library: Library) -> bytes:
    """A list of annotations that names a file with a comment in its name, and that file brought in later."""
    files = d.licence()
    files[d.ANNOTATIONS] = files[d.ANNOTATIONS].replace(b"Page_0/Annotation.xml", b"Page_0/Anno<!-- -->tation_9.xml")
    forged = Item(name="Doc_0/Annots/Page_0/Annotation_9.xml", octets=d.annotation(d.text(61, "作废")))
    return zips.with_items(library.sign(files), forged)


def _reference(path: str) -> Callable[[Library], bytes]:
    """Return a licence whose signer wrote a strange path into a Reference."""

    def bend(octets: bytes) -> bytes:
        return octets.replace(b'FileRef="/Doc_0/Pages/Page_0/Content.xml"', f'FileRef="{path}"'.encode())

    return lambda library: library.resealed(Order(bend=bend))


_NINTH: Final = "Doc_0/Pages/Page_9/Content.xml"
_ENTRIES: Final[tuple[tuple[str, str, Told], ...]] = (
    ("case", "doc_0/pages/page_0/content.xml", NAME),
    ("case-of-entry", "ofd.XML", NAME),
    ("backslash", "Doc_0\\Pages\\Page_0\\Content.xml", NAME),
    ("dot-segment", "Doc_0/./Pages/Page_0/Content.xml", NAME),
    ("climbing", "Doc_0/Res/../Pages/Page_0/Content.xml", NAME),
    ("traversal", "../../../../tmp/evil.xml", NAME),
    ("absolute", "/Doc_0/Pages/Page_0/Content.xml", NAME),
    ("drive", "C:/Doc_0/Content.xml", NAME),
    ("empty-segment", "Doc_0//Pages/Page_0/Content.xml", NAME),
    ("null", "Doc_0/Pages/Page_0/Content.xml\0.txt", NAME),
    ("trailing-dot", "Doc_0/Pages/Page_0/Content.xml.", NAME),
    ("full-width", "Doc_0/Pages/Page_0/Ｃontent.xml", NAME),
    ("file-and-folder", "Doc_0/Pages/Page_0/Content.xml/x", NAME),
)

ROWS: Final = (
    *(Row(f"path-{name}", "sealed", _beside(entry), told) for name, entry, told in _ENTRIES),
    Row("path-page-out-of-package", "sealed", _pages_at("../../../etc/passwd"), UNCOVERED),
    Row("path-page-by-address", "sealed", _pages_at("http://attacker.example/Content.xml"), UNCOVERED),
    Row("path-page-by-file-address", "sealed", _pages_at("file:///etc/passwd"), UNCOVERED),
    Row("path-page-on-a-drive", "sealed", _pages_at("C:\\Content.xml"), UNCOVERED),
    Row("path-page-on-a-share", "sealed", _pages_at("\\\\attacker.example\\share\\Content.xml"), UNCOVERED),
    # named by the signer in a way that some readers resolve, and brought in later
    Row("path-page-later-by-escape", "sealed", _pages_at("Pages/Page%5F9/Content.xml", _NINTH), UNCOVERED),
    Row(
        "path-page-later-as-escaped",
        "sealed",
        _pages_at("Pages/Page%5F9/Content.xml", _NINTH.replace("_9", "%5F9")),
        UNCOVERED,
    ),
    Row("path-page-later-by-backslash", "sealed", _pages_at("Pages\\Page_9\\Content.xml", _NINTH), UNCOVERED),
    Row("path-page-later-by-fragment", "sealed", _pages_at("Pages/Page_9/Content.xml#top", _NINTH), UNCOVERED),
    Row("path-page-later-by-query", "sealed", _pages_at("Pages/Page_9/Content.xml?v=1", _NINTH), UNCOVERED),
    Row("path-page-later-by-dots", "sealed", _pages_at("Pages/./x/../Page_9/Content.xml", _NINTH), UNCOVERED),
    Row("path-page-later-by-case", "sealed", _pages_at("PAGES/page_9/content.XML", _NINTH), UNCOVERED),
    Row("path-page-later-by-slash", "sealed", _pages_at("/Pages/Page_9/Content.xml", _NINTH), UNCOVERED),
    Row("path-page-later-by-dot-behind", "sealed", _pages_at("Pages/Page_9/Content.xml.", _NINTH), UNCOVERED),
    Row("path-page-later-by-length", "sealed", _pages_at(f"Pages/{'./' * 600}Page_9/Content.xml", _NINTH), UNCOVERED),
    Row("path-page-later-decomposed", "sealed", _pages_at("Pages/e\u0301.xml", "Doc_0/Pages/\u00e9.xml"), UNCOVERED),
    Row("path-annotation-later-behind-a-comment", "sealed", _annotation_behind_a_comment, UNCOVERED),
    Row("path-page-later-from-the-root", "sealed", _pages_at("Doc_0/Pages/Page_9/Content.xml", _NINTH), UNCOVERED),
    Row("path-page-later", "sealed", _pages_at("Pages/Page_9/Content.xml", _NINTH), UNCOVERED),
    Row("path-reference-climbs", "sealed", _reference("/../Doc_0/Pages/Page_0/Content.xml"), PATH),
    Row("path-reference-to-folder", "sealed", _reference("/Doc_0/Pages/Page_0/"), PATH),
    Row("path-reference-to-nothing", "sealed", _reference("/Doc_0/Pages/Page_7/Content.xml"), DIGEST),
    Row("path-reference-by-dots", "sealed", _reference("/Doc_0/./Pages/Page_0/Content.xml"), PASSED),
    Row("path-reference-relative", "sealed", _reference("Doc_0/Pages/Page_0/Content.xml"), PASSED),
    Row("path-page-absolute", "sealed", _pages_at("/Doc_0/Pages/Page_0/Content.xml"), PASSED),
)
