from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from esign.ofd import limits
from esign.ofd.coverage import CoverageJudge
from esign.ofd.dates import read_date
from esign.ofd.model import (
    OfdDeviation,
    Provider,
    SignatureType,
    StampAnnotation,
    UnreadableSignature,
    UnverifiedOfdSignature,
)
from esign.ofd.read import read_ofd
from tests.support.ofd_forge import LIST, NS, changed, everything, pack, sample_files, sealed, signed, xml
from trustkit.errors import ErrorCode, TrustError

if TYPE_CHECKING:
    from collections.abc import Callable

    from esign.ofd.model import UnverifiedOfd
    from tests.support.ofd_forge import Files
    from tests.support.pki import PkiWorld
    from trustkit.error_family import Code

    Change = Callable[[Files], Files]

SIGNATURE = "Doc_0/Signs/Sign_0/Signature.xml"
VALUE = "Doc_0/Signs/Sign_0/SignedValue.dat"


def _only(ofd: UnverifiedOfd) -> UnverifiedOfdSignature:
    (found,) = ofd.signatures
    assert isinstance(found, UnverifiedOfdSignature)
    return found


def _refused(ofd: UnverifiedOfd) -> Code:
    (found,) = ofd.signatures
    assert isinstance(found, UnreadableSignature)
    return found.error.code


@pytest.fixture(scope="module")
def good(world: PkiWorld) -> Files:
    return sealed(world, sample_files())


def test_a_sealed_document_is_read_with_all_it_says(world: PkiWorld, good: Files) -> None:
    ofd = read_ofd(pack(good))
    (document,) = ofd.documents
    assert document.root == "Doc_0/Document.xml"
    assert document.signature_list == LIST
    assert ("Title", "示例") in document.information
    assert document.custom_data == (("编号", "7"),)
    found = _only(ofd)
    assert found.type is SignatureType.SEAL
    assert found.file == SIGNATURE
    assert found.description == good[SIGNATURE]
    assert found.provider == Provider(name="forge", version="1", company="test")
    assert found.claimed_time == world.clock.now()
    assert found.stamps == (StampAnnotation(identifier="1", page="1", boundary="90 8 30 20", clip=""),)
    assert found.seal_file == "Doc_0/Signs/Sign_0/Seal.esl"
    assert found.value == good[VALUE]
    assert {each.file for each in found.references} == {name for name in good if "/Signs/" not in name}
    (attachment,) = ofd.attachments
    assert (attachment.name, attachment.format, attachment.file) == (
        "licence.json",
        "json",
        "Doc_0/Attachs/licence.json",
    )
    assert ofd.attached("licence.json") == (attachment,)
    assert ofd.attached("other") == ()
    assert ofd.notes == ()
    assert found.notes == ()
    assert ofd.unlisted == ()
    assert ofd.attachments_unread is None


def test_an_unsigned_document_has_no_signatures() -> None:
    ofd = read_ofd(pack(sample_files()))
    assert (ofd.signatures, ofd.unlisted) == ((), ())


D = OfdDeviation


def _with(world: PkiWorld, **description: object) -> Files:
    return sealed(world, sample_files(), **description)  # type: ignore[arg-type]


DEVIATIONS: dict[OfdDeviation, Callable[[PkiWorld], Files]] = {
    D.TYPE_ABSENT: lambda world: _with(world, kind=None),
    D.SEAL_ABSENT: lambda world: _with(world, seal_file=False),
    D.DATE_LOCAL: lambda world: _with(world, date="2026-12-01 08:00:00"),
    D.DATE_FORM: lambda world: _with(world, date="soon"),
    D.PROVIDER_INCOMPLETE: lambda world: _with(world, provider='<ofd:Provider ProviderName="x"/>'),
    D.PATH_FROM_ROOT: lambda world: _renamed(_with(world, value=f"{VALUE}"), VALUE, VALUE),
    D.PATH_CASE: lambda world: _with(world, value="signedValue.DAT"),
    D.VALUE_NAME: lambda world: _renamed(
        _with(world, value="SignValue.dat"), VALUE, "Doc_0/Signs/Sign_0/SignValue.dat"
    ),
}


