"""ZIP archives that two readers may read as two documents, or that no honest writer makes (APPNOTE 6.3.10)."""

from __future__ import annotations

import struct
import zlib
from typing import TYPE_CHECKING, Final

from tests.support.ofd_attacks import documents as d
from tests.support.ofd_attacks import zips
from tests.support.ofd_attacks.model import Row
from tests.support.ofd_attacks.verdicts import ENCRYPTED, LIMIT, NAME, OTHER_ZIP, PASSED, TWO_FACED, UNCOVERED, ZIP
from tests.support.ofd_attacks.zips import Item
from tests.support.zip_forge import Part, forge

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.support.ofd_attacks.library import Library

FORGED: Final = d.page(d.text(21, "名称：伪造有限公司"), d.text(22, "注册资本：壹亿元", at="20 60 170 10"))


def _twice_first(library: Library) -> bytes:
    return zips.write([Item(name=d.PAGE, octets=FORGED), *zips.items(library.parts("sealed"))])


def _twice_last(library: Library) -> bytes:
    return zips.with_items(library.parts("sealed"), Item(name=d.PAGE, octets=FORGED))


def _local_twice(library: Library) -> bytes:
    """A local header of the page's name that the directory does not list: readers that stream see it."""
    return zips.write([Item(name=d.PAGE, octets=FORGED, listed=False), *zips.items(library.parts("sealed"))])


def _unlisted_last(library: Library) -> bytes:
    return zips.with_items(library.parts("sealed"), Item(name=d.PAGE, octets=FORGED, listed=False))


def _twice_listed(library: Library) -> bytes:
    """One local header, named twice in the directory."""
    files = library.parts("sealed")
    at = list(files).index(d.PAGE)
    return zips.with_items(files, Item(name=d.PAGE, octets=files[d.PAGE], stored=False, central_at=at))


def _other_content_listed(library: Library) -> bytes:
    """The directory's page entry points at another entry's octets, whose local header has its own name."""
    files = {**library.parts("sealed"), "Doc_0/Pages/Page_9/Content.xml": FORGED}
    at = list(files).index("Doc_0/Pages/Page_9/Content.xml")
    return zips.changed(files, d.PAGE, central_at=at)


def _names_disagree(library: Library) -> bytes:
    """The forged page bears the page's name in its local header alone."""
    files = library.parts("sealed")
    forged = Item(name=d.PAGE, central_name="Doc_0/Res/spare.xml", octets=FORGED)
    return zips.write([forged, *zips.items(files)])


def _names_disagree_in_directory(library: Library) -> bytes:
    """The page bears its name in the local header, the forged one in the directory."""
    files = library.parts("sealed")
    honest = [each for each in zips.items(files) if each.name != d.PAGE]
    real = Item(name=d.PAGE, central_name="Doc_0/Res/spare.xml", octets=files[d.PAGE])
    return zips.write([*honest, real, Item(name="Doc_0/Res/spare.xml", central_name=d.PAGE, octets=FORGED)])


def _two_archives(library: Library) -> bytes:
    return library.other + library.sealed


def _two_archives_reversed(library: Library) -> bytes:
    return library.sealed + library.other


def _end_in_comment(library: Library) -> bytes:
    """A second end record in the comment, of an archive with no files."""
    inner = b"PK\x05\x06" + bytes(18)
    return zips.write(zips.items(library.parts("sealed")), comment=b"x" + inner)


def _two_names(library: Library) -> bytes:
    """An Info-ZIP Unicode path that gives the forged page the page's name."""
    name = d.PAGE.encode()
    field = b"\x01" + bytes(4) + name
    extra = b"\x75\x70" + len(field).to_bytes(2, "little") + field
    forged = Item(name="Doc_0/Res/spare.xml", octets=FORGED, extra=extra)
    return zips.with_items(library.parts("sealed"), forged)


def _very_many(library: Library) -> bytes:
    more = [Item(name=f"Doc_0/Res/{number}", method=zips.STORED) for number in range(20_001)]
    return zips.with_items(library.parts("sealed"), *more)


def _nested(library: Library) -> bytes:
    """The whole package inside another one, beside nothing."""
    return zips.pack({"inner.ofd": library.sealed, "note.txt": b"OFD.xml"})


