"""What is shown changes after sealing: covered files, files nobody covered, files nobody named, and what hides in them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from tests.support.ofd_attacks import documents as d
from tests.support.ofd_attacks import zips
from tests.support.ofd_attacks.containers import FORGED
from tests.support.ofd_attacks.model import Row
from tests.support.ofd_attacks.signing import Order
from tests.support.ofd_attacks.verdicts import DIGEST, PASSED, UNCOVERED

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.support.ofd_attacks.library import Library

Files = dict[str, bytes]
_COVER: Final = d.element(
    "PathObject",
    d.element("FillColor", "", 'Value="255 255 255"')
    + d.element("AbbreviatedData", "M 0 0 L 200 0 L 200 100 L 0 100 C"),
    'ID="88" Boundary="0 30 210 60" Fill="true"',
)


def becomes(
    name: str, octets: bytes | Callable[[bytes], bytes], base: str = "sealed", more: Files | None = None
) -> Callable[[Library], bytes]:
    """Return what replaces a file after sealing, and adds others."""

    def build(library: Library) -> bytes:
        files = library.parts(base)
        return zips.pack({**files, name: octets(files[name]) if callable(octets) else octets, **(more or {})})

    return build


def without(name: str, base: str = "sealed") -> Callable[[Library], bytes]:
    """Return what takes a file out after sealing."""
    return lambda library: zips.pack({each: octets for each, octets in library.parts(base).items() if each != name})


def added(more: Files, base: str = "sealed") -> Callable[[Library], bytes]:
    """Return what adds files after sealing that nothing names."""
    return lambda library: zips.pack({**library.parts(base), **more})


def left_out(name: str, octets: bytes | None = None) -> Callable[[Library], bytes]:
    """Return a licence whose seal leaves a file out, and what becomes of that file."""

    def build(library: Library) -> bytes:
        files = d.licence()
        signed = library.sign(files, Order(covered=tuple(each for each in files if each != name)))
        return zips.pack({**signed, **({} if octets is None else {name: octets})})

    return build


def prepared(change: Callable[[Files], Files]) -> Callable[[Library], bytes]:
    """Return a licence sealed as somebody prepared it: the signer signed that, so nothing is forged."""
    return lambda library: zips.pack(library.sign(change(d.licence())))


def _replaced(name: str, old: bytes, new: bytes) -> Callable[[Files], Files]:
    def change(files: Files) -> Files:
        assert old in files[name]
        return {**files, name: files[name].replace(old, new)}

    return change


def _third_page(octets: bytes) -> bytes:
    return octets.replace(b"</ofd:Pages>", b'<ofd:Page ID="13" BaseLoc="Pages/Page_2/Content.xml"/></ofd:Pages>')


_ACTION: Final = d.element(
    "Actions", d.element("Action", d.element("URI", "", 'URI="http://attacker.example/"'), 'Event="CLICK"')
)
_EXTENSION: Final = d.element("Extensions", "Extensions.xml")


def _extended(library: Library) -> bytes:
    """A licence that names extensions no References list."""
    files = {**d.licence(), d.DOCUMENT: d.document(more=_EXTENSION), "Doc_0/Extensions.xml": d.root("Extensions", "")}
    return zips.pack(
        library.sign(files, Order(covered=tuple(each for each in files if each != "Doc_0/Extensions.xml")))
    )


def _attachments_empty(library: Library) -> bytes:
    """An element that announces no attachments: no licence, and nothing wrong."""
    files = d.licence()
    files[d.DOCUMENT] = files[d.DOCUMENT].replace(b"Attachs/Attachments.xml", b"")
    return zips.pack(library.sign({name: octets for name, octets in files.items() if "/Attachs/" not in name}))


ROWS: Final = (
    Row("attachments-element-empty", "sealed", _attachments_empty, PASSED),
    Row("page-replaced", "sealed", becomes(d.PAGE, FORGED), DIGEST),
    Row("page-one-space-more", "sealed", becomes(d.PAGE, lambda octets: octets + b"\n"), DIGEST),
    Row("page-removed", "sealed", without(d.LAST_PAGE), DIGEST),
    Row(
        "page-appended",
        "sealed",
        becomes(d.DOCUMENT, _third_page, more={"Doc_0/Pages/Page_2/Content.xml": FORGED}),
        DIGEST,
    ),
    Row(
        "page-swapped",
        "sealed",
        lambda library: zips.pack(
            {**(files := library.parts("sealed")), d.PAGE: files[d.LAST_PAGE], d.LAST_PAGE: files[d.PAGE]}
        ),
        DIGEST,
    ),
    Row(
        "template-swapped", "sealed", becomes(d.TEMPLATE, d.page(d.text(41, "食品经营许可证"), template=False)), DIGEST
    ),
    Row(
        "public-resources-swapped",
        "sealed",
        becomes(d.PUBLIC, d.public("font_9.ttf"), more={"Doc_0/Res/font_9.ttf": d.FAKE_FONT}),
        DIGEST,
    ),
    Row("font-swapped", "sealed", becomes(d.FONT, d.FAKE_FONT[:-1] + b"\1"), DIGEST),
    Row("image-swapped", "sealed", becomes(d.IMAGE, d.PICTURE + b"\0"), DIGEST),
    Row(
        "resources-swapped",
        "sealed",
        becomes(d.RESOURCES, d.resources("image_9.png"), more={"Doc_0/Res/image_9.png": d.PICTURE}),
        DIGEST,
    ),
    Row(
        "draw-parameters-made-white",
        "sealed",
        becomes(d.RESOURCES, lambda octets: octets.replace(b'Value="0 0 0"', b'Value="255 255 255"')),
        DIGEST,
    ),
    Row("annotation-changed", "sealed", becomes(d.ANNOTATION, d.annotation(_COVER)), DIGEST),
    Row("annotation-removed", "sealed", without(d.ANNOTATION), DIGEST),
    Row("custom-tag-swapped", "sealed", becomes(d.TAG, lambda octets: octets.replace(b">21<", b">22<")), DIGEST),
    Row("attachment-swapped", "sealed", becomes(d.ATTACHMENT, b'{"ZZMC":"x"}'), DIGEST),
    Row("file-nobody-names-added", "sealed", added({"Doc_0/Res/payload.bin": b"MZ"}), UNCOVERED),
    Row("page-nobody-names-added", "sealed", added({"Doc_0/Pages/Page_2/Content.xml": FORGED}), UNCOVERED),
    Row(
        "second-document-nobody-names-added",
        "sealed",
        added({name.replace("Doc_0/", "Doc_1/"): octets for name, octets in d.licence().items() if name != d.ENTRY}),
        UNCOVERED,
    ),
    Row("left-out-page", "sealed", left_out(d.PAGE), UNCOVERED),
    Row("left-out-page-replaced", "sealed", left_out(d.PAGE, FORGED), UNCOVERED),
    Row("left-out-document-page-appended", "sealed", left_out(d.DOCUMENT, _third_page(d.document())), UNCOVERED),
    Row(
        "left-out-template-swapped",
        "sealed",
        left_out(d.TEMPLATE, d.page(d.text(41, "食品经营许可证"), template=False)),
        UNCOVERED,
    ),
    Row("left-out-public-resources-swapped", "sealed", left_out(d.PUBLIC, d.public()), UNCOVERED),
    Row("left-out-font-swapped", "sealed", left_out(d.FONT, d.FAKE_FONT[:-1] + b"\1"), UNCOVERED),
    Row("left-out-image-swapped", "sealed", left_out(d.IMAGE, d.PICTURE + b"\0"), UNCOVERED),
    Row("left-out-annotation-overlay", "sealed", left_out(d.ANNOTATION, d.annotation(_COVER)), UNCOVERED),
    Row("left-out-annotation-list", "sealed", left_out(d.ANNOTATIONS), UNCOVERED),
    Row(
        "left-out-resources-made-white",
        "sealed",
        left_out(d.RESOURCES, d.resources().replace(b'Value="0 0 0"', b'Value="255 255 255"')),
        UNCOVERED,
    ),
    Row("left-out-custom-tag-swapped", "sealed", left_out(d.TAG, b"<x/>"), UNCOVERED),
    Row("left-out-attachment-swapped", "sealed", left_out(d.ATTACHMENT, b"{}"), UNCOVERED),
    Row(
        "shown-from-outside",
        "sealed",
        prepared(_replaced(d.RESOURCES, b"image_1.png", b"http://attacker.example/i.png")),
        UNCOVERED,
    ),
    Row(
        "font-from-outside",
        "sealed",
        prepared(_replaced(d.PUBLIC, b"font_1.ttf", b"../../../../usr/share/fonts/x.ttf")),
        UNCOVERED,
    ),
    Row("extensions-named-and-left-out", "sealed", _extended, UNCOVERED),
    Row(
        "action-to-an-address-signed",
        "sealed",
        prepared(_replaced(d.PAGE, b"<ofd:Content>", _ACTION.encode() + b"<ofd:Content>")),
        PASSED,
    ),
    Row(
        "text-white-signed",
        "sealed",
        prepared(
            _replaced(
                d.PAGE, b"<ofd:TextCode", d.element("FillColor", "", 'Value="255 255 255"').encode() + b"<ofd:TextCode"
            )
        ),
        PASSED,
    ),
)
