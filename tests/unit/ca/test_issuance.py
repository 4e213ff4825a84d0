from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from ca.authority import INTENTS, IssuingAuthority
from ca.issuance import CertificateIssuer, IssuingRules
from ca.lints.registry import LINTS
from ca.order import CertificateOrder
from ca.profile import load_profile
from ca.revocation import RevocationAuthority
from tests.support.register import latest_list
from trustkit.audit import trail
from trustkit.audit.events import EventType
from trustkit.clock import FixedClock
from trustkit.crypto.algorithm_policy import AlgorithmPolicy, AlgorithmUse, RsaRule, SuiteRule
from trustkit.crypto.public_key import KeyKind
from trustkit.crypto.suites import SignatureSuite
from trustkit.custody.private_key import generate_key
from trustkit.errors import ErrorCode, TrustError
from trustkit.identity import Principal
from trustkit.store import certificates, issuances
from trustkit.x509.crl import parse_crl, verify_crl
from trustkit.x509.name import Name

if TYPE_CHECKING:
    from trustkit.custody.private_key import SoftwareSigner
    from trustkit.error_family import Code
    from trustkit.store.database import Database
    from trustkit.x509.certificate import Certificate

AT = datetime(2026, 12, 1, tzinfo=UTC)
ACTOR = Principal(id="operator:1")
POLICIES = Path(__file__).parents[3] / "policies" / "certificates"


def _order(profile: str, key: SoftwareSigner, name: str = "甲") -> CertificateOrder:
    return CertificateOrder(
        profile=load_profile(POLICIES, profile),
        subject_der=Name.build(country="CN", organisation="示范局", common_name=name),
        spki=key.public_key.spki,
        crl_url="http://127.0.0.1/crl",
        issuer_url="http://127.0.0.1/cer",
    )


class World:
    def __init__(self, database: Database, kind: KeyKind = KeyKind.SM2) -> None:
        self.database = database
        self.clock = FixedClock(AT)
        self.root_key = generate_key(kind).signer()
        self.root = self.authority("root", CertificateIssuer(self.root_key, None)).issue(
            _order("root-ca", self.root_key, "根"), ACTOR
        )
        self.issuer = CertificateIssuer(self.root_key, self.root)

    def authority(self, name: str, issuer: CertificateIssuer) -> IssuingAuthority:
        return IssuingAuthority(name=name, database=self.database, clock=self.clock, issuer=issuer)

    def leaf(self, profile: str, key: SoftwareSigner) -> Certificate:
        return self.authority("root", self.issuer).issue(_order(profile, key), ACTOR)


@pytest.fixture
def database(sqlite_database: Database) -> Database:
    return sqlite_database


@pytest.fixture
def world(database: Database) -> World:
    return World(database)


@pytest.mark.parametrize("kind", [KeyKind.SM2, KeyKind.EC_P256, KeyKind.RSA])
def test_issuing_leaves_certificate_register_and_trail_in_agreement(database: Database, kind: KeyKind) -> None:
    world = World(database, kind)
    certificate = world.leaf("seal", generate_key(kind).signer())
    assert certificate.key_usage == frozenset({"digitalSignature", "nonRepudiation"})
    assert certificate.not_after <= world.root.not_after
    with database.reading() as unit:
        row = certificates.get(unit, certificates.serial_text(certificate.serial))
        types = [entry.type for entry in trail.list_events(unit)]
    assert row.der == certificate.der
    assert types == [EventType.CERTIFICATE_INTENDED, EventType.CERTIFICATE_ISSUED] * 2


def test_a_preparation_is_good_once_and_at_its_own_issuer(world: World) -> None:
    order = _order("seal", generate_key(KeyKind.SM2).signer())
    prepared = world.issuer.prepare(order, serial=2**100, at=AT)
    assert prepared.rules == tuple(rule.id for rule in LINTS)
    world.issuer.issue(prepared)
    other = world.issuer.prepare(order, serial=2**100 + 1, at=AT)
    stranger = CertificateIssuer(world.root_key, world.root)
    for issuer, token in ((world.issuer, prepared), (stranger, other)):
        with pytest.raises(TrustError) as refusal:
            issuer.issue(token)
        assert refusal.value.code is ErrorCode.CA_TOKEN_SPENT


