"""A capsule handed in: online, offline, by thumbprint, out of term, of strangers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from esign.capsule.model import capsule_text
from esign.capsule.sign import content_of, sign_capsule
from tests.support.pki import PkiWorld
from tests.unit.verifier.licences import IDENTIFIER, NOW, URI, Desk, found, metadata, status_token, told
from tests.unit.verifier.test_licence import _Network as Network
from trustkit.encoding.canonical_json import parse_json
from trustkit.verdict import CheckId, CheckStatus, Indication, SubIndication
from verifier.policy import Need, ValidationPolicy

if TYPE_CHECKING:
    from tests.support.pki import Member
    from trustkit.verdict import Verdict

PASSED, FAILED, OPEN = Indication.TOTAL_PASSED, Indication.TOTAL_FAILED, Indication.INDETERMINATE


@pytest.fixture(scope="module")
def world() -> PkiWorld:
    return PkiWorld()


def _capsule(world: PkiWorld, member: Member | None = None, **changes: Any) -> bytes:
    by = member or world.signer
    claims = parse_json(metadata(**changes))
    assert isinstance(claims, dict)
    return sign_capsule(content_of(claims, issued_at=PkiWorld.START), by.signer, by.certificate)


def _at(world: PkiWorld, data: bytes, *evidence: bytes, **desk: Any) -> Verdict:
    """Return the verdict with the issuing CA's certificate at hand, which no code has room for."""
    return Desk(world, **desk).verify(data, world.issuing.certificate.der, *evidence)


@pytest.fixture(scope="module")
def capsule(world: PkiWorld) -> bytes:
    return _capsule(world, CZZT="示例科技有限公司")


@pytest.mark.parametrize(
    ("status", "expected", "word"),
    [
        (0, (PASSED, None), "valid"),
        (1, (FAILED, SubIndication.LICENCE_REVOKED), "revoked"),
        (2, (OPEN, SubIndication.LICENCE_SUSPENDED), "suspended"),
    ],
)
def test_the_list_decides(
    world: PkiWorld, capsule: bytes, status: int, expected: tuple[Indication, SubIndication | None], word: str
) -> None:
    for data in (capsule, capsule_text(capsule).encode()):
        verdict = _at(world, data, status_token(world, status=status))
        assert told(verdict) == expected
        assert verdict.format == "licence-capsule"
        subject = dict(verdict.subject)
        assert (subject["licence.status"], subject["licence.identifier"]) == (word, IDENTIFIER)
        assert subject["capsule.CZZT"] == "示例科技有限公司"
        assert found(verdict, CheckId.LICENCE_CAPSULE).status is CheckStatus.INFORMATION


def test_offline_it_says_what_it_could_not_look_at(world: PkiWorld, capsule: bytes) -> None:
    verdict = _at(world, capsule, lists=False)
    assert told(verdict)[0] is OPEN
    open_checks = {
        check.id for check in (*verdict.checks, *verdict.signatures[0].checks) if check.status is CheckStatus.UNKNOWN
    }
    assert open_checks == {CheckId.LICENCE_STATUS, CheckId.CERTIFICATE_REVOCATION}
    held = {check.id for check in verdict.signatures[0].checks if check.status is CheckStatus.PASSED}
    assert {CheckId.SIGNATURE_VALUE, CheckId.CERTIFICATE_PATH} <= held


def test_a_policy_may_let_it_pass_without_status(world: PkiWorld, capsule: bytes) -> None:
    verdict = _at(world, capsule, policy=ValidationPolicy(licence_status=Need.WHEN_AVAILABLE))
    assert told(verdict) == (PASSED, None)
    assert found(verdict, CheckId.LICENCE_STATUS).status is CheckStatus.WARNING


def test_a_certificate_by_thumbprint(world: PkiWorld) -> None:
    capsule = _capsule(world, CZZT="示" * 150)
    alone = _at(world, capsule, status_token(world))
    assert told(alone) == (OPEN, SubIndication.NO_SIGNING_CERTIFICATE_FOUND)
    helped = _at(world, capsule, status_token(world), world.signer.certificate.der)
    assert told(helped) == (PASSED, None)


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"ZZYXQJZRQ": "2026-11-30"}, (FAILED, SubIndication.LICENCE_EXPIRED)),
        ({"ZZYXQQSRQ": "2027-01-01"}, (OPEN, SubIndication.LICENCE_NOT_IN_FORCE)),
        ({"ZZBS": IDENTIFIER[:-1] + "?"}, (FAILED, SubIndication.SIG_CONSTRAINTS_FAILURE)),
    ],
)
def test_what_it_says_is_judged(
    world: PkiWorld, changes: dict[str, Any], expected: tuple[Indication, SubIndication | None]
) -> None:
    assert told(_at(world, _capsule(world, **changes), status_token(world))) == expected


def test_bad_capsules(world: PkiWorld, capsule: bytes) -> None:
    bent = capsule[:-1] + bytes((capsule[-1] ^ 1,))
    assert told(_at(world, bent, status_token(world))) == (FAILED, SubIndication.SIG_CRYPTO_FAILURE)
    assert told(Desk(world).verify(b"TKL1:AAAA")) == (FAILED, SubIndication.FORMAT_FAILURE)
    assert told(Desk(world).verify(_capsule(PkiWorld())))[0] is OPEN
    assert told(_at(world, _capsule(world, world.tsa), status_token(world)))[0] is FAILED


def test_the_list_is_fetched_for_a_trusted_signer_alone(world: PkiWorld, capsule: bytes) -> None:
    network = Network({URI: status_token(world)})
    assert told(_at(world, capsule, fetcher=network)) == (PASSED, None)
    assert network.asked == [URI]
    stranger = Network({})
    Desk(world, fetcher=stranger).verify(_capsule(PkiWorld()))
    assert stranger.asked == []


def test_judged_at_another_time(world: PkiWorld, capsule: bytes) -> None:
    assert told(_at(world, capsule, status_token(world), at=NOW.replace(year=NOW.year + 5)))[0] is not PASSED
