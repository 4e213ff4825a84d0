"""Licences and lists by people who have a trusted certificate, and not the right one."""

from __future__ import annotations

from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING

import pytest

from tests.support.pki import PkiWorld
from tests.support.signed_pdf import sign_sample
from tests.unit.verifier.licences import Desk, metadata, page, status_token
from trustkit.verdict import Indication, SubIndication
from trustkit.x509.name import Name
from trustkit.x509.reason import RevocationReason

if TYPE_CHECKING:
    from pathlib import Path

    from tests.support.pki import Member

PASSED, FAILED, OPEN = Indication.TOTAL_PASSED, Indication.TOTAL_FAILED, Indication.INDETERMINATE


@pytest.fixture(scope="module")
def world() -> PkiWorld:
    return PkiWorld()


def test_a_signer_who_is_not_the_issuer_named_in_the_identifier_does_not_pass(world: PkiWorld, tmp_path: Path) -> None:
    name = Name.build(country="CN", organisation="某某物业有限公司", common_name="某某物业有限公司")
    other = world.issue("other", subject_der=name)
    octets = sign_sample(world, page(tmp_path, metadata()), signer=other.signer, certificate=other.certificate)
    verdict = Desk(world).verify(octets, status_token(world, member=other))
    assert verdict.conclusion.indication is OPEN
    assert verdict.conclusion.sub_indication is SubIndication.SIG_CONSTRAINTS_FAILURE


def test_a_colleague_cannot_undo_a_revocation(world: PkiWorld, tmp_path: Path) -> None:
    octets = sign_sample(world, page(tmp_path, metadata()))
    clerk = world.issue("普通职员")
    real, forged = status_token(world, status=1), status_token(world, member=clerk)
    for evidence in ((real, forged), (forged, real)):
        assert Desk(world).verify(octets, *evidence).conclusion.sub_indication is SubIndication.LICENCE_REVOKED
    assert Desk(world).verify(octets, forged).conclusion.indication is OPEN


def test_the_issuers_status_service_speaks_for_its_licences(world: PkiWorld, tmp_path: Path) -> None:
    octets = sign_sample(world, page(tmp_path, metadata()))
    for status, told in ((0, PASSED), (1, FAILED)):
        token = status_token(world, status=status, member=world.status_service)
        assert Desk(world).verify(octets, token).conclusion.indication is told


def _impostors(world: PkiWorld) -> dict[str, Member]:
    made = partial(world.issue, "x", usage=("digitalSignature",), purposes=("statusSigning",))
    other_code = Name.build(country="CN", organisation=world.organisation, unit="1199020000TRYQK01X", common_name="x")
    other_name = Name.build(country="CN", organisation="某某公司", unit=world.USCC, common_name="x")
    return {
        "the signer's namesake": world.issue("signer", subject_der=world.signer.certificate.subject_der),
        "a service without the usage": world.status_signer,
        "a service of the code's other organisation": made(subject_der=other_name),
        "a service of the organisation with another code": made(subject_der=other_code),
        "a service under another authority": made(issuer=world.root),
        "an expired service": made(not_after=world.START + timedelta(minutes=30)),
        "a service not valid at the list's time": made(not_before=world.START + timedelta(minutes=30)),
        "a time-stamp authority": world.tsa,
    }


@pytest.mark.parametrize("who", sorted(_impostors(PkiWorld())))
def test_who_may_not_speak_for_a_licence(world: PkiWorld, tmp_path: Path, who: str) -> None:
    octets = sign_sample(world, page(tmp_path, metadata()))
    token = status_token(world, member=_impostors(world)[who])
    verdict = Desk(world).verify(octets, token)
    assert verdict.conclusion.indication is OPEN
    assert verdict.conclusion.sub_indication is SubIndication.LICENCE_STATUS_UNKNOWN


def test_a_revoked_status_service_says_nothing(world: PkiWorld, tmp_path: Path) -> None:
    octets = sign_sample(world, page(tmp_path, metadata()))
    token = status_token(world, member=world.status_service)
    crl = world.crl(revoked={world.status_service: RevocationReason.SUPERSEDED}).der
    own = world.crl(issuer=world.root).der
    assert Desk(world, lists=False).verify(octets, token, crl, own).conclusion.indication is OPEN


def test_of_two_lists_of_one_second_the_worse_counts(world: PkiWorld, tmp_path: Path) -> None:
    octets = sign_sample(world, page(tmp_path, metadata()))
    valid, revoked = status_token(world), status_token(world, status=1)
    for evidence in ((valid, revoked), (revoked, valid)):
        assert Desk(world).verify(octets, *evidence).conclusion.indication is FAILED
    assert Desk(world).verify(octets, valid).conclusion.indication is PASSED
