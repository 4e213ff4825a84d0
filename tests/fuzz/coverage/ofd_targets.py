"""Targets: OFD documents, their packages, XML and descriptions of signatures, and drawing them."""

from __future__ import annotations

from functools import cache
from random import Random  # noqa: TID251 - seeds that are the same at every run

from esign.ofd.encryption_model import ENCRYPTIONS_NAME, MAP_NAME, SEED_NAME
from esign.ofd.encryption_open import open_encrypted
from esign.ofd.integrity_model import ENTRIES_NAME
from esign.ofd.integrity_read import read_integrity
from esign.ofd.integrity_verify import verify_integrity
from esign.ofd.package import open_package
from esign.ofd.xml import NAMESPACE, local_name, parse_xml
from esign.seal.read import parse_seal_signature
from tests.fuzz import test_ofd, test_ofd_corpus, test_ofd_drawing
from tests.fuzz.coverage.target import Target
from tests.support.ofd_attacks import zips
from tests.support.ofd_attacks.documents import root
from tests.support.ofd_attacks.mutations import ACT
from tests.support.ofd_drawings import files_of, image_object, own_font, picture, text_object
from tests.support.zip_forge import archive, unpacked
from tests.unit.ofd import test_encryption
from trustkit.cms.read import parse_signed_message
from trustkit.crypto.cipher import encrypt
from trustkit.errors import TrustError
from trustkit.verdict import Indication

VALUE = "Doc_0/Signs/Sign_0/SignedValue.dat"
MAX_ACTS = 6
_RECIPES = 200


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


def _signed_value(data: bytes) -> None:
    """Judge a package whose signed value is this: what passes signs what was signed."""
    library = test_ofd_corpus.library()
    for base in ("sealed", "signed"):
        files = library.parts(base)
        verdict = library.verify(zips.pack({**files, VALUE: data}))
        if verdict.conclusion.indication is Indication.TOTAL_PASSED:
            assert _signed_octets(data) == _signed_octets(files[VALUE])


def _signed_octets(value: bytes) -> object:
    """Return what a signed value signs, and its signature, without what nobody signs."""
    try:
        parsed = parse_seal_signature(value)
    except TrustError:
        return [(each.signed_attributes, each.signature) for each in parse_signed_message(value).signers]
    return parsed.to_sign, parsed.signature


def _signed_values() -> tuple[bytes, ...]:
    library = test_ofd_corpus.library()
    return tuple(library.parts(name)[VALUE] for name in ("sealed", "old", "new", "signed", "unstamped"))


@cache
def _reader() -> test_encryption.Reader:
    return test_encryption.Reader(test_ofd_corpus.library().world, "reader")


def _protection(data: bytes) -> None:
    """Read and open a package of which one part is this: the first octet says which."""
    reader = _reader()
    files = test_encryption.by_hand({"a": b"x" * 40, "b": b"y"}, test_encryption.wrapped_for(reader))
    kind, part = data[:1], data[1:]
    if kind == b"M":
        part = encrypt(test_encryption.PARAMETERS, test_encryption.KEY, part)
    if kind == b"L":
        package = open_package(zips.pack({**test_ofd_corpus.library().parts("listed"), ENTRIES_NAME: part}))
        found = read_integrity(package)
        assert found is not None
        verify_integrity(package, found)
        assert part == test_ofd_corpus.library().parts("listed")[ENTRIES_NAME], "another list than was signed"
        return
    name = {b"E": ENCRYPTIONS_NAME, b"S": SEED_NAME, b"M": MAP_NAME}.get(kind, "a.dat")
    opened = open_encrypted(zips.pack({**files, name: part}), reader.own())
    open_package(opened.octets)


def _protection_seeds() -> tuple[bytes, ...]:
    files = test_encryption.by_hand({"a": b"x" * 40, "b": b"y"}, test_encryption.wrapped_for(_reader()))
    lines = (
        '<ofd:EncryptEntry Path="/a" EPath="/a.dat"/><ofd:EncryptEntry Path="/b" EPath="/b.dat" DecryptSeedLoc="/s"/>'
    )
    return (
        b"E" + files[ENCRYPTIONS_NAME],
        b"S" + files[SEED_NAME],
        b"M" + root("EncryptEntries", lines),
        b"A" + files["a.dat"],
        b"L" + test_ofd_corpus.library().parts("listed")[ENTRIES_NAME],
    )


def _recipes() -> tuple[bytes, ...]:
    test_ofd_corpus.known()  # made once, so that no input pays for it
    chance = Random(1)
    return tuple(chance.randbytes(1 + ACT * chance.randint(1, MAX_ACTS)) for _ in range(_RECIPES))


TARGETS = (
    Target(name="ofd-recipe", act=test_ofd_corpus.judge, seeds=_recipes, binary=False, max_length=1 + ACT * MAX_ACTS),
    Target(name="ofd-signed-value", act=_signed_value, seeds=_signed_values, max_length=16 * 1024),
    Target(name="ofd-protection", act=_protection, seeds=_protection_seeds, binary=False),
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
