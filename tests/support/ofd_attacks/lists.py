"""Attacks on the lists of signatures and of what they refer to: Signatures.xml, Signature.xml, References."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from tests.support.ofd_attacks import documents as d
from tests.support.ofd_attacks import zips
from tests.support.ofd_attacks.containers import FORGED
from tests.support.ofd_attacks.contents import becomes, without
from tests.support.ofd_attacks.model import Row
from tests.support.ofd_attacks.signing import Order
from tests.support.ofd_attacks.verdicts import (
    ALGORITHM,
    ALGORITHM_UNKNOWN,
    BASE64,
    DER,
    DIGEST,
    DIGEST_SIGNED,
    FORM,
    MALFORMED,
    MISSING,
    PASSED,
    UNCOVERED,
    UNREACHED,
)
from trustkit.crypto.digest import DigestAlgorithm

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.support.ofd_attacks.library import Library

ONE: Final = "Doc_0/Signs/Sign_0/"
TWO: Final = "Doc_0/Signs/Sign_1/"
_LIST: Final = d.root("Signatures", d.element("MaxSignId", "9"))


def bent(old: str, new: str) -> Callable[[Library], bytes]:
    """Return a licence whose signer really signed a Signature.xml with other words in it."""

    def bend(octets: bytes) -> bytes:
        assert old.encode() in octets
        return octets.replace(old.encode(), new.encode())

    return lambda library: library.resealed(Order(bend=bend))


def _listed(old: str, new: str, base: str = "sealed") -> Callable[[Library], bytes]:
    def change(octets: bytes) -> bytes:
        assert old.encode() in octets
        return octets.replace(old.encode(), new.encode())

    return becomes(d.SIGNATURES, change, base)


def _line_in(namespace: str) -> Callable[[Library], bytes]:
    """Return the sealed licence with the line of its list in another namespace."""

    def change(octets: bytes) -> bytes:
        begun = octets.replace(b"<ofd:Signature ", f'<Signature xmlns="{namespace}" '.encode())
        return begun.replace(b"</ofd:Signature>", b"</Signature>")

    return becomes(d.SIGNATURES, change)


def _described(old: str, new: str) -> Callable[[Library], bytes]:
    """Return the sealed licence with words of Signature.xml changed after it was signed."""

    def change(octets: bytes) -> bytes:
        assert old.encode() in octets
        return octets.replace(old.encode(), new.encode())

    return becomes(f"{ONE}Signature.xml", change)


def _folder_removed(library: Library) -> bytes:
    return zips.pack({name: octets for name, octets in library.parts("twice").items() if not name.startswith(TWO)})


def _page_in_a_signature(library: Library) -> bytes:
    """A document that names a page where signatures lie, and a second signer, trusted too, whose Signature.xml holds a page."""
    files = {**d.licence(), d.DOCUMENT: d.document(page_at="Signs/Sign_9/Signature.xml")}
    content = d.element("Content", d.element("Layer", d.text(21, "名称：伪造有限公司"), 'ID="20"')).encode()
    signed = library.sign(files)
    order = Order(
        number=9,
        signer=library.second,
        bend=lambda octets: octets.replace(b"<ofd:SignedInfo>", content + b"<ofd:SignedInfo>", 1),
    )
    return zips.pack(library.sign(signed, order))


def _forged_reference(library: Library) -> bytes:
    """A second Reference to the page, with the forged page's digest."""

    def bend(octets: bytes) -> bytes:
        start = octets.index(b'<ofd:Reference FileRef="/Doc_0/Pages/Page_0/Content.xml">')
        end = octets.index(b"</ofd:Reference>", start) + len(b"</ofd:Reference>")
        return octets[:end] + octets[start:end].replace(b"<ofd:CheckValue>", b"<ofd:CheckValue>AAAA") + octets[end:]

    return library.resealed(Order(bend=bend))


