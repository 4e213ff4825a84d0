"""No token says more of a person than his session still would, and none of an organisation whose mandate ended."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from idp.evidence import AssuranceEvidence, EvidenceKind
from idp.factors.port import FactorKind
from idp.grounds import Grounds
from tests.support.provider import claims_of
from tests.support.signing_in import PROOF_LASTS, SESSIONS, proof, sign_in
from trustkit.identity import Principal

if TYPE_CHECKING:
    from tests.support.provider import World


def test_what_expired_is_in_no_token_that_follows(world: World) -> None:
    client, secret = world.client()
    person, now = world.person(), world.clock.now()
    seen = AssuranceEvidence(
        kind=EvidenceKind.REAL_NAME,
        source="test",
        ladder="test",
        level="3",
        at=now,
        expires_at=now + timedelta(minutes=10),
    )
    grounds = Grounds(evidence=(seen,), factors=(proof(person, at=now),))
    signed = sign_in(world.database, person, at=now, grounds=grounds)
    world.cookies[world.cookie_rules.session] = signed.secret
    tokens = world.redeem(client, secret, world.code(client)).json()
    assert claims_of(tokens["access_token"])["acr"] == "urn:trustkit:ial:3:aal:1"
    world.clock.pass_(601)
    later = world.refresh(client, secret, tokens["refresh_token"]).json()
    assert claims_of(later["access_token"])["acr"] == "urn:trustkit:ial:0:aal:1"
    assert claims_of(later["id_token"])["acr"] == "urn:trustkit:ial:0:aal:1"


@pytest.mark.parametrize("end", ["signed out", "idle"])
def test_in_his_absence_no_more_is_said_than_what_he_showed_still_gives(world: World, end: str) -> None:
    client, secret = world.client()
    person, now = world.person(), world.clock.now()
    ends = now + timedelta(minutes=10)
    seen = AssuranceEvidence(
        kind=EvidenceKind.REAL_NAME, source="test", ladder="test", level="3", at=now, expires_at=ends
    )
    proofs = (proof(person, FactorKind.TOTP, ends - PROOF_LASTS), proof(person, at=now))
    signed = sign_in(world.database, person, at=now, grounds=Grounds(evidence=(seen,), factors=proofs))
    world.cookies[world.cookie_rules.session] = signed.secret
    tokens = world.redeem(client, secret, world.code(client, scope="openid offline_access")).json()
    assert _said(tokens) == ("urn:trustkit:ial:3:aal:2", ["otp", "pwd"])
    if end == "signed out":
        with world.database.unit_of_work() as uow:
            SESSIONS.end(uow, signed.session.id, reason="logout", now=now, actor=Principal(id=person))
        tokens = world.refresh(client, secret, tokens["refresh_token"]).json()
        assert _said(tokens) == ("urn:trustkit:ial:3:aal:2", ["otp", "pwd"])  # it still counts
    world.clock.pass_(3600)
    tokens = world.refresh(client, secret, tokens["refresh_token"]).json()
    assert _said(tokens) == ("urn:trustkit:ial:0:aal:1", ["pwd"])


def _said(tokens: dict[str, str]) -> tuple[str, list[str]]:
    access, identity = claims_of(tokens["access_token"]), claims_of(tokens["id_token"])
    assert access["amr"] == identity["amr"]
    return access["acr"], access["amr"]
