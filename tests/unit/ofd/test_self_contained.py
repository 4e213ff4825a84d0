from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from esign.ofd.coverage import CoverageJudge
from esign.ofd.package import open_package
from esign.ofd.reach import reach
from esign.ofd.read import read_ofd
from esign.ofd.self_contained import is_self_contained
from tests.support.ofd_forge import LIST, PAGE, PICTURE, changed, pack, sample_files, sealed

if TYPE_CHECKING:
    from esign.ofd.package import Package
    from esign.ofd.reach import Reach
    from tests.support.ofd_forge import Files
    from tests.support.pki import PkiWorld

SIGNATURE = "Doc_0/Signs/Sign_0/Signature.xml"
RESOURCES = "Doc_0/DocumentRes.xml"


@pytest.fixture(scope="module")
def good(world: PkiWorld) -> Files:
    return sealed(world, sample_files())


def is_plain(files: Files) -> bool:
    return is_self_contained(open_package(pack(files)), frozenset(name for name in files if "/Signs/" in name))


def content(inside: str, file: str = PAGE, instead: str = "<ofd:Content/>") -> tuple[str, str, str]:
    return file, instead, inside


PLAIN = {
    "a page of text": content("<ofd:Content><ofd:TextCode>http://a.example/ 5% ../x：。</ofd:TextCode></ofd:Content>"),
    "a file at the root": content(f"<ofd:Content/><ofd:ColorSpace Profile='/{PICTURE}'/>"),
    "a path that is not there": content("<ofd:Content/><ofd:ColorSpace Profile='../../nothing.icc'/>"),
    "a time beside it": content("<ofd:Content/><ofd:File Time='10:20:30'>x</ofd:File>"),
    "wide letters": content("<ofd:Content><ofd:TextCode>ＡＢＣ：１２．５</ofd:TextCode></ofd:Content>"),
    "a climb inside": content("<ofd:Content/><ofd:File>../Page_0/Content.xml</ofd:File>"),
    "what is no XML, with a path": content("<ofd:Content><ofd:File>x</ofd:Content>"),
    "no path": content("<ofd:Content/><ofd:ColorSpace Profile=''/><ofd:Extensions><ofd:Extension/></ofd:Extensions>"),
    "a folder for all": content('BaseLoc="Res/"', RESOURCES, 'BaseLoc="Res"'),
}
NOT_PLAIN = {
    "an address": content("<ofd:Content/><ofd:ColorSpace Profile='http://a.example/x'/>"),
    "an address under a prefix": content("<ofd:Content/><ofd:Page ofd:BaseLoc='http://a.example/x'/>"),
    "an address in a strange namespace": content("<ofd:Content/><x:FileLoc xmlns:x='y'>file:///x</x:FileLoc>"),
    "a path out of the package": content("<ofd:Content/><ofd:File>../../../../x</ofd:File>"),
    "a folder": content("<ofd:Content/><ofd:File>Res/</ofd:File>"),
    "a folder out of the package": content('BaseLoc="../../.."', RESOURCES, 'BaseLoc="Res"'),
    "a folder twice": content('BaseLoc="Res" ofd:BaseLoc="Res2"', RESOURCES, 'BaseLoc="Res"'),
    "a path too long": content(f"<ofd:Content/><ofd:Cover>{'x' * 1100}</ofd:Cover>"),
    "an address where a list is named": content("<ofd:Content/><ofd:Annotations>//x/y</ofd:Annotations>"),
    "a page among signatures": content(f"<ofd:Content/><ofd:Page BaseLoc='/{SIGNATURE}'/>"),
    "such a name in wide letters": content("<ofd:Content/><a b='Ｓignature．xml'/>"),
    "one in letters of old": content("<ofd:Content/><a b='ſignature.xml'/>"),
    "one more list in wide letters": content(
        "<ofd:Content/><a>Signs/ｓignatures.xml</a><ofd:Signatures>K</ofd:Signatures>"
    ),
    "a word that is such a name": content("<ofd:Content/><a b='SIGNATURE.XML'/>"),
    "one more list": content("<ofd:Content/><a>Signs/signatures.xml</a><ofd:Signatures>K</ofd:Signatures>"),
    "letters that have small ones": content(
        "<ofd:Content/><a>x.Signatures.xml</a><ofd:Signatures>x.Signature\u017f.xml</ofd:Signatures>"
    ),
    "a comment": content("<ofd:Content><!-- --></ofd:Content>"),
    "a section": content("<ofd:Content><![CDATA[ ]]></ofd:Content>"),
    "a reference": content("<ofd:Content>&#65;</ofd:Content>"),
    "a backslash": content("<ofd:Content>\\</ofd:Content>"),
    "an escape": content("<ofd:Content>%2F</ofd:Content>"),
    "an instruction": content("<ofd:Content><?x?></ofd:Content>"),
    "an instruction first of all": content("<?x?>", PAGE, '<?xml version="1.0" encoding="UTF-8"?>'),
    "what is no XML, with an address": content("<ofd:Content><ofd:File>http://x</ofd:Content>"),
    "a step of dots": content("<ofd:Content/><ofd:File>a/../../../../../b</ofd:File>"),
    "an empty step": content("<ofd:Content/><ofd:File>a//b</ofd:File>"),
    "a dot": content("<ofd:Content/><ofd:File>.</ofd:File>"),
    "a folder before blanks": content("<ofd:Content/><ofd:File>Res/　</ofd:File>"),
    "a document type": content("<!DOCTYPE x>", PAGE, '<?xml version="1.0" encoding="UTF-8"?>'),
}