def _pdf_too(library: Library) -> bytes:
    """A PDF in a field of the first entry's header, where the archive says nothing of it and a PDF reader finds it."""
    inside = b"%PDF-1.4\n1 0 obj<</Type/Catalog>>endobj\n"
    first, *others = library.parts("sealed").items()
    begin = Part(
        name=first[0].encode(), data=first[1], local={"extra": struct.pack("<2H", 0xCAFE, len(inside)) + inside}
    )
    rest = (Part(name=name.encode(), data=octets) for name, octets in others)
    return forge(begin, *rest, comment=b"startxref\n60\n%%EOF\n")


def _streamed(octets: bytes) -> Callable[[Library], bytes]:
    """Return the licence with a stored file more whose length stands behind it, as some write who cannot turn back."""
    told = (zlib.crc32(octets), len(octets), len(octets))
    last = Part(
        name=b"cargo.bin",
        data=octets,
        method=zips.STORED,
        flags=8,
        local={"crc": 0, "packed": 0, "size": 0},
        descriptor=struct.pack("<4s3I", b"PK\x07\x08", *told),
    )

    def build(library: Library) -> bytes:
        return forge(*(Part(name=name.encode(), data=each) for name, each in library.parts("sealed").items()), last)

    return build


def _ends_early() -> bytes:
    """Octets that end and go on with another page, for whoever does not look into the directory."""
    begin = b"x" + struct.pack("<4s3I", b"PK\x07\x08", zlib.crc32(b"x"), 1, 1)
    return begin + zips.write([Item(name=d.PAGE, octets=FORGED)])


def _with_attributes(attributes: int) -> Callable[[Library], bytes]:
    return lambda library: zips.changed(library.parts("sealed"), d.ANNOTATION, attributes=attributes)


def _with_extra(kind: int, value: bytes) -> Callable[[Library], bytes]:
    extra = struct.pack("<2H", kind, len(value)) + value
    return lambda library: zips.changed(library.parts("sealed"), d.ANNOTATION, extra=extra)


_OBJECTS: Final = (
    b"1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n2 0 obj<</Kids[]/Count 0>>endobj\ntrailer<</Root 1 0 R>>"
)


def _with_comment(comment: bytes) -> Callable[[Library], bytes]:
    return lambda library: zips.write(zips.items(library.parts("sealed")), comment=comment)


def _with_attached_pdf(method: int) -> Callable[[Library], bytes]:
    """A PDF among the signed files: kept without packing it is one for readers that look for its parts."""

    def build(library: Library) -> bytes:
        files = library.sign({**d.licence(), "Doc_0/Attachs/a.pdf": b"%PDF-1.7\n" + _OBJECTS})
        return zips.write(
            Item(name=name, octets=octets, method=method if name.endswith(".pdf") else zips.DEFLATED)
            for name, octets in files.items()
        )

    return build


