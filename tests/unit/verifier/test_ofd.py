"""OFD through the verification service: who signed what, what is left open, and what is never taken for unsigned."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from esign.ofd.model import OfdDeviation
from esign.seal.model import SealVersion
from tests.support.ofd_forge import (
    ANNOTATION,
    ATTACHMENT,
    LIST,
    NS,
    PAGE,
    TEMPLATE,
    announced,
    attached_digest,
    bare,
    changed,
    detached,
    everything,
    pack,
    sample_files,
    sealed,
    signed,
    xml,
)
from tests.support.pki import PkiWorld
from tests.support.ses import make_seal
from tests.unit.verifier import licences
from tests.unit.verifier.licences import IDENTIFIER, URI, Asked, found, metadata, status_token, told
from trustkit.crypto.digest import DigestAlgorithm
from trustkit.errors import ErrorCode
from trustkit.verdict import CheckId, CheckStatus, Indication, SubIndication, Verdict
from trustkit.x509.trust_store import TrustStore
from verifier.policy import OfdCoverage, ValidationPolicy

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.support.ofd_forge import Files
    from trustkit.error_family import Code

PASSED, FAILED, OPEN = Indication.TOTAL_PASSED, Indication.TOTAL_FAILED, Indication.INDETERMINATE
UNCOVERED = (OPEN, SubIndication.SIG_CONSTRAINTS_FAILURE)
_S = SubIndication


class Desk(licences.Desk):
    """A desk that has the issuing authority's certificate at hand, which seals do not bring."""

    def verify(self, data: bytes, *evidence: bytes, content: bytes | None = None) -> Verdict:
        return super().verify(data, self.world.issuing.der, *evidence, content=content)


@pytest.fixture(scope="module")
def world() -> PkiWorld:
    return PkiWorld()


@pytest.fixture(scope="module")
def unnamed() -> Files:
    """A document without licence metadata."""
    return sample_files(attachment=None)


def codes(verdict: Verdict) -> set[Code]:
    checks = [*verdict.checks, *(check for each in verdict.signatures for check in each.checks)]
    return {check.code for check in checks if check.code is not None}


@pytest.mark.parametrize("version", SealVersion)
def test_a_sealed_document_passes_and_says_who_sealed_what(
    world: PkiWorld, unnamed: Files, version: SealVersion
) -> None:
    files = sealed(world, unnamed, version=version)
    verdict = Desk(world).verify(pack(files))
    assert told(verdict) == (PASSED, None), verdict.signatures[0].checks
    (one,) = verdict.signatures
    assert verdict.format == "ofd"
    assert one.form == f"ofd-seal-v{int(version)}"
    assert world.signer.certificate.common_name in one.signer
    assert one.signed_at == world.clock.now()
    assert one.covers == f"{len(everything(files)) + 2} of the package's {len(files)} files: all that is shown"
    assert verdict.uncovered == ()
    assert {CheckId.SEAL, CheckId.SEAL_MAKER, CheckId.SEAL_SIGNER, CheckId.COVERAGE} <= {each.id for each in one.checks}


@pytest.mark.parametrize("shape", [detached, attached_digest])
def test_a_signed_document_passes(world: PkiWorld, unnamed: Files, shape: Callable[[PkiWorld, bytes], bytes]) -> None:
    verdict = Desk(world).verify(pack(signed(world, unnamed, value=shape)))
    assert told(verdict) == (PASSED, None)
    assert verdict.signatures[0].form == "ofd-sign-gbt35275"
    assert verdict.signatures[0].signed_at is not None


def test_the_directory_entries_of_other_writers_change_nothing(world: PkiWorld, unnamed: Files) -> None:
    files: Files = {"Doc_0/": b"", "Doc_0/Signs/": b""}
    assert told(Desk(world).verify(pack(files | sealed(world, unnamed)))) == (PASSED, None)


def test_without_an_anchor_nothing_passes(world: PkiWorld, unnamed: Files) -> None:
    verdict = Desk(world, anchors=TrustStore.none()).verify(pack(sealed(world, unnamed)))
    assert told(verdict) == (OPEN, _S.NO_CERTIFICATE_CHAIN_FOUND)


def test_a_revoked_signer_fails_and_a_wrong_key_usage_too(world: PkiWorld, unnamed: Files) -> None:
    def by(member: str) -> Verdict:
        someone = getattr(world, member)
        seal = make_seal(world, users=(someone.der,))
        return Desk(world).verify(pack(sealed(world, unnamed, seal=seal, signature={"signer": someone})))

    assert told(by("revoked")) == (FAILED, _S.REVOKED)
    assert told(by("encryption")) == (FAILED, _S.CHAIN_CONSTRAINTS_FAILURE)