def test_a_sealed_document_is_self_contained(good: Files) -> None:
    assert is_plain(good)


@pytest.mark.parametrize("bent", PLAIN.values(), ids=PLAIN)
def test_what_leads_to_its_own_files_is_plain(good: Files, bent: tuple[str, str, str]) -> None:
    assert is_plain(changed(good, *bent))


@pytest.mark.parametrize("bent", NOT_PLAIN.values(), ids=NOT_PLAIN)
def test_whatever_may_lead_elsewhere_is_not(good: Files, bent: tuple[str, str, str]) -> None:
    assert not is_plain(changed(good, *bent))


def test_files_of_signatures_lead_where_they_will(good: Files) -> None:
    assert is_plain(changed(good, LIST, "</ofd:Signatures>", "<ofd:File>http://x</ofd:File></ofd:Signatures>"))


@pytest.mark.parametrize("name", ["Doc_0/Signs/印.esl", "Doc_0/Signs/a&b.esl", "印/Signs/Seal.esl"])
def test_names_that_are_spelt_in_several_ways_are_not_plain(good: Files, name: str) -> None:
    assert not is_plain({**good, name: b"x"})


def test_a_page_in_another_encoding_is_not_plain(good: Files) -> None:
    page = good[PAGE].decode().replace("UTF-8", "GB18030").replace("<ofd:Content/>", "<ofd:Content/><a b='印'/>")
    assert not is_plain({**good, PAGE: page.encode("gb18030")})
    assert not is_plain({**good, PAGE: page.encode()})
    assert is_plain({**good, PAGE: page.replace("GB18030", "utf8").encode()})


def test_a_page_in_wide_characters_is_not_plain(good: Files) -> None:
    assert not is_plain({**good, PAGE: good[PAGE].decode().replace("UTF-8", "UTF-16").encode("utf-16")})


def test_a_page_under_any_name_is_looked_into(good: Files) -> None:
    address = b"<Page><ColorSpace Profile='http://a.example/x'/></Page>"
    assert not is_plain({**good, "Doc_0/Pages/content.bin": b"\xef\xbb\xbf\n" + address})
    assert is_plain({**good, "Doc_0/Pages/content.bin": b"x" + address})


@pytest.mark.parametrize("limit", ["MAX_WALKED_XML_OCTETS", "MAX_WALKED_XML_MARKS"])
def test_what_is_too_much_is_not_plain(good: Files, limit: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(f"esign.ofd.self_contained.{limit}", 10)
    assert not is_plain(good)


def test_the_walk_is_taken_only_where_it_is_asked_for(good: Files, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []

    def walk(package: Package, entry: str) -> Reach:
        asked.append(entry)
        return reach(package, entry)

    monkeypatch.setattr("esign.ofd.coverage.reach", walk)
    ofd = read_ofd(pack(good))
    every = frozenset(good)
    assert CoverageJudge(ofd).cover(every).uncovered == ()
    assert not asked
    assert CoverageJudge(ofd).cover(every - {PAGE}).uncovered
    assert asked
