"""Archive time stamps: what they keep good when certificates, authorities and algorithms have ended, and what they do not."""

# pyHanko ships its types with gaps:
# mypy: allow-untyped-calls

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta
from functools import cached_property, partial
from typing import TYPE_CHECKING

import pytest
from pyhanko.pdf_utils import generic

from esign.pdf.read import read_pdf
from tests.support.pki import CA_USAGE, PkiWorld
from tests.support.signed_pdf import add_document_stamp, add_evidence, sign_sample, update
from tests.unit.verifier.licences import Desk, found, page, told
from trustkit.cms.model import Dialect
from trustkit.cms.sign import sign_message
from trustkit.crypto.algorithm_policy import AfterSunset, AlgorithmPolicy, AlgorithmUse, SuiteRule
from trustkit.crypto.digest import DigestAlgorithm, digest
from trustkit.crypto.public_key import KeyKind
from trustkit.crypto.suites import SignatureSuite
from trustkit.timestamp.sign import make_token
from trustkit.verdict import CheckId, Indication, SubIndication
from trustkit.x509.reason import RevocationReason
from trustkit.x509.trust_store import TrustStore
from verifier.judgement.archive import judge_archive
from verifier.judgement.context import Context
from verifier.material import Evidence
from verifier.policy import Need, ValidationPolicy

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter

    from tests.support.pki import Member

PASSED, FAILED, OPEN = Indication.TOTAL_PASSED, Indication.TOTAL_FAILED, Indication.INDETERMINATE
START = PkiWorld.START
DAY = timedelta(days=1)
BRANCH_ENDS = START + 200 * DAY  # of the authority that certified signer and first time-stamp authority
TSA_ENDS = START + 100 * DAY
LATE = START + 300 * DAY
_SUB = SubIndication


class Branches(PkiWorld):
    """Signer and first time-stamp authority under an authority that ends; a second one under the world's usual authority."""

    @cached_property
    def ending(self) -> Member:
        return self.issue("到期CA", issuer=self.root, ca=True, path_length=0, usage=CA_USAGE, not_after=BRANCH_ENDS)

    @cached_property
    def signer(self) -> Member:
        return self.issue("短期签名人", issuer=self.ending, not_after=TSA_ENDS)

    @cached_property
    def tsa(self) -> Member:
        return self.stamper_under(self.ending, TSA_ENDS)

    @cached_property
    def lasting_tsa(self) -> Member:
        return self.stamper_under(self.issuing, None)

    def stamper_under(self, issuer: Member, until: datetime | None) -> Member:
        usage, purposes = ("digitalSignature",), ("timeStamping",)
        return self.issue("时间戳", issuer=issuer, usage=usage, purposes=purposes, not_after=until)

    def list_of(self, issuer: Member, at: datetime, revoked: dict[Member, RevocationReason] | None = None) -> bytes:
        """Return a list of that day, good for a week."""
        return self.crl(issuer=issuer, revoked=revoked or {}, this_update=at, next_update=at + 7 * DAY).der

    def stamp(self, signature: bytes) -> bytes:
        return self.stamp_by(self.tsa, self.ending, signature)

    def stamp_by(self, authority: Member, issuer: Member, signature: bytes) -> bytes:
        return make_token(
            imprint=digest(DigestAlgorithm.SM3, signature),
            imprint_algorithm=DigestAlgorithm.SM3,
            serial=1,
            gen_time=START,
            policy="1.2.3.4",
            signer=authority.signer,
            certificate=authority.certificate,
            chain=(issuer.certificate,),
        )


@pytest.fixture(scope="module")
def world() -> Branches:
    return Branches()


