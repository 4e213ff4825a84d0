"""A compromised key ends with all of its certificates, in one act, and is certified no more."""

from __future__ import annotations

from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING

import pytest

from ca.authority import _NOTHING
from ca.revocation import RevocationAuthority, list_revoked_by
from tests.support import register
from tests.support.databases import tell
from tests.support.register import latest_list
from tests.unit.ca.test_issuance import ACTOR, AT, World, _order, _revocation, database, world
from trustkit.audit import trail
from trustkit.audit.events import EventType
from trustkit.clock import FixedClock
from trustkit.crypto.public_key import KeyKind
from trustkit.custody.private_key import generate_key
from trustkit.errors import ErrorCode, TrustError
from trustkit.store import certificates, issuances
from trustkit.store.certificates import serial_text
from trustkit.store.issuances import Wanted
from trustkit.x509.crl import parse_crl

if TYPE_CHECKING:
    from collections.abc import Sequence

    from trustkit.store.certificates import CertificateRow
    from trustkit.x509.certificate import Certificate

__all__ = ["database", "world"]


def _row(world: World, certificate: Certificate) -> CertificateRow:
    with world.database.reading() as unit:
        return certificates.get(unit, serial_text(certificate.serial))


@pytest.mark.parametrize("reason", ["keyCompromise", "cACompromise", "aACompromise"])
def test_a_compromise_revokes_all_certificates_of_the_key(world: World, reason: str) -> None:
    key = generate_key(KeyKind.SM2).signer()
    first, second, held = (world.leaf("seal", key) for _ in range(3))
    other = world.leaf("seal", generate_key(KeyKind.SM2).signer())
    _revocation(world).suspend(serial_text(held.serial), actor=ACTOR)
    since = AT - timedelta(days=2)
    seen: list[Sequence[CertificateRow]] = []
    revoked = _revocation(world).revoke(
        serial_text(first.serial), reason=reason, actor=ACTOR, invalid_since=since, told=seen.append
    )
    twins = sorted(serial_text(each.serial) for each in (second, held))
    assert [each.serial for each in revoked.rows] == [serial_text(first.serial), *twins]
    assert [each.serial for each in seen[0]] == [each.serial for each in revoked.rows]
    for each in (first, second, held):
        row = _row(world, each)
        assert (row.standing, row.reason, row.revoked_at) == ("revoked", reason, AT)
    assert _row(world, other).revoked_at is None
    with world.database.reading() as unit:
        crl = parse_crl(latest_list(unit, "root")[1])
        told = [each for each in trail.list_events(unit) if each.type == EventType.CERTIFICATE_REVOKED]
        assert certificates.list_revoked_with(unit, _row(world, first)) == tuple(twins)
        assert certificates.list_revoked_with(unit, _row(world, other)) == ()
    assert all(crl.revoked_entry(each.serial) is not None for each in (first, second, held))
    assert [(each.object_id, each.facts.get("same_key_as")) for each in told] == [
        (serial_text(first.serial), None),
        *((serial, serial_text(first.serial)) for serial in twins),
    ]
    assert {each.facts["invalid_since"] for each in told} == {"2026-11-29T00:00:00Z"}
    with pytest.raises(TrustError) as refusal:
        world.leaf("seal", key)
    assert refusal.value.code is ErrorCode.CA_KEY_REPEATED
    assert "compromised" in refusal.value.detail


def test_lists_are_made_when_answers_cannot_be(world: World) -> None:
    leaf = world.leaf("seal", generate_key(KeyKind.SM2).signer())
    revocation = _revocation(world)

    def fail(_: object) -> None:
        raise TrustError(ErrorCode.SIGNING_FAILED, "the token is out")

    def is_listed() -> bool:
        with world.database.reading() as unit:
            return parse_crl(latest_list(unit, "root")[1]).revoked_entry(leaf.serial) is not None

    serial = serial_text(leaf.serial)
    for act, listed in (
        (revocation.suspend, True),
        (revocation.resume, False),
        (partial(revocation.revoke, reason="superseded"), True),
    ):
        with pytest.raises(TrustError) as caught:
            act(serial, actor=ACTOR, told=fail)
        assert caught.value.code is ErrorCode.SIGNING_FAILED
        assert is_listed() is listed


