"""No token says more of a person than his session still would, and none of an organisation whose mandate ended."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from idp.evidence import AssuranceEvidence, EvidenceKind
from idp.grounds import Grounds
from tests.support.provider import claims_of
from tests.support.signing_in import proof, sign_in

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