@pytest.fixture(scope="module")
def signed(world: Branches, tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """A page signed and stamped at START, with the lists of that day inside (B-LT)."""
    return sign_sample(
        world,
        page(tmp_path_factory.mktemp("plain"), name="notes.json"),
        chain=(world.ending.certificate,),
        evidence_certificates=(world.root.der, world.issuing.der, world.ending.der, world.tsa.der),
        crls=(world.list_of(world.ending, START - DAY), world.list_of(world.root, START - DAY)),
        timestamp=world.stamp,
    )


def kept_on(world: Branches, octets: bytes, at: datetime, *, by: Member | None = None, name: str = "A1") -> bytes:
    """Return the file with the lists of that day and an archive time stamp over them, as a renewal adds them."""
    fresh = (world.list_of(world.ending, at - DAY), world.list_of(world.root, at - DAY))
    return stamped_on(world, add_evidence(octets, *fresh), at, by=by, name=name)


def stamped_on(world: Branches, octets: bytes, at: datetime, *, by: Member | None = None, name: str = "A1") -> bytes:
    """Return the file with an archive time stamp of that day and nothing else."""
    return add_document_stamp(world, octets, name=name, by=by or world.lasting_tsa, at=at)


def current(world: Branches, at: datetime) -> tuple[bytes, ...]:
    """Return the lists that the authorities still at work publish at a time, and the certificate of one."""
    return (world.issuing.der, *(world.list_of(each, at - DAY) for each in (world.issuing, world.root)))


def judged(world: Branches, octets: bytes, at: datetime, *more: bytes, policy: ValidationPolicy | None = None) -> tuple[
    Indication, SubIndication | None
]:  # fmt: skip
    desk = Desk(world, at=at, lists=False, policy=policy or ValidationPolicy())
    return told(desk.verify(octets, *current(world, at), *more))


def test_without_an_archive_stamp_it_lasts_as_long_as_its_time_stamp_authority(world: Branches, signed: bytes) -> None:
    assert judged(world, signed, START + DAY) == (PASSED, None)
    assert judged(world, signed, TSA_ENDS + DAY) == (OPEN, _SUB.OUT_OF_BOUNDS_NO_POE)


def test_an_archive_stamp_made_in_time_keeps_it(world: Branches, signed: bytes) -> None:
    kept = kept_on(world, signed, START + 50 * DAY)
    for at in (START + 60 * DAY, TSA_ENDS + DAY, LATE):
        assert judged(world, kept, at) == (PASSED, None)
    verdict = Desk(world, at=LATE, lists=False).verify(kept, *current(world, LATE))
    first, archive = verdict.signatures
    assert (first.signed_at, first.time_proved) == (START, True)  # its own stamp's time, not the archive's
    assert (archive.form, archive.signed_at) == ("rfc3161", START + 50 * DAY)


def test_an_archive_stamp_made_too_late_does_not(world: Branches, signed: bytes) -> None:
    """The first authority had ended; nothing shows that its stamp is older than that."""
    late = kept_on(world, signed, TSA_ENDS + DAY)
    assert judged(world, late, LATE)[0] is OPEN


def test_a_chain_of_archive_stamps(world: Branches, signed: bytes) -> None:
    """The first archive stamp is by an authority that ends too; the second one, made before, keeps both."""
    short = world.stamper_under(world.ending, BRANCH_ENDS)
    first = kept_on(world, signed, START + 90 * DAY, by=short)
    assert judged(world, kept_on(world, first, START + 150 * DAY, name="A2"), LATE) == (PASSED, None)
    assert judged(world, kept_on(world, first, BRANCH_ENDS + DAY, name="A2"), LATE)[0] is OPEN
    assert judged(world, stamped_on(world, first, START + 150 * DAY, name="A2"), LATE)[0] is OPEN  # without new lists
    assert judged(world, first, LATE)[0] is OPEN


def test_a_list_of_an_authority_that_ended_must_be_under_the_stamp(world: Branches, tmp_path: Path) -> None:
    plain = page(tmp_path, name="notes.json")
    bare = sign_sample(
        world, plain, chain=(world.ending.certificate,), crls=(), timestamp=world.stamp, certification=None
    )
    lists = (world.list_of(world.ending, START - DAY), world.list_of(world.root, START - DAY))
    unproved = (OPEN, _SUB.REVOCATION_OUT_OF_BOUNDS_NO_POE)
    under = stamped_on(world, add_evidence(bare, *lists), START + 2 * DAY)
    assert judged(world, under, LATE) == (PASSED, None)
    stamped = stamped_on(world, bare, START + 2 * DAY)
    after = add_evidence(stamped, *lists)
    assert judged(world, after, START + 60 * DAY) == (PASSED, None)  # whoever signed them still counts
    assert judged(world, after, LATE) == unproved
    assert judged(world, stamped, LATE, *lists) == unproved
    too_late = stamped_on(world, after, BRANCH_ENDS + DAY, name="A2")
    assert judged(world, too_late, LATE) == unproved


def test_a_key_that_leaked_later_cannot_clear_a_revoked_signer(world: Branches, tmp_path: Path) -> None:
    """The signer was revoked before signing; with the authority's stolen key a list is made that says nothing of it."""
    plain = page(tmp_path, name="notes.json")
    elsewhere = partial(world.stamp_by, world.lasting_tsa, world.issuing)
    bare = sign_sample(world, plain, chain=(world.ending.certificate,), crls=(), timestamp=elsewhere)
    forged = world.crl(issuer=world.ending, revoked={}, this_update=START + DAY, next_update=START + 8 * DAY).der
    stolen = {world.ending: RevocationReason.CA_COMPROMISE}
    told_later = world.crl(
        issuer=world.root,
        revoked=stolen,
        revoked_at=START + 20 * DAY,
        this_update=START + 29 * DAY,
        next_update=START + 36 * DAY,
    ).der
    at = START + 30 * DAY
    found_ = told(Desk(world, at=at, lists=False).verify(bare, forged, told_later, world.list_of(world.issuing, at)))
    assert found_ == (OPEN, _SUB.REVOCATION_OUT_OF_BOUNDS_NO_POE)
    honest = world.list_of(world.ending, START - DAY, {world.signer: RevocationReason.KEY_COMPROMISE})
    kept = stamped_on(world, add_evidence(bare, honest), START + 2 * DAY)
    found_ = told(Desk(world, at=at, lists=False).verify(kept, forged, told_later, world.list_of(world.issuing, at)))
    assert found_[0] is FAILED


@pytest.mark.parametrize("end", ["revoked", "expired"])
def test_a_signer_of_lists_made_with_a_key_that_leaked_clears_nobody(world: Branches, tmp_path: Path, end: str) -> None:
    """With the stolen key of an authority a certificate is made for its own name and another key, which lasts and signs the list."""
    elsewhere = partial(world.stamp_by, world.lasting_tsa, world.issuing)
    bare = sign_sample(
        world, page(tmp_path, name="notes.json"), chain=(world.ending.certificate,), crls=(), timestamp=elsewhere
    )
    minted = world.issue(
        "到期CA", issuer=world.ending, usage=("cRLSign",), subject_der=world.ending.certificate.subject_der
    )
    forged = world.crl(issuer=minted, revoked={}, this_update=START + DAY, next_update=START + 8 * DAY).der
    clean = world.crl(issuer=world.ending, revoked={}, this_update=START + DAY, next_update=START + 8 * DAY).der
    at = START + 30 * DAY if end == "revoked" else LATE
    stolen = {world.ending: RevocationReason.CA_COMPROMISE} if end == "revoked" else {}
    told_later = world.crl(
        issuer=world.root, revoked=stolen, revoked_at=START + 20 * DAY, this_update=at - DAY, next_update=at + 7 * DAY
    ).der
    lists = (told_later, world.list_of(world.root, START - DAY), world.list_of(world.issuing, at - DAY))
    evidence = (forged, minted.der, world.issuing.der, *lists)
    assert told(Desk(world, at=at, lists=False).verify(bare, *evidence))[0] is OPEN
    kept = stamped_on(world, add_evidence(bare, clean), START + 2 * DAY)
    assert told(Desk(world, at=at, lists=False).verify(kept, *evidence)) == (PASSED, None)


@pytest.mark.parametrize(("suspected", "expected"), [(5, OPEN), (15, PASSED)], ids=["before", "after"])
def test_a_list_must_be_older_than_the_compromise_and_not_only_than_the_revocation(
    world: Branches, tmp_path: Path, suspected: int, expected: Indication
) -> None:
    """The list is proved to have existed on the tenth day; the authority, revoked on the twentieth, tells since when its key is lost."""
    elsewhere = partial(world.stamp_by, world.lasting_tsa, world.issuing)
    plain = page(tmp_path, name="notes.json")
    bare = sign_sample(world, plain, chain=(world.ending.certificate,), crls=(), timestamp=elsewhere)
    clean = world.crl(issuer=world.ending, revoked={}, this_update=START + DAY, next_update=START + 8 * DAY).der
    kept = stamped_on(world, add_evidence(bare, clean), START + 10 * DAY)
    at = START + 30 * DAY
    told_later = world.crl(
        issuer=world.root,
        revoked={world.ending: RevocationReason.CA_COMPROMISE},
        revoked_at=START + 20 * DAY,
        suspected=START + suspected * DAY,
        this_update=at - DAY,
        next_update=at + 7 * DAY,
    ).der
    verdict = Desk(world, at=at, lists=False).verify(kept, told_later, world.list_of(world.issuing, at - DAY))
    assert told(verdict)[0] is expected


def test_a_revoked_signer_fails_under_an_archive_stamp_too(world: Branches, signed: bytes) -> None:
    revoking = world.list_of(world.ending, START + 2 * DAY, {world.signer: RevocationReason.KEY_COMPROMISE})
    kept = stamped_on(world, add_evidence(signed, revoking), START + 3 * DAY)
    assert judged(world, kept, LATE) == (FAILED, _SUB.REVOKED)


@pytest.mark.parametrize(
    ("made", "expected"), [(10, PASSED), (45, OPEN), (None, OPEN)], ids=["before", "after", "none"]
)
def test_an_algorithm_past_its_day(world: Branches, signed: bytes, made: int | None, expected: Indication) -> None:
    """SM2 ends on 2026-12-31; a stamp by another algorithm, made before, keeps signature and time stamp."""
    other = PkiWorld(kind=KeyKind.EC_P256)
    rule = SuiteRule(
        suites=frozenset({SignatureSuite.SM2_SM3}),
        uses=frozenset(AlgorithmUse),
        make_until=date(2026, 12, 31),
        believe_until=date(2026, 12, 31),
        after=AfterSunset.NEEDS_PROOF,
    )
    policy = replace(ValidationPolicy(), algorithms=AlgorithmPolicy(suites=(rule,), digest="ab" * 32))
    kept = signed if made is None else kept_on(world, signed, START + made * DAY, by=other.tsa)
    at = START + 60 * DAY
    lists = tuple(
        other.crl(issuer=each, revoked={}, this_update=at - DAY, next_update=at + DAY).der
        for each in (other.root, other.issuing)
    )
    anchors = TrustStore(anchors=(*world.anchors.anchors, *other.anchors.anchors))
    desk = Desk(world, at=at, lists=False, policy=policy, anchors=anchors)
    verdict = desk.verify(kept, *current(world, at), other.issuing.der, *lists)
    assert verdict.signatures[0].conclusion.indication is expected
    assert told(verdict)[0] is expected


def test_a_stamp_over_other_octets_proves_nothing(world: Branches, signed: bytes) -> None:
    wrong = add_document_stamp(
        world, signed, name="A1", over=b"other octets", by=world.lasting_tsa, at=START + 50 * DAY
    )
    assert judged(world, wrong, LATE) == (FAILED, _SUB.HASH_FAILURE)
    verdict = Desk(world, at=LATE, lists=False).verify(wrong, *current(world, LATE))
    assert verdict.signatures[0].conclusion.indication is OPEN


def test_a_time_stamp_later_than_the_one_over_it_is_out_of_order(world: Branches, signed: bytes) -> None:
    early = stamped_on(world, signed, START - DAY)
    verdict = Desk(world, at=START + DAY, lists=False).verify(early, *current(world, START + DAY))
    stamp = found(verdict, CheckId.TIMESTAMP)
    assert _SUB.TIMESTAMP_ORDER_FAILURE.value in stamp.detail


def test_an_archive_stamp_dates_a_signature_that_has_none(world: Branches, tmp_path: Path) -> None:
    bare = sign_sample(
        world,
        page(tmp_path, name="notes.json"),
        chain=(world.ending.certificate,),
        crls=(world.list_of(world.ending, START - DAY), world.list_of(world.root, START - DAY)),
        timestamp=None,
    )
    kept = stamped_on(world, bare, START + 2 * DAY)
    assert judged(world, kept, LATE) == (PASSED, None)
    verdict = Desk(world, at=LATE, lists=False).verify(kept, *current(world, LATE))
    assert verdict.signatures[0].signed_at == START + 2 * DAY


def _stranger(_: Branches) -> Member:
    return PkiWorld().tsa


def _ended(world: Branches) -> Member:
    return world.stamper_under(world.issuing, START + 60 * DAY)


UNTRUSTED: dict[str, Callable[[Branches], Member]] = {"no anchor": _stranger, "ended since": _ended}


@pytest.mark.parametrize("name", UNTRUSTED)
def test_a_stamp_by_nobody_trusted_proves_nothing(world: Branches, signed: bytes, name: str) -> None:
    kept = stamped_on(world, signed, START + 50 * DAY, by=UNTRUSTED[name](world))
    assert judged(world, kept, LATE)[0] is not PASSED
    verdict = Desk(world, at=LATE, lists=False).verify(kept, *current(world, LATE))
    assert verdict.signatures[0].time_proved is False


def test_a_list_is_not_older_for_a_byte_range_that_says_so(world: Branches, tmp_path: Path) -> None:
    """A signature added after the stamp holds a list, and claims to lie before the stamp."""
    plain = page(tmp_path, name="notes.json")
    bare = sign_sample(
        world, plain, chain=(world.ending.certificate,), crls=(), timestamp=world.stamp, certification=None
    )
    stamped = stamped_on(world, bare, START + 2 * DAY)
    late = world.list_of(world.ending, START - DAY)
    message = sign_message(
        content=b"x",
        signer=world.signer.signer,
        certificate=world.signer.certificate,
        dialect=Dialect.RFC5652,
        detached=False,
        crls=(late,),
    )

    def lie(writer: IncrementalPdfFileWriter) -> None:
        value = generic.DictionaryObject(
            {
                generic.pdf_name("/Type"): generic.pdf_name("/Sig"),
                generic.pdf_name("/Filter"): generic.pdf_name("/Adobe.PPKLite"),
                generic.pdf_name("/SubFilter"): generic.pdf_name("/ETSI.CAdES.detached"),
                generic.pdf_name("/ByteRange"): generic.ArrayObject(generic.NumberObject(n) for n in (0, 10, 20, 30)),
                generic.pdf_name("/Contents"): generic.ByteStringObject(message),
            }
        )
        fields = writer.root["/AcroForm"]["/Fields"]
        field = generic.DictionaryObject(
            {
                generic.pdf_name("/FT"): generic.pdf_name("/Sig"),
                generic.pdf_name("/T"): generic.pdf_string("Lie"),
                generic.pdf_name("/V"): writer.add_object(value),
            }
        )
        fields.append(writer.add_object(field))
        writer.update_container(fields)

    lying = read_pdf(update(stamped, lie))
    context = Context(
        evidence=Evidence(certificates=(world.issuing.certificate,)),
        anchors=world.anchors,
        policy=ValidationPolicy(revocation=Need.OPTIONAL),
        at=START + 3 * DAY,
    )
    archive = judge_archive(context, lying)
    assert archive.since(1) == START + 2 * DAY  # the stamp itself is believed
    assert late not in archive.informed(context).existed
