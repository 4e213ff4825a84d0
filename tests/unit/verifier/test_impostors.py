"""Licences and lists by people who have a trusted certificate, and not the right one."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.support.pki import PkiWorld
from tests.support.signed_pdf import sign_sample
from tests.unit.verifier.licences import Desk, metadata, page, status_token
from trustkit.verdict import Indication, SubIndication
from trustkit.x509.name import Name

if TYPE_CHECKING:
    from pathlib import Path

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


def test_of_two_lists_of_one_second_the_worse_counts(world: PkiWorld, tmp_path: Path) -> None:
    octets = sign_sample(world, page(tmp_path, metadata()))
    valid, revoked = status_token(world), status_token(world, status=1)
    for evidence in ((valid, revoked), (revoked, valid)):
        assert Desk(world).verify(octets, *evidence).conclusion.indication is FAILED
    assert Desk(world).verify(octets, valid).conclusion.indication is PASSED
