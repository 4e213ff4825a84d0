"""A time-stamp token handed in by itself: over its content, without it, and by authorities nobody trusts."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from tests.support.pki import PkiWorld
from tests.unit.verifier.licences import Desk, told
from trustkit.crypto.digest import DigestAlgorithm, digest
from trustkit.timestamp.sign import make_token
from trustkit.verdict import Indication, SubIndication
from trustkit.x509.reason import RevocationReason
from trustkit.x509.trust_store import TrustStore
from verifier.policy import ValidationPolicy

if TYPE_CHECKING:
    from tests.support.pki import Member

PASSED, FAILED, OPEN = Indication.TOTAL_PASSED, Indication.TOTAL_FAILED, Indication.INDETERMINATE
START = PkiWorld.START
CONTENT = b"what is stamped"


@pytest.fixture(scope="module")
def world() -> PkiWorld:
    return PkiWorld()


def _token(world: PkiWorld, *, member: Member | None = None, gen_time: datetime = START) -> bytes:
    authority = member or world.tsa
    return make_token(
        imprint=digest(DigestAlgorithm.SM3, CONTENT),
        imprint_algorithm=DigestAlgorithm.SM3,
        serial=7,
        gen_time=gen_time,
        policy="1.2.3.4",
        signer=authority.signer,
        certificate=authority.certificate,
        chain=(world.issuing.certificate,),
    )


def test_a_good_token_proves_its_time(world: PkiWorld) -> None:
    verdict = Desk(world).verify(_token(world), content=CONTENT)
    assert told(verdict) == (PASSED, None)
    (signature,) = verdict.signatures
    assert (signature.form, signature.signed_at, signature.time_proved) == ("rfc3161", START, True)


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (None, (OPEN, SubIndication.SIGNED_DATA_NOT_FOUND)),
        (b"something else", (FAILED, SubIndication.HASH_FAILURE)),
        (b"", (FAILED, SubIndication.HASH_FAILURE)),
    ],
)
def test_content(world: PkiWorld, content: bytes | None, expected: tuple[Indication, SubIndication]) -> None:
    assert told(Desk(world).verify(_token(world), content=content)) == expected


def test_a_changed_token_fails(world: PkiWorld) -> None:
    token = _token(world)
    broken = token[:-1] + bytes((token[-1] ^ 1,))
    assert told(Desk(world).verify(broken, content=CONTENT)) == (FAILED, SubIndication.SIG_CRYPTO_FAILURE)
    assert Desk(world).verify(token[:-9], content=CONTENT).conclusion.indication is FAILED


def test_a_token_later_than_the_time_of_judging_leaves_it_open(world: PkiWorld) -> None:
    at = START + timedelta(hours=1)
    late = _token(world, gen_time=at + timedelta(hours=1))
    assert told(Desk(world, at=at).verify(late, content=CONTENT)) == (OPEN, SubIndication.TIMESTAMP_ORDER_FAILURE)
    ahead = _token(world, gen_time=at + timedelta(seconds=30))
    assert told(Desk(world, at=at).verify(ahead, content=CONTENT)) == (PASSED, None)


def test_a_token_of_before_its_authority_leaves_it_open(world: PkiWorld) -> None:
    began = world.tsa.certificate.not_before
    for early, expected in (
        (timedelta(hours=1), (OPEN, SubIndication.TIMESTAMP_ORDER_FAILURE)),
        (timedelta(seconds=30), (PASSED, None)),
        (timedelta(), (PASSED, None)),
    ):
        assert told(Desk(world).verify(_token(world, gen_time=began - early), content=CONTENT)) == expected


def test_trust_in_the_authority(world: PkiWorld) -> None:
    token = _token(world)
    nobody = Desk(world, anchors=TrustStore.none())
    assert told(nobody.verify(token, content=CONTENT)) == (OPEN, SubIndication.NO_CERTIFICATE_CHAIN_FOUND)
    assert told(Desk(world, lists=False).verify(token, content=CONTENT)) == (OPEN, SubIndication.TRY_LATER)
    lists = (world.crl(revoked={world.tsa: RevocationReason.SUPERSEDED}).der, world.crl(issuer=world.root).der)
    revoked = Desk(world, lists=False).verify(token, *lists, content=CONTENT)
    assert told(revoked) == (OPEN, SubIndication.REVOKED_NO_POE)
    expired = Desk(world, at=START + timedelta(days=800)).verify(token, content=CONTENT)
    assert told(expired) == (OPEN, SubIndication.OUT_OF_BOUNDS_NO_POE)


def test_policy_may_refuse_its_algorithms(world: PkiWorld) -> None:
    other = ValidationPolicy(digests=frozenset({DigestAlgorithm.SHA256}))
    verdict = Desk(world, policy=other).verify(_token(world), content=CONTENT)
    assert told(verdict) == (OPEN, SubIndication.CRYPTO_CONSTRAINTS_FAILURE)
