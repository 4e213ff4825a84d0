"""What other readers find that ours does not: by blanks, escapes, folders, names of the writer's own, in lists that nobody signed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from tests.support.ofd_attacks import documents as d
from tests.support.ofd_attacks import zips
from tests.support.ofd_attacks.contents import prepared
from tests.support.ofd_attacks.lists import ONE, TWO
from tests.support.ofd_attacks.model import Row
from tests.support.ofd_attacks.signing import Order, sign
from tests.support.ofd_attacks.verdicts import DIGEST, PASSED, UNCOVERED, UNREACHED

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.support.ofd_attacks.library import Library

_PATH: Final = "/Doc_0/Signs/Sign_0/Signature.xml"
_FORGED: Final = d.root("Signature", d.element("SignedInfo", ""))


def _list(old: str, new: str, more: dict[str, bytes] | None = None) -> Callable[[Library], bytes]:
    """Return the sealed licence with another list of signatures, which nobody covers, and files more."""

    def build(library: Library) -> bytes:
        files = library.parts("sealed")
        assert old.encode() in files[d.SIGNATURES]
        listed = files[d.SIGNATURES].replace(old.encode(), new.encode())
        return zips.pack({**files, d.SIGNATURES: listed, **(more or {})})

    return build


def _annotated(written: str, file: str) -> Callable[[Library], bytes]:
    """Return a licence whose annotations name a file in a way of its own, which was brought in after sealing."""

    def change(files: dict[str, bytes]) -> dict[str, bytes]:
        named = b"<ofd:FileLoc>Page_0/Annotation.xml</ofd:FileLoc>"
        assert named in files[d.ANNOTATIONS]
        return {**files, d.ANNOTATIONS: files[d.ANNOTATIONS].replace(named, written.encode())}

    def build(library: Library) -> bytes:
        return zips.pack({**library.sign(change(d.licence())), file: d.annotation("")})

    return build


def _other_copy(library: Library) -> bytes:
    """References written from the root without a slash; a copy lies where our reader looks first, and the true page is another."""
    files = library.parts("sealed")
    order = Order(bend=lambda octets: octets.replace(b'FileRef="/Doc_0/Pages/Page_0/', b'FileRef="Doc_0/Pages/Page_0/'))
    files = library.sign(d.licence(), order)
    copy = {f"{ONE}{d.PAGE}": files[d.PAGE]}
    return zips.pack({**files, **copy, d.PAGE: files[d.PAGE].replace("示例".encode(), "伪造".encode())})


def _of_another_document(library: Library) -> bytes:
    """Two documents, all covered by one seal that stands on the first; the list of the second names it instead."""
    second = {name.replace("Doc_0/", "Doc_1/"): octets for name, octets in d.licence().items() if name != d.ENTRY}
    other = d.body().replace("Doc_0/", "Doc_1/")
    files = {**d.licence(), **second, d.ENTRY: d.entry(d.body() + other)}
    signed = library.sign(files)
    listed = signed[d.SIGNATURES]
    empty = d.root("Signatures", d.element("MaxSignId", "9"))
    return zips.pack({**signed, d.SIGNATURES: empty, d.SIGNATURES.replace("Doc_0/", "Doc_1/"): listed})


def _covered_description(library: Library) -> bytes:
    """A stranger's signature prepared under names of no signature; the genuine one moves to where a reader finds the stranger's instead."""
    world = library.stranger
    forged = sign(world, d.licence())
    value = b"/Doc_0/Res/v.bin"
    described = forged[f"{ONE}Signature.xml"].replace(f"/{ONE}SignedValue.dat".encode(), value)
    files = {**d.licence(), "Signs/Doc_0/S/d.bin": described, "Doc_0/Res/v.bin": forged[f"{ONE}SignedValue.dat"]}
    signed = library.sign(files, Order(kind="Sign"))
    signed["Doc_0/S/d.bin"] = signed.pop(f"{ONE}Signature.xml")
    signed[d.SIGNATURES] = signed[d.SIGNATURES].replace(_PATH.encode(), b"/Doc_0/S/d.bin")
    return zips.pack(signed)


def _covered_value(library: Library) -> bytes:
    """The value of a stranger's seal, prepared where readers look for a value named without a folder."""
    value = sign(library.stranger, d.licence())[f"{ONE}SignedValue.dat"]
    order = Order(bend=lambda octets: octets.replace(f"/{ONE}SignedValue.dat".encode(), b"v.bin"))
    signed = library.sign({**d.licence(), "v.bin": value}, order)
    signed[f"{ONE}v.bin"] = signed.pop(f"{ONE}SignedValue.dat")
    return zips.pack(signed)