def _renamed(files: Files, old: str, new: str) -> Files:
    return {new if name == old else name: data for name, data in files.items()}


@pytest.mark.parametrize("deviation", DEVIATIONS, ids=str)
def test_a_departure_is_read_and_named(world: PkiWorld, deviation: OfdDeviation) -> None:
    ofd = read_ofd(pack(DEVIATIONS[deviation](world)))
    assert deviation in _only(ofd).notes
    assert ofd.unlisted == ()


@pytest.mark.parametrize("namespace", ["http://www.ofdspec.org", ""])
def test_another_namespace_is_read_and_named(good: Files, namespace: str) -> None:
    if namespace:
        files = changed(good, "OFD.xml", NS, namespace)
    else:
        files = {**good, "OFD.xml": good["OFD.xml"].replace(b"ofd:", b"").replace(b"xmlns:", b"x")}
    ofd = read_ofd(pack(files))
    assert ofd.notes == (D.NAMESPACE,)
    assert len(ofd.signatures) == 1


def test_another_encoding_is_read_and_named(good: Files) -> None:
    text = good["OFD.xml"].decode().replace("UTF-8", "GBK")
    assert read_ofd(pack({**good, "OFD.xml": text.encode("gbk")})).notes == (D.ENCODING,)


def test_several_signatures_are_read_in_their_order(world: PkiWorld, good: Files) -> None:
    ofd = read_ofd(pack(signed(world, good, number=1)))
    assert [(each.identifier, getattr(each, "type", None)) for each in ofd.signatures] == [
        ("1", SignatureType.SEAL),
        ("2", SignatureType.SIGN),
    ]


def test_an_unknown_type_is_kept(world: PkiWorld) -> None:
    assert _only(read_ofd(pack(_with(world, kind="Stamp")))).type is SignatureType.OTHER


def test_every_reference_is_read_however_it_is_written(world: PkiWorld) -> None:
    files = sample_files()
    text = (
        '<ofd:References CheckMethod="SM3"><ofd:Reference FileRef="OFD.xml"><ofd:CheckValue>\nAAAA\n</ofd:CheckValue>'
    )
    text += '</ofd:Reference><ofd:Reference FileRef="../x"><ofd:CheckValue>BBBB</ofd:CheckValue></ofd:Reference></ofd:References>'
    found = _only(read_ofd(pack(sealed(world, files, listed=text))))
    assert found.check_method == "SM3"
    assert [(each.path, each.file) for each in found.references] == [("OFD.xml", "OFD.xml"), ("../x", None)]


def test_a_file_listed_twice_counts_once_and_never_with_two_digests(world: PkiWorld) -> None:
    one = '<ofd:Reference FileRef="/OFD.xml"><ofd:CheckValue>AAAA</ofd:CheckValue></ofd:Reference>'
    two = one.replace("/OFD", "OFD")
    found = _only(read_ofd(pack(_with(world, listed=f"<ofd:References>{one}{two}</ofd:References>"))))
    assert len(found.references) == 1
    assert D.LISTED_TWICE in found.notes
    two = two.replace("AAAA", "BBBB")
    refused = read_ofd(pack(_with(world, listed=f"<ofd:References>{one}{two}</ofd:References>")))
    assert _refused(refused) is ErrorCode.OFD_MALFORMED


def _without(files: Files, *names: str) -> Files:
    return {name: data for name, data in files.items() if name not in names}