def test_several_signatures_are_judged_each_for_itself(world: PkiWorld, unnamed: Files) -> None:
    files = signed(world, sealed(world, unnamed), number=1)
    verdict = Desk(world).verify(pack(files))
    assert told(verdict) == (PASSED, None)
    assert [each.form for each in verdict.signatures] == ["ofd-seal-v4", "ofd-sign-gbt35275"]
    broken = Desk(world).verify(pack({**files, "Doc_0/Signs/Sign_1/SignedValue.dat": b"\x30\x01x"}))
    assert [each.conclusion.indication for each in broken.signatures] == [PASSED, OPEN]
    other = Desk(world).verify(pack({**files, "Doc_0/Signs/Sign_1/SignedValue.dat": b"GIF89a"}))
    assert [each.conclusion.indication for each in other.signatures] == [
        OPEN,
        OPEN,
    ]  # a file that no signature is made of
    assert broken.conclusion.indication is OPEN


def test_a_list_that_was_signed_is_broken_by_the_next_signature(world: PkiWorld, unnamed: Files) -> None:
    files = announced(unnamed)
    files = {**files, LIST: xml("Signatures", '<ofd:Signature ID="1" BaseLoc="/Doc_0/Signs/Sign_0/Signature.xml"/>')}
    first = sealed(world, files, covered=[*everything(files), LIST])
    first[LIST] = files[LIST]
    assert told(Desk(world).verify(pack(first))) == (PASSED, None)
    verdict = Desk(world).verify(pack(signed(world, first, number=1)))
    assert [each.conclusion.indication for each in verdict.signatures] == [FAILED, PASSED]
    assert ErrorCode.OFD_DIGEST in codes(verdict)


CONTENT = [PAGE, TEMPLATE, ANNOTATION, "Doc_0/PublicRes.xml", "Doc_0/Document.xml", "Doc_0/Tags/CustomTag.xml"]


@pytest.mark.parametrize("name", CONTENT)
@pytest.mark.parametrize("coverage", OfdCoverage)
def test_content_that_is_left_out_never_passes(
    world: PkiWorld, unnamed: Files, name: str, coverage: OfdCoverage
) -> None:
    covered = [each for each in everything(unnamed) if each != name]
    desk = Desk(world, policy=ValidationPolicy(ofd_coverage=coverage))
    verdict = desk.verify(pack(sealed(world, unnamed, covered=covered)))
    assert told(verdict) == UNCOVERED
    assert codes(verdict) == {ErrorCode.OFD_COVERAGE}
    (line,) = verdict.uncovered
    assert line.startswith(f"{name} (signature 1; ")
    assert "could be" in line
    assert "可" in line


def test_an_entry_point_left_out_passes_only_where_the_policy_lets_it(world: PkiWorld, unnamed: Files) -> None:
    files = sealed(world, unnamed, covered=[each for each in everything(unnamed) if each != "OFD.xml"])
    strict = Desk(world).verify(pack(files))
    assert told(strict) == UNCOVERED
    assert strict.uncovered[0].startswith("OFD.xml (signature 1; entry-point): ")
    lenient = Desk(world, policy=ValidationPolicy(ofd_coverage=OfdCoverage.CONTENT)).verify(pack(files))
    assert told(lenient) == (PASSED, None)
    assert found(lenient, CheckId.COVERAGE).status is CheckStatus.WARNING
    assert lenient.uncovered == strict.uncovered


def test_what_the_same_signer_covers_elsewhere_counts(world: PkiWorld, unnamed: Files) -> None:
    first = sealed(
        world, unnamed, covered=[each for each in everything(unnamed) if each not in {"OFD.xml", ANNOTATION}]
    )
    verdict = Desk(world).verify(pack(signed(world, first, number=1)))
    assert told(verdict) == (PASSED, None)
    assert [line.partition(" ")[0] for line in verdict.uncovered] == ["OFD.xml", ANNOTATION]


def test_what_another_signer_covers_does_not(world: PkiWorld, unnamed: Files) -> None:
    """Somebody else who is trusted, too, lays an annotation over the page and signs all of it."""
    other = world.issue("another trusted signer")
    first = sealed(world, unnamed)
    more = {**first, ANNOTATION: b"<x/>"}
    assert told(Desk(world).verify(pack(more))) == (FAILED, _S.HASH_FAILURE)
    first = sealed(world, unnamed, covered=[each for each in everything(unnamed) if each != ANNOTATION])
    seal = make_seal(world, users=(other.der,))
    more = {**first, ANNOTATION: b"<x/>"}
    both = sealed(world, more, number=1, seal=seal, signature={"signer": other}, boundary="20 8 30 20")
    verdict = Desk(world).verify(pack(both))
    assert [each.conclusion.indication for each in verdict.signatures] == [OPEN, PASSED]
    assert told(verdict) == UNCOVERED