def test_another_reason_revokes_one_certificate_alone(world: World) -> None:
    key = generate_key(KeyKind.SM2).signer()
    first, second = world.leaf("seal", key), world.leaf("seal", key)
    with world.database.reading() as unit:
        assert list_revoked_by(unit, _row(world, first), reason="superseded", at=AT) == ()
        (found,) = list_revoked_by(unit, _row(world, first), reason="keyCompromise", at=AT)
    assert found.serial == serial_text(second.serial)
    _revocation(world).revoke(serial_text(first.serial), reason="superseded", actor=ACTOR)
    assert _row(world, second).revoked_at is None
    world.leaf("seal", key)  # such a key may go on


def test_expired_certificates_stay_as_they_are(world: World) -> None:
    key = generate_key(KeyKind.SM2).signer()
    old = world.leaf("seal", key)
    world.clock = FixedClock(old.not_after - timedelta(days=1))
    new = world.leaf("seal", key)
    world.clock = FixedClock(old.not_after + timedelta(days=1))
    _revocation(world).revoke(serial_text(new.serial), reason="keyCompromise", actor=ACTOR)
    assert _row(world, old).revoked_at is None


@pytest.mark.parametrize(("issuer", "role", "count"), [("top", "ca", 0), ("other", "ca", 1), ("top", "link", 1)])
def test_a_root_s_own_certificate_is_on_no_list(world: World, issuer: str, role: str, count: int) -> None:
    wanted = Wanted(profile="root-ca", subject="CN=x", key_sm3="ab", authority="top", role=role)
    with world.database.unit_of_work() as uow:
        (serial,) = issuances.reserve_many(uow, issuer=issuer, wanted=(wanted,), at=AT)
        register.complete(uow, serial, der=b"0", issued_at=AT, not_after=AT + timedelta(days=1))
        tell(uow)
        tell(uow)
        assert len(certificates.list_standing_of_key(uow, "ab", at=AT)) == count


def test_certificates_of_another_authority_go_too_and_its_lists_are_behind(world: World) -> None:
    key = generate_key(KeyKind.SM2).signer()
    first = world.leaf("seal", key)
    second = world.authority("branch", world.issuer).issue(_order("seal", key), ACTOR)
    revoked = _revocation(world).revoke(serial_text(first.serial), reason="keyCompromise", actor=ACTOR)
    assert {each.issuer for each in revoked.rows} == {"root", "branch"}
    assert {head.issuer for head in revoked.lists} == {"root"}
    assert _row(world, second).reason == "keyCompromise"
    branch = RevocationAuthority(
        name="branch",
        database=world.database,
        clock=world.clock,
        signer=world.root_key,
        certificate=world.root,
        lifetime=timedelta(days=7),
    )
    assert branch.due(AT)
    branch.publish(ACTOR)
    assert not branch.due(AT)


def test_nothing_is_revoked_when_one_cannot_be(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    key = generate_key(KeyKind.SM2).signer()
    first, second = world.leaf("seal", key), world.leaf("seal", key)
    real, calls = certificates.revoke, []

    def failing(*args: object, **words: object) -> None:
        calls.append(args)
        if len(calls) > 1:
            raise TrustError(ErrorCode.STORE_UNREACHABLE, "gone")
        real(*args, **words)  # type: ignore[arg-type]  # as called

    monkeypatch.setattr(certificates, "revoke", failing)
    with pytest.raises(TrustError):
        _revocation(world).revoke(serial_text(first.serial), reason="keyCompromise", actor=ACTOR)
    assert [_row(world, each).revoked_at for each in (first, second)] == [None, None]


def test_what_is_being_issued_for_the_key_is_not_completed(world: World) -> None:
    key = generate_key(KeyKind.SM2).signer()
    first = world.leaf("seal", key)
    authority, order = world.authority("root", world.issuer), _order("seal", key)
    serials, prepared = authority._intend((order,), ACTOR)
    made = world.issuer.issue_batch(prepared)
    _revocation(world).revoke(serial_text(first.serial), reason="keyCompromise", actor=ACTOR)
    with pytest.raises(TrustError) as refusal:
        authority._complete((order,), serials, made, ACTOR, _NOTHING)
    assert refusal.value.code is ErrorCode.STORE_CONFLICT
    with world.database.reading() as unit:
        assert certificates.get(unit, serials[0]).state is certificates.CertificateState.ABANDONED
        (told,) = (each for each in trail.list_events(unit) if each.type == EventType.CERTIFICATE_ABANDONED)
    assert (told.object_id, told.reason) == (serials[0], "key-compromised")
