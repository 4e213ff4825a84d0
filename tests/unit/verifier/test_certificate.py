"""A certificate handed in by itself: its own purpose, its period, its issuer, and what a stranger's namesake proves."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.support.pki import CA_USAGE, PkiWorld
from tests.unit.verifier.licences import Desk, told
from trustkit.encoding.pem import encode_pem
from trustkit.verdict import Indication, SubIndication
from trustkit.x509 import extensions
from trustkit.x509.trust_store import TrustStore
from verifier.policy import Demand, ValidationPolicy

PASSED, FAILED, OPEN = Indication.TOTAL_PASSED, Indication.TOTAL_FAILED, Indication.INDETERMINATE
START = PkiWorld.START


@pytest.fixture(scope="module")
def world() -> PkiWorld:
    return PkiWorld()


@pytest.mark.parametrize(
    ("member", "expected"),
    [
        ("signer", (PASSED, None)),
        ("tsa", (PASSED, None)),
        ("issuing", (PASSED, None)),
        ("root", (PASSED, None)),
        ("encryption", (FAILED, SubIndication.CHAIN_CONSTRAINTS_FAILURE)),
        ("revoked", (FAILED, SubIndication.REVOKED)),
        ("expired", (FAILED, SubIndication.EXPIRED)),
    ],
)
def test_members(world: PkiWorld, member: str, expected: tuple[Indication, SubIndication | None]) -> None:
    verdict = Desk(world).verify(getattr(world, member).der, world.issuing.der)
    assert told(verdict) == expected
    assert dict(verdict.subject)["serial"] == f"{getattr(world, member).certificate.serial:x}"


def test_not_yet_valid(world: PkiWorld) -> None:
    future = world.issue("future", not_before=START + timedelta(days=9))
    assert told(Desk(world).verify(future.der, world.issuing.der)) == (FAILED, SubIndication.NOT_YET_VALID)


@pytest.mark.parametrize("service", ["serverAuth", "ocspSigning"])
def test_a_certificate_for_a_service_is_judged_for_it_and_says_so(world: PkiWorld, service: str) -> None:
    purposes = extensions.extended_key_usage((service,))
    verdict = Desk(world).verify(world.issue("服务", more_extensions=(purposes,)).der, world.issuing.der)
    assert told(verdict) == (PASSED, None)
    assert dict(verdict.subject)["judged_for"] == "service"


def test_policy_may_ask_for_no_purpose(world: PkiWorld) -> None:
    anything = ValidationPolicy(certificate_purpose=Demand.ANY)
    assert told(Desk(world, policy=anything).verify(world.encryption.der, world.issuing.der)) == (PASSED, None)


def test_policy_may_demand_certificate_policies(world: PkiWorld) -> None:
    gold = extensions.certificate_policies(("1.2.156.1.2",))
    middle = world.issue("策略CA", issuer=world.root, ca=True, usage=CA_USAGE, more_extensions=(gold,))
    leaf = world.issue("策略签名人", issuer=middle, more_extensions=(gold,))
    for wanted, expected in (
        ("1.2.156.1.2", (OPEN, SubIndication.TRY_LATER)),  # only the lists of the authority in between are missing
        ("1.2.156.1.3", (OPEN, SubIndication.CHAIN_CONSTRAINTS_FAILURE)),
    ):
        policy = ValidationPolicy(required_certificate_policies=frozenset({wanted}))
        assert told(Desk(world, policy=policy).verify(leaf.der, middle.der)) == expected
        stamps = Desk(world, policy=policy).verify(world.tsa.der, world.issuing.der)
        assert told(stamps) == (PASSED, None)  # time-stamp authorities are judged by their own purpose


def test_no_anchor_and_no_list_leave_it_open(world: PkiWorld) -> None:
    nobody = Desk(world, anchors=TrustStore.none())
    assert told(nobody.verify(world.signer.der)) == (OPEN, SubIndication.NO_CERTIFICATE_CHAIN_FOUND)
    assert told(Desk(world, lists=False).verify(world.signer.der, world.issuing.der)) == (OPEN, SubIndication.TRY_LATER)


def test_a_chain_in_one_pem_file_is_its_own_evidence(world: PkiWorld) -> None:
    chain = encode_pem("CERTIFICATE", world.signer.der) + encode_pem("CERTIFICATE", world.issuing.der)
    assert told(Desk(world).verify(chain)) == (PASSED, None)


def test_a_changed_certificate_fails(world: PkiWorld) -> None:
    serial = world.signer.certificate.serial.to_bytes(7, "big")
    changed = world.signer.der.replace(serial, serial[:-1] + bytes((serial[-1] ^ 1,)), 1)
    assert changed != world.signer.der
    assert told(Desk(world).verify(changed, world.issuing.der)) == (FAILED, SubIndication.SIG_CRYPTO_FAILURE)


def test_an_authority_with_a_new_key_does_not_make_old_certificates_false(world: PkiWorld) -> None:
    """Same name, other key: the issuer's earlier key is not at hand, which is doubt and nothing worse."""
    renewed = PkiWorld()
    assert renewed.issuing.certificate.subject_der == world.issuing.certificate.subject_der
    verdict = Desk(renewed).verify(world.signer.der, renewed.issuing.der)
    assert verdict.conclusion.indication is OPEN


def test_a_forged_certificate_of_a_known_key_fails(world: PkiWorld) -> None:
    """It names the authority and its key; the key did not sign it."""
    known = world.issuing
    forger = PkiWorld().issuing
    key = forger.signer.public_key.identifier
    usual = extensions.standard_extensions(
        key_identifier=key,
        authority_identifier=known.signer.public_key.identifier,
        ca=False,
        path_length=None,
        usage=("digitalSignature",),
        purposes=(),
        crl_urls=(),
        issuer_urls=(),
    )
    forged = world.issue("forged", issuer=forger, issuer_der=known.certificate.subject_der, exact_extensions=usual)
    assert told(Desk(world).verify(forged.der, known.der)) == (FAILED, SubIndication.SIG_CRYPTO_FAILURE)
