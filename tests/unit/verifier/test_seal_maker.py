"""Who may make seals: what the verifier takes for an answer, and that everybody else leaves the verdict open (ADR 0023)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from esign.seal.read import parse_seal
from esign.seal.standing import SealHistory, document_digest, info_digest
from tests.support import ses
from tests.support.pki import CA_USAGE, PkiWorld
from tests.unit.verifier.licences import NOW, found, told
from trustkit.clock import FixedClock
from trustkit.verdict import CheckId, Indication, SubIndication, Verdict
from trustkit.x509.trust_store import TrustStore
from verifier.policy import ValidationPolicy
from verifier.service import VerificationService
from verifier.submission import Submission

if TYPE_CHECKING:
    from tests.support.pki import Member

PASSED, OPEN = (Indication.TOTAL_PASSED, None), (Indication.INDETERMINATE, SubIndication.CHAIN_CONSTRAINTS_FAILURE)
CONTENT = b"what the seal was put on"


@pytest.fixture(scope="module")
def world() -> PkiWorld:
    return PkiWorld()


class Registry:
    """A registry that made one seal."""

    def __init__(self, seal: bytes) -> None:
        self._own = parse_seal(seal)

    def history(self, info_sm3: str) -> SealHistory | None:
        made_at = PkiWorld.START
        if info_sm3 != info_digest(self._own):
            return None
        document_sm3 = document_digest(self._own)
        return SealHistory(number="es-a", made_at=made_at, valid_until=made_at, document_sm3=document_sm3)


def verify(
    world: PkiWorld,
    data: bytes,
    *,
    policy: ValidationPolicy | None = None,
    registry: Registry | None = None,
    anchors: TrustStore | None = None,
) -> Verdict:
    service = VerificationService(
        anchors=anchors or world.anchors,
        policy=policy or ValidationPolicy(),
        publications=None,
        fetcher=None,
        clock=FixedClock(NOW),
        seals=registry,
    )
    evidence = (world.issuing.der, world.crl().der, world.crl(issuer=world.root).der)
    return service.verify(Submission(name="x", data=data, content=CONTENT, evidence=evidence))


def both(world: PkiWorld, maker: Member) -> tuple[bytes, bytes]:
    """Return a seal, and a signature of the world's signer with it."""
    seal = ses.make_seal(world, maker=maker)
    return seal, ses.make_seal_signature(world, seal, CONTENT)


def test_who_may_only_sign_makes_no_seals(world: PkiWorld) -> None:
    """Neither for himself nor for a colleague, whatever second certificate he has."""
    own_second = world.issue("电子证照签发专用章", subject_der=world.signer.certificate.subject_der)
    open_use = world.issue("x", purposes=("anyExtendedKeyUsage",))
    for maker in (world.signer, own_second, world.status_signer, open_use):
        for data in both(world, maker):
            assert told(verify(world, data)) == OPEN


def test_his_certificate_may_say_so(world: PkiWorld) -> None:
    for data in both(world, world.seal_maker):
        assert told(verify(world, data)) == PASSED


def test_an_authority_may(world: PkiWorld) -> None:
    authority = world.issue("制章机构", issuer=world.root, ca=True, usage=(*CA_USAGE, "digitalSignature"))
    for data in both(world, authority):
        assert told(verify(world, data)) == PASSED


def test_an_anchor_alone_may_not(world: PkiWorld) -> None:
    """A signer may be trusted so, and makes no seals in the names of others by that; the policy says who does."""
    maker = world.status_signer
    anchors = TrustStore(anchors=(world.root.certificate, maker.certificate))
    named = ValidationPolicy(seal_makers=frozenset({maker.certificate.fingerprint_sm3}))
    for data in both(world, maker):
        assert told(verify(world, data, anchors=anchors)) == OPEN
        assert told(verify(world, data, anchors=anchors, policy=named)) == PASSED


def test_the_registry_vouches_for_its_own(world: PkiWorld) -> None:
    """And for that alone: the same name, picture and users signed by another maker are another seal (v4: one `info_digest`)."""
    seal, signature = both(world, world.status_signer)
    other, _ = both(world, world.issue("另一制章人"))
    for data in (seal, signature):
        assert told(verify(world, data, registry=Registry(seal))) == PASSED
        assert told(verify(world, data, registry=Registry(other))) == OPEN


def test_a_policy_names_makers_or_who_issues_for_them(world: PkiWorld) -> None:
    for accepted in (world.seal_maker, world.issuing, world.root):
        policy = ValidationPolicy(seal_makers=frozenset({accepted.certificate.fingerprint_sm3}))
        for data in both(world, world.seal_maker):
            assert told(verify(world, data, policy=policy)) == PASSED
    policy = ValidationPolicy(seal_makers=frozenset({world.signer.certificate.fingerprint_sm3}))
    for data in both(world, world.seal_maker):
        assert told(verify(world, data, policy=policy)) == OPEN


def test_a_policy_with_names_means_those_alone(world: PkiWorld) -> None:
    seal, _ = both(world, world.seal_maker)
    named = ValidationPolicy(seal_makers=frozenset({world.status_signer.certificate.fingerprint_sm3}))
    assert told(verify(world, seal, policy=named, registry=Registry(seal))) == OPEN
    unmarked, _ = both(world, world.status_signer)
    assert told(verify(world, unmarked, policy=named)) == PASSED


def test_it_is_said_why(world: PkiWorld) -> None:
    seal, _ = both(world, world.signer)
    assert "nothing says that he may make seals" in found(verify(world, seal), CheckId.SEAL_MAKER).detail
