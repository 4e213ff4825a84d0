from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING
from zipfile import ZIP_STORED

import pytest

from esign.ofd.archive_write import packed_files
from esign.ofd.earlier import require_holding
from esign.ofd.integrity_sign import protect_package
from esign.ofd.package import open_package
from esign.ofd.read import read_ofd
from esign.ofd.request import OfdForm, OfdSigningRequest, StampPlace
from esign.ofd.sign import sign_ofd
from esign.ofd.write import write_ofd
from esign.ofd.xml import attribute, child_text, children, parse_xml, require_child, text
from esign.seal.model import SealVersion
from esign.seal.read import parse_seal_signature
from esign.seal.verify import verify_seal_signature
from tests.support.ofd_pages import sample_document, sample_ofd
from tests.support.pki import PkiWorld
from tests.support.ses import make_seal
from tests.support.testdata import outside
from tests.support.zip_forge import archive, unpacked
from trustkit.cms.model import Dialect
from trustkit.cms.read import parse_signed_message
from trustkit.cms.verify import verify_signer
from trustkit.crypto.digest import DigestAlgorithm, digest
from trustkit.crypto.public_key import KeyKind
from trustkit.errors import ErrorCode, TrustError
from trustkit.timestamp.sign import make_token

if TYPE_CHECKING:
    from collections.abc import Callable

    from esign.ofd.package import Package
    from esign.ofd.xml import Element
    from trustkit.crypto.public_key import PublicKey
    from trustkit.crypto.suites import SignatureSuite
    from trustkit.custody.port import Signer
    from trustkit.error_family import Code

ROOT = "Doc_0/Document.xml"
LIST = "Doc_0/Signs/Signatures.xml"
PLACE = StampPlace(page="59", left=10, top=20, width=42, height=42)
SLICE = StampPlace(page="60", left=58, top=9, width=42, height=42, clip=(0, 0, 21, 42))


@pytest.fixture(scope="module")
def world() -> PkiWorld:
    return PkiWorld()


def _order(world: PkiWorld, data: bytes, **changes: object) -> OfdSigningRequest:
    signer = world.signer
    order = OfdSigningRequest(
        ofd=data, signer=signer.signer, certificate=signer.certificate, chain=world.pool, signing_time=world.START
    )
    return replace(order, **changes)  # type: ignore[arg-type] # whatever a test gives it


def _description(package: Package, number: int) -> Element:
    return parse_xml(package.octets(f"Doc_0/Signs/Sign_{number}/Signature.xml"), "Signature.xml")


def _covered(package: Package, number: int) -> set[str]:
    references = require_child(require_child(_description(package, number), "SignedInfo"), "References")
    return {(attribute(each, "FileRef") or "").removeprefix("/") for each in children(references, "Reference")}


def _stamp(world: PkiWorld) -> Callable[[bytes], bytes]:
    def stamp(value: bytes) -> bytes:
        return make_token(
            imprint=digest(DigestAlgorithm.SM3, value),
            imprint_algorithm=DigestAlgorithm.SM3,
            serial=7,
            gen_time=world.START,
            policy="1.2.156.10197.99.1",
            signer=world.tsa.signer,
            certificate=world.tsa.certificate,
            chain=world.pool,
        )

    return stamp


@pytest.mark.parametrize("version", list(SealVersion))
def test_a_seal_covers_every_file_but_the_list(world: PkiWorld, version: SealVersion) -> None:
    seal = make_seal(world, version=version)
    stamped = version is not SealVersion.V1
    signed = sign_ofd(
        _order(world, sample_ofd(), seal=seal, stamps=(PLACE, SLICE), timestamp=_stamp(world) if stamped else None)
    )
    package = open_package(signed)
    folder = "Doc_0/Signs/Sign_0"
    assert _covered(package, 0) == set(package.names) - {LIST, f"{folder}/Signature.xml", f"{folder}/SignedValue.dat"}
    assert set(require_holding(read_ofd(signed))) == {f"{folder}/Signature.xml"}
    made = parse_seal_signature(package.octets(f"{folder}/SignedValue.dat"))
    intact = verify_seal_signature(made, content=package.octets(f"{folder}/Signature.xml"))
    assert intact.certificate == world.signer.certificate
    assert made.property_info == f"/{folder}/Signature.xml"
    assert made.seal.raw == seal == package.octets(f"{folder}/Seal.esl")
    assert bool(intact.timestamp) is stamped
    info = require_child(_description(package, 0), "SignedInfo")
    assert child_text(require_child(info, "Seal"), "BaseLoc") == f"/{folder}/Seal.esl"
    assert [dict(each.items()) for each in children(info, "StampAnnot")] == [
        {"ID": "2", "PageRef": "59", "Boundary": "10 20 42 42"},
        {"ID": "3", "PageRef": "60", "Boundary": "58 9 42 42", "Clip": "0 0 21 42"},
    ]


