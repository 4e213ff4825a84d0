from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from esign.ofd.coverage import CoverageJudge, Extent
from esign.ofd.reach import Role, reach
from esign.ofd.read import read_ofd
from esign.ofd.xml import parse_xml
from tests.support.ofd_forge import (
    ANNOTATION,
    ATTACHMENT,
    LIST,
    PAGE,
    PICTURE,
    TEMPLATE,
    announced,
    changed,
    everything,
    pack,
    sample_files,
    sealed,
    signed,
    xml,
)

if TYPE_CHECKING:
    from esign.ofd.coverage import Coverage
    from esign.ofd.xml import Element
    from tests.support.ofd_forge import Files
    from tests.support.pki import PkiWorld


def _cover(files: Files, covered: list[str]) -> Coverage:
    return CoverageJudge(read_ofd(pack(files))).cover(frozenset(covered))


@pytest.fixture(scope="module")
def good(world: PkiWorld) -> Files:
    return signed(world, sealed(world, sample_files()), number=1)


def test_all_that_is_shown_is_covered_though_lists_and_signatures_are_not(good: Files) -> None:
    covered = _cover(good, everything(good))
    assert (covered.extent, covered.uncovered) == (Extent.EVERYTHING, ())


ROLES = {
    "OFD.xml": Role.ENTRY_POINT,
    "Doc_0/Document.xml": Role.DOCUMENT,
    "Doc_0/PublicRes.xml": Role.RESOURCES,
    "Doc_0/DocumentRes.xml": Role.RESOURCES,
    PICTURE: Role.MEDIA,
    TEMPLATE: Role.TEMPLATE,
    PAGE: Role.PAGE,
    "Doc_0/Annots/Annotations.xml": Role.ANNOTATION,
    ANNOTATION: Role.ANNOTATION,
    "Doc_0/Attachs/Attachments.xml": Role.ATTACHMENT,
    ATTACHMENT: Role.ATTACHMENT,
    "Doc_0/Tags/CustomTags.xml": Role.CUSTOM_TAG,
    "Doc_0/Tags/CustomTag.xml": Role.CUSTOM_TAG,
}


def test_the_roles_are_those_of_every_file(good: Files) -> None:
    assert set(ROLES) == set(everything(good))


@pytest.mark.parametrize("name", ROLES)
def test_one_file_left_out_is_told_with_its_role(good: Files, name: str) -> None:
    covered = _cover(good, [each for each in everything(good) if each != name])
    assert [(each.file, each.role) for each in covered.uncovered] == [(name, ROLES[name])]
    expected = Extent.ENTRY_POINT_UNCOVERED if name == "OFD.xml" else Extent.CONTENT_UNCOVERED
    assert covered.extent is expected


def test_cargo_that_nothing_names_is_uncovered(good: Files) -> None:
    covered = _cover({**good, "Doc_0/Res/unused.png": b"x"}, everything(good))
    assert covered.extent is Extent.CONTENT_UNCOVERED
    assert [(each.file, each.role) for each in covered.uncovered] == [("Doc_0/Res/unused.png", Role.UNREACHED)]


CONFUSED = {
    "a page at the root": "Pages/Page_0/Content.xml",
    "a template at the root": "Tpls/Tpl_0/Content.xml",
    "a picture beside its resources": "Doc_0/image_1.png",
    "a picture at the root": "image_1.png",
}


@pytest.mark.parametrize("name", CONFUSED.values(), ids=CONFUSED)
def test_a_file_that_some_reader_takes_for_another_is_content(good: Files, name: str) -> None:
    covered = _cover({**good, name: b"<x/>"}, everything(good))
    assert covered.extent is Extent.CONTENT_UNCOVERED
    assert [each.file for each in covered.uncovered] == [name]


def test_a_name_hidden_in_an_element_nobody_knows_is_followed(good: Files) -> None:
    files = {**good, "Doc_0/more.xml": b"<a>deeper.bin</a>", "Doc_0/deeper.bin": b"x"}
    files = changed(files, PAGE, "<ofd:Content/>", '<ofd:Layer Source="../../more.xml"/>')
    covered = _cover(files, everything(good))
    assert {(each.file, each.role) for each in covered.uncovered} == {
        ("Doc_0/more.xml", Role.OTHER),
        ("Doc_0/deeper.bin", Role.OTHER),
    }


def test_content_that_calls_itself_a_signature_is_content(good: Files) -> None:
    files = changed(good, LIST, "/Doc_0/Signs/Sign_1/Signature.xml", f"/{PAGE}")
    covered = _cover(files, [each for each in everything(good) if each != PAGE])
    assert covered.extent is Extent.CONTENT_UNCOVERED


def test_a_second_document_is_content(good: Files) -> None:
    more = "<ofd:DocBody><ofd:DocRoot>Doc_1/Document.xml</ofd:DocRoot></ofd:DocBody></ofd:OFD>"
    files = changed(good, "OFD.xml", "</ofd:OFD>", more) | {"Doc_1/Document.xml": xml("Document")}
    covered = _cover(files, everything(good))
    assert [(each.file, each.role) for each in covered.uncovered] == [("Doc_1/Document.xml", Role.DOCUMENT)]