def _page_in_a_later_signature(written: str, kind: str = "Sign") -> Callable[[Library], bytes]:
    """A page named in a way of its own where nothing lies, and a later signer whose description holds it."""

    def build(library: Library) -> bytes:
        page = f'<ofd:Page ID="13" BaseLoc="{written}"/></ofd:Pages>'
        files = {**d.licence(), d.DOCUMENT: d.document().replace(b"</ofd:Pages>", page.encode())}
        content = d.element("Content", d.element("Layer", d.text(90, "伪造"), 'ID="91"')).encode()
        order = Order(
            number=1,
            signer=library.second,
            kind=kind,
            bend=lambda octets: octets.replace(b"</ofd:Signature>", content + b"</ofd:Signature>"),
        )
        return zips.pack(library.sign(library.sign(files), order))

    return build


def _second_under_other_names(value: str, seal: str) -> Callable[[Library], bytes]:
    """A further signature whose writer calls its value and its seal as he likes."""

    def build(library: Library) -> bytes:
        names = {f"{TWO}SignedValue.dat": value, f"{TWO}Seal.esl": seal}

        def named(octets: bytes) -> bytes:
            for old, new in names.items():
                octets = octets.replace(f"/{old}".encode(), f"/{new}".encode())
            return octets

        signed = library.sign(library.parts("sealed"), Order(number=1, signer=library.second, bend=named))
        return zips.pack({names.get(name, name): octets for name, octets in signed.items()})

    return build


def _relative(name: str = "", now: str = "") -> Callable[[Library], bytes]:
    """A signature that names its value and its seal relative to itself; one of them lies somewhere else afterwards."""

    def build(library: Library) -> bytes:
        signed = library.sign(d.licence(), Order(bend=lambda octets: octets.replace(f">/{ONE}".encode(), b">")))
        return zips.pack({now if each == f"{ONE}{name}" else each: octets for each, octets in signed.items()})

    return build


def _page_in_a_value(library: Library) -> bytes:
    """A page named by a path that some decode and some do not, and a later signer whose value holds it, under the one name of the two."""
    name, opened = "v&#46;dat", "<ofd:Page><ofd:Content><ofd:Layer><ofd:TextCode>"
    page = f'<ofd:Page ID="13" BaseLoc="Signs/Sign_1/{name}"/></ofd:Pages>'
    files = {**d.licence(), d.DOCUMENT: d.document().replace(b"</ofd:Pages>", page.encode())}
    written = f"{TWO}{name.replace('&', '&amp;')}".encode()
    order = Order(
        number=1,
        signer=library.second,
        stamp=f"{opened}伪造<x/></ofd:TextCode  >".encode(),
        bend=lambda octets: octets.replace(f"{TWO}SignedValue.dat".encode(), written),
    )
    signed = library.sign(library.sign(files), order)
    return zips.pack({each.replace(f"{TWO}SignedValue.dat", f"{TWO}{name}"): signed[each] for each in signed})


def _list_in_wide_letters(library: Library) -> bytes:
    files = library.parts("sealed")
    words = files[d.SIGNATURES].decode().replace("UTF-8", "UTF-16")
    return zips.pack({**files, d.SIGNATURES: words.encode("utf-16")})


def _renamed(library: Library) -> bytes:
    """A signed package whose writer has names of his own, and an entry point that leads to no signature any more."""
    names = {"Signs/Signatures.xml": "Sgn/List.xml", "Signature.xml": "Desc.xml", "SignedValue.dat": "Value.p7s"}
    renamed = {}
    for name, octets in library.parts("signed").items():
        for old, new in names.items():
            name = name.replace(old, new)  # noqa: PLW2901 - one after another
        renamed[name.replace("/Signs/", "/Sgn/")] = octets
    return zips.pack({**renamed, d.ENTRY: d.entry(d.body(signed=False))})