def test_a_message_is_detached_over_the_description(world: PkiWorld) -> None:
    signed = sign_ofd(_order(world, sample_ofd(), parameters=(("Reason", "同意 & <签发>"),), timestamp=_stamp(world)))
    package = open_package(signed)
    message = parse_signed_message(package.octets("Doc_0/Signs/Sign_0/SignedValue.dat"))
    assert message.dialect is Dialect.GBT35275
    assert message.content is None
    verified = verify_signer(message, 0, content=package.octets("Doc_0/Signs/Sign_0/Signature.xml"))
    assert verified.certificate == world.signer.certificate
    info = require_child(_description(package, 0), "SignedInfo")
    assert child_text(info, "SignatureDateTime") == "20261201000000Z"
    assert child_text(info, "SignatureMethod") == "1.2.156.10197.1.501"
    (parameter,) = require_child(info, "Parameters")
    assert (attribute(parameter, "Name"), text(parameter)) == ("Reason", "同意 & <签发>")


def test_further_signatures_cover_the_earlier_and_break_none(world: PkiWorld) -> None:
    order = _order(world, sample_ofd(), seal=make_seal(world), stamps=(PLACE,))
    first = sign_ofd(order)
    second = sign_ofd(replace(order, ofd=first, seal=None, stamps=()))
    third = sign_ofd(replace(order, ofd=second))
    package = open_package(third)
    assert len(require_holding(read_ofd(third))) == 3
    for number in range(3):
        earlier = {f"Doc_0/Signs/Sign_{each}/SignedValue.dat" for each in range(number)}
        assert earlier <= _covered(package, number)
    listed = parse_xml(package.octets(LIST), LIST)
    lines = [dict(each.items()) for each in children(listed, "Signature")]
    assert [line["Type"] for line in lines] == ["Seal", "Sign", "Seal"]
    identifiers = [line["ID"] for line in lines]
    assert identifiers == ["1", "3", "4"]
    assert child_text(listed, "MaxSignId") == "5"
    assert package.octets("OFD.xml") == open_package(sample_ofd()).octets("OFD.xml")


def test_nothing_of_a_foreign_file_is_changed_but_its_list(world: PkiWorld) -> None:
    before = outside("ofd/tax_zhejiang_invoice_v4.ofd").read_bytes()
    after = sign_ofd(_order(world, before))
    old, new = ({each.raw_name: each for each in packed_files(data)} for data in (before, after))
    changed = {raw for raw in old if old[raw] != new[raw]}
    assert changed == {LIST.encode()}
    assert [raw.rpartition(b"/")[2] for raw in new if raw not in old] == [b"Signature.xml", b"SignedValue.dat"]
    assert len(require_holding(read_ofd(after))) == 2


@pytest.mark.parametrize("name", ["ofdrw_v4_allprotected.ofd", "elicense_yunnan_site_permit_gbt35275_x2.ofd"])
def test_a_list_that_an_earlier_signature_covers_stays_closed(world: PkiWorld, name: str) -> None:
    with pytest.raises(TrustError) as caught:
        sign_ofd(_order(world, outside(f"ofd/{name}").read_bytes()))
    assert caught.value.code is ErrorCode.OFD_UNSIGNABLE


def _without(*names: str, entry: Callable[[bytes], bytes] = bytes) -> bytes:
    files = {name: octets for name, octets in unpacked(sample_ofd()).items() if name not in names}
    return archive(files | {"OFD.xml": entry(files["OFD.xml"])})


def _unnamed(entry: bytes) -> bytes:
    return entry.replace(b"<ofd:Signatures>Doc_0/Signs/Signatures.xml</ofd:Signatures>", b"")


@pytest.mark.parametrize("space", [b"http://www.ofdspec.org/2016", b"http://www.ofdspec.org"])
def test_a_package_without_a_list_gets_one(world: PkiWorld, space: bytes) -> None:
    bare = _without(LIST, entry=lambda octets: _unnamed(octets).replace(b"http://www.ofdspec.org/2016", space))
    package = open_package(sign_ofd(_order(world, bare)))
    assert "OFD.xml" in _covered(package, 0)
    body = require_child(parse_xml(package.octets("OFD.xml"), "OFD.xml"), "DocBody")
    assert child_text(body, "Signatures") == LIST
    again = sign_ofd(_order(world, sign_ofd(_order(world, bare))))
    assert len(require_holding(read_ofd(again))) == 2