def test_lints_bite(world: World) -> None:
    leaf_key = generate_key(KeyKind.SM2).signer()
    rows = {
        "key-own": (world.issuer, _order("seal", world.root_key), 2**100),
        "serial-entropy": (world.issuer, _order("seal", leaf_key), 5),
        "subject-named": (
            world.issuer,
            CertificateOrder(
                profile=load_profile(POLICIES, "seal"),
                subject_der=b"\x30\x00",
                spki=leaf_key.public_key.spki,
                crl_url="http://a/",
                issuer_url="http://a/",
            ),
            2**100,
        ),
    }
    for rule, (issuer, order, serial) in rows.items():
        with pytest.raises(TrustError) as refusal:
            issuer.prepare(order, serial=serial, at=AT)
        assert refusal.value.code is ErrorCode.CA_LINT
        assert rule in refusal.value.detail


def test_a_certificate_never_outlives_its_issuer(world: World) -> None:
    late = AT + timedelta(days=7299)
    prepared = world.issuer.prepare(_order("seal", generate_key(KeyKind.SM2).signer()), serial=2**90, at=late)
    assert world.issuer.issue(prepared).not_after == world.root.not_after
    with pytest.raises(TrustError):
        world.issuer.prepare(
            _order("seal", generate_key(KeyKind.SM2).signer()), serial=2**90, at=AT + timedelta(days=9000)
        )