UNREADABLE: dict[str, tuple[Change, Code]] = {
    "description gone": (lambda good: _without(good, SIGNATURE), ErrorCode.OFD_MISSING),
    "value gone": (lambda good: _without(good, VALUE), ErrorCode.OFD_MISSING),
    "seal gone": (lambda good: _without(good, "Doc_0/Signs/Sign_0/Seal.esl"), ErrorCode.OFD_MISSING),
    "no path": (
        lambda good: changed(good, LIST, "/Doc_0/Signs/Sign_0/Signature.xml", ""),
        ErrorCode.OFD_SIGNATURE_LIST,
    ),
    "a path out": (
        lambda good: changed(good, LIST, "/Doc_0/Signs/Sign_0", "../../../etc"),
        ErrorCode.OFD_SIGNATURE_LIST,
    ),
    "no xml": (lambda good: {**good, SIGNATURE: b"x"}, ErrorCode.OFD_XML),
    "other root": (lambda good: {**good, SIGNATURE: xml("Sign")}, ErrorCode.OFD_MALFORMED),
    "no info": (lambda good: {**good, SIGNATURE: xml("Signature")}, ErrorCode.OFD_MALFORMED),
    "references twice": (
        lambda good: changed(good, SIGNATURE, "<ofd:References", "<ofd:References/><ofd:References"),
        ErrorCode.OFD_XML,
    ),
    "no references": (
        lambda good: changed(
            changed(good, SIGNATURE, "<ofd:References", "<ofd:Refs"), SIGNATURE, "/ofd:References", "/ofd:Refs"
        ),
        ErrorCode.OFD_MALFORMED,
    ),
    "no base64": (
        lambda good: changed(good, SIGNATURE, "<ofd:CheckValue>", "<ofd:CheckValue>!"),
        ErrorCode.BASE64_MALFORMED,
    ),
    "a foreign reference": (
        lambda good: changed(
            good, SIGNATURE, "<ofd:Reference FileRef", '<x:Reference xmlns:x="urn:x"/><ofd:Reference FileRef'
        ),
        ErrorCode.OFD_XML,
    ),
    "a document type": (
        lambda good: {**good, SIGNATURE: good[SIGNATURE].replace(b"\n", b'<!DOCTYPE x [<!ENTITY e "x">]>', 1)},
        ErrorCode.OFD_XML,
    ),
    "a huge value": (
        lambda good: {**good, VALUE: bytes(limits.MAX_SIGNED_VALUE + 1)},
        ErrorCode.OFD_LIMIT,
    ),
}


@pytest.mark.parametrize("name", UNREADABLE)
def test_a_signature_that_cannot_be_read_is_kept_with_its_refusal(good: Files, name: str) -> None:
    change, code = UNREADABLE[name]
    assert _refused(read_ofd(pack(change(good)))) is code


UNLISTED: dict[str, Change] = {
    "not announced": lambda good: changed(good, "OFD.xml", f"<ofd:Signatures>{LIST}</ofd:Signatures>", ""),
    "the list is gone": lambda good: _without(good, LIST),
    "the list is empty": lambda good: {**good, LIST: xml("Signatures")},
    "the list is no list": lambda good: {**good, LIST: xml("Signs")},
    "the list is no xml": lambda good: {**good, LIST: b""},
    "another list is announced": lambda good: changed(
        {**good, "Doc_0/S.xml": xml("Signatures")}, "OFD.xml", f">{LIST}<", ">Doc_0/S.xml<"
    ),
    "announced in another way": lambda good: changed(good, "OFD.xml", "ofd:Signatures", "ofd:Signature"),
    "only the value is left": lambda good: _without(
        changed(good, "OFD.xml", f"<ofd:Signatures>{LIST}</ofd:Signatures>", ""), LIST, SIGNATURE
    ),
    "an empty announcement": lambda good: changed(good, "OFD.xml", f">{LIST}<", "><"),
    "a copy beside it": lambda good: {**good, "Doc_0/Signs/Sign_1/Signature.xml": good[SIGNATURE]},
}


@pytest.mark.parametrize("name", UNLISTED)
def test_what_belongs_to_a_signature_and_is_not_listed_is_told(good: Files, name: str) -> None:
    ofd = read_ofd(pack(UNLISTED[name](good)))
    assert ofd.unlisted or ofd.documents[0].list_error is not None
    if name != "the list is gone":
        assert ofd.unlisted