def test_a_signature_that_does_not_hold_covers_nothing(world: PkiWorld, unnamed: Files) -> None:
    first = sealed(world, unnamed, covered=[each for each in everything(unnamed) if each != ANNOTATION])
    forged = {**signed(world, first, number=1), "Doc_0/Signs/Sign_1/SignedValue.dat": b"x"}
    assert Desk(world).verify(pack(forged)).signatures[0].conclusion.indication is OPEN


def _not_announced(files: Files) -> Files:
    return changed(files, "OFD.xml", f"<ofd:Signatures>{LIST}</ofd:Signatures>", "")


HIDDEN: dict[str, Callable[[Files], Files]] = {
    "not announced": _not_announced,
    "list gone": lambda files: {name: data for name, data in files.items() if name != LIST},
    "list emptied": lambda files: {**files, LIST: xml("Signatures")},
    "list damaged": lambda files: {**files, LIST: b"<"},
    "folder renamed": lambda files: {
        name.replace("Signs/Sign_0", "Signs/Old"): data for name, data in _not_announced(files).items()
    },
    "other namespace": lambda files: changed(files, "OFD.xml", "ofd:Signatures", "ofd:Signature"),
    "copied beside": lambda files: {
        **files,
        "Doc_0/Signs/Sign_7/SignedValue.dat": files["Doc_0/Signs/Sign_0/SignedValue.dat"],
    },
}


@pytest.mark.parametrize("name", HIDDEN)
def test_a_signature_no_list_leads_to_is_never_taken_for_none(world: PkiWorld, unnamed: Files, name: str) -> None:
    covered = [each for each in everything(unnamed) if each != "OFD.xml"]
    verdict = Desk(world).verify(pack(HIDDEN[name](sealed(world, unnamed, covered=covered))))
    assert verdict.conclusion.indication is OPEN
    assert ErrorCode.OFD_SIGNATURE_LIST in codes(verdict)
    assert SubIndication.NOT_SIGNED not in {check.sub_indication for check in verdict.checks}


def test_a_namespace_without_its_year_does_not_hide_signatures(world: PkiWorld, unnamed: Files) -> None:
    files = sealed(world, changed(announced(unnamed), "OFD.xml", NS, "http://www.ofdspec.org"))
    verdict = Desk(world).verify(pack(files))
    assert told(verdict) == (PASSED, None)
    assert OfdDeviation.NAMESPACE in {check.detail for check in verdict.checks}


def test_a_document_nobody_signed_says_so(world: PkiWorld, unnamed: Files) -> None:
    verdict = Desk(world).verify(pack(unnamed))
    assert told(verdict) == (OPEN, _S.NOT_SIGNED)
    assert verdict.signatures == ()


REFUSED: dict[str, tuple[Callable[[PkiWorld, Files], Files], tuple[Indication, SubIndication], Code]] = {
    "page changed": (
        lambda world, files: sealed(world, files) | {PAGE: b"<x/>"},
        (FAILED, _S.HASH_FAILURE),
        ErrorCode.OFD_DIGEST,
    ),
    "md5 by default": (
        lambda world, files: sealed(world, files, check_method=""),
        (OPEN, _S.CRYPTO_CONSTRAINTS_FAILURE),
        ErrorCode.ALGORITHM_WEAK,
    ),
    "bare value": (
        lambda world, files: signed(world, files, value=bare),
        (OPEN, _S.NO_SIGNING_CERTIFICATE_FOUND),
        ErrorCode.OFD_SIGNER_UNKNOWN,
    ),
    "seal picture swapped": (
        lambda world, files: sealed(world, files, esl=make_seal(world)),
        (FAILED, _S.SIG_CONSTRAINTS_FAILURE),
        ErrorCode.OFD_SEAL_DIFFERS,
    ),
    "description gone": (
        lambda world, files: {
            name: data for name, data in sealed(world, files).items() if not name.endswith("/Signature.xml")
        },
        (FAILED, _S.FORMAT_FAILURE),
        ErrorCode.OFD_MISSING,
    ),
    "unknown form": (
        lambda world, files: sealed(world, files) | {"Doc_0/Signs/Sign_0/SignedValue.dat": b"\x04\x01x"},
        (OPEN, _S.FORMAT_NOT_SUPPORTED),
        ErrorCode.OFD_SIGNATURE_FORM,
    ),
    "transplanted property": (
        lambda world, files: sealed(world, files, signature={"property_info": "/Doc_0/Document.xml"}),
        (FAILED, _S.SIG_CONSTRAINTS_FAILURE),
        ErrorCode.OFD_PROPERTY,
    ),
}


@pytest.mark.parametrize("name", REFUSED)
def test_it_is_refused(world: PkiWorld, unnamed: Files, name: str) -> None:
    change, verdict, code = REFUSED[name]
    judged = Desk(world).verify(pack(change(world, unnamed)))
    assert told(judged) == verdict
    assert code in codes(judged)
    assert len(judged.signatures) == 1


