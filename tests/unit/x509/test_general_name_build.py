from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from trustkit.encoding import der
from trustkit.encoding import der_write as w
from trustkit.errors import ErrorCode, TrustError
from trustkit.x509 import general_name_build as build
from trustkit.x509.extension_values import read_alternative_names
from trustkit.x509.general_name import GeneralName, read_general_name
from trustkit.x509.name import Name
from trustkit.x509.name_constraints_build import name_constraints

if TYPE_CHECKING:
    from collections.abc import Callable

NAME = Name.build(common_name="甲")


@pytest.mark.parametrize(
    ("name", "element"),
    [
        (build.dns_name("WWW.Example.cn"), b"\x82\x0ewww.example.cn"),
        (build.dns_name("*.example.cn"), b"\x82\x0c*.example.cn"),
        (build.ip_address("192.0.2.1"), b"\x87\x04\xc0\x00\x02\x01"),
        (build.ip_address("2001:db8::1"), b"\x87\x10" + bytes.fromhex("20010db8000000000000000000000001")),
        (build.email_address("A.b@Example.cn"), b"\x81\x0eA.b@example.cn"),
        (build.uri("urn:uuid:1"), b"\x86\x0aurn:uuid:1"),
    ],
)  # fmt: skip
def test_each_form_is_written_and_read_back(name: GeneralName, element: bytes) -> None:
    assert build.encode_general_name(name) == element
    assert read_general_name(element, der.read_tlv(element, 0, len(element))) == name


@pytest.mark.parametrize(
    ("make", "text"),
    [
        *((build.dns_name, text) for text in ("", ".", "a..b", "-a.cn", "a-.cn", "a_b.cn", "*.cn", "*", "a.*.cn", "甲.cn", "a b", "a.cn.", "x" * 64 + ".cn", "a." * 130 + "cn", "192.0.2.1", "a\x00.cn")),
        *((build.ip_address, text) for text in ("", "1", "192.0.2", "192.0.2.256", "192.0.2.0/24", "::g", "甲")),
        *((build.email_address, text) for text in ("", "a", "@b.cn", "a@", "a@b@", ".a@b.cn", "a..b@c.cn", "甲@b.cn", "a@*.b.cn", "x" * 65 + "@b.cn")),
        *((build.uri, text) for text in ("", "a", "//b", "http://a b", "http://甲", "ht tp:x", "u:" + "x" * 1023)),
    ],
)  # fmt: skip
def test_what_is_not_of_its_form_is_refused(make: Callable[[str], GeneralName], text: str) -> None:
    with pytest.raises(TrustError) as caught:
        make(text)
    assert caught.value.code is ErrorCode.NAME_MALFORMED


def test_alternative_names_are_bounded_and_critical_on_demand() -> None:
    names = (build.dns_name("a.cn"), build.ip_address("::1"))
    encoded = build.alternative_names(names, critical=True)
    outer = der.read_tlv(encoded, 0, len(encoded))
    oid, critical, value = der.children(encoded, outer)
    assert der.content(encoded, critical) == b"\xff"
    assert der.decode_oid(der.content(encoded, oid)) == "2.5.29.17"
    assert read_alternative_names(der.content(encoded, value)) == names
    for wrong in ((), names * 501):
        with pytest.raises(TrustError):
            build.alternative_names(wrong)


def test_name_constraints_are_written_critical() -> None:
    encoded = name_constraints(
        (
            ("permitted_dns", ("example.cn",)),
            ("permitted_ip", ("192.0.2.0/24",)),
            ("excluded_email", (".x.cn", "a@y.cn")),
        )
    )
    expected = w.sequence(
        w.implicit(0, w.sequence(w.sequence(b"\x82\x0aexample.cn"), w.sequence(b"\x87\x08\xc0\x00\x02\x00\xff\xff\xff\x00"))),
        w.implicit(1, w.sequence(w.sequence(b"\x81\x05.x.cn"), w.sequence(b"\x81\x06a@y.cn"))),
    )  # fmt: skip
    assert encoded == w.sequence(w.oid("2.5.29.30"), w.boolean(value=True), w.octet_string(expected))


@pytest.mark.parametrize(
    "subtrees",
    [
        (),
        (("permitted_dns", ()),),
        (("allowed_dns", ("a.cn",)),),
        (("permitted_x400", ("a",)),),
        (("permitted_ip", ("192.0.2.1/24",)),),
        (("permitted_dns", ("a b",)),),
        (("excluded_uri", ("http://a.cn",)),),
    ],
)
def test_name_constraints_refuse(subtrees: tuple[tuple[str, tuple[str, ...]], ...]) -> None:
    with pytest.raises(TrustError) as caught:
        name_constraints(subtrees)
    assert caught.value.code in {ErrorCode.NAME_MALFORMED, ErrorCode.USAGE}