def test_folders_that_are_taken_are_left_alone(world: PkiWorld) -> None:
    files = unpacked(sample_ofd())
    odd = archive(files | {"Doc_0/Signs/SIGN_0/x.txt": b"x", "Doc_0/Signs/Sign_1/": b""})
    package = open_package(sign_ofd(_order(world, odd)))
    assert "Doc_0/Signs/Sign_2/Signature.xml" in package.names
    assert package.directories == ("Doc_0/Signs/Sign_1",)


def _changed(world: PkiWorld, name: str, change: Callable[[bytes], bytes]) -> bytes:
    files = unpacked(sign_ofd(_order(world, sample_ofd())))
    return archive(files | {name: change(files[name])})


def _page_at(place: str) -> bytes:
    """Return a document that names a further page outside the package, where its signer sees none."""
    files = unpacked(sample_ofd())
    page = f'<ofd:Page ID="99" BaseLoc="{place}"/></ofd:Pages>'.encode()
    return archive(files | {ROOT: files[ROOT].replace(b"</ofd:Pages>", page)})


def _leading_to_the_list() -> bytes:
    """Return a document that shows what every further signature changes: its list of signatures."""
    files = unpacked(sample_ofd())
    named = f"<ofd:Extensions>/{LIST}</ofd:Extensions></ofd:Document>".encode()
    return archive(files | {ROOT: files[ROOT].replace(b"</ofd:Document>", named)})


def _listed(world: PkiWorld, data: bytes) -> bytes:
    signer = world.signer
    return protect_package(data, signer=signer.signer, certificate=signer.certificate, at=world.START)


@pytest.mark.parametrize(
    ("make", "code"),
    [
        (lambda _: b"no zip", ErrorCode.OFD_ZIP),
        (lambda _: archive({"a": b""}), ErrorCode.OFD_MISSING),
        (lambda _: _without(LIST), ErrorCode.OFD_MISSING),
        (lambda world: _changed(world, "OFD.xml", _unnamed), ErrorCode.OFD_UNSIGNABLE),
        (lambda world: _listed(world, sample_ofd()), ErrorCode.OFD_UNSIGNABLE),
        (
            lambda _: _without(
                entry=lambda octets: octets.replace(
                    b"</ofd:OFD>", b"<ofd:DocBody><ofd:DocRoot>Doc_0/Document.xml</ofd:DocRoot></ofd:DocBody></ofd:OFD>"
                )
            ),
            ErrorCode.OFD_UNSIGNABLE,
        ),
        (
            lambda world: _changed(world, "Doc_0/Pages/Page_0/Content.xml", lambda octets: octets + b" "),
            ErrorCode.OFD_SIGNED_BADLY,
        ),
        (
            lambda world: _changed(
                world, "Doc_0/Signs/Sign_0/Signature.xml", lambda octets: octets.replace(b".401", b".409")
            ),
            ErrorCode.OFD_SIGNED_BADLY,
        ),
        (
            lambda world: _changed(
                world,
                "Doc_0/Signs/Sign_0/Signature.xml",
                lambda octets: octets.replace(b"<ofd:CheckValue>", b"<ofd:CheckValue>%"),
            ),
            ErrorCode.BASE64_MALFORMED,
        ),
        (lambda _: _page_at("http://attacker.example/a.xml"), ErrorCode.OFD_UNSIGNABLE),
        (lambda _: _page_at("../../../a.xml"), ErrorCode.OFD_UNSIGNABLE),
        (lambda _: _leading_to_the_list(), ErrorCode.OFD_UNSIGNABLE),
        (
            lambda _: archive(unpacked(sample_ofd()) | {"Doc_0/a.pdf": b"%PDF-1.7\nstartxref\n0\n%%EOF"}, ZIP_STORED),
            ErrorCode.OFD_UNSIGNABLE,
        ),
    ],
)
def test_files_that_nobody_should_sign(world: PkiWorld, make: Callable[[PkiWorld], bytes], code: Code) -> None:
    with pytest.raises(TrustError) as caught:
        sign_ofd(_order(world, make(world)))
    assert caught.value.code is code