def test_a_list_that_cannot_be_read_says_why(good: Files) -> None:
    assert read_ofd(pack(_without(good, LIST))).documents[0].list_error is not None


def test_files_of_integrity_protection_are_no_signature_without_a_list() -> None:
    listed = '<ofd:FileList><ofd:File ID="1" FileLoc="/OFD.xml"/></ofd:FileList>'
    entries = xml("DocEntries", f"<ofd:SignedValueLoc>signedvalue.dat</ofd:SignedValueLoc>{listed}")
    files = sample_files() | {"OFDEntries.xml": entries, "signedvalue.dat": b"\x30\x01x"}
    ofd = read_ofd(pack(files))
    assert ofd.unlisted == ()
    assert CoverageJudge(ofd).cover(frozenset(everything(sample_files()))).uncovered == ()
    assert read_ofd(pack(files | {"OFDEntries.xml": b""})).unlisted == ("signedvalue.dat",)


REFUSED: dict[str, tuple[Change, Code]] = {
    "no entry point": (lambda good: _without(good, "OFD.xml"), ErrorCode.OFD_MISSING),
    "no document": (lambda good: {**good, "OFD.xml": xml("OFD")}, ErrorCode.OFD_MALFORMED),
    "another root": (lambda good: {**good, "OFD.xml": xml("Odf")}, ErrorCode.OFD_MALFORMED),
    "no xml": (lambda good: {**good, "OFD.xml": b"%PDF"}, ErrorCode.OFD_XML),
    "document gone": (lambda good: _without(good, "Doc_0/Document.xml"), ErrorCode.OFD_MISSING),
    "document root is none": (lambda good: {**good, "Doc_0/Document.xml": xml("Page")}, ErrorCode.OFD_MALFORMED),
    "two document roots": (
        lambda good: changed(good, "OFD.xml", "<ofd:DocRoot>", "<ofd:DocRoot>a</ofd:DocRoot><ofd:DocRoot>"),
        ErrorCode.OFD_XML,
    ),
    "two lists of signatures": (
        lambda good: changed(good, "OFD.xml", "<ofd:Signatures>", "<ofd:Signatures>a</ofd:Signatures><ofd:Signatures>"),
        ErrorCode.OFD_XML,
    ),
    "a comment in a path": (
        lambda good: changed(good, "OFD.xml", "Doc_0/Document.xml", "Doc_0/<!-- -->Document.xml"),
        ErrorCode.OFD_XML,
    ),
    "too many documents": (
        lambda good: {**good, "OFD.xml": xml("OFD", "<ofd:DocBody/>" * (limits.MAX_DOCUMENTS + 1))},
        ErrorCode.OFD_LIMIT,
    ),
}


@pytest.mark.parametrize("name", REFUSED)
def test_a_document_that_cannot_be_read_is_refused(good: Files, name: str) -> None:
    change, code = REFUSED[name]
    with pytest.raises(TrustError) as caught:
        read_ofd(pack(change(good)))
    assert caught.value.code is code


