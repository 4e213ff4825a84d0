from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from esign.ofd.check_method import check_method
from esign.ofd.model import OfdDeviation, UnverifiedOfdSignature
from esign.ofd.read import read_ofd
from esign.ofd.verify import FileDigests, IntactOfdSignature, verify_ofd_signature
from esign.seal.model import SealVersion
from tests.support.message_forge import MessageForge
from tests.support.ofd_forge import (
    PAGE,
    attached_base64,
    attached_digest,
    attached_whole,
    bare,
    detached,
    everything,
    pack,
    references,
    sample_files,
    sealed,
    signed,
    xml,
)
from tests.support.ses import make_seal
from trustkit.crypto.digest import DigestAlgorithm
from trustkit.errors import ErrorCode, TrustError

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.support.ofd_forge import Files
    from tests.support.pki import PkiWorld
    from trustkit.error_family import Code

SIGNATURE = "Doc_0/Signs/Sign_0/Signature.xml"
VALUE = "Doc_0/Signs/Sign_0/SignedValue.dat"
D = OfdDeviation


def verified(files: Files, number: int = 0) -> IntactOfdSignature:
    ofd = read_ofd(pack(files))
    signature = ofd.signatures[number]
    assert isinstance(signature, UnverifiedOfdSignature), signature
    return verify_ofd_signature(ofd, signature)


def refusal(files: Files, number: int = 0) -> TrustError:
    with pytest.raises(TrustError) as caught:
        verified(files, number)
    return caught.value


@pytest.mark.parametrize("version", SealVersion)
def test_a_seal_of_every_edition_holds(world: PkiWorld, version: SealVersion) -> None:
    files = sealed(world, sample_files(), version=version)
    intact = verified(files)
    assert intact.form == f"ofd-seal-v{int(version)}"
    assert intact.certificate == world.signer.certificate
    assert intact.claimed_time == world.clock.now()
    assert intact.covered == {*everything(files), SIGNATURE, "Doc_0/Signs/Sign_0/Seal.esl"}
    assert intact.seal_signature is not None
    assert intact.signer is None


SHAPES: dict[Callable[[PkiWorld, bytes], bytes], tuple[OfdDeviation, ...]] = {
    attached_digest: (),
    detached: (),
    attached_base64: (D.CONTENT_BASE64,),
    attached_whole: (D.CONTENT_WHOLE,),
}


@pytest.mark.parametrize("shape", SHAPES, ids=lambda shape: shape.__name__)
def test_a_signature_by_certificate_holds_in_each_of_its_shapes(
    world: PkiWorld, shape: Callable[[PkiWorld, bytes], bytes]
) -> None:
    files = signed(world, sample_files(), value=shape)
    intact = verified(files)
    assert intact.form == "ofd-sign-gbt35275"
    assert intact.certificate == world.signer.certificate
    assert intact.claimed_time == world.clock.now()
    assert intact.covered == {*everything(files), SIGNATURE}
    assert intact.notes == tuple(str(each) for each in SHAPES[shape])
    assert intact.seal_signature is None
    assert intact.signer is not None


def test_further_signatures_leave_earlier_ones_as_they_were(world: PkiWorld) -> None:
    files = signed(world, sealed(world, sealed(world, sample_files()), number=1), number=2)
    assert [verified(files, number).form for number in range(3)] == ["ofd-seal-v4", "ofd-seal-v4", "ofd-sign-gbt35275"]


def test_digests_are_worked_out_once(world: PkiWorld, monkeypatch: pytest.MonkeyPatch) -> None:
    ofd = read_ofd(pack(sealed(world, sample_files())))
    digests = FileDigests(ofd.package)
    (signature,) = ofd.signatures
    assert isinstance(signature, UnverifiedOfdSignature)
    verify_ofd_signature(ofd, signature, digests=digests)
    monkeypatch.setattr("esign.ofd.verify.digest", None)
    verify_ofd_signature(ofd, signature, digests=digests)


