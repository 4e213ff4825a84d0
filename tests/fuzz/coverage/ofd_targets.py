"""Targets: OFD documents, their packages, XML and descriptions of signatures, and drawing them."""

from __future__ import annotations

from esign.ofd.xml import NAMESPACE, local_name, parse_xml
from tests.fuzz import test_ofd, test_ofd_drawing
from tests.fuzz.coverage.target import Target
from tests.support.ofd_drawings import files_of, image_object, own_font, picture, text_object
from tests.support.zip_forge import archive, unpacked


def _package(data: bytes) -> None:
    test_ofd.read_package(data)


def _xml(data: bytes) -> None:
    assert local_name(parse_xml(data, "fuzzed"))


def _xml_seeds() -> tuple[bytes, ...]:
    text = (
        f'<?xml version="1.0" encoding="UTF-8"?><o:OFD xmlns:o="{NAMESPACE}"><o:DocBody ID="1">文</o:DocBody></o:OFD>'
    )
    return text.encode(), text.replace("UTF-8", "UTF-16").encode("utf-16"), text.replace("UTF-8", "GBK").encode("gbk")


def _page(data: bytes) -> None:
    test_ofd_drawing.look(test_ofd_drawing.package("", more={"Doc_0/Pages/Page_0/Content.xml": data}))


def _page_seeds() -> tuple[bytes, ...]:
    objects = test_ofd_drawing.PATH + text_object("AB") + image_object('Boundary="0 0 9 9" ResourceID="50"')
    return (files_of(objects)["Doc_0/Pages/Page_0/Content.xml"],)


def _font(data: bytes) -> None:
    test_ofd_drawing.look(test_ofd_drawing.package(text_object("AB"), more={"Doc_0/Res/own.ttf": data}))


def _drawn_picture(data: bytes) -> None:
    image = image_object('Boundary="0 0 9 9" ResourceID="50"')
    test_ofd_drawing.look(test_ofd_drawing.package(image, more={"Doc_0/Res/a.png": data}))


def _picture_seeds() -> tuple[bytes, ...]:
    return tuple(picture(form=form) for form in ("PNG", "JPEG", "GIF", "BMP", "TIFF"))


def _document(data: bytes) -> None:
    test_ofd.holding(data)


def _description(data: bytes) -> None:
    files = unpacked(test_ofd.documents()[0])
    test_ofd.holding(archive({**files, "Doc_0/Signs/Sign_0/Signature.xml": data}))


def _description_seeds() -> tuple[bytes, ...]:
    return tuple(unpacked(data)["Doc_0/Signs/Sign_0/Signature.xml"] for data in test_ofd.documents())


TARGETS = (
    Target(name="ofd-package", act=_package, seeds=test_ofd.packages, binary=False, max_length=64 * 1024),
    Target(
        name="ofd-document",
        act=_document,
        seeds=test_ofd.documents,
        outside=("ofd/*.ofd",),
        binary=False,
        max_length=64 * 1024,
    ),
    Target(name="ofd-signature-xml", act=_description, seeds=_description_seeds, binary=False, max_length=16 * 1024),
    Target(name="ofd-xml", act=_xml, seeds=_xml_seeds, binary=False),
    Target(name="ofd-page", act=_page, seeds=_page_seeds, binary=False),
    Target(name="ofd-font", act=_font, seeds=lambda: (own_font(),), binary=False),
    Target(name="ofd-picture", act=_drawn_picture, seeds=_picture_seeds, binary=False),
)
