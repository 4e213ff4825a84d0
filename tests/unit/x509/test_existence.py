"""Whether evidence is proved to be old enough: signers that ended, by time or by revocation."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.support.pki import PkiWorld
from trustkit.errors import ErrorCode, TrustError
from trustkit.x509.existence import Existence

START, DAY = PkiWorld.START, timedelta(days=1)
OCTETS = b"a list"


def refused(existence: Existence, world: PkiWorld) -> bool:
    with pytest.raises(TrustError) as caught:
        existence.require(OCTETS, world.issuing.certificate)
    return caught.value.code is ErrorCode.EVIDENCE_UNPROVED


def test_a_signer_that_counts_needs_no_proof(world: PkiWorld) -> None:
    Existence(present=START).require(OCTETS, world.issuing.certificate)
    assert refused(Existence(present=world.issuing.certificate.not_after + DAY), world)


@pytest.mark.parametrize("order", [(5, 20), (20, 5)])
def test_of_two_ends_the_earlier_one_stands(world: PkiWorld, order: tuple[int, int]) -> None:
    existence = Existence(moments={OCTETS: START + 10 * DAY}, present=START + 30 * DAY)
    existence.also_ended(world.issuing.certificate, START + 20 * DAY).require(OCTETS, world.issuing.certificate)
    for days in order:
        existence = existence.also_ended(world.issuing.certificate, START + days * DAY)
    assert refused(existence, world)
