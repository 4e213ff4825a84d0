from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from esign.ofd import limits, xml
from esign.ofd.xml import (
    attribute,
    child,
    child_text,
    children,
    local_name,
    namespace_of,
    parse_xml,
    require_child,
    require_root,
    text,
)
from trustkit.errors import ErrorCode, TrustError

if TYPE_CHECKING:
    from trustkit.error_family import Code

NS = xml.NAMESPACE
BODY = f'<o:OFD xmlns:o="{NS}" Version="1.1"><o:DocBody><o:DocRoot> Doc_0/文档.xml\n</o:DocRoot></o:DocBody></o:OFD>'


def _code(data: bytes) -> Code:
    with pytest.raises(TrustError) as caught:
        parse_xml(data, "OFD.xml")
    assert caught.value.facts["file"] == "OFD.xml"
    return caught.value.code


ENCODINGS = {
    "utf-8": BODY.encode(),
    "utf-8 with its mark": b"\xef\xbb\xbf" + BODY.encode(),
    "declared utf-8": b'<?xml version="1.0" encoding="UTF-8"?>' + BODY.encode(),
    "single quotes": b"<?xml version='1.0' encoding='utf-8' ?>\r\n" + BODY.encode(),
    "declaration without encoding": b'<?xml version="1.0"?>' + BODY.encode(),
    "utf-16": ('<?xml version="1.0" encoding="UTF-16"?>' + BODY).encode("utf-16"),
    "utf-16 without a mark": ('<?xml version="1.0" encoding="UTF-16LE"?>' + BODY).encode("utf-16-le"),
    "gbk": b'<?xml version="1.0" encoding="GBK"?>' + BODY.encode("gbk"),
    "gb18030": b'<?xml version="1.0" encoding="gb18030"?>' + BODY.encode("gb18030"),
    "gb2312": b'<?xml version="1.0" encoding="GB2312"?>' + BODY.encode("gb2312"),
}


@pytest.mark.parametrize("data", ENCODINGS.values(), ids=ENCODINGS)
def test_the_encodings_of_real_files_are_read(data: bytes) -> None:
    root = require_root(parse_xml(data, "OFD.xml"), "OFD", "OFD.xml")
    assert child_text(require_child(root, "DocBody"), "DocRoot") == "Doc_0/文档.xml"
    assert attribute(root, "Version") == "1.1"


LAUGHS = '<!DOCTYPE l [<!ENTITY a "ha">' + "".join(f'<!ENTITY a{n} "{"&a;" * 9}">' for n in range(9)) + "]><l>&a;</l>"
REFUSED = {
    "empty": b"",
    "text": b"OFD",
    "unclosed": b"<OFD>",
    "two roots": b"<OFD/><OFD/>",
    "not utf-8": b"<OFD>\xff</OFD>",
    "doctype": b"<!DOCTYPE OFD><OFD/>",
    "external entity": b'<!DOCTYPE l [<!ENTITY x SYSTEM "file:///etc/passwd">]><l>&x;</l>',
    "entity in an attribute": b'<!DOCTYPE l [<!ENTITY x "y">]><l a="&x;"/>',
    "external subset": b'<!DOCTYPE l SYSTEM "http://127.0.0.1/x.dtd"><l/>',
    "parameter entity": b'<!DOCTYPE l [<!ENTITY % p SYSTEM "http://127.0.0.1/x">%p;]><l/>',
    "laughs": LAUGHS.encode(),
    "laughs in utf-16": LAUGHS.encode("utf-16"),
    "laughs in utf-16, big end first": LAUGHS.encode("utf-16-be"),
    "laughs in gbk": b'<?xml version="1.0" encoding="GBK"?>' + LAUGHS.encode(),
    "undefined entity": b"<l>&nbsp;</l>",
    "utf-7": b'<?xml version="1.0" encoding="UTF-7"?><l/>',
    "utf-32": "<l/>".encode("utf-32"),
    "utf-32 without a mark": "<l/>".encode("utf-32-le"),
    "utf-32, big end first": "<l/>".encode("utf-32-be"),
    "utf-16 that calls itself otherwise": '<?xml version="1.0" encoding="UTF-7"?><l/>'.encode("utf-16"),
    "utf-8 that calls itself utf-16": b'<?xml version="1.0" encoding="UTF-16"?><l/>',
    "ebcdic": "<?xml version='1.0' encoding='cp037'?><l/>".encode("cp037"),
    "unknown encoding": b'<?xml version="1.0" encoding="x-user"?><l/>',
    "a declaration that hides its encoding": b'<?xml version="1.0" ' + b" " * 90 + b'encoding="UTF-7"?><l/>',
    "too deep for the library": b"<a>" * 300 + b"</a>" * 300,
    "attribute twice": b'<l a="1" a="2"/>',
    "unbound prefix": b"<o:l/>",
}


