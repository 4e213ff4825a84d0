"""Names: order and types by GB/T 20518, lenient display that cannot deceive, comparison by RFC 5280 7.1."""

from __future__ import annotations

import pytest

from trustkit.encoding import der_write as w
from trustkit.errors import ErrorCode, TrustError
from trustkit.x509.name import MAX_ATTRIBUTES, Name, common_name, display_name, name_key, names_equal, parse_name

CN = "2.5.4.3"
BMP, T61, UNIVERSAL = 0x1E, 0x14, 0x1C


def name_of(*pairs: tuple[str, bytes]) -> bytes:
    return w.sequence(*(w.set_of(w.sequence(w.oid(oid), value)) for oid, value in pairs))


def cn(value: bytes) -> bytes:
    return name_of((CN, value))


def test_order_and_string_types_follow_the_standard() -> None:
    built = Name.build(
        common_name="签发CA", unit="电子证照处", organisation="示例局", locality="济南市", state="山东省", country="CN"
    )
    attributes = [rdn[0] for rdn in parse_name(built)]
    assert [a.oid.rpartition(".")[2] for a in attributes] == ["6", "8", "7", "10", "11", "3"]
    assert [a.tag for a in attributes] == [0x13, 0x0C, 0x0C, 0x0C, 0x0C, 0x0C]
    assert display_name(built) == "C=CN, ST=山东省, L=济南市, O=示例局, OU=电子证照处, CN=签发CA"
    assert common_name(built) == "签发CA"


@pytest.mark.parametrize(
    ("fields", "attribute"),
    [
        ({"country": "cn"}, "C"),
        ({"country": "CHN"}, "C"),
        ({"country": "中国"}, "C"),
        ({"country": ""}, "C"),
        ({"common_name": ""}, "CN"),
        ({"common_name": " x"}, "CN"),
        ({"common_name": "a\u202eb"}, "CN"),
        ({"common_name": "a\nb"}, "CN"),
        ({"common_name": "字" * 65}, "CN"),
        ({"organisation": "x" * 65}, "O"),
        ({"unit": "\t"}, "OU"),
        ({"state": "x" * 129}, "ST"),
        ({"locality": ""}, "L"),
    ],
)
def test_what_is_not_a_name_is_refused(fields: dict[str, str], attribute: str) -> None:
    with pytest.raises(TrustError) as caught:
        Name.build(**({"common_name": "x"} | fields))
    assert caught.value.code is ErrorCode.NAME_MALFORMED
    assert caught.value.facts["attribute"] == attribute


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (w.utf8_string("甲,乙+丙"), "CN=甲\\,乙\\+丙"),
        (w.utf8_string("#x"), "CN=\\#x"),
        (w.utf8_string(" x "), "CN=\\ x\\ "),
        (w.utf8_string("a\u202ecilbup"), "CN=a\\E2\\80\\AEcilbup"),
        (w.utf8_string("某局\u3164"), "CN=某局\\E3\\85\\A4"),  # printable, and nobody sees it
        (w.utf8_string("某\ufe00局"), "CN=某\\EF\\B8\\80局"),
        (w.utf8_string("e\u0301"), "CN=e\u0301"),  # a mark that is seen
        (w.utf8_string("a\x00b"), "CN=a\\00b"),
        (w.utf8_string("O=x"), "CN=O\\=x"),
        (w.utf8_string(""), "CN="),
        (w.tlv(BMP, "税务".encode("utf-16-be")), "CN=税务"),
        (w.tlv(UNIVERSAL, "税务".encode("utf-32-be")), "CN=税务"),
        (w.tlv(T61, "税务".encode("gb18030")), "CN=税务"),
        (w.tlv(0x13, "税务".encode("gb18030")), "CN=税务"),
        (w.tlv(0x13, "税务".encode()), "CN=税务"),
        (w.tlv(0x0C, b"\xff\xff"), "CN=ÿÿ"),
        (w.integer(5), "CN=#05"),
    ],
)
def test_display_is_lenient_and_cannot_deceive(value: bytes, shown: str) -> None:
    assert display_name(cn(value)) == shown


