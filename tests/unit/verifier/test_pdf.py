"""PDF through the verification service: what is signed, stamped, changed later, and covered by nothing."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from esign.seal.model import SealVersion
from tests.support.pki import PkiWorld
from tests.support.ses import make_seal, make_seal_signature
from tests.support.signed_pdf import add_annotation, replace_page_content, sign_sample, update
from tests.unit.verifier.licences import NOW, Desk, found, page, told
from trustkit.crypto.digest import DigestAlgorithm, digest
from trustkit.timestamp.sign import make_token
from trustkit.verdict import CheckId, CheckStatus, Indication, SubIndication
from trustkit.x509.reason import RevocationReason
from trustkit.x509.trust_store import TrustStore
from verifier.policy import Need, ValidationPolicy

if TYPE_CHECKING:
    from collections.abc import Callable

    from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter

PASSED, FAILED, OPEN = Indication.TOTAL_PASSED, Indication.TOTAL_FAILED, Indication.INDETERMINATE
START = PkiWorld.START


@pytest.fixture(scope="module")
def world() -> PkiWorld:
    return PkiWorld()


@pytest.fixture(scope="module")
def plain(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    return page(tmp_path_factory.mktemp("plain"))


@pytest.fixture(scope="module")
def signed(world: PkiWorld, plain: bytes) -> bytes:
    return sign_sample(world, plain)


def test_a_pades_signature_passes_and_its_time_is_proved(world: PkiWorld, signed: bytes) -> None:
    verdict = Desk(world).verify(signed)
    assert told(verdict) == (PASSED, None)
    (signature,) = verdict.signatures
    assert (signature.form, signature.time_proved, signature.signed_at) == ("pades", True, START)
    assert world.signer.certificate.common_name in signature.signer
    assert verdict.uncovered == ()


def test_without_an_anchor_it_is_open(world: PkiWorld, signed: bytes) -> None:
    verdict = Desk(world, anchors=TrustStore.none()).verify(signed)
    assert told(verdict) == (OPEN, SubIndication.NO_CERTIFICATE_CHAIN_FOUND)


def test_a_page_without_signature_is_not_signed(world: PkiWorld, plain: bytes) -> None:
    verdict = Desk(world).verify(plain)
    assert told(verdict) == (OPEN, SubIndication.NOT_SIGNED)
    assert verdict.signatures == ()


@pytest.mark.parametrize("change", [replace_page_content, add_annotation])
def test_later_changes_fail_though_every_digest_matches(
    world: PkiWorld, signed: bytes, change: Callable[[IncrementalPdfFileWriter], None]
) -> None:
    verdict = Desk(world).verify(update(signed, change))
    assert told(verdict) == (FAILED, SubIndication.CONTENT_CHANGED_AFTER_SIGNING)
    assert found(verdict, CheckId.SIGNATURE_VALUE).status is CheckStatus.PASSED
    assert verdict.uncovered != ()


def test_changed_octets_fail(world: PkiWorld, signed: bytes) -> None:
    changed = signed.replace(b"Sample", b"Simple", 1)
    assert changed != signed
    assert told(Desk(world).verify(changed)) == (FAILED, SubIndication.HASH_FAILURE)


def test_an_approval_and_a_second_one_both_count(world: PkiWorld, plain: bytes) -> None:
    first = sign_sample(world, plain, certification=None)
    both = sign_sample(world, first, certification=None, field_name="Signature2", box=None, appearance=None)
    verdict = Desk(world).verify(both)
    assert told(verdict) == (PASSED, None)
    assert len(verdict.signatures) == 2
    bad = sign_sample(
        world,
        first,
        certification=None,
        field_name="Signature2",
        box=None,
        appearance=None,
        signer=world.encryption.signer,
        certificate=world.encryption.certificate,
    )
    assert told(Desk(world).verify(bad)) == (FAILED, SubIndication.CHAIN_CONSTRAINTS_FAILURE)


@pytest.mark.parametrize("stamped", [True, False])
def test_a_signer_revoked_later_counts_exactly_when_the_time_is_proved(
    world: PkiWorld, plain: bytes, *, stamped: bool
) -> None:
    data = sign_sample(world, plain) if stamped else sign_sample(world, plain, timestamp=None)
    since = START + timedelta(days=1)
    later = since + timedelta(hours=1)
    lists = (
        world.crl(revoked={world.signer: RevocationReason.SUPERSEDED}, revoked_at=since, this_update=since).der,
        world.crl(issuer=world.root, this_update=since).der,
    )
    verdict = Desk(world, at=later, lists=False).verify(data, *lists)
    assert told(verdict) == ((PASSED, None) if stamped else (OPEN, SubIndication.REVOKED_NO_POE))


def test_an_expired_signer_counts_when_the_time_is_proved(world: PkiWorld, plain: bytes) -> None:
    short = world.issue("short", not_after=START + timedelta(days=2))
    for stamped, expected in ((True, (PASSED, None)), (False, (OPEN, SubIndication.OUT_OF_BOUNDS_NO_POE))):
        changes = {} if stamped else {"timestamp": None}
        data = sign_sample(world, plain, signer=short.signer, certificate=short.certificate, **changes)
        assert told(Desk(world, at=START + timedelta(days=3)).verify(data)) == expected


def test_policy_may_demand_a_time_stamp(world: PkiWorld, plain: bytes, signed: bytes) -> None:
    strict = ValidationPolicy(signature_timestamp=Need.REQUIRED)
    assert told(Desk(world, policy=strict).verify(signed)) == (PASSED, None)
    bare = sign_sample(world, plain, timestamp=None)
    assert told(Desk(world, policy=strict).verify(bare)) == (OPEN, SubIndication.NO_POE)
    assert Desk(world).verify(bare).signatures[0].time_proved is False


def _in_place_of_contents(signed: bytes, make: Callable[[bytes], bytes]) -> bytes:
    """Put another signature over the same octets into the same place."""
    ranges = re.search(rb"/ByteRange\s*\[\s*0 (\d+) (\d+) (\d+)", signed)
    assert ranges is not None
    start, end, rest = (int(number) for number in ranges.groups())
    octets = make(signed[:start] + signed[end : end + rest]).hex().encode()
    room = end - start - 2
    assert len(octets) <= room
    return signed[: start + 1] + octets + b"0" * (room - len(octets)) + signed[end - 1 :]


def _sealed(world: PkiWorld, signed: bytes, *, version: int = 4, backdated: bool = False) -> bytes:
    def make(content: bytes) -> bytes:
        seal = make_seal(world, version=SealVersion(version))
        token = _token_over(world, content) if backdated else None
        return make_seal_signature(world, seal, content, version=SealVersion(version), time_info=token)

    return _in_place_of_contents(signed, make)


def _token_over(world: PkiWorld, content: bytes) -> bytes:
    return make_token(
        imprint=digest(DigestAlgorithm.SM3, content),
        imprint_algorithm=DigestAlgorithm.SM3,
        serial=1,
        gen_time=START,
        policy="1.2.3.4",
        signer=world.tsa.signer,
        certificate=world.tsa.certificate,
        chain=(world.issuing.certificate,),
    )


@pytest.mark.parametrize("version", [1, 4])
def test_a_seal_in_the_signature_passes(world: PkiWorld, signed: bytes, version: int) -> None:
    verdict = Desk(world).verify(_sealed(world, signed, version=version, backdated=version == 1))
    assert told(verdict) == (PASSED, None)
    assert verdict.signatures[0].form == f"ses-v{version}"


def test_a_token_over_the_document_does_not_date_the_signature(world: PkiWorld, signed: bytes) -> None:
    """A v1 timeInfo is signed itself: who holds it can sign years later, after revocation, with the old token inside."""
    data = _sealed(world, signed, version=1, backdated=True)
    assert Desk(world).verify(data).signatures[0].time_proved is False
    since = START + timedelta(days=1)
    lists = (
        world.crl(revoked={world.signer: RevocationReason.SUPERSEDED}, revoked_at=since, this_update=since).der,
        world.crl(issuer=world.root, this_update=since).der,
    )
    verdict = Desk(world, at=since + timedelta(hours=1), lists=False).verify(data, *lists)
    assert verdict.conclusion.indication is not PASSED


def test_unreachable_signature_dictionaries_are_reported(world: PkiWorld, signed: bytes) -> None:
    stray = signed.replace(b"%%EOF", b"% 9 0 obj << /ByteRange [0 1 2 3] >> endobj\n%%EOF", 1)
    verdict = Desk(world).verify(stray)
    assert verdict.conclusion.indication is not PASSED


@pytest.mark.parametrize("size", [0, 5, 100, 1000, -1, -200])
def test_truncated_files_get_a_verdict(world: PkiWorld, signed: bytes, size: int) -> None:
    assert Desk(world).verify(signed[:size]).conclusion.indication is not PASSED


def test_the_time_judged_at_is_the_one_told(world: PkiWorld, signed: bytes) -> None:
    assert Desk(world).verify(signed).at == NOW