def test_a_package_that_cannot_be_read_fails_with_its_reason(world: PkiWorld, unnamed: Files) -> None:
    data = pack(sealed(world, unnamed))
    verdict = Desk(world).verify(data[:-30])
    assert told(verdict) == (FAILED, _S.FORMAT_FAILURE)
    assert codes(verdict) == {ErrorCode.OFD_ZIP}
    assert verdict.format == "ofd"


def test_the_digest_of_the_files_is_the_policys_matter_too(world: PkiWorld, unnamed: Files) -> None:
    policy = ValidationPolicy(digests=frozenset({DigestAlgorithm.SHA256}))
    verdict = Desk(world, policy=policy).verify(pack(sealed(world, unnamed)))
    assert told(verdict) == (OPEN, _S.CRYPTO_CONSTRAINTS_FAILURE)


@pytest.mark.parametrize(
    ("status", "expected", "word"),
    [
        (0, (PASSED, None), "valid"),
        (1, (FAILED, _S.LICENCE_REVOKED), "revoked"),
        (2, (OPEN, _S.LICENCE_SUSPENDED), "suspended"),
    ],
)
def test_a_licence_has_the_status_its_list_says(
    world: PkiWorld, status: int, expected: tuple[Indication, SubIndication | None], word: str
) -> None:
    data = pack(sealed(world, sample_files(attachment=metadata())))
    verdict = Desk(world).verify(data, status_token(world, status=status))
    assert told(verdict) == expected
    assert dict(verdict.subject)["licence.identifier"] == IDENTIFIER
    assert dict(verdict.subject)["licence.status"] == word


def test_a_licence_without_its_list_is_in_doubt(world: PkiWorld) -> None:
    data = pack(sealed(world, sample_files(attachment=metadata())))
    assert told(Desk(world).verify(data)) == (OPEN, _S.LICENCE_STATUS_UNKNOWN)


@pytest.mark.parametrize("name", [ATTACHMENT, "Doc_0/Attachs/Attachments.xml"])
def test_metadata_nobody_signed_are_in_doubt(world: PkiWorld, name: str) -> None:
    files = sample_files(attachment=metadata())
    data = pack(sealed(world, files, covered=[each for each in everything(files) if each != name]))
    verdict = Desk(world).verify(data, status_token(world))
    assert verdict.conclusion.indication is OPEN
    assert found(verdict, CheckId.LICENCE_STATUS).status is CheckStatus.UNKNOWN


def _twice(files: Files) -> Files:
    more = '<ofd:Attachment ID="2" Name="licence.json"><ofd:FileLoc>other.json</ofd:FileLoc></ofd:Attachment>'
    files = changed(files, "Doc_0/Attachs/Attachments.xml", "</ofd:Attachments>", f"{more}</ofd:Attachments>")
    return files | {"Doc_0/Attachs/other.json": b"{}"}


DOUBTED: dict[str, Callable[[Files], Files]] = {
    "two of them": _twice,
    "file gone": lambda files: {name: data for name, data in files.items() if name != ATTACHMENT},
    "list gone": lambda files: {name: data for name, data in files.items() if "Attachments" not in name},
    "too large": lambda files: {**files, ATTACHMENT: metadata(x="y" * 300_000)},
    "no json": lambda files: {**files, ATTACHMENT: b"{"},
}


@pytest.mark.parametrize("name", DOUBTED)
def test_a_licence_that_cannot_be_read_is_in_doubt(world: PkiWorld, name: str) -> None:
    files = DOUBTED[name](sample_files(attachment=metadata()))
    verdict = Desk(world).verify(pack(sealed(world, files)), status_token(world))
    assert told(verdict) == (OPEN, _S.LICENCE_STATUS_UNKNOWN)


@pytest.mark.parametrize("trusted", [True, False])
def test_a_status_list_is_fetched_for_a_trusted_signer_only(world: PkiWorld, trusted: bool) -> None:  # noqa: FBT001
    asked = Asked()
    data = pack(signed(world, sample_files(attachment=metadata())))
    anchors = world.anchors if trusted else TrustStore.none()
    Desk(world, fetcher=asked, anchors=anchors).verify(data)  # type: ignore[arg-type]
    assert (URI in asked.urls) is trusted


def test_the_seal_past_its_period_is_in_doubt_without_a_stamp(world: PkiWorld, unnamed: Files) -> None:
    seal = make_seal(world, valid_until=world.clock.now() + timedelta(minutes=1))
    verdict = Desk(world).verify(pack(sealed(world, unnamed, seal=seal)))
    assert told(verdict) == (OPEN, _S.OUT_OF_BOUNDS_NO_POE)