ROWS: Final = (
    Row("zip-pdf-in-the-comment", "sealed", _with_comment(_OBJECTS), TWO_FACED),
    Row("zip-pdf-in-an-extra-field", "sealed", _with_extra(0xCAFE, _OBJECTS.replace(b" obj", b"\0%x\robj")), TWO_FACED),
    Row("zip-table-of-a-pdf-in-the-comment", "sealed", _with_comment(b"startxref\n5\n%%EOF"), TWO_FACED),
    Row("zip-pdf-attached-without-packing", "sealed", _with_attached_pdf(zips.STORED), TWO_FACED),
    Row("zip-pdf-attached", "sealed", _with_attached_pdf(zips.DEFLATED), PASSED),
    # In a line of its own: packed octets before it hold a sign of comments now and then, behind which numbers may stand.
    Row("zip-comment", "sealed", _with_comment(b"\nmade by an archiver: 7 objects"), PASSED),
    Row("zip-file-that-is-a-folder-of-dos", "sealed", _with_attributes(0x10), ZIP),
    Row("zip-file-that-is-a-folder-of-unix", "sealed", _with_attributes(0o040755 << 16), ZIP),
    Row("zip-file-that-is-a-folder-of-either", "sealed", _with_attributes(0o100644 << 16 | 0x10), ZIP),
    Row("zip-file-that-is-a-label", "sealed", _with_attributes(0x08), ZIP),
    Row("zip-file-that-is-hidden", "sealed", _with_attributes(0o100644 << 16 | 0x22), PASSED),
    Row("zip-link-in-an-extra-field", "sealed", _with_extra(0x756E, bytes(4) + b"\xff\xa1" + bytes(8)), ZIP),
    Row("zip-cipher-in-an-extra-field", "sealed", _with_extra(0x9901, b"\x02\0AE\x03\x08\0"), ZIP),
    Row("zip-times-in-an-extra-field", "sealed", _with_extra(0x5455, b"\x01" + bytes(4)), PASSED),
    Row("zip-stored-streamed-with-entries-inside", "sealed", _streamed(_ends_early()), ZIP),
    Row("zip-stored-streamed", "sealed", _streamed(b"nothing but text"), UNCOVERED),
    Row("zip-that-is-a-pdf-too", "sealed", _pdf_too, TWO_FACED),
    Row("zip-very-many-entries", "sealed", _very_many, LIMIT),
    Row("zip-page-twice-first", "sealed", _twice_first, NAME),
    Row("zip-page-twice-last", "sealed", _twice_last, NAME),
    Row("zip-local-header-unlisted", "sealed", _local_twice, ZIP),
    Row("zip-unlisted-at-the-end", "sealed", _unlisted_last, ZIP),
    Row("zip-one-header-listed-twice", "sealed", _twice_listed, ZIP),
    Row("zip-directory-points-elsewhere", "sealed", _other_content_listed, ZIP),
    Row("zip-local-name-forged", "sealed", _names_disagree, ZIP),
    Row("zip-directory-name-forged", "sealed", _names_disagree_in_directory, ZIP),
    Row("zip-two-archives", "sealed", _two_archives, ZIP),
    Row("zip-two-archives-reversed", "sealed", _two_archives_reversed, ZIP),
    Row("zip-octets-behind", "sealed", lambda library: library.sealed + b"\0" * 16, ZIP),
    Row(
        "zip-octets-before",
        "sealed",
        lambda library: zips.write(zips.items(library.parts("sealed")), prefix=b"PK\x03\x04" + bytes(26)),
        ZIP,
    ),
    Row("zip-second-end-in-comment", "sealed", _end_in_comment, ZIP),
    Row("zip-entry-of-two-names", "sealed", _two_names, ZIP),
    Row("zip-checksum-lies", "sealed", lambda library: zips.changed(library.parts("sealed"), d.PAGE, checksum=1), ZIP),
    Row("zip-size-lies-small", "sealed", lambda library: zips.changed(library.parts("sealed"), d.PAGE, size=10), ZIP),
    Row(
        "zip-size-lies-large", "sealed", lambda library: zips.changed(library.parts("sealed"), d.PAGE, size=99999), ZIP
    ),
    Row(
        "zip-sizes-disagree",
        "sealed",
        lambda library: zips.changed(library.parts("sealed"), d.PAGE, local_size=10),
        ZIP,
    ),
    Row("zip-truncated", "sealed", lambda library: library.sealed[:-30], ZIP),
    Row(
        "zip-symbolic-link",
        "sealed",
        lambda library: zips.changed(
            library.parts("sealed"), d.PAGE, attributes=zips.SYMLINK, octets=b"../Page_1/Content.xml"
        ),
        ZIP,
    ),
    Row(
        "zip-entry-encrypted",
        "sealed",
        lambda library: zips.changed(library.parts("sealed"), d.PAGE, flags=zips.ENCRYPTED),
        ENCRYPTED,
    ),
    Row(
        "zip-entry-method-unknown",
        "sealed",
        lambda library: zips.changed(library.parts("sealed"), d.PAGE, method=12),
        ZIP,
    ),
    Row(
        "zip-bomb",
        "sealed",
        lambda library: zips.with_items(
            library.parts("sealed"), Item(name="Doc_0/Res/big.bin", octets=bytes(60 * 1024 * 1024))
        ),
        LIMIT,
    ),
    Row(
        "zip-bomb-that-lies",
        "sealed",
        lambda library: zips.with_items(
            library.parts("sealed"), Item(name="Doc_0/Res/big.bin", octets=bytes(8 * 1024 * 1024), size=10, checksum=0)
        ),
        ZIP,
    ),
    Row("zip-package-in-a-package", "sealed", _nested, OTHER_ZIP),
    Row(
        "zip-stored-not-deflated",
        "sealed",
        lambda library: zips.write(
            [Item(name=name, octets=octets, method=zips.STORED) for name, octets in library.parts("sealed").items()]
        ),
        PASSED,
    ),
    Row(
        "zip-other-order", "sealed", lambda library: zips.pack(dict(reversed(library.parts("sealed").items()))), PASSED
    ),
)
