"""Paths that lead elsewhere on one machine than on another: case, Unicode forms, dots, separators, escapes, climbing."""

from __future__ import annotations

import struct
import zlib
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


def _profile_at(path: str) -> Callable[[Library], bytes]:
    """Return a licence really sealed whose colour space names its profile so."""

    def build(library: Library) -> bytes:
        files = {**d.licence(), "Doc_0/Res/x.icc": b"profile"}
        files[d.PUBLIC] = files[d.PUBLIC].replace(b'Type="RGB"', f'Type="RGB" Profile="{path}"'.encode())
        return zips.pack(library.sign(files))

    return build


def _cover_at(path: str) -> Callable[[Library], bytes]:
    """Return a licence really sealed whose description names its cover so."""

    def build(library: Library) -> bytes:
        files = d.licence()
        cover = d.element("Cover", path).encode()
        files[d.ENTRY] = files[d.ENTRY].replace(b"</ofd:DocInfo>", cover + b"</ofd:DocInfo>")
        return zips.pack(library.sign(files))

    return build


def _entry(raw: bytes, octets: bytes, extra: bytes = b"") -> Item:
    """Return an entry whose name is in no encoding in particular, and flagged as none."""
    return Item(name=raw.decode("utf-8", "surrogateescape"), octets=octets, flags=0, extra=extra)


def _annotation_in(named: str, raw: bytes) -> Callable[[Library], bytes]:
    """Return a licence whose annotations are said to lie in a file `named`, brought in later under octets that some reader takes for that."""

    def build(library: Library) -> bytes:
        files = d.licence()
        files[d.ANNOTATIONS] = files[d.ANNOTATIONS].replace(b"Page_0/Annotation.xml", named.encode())
        forged = _entry(b"Doc_0/Annots/" + raw, d.annotation(d.text(61, "作废")))
        return zips.with_items(library.sign(files), forged)

    return build


def _image_called(
    name: str, *, codec: str, told: bool = False, misread: str = "", also: str = ""
) -> Callable[[Library], bytes]:
    """Return a licence honestly sealed, its picture's name in an encoding that nothing flags; `told` by a Unicode path, too.

    With `misread` the Unicode path says what the octets are in that encoding: most readers go by it.
    """

    def build(library: Library) -> bytes:
        files, path = d.licence(), f"Doc_0/Res/{name}"
        files[d.RESOURCES] = files[d.RESOURCES].replace(b"image_1.png", name.encode())
        files[path] = files.pop(d.IMAGE)
        signed = library.sign(files)
        raw = path.encode(codec)
        said = raw.decode(misread) if misread else path
        field = struct.pack("<BI", 1, zlib.crc32(raw)) + said.encode()
        extra = struct.pack("<2H", 0x7075, len(field)) + field if told or misread else b""
        image = _entry(raw, signed.pop(path), extra)
        more = [_entry(f"Doc_0/Res/{also}".encode(codec), b"")] if also else []
        return zips.with_items(signed, image, *more)

    return build


def _same_in_another_encoding(library: Library) -> bytes:
    """A picture whose name is flagged as UTF-8, and another whose octets are that name to readers that take all for GB 18030."""
    files = d.licence()
    files[d.RESOURCES] = files[d.RESOURCES].replace(b"image_1.png", "图.png".encode())
    files["Doc_0/Res/图.png"] = files.pop(d.IMAGE)
    return zips.with_items(library.sign(files), _entry("Doc_0/Res/图.png".encode("gb18030"), d.PICTURE))


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
    Row("path-profile-by-address", "sealed", _profile_at("http://attacker.example/x.icc"), UNCOVERED),
    Row("path-profile-in-the-package", "sealed", _profile_at("x.icc"), PASSED),
    Row("path-cover-by-address", "sealed", _cover_at("//attacker.example/cover.png"), UNCOVERED),
    Row("path-cover-in-the-package", "sealed", _cover_at("Doc_0/Res/image_1.png"), PASSED),
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
    Row(
        "path-annotation-later-in-gbk",
        "sealed",
        _annotation_in("Page_0/璇佷功.xml", "Page_0/证书.xml".encode()),
        UNCOVERED,
    ),
    Row(
        "path-annotation-later-in-cp437",
        "sealed",
        _annotation_in("Page_0/证书.xml".encode("gb18030").decode("cp437"), "Page_0/证书.xml".encode("gb18030")),
        UNCOVERED,
    ),
    Row(
        "path-annotation-later-in-no-encoding",
        "sealed",
        _annotation_in(
            "Page_0/证书.xml".encode("gb18030").decode("utf-8", "replace"), "Page_0/证书.xml".encode("gb18030")
        ),
        UNCOVERED,
    ),
    Row("path-same-name-in-another-encoding", "sealed", _same_in_another_encoding, NAME),
    Row("path-image-in-gbk", "sealed", _image_called("印章.png", codec="gb18030"), PASSED),
    Row("path-image-in-gbk-that-is-utf-8-too", "sealed", _image_called("图.png", codec="gb18030"), PASSED),
    Row("path-images-in-gbk", "sealed", _image_called("图.png", codec="gb18030", also="印章.png"), UNCOVERED),
    Row("path-image-in-utf-8-unflagged", "sealed", _image_called("图.png", codec="utf-8"), PASSED),
    Row("path-image-in-gbk-and-utf-8", "sealed", _image_called("图.png", codec="gb18030", told=True), PASSED),
    Row(
        "path-image-told-by-another-reading",
        "sealed",
        _image_called("批注.png", codec="utf-8", misread="gb18030"),
        DIGEST,
    ),
    Row(
        "path-image-told-by-its-own-reading",
        "sealed",
        _image_called("批注.png", codec="utf-8", misread="utf-8"),
        PASSED,
    ),
    Row("path-page-later-from-the-root", "sealed", _pages_at("Doc_0/Pages/Page_9/Content.xml", _NINTH), UNCOVERED),
    Row("path-page-later", "sealed", _pages_at("Pages/Page_9/Content.xml", _NINTH), UNCOVERED),
    Row("path-reference-climbs", "sealed", _reference("/../Doc_0/Pages/Page_0/Content.xml"), PATH),
    Row("path-reference-to-folder", "sealed", _reference("/Doc_0/Pages/Page_0/"), PATH),
    Row("path-reference-to-nothing", "sealed", _reference("/Doc_0/Pages/Page_7/Content.xml"), DIGEST),
    Row("path-reference-by-dots", "sealed", _reference("/Doc_0/./Pages/Page_0/Content.xml"), PASSED),
    Row("path-reference-relative", "sealed", _reference("Doc_0/Pages/Page_0/Content.xml"), PASSED),
    Row("path-page-absolute", "sealed", _pages_at("/Doc_0/Pages/Page_0/Content.xml"), PASSED),
)
