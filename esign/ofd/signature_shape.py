"""Whether a file that belongs to a signature holds that and nothing else, so that no reader finds a page or a picture in it.

    holds_only_a_signature(package.octets("Doc_0/Signs/Sign_1/Signature.xml"))
    holds_only_documents(package.octets("OFD.xml"))

The files of a further signature come after an earlier one and are exempt from what that one must cover (ADR 0021). Its signer
writes them, and a document prepared before may lead to them in ways nobody can list: so they are exempt for what is in them. A list
of signatures, a description or a list of files holds the elements the standards give it (GB/T 33190-2016, signatures; GM/T 0099-2020
annex D) and no others; a signed value or a seal is one DER element, without markup inside that a forgiving reader would find, closed or not.

Likewise an entry point that a policy lets signers leave open: it may hold other titles and data than were signed, and nothing by which
some reader shows another document.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from lxml import etree

from esign.ofd.xml import local_name, parse_xml
from trustkit.encoding import der
from trustkit.errors import TrustError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from esign.ofd.xml import Element

_ROOTS: Final = frozenset({"Signatures", "Signature", "DocEntries"})
_INSIDE: Final = {
    "Signatures": frozenset({"MaxSignId", "Signature"}),
    "Signature": frozenset({"SignedInfo", "SignedValue"}),
    "SignedInfo": frozenset(
        {"Provider", "SignatureMethod", "SignatureDateTime", "Parameters", "References", "StampAnnot", "Seal"}
    ),
    "Parameters": frozenset({"Parameter"}),
    "References": frozenset({"Reference"}),
    "Reference": frozenset({"CheckValue"}),
    "Seal": frozenset({"BaseLoc"}),
    "DocEntries": frozenset({"SignedValueLoc", "FileList"}),
    "FileList": frozenset({"File"}),
    "File": frozenset({"FileLoc"}),
}
_IN_ENTRY: Final = {
    "OFD": frozenset({"DocBody"}),
    "DocBody": frozenset({"DocInfo", "DocRoot", "Signatures"}),
    "DocInfo": frozenset(
        {
            "DocID",
            "Title",
            "Author",
            "Subject",
            "Abstract",
            "CreationDate",
            "ModDate",
            "DocUsage",
            "Keywords",
            "Creator",
        }
        | {"CreatorVersion", "CustomDatas"}
    ),
    "Keywords": frozenset({"Keyword"}),
    "CustomDatas": frozenset({"CustomData"}),
}
_PLAIN_PATH: Final = re.compile(r"/?(?:[\w-][\w.-]*/)*[\w-][\w.-]*\w", re.ASCII)
_NOTHING: Final[frozenset[str]] = frozenset()
_SEQUENCE: Final = b"\x30"
_MARKUP: Final = re.compile(  # begins with one octet, for which octets are searched at once
    rb"<(?:/\s{0,8}[A-Za-z][\w:.-]{0,64}\s{0,64}>|!--|!\[CDATA\[|"
    rb"[/!?]?[\w:.-]{0,64}(?i:page|content|layer|object|textcode|annot|appearance|docbody|docroot|publicres|documentres))"
)
_PDF: Final = b"%PDF-"


def holds_only_a_signature(octets: bytes, read: Callable[[], Element] | None = None) -> bool:
    """Whether octets are a plain list of signatures, description of one, list of files, signed value or seal.

    `read` gives the root of what `parse_xml` makes of them, where somebody may have parsed them before.
    """
    if octets[:1] == _SEQUENCE:
        return _is_one_element(octets) and _PDF not in octets and _MARKUP.search(octets) is None
    root = _parsed(octets, read)
    return root is not None and local_name(root) in _ROOTS and all(_is_plain(each, _INSIDE) for each in root.iter())


def holds_only_documents(octets: bytes) -> bool:
    """Whether an entry point names documents and their lists of signatures in one plain way, and nothing else that is a path."""
    root = _parsed(octets)
    if root is None or local_name(root) != "OFD" or not all(_is_plain(each, _IN_ENTRY) for each in root.iter()):
        return False
    return all(_is_plain_path(each.text or "", octets) for each in root.iter("{*}DocRoot", "{*}Signatures"))


def _is_plain_path(path: str, octets: bytes) -> bool:
    """Whether a path stands in the octets as it is meant, without references, escapes or blanks."""
    return _PLAIN_PATH.fullmatch(path) is not None and f">{path}</".encode("ascii") in octets


def _parsed(octets: bytes, read: Callable[[], Element] | None = None) -> Element | None:
    """Return the root of XML that looks alike to all readers, None for any other."""
    if b"\0" in octets:
        return None  # of two octets a character: readers that take it for UTF-8 find other words in it
    try:
        root = parse_xml(octets, "") if read is None else read()
    except TrustError:
        return None
    around = (*root.itersiblings(preceding=True), *root.itersiblings())
    return root if all(map(_is_comment, around)) else None


def _is_one_element(octets: bytes) -> bool:
    try:
        return der.read_tlv(octets, 0, len(octets)).end == len(octets)
    except TrustError:
        return False


def _is_comment(node: Element) -> bool:
    return isinstance(node, etree._Comment) and "<" not in (node.text or "")  # noqa: SLF001 - the library has no public name for it


def _is_plain(node: Element, inside: Mapping[str, frozenset[str]]) -> bool:
    """Whether an element has only the children and texts of its name; words that would be markup to others are none of them."""
    name = local_name(node)
    if not name:
        return _is_comment(node) and not (node.tail or "").strip()
    may_hold = inside.get(name, _NOTHING)
    held = {local_name(each) for each in node.iterchildren("*")}
    words = node.text or ""
    is_text = not may_hold or (name == "Signature" and not held)
    return held <= may_hold and "<" not in words and not (node.tail or "").strip() and (is_text or not words.strip())