ROWS: Final = (
    Row(
        "reader-blank-behind-a-path",
        "sealed",
        _list(_PATH, f"{_PATH}\u3000", {f"{_PATH[1:]}\u3000": _FORGED}),
        UNREACHED,
    ),
    Row("reader-list-with-a-prefixed-path", "sealed", _list(" BaseLoc=", " ofd:BaseLoc="), UNREACHED),
    Row("reader-reference-in-a-path", "sealed", _list(_PATH, _PATH.replace(".xml", "&#46;xml")), UNREACHED),
    Row(
        "reader-list-in-a-group",
        "sealed",
        _list("</ofd:Signatures>", f'<ofd:Group><ofd:Signature BaseLoc="{_PATH}"/></ofd:Group></ofd:Signatures>'),
        UNREACHED,
    ),
    Row(
        "reader-list-in-small-letters",
        "sealed",
        _list("</ofd:Signatures>", f'<ofd:signature BaseLoc="{_PATH}"/></ofd:Signatures>'),
        UNREACHED,
    ),
    Row(
        "reader-signature-in-another-folder",
        "sealed",
        _list(_PATH, _PATH, {"Doc_0/Signs/Doc_0/Signs/Sign_0/s.bin": _FORGED}),
        UNCOVERED,
    ),
    Row("reader-seal-beside-the-root", "sealed", _list(_PATH, _PATH, {"seal.bin": b"GIF89a"}), UNCOVERED),
    Row("reader-signature-of-another-document", "sealed", _of_another_document, UNREACHED),
    Row("reader-signature-under-other-names", "signed", _renamed, UNREACHED),
    Row("reader-reference-to-a-copy", "sealed", _other_copy, DIGEST),
    Row(
        "reader-path-behind-an-element",
        "sealed",
        _annotated("<ofd:FileLoc><ofd:x/>Page_0/Evil.xml</ofd:FileLoc>", "Doc_0/Annots/Page_0/Evil.xml"),
        UNCOVERED,
    ),
    Row(
        "reader-path-with-a-short-name",
        "sealed",
        _annotated("<ofd:FileLoc>Page_0/EVILAN~1.XML</ofd:FileLoc>", "Doc_0/Annots/Page_0/EvilAnnotation.xml"),
        UNCOVERED,
    ),
    Row(
        "reader-folder-doubled",
        "sealed",
        _annotated("<ofd:FileLoc>Page_0/Evil.xml</ofd:FileLoc>", "Doc_0/Annots/Annots/Page_0/Evil.xml"),
        UNCOVERED,
    ),
    Row("reader-finds-a-covered-description", "signed", _covered_description, UNREACHED),
    Row("reader-finds-a-covered-value", "sealed", _covered_value, UNREACHED),
    Row(
        "reader-finds-a-page-in-a-later-signature",
        "sealed",
        _page_in_a_later_signature("Signs/ Sign_1/ Signature.xml"),
        UNCOVERED,
    ),
    Row(
        "reader-finds-a-page-in-a-later-seal",
        "sealed",
        _page_in_a_later_signature("Signs/Sign_1/SIGNAT~1.XML", "Seal"),
        UNCOVERED,
    ),
    Row("reader-list-in-wide-letters", "sealed", _list_in_wide_letters, UNCOVERED),
    Row(
        "reader-second-signature-under-other-names",
        "sealed",
        _second_under_other_names(f"{TWO}value.p7b", f"{TWO}seal1.bin"),
        PASSED,
    ),
    Row(
        "reader-second-seal-in-another-folder",
        "sealed",
        _second_under_other_names(f"{TWO}value.p7b", "Doc_0/Res/seal1.bin"),
        UNREACHED,
    ),
    Row(
        "reader-second-value-at-the-root",
        "sealed",
        _second_under_other_names("SignedValue.dat", f"{TWO}Seal.esl"),
        UNREACHED,
    ),
    Row("reader-value-moved-to-the-root", "sealed", _relative("SignedValue.dat", "SignedValue.dat"), UNREACHED),
    Row(
        "reader-value-moved-to-the-document", "sealed", _relative("SignedValue.dat", "Doc_0/SignedValue.dat"), UNREACHED
    ),
    Row("reader-seal-moved-to-the-root", "sealed", _relative("Seal.esl", "Seal.esl"), DIGEST),
    Row("reader-value-beside-its-description", "sealed", _relative(), PASSED),
    Row("reader-finds-a-page-in-a-later-value", "sealed", _page_in_a_value, UNCOVERED),
    Row(
        "reader-finds-a-signed-attachment",
        "sealed",
        prepared(lambda files: files | {"Doc_0/x.xml": b"<Signature><SignedInfo/><SignatureValue/></Signature>"}),
        PASSED,
    ),
    Row("reader-finds-what-is-covered", "sealed", prepared(lambda files: files | {"Doc_0/x.bin": b"x"}), PASSED),
)
