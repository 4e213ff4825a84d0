"""Revocation against the time a signature is proved to have existed: compromise, hold, and lists that say nothing."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from tests.support.pki import PkiWorld
from tests.support.signed_pdf import stamper
from tests.unit.verifier.licences import Desk, found, told
from trustkit.cms.model import Dialect
from trustkit.cms.sign import SignedAttributes, sign_message
from trustkit.verdict import CheckId, CheckStatus, Indication, SubIndication
from trustkit.x509 import crl_build
from trustkit.x509.reason import RevocationReason
from verifier.policy import Need, ValidationPolicy

PASSED, FAILED, OPEN = Indication.TOTAL_PASSED, Indication.TOTAL_FAILED, Indication.INDETERMINATE
START = PkiWorld.START
REVOKED_AT = START + timedelta(days=2)
LATER = REVOKED_AT + timedelta(hours=2)


@pytest.fixture(scope="module")
def world() -> PkiWorld:
    return PkiWorld()


def _message(world: PkiWorld, *, stamped: bool) -> bytes:
    """A message signed at START, with a time stamp of START or none."""
    return sign_message(
        content=b"content",
        signer=world.signer.signer,
        certificate=world.signer.certificate,
        chain=(world.issuing.certificate,),
        dialect=Dialect.GBT35275,
        detached=False,
        attributes=SignedAttributes(signing_time=START),
        timestamp=stamper(world) if stamped else None,
    )


def _lists(
    world: PkiWorld, reason: RevocationReason, *, since: datetime = REVOKED_AT, suspected: datetime | None = None
) -> tuple[bytes, bytes]:
    """The issuing CA's list of LATER that revokes the signer, and the root's empty one."""
    issuer = world.issuing
    entry = crl_build.CrlEntry(
        serial=world.signer.certificate.serial, revoked_at=since, reason=reason, invalidity_date=suspected
    )
    spec = crl_build.CrlSpec(
        suite=issuer.signer.suite,
        issuer_der=issuer.certificate.subject_der,
        this_update=LATER,
        next_update=LATER + timedelta(days=7),
        number=7,
        authority_key_id=issuer.signer.public_key.identifier,
        entries=(entry,),
    )
    tbs = crl_build.build_tbs_crl(spec)
    own = crl_build.assemble_crl(tbs, issuer.signer.suite, issuer.signer.sign(tbs))
    return own, world.crl(issuer=world.root, this_update=LATER, next_update=LATER + timedelta(days=7)).der


_R = RevocationReason
CASES = {
    "superseded later, proved": (_R.SUPERSEDED, REVOKED_AT, None, True, (PASSED, None)),
    "superseded later, not proved": (_R.SUPERSEDED, REVOKED_AT, None, False, (OPEN, SubIndication.REVOKED_NO_POE)),
    "superseded before, proved": (
        _R.SUPERSEDED,
        START - timedelta(days=1),
        None,
        True,
        (FAILED, SubIndication.REVOKED),
    ),
    "superseded at the very time": (_R.SUPERSEDED, START, None, True, (FAILED, SubIndication.REVOKED)),
    "compromised later, no earlier suspicion": (_R.KEY_COMPROMISE, REVOKED_AT, None, True, (PASSED, None)),
    "compromised later, suspected after signing": (
        _R.KEY_COMPROMISE,
        REVOKED_AT,
        START + timedelta(days=1),
        True,
        (PASSED, None),
    ),
    "compromised before signing, revoked later": (
        _R.KEY_COMPROMISE,
        REVOKED_AT,
        START - timedelta(days=1),
        True,
        (FAILED, SubIndication.REVOKED),
    ),
    "superseded, an invalidity date does not reach back": (
        _R.SUPERSEDED,
        REVOKED_AT,
        START - timedelta(days=1),
        True,
        (PASSED, None),
    ),
    "on hold since before signing": (
        _R.CERTIFICATE_HOLD,
        START - timedelta(days=1),
        None,
        True,
        (OPEN, SubIndication.TRY_LATER),
    ),
    "on hold, not proved": (_R.CERTIFICATE_HOLD, START, None, False, (OPEN, SubIndication.TRY_LATER)),
}


@pytest.mark.parametrize("name", CASES)
def test_revocation_against_the_proved_time(world: PkiWorld, name: str) -> None:
    reason, since, suspected, stamped, expected = CASES[name]
    lists = _lists(world, reason, since=since, suspected=suspected)
    assert told(Desk(world, at=LATER, lists=False).verify(_message(world, stamped=stamped), *lists)) == expected


def test_a_certificate_on_hold_is_not_told_to_be_revoked(world: PkiWorld) -> None:
    lists = _lists(world, RevocationReason.CERTIFICATE_HOLD)
    verdict = Desk(world, at=LATER, lists=False).verify(world.signer.der, world.issuing.der, *lists)
    assert told(verdict) == (OPEN, SubIndication.TRY_LATER)


def test_a_revoked_authority_is_told_apart(world: PkiWorld) -> None:
    since = START - timedelta(days=1)
    lists = (
        world.crl().der,
        world.crl(issuer=world.root, revoked={world.issuing: _R.CA_COMPROMISE}, revoked_at=since).der,
    )
    at = START + timedelta(hours=1)
    verdict = Desk(world, at=at, lists=False).verify(_message(world, stamped=False), *lists)
    assert told(verdict) == (OPEN, SubIndication.REVOKED_CA_NO_POE)


def test_evidence_of_the_proved_time_serves_when_policy_allows(world: PkiWorld) -> None:
    """Long-term validation: the lists ran out, the time stamp and the authority's certificate did not."""
    at = START + timedelta(days=30)
    fresh_for_tsa = ValidationPolicy(revocation=Need.WHEN_AVAILABLE)
    verdict = Desk(world, at=at, policy=fresh_for_tsa).verify(_message(world, stamped=True))
    assert verdict.signatures[0].time_proved is True
    assert found(verdict, CheckId.CERTIFICATE_REVOCATION).status is CheckStatus.PASSED
    never = ValidationPolicy(revocation=Need.WHEN_AVAILABLE, revocation_at_proved_time=False)
    verdict = Desk(world, at=at, policy=never).verify(_message(world, stamped=True))
    assert found(verdict, CheckId.CERTIFICATE_REVOCATION).status is CheckStatus.WARNING


def test_lists_too_old_for_the_policy_do_not_count(world: PkiWorld) -> None:
    young = ValidationPolicy(evidence_max_age=timedelta(hours=2))
    assert told(Desk(world, policy=young).verify(_message(world, stamped=False))) == (OPEN, SubIndication.TRY_LATER)