def test_the_work_of_reading_is_bounded(world: PkiWorld, good: Files, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patch:
        patch.setattr("esign.ofd.source.MAX_READ_XML_OCTETS", 100)
        with pytest.raises(TrustError) as caught:
            read_ofd(pack(good))
        assert caught.value.code is ErrorCode.OFD_LIMIT
    monkeypatch.setattr("esign.ofd.signature_read.MAX_ALL_REFERENCES", 15)
    first, second = read_ofd(pack(sealed(world, good, number=1))).signatures
    assert isinstance(first, UnverifiedOfdSignature)
    assert isinstance(second, UnreadableSignature)
    assert second.error.code is ErrorCode.OFD_LIMIT


def _three_documents(good: Files) -> Files:
    body = "<ofd:DocBody><ofd:DocRoot>Doc_0/Document.xml</ofd:DocRoot>"
    return {**good, "OFD.xml": xml("OFD", f"{body}<ofd:Signatures>{LIST}</ofd:Signatures></ofd:DocBody>" * 3)}


def test_what_is_bounded_is_bounded_for_all_documents_together(good: Files) -> None:
    """Each bound could be multiplied by naming a file from several documents, or several times."""
    listed = xml("Signatures", '<ofd:Signature BaseLoc="x"/>' * 20)
    ofd = read_ofd(pack({**_three_documents(good), LIST: listed}))
    errors = [each.list_error for each in ofd.documents]
    assert [None if each is None else each.code for each in errors] == [None, *[ErrorCode.OFD_LIMIT] * 2]
    attached = xml("Attachments", '<ofd:Attachment ID="1" Name="x"/>' * 8_000)
    ofd = read_ofd(pack({**_three_documents(good), "Doc_0/Attachs/Attachments.xml": attached}))
    assert ofd.attachments_unread is not None
    assert ofd.attachments_unread.code is ErrorCode.OFD_LIMIT


def test_a_signature_is_read_where_it_is_listed_first(good: Files) -> None:
    found = read_ofd(pack(_three_documents(good))).signatures
    again = [each.error.code for each in found if isinstance(each, UnreadableSignature)]
    assert again == [ErrorCode.OFD_SIGNATURE_LIST] * (len(found) * 2 // 3)


def test_signed_messages_are_counted_together(world: PkiWorld, monkeypatch: pytest.MonkeyPatch) -> None:
    files = signed(world, sample_files())
    assert _only(read_ofd(pack(files))).type is SignatureType.SIGN
    monkeypatch.setattr("esign.ofd.signature_read.MAX_MESSAGES", 100)
    assert _refused(read_ofd(pack(files))) is ErrorCode.OFD_LIMIT


def test_a_document_names_its_list_of_attachments_once(good: Files) -> None:
    named = "<ofd:Attachments>Attachs/Attachments.xml</ofd:Attachments>"
    twice = read_ofd(pack(changed(good, "Doc_0/Document.xml", named, named * 2)))
    assert twice.attachments_unread is not None
    assert twice.attachments_unread.code is ErrorCode.OFD_XML
    empty = read_ofd(pack(changed(good, "Doc_0/Document.xml", named, "<ofd:Attachments/>")))
    assert (empty.attachments, empty.attachments_unread) == ((), None)


def test_attachments_that_cannot_be_read_are_told(good: Files) -> None:
    ofd = read_ofd(pack(_without(good, "Doc_0/Attachs/Attachments.xml")))
    assert ofd.attachments == ()
    assert ofd.attachments_unread is not None
    assert read_ofd(pack(_without(good, "Doc_0/Attachs/licence.json"))).attachments[0].file is None


@pytest.mark.parametrize(
    ("text", "moment", "zoned", "usual"),
    [
        ("20200723130907.763Z", datetime(2020, 7, 23, 13, 9, 7, tzinfo=UTC), True, True),
        ("20221116112058Z", datetime(2022, 11, 16, 11, 20, 58, tzinfo=UTC), True, True),
        ("2020-10-23 19:45:37", datetime(2020, 10, 23, 11, 45, 37, tzinfo=UTC), False, False),
        ("20201023194537", datetime(2020, 10, 23, 11, 45, 37, tzinfo=UTC), False, False),
        ("2020-10-23T19:45:37+08:00", datetime(2020, 10, 23, 11, 45, 37, tzinfo=UTC), True, False),
        ("2020-10-23T05:45:37.1-0600", datetime(2020, 10, 23, 11, 45, 37, tzinfo=UTC), True, False),
    ],
)
def test_dates_are_read_in_every_form_met(text: str, moment: datetime, *, zoned: bool, usual: bool) -> None:
    assert read_date(text) == (moment, zoned, usual)


@pytest.mark.parametrize(
    "text", ["", "2020", "20201323194537Z", "99991231235959-23:59", "2020-10-23 19:45:37 CST", "٢٠٢٠١٠٢٣١٩٤٥٣٧"]
)
def test_no_date_is_none(text: str) -> None:
    assert read_date(text) is None