def _same_reference_twice(library: Library) -> bytes:
    def bend(octets: bytes) -> bytes:
        start = octets.index(b'<ofd:Reference FileRef="/Doc_0/Pages/Page_0/Content.xml">')
        end = octets.index(b"</ofd:Reference>", start) + len(b"</ofd:Reference>")
        return octets[:end] + octets[start:end] + octets[end:]

    return library.resealed(Order(bend=bend))


def _hashed(method: str, algorithm: DigestAlgorithm) -> Callable[[Library], bytes]:
    return lambda library: library.resealed(Order(method=method, algorithm=algorithm))


def _weakly_digested(library: Library) -> bytes:
    """Honest but weak digests of sixteen octets, and a page that has another."""
    files = library.sign(d.licence(), Order(method='CheckMethod="MD5"', algorithm=DigestAlgorithm.MD5))
    return zips.pack({**files, d.PAGE: FORGED})


def _signed_list_covered(library: Library) -> bytes:
    """A seal that refers to a list of signatures, which a second signature then changes."""
    files = library.parts("list_covered")
    return zips.pack(library.sign(files, Order(number=1, signer=library.second)))


def _no_references(octets: bytes) -> bytes:
    start = octets.index(b"<ofd:References")
    end = octets.index(b"</ofd:References>") + len(b"</ofd:References>")
    return octets[:start] + octets[end:]


