"""XML that two parsers read as two documents, that grows, or that draws in others' files."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from tests.support.ofd_attacks import documents as d
from tests.support.ofd_attacks import zips
from tests.support.ofd_attacks.model import Row
from tests.support.ofd_attacks.signing import Order
from tests.support.ofd_attacks.verdicts import PASSED, UNCOVERED, UNREACHED, XML

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.support.ofd_attacks.library import Library

LAUGHS: Final = (
    '<!DOCTYPE a [<!ENTITY l0 "ha">'
    + "".join(f'<!ENTITY l{number} "{f"&l{number - 1};" * 10}">' for number in range(1, 10))
    + "]>"
)
EXTERNAL: Final = '<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]>'


def _list_with(head: str, inside: str) -> Callable[[Library], bytes]:
    """Return the sealed licence with a document type before its list of signatures, which no seal covers."""

    def build(library: Library) -> bytes:
        files = library.parts("sealed")
        octets = (
            files[d.SIGNATURES]
            .decode()
            .replace(d.HEAD, d.HEAD + head)
            .replace("</ofd:MaxSignId>", f"{inside}</ofd:MaxSignId>")
        )
        return zips.pack({**files, d.SIGNATURES: octets.encode()})

    return build


def _list(change: Callable[[bytes], bytes]) -> Callable[[Library], bytes]:
    def build(library: Library) -> bytes:
        files = library.parts("sealed")
        return zips.pack({**files, d.SIGNATURES: change(files[d.SIGNATURES])})

    return build


def _described(change: Callable[[bytes], bytes]) -> Callable[[Library], bytes]:
    """Return a licence whose signer really signed such a Signature.xml."""
    return lambda library: library.resealed(Order(bend=change))


def _sealed_document(change: Callable[[bytes], bytes], name: str = d.DOCUMENT) -> Callable[[Library], bytes]:
    """Return a licence sealed with such a part."""

    def build(library: Library) -> bytes:
        files = d.licence()
        return zips.pack(library.sign({**files, name: change(files[name])}))

    return build


def _namespace(octets: bytes, other: str) -> bytes:
    return octets.replace(d.NAMESPACE.encode(), other.encode())


def _commented(octets: bytes) -> bytes:
    """The list's only signature inside a comment, as a reader by regular expressions would still find it."""
    start, end = octets.index(b"<ofd:Signature "), octets.index(b"</ofd:Signatures>")
    return octets[:start] + b"<!--" + octets[start:end] + b"-->" + octets[end:]


def _called_utf8(library: Library) -> bytes:
    files = d.licence()
    files[d.DOCUMENT] = files[d.DOCUMENT].replace(b'encoding="UTF-8"', b'encoding="UTF8"')
    return zips.pack(library.sign(files))


ROWS: Final = (
    Row("xml-encoding-called-utf8", "sealed", _called_utf8, PASSED),
    Row(
        "xml-external-entity-in-a-page",
        "sealed",
        _sealed_document(lambda octets: octets.replace(d.HEAD.encode(), (d.HEAD + EXTERNAL).encode()), d.PAGE),
        UNCOVERED,
    ),
    Row("xml-billion-laughs", "sealed", _list_with(LAUGHS, "&l9;"), UNREACHED),
    Row("xml-external-entity", "sealed", _list_with(EXTERNAL, "&x;"), UNREACHED),
    Row("xml-document-type", "sealed", _list_with("<!DOCTYPE a>", ""), UNREACHED),
    Row(
        "xml-external-entity-in-document",
        "sealed",
        _sealed_document(lambda octets: octets.replace(d.HEAD.encode(), (d.HEAD + EXTERNAL).encode())),
        XML,
    ),
    Row("xml-two-roots", "sealed", _list(lambda octets: octets + b"<x/>"), UNREACHED),
    Row("xml-utf-7", "sealed", _list(lambda octets: octets.replace(b'"UTF-8"', b'"UTF-7"')), UNREACHED),
    Row(
        "xml-not-utf-8",
        "sealed",
        _list(lambda octets: octets.replace(b"</ofd:MaxSignId>", b"\xff\xfe</ofd:MaxSignId>")),
        UNREACHED,
    ),
    Row(
        "xml-deep",
        "sealed",
        _list(
            lambda octets: octets.replace(b"</ofd:Signatures>", b"<a>" * 5000 + b"</a>" * 5000 + b"</ofd:Signatures>")
        ),
        UNREACHED,
    ),
    Row(
        "xml-very-many-elements",
        "sealed",
        _list(lambda octets: octets.replace(b"</ofd:Signatures>", b"<a/>" * 500_000 + b"</ofd:Signatures>")),
        UNREACHED,
    ),
    Row("xml-signature-in-a-comment", "sealed", _list(_commented), UNREACHED),
    Row(
        "xml-signature-in-cdata",
        "sealed",
        _list(lambda octets: _commented(octets).replace(b"<!--", b"<ofd:X><![CDATA[").replace(b"-->", b"]]></ofd:X>")),
        UNREACHED,
    ),
    Row(
        "xml-list-in-a-strange-namespace",
        "sealed",
        _list(lambda octets: _namespace(octets, "http://attacker.example/")),
        UNREACHED,
    ),
    Row(
        "xml-list-without-a-namespace",
        "sealed",
        _list(lambda octets: octets.replace(b' xmlns:ofd="http://www.ofdspec.org/2016"', b"").replace(b"ofd:", b"")),
        PASSED,
    ),
    Row(
        "xml-list-in-the-old-namespace",
        "sealed",
        _list(lambda octets: _namespace(octets, "http://www.ofdspec.org")),
        PASSED,
    ),
    Row(
        "xml-references-twice",
        "sealed",
        _described(
            lambda octets: octets.replace(
                b"<ofd:References", b'<ofd:References CheckMethod="SM3"></ofd:References><ofd:References', 1
            )
        ),
        XML,
    ),
    Row(
        "xml-signed-info-twice",
        "sealed",
        _described(
            lambda octets: octets.replace(b"<ofd:SignedInfo>", b"<ofd:SignedInfo></ofd:SignedInfo><ofd:SignedInfo>", 1)
        ),
        XML,
    ),
    Row(
        "xml-pages-twice",
        "sealed",
        _sealed_document(lambda octets: octets.replace(b"<ofd:Pages>", b"<ofd:Pages></ofd:Pages><ofd:Pages>")),
        XML,
    ),
    Row(
        "xml-page-listed-twice",
        "sealed",
        _sealed_document(
            lambda octets: octets.replace(
                b"</ofd:Pages>", b'<ofd:Page ID="12" BaseLoc="Pages/Page_0/Content.xml"/></ofd:Pages>'
            )
        ),
        PASSED,
    ),
)