def test_orders_that_make_no_sense(world: PkiWorld) -> None:
    stranger, elliptic = world.issue("外人"), PkiWorld(kind=KeyKind.EC_P256).signer
    seal = make_seal(world)
    for changes, code in (
        ({"stamps": (PLACE,)}, ErrorCode.USAGE),
        ({"signing_time": world.START.replace(tzinfo=None)}, ErrorCode.USAGE),
        ({"seal": seal, "signer": stranger.signer, "certificate": stranger.certificate}, ErrorCode.SEAL_SIGNER),
        ({"signer": elliptic.signer, "certificate": elliptic.certificate}, ErrorCode.ALGORITHM_MISMATCH),
        ({"signer": stranger.signer}, ErrorCode.USAGE),
        ({"seal": seal[:-3]}, ErrorCode.DER_MALFORMED),
    ):
        with pytest.raises(TrustError) as caught:
            sign_ofd(_order(world, sample_ofd(), **changes))
        assert caught.value.code is code, changes


@pytest.mark.parametrize("again", [True, False])
@pytest.mark.parametrize("sealed", [True, False])
def test_a_stamp_over_something_else_is_not_handed_out(world: PkiWorld, sealed: bool, again: bool) -> None:  # noqa: FBT001 - parameters
    seal = make_seal(world) if sealed else None
    order = _order(world, sample_ofd(), seal=seal, timestamp=lambda _: _stamp(world)(b"else"))
    with pytest.raises(TrustError) as caught:
        sign_ofd(order, read_again=again)
    assert caught.value.code is ErrorCode.TIMESTAMP_IMPRINT


@pytest.mark.parametrize("again", [True, False])
def test_a_seal_that_had_ended_when_it_was_stamped_is_not_handed_out(world: PkiWorld, again: bool) -> None:  # noqa: FBT001 - a parameter
    begun = world.START - timedelta(days=2)
    seal = make_seal(world, created=begun, valid_from=begun, valid_until=world.START - timedelta(days=1))
    order = _order(world, sample_ofd(), seal=seal, signing_time=begun, timestamp=_stamp(world))
    with pytest.raises(TrustError) as caught:
        sign_ofd(order, read_again=again)
    assert caught.value.code is ErrorCode.SEAL_VALIDITY


@dataclass(frozen=True)
class _Faulty:
    """A signer whose module signs something else than it was given."""

    signer: Signer

    @property
    def suite(self) -> SignatureSuite:
        return self.signer.suite

    @property
    def public_key(self) -> PublicKey:
        return self.signer.public_key

    def sign(self, message: bytes, /) -> bytes:
        return self.signer.sign(message + b"!")


@pytest.mark.parametrize("again", [True, False])
@pytest.mark.parametrize("sealed", [True, False])
def test_a_signature_over_something_else_is_not_handed_out(world: PkiWorld, sealed: bool, again: bool) -> None:  # noqa: FBT001 - parameters
    seal = make_seal(world) if sealed else None
    order = _order(world, sample_ofd(), seal=seal, signer=_Faulty(world.signer.signer))
    with pytest.raises(TrustError) as caught:
        sign_ofd(order, read_again=again)
    assert caught.value.code is ErrorCode.SIGNATURE_WRONG


def test_a_digest_that_is_wrong_is_seen_by_whoever_reads_the_package(world: PkiWorld) -> None:
    written = write_ofd(sample_document())
    first, *others = written.files
    wrong = replace(written, files=(replace(first, digest=bytes(32)), *others))
    order = _order(world, b"", ofd=wrong, seal=make_seal(world))
    with pytest.raises(TrustError) as caught:
        sign_ofd(order)
    assert caught.value.code is ErrorCode.OFD_DIGEST
    with pytest.raises(TrustError) as caught:
        require_holding(read_ofd(sign_ofd(order, read_again=False)))
    assert caught.value.code is ErrorCode.OFD_SIGNED_BADLY


def test_a_package_that_is_not_read_again_is_the_same(world: PkiWorld) -> None:
    order = _order(world, b"", ofd=write_ofd(sample_document()), seal=make_seal(world), timestamp=_stamp(world))
    (made,) = require_holding(read_ofd(sign_ofd(order, read_again=False))).values()
    (whole,) = require_holding(read_ofd(sign_ofd(order))).values()
    assert (made.form, made.covered, made.certificate) == (whole.form, whole.covered, whole.certificate)
    assert len(made.timestamp_tokens) == 1


def test_forms_have_the_words_of_the_standard(world: PkiWorld) -> None:
    assert _order(world, b"").form is OfdForm.SIGN
    assert _order(world, b"", seal=b"x").form is OfdForm.SEAL
    assert [form.word for form in OfdForm] == ["Seal", "Sign"]