@pytest.mark.parametrize(
    "octets", [b"", b"\x30", b"\x31\x00", b"\x30\x02\x31", cn(b"\x0c\x01x") + b"\x00", b"\xff" * 99]
)
def test_display_never_raises(octets: bytes) -> None:
    assert display_name(octets) == "#" + octets[:64].hex()
    assert common_name(octets) == ""


def test_unknown_types_and_sets_of_several_are_shown() -> None:
    several = w.sequence(
        w.set_of(w.sequence(w.oid(CN), w.utf8_string("x")), w.sequence(w.oid("1.2.3"), w.printable_string("y")))
    )
    assert display_name(several) in {"CN=x+1.2.3=y", "1.2.3=y+CN=x"}
    assert display_name(w.sequence()) == ""
    assert common_name(cn(w.utf8_string("某局\U000e0100"))) == "某局\\F3\\A0\\84\\80"
    assert common_name(name_of((CN, w.utf8_string("first")), (CN, w.utf8_string("la\u200bst")))) == "la\\E2\\80\\8Bst"


EQUAL = [
    (cn(w.utf8_string("Root CA")), cn(w.printable_string("ROOT  ca "))),
    (cn(w.utf8_string("税务")), cn(w.tlv(BMP, "税务".encode("utf-16-be")))),
    (name_of(("1.2.840.113549.1.9.1", w.ia5_string("A@B.cn"))), name_of(("1.2.840.113549.1.9.1", w.utf8_string("a@b.CN")))),
    (b"garbage", b"garbage"),
]  # fmt: skip
DIFFERENT = [
    (cn(w.utf8_string("Root CA")), cn(w.utf8_string("RootCA"))),
    (cn(w.utf8_string("x")), name_of(("2.5.4.10", w.utf8_string("x")))),
    (cn(w.utf8_string("x")), name_of((CN, w.utf8_string("x")), (CN, w.utf8_string("x")))),
    (
        name_of(("2.5.4.10", w.utf8_string("a")), (CN, w.utf8_string("b"))),
        name_of((CN, w.utf8_string("b")), ("2.5.4.10", w.utf8_string("a"))),
    ),
    (cn(w.tlv(0x13, "税务".encode())), cn(w.utf8_string("税务"))),  # shown alike, yet not a PrintableString of it
    (cn(w.integer(5)), cn(w.integer(6))),
    (b"garbage", cn(w.utf8_string("garbage"))),
    (b"garbage", b"rubbish"),
]


@pytest.mark.parametrize(("first", "second"), EQUAL)
def test_equal_names(first: bytes, second: bytes) -> None:
    assert names_equal(first, second)
    assert names_equal(second, first)
    assert name_key(first) == name_key(second)


@pytest.mark.parametrize(("first", "second"), DIFFERENT)
def test_different_names(first: bytes, second: bytes) -> None:
    assert not names_equal(first, second)
    assert not names_equal(second, first)


@pytest.mark.parametrize(
    "octets",
    [
        b"",
        b"\x30\x80\x00\x00",
        w.sequence() + b"\x00",
        w.sequence(w.sequence()),
        w.sequence(w.set_of(w.set_of())),
        w.sequence(w.set_of(w.sequence(w.oid(CN)))),
        w.sequence(w.set_of(w.sequence(w.utf8_string("x"), w.utf8_string("x")))),
        name_of(*((CN, w.utf8_string("x")),) * (MAX_ATTRIBUTES + 1)),
        w.sequence(*(w.set_of(),) * (MAX_ATTRIBUTES + 1)),
        cn(w.utf8_string("x" * 20_000)),
    ],
)
def test_malformed_names(octets: bytes) -> None:
    with pytest.raises(TrustError) as caught:
        parse_name(octets)
    assert caught.value.code is ErrorCode.NAME_MALFORMED