def test_weak_digests_are_worked_out_once_too(world: PkiWorld, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever names MD5 has his files digested to tell changed ones; thirty signatures must not each unpack them anew."""
    ofd = read_ofd(pack(sealed(world, sample_files(), check_method="MD5")))
    digests = FileDigests(ofd.package)
    (signature,) = ofd.signatures
    assert isinstance(signature, UnverifiedOfdSignature)
    for _ in range(2):
        with pytest.raises(TrustError) as caught:
            verify_ofd_signature(ofd, signature, digests=digests)
        assert caught.value.code is ErrorCode.ALGORITHM_WEAK
        monkeypatch.setattr("esign.ofd.verify.digest", None)


NOTED: dict[OfdDeviation, Callable[[PkiWorld], Files]] = {
    D.CHECK_METHOD_NAME: lambda world: sealed(world, sample_files(), check_method="SM3"),
    D.CHECK_METHOD_KEYED: lambda world: sealed(world, sample_files(), check_method="1.2.156.10197.1.401.2"),
    D.METHOD_NAME: lambda world: sealed(world, sample_files(), signature_method="SM3WithSM2"),
    D.METHOD_UNKNOWN: lambda world: sealed(world, sample_files(), signature_method="1.2.3"),
    D.PROPERTY_NOT_PATH: lambda world: sealed(world, sample_files(), signature={"property_info": "OFD"}),
    D.TYPE_DIFFERS: lambda world: sealed(world, sample_files(), kind="Sign"),
    D.TIMES_DIFFER: lambda world: sealed(world, sample_files(), date="20250101000000Z"),
}


@pytest.mark.parametrize("deviation", NOTED, ids=str)
def test_a_departure_is_tolerated_and_named(world: PkiWorld, deviation: OfdDeviation) -> None:
    assert deviation in verified(NOTED[deviation](world)).notes


def test_a_message_under_the_type_of_a_seal_is_named(world: PkiWorld) -> None:
    assert D.TYPE_DIFFERS in verified(signed(world, sample_files(), kind=None)).notes


@pytest.mark.parametrize(
    "told", ["2026/12/01", "http://example.test/x.xml", "/../Signature.xml", "/Doc_0/Signs/", "/", "a/" * 9000]
)
def test_property_info_that_leads_to_no_file_is_a_word_like_any_other(world: PkiWorld, told: str) -> None:
    assert D.PROPERTY_NOT_PATH in verified(sealed(world, sample_files(), signature={"property_info": told})).notes


@pytest.mark.parametrize(
    "told",
    [
        "Signature.xml",
        "./Signature.xml",
        "Doc_0/Signs/Sign_0/Signature.xml",
        "Doc_0\\Signs\\Sign_0\\Signature.xml",
        "/doc_0/signs/SIGN_0/signature.xml",
    ],
)
def test_property_info_may_be_relative(world: PkiWorld, told: str) -> None:
    intact = verified(sealed(world, sample_files(), signature={"property_info": told}))
    assert D.PROPERTY_NOT_PATH not in intact.notes


def _value(data: bytes) -> Callable[[PkiWorld], Files]:
    return lambda world: sealed(world, sample_files()) | {VALUE: data}


def _tampered(name: str) -> Callable[[PkiWorld], Files]:
    def change(world: PkiWorld) -> Files:
        files = sealed(world, sample_files())
        return {**files, name: files[name] + b" "}

    return change


def _twice(world: PkiWorld, text: bytes) -> bytes:
    forge = MessageForge(world.signer, text)
    return forge.message(content=None, signers=(forge.signer_info(), forge.signer_info()))


def _elsewhere(world: PkiWorld) -> Files:
    """A signature taken from another document of the same signer."""
    seal = make_seal(world)
    other = sealed(world, {**sample_files(), PAGE: xml("Page", "<ofd:Other/>")}, seal=seal)
    return sealed(world, sample_files(), seal=seal) | {VALUE: other[VALUE]}


def _omitting(world: PkiWorld) -> Files:
    """References cut out of Signature.xml, which was signed with them."""
    files = sealed(world, sample_files())
    cut = references(files, everything(files)[1:])
    return {**files, SIGNATURE: sealed(world, sample_files(), listed=cut)[SIGNATURE]}


REFUSED: dict[str, tuple[Callable[[PkiWorld], Files], Code]] = {
    "a page changed": (_tampered(PAGE), ErrorCode.OFD_DIGEST),
    "the entry point changed": (_tampered("OFD.xml"), ErrorCode.OFD_DIGEST),
    "a protected file gone": (
        lambda world: {k: v for k, v in sealed(world, sample_files()).items() if k != PAGE},
        ErrorCode.OFD_DIGEST,
    ),
    "no references": (
        lambda world: sealed(world, sample_files(), listed='<ofd:References CheckMethod="SM3"/>'),
        ErrorCode.OFD_DIGEST,
    ),
    "a digest cut short": (
        lambda world: sealed(
            world,
            sample_files(),
            listed='<ofd:References CheckMethod="SM3"><ofd:Reference FileRef="/OFD.xml"><ofd:CheckValue>AAAA</ofd:CheckValue>'
            "</ofd:Reference></ofd:References>",
        ),
        ErrorCode.OFD_DIGEST,
    ),
    "no check method": (lambda world: sealed(world, sample_files(), check_method=""), ErrorCode.ALGORITHM_WEAK),
    "md5": (lambda world: sealed(world, sample_files(), check_method="MD5"), ErrorCode.ALGORITHM_WEAK),
    "sha-1 by its name": (lambda world: sealed(world, sample_files(), check_method="SHA-1"), ErrorCode.ALGORITHM_WEAK),
    "sha-1": (lambda world: sealed(world, sample_files(), check_method="1.3.14.3.2.26"), ErrorCode.ALGORITHM_WEAK),
    "an unknown digest": (
        lambda world: sealed(world, sample_files(), check_method="1.2.3"),
        ErrorCode.ALGORITHM_UNKNOWN,
    ),
    "no signed value": (_value(b""), ErrorCode.OFD_SIGNATURE_FORM),
    "no signed value but text": (_value(b"signed"), ErrorCode.OFD_SIGNATURE_FORM),
    "an empty sequence": (_value(b"\x30\x00"), ErrorCode.OFD_SIGNATURE_FORM),
    "a sequence of texts": (_value(b"\x30\x03\x0c\x01a"), ErrorCode.OFD_SIGNATURE_FORM),
    "truncated": (
        lambda world: (files := sealed(world, sample_files())) | {VALUE: files[VALUE][:-9]},
        ErrorCode.OFD_SIGNATURE_FORM,
    ),
    "octets after the value": (
        lambda world: (files := sealed(world, sample_files())) | {VALUE: files[VALUE] + b"\0"},
        ErrorCode.DER_MALFORMED,
    ),
    "a bare signature value": (lambda world: signed(world, sample_files(), value=bare), ErrorCode.OFD_SIGNER_UNKNOWN),
    "description changed": (_tampered(SIGNATURE), ErrorCode.CMS_DIGEST_MISMATCH),
    "references omitted": (_omitting, ErrorCode.CMS_DIGEST_MISMATCH),
    "taken from elsewhere": (_elsewhere, ErrorCode.CMS_DIGEST_MISMATCH),
    "message over other content": (
        lambda world: signed(world, sample_files(), value=lambda w, _: attached_whole(w, b"other")),
        ErrorCode.CMS_DIGEST_MISMATCH,
    ),
    "detached over other content": (
        lambda world: signed(world, sample_files(), value=lambda w, _: detached(w, b"other")),
        ErrorCode.CMS_DIGEST_MISMATCH,
    ),
    "two signers": (lambda world: signed(world, sample_files(), value=_twice), ErrorCode.OFD_SIGNATURE_FORM),
    "property of another file": (
        lambda world: sealed(world, sample_files(), signature={"property_info": "/Doc_0/Document.xml"}),
        ErrorCode.OFD_PROPERTY,
    ),
    "property of another file by backslash": (
        lambda world: sealed(world, sample_files(), signature={"property_info": "Doc_0\\Document.xml"}),
        ErrorCode.OFD_PROPERTY,
    ),
    "another seal shown": (
        lambda world: sealed(world, sample_files(), esl=make_seal(world)),
        ErrorCode.OFD_SEAL_DIFFERS,
    ),
    "octets after the seal": (
        lambda world: sealed(world, sample_files(), seal=(seal := make_seal(world)), esl=seal + b"\0"),
        ErrorCode.OFD_SEAL_DIFFERS,
    ),
    "a seal shown beside a message": (
        lambda world: signed(
            world,
            {**sample_files(), "Doc_0/Signs/Sign_0/Seal.esl": make_seal(world)},
            kind="Seal",
            seal="<ofd:Seal><ofd:BaseLoc>Seal.esl</ofd:BaseLoc></ofd:Seal>",
        ),
        ErrorCode.OFD_SEAL_DIFFERS,
    ),
    "the method of another key": (
        lambda world: sealed(world, sample_files(), signature_method="1.2.840.113549.1.1.11"),
        ErrorCode.ALGORITHM_MISMATCH,
    ),
    "a weak method": (
        lambda world: sealed(world, sample_files(), signature_method="1.2.840.113549.1.1.5"),
        ErrorCode.ALGORITHM_MISMATCH,
    ),
    "a signer whom the seal does not list": (
        lambda world: sealed(world, sample_files(), signature={"signer": world.tsa}),
        ErrorCode.SEAL_SIGNER,
    ),
    "a seal nobody made": (
        lambda world: sealed(world, sample_files(), seal=make_seal(world, signed_octets=b"x")),
        ErrorCode.SEAL_SIGNATURE,
    ),
    "a seal past its period": (
        lambda world: sealed(
            world, sample_files(), seal=make_seal(world, valid_until=world.clock.now() - timedelta(days=1))
        ),
        ErrorCode.SEAL_VALIDITY,
    ),
    "signed by another's key": (
        lambda world: sealed(world, sample_files(), signature={"certificate": world.tsa.der}),
        ErrorCode.SIGNATURE_WRONG,
    ),
}


@pytest.mark.parametrize("name", REFUSED)
def test_it_is_refused(world: PkiWorld, name: str) -> None:
    change, code = REFUSED[name]
    assert refusal(change(world)).code is code


def test_the_changed_files_are_named(world: PkiWorld) -> None:
    files = sealed(world, sample_files())
    error = refusal({**files, PAGE: b"<a/>", "Doc_0/PublicRes.xml": b"<b/>"})
    assert error.facts["count"] == 2
    assert f"/{PAGE}" in str(error.facts["files"])


@pytest.mark.parametrize(
    ("written", "algorithm"),
    [
        ("1.2.156.10197.1.401", DigestAlgorithm.SM3),
        ("sm3", DigestAlgorithm.SM3),
        ("1.2.156.10197.1.401.2", DigestAlgorithm.SM3),
        ("SHA-256", DigestAlgorithm.SHA256),
        ("2.16.840.1.101.3.4.2.1", DigestAlgorithm.SHA256),
    ],
)
def test_check_methods_of_real_files_are_known(written: str, algorithm: DigestAlgorithm) -> None:
    assert check_method(written)[0] is algorithm


def test_nobody_else_makes_an_intact_signature(world: PkiWorld) -> None:
    intact = verified(sealed(world, sample_files()))
    fields: dict[str, Any] = {
        name: getattr(intact, name) for name in intact.__dataclass_fields__ if name != "made_here"
    }
    with pytest.raises(TypeError):
        IntactOfdSignature(**fields, made_here=object())