@pytest.mark.parametrize("data", REFUSED.values(), ids=REFUSED)
def test_what_is_no_plain_xml_is_refused(data: bytes) -> None:
    assert _code(data) is ErrorCode.OFD_XML


@pytest.mark.parametrize(
    "data",
    [
        b"<l>" + b" " * limits.MAX_XML_OCTETS + b"</l>",
        b"<l>" + b"<a/>" * limits.MAX_XML_MARKS + b"</l>",
        b"<l " + b" ".join(b'a%d=""' % n for n in range(limits.MAX_XML_ATTRIBUTES + 1)) + b"/>",
        b"<a>" * 65 + b"</a>" * 65,
    ],
    ids=["octets", "elements", "attributes", "depth"],
)
def test_too_much_is_refused(data: bytes) -> None:
    assert _code(data) is ErrorCode.OFD_LIMIT


def test_the_deepest_that_is_allowed_is_read() -> None:
    assert local_name(parse_xml(b"<a>" * 64 + b"</a>" * 64, "x")) == "a"


@pytest.mark.parametrize("namespace", sorted(xml.KNOWN_NAMESPACES))
def test_names_are_matched_by_their_local_part(namespace: str) -> None:
    root = parse_xml(f'<OFD xmlns="{namespace}"><DocBody/><!-- c --><?p i?><DocBody/></OFD>'.encode(), "x")
    assert namespace_of(root) == namespace
    assert len(list(children(root, "DocBody"))) == 2
    assert [local_name(each) for each in root] == ["DocBody", "", "", "DocBody"]


def _root(inside: str) -> xml.Element:
    return parse_xml(
        f'<o:OFD xmlns:o="{NS}" xmlns:p="http://www.ofdspec.org" xmlns:x="urn:x">{inside}</o:OFD>'.encode(), "x"
    )


def test_a_name_that_stands_there_twice_is_refused() -> None:
    for inside in ("<o:DocRoot/><o:DocRoot/>", "<o:DocRoot/><p:DocRoot/>", "<o:DocRoot/><DocRoot/>"):
        with pytest.raises(TrustError) as caught:
            child(_root(inside), "DocRoot")
        assert caught.value.code is ErrorCode.OFD_XML


def test_a_name_in_a_foreign_namespace_is_refused() -> None:
    with pytest.raises(TrustError) as caught:
        child(_root("<x:DocRoot/>"), "DocRoot")
    assert caught.value.code is ErrorCode.OFD_XML
    with pytest.raises(TrustError) as caught:
        require_root(parse_xml(b'<OFD xmlns="urn:x"/>', "x"), "OFD", "x")
    assert caught.value.code is ErrorCode.OFD_XML


def test_what_is_missing_is_named() -> None:
    root = _root("")
    assert child(root, "DocRoot") is None
    assert child_text(root, "DocRoot") is None
    assert attribute(root, "Version") is None
    with pytest.raises(TrustError) as caught:
        require_child(root, "DocRoot")
    assert caught.value.code is ErrorCode.OFD_MALFORMED
    with pytest.raises(TrustError) as caught:
        require_root(root, "Document", "x")
    assert caught.value.code is ErrorCode.OFD_MALFORMED


@pytest.mark.parametrize("inside", ["a<!-- c -->b", "a<?p i?>b", "a<o:b/>c"])
def test_a_value_that_readers_could_cut_differently_is_refused(inside: str) -> None:
    with pytest.raises(TrustError) as caught:
        child_text(_root(f"<o:DocRoot>{inside}</o:DocRoot>"), "DocRoot")
    assert caught.value.code is ErrorCode.OFD_XML


def test_a_value_out_of_bounds_is_refused() -> None:
    with pytest.raises(TrustError) as caught:
        text(_root("x" * (limits.MAX_TEXT + 1)))
    assert caught.value.code is ErrorCode.OFD_LIMIT


def test_an_attribute_with_a_prefix_counts_and_never_twice() -> None:
    assert attribute(_root('<o:a o:ID="7"/>')[0], "ID") == "7"
    for twice in ('<o:a o:ID="7" ID="8"/>', '<o:a o:ID="7" x:ID="8"/>'):
        with pytest.raises(TrustError) as caught:
            attribute(_root(twice)[0], "ID")
        assert caught.value.code is ErrorCode.OFD_XML