ROWS: Final = (
    Row("list-page-in-a-signature", "sealed", _page_in_a_signature, UNCOVERED),
    Row("list-emptied", "sealed", becomes(d.SIGNATURES, _LIST), UNREACHED),
    Row("list-removed", "sealed", without(d.SIGNATURES), UNREACHED),
    Row("list-truncated", "sealed", becomes(d.SIGNATURES, lambda octets: octets[:-20]), UNREACHED),
    Row("list-is-something-else", "sealed", becomes(d.SIGNATURES, b"<html/>"), UNREACHED),
    Row(
        "list-loses-the-first",
        "twice",
        _listed(
            '<ofd:Signature ID="1" Type="Seal" BaseLoc="/Doc_0/Signs/Sign_0/Signature.xml"></ofd:Signature>',
            "",
            "twice",
        ),
        UNREACHED,
    ),
    Row(
        "list-loses-the-second",
        "twice",
        _listed(
            '<ofd:Signature ID="2" Type="Seal" BaseLoc="/Doc_0/Signs/Sign_1/Signature.xml"></ofd:Signature>',
            "",
            "twice",
        ),
        UNREACHED,
    ),
    Row("list-names-one-twice", "twice", _listed("Sign_1/Signature.xml", "Sign_0/Signature.xml", "twice"), UNREACHED),
    Row("list-names-nothing", "sealed", _listed("Sign_0/Signature.xml", "Sign_7/Signature.xml"), MISSING),
    Row(
        "list-line-to-nothing",
        "sealed",
        _listed("</ofd:Signatures>", '<ofd:Signature ID="3" BaseLoc=""/></ofd:Signatures>'),
        UNREACHED,
    ),
    Row("list-two-of-one-identifier", "twice", _listed('ID="2"', 'ID="01"', "twice"), UNREACHED),
    Row("list-identifiers-the-other-way-round", "twice", _listed('ID="1"', 'ID="7"', "twice"), PASSED),
    Row("list-type-sign-for-seal", "sealed", _listed('Type="Seal"', 'Type="Sign"'), PASSED),
    Row("list-type-seal-for-sign", "signed", _listed('Type="Sign"', 'Type="Seal"', "signed"), PASSED),
    Row("list-type-unknown", "sealed", _listed('Type="Seal"', 'Type="Stamp"'), PASSED),
    Row("list-attribute-under-a-prefix", "sealed", _listed(" BaseLoc=", " ofd:BaseLoc="), UNREACHED),
    Row(
        "list-with-a-schema",
        "sealed",
        _listed(
            "<ofd:Signatures ",
            '<ofd:Signatures xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:schemaLocation="a b" ',
        ),
        PASSED,
    ),
    Row("list-line-in-no-namespace", "sealed", _line_in(""), UNREACHED),
    Row("list-line-in-another-namespace-of-ofd", "sealed", _line_in("http://www.ofdspec.org"), UNREACHED),
    Row("list-line-in-another-element", "sealed", _listed(">9</ofd:Max", ">9<ofd:Signature/></ofd:Max"), UNREACHED),
    Row("list-type-absent", "sealed", _listed(' Type="Seal"', ""), PASSED),
    Row("list-covered-and-added-to", "list_covered", _signed_list_covered, DIGEST),
    Row("signature-folder-removed", "twice", _folder_removed, MISSING),
    Row("signature-value-removed", "sealed", without(f"{ONE}SignedValue.dat"), MISSING),
    Row("signature-value-empty", "sealed", becomes(f"{ONE}SignedValue.dat", b""), FORM),
    Row(
        "signature-value-truncated",
        "sealed",
        becomes(f"{ONE}SignedValue.dat", lambda octets: octets[:-9]),
        FORM,
    ),
    Row(
        "signature-value-and-more",
        "sealed",
        becomes(f"{ONE}SignedValue.dat", lambda octets: octets + b"\0\0"),
        DER,
    ),
    Row("signature-description-removed", "sealed", without(f"{ONE}Signature.xml"), MISSING),
    Row(
        "signature-description-space-more", "sealed", _described("<ofd:SignedInfo>", "<ofd:SignedInfo> "), DIGEST_SIGNED
    ),
    Row(
        "signature-stamp-moved",
        "sealed",
        _described('Boundary="150 240 40 40"', 'Boundary="10 10 40 40"'),
        DIGEST_SIGNED,
    ),
    Row("signature-reference-dropped", "sealed", becomes(f"{ONE}Signature.xml", _no_references), MALFORMED),
    Row(
        "signature-check-method-downgraded",
        "sealed",
        _described('CheckMethod="1.2.156.10197.1.401"', 'CheckMethod="MD5"'),
        DIGEST_SIGNED,
    ),
    Row(
        "signature-check-method-unknown-later",
        "signed",
        becomes(f"{ONE}Signature.xml", lambda octets: octets.replace(b'"1.2.156.10197.1.401"', b'"1.2.3.4"'), "signed"),
        DIGEST_SIGNED,
    ),
    Row("references-md5-of-another-page", "sealed", _weakly_digested, DIGEST),
    Row("references-md5", "sealed", _hashed('CheckMethod="MD5"', DigestAlgorithm.SM3), ALGORITHM),
    Row("references-sha1", "sealed", _hashed('CheckMethod="SHA1"', DigestAlgorithm.SM3), ALGORITHM),
    Row("references-method-absent", "sealed", _hashed("", DigestAlgorithm.SM3), ALGORITHM),
    Row(
        "references-method-unknown", "sealed", _hashed('CheckMethod="1.2.3.4"', DigestAlgorithm.SM3), ALGORITHM_UNKNOWN
    ),
    Row("references-method-by-name", "sealed", _hashed('CheckMethod="SM3"', DigestAlgorithm.SM3), PASSED),
    Row("references-none", "sealed", lambda library: library.resealed(Order(covered=())), DIGEST),
    Row(
        "references-element-missing", "sealed", lambda library: library.resealed(Order(bend=_no_references)), MALFORMED
    ),
    Row("references-two-digests-of-one-file", "sealed", _forged_reference, MALFORMED),
    Row("references-one-file-twice", "sealed", _same_reference_twice, PASSED),
    Row(
        "references-digest-of-another-page",
        "sealed",
        lambda library: library.resealed(Order(entries={d.PAGE: FORGED})),
        DIGEST,
    ),
    Row("references-digest-truncated", "sealed", bent("=</ofd:CheckValue>", "</ofd:CheckValue>"), BASE64),
)
