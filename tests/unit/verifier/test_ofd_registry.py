"""Seals in OFD that their home's registry stopped: before and after use, with and without a time stamp (ADR 0022)."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from esign.seal.read import parse_seal
from esign.seal.standing import SealAct, SealChange, SealHistory, Standing, document_digest, info_digest
from tests.support.ofd_forge import pack, sample_files, sealed
from tests.support.pki import PkiWorld
from tests.support.ses import make_seal
from tests.support.signed_pdf import stamper
from tests.unit.verifier.licences import NOW, told
from trustkit.clock import FixedClock
from trustkit.verdict import Indication, SubIndication
from verifier.policy import ValidationPolicy
from verifier.service import VerificationService
from verifier.submission import Submission

if TYPE_CHECKING:
    from datetime import datetime

_S = SubIndication
PASSED = (Indication.TOTAL_PASSED, None)
LATER, REVOKED_LATER = (Indication.INDETERMINATE, _S.TRY_LATER), (Indication.INDETERMINATE, _S.REVOKED_NO_POE)
STOPPED, REVOKED = (Indication.TOTAL_FAILED, _S.SIG_CONSTRAINTS_FAILURE), (Indication.TOTAL_FAILED, _S.REVOKED)
BEFORE, AFTER = timedelta(minutes=-20), timedelta(minutes=20)  # the use, at the world's START; judged an hour later


@pytest.fixture(scope="module")
def world() -> PkiWorld:
    return PkiWorld()


class Registry:
    """A registry with one seal and what was done about it."""

    def __init__(self, seal: bytes, *changes: tuple[Standing, datetime]) -> None:
        parsed = parse_seal(seal)
        self._key = info_digest(parsed)
        self._history = SealHistory(
            number="es-a",
            made_at=PkiWorld.START - timedelta(days=9),
            valid_until=PkiWorld.START + timedelta(days=300),
            document_sm3=document_digest(parsed),
            changes=tuple(
                SealChange(act=SealAct.SUSPEND, standing=standing, reason="other", since=since, recorded_at=since)
                for standing, since in changes
            ),
        )

    def history(self, info_sm3: str) -> SealHistory | None:
        return self._history if info_sm3 == self._key else None


def judged(
    world: PkiWorld, *changes: tuple[Standing, timedelta], stamped: bool
) -> tuple[Indication, SubIndication | None]:
    seal = make_seal(world)
    signature: dict[str, object] = {"stamping": stamper(world)} if stamped else {}
    data = pack(sealed(world, sample_files(attachment=None), seal=seal, signature=signature))
    since = tuple((standing, PkiWorld.START + when) for standing, when in changes)
    service = VerificationService(
        anchors=world.anchors,
        policy=ValidationPolicy(),
        publications=None,
        fetcher=None,
        clock=FixedClock(NOW),
        seals=Registry(seal, *since),
    )
    evidence = (world.issuing.der, world.crl().der, world.crl(issuer=world.root).der)
    return told(service.verify(Submission(name="x", data=data, evidence=evidence)))


@pytest.mark.parametrize(
    ("standing", "when", "stamped", "expected"),
    [
        (Standing.SUSPENDED, BEFORE, True, STOPPED),
        (Standing.SUSPENDED, BEFORE, False, STOPPED),
        (Standing.SUSPENDED, AFTER, True, PASSED),
        (Standing.SUSPENDED, AFTER, False, LATER),
        (Standing.LOST, BEFORE, True, STOPPED),
        (Standing.LOST, BEFORE, False, STOPPED),
        (Standing.LOST, AFTER, True, PASSED),
        (Standing.LOST, AFTER, False, LATER),
        (Standing.REVOKED, BEFORE, True, REVOKED),
        (Standing.REVOKED, BEFORE, False, REVOKED),
        (Standing.REVOKED, AFTER, True, PASSED),
        (Standing.REVOKED, AFTER, False, REVOKED_LATER),
    ],
)
def test_a_seal_that_was_stopped(
    world: PkiWorld,
    standing: Standing,
    when: timedelta,
    stamped: bool,  # noqa: FBT001 - a column
    expected: tuple[Indication, SubIndication | None],
) -> None:
    assert judged(world, (standing, when), stamped=stamped) == expected


@pytest.mark.parametrize("stamped", [True, False])
def test_a_seal_put_back_in_force_before_its_use(world: PkiWorld, stamped: bool) -> None:  # noqa: FBT001 - a column
    """And one that was stopped in between: nobody's later word makes that good."""
    back = (Standing.IN_FORCE, BEFORE / 2)
    assert judged(world, (Standing.SUSPENDED, BEFORE), back, stamped=stamped) == PASSED
    again = (Standing.IN_FORCE, AFTER)
    assert judged(world, (Standing.SUSPENDED, BEFORE), again, stamped=stamped) == STOPPED


@pytest.mark.parametrize("stamped", [True, False])
def test_a_seal_nobody_stopped(world: PkiWorld, stamped: bool) -> None:  # noqa: FBT001 - a column
    assert judged(world, stamped=stamped) == PASSED
