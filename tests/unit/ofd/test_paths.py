from __future__ import annotations

import pytest

from esign.ofd.limits import MAX_PATH
from esign.ofd.package import open_package
from esign.ofd.paths import locate, possible, resolve
from tests.support.zip_forge import archive
from trustkit.errors import ErrorCode, TrustError

DOCUMENT = "Doc_0/Document.xml"


@pytest.mark.parametrize(
    ("loc", "holder", "base", "name"),
    [
        ("Doc_0/Document.xml", "OFD.xml", "", DOCUMENT),
        ("/Doc_0/Document.xml", "Doc_0/Signs/Sign_0/Signature.xml", "", DOCUMENT),
        ("Pages/Page_0/Content.xml", DOCUMENT, "", "Doc_0/Pages/Page_0/Content.xml"),
        ("./Pages/a.xml", DOCUMENT, "", "Doc_0/Pages/a.xml"),
        ("../../PublicRes.xml", "Doc_0/Pages/Page_0/Content.xml", "", "Doc_0/PublicRes.xml"),
        ("a.png", "Doc_0/DocumentRes.xml", "Res", "Doc_0/Res/a.png"),
        ("a.png", "Doc_0/DocumentRes.xml", "Res/", "Doc_0/Res/a.png"),
        ("a.png", "Doc_0/DocumentRes.xml", "/Doc_0/Res", "Doc_0/Res/a.png"),
        ("/Doc_0/Res/a.png", "Doc_0/DocumentRes.xml", "Res", "Doc_0/Res/a.png"),
        ("a.png", "Doc_0/DocumentRes.xml", "/", "a.png"),
    ],
)
def test_a_path_means_one_name(loc: str, holder: str, base: str, name: str) -> None:
    assert resolve(loc, holder=holder, base=base) == name


@pytest.mark.parametrize(
    ("loc", "base"),
    [
        *((each, "") for each in ("", "..", "/", ".", "../../x", "/../x", "a//b", "//a", "a\\b", "C:/a", "a\0b")),
        ("file:///etc/passwd", ""),
        ("http://127.0.0.1/x", ""),
        ("a" * (MAX_PATH + 1), ""),
        ("a", "../.."),
        ("a", "/.."),
        ("a", "x//y"),
    ],
)
def test_what_is_no_path_inside_the_package_is_refused(loc: str, base: str) -> None:
    with pytest.raises(TrustError) as caught:
        resolve(loc, holder=DOCUMENT, base=base)
    assert caught.value.code is ErrorCode.OFD_PATH


def test_every_file_that_could_be_meant_is_told() -> None:
    package = open_package(archive({"Doc_0/Res/a.png": b"1", "Doc_0/a.png": b"2", "a.png": b"3", "Res/A.png": b"4"}))
    found = possible(package, "a.png", holder="Doc_0/DocumentRes.xml", base="Res")
    assert found == ("Doc_0/Res/a.png", "Doc_0/a.png", "Res/A.png", "a.png")
    assert locate(package, "a.png", holder="Doc_0/DocumentRes.xml", base="Res") == "Doc_0/Res/a.png"
    assert possible(package, "/a.png", holder="Doc_0/DocumentRes.xml", base="Res") == ("a.png",)


def test_a_path_from_the_root_is_found_where_nothing_stands_beside() -> None:
    package = open_package(archive({"Doc_0/Signs/Sign_0/Signature.xml": b""}))
    loc = "Doc_0/Signs/Sign_0/Signature.xml"
    assert locate(package, loc, holder="Doc_0/Signs/Signatures.xml") == loc


def test_a_file_that_is_not_there_is_refused() -> None:
    with pytest.raises(TrustError) as caught:
        locate(open_package(archive({"OFD.xml": b""})), "b.xml", holder=DOCUMENT)
    assert caught.value.code is ErrorCode.OFD_MISSING