def test_a_failing_key_leaves_an_abandoned_intent(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(_self: object, _prepared: object) -> None:
        raise TrustError(ErrorCode.SIGNING_FAILED, "the key is gone")

    monkeypatch.setattr(CertificateIssuer, "issue_batch", fail)
    with pytest.raises(TrustError):
        world.leaf("seal", generate_key(KeyKind.SM2).signer())
    with world.database.reading() as unit:
        rows = certificates.search(unit, state=certificates.CertificateState.ABANDONED)
        last = trail.list_events(unit)[-1]
    assert len(rows) == 1
    assert last.type == EventType.CERTIFICATE_ABANDONED
    assert last.object_id == rows[0].serial


def test_a_failed_commit_is_closed_at_once_or_by_the_next_issuance(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    def unreachable(*_arguments: object, **_named: object) -> None:
        raise TrustError(ErrorCode.STORE_UNREACHABLE, "the database does not answer")

    for also_abandoning in (False, True):
        with monkeypatch.context() as broken:
            broken.setattr(issuances, "complete_many", unreachable)
            if also_abandoning:
                broken.setattr(certificates, "abandon", unreachable)
            with pytest.raises(TrustError) as refusal:
                world.leaf("seal", generate_key(KeyKind.SM2).signer())
        assert refusal.value.code is ErrorCode.STORE_UNREACHABLE
    assert _states(world) == {"issued": 1, "abandoned": 1, "intent": 1}
    world.leaf("seal", generate_key(KeyKind.SM2).signer())
    assert _states(world) == {"issued": 2, "abandoned": 1, "intent": 1}  # it could still be a live one
    world.clock = FixedClock(AT + timedelta(minutes=6))
    world.leaf("seal", generate_key(KeyKind.SM2).signer())
    assert _states(world) == {"issued": 3, "abandoned": 2}
    with world.database.reading() as unit:
        told = [entry for entry in trail.list_events(unit) if entry.type == EventType.CERTIFICATE_ABANDONED]
    assert [entry.reason for entry in told] == ["issuance-failed", "interrupted"]


def test_a_commit_that_arrived_though_its_answer_did_not_is_no_intent_to_close(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = IssuingAuthority._complete

    def lose_the_answer(*arguments: Any) -> None:
        real(*arguments)
        raise TrustError(ErrorCode.STORE_UNREACHABLE, "the database went away during the commit")

    monkeypatch.setattr(IssuingAuthority, "_complete", lose_the_answer)
    with pytest.raises(TrustError) as refusal:
        world.leaf("seal", generate_key(KeyKind.SM2).signer())
    assert refusal.value.code is ErrorCode.STORE_UNREACHABLE
    assert _states(world) == {"issued": 2}


def _states(world: World) -> Counter[str]:
    with world.database.reading() as unit:
        return Counter(row.state.value for row in certificates.search(unit))


def test_a_lint_failure_leaves_nothing(world: World) -> None:
    with world.database.reading() as unit:
        before = trail.last_sequence(unit)
    with pytest.raises(TrustError):
        world.authority("root", world.issuer).issue(_order("seal", world.root_key), ACTOR)
    with world.database.reading() as unit:
        assert trail.last_sequence(unit) == before


def test_interrupted_intents_are_closed(world: World) -> None:
    authority = world.authority("root", world.issuer)
    authority._intend((_order("seal", generate_key(KeyKind.SM2).signer()),), ACTOR)
    closed = INTENTS.close_unfinished(world.database, before=AT + timedelta(seconds=1), now=AT, actor=ACTOR)
    assert len(closed) == 1
    assert INTENTS.close_unfinished(world.database, before=AT + timedelta(seconds=1), now=AT, actor=ACTOR) == ()


def _revocation(world: World) -> RevocationAuthority:
    return RevocationAuthority(
        name="root",
        database=world.database,
        clock=world.clock,
        signer=world.root_key,
        certificate=world.root,
        lifetime=timedelta(days=7),
    )


def test_revoking_publishes_in_the_same_act(world: World) -> None:
    certificate = world.leaf("seal", generate_key(KeyKind.SM2).signer())
    _revocation(world).revoke(f"{certificate.serial:X}", reason="keyCompromise", actor=ACTOR)
    with world.database.reading() as unit:
        _, octets = latest_list(unit, "root")
        types = [entry.type for entry in trail.list_events(unit)][-2:]
    crl = parse_crl(octets)
    verify_crl(crl, world.root)
    assert crl.revoked_entry(certificate.serial) is not None
    assert types == [EventType.CERTIFICATE_REVOKED, EventType.CRL_PUBLISHED]


@pytest.mark.parametrize(
    ("serial", "reason", "code"),
    [
        ("ff", "superseded", ErrorCode.CA_SERIAL_MISSING),
        ("", "superseded", ErrorCode.CA_SERIAL_MISSING),
        ("f" * 41, "superseded", ErrorCode.CA_SERIAL_MISSING),
        ("ff\0", "superseded", ErrorCode.CA_SERIAL_MISSING),
        ("序列号", "superseded", ErrorCode.CA_SERIAL_MISSING),
        ("ff", "because", ErrorCode.USAGE),
        ("ff", "certificateHold", ErrorCode.USAGE),
    ],
)
def test_revocation_refuses(world: World, serial: str, reason: str, code: Code) -> None:
    with pytest.raises(TrustError) as refusal:
        _revocation(world).revoke(serial, reason=reason, actor=ACTOR)
    assert refusal.value.code is code


def test_a_certificate_that_was_never_finished_is_not_revoked(world: World) -> None:
    authority = world.authority("root", world.issuer)
    (serial,), _ = authority._intend((_order("seal", generate_key(KeyKind.SM2).signer()),), ACTOR)
    with pytest.raises(TrustError) as refusal:
        _revocation(world).revoke(serial, reason="superseded", actor=ACTOR)
    assert refusal.value.code is ErrorCode.CA_SERIAL_MISSING


@pytest.mark.parametrize("form", ["{0:X}", "00{0:x}", "0x{0:x}", " {0:x}\n", "{1}"])
def test_a_serial_is_known_in_the_forms_tools_print_it_in(world: World, form: str) -> None:
    number = world.leaf("seal", generate_key(KeyKind.SM2).signer()).serial
    _revocation(world).revoke(form.format(number, number.to_bytes(20).hex(":")), reason="superseded", actor=ACTOR)
    with world.database.reading() as unit:
        assert certificates.get(unit, certificates.serial_text(number)).revoked_at == AT


def test_revoking_twice_is_refused_and_publishes_nothing(world: World) -> None:
    certificate = world.leaf("seal", generate_key(KeyKind.SM2).signer())
    serial = certificates.serial_text(certificate.serial)
    _revocation(world).revoke(serial, reason="superseded", actor=ACTOR)
    with pytest.raises(TrustError) as refusal:
        _revocation(world).revoke(serial, reason="superseded", actor=ACTOR)
    assert refusal.value.code is ErrorCode.CA_SERIAL_REVOKED
    with world.database.reading() as unit:
        head, _ = latest_list(unit, "root")
    assert head.number == 1


def test_no_certificate_with_an_algorithm_past_its_day(world: World) -> None:
    """A CA must not sign with a suite that will not be believed, nor certify an RSA key that is too short by then."""
    last = AT.date() - timedelta(days=1)
    suites = frozenset({SignatureSuite.SM2_SM3})
    rule = SuiteRule(suites=suites, uses=frozenset({AlgorithmUse.CERTIFICATE}), make_until=last, believe_until=last)
    short = RsaRule(least_bits=4096, make_from=last)
    order = _order("seal", generate_key(KeyKind.RSA).signer())
    for policy in (AlgorithmPolicy(suites=(rule,)), AlgorithmPolicy(rsa=(short,))):
        issuer = CertificateIssuer(world.root_key, world.root, rules=IssuingRules(algorithms=policy))
        with pytest.raises(TrustError) as caught:
            issuer.prepare(order, serial=2**100, at=AT)
        assert caught.value.code is ErrorCode.ALGORITHM_SUNSET
