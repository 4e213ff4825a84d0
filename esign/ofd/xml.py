"""The XML inside an OFD, read so that nothing outside it is reached and nothing in it grows (GB/T 33190-2016, XML 1.0).

    root = parse_xml(octets, "OFD.xml")
    text(require_child(body, "DocRoot"))

No document type, hence no entities; encodings from a short list; sizes, depth, elements and attributes bounded. Names are
matched by their local part: writers use the namespace with ``/2016``, without it, and none. A name looked for that stands
there twice, or in a namespace of somebody else's, is refused: readers would differ about which counts.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final, cast

from lxml import etree

from esign.ofd.limits import MAX_TEXT, MAX_XML_ATTRIBUTES, MAX_XML_DEPTH, MAX_XML_MARKS, MAX_XML_OCTETS
from trustkit.errors import ErrorCode, TrustError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import TypeAlias

    Element: TypeAlias = etree._Element  # noqa: SLF001 - the library has no public name for it

NAMESPACE: Final = "http://www.ofdspec.org/2016"
KNOWN_NAMESPACES: Final = frozenset({NAMESPACE, "http://www.ofdspec.org", ""})  # as met in real files
_KNOWN_BEFORE: Final = frozenset(f"{{{each}" if each else "" for each in KNOWN_NAMESPACES)  # names of elements
_USUAL_BEFORE: Final = f"{{{NAMESPACE}}}"
_ENCODINGS: Final = frozenset({"utf-8", "utf8", "gbk", "gb2312", "gb18030", "us-ascii", "ascii"})
_DECLARED: Final = re.compile(rb"""\A<\?xml[^>]{0,100}?encoding\s{0,8}=\s{0,8}["']([A-Za-z0-9._-]{1,40})["']""")
_BOM_8: Final = b"\xef\xbb\xbf"
_WIDE: Final = {  # UTF-16, with its mark and without
    b"\xff\xfe": "utf-16-le",
    b"\xfe\xff": "utf-16-be",
    b"<\0": "utf-16-le",
    b"\0<": "utf-16-be",
}
_WHITE: Final = " \t\r\n"
_DECLARATION: Final = 400  # octets in which an XML declaration ends
_DOCTYPE: Final = b"<!DOCTYPE"
_WIDE_DOCTYPES: Final = tuple(_DOCTYPE.decode().encode(each) for each in ("utf-16-le", "utf-16-be"))
_USUAL: Final = b'<?xml version="1.0" encoding="UTF-8"?>'
_TOO_DEEP: Final = etree.XPath(f"boolean({'/*' * (MAX_XML_DEPTH + 1)})")


def parse_xml(data: bytes, name: str) -> Element:
    """Return the root element; `name` is the file's, for the refusal.

    Raises:
        TrustError: OFD_XML for what is no plain well-formed XML, OFD_LIMIT for too much of it.
    """
    if len(data) > MAX_XML_OCTETS:
        raise TrustError(ErrorCode.OFD_LIMIT, "octets of XML", file=name[:120], octets=len(data), limit=MAX_XML_OCTETS)
    _require_known_encoding(data, name)
    if has_document_type(data):
        raise _refusal("a document type: entities and references to elsewhere have no place here", name)
    marks = data.count(b"<")
    if marks > MAX_XML_MARKS or data.count(b"=") > MAX_XML_ATTRIBUTES:
        raise TrustError(ErrorCode.OFD_LIMIT, "elements or attributes", file=name[:120])
    parser = etree.XMLParser(
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        dtd_validation=False,
        huge_tree=False,
        collect_ids=False,
    )
    try:
        root = etree.fromstring(data, parser)
    except (etree.LxmlError, ValueError, LookupError) as error:
        raise _refusal("not well-formed XML", name) from error
    # document types were refused in the octets; this is for encodings in which they are spelt otherwise
    if cast("Any", root.getroottree().docinfo).doctype:
        raise _refusal("a document type", name)
    if marks > MAX_XML_DEPTH and _TOO_DEEP(root):
        raise TrustError(ErrorCode.OFD_LIMIT, "depth of XML", file=name[:120], limit=MAX_XML_DEPTH)
    return root


def has_document_type(data: bytes) -> bool:
    """Whether octets hold what begins a document type in one of the encodings that are read."""
    return _DOCTYPE in data or (b"\0" in data and any(each in data for each in _WIDE_DOCTYPES))


def _refusal(detail: str, name: str) -> TrustError:
    return TrustError(ErrorCode.OFD_XML, detail, file=name[:120])


def _require_known_encoding(data: bytes, name: str) -> None:
    """Refuse encodings in which markup does not look like itself (UTF-7, EBCDIC, UTF-32): scanning for it would miss it."""
    if data.startswith(_USUAL) and b"\0" not in data[:_DECLARATION]:
        return  # as nearly all begin
    wide = next((codec for mark, codec in _WIDE.items() if data.startswith(mark)), None)
    begin = (
        data[:_DECLARATION] if wide is None else data[:_DECLARATION].decode(wide, "replace").encode("ascii", "replace")
    )
    begin = begin.removeprefix(_BOM_8).removeprefix(b"?" if wide else b"")  # the mark of UTF-16 is no ASCII
    if not begin.lstrip(b" \t\r\n").startswith(b"<") or b"\0" in begin:
        raise _refusal("no XML, or in an encoding that is not read", name)
    declared = _DECLARED.match(begin)
    told = "" if declared is None else declared[1].decode("ascii").lower()
    if declared is None and b"encoding" in begin.partition(b">")[0] and begin.startswith(b"<?xml"):
        raise _refusal("an XML declaration that is not understood", name)
    if told and (not told.startswith("utf-16") if wide else told not in _ENCODINGS):
        raise _refusal("an encoding that is not read", name)


def namespace_of(element: Element) -> str:
    """Return the namespace of an element, empty for none."""
    tag = _tag(element)
    return tag[1:].partition("}")[0] if tag.startswith("{") else ""


def encoding_of(root: Element) -> str:
    """Return the encoding a document says it has, in lower case, empty when it says none."""
    return (cast("Any", root.getroottree().docinfo).encoding or "").lower()


def split_name(element: Element) -> tuple[str, str]:
    """Return an element's namespace and its name in it, both empty for comments and processing instructions."""
    space, _, name = _tag(element).rpartition("}")
    return space[1:], name


def local_name(element: Element) -> str:
    """Return an element's name without its namespace; empty for comments and processing instructions."""
    return _tag(element).rpartition("}")[2]


def _tag(element: Element) -> str:
    tag: object = element.tag  # the types know no comments, whose tag is a function
    return tag if isinstance(tag, str) else ""


def require_root(root: Element, name: str, file: str) -> Element:
    """Return the root when it is called `name`. Raise OFD_MALFORMED, or OFD_XML for one of a foreign namespace."""
    if local_name(root) != name:
        raise TrustError(ErrorCode.OFD_MALFORMED, f"the root element is not {name}", file=file[:120])
    return _known(root)


def children(element: Element, name: str) -> Iterator[Element]:
    """Yield the children called `name`. Raise OFD_XML when one stands in a foreign namespace."""
    for each in element.iterchildren(f"{{*}}{name}"):  # of any namespace and none
        yield _known(each)


def child(element: Element, name: str) -> Element | None:
    """Return the only child called `name`, None when there is none. Raise OFD_XML when there are two."""
    found = [_known(each) for each in element.iterchildren(f"{{*}}{name}")]
    if len(found) > 1:
        raise TrustError(ErrorCode.OFD_XML, f"{name} stands there twice")
    return found[0] if found else None


def require_child(element: Element, name: str) -> Element:
    """Return the only child called `name`. Raise OFD_MALFORMED when there is none, OFD_XML when there are two."""
    found = child(element, name)
    if found is None:
        raise TrustError(ErrorCode.OFD_MALFORMED, f"{local_name(element)} has no {name}")
    return found


def text(element: Element) -> str:
    """Return the text of an element without white space around it.

    Raises:
        TrustError: OFD_XML when anything stands inside it besides text (a comment splits a value for some readers and not
            for others), OFD_LIMIT beyond `MAX_TEXT`.
    """
    if len(element):
        raise TrustError(ErrorCode.OFD_XML, f"{local_name(element)} holds more than text")
    return _bounded(element.text or "", local_name(element))


def child_text(element: Element, name: str) -> str | None:
    """Return the text of the only child called `name`, None when there is none."""
    found = child(element, name)
    return None if found is None else text(found)


def attribute(element: Element, name: str) -> str | None:
    """Return an attribute's value, with a prefix or without; None when absent. Raise OFD_XML when it stands there twice."""
    pairs = cast("list[tuple[str, str]]", element.items())
    found = [value for key, value in pairs if key == name or (key[0] == "{" and key.rpartition("}")[2] == name)]
    if len(found) > 1:
        raise TrustError(ErrorCode.OFD_XML, f"the attribute {name} stands there twice")
    return _bounded(found[0], name) if found else None


def _bounded(value: str, name: str) -> str:
    if len(value) > MAX_TEXT:
        raise TrustError(ErrorCode.OFD_LIMIT, f"length of {name}", limit=MAX_TEXT)
    return value.strip(_WHITE)  # other blanks are a part of a name to other readers


def _known(element: Element) -> Element:
    tag = element.tag
    if not tag.startswith(_USUAL_BEFORE) and tag.rpartition("}")[0] not in _KNOWN_BEFORE:
        raise TrustError(ErrorCode.OFD_XML, f"{local_name(element)} in a foreign namespace")
    return element