@pytest.mark.parametrize(
    ("file", "before", "after"),
    [
        ("OFD.xml", "</ofd:DocInfo>", "<ofd:Cover>{}</ofd:Cover></ofd:DocInfo>"),
        (PAGE, "<ofd:Content/>", '<ofd:ColorSpace Profile="{}"/>'),
        (PAGE, "<ofd:Content/>", '<ofd:Page ofd:BaseLoc="{}"/>'),
        (PAGE, "<ofd:Content/>", "<ofd:FileList><ofd:File>{}</ofd:File></ofd:FileList>"),
    ],
    ids=["cover", "profile", "under a prefix", "file of a version"],
)
def test_an_address_where_a_file_should_be_named_is_content(good: Files, file: str, before: str, after: str) -> None:
    address = "http://attacker.example/x"
    bent = changed(good, file, before, after.format(address))
    covered = _cover(bent, everything(good))
    assert [(each.file, each.role) for each in covered.uncovered] == [(address, Role.OUTSIDE)]
    assert _cover(changed(good, file, before, after.format(f"/{PICTURE}")), everything(good)).uncovered == ()


def test_an_earlier_version_is_content(good: Files) -> None:
    listed = '<ofd:Versions><ofd:Version ID="1" Index="0" BaseLoc="Doc_0/V.xml"/></ofd:Versions></ofd:DocBody>'
    version = xml(
        "DocVersion", "<ofd:FileList><ofd:File>Old.xml</ofd:File></ofd:FileList><ofd:DocRoot>Old.xml</ofd:DocRoot>"
    )
    files = changed(good, "OFD.xml", "</ofd:DocBody>", listed) | {"Doc_0/V.xml": version, "Doc_0/Old.xml": b"<x/>"}
    ofd = read_ofd(pack(files))
    assert ofd.documents[0].versions == ("Doc_0/V.xml",)
    roles = reach(ofd.package, ofd.entry).roles
    assert roles["Doc_0/V.xml"] is Role.VERSION
    assert "Doc_0/Old.xml" in roles


def test_what_an_unreadable_file_may_name_is_no_stray(good: Files) -> None:
    broken = {**good, "Doc_0/Tags/CustomTag.xml": "<:params>Unused.PNG 附件</:params>".encode()}
    for stray, role in (("Doc_0/unused.png", True), ("Doc_0/附件", True), ("Doc_0/else.png", False)):
        covered = _cover({**broken, stray: b"x"}, everything(good))
        assert (covered.uncovered[0].role is Role.OTHER) is role
    hidden = {**good, "Doc_0/Tags/CustomTag.xml": b"<:params>&#101;lse.png</:params>", "Doc_0/else.png": b"x"}
    assert _cover(hidden, everything(good)).uncovered[0].role is Role.OTHER


def test_the_entry_point_alone_is_told_apart() -> None:
    files = announced(sample_files())
    covered = _cover(files, [name for name in files if name != "OFD.xml"])
    assert covered.extent is Extent.ENTRY_POINT_UNCOVERED


@pytest.mark.parametrize("limit", ["MAX_WALKED_XML_OCTETS", "MAX_FOLLOWED", "MAX_SEARCHED_OCTETS"])
def test_a_walk_that_ends_early_takes_no_file_for_cargo(
    good: Files, limit: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    files = {**good, "Doc_0/Tags/CustomTag.xml": b"<:x>image_1.png</:x>", "Doc_0/cargo.bin": b"x"}
    assert _cover(files, everything(good)).uncovered[0].role is Role.UNREACHED
    monkeypatch.setattr(f"esign.ofd.reach.{limit}", 10)
    covered = _cover(files, everything(good))
    assert (covered.uncovered[0].role, covered.complete) == (Role.OTHER, False)


def test_files_called_like_signatures_are_gone_through_up_to_a_bound(
    good: Files, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Files of signatures are exempt for what they hold; who writes long ones has them uncovered."""
    many = b"<DocEntries><FileList>" + b"<File/>" * 50 + b"</FileList></DocEntries>"
    files = {**good, **{f"Doc_0/Signs/x{number}.xml": many for number in range(3)}}
    assert _cover(files, everything(good)).extent is Extent.EVERYTHING
    monkeypatch.setattr("esign.ofd.coverage.MAX_SHAPED_MARKS", 120)
    covered = _cover(files, everything(good))
    assert covered.extent is Extent.CONTENT_UNCOVERED
    assert "Doc_0/Signs/x2.xml" in {each.file for each in covered.uncovered}


def test_what_a_file_leads_to_that_is_no_xml_is_walked_too(good: Files) -> None:
    files = {**good, "Doc_0/Tags/CustomTag.xml": b"<:x>hidden.xml</:x>"}
    files |= {"Doc_0/hidden.xml": b"<a>deeper.bin</a>", "Doc_0/deeper.bin": b"x"}
    covered = _cover(files, [*everything(good), "Doc_0/hidden.xml"])
    assert [each.file for each in covered.uncovered] == ["Doc_0/deeper.bin"]


def test_what_reading_parsed_is_not_parsed_again_for_coverage(good: Files, monkeypatch: pytest.MonkeyPatch) -> None:
    parsed: list[str] = []

    def parse(data: bytes, name: str) -> Element:
        parsed.append(name)
        return parse_xml(data, name)

    for module in ("package", "signature_shape"):
        monkeypatch.setattr(f"esign.ofd.{module}.parse_xml", parse)
    ofd = read_ofd(pack(good))
    assert LIST in parsed
    CoverageJudge(ofd).cover(frozenset(name for name in good if "/Signs/" not in name))
    assert len(parsed) == len(set(parsed))
