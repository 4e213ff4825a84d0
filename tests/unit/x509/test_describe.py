"""Display of extensions: Chinese subject extensions by name, their values masked."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from trustkit.encoding import der_write as w
from trustkit.x509 import extensions as ext
from trustkit.x509.describe import ExtensionView, describe_extensions, mask

if TYPE_CHECKING:
    from tests.support.pki import PkiWorld

IDENTITY, PASSPORT, USCC = "1.2.156.10260.4.1.1", "1.2.156.10260.4.1.1.2", "1.2.156.10260.4.1.4"


def views(world: PkiWorld, *parts: bytes, reveal: bool = False) -> dict[str, ExtensionView]:
    leaf = world.issue("显示", exact_extensions=parts, signer=world.signer.signer).certificate
    return {view.oid: view for view in describe_extensions(leaf, reveal=reveal)}


@pytest.mark.parametrize(
    "value",
    [
        w.printable_string("370102199001011234"),
        w.utf8_string("370102199001011234"),
        w.explicit(0, w.utf8_string("370102199001011234")),
        w.sequence(w.set_of(w.printable_string("370102199001011234"))),
        b"370102199001011234",
        w.sequence(w.sequence(w.sequence(w.utf8_string("370102199001011234")))),
    ],
)
def test_personal_numbers_are_named_and_masked(world: PkiWorld, value: bytes) -> None:
    view = views(world, ext.extension(IDENTITY, value))[IDENTITY]
    assert (view.name, view.name_zh, view.critical) == ("identity code", "身份标识码", False)
    assert view.value == "37**************34"
    assert views(world, ext.extension(IDENTITY, value), reveal=True)[IDENTITY].value == "370102199001011234"


def test_short_and_foreign_values(world: PkiWorld) -> None:
    found = views(
        world,
        ext.extension(PASSPORT, w.printable_string("E1234")),
        ext.extension(USCC, w.tlv(0x0C, "统一社会信用代码一二".encode("gb18030")), critical=True),
        ext.extension("1.2.3", b"\x01" * 40),
        ext.extension("2.16.840.1.113730.1.1", b"\x03\x02\x00\x80"),
    )
    assert found[PASSPORT].value == "*****"
    assert found[USCC].value == "统一******一二"
    assert found[USCC].critical
    assert found["1.2.3"] == ExtensionView(
        oid="1.2.3", name="1.2.3", name_zh="1.2.3", critical=False, value="01" * 32 + "…"
    )
    assert found["2.16.840.1.113730.1.1"].value == "03020080"


def test_usual_extensions_are_readable(world: PkiWorld) -> None:
    shown = {view.name: view.value for view in describe_extensions(world.signer.certificate)}
    assert shown["keyUsage"] == "digitalSignature, nonRepudiation"
    assert shown["basicConstraints"] == "not a CA"
    assert shown["cRLDistributionPoints"].startswith("http://pki.example.test/crl/")
    shown = {view.name: view.value for view in describe_extensions(world.issuing.certificate)}
    assert shown["basicConstraints"] == "CA, path length 0"
    assert views(world, ext.extension("2.5.29.15", b"\xff"))["2.5.29.15"].value == "ff"


def test_what_looks_like_a_string_and_is_not(world: PkiWorld) -> None:
    tail = ext.extension(PASSPORT, b"\x0c\x01E1234567")
    assert views(world, tail, reveal=True)[PASSPORT].value == "E1234567"
    deep = ext.extension(PASSPORT, w.sequence(w.sequence(w.sequence(w.sequence(w.utf8_string("E1234567"))))))
    assert "E1234567" in views(world, deep, reveal=True)[PASSPORT].value


def test_mask() -> None:
    assert [mask(text) for text in ("", "1234567", "12345678")] == ["", "*******", "12****78"]
