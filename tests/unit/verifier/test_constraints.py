"""How much checks weigh under a policy: doubt that may be let go, warnings that may not, and what no policy changes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from esign.capsule.sign import content_of, sign_capsule
from tests.support.pki import PkiWorld
from tests.unit.verifier.licences import NOW, Desk, found, metadata, status_token, told
from tests.unit.verifier.test_credential import make_credential
from tests.unit.verifier.test_entitlement import OTHER, TYPE, Lists, trust_list
from trustkit.clock import FixedClock
from trustkit.encoding.canonical_json import parse_json
from trustkit.errors import ErrorCode, TrustError
from trustkit.verdict import CheckId, CheckStatus, Indication, SubIndication
from verifier.constraints import Level
from verifier.policy import ValidationPolicy, parse_policy
from verifier.record.read import read_record
from verifier.record.replay import replay
from verifier.service import VerificationService
from verifier.submission import Submission

if TYPE_CHECKING:
    from collections.abc import Mapping

    from esign.trustlist.verify import VerifiedTrustList
    from trustkit.verdict import Verdict

PASSED, FAILED, OPEN = Indication.TOTAL_PASSED, Indication.TOTAL_FAILED, Indication.INDETERMINATE
WARNING, NOTE, UNKNOWN = CheckStatus.WARNING, CheckStatus.INFORMATION, CheckStatus.UNKNOWN
UNMET = SubIndication.SIG_CONSTRAINTS_FAILURE
LISTED, FOLLOWED, EVIDENCE = CheckId.LICENCE_ENTITLEMENT, CheckId.CREDENTIAL_TYPE, CheckId.EVIDENCE
STRANGE = b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"


@pytest.fixture(scope="module")
def world() -> PkiWorld:
    return PkiWorld()


@pytest.fixture(scope="module")
def capsule(world: PkiWorld) -> bytes:
    claims = parse_json(metadata())
    assert isinstance(claims, dict)
    return sign_capsule(content_of(claims, issued_at=PkiWorld.START), world.signer.signer, world.signer.certificate)


def policy(levels: Mapping[CheckId, Level] | None) -> ValidationPolicy:
    rows = [f'"{check.value}" = "{level.value}"' for check, level in (levels or {}).items()]
    return parse_policy("\n".join(["[constraints]", *rows]).encode())


def service(world: PkiWorld, levels: Mapping[CheckId, Level] | None, *lists: VerifiedTrustList) -> VerificationService:
    return VerificationService(
        anchors=world.anchors,
        policy=policy(levels),
        publications=None,
        fetcher=None,
        clock=FixedClock(NOW),
        issuers=Lists(lists),
    )


def submission(world: PkiWorld, data: bytes, *more: bytes) -> Submission:
    own = (world.crl().der, world.crl(issuer=world.root).der, world.issuing.certificate.der, status_token(world))
    return Submission(name="x", data=data, evidence=(*own, *more))


def judged(world: PkiWorld, data: bytes, level: Level | None, *lists: VerifiedTrustList) -> Verdict:
    service_ = service(world, None if level is None else {LISTED: level}, *lists)
    verdict = service_.verify(submission(world, data))
    assert service_.sitting().verify(submission(world, data)) == verdict
    return verdict


@pytest.mark.parametrize(
    ("level", "conclusion", "status"),
    [
        (None, (OPEN, UNMET), UNKNOWN),
        (Level.FAIL, (OPEN, UNMET), UNKNOWN),
        (Level.WARN, (PASSED, None), WARNING),
        (Level.INFORM, (PASSED, None), NOTE),
        (Level.IGNORE, (PASSED, None), NOTE),
    ],
)
def test_doubt_about_an_issuers_right_weighs_what_the_policy_says(
    world: PkiWorld,
    capsule: bytes,
    level: Level | None,
    conclusion: tuple[Indication, SubIndication | None],
    status: CheckStatus,
) -> None:
    verdict = judged(world, capsule, level, trust_list(world, (TYPE,), issuer="110000"))
    assert told(verdict) == conclusion
    check = found(verdict, LISTED)
    assert check.status is status
    assert (check.detail == "the policy does not weigh it") is (level is Level.IGNORE)
    assert (check.code is None) is (level is Level.IGNORE)


@pytest.mark.parametrize("level", [None, *Level])
def test_who_may_not_issue_fails_under_every_policy(world: PkiWorld, capsule: bytes, level: Level | None) -> None:
    assert told(judged(world, capsule, level, trust_list(world, (OTHER,)))) == (FAILED, UNMET)


@pytest.mark.parametrize("level", [None, *Level])
def test_what_is_proved_passes_under_every_policy(world: PkiWorld, capsule: bytes, level: Level | None) -> None:
    assert told(judged(world, capsule, level, trust_list(world, (TYPE,)))) == (PASSED, None)


@pytest.mark.parametrize("level", [None, *Level])
def test_a_list_is_missed_only_where_one_is_demanded(world: PkiWorld, capsule: bytes, level: Level | None) -> None:
    verdict = judged(world, capsule, level)
    demanded = level is Level.FAIL
    assert told(verdict) == ((OPEN, UNMET) if demanded else (PASSED, None))
    assert (LISTED in {check.id for check in verdict.checks}) is demanded


def test_a_types_metadata_are_missed_only_where_they_are_demanded(world: PkiWorld) -> None:
    data = make_credential(world).encode()
    for level, conclusion in ((None, (PASSED, None)), (Level.WARN, (PASSED, None)), (Level.FAIL, (OPEN, UNMET))):
        demanding = policy(None if level is None else {FOLLOWED: level})
        assert told(Desk(world, policy=demanding).verify(data, status_token(world))) == conclusion


@pytest.mark.parametrize(
    ("level", "conclusion", "status"),
    [
        (None, (PASSED, None), WARNING),
        (Level.INFORM, (PASSED, None), NOTE),
        (Level.FAIL, (OPEN, UNMET), UNKNOWN),
    ],
)
def test_a_warning_weighs_what_the_policy_says(
    world: PkiWorld,
    capsule: bytes,
    level: Level | None,
    conclusion: tuple[Indication, SubIndication | None],
    status: CheckStatus,
) -> None:
    chosen = service(world, None if level is None else {EVIDENCE: level})
    verdict = chosen.verify(submission(world, capsule, STRANGE))
    assert told(verdict) == conclusion
    check = found(verdict, EVIDENCE)
    assert (check.status, check.code is None) == (status, False)


@pytest.mark.parametrize("level", [Level.FAIL, Level.WARN, Level.IGNORE])
def test_a_record_says_what_was_weighed(world: PkiWorld, capsule: bytes, level: Level) -> None:
    chosen = service(world, {LISTED: level}, trust_list(world, (TYPE,), issuer="110000"))
    handed_in = submission(world, capsule)
    examined = chosen.examine(handed_in)
    record = chosen.record_of(examined, handed_in, made_by="trustkit 1.2.3")
    assert replay(read_record(record), handed_in, by="trustkit 1.2.3") == examined.verdict


@pytest.mark.parametrize(
    "text",
    [
        "constraints = 1",
        'constraints = ["licence:entitlement:listed"]',
        '"licence:entitlement" = "warn"',
        '"licence:entitlement:listed" = "WARN"',
        '"licence:entitlement:listed" = true',
        '"signature:value:valid" = "warn"',
        '"signature:value:valid" = "ignore"',
        '"certificate:path:trusted" = "ignore"',
        '"document:changes:allowed" = "warn"',
        '"seal:status:in-force" = "warn"',
        '"licence:identifier:check-character" = "ignore"',
        '"certificate:revocation:good" = "warn"',
        '"licence:status:valid" = "warn"',
        '"signature:time:proved" = "fail"',
        '"bundle:holder:same" = "inform"',
        '"presentation:query:met" = "fail"',
    ],
)
def test_refused(text: str) -> None:
    whole = text if text.startswith("constraints") else f"[constraints]\n{text}"
    with pytest.raises(TrustError) as caught:
        parse_policy(whole.encode())
    assert caught.value.code is ErrorCode.POLICY_MALFORMED
    assert dict(caught.value.facts)["key"]
