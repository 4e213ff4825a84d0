"""What of the evidence at hand is kept with a document, and what is not."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from esign.pdf.read import read_pdf
from tests.support.pki import CA_USAGE, PkiWorld
from tests.support.signed_pdf import sign_sample, stamper
from tests.unit.verifier.licences import page
from trustkit.clock import FixedClock
from trustkit.x509.trust_store import TrustStore
from verifier.judgement.validation_material import material_of_pdf
from verifier.policy import ValidationPolicy
from verifier.service import VerificationService
from verifier.submission import Submission

if TYPE_CHECKING:
    from verifier.judgement.context import Context
    from verifier.material import Embedded

START = PkiWorld.START
DAY = timedelta(days=1)
NOW = START + 2 * DAY


@pytest.fixture(scope="module")
def world() -> PkiWorld:
    return PkiWorld()


@pytest.fixture(scope="module")
def signed(world: PkiWorld, tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """Signed and stamped with nothing inside but the signature's own certificates (B-T)."""
    plain = page(tmp_path_factory.mktemp("plain"), name="notes.json")
    return sign_sample(world, plain, evidence_certificates=(), crls=(), timestamp=stamper(world))


def context_of(world: PkiWorld, octets: bytes, *evidence: bytes, at: datetime = NOW) -> Context:
    service = VerificationService(
        anchors=world.anchors, policy=ValidationPolicy(), publications=None, fetcher=None, clock=FixedClock(at)
    )
    found = service.examine(Submission(name="x", data=octets, evidence=evidence)).context
    assert found is not None
    return found


def kept(world: PkiWorld, octets: bytes, *evidence: bytes, at: datetime = NOW) -> Embedded:
    return material_of_pdf(context_of(world, octets, *evidence, at=at), read_pdf(octets))


def made(world: PkiWorld, days: int, **changes: object) -> bytes:
    at = START + days * DAY
    return world.crl(this_update=at, next_update=at + 7 * DAY, **changes).der  # type: ignore[arg-type]


def test_paths_of_signer_and_authority_and_the_newest_list_of_each_issuer(world: PkiWorld, signed: bytes) -> None:
    old, new, root = made(world, 0), made(world, 1, number=2), made(world, 1, issuer=world.root)
    found = kept(world, signed, old, new, root)
    assert set(found.crls) == {new, root}
    everyone = (world.signer, world.tsa, world.issuing, world.root)
    assert set(found.certificates) == {each.der for each in everyone}
    assert found.ocsp_responses == ()


def test_nothing_of_anybody_else(world: PkiWorld, signed: bytes) -> None:
    other = PkiWorld(organisation="他处")
    sibling = world.issue("旁支CA", issuer=world.root, ca=True, path_length=0, usage=CA_USAGE)
    foreign = (
        other.crl().der,
        other.root.der,
        other.issuing.der,
        sibling.der,
        world.crl(issuer=sibling, revoked={}).der,
    )
    found = kept(world, signed, *foreign, made(world, 1))
    assert not set(found.crls) & set(foreign)
    assert not set(found.certificates) & set(foreign)


def test_a_list_that_nobody_may_have_signed_is_passed_over_for_an_older_one(world: PkiWorld, signed: bytes) -> None:
    good = made(world, 0)
    forged = made(world, 1, number=9, signer=PkiWorld().issuing.signer)
    later = made(world, 5, number=10)
    assert set(kept(world, signed, good, forged, later).crls) == {good}


def test_of_a_signer_that_has_ended_the_last_list_before_that_is_kept_too(world: PkiWorld, signed: bytes) -> None:
    ends = world.signer.certificate.not_after
    days = (ends - START).days
    before, after = made(world, days - 1, number=2), made(world, days + 1, number=3)
    found = kept(world, signed, made(world, 0), before, after, at=ends + 2 * DAY)
    assert set(found.crls) == {before, after}


def test_it_suffices(world: PkiWorld, signed: bytes) -> None:
    """With what was chosen, and nothing else, the verdict is the same."""
    evidence = (made(world, 1), made(world, 1, issuer=world.root))
    found = kept(world, signed, *evidence, PkiWorld(organisation="他处").crl().der)
    service = VerificationService(
        anchors=world.anchors, policy=ValidationPolicy(), publications=None, fetcher=None, clock=FixedClock(NOW)
    )
    alone = service.judge(Submission(name="x", data=signed))
    assert alone.conclusion.indication.value == "INDETERMINATE"
    again = service.judge(Submission(name="x", data=signed, evidence=(*found.certificates, *found.crls)))
    assert again.conclusion.indication.value == "TOTAL-PASSED"


def test_a_stranger_brings_nothing(world: PkiWorld, signed: bytes) -> None:
    context = context_of(world, signed, made(world, 1))
    strangers = TrustStore(anchors=(PkiWorld().root.certificate,))
    found = material_of_pdf(replace(context, anchors=strangers), read_pdf(signed))
    assert (found.certificates, found.crls) == ((), ())
