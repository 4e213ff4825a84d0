from __future__ import annotations

import pytest

from esign.ofd.path_readings import leads_outside, readings

HOLDER = "Doc_0/Document.xml"


@pytest.mark.parametrize(
    ("loc", "other"),
    [
        ("Pages\\Page_9\\Content.xml", "Pages/Page_9/Content.xml"),
        ("Pages/Page%5F9/Content.xml", "Pages/Page_9/Content.xml"),
        ("Pages%2FPage_9%2fContent.xml", "Pages/Page_9/Content.xml"),
        ("Pages%5CPage_9%5CContent.xml", "Pages%5CPage_9%5CContent.xml"),
        ("Pages/Page_9/Content.xml?v=1", "Pages/Page_9/Content.xml"),
        ("Pages/Page_9/Content.xml#top", "Pages/Page_9/Content.xml"),
        ("file:///Pages/Content.xml", "Pages/Content.xml"),
        ("C:\\Pages\\Content.xml", "Pages/Content.xml"),
        ("/Pages/Content.xml", "Pages/Content.xml"),
        ("Pages//Content.xml", "Pages/Content.xml"),
        ("Pages /Content.xml. ", "Pages/Content.xml"),
    ],
)
def test_what_others_take_a_path_for_is_among_its_readings(loc: str, other: str) -> None:
    found = readings(loc)
    assert found[0] == loc
    assert other in found
    assert len(found) == len(set(found)) <= 64


@pytest.mark.parametrize("loc", ["Pages/Page_0/Content.xml", "a.xml", "../a.xml", "./a", "0 0 210 297", "3 3 1.5"])
def test_plain_paths_have_one_reading(loc: str) -> None:
    assert readings(loc) == (loc,)


@pytest.mark.parametrize(
    "loc", ["http://a.test/x.xml", "file:///x", "../../x", "/../x", "C:\\x", "\\\\host\\x", "a//b", "Pages/", "/"]
)
def test_what_is_no_path_in_the_package_leads_outside(loc: str) -> None:
    assert leads_outside(loc, holder=HOLDER)


@pytest.mark.parametrize("loc", ["a.xml", "/Doc_0/a.xml", "../OFD.xml", "./a.xml", "Res/a b.png"])
def test_paths_of_the_package_do_not(loc: str) -> None:
    assert not leads_outside(loc, holder=HOLDER)
    assert not leads_outside("x.png", holder=HOLDER, base="Res")
