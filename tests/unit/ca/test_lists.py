from __future__ import annotations

import secrets
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from ca import list_building, list_publication
from ca.list_publication import tells_all, untold
from ca.list_scope import ALL, ListBinding, ListScope, require_partitions, scopes_of
from ca.revocation import RevocationAuthority
from tests.support import register
from tests.support.databases import tell
from tests.support.pki import BendableClock, PkiWorld
from trustkit.audit import trail
from trustkit.crypto.public_key import KeyKind
from trustkit.custody.private_key import generate_key
from trustkit.encoding import der
from trustkit.encoding import der_write as w
from trustkit.errors import ErrorCode, TrustError
from trustkit.identity import Principal
from trustkit.store import revocations
from trustkit.store.crls import CrlHead, ListKind
from trustkit.x509 import crl_extensions, oids
from trustkit.x509.crl import CertificateList, parse_crl, verify_crl
from trustkit.x509.reason import RevocationReason

if TYPE_CHECKING:
    from trustkit.store.database import Database

AT = datetime(2026, 12, 1, tzinfo=UTC)
WEEK = timedelta(days=7)
ACTOR = Principal(id="operator:1")
BASE = "https://ca.example.org"


class Shop:
    """An issuing CA's revocations over a store; its certificates are rows alone."""

    def __init__(self, database: Database, world: PkiWorld) -> None:
        self.database, self.world, self.clock = database, world, BendableClock(AT)
        self.authority = RevocationAuthority(
            name="issuing",
            database=database,
            clock=self.clock,
            signer=world.issuing.signer,
            certificate=world.issuing.certificate,
            lifetime=WEEK,
            base_url=BASE,
        )

    def offer(self, **fields: Any) -> None:
        self.authority = replace(self.authority, **fields)

    def certificate(self, *, not_after: datetime = AT + timedelta(days=365), last_octet: int = 1) -> int:
        with self.database.unit_of_work() as uow:
            row = register.reserve(
                uow,
                issuer="issuing",
                profile="seal",
                subject="CN=x",
                at=AT,
                random_octets=lambda size: secrets.token_bytes(size - 1) + bytes([last_octet]),
            )
            register.complete(uow, row.serial, der=b"\x30", issued_at=AT, not_after=not_after)
            for _ in range(2):
                tell(uow)
        return row.serial_number

    def revoke(self, serial: int, **fields: Any) -> tuple[CrlHead, ...]:
        return self.authority.revoke(f"{serial:x}", **{"reason": "superseded", "actor": ACTOR, **fields}).lists

    def change(self, serial: int, reason: RevocationReason) -> None:
        """Do what suspending and releasing write for the lists."""
        with self.database.unit_of_work() as uow:
            revocations.record(
                uow, issuer="issuing", serial=f"{serial:x}", at=self.clock.now(), reason=reason, not_after=None
            )
        self.authority.publisher.publish_changes((serial,), ACTOR)

    def crl(self, scope: ListScope = ALL, kind: ListKind = ListKind.FULL) -> CertificateList:
        with self.database.reading() as unit:
            head, octets = register.latest_list(unit, "issuing", scope=scope.text, kind=kind)
        found = parse_crl(octets)
        verify_crl(found, self.world.issuing.certificate)
        assert found.entry_count == head.entries
        assert found.number == head.number
        return found

    def untold(self) -> int:
        with self.database.reading() as unit:
            return untold(unit, "issuing")


@pytest.fixture(scope="module")
def world() -> PkiWorld:
    return PkiWorld()


@pytest.fixture
def shop(sqlite_database: Database, world: PkiWorld) -> Shop:
    return Shop(sqlite_database, world)


def value_of(crl: CertificateList, oid: str) -> bytes:
    found = crl.extensions[oid]
    assert found.critical == (oid in {oids.DELTA_CRL_INDICATOR, oids.ISSUING_DISTRIBUTION_POINT})
    return found.value


def test_a_list_speaks_of_the_time_of_invalidity(shop: Shop) -> None:
    serial = shop.certificate()
    shop.revoke(serial, reason="keyCompromise", invalid_since=AT - timedelta(days=3))
    entry = shop.crl().revoked_entry(serial)
    assert entry is not None
    assert (entry.reason, entry.date) == (RevocationReason.KEY_COMPROMISE, AT)
    assert entry.invalidity_date == AT - timedelta(days=3)
    with shop.database.reading() as unit:
        facts = [each.facts for each in trail.list_events(unit) if each.type == "ca:certificate:revoked"]
    assert facts == [{"issuer": "issuing", "profile": "seal", "invalid_since": "2026-11-28T00:00:00Z"}]


def test_invalidity_ahead_is_refused(shop: Shop) -> None:
    with pytest.raises(TrustError) as refusal:
        shop.revoke(shop.certificate(), invalid_since=AT + timedelta(seconds=1))
    assert refusal.value.code is ErrorCode.USAGE


def test_a_revocation_stands_when_its_list_fails_and_the_next_publication_tells_it(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    shop.authority.publish(ACTOR)
    serial = shop.certificate()

    def fail(*_: object, **__: object) -> None:
        raise TrustError(ErrorCode.SIGNING_FAILED, "the token is out")

    with monkeypatch.context() as patch:
        patch.setattr(list_building.ListBuilder, "build", fail)
        with pytest.raises(TrustError) as failure:
            shop.revoke(serial)
    assert failure.value.code is ErrorCode.SIGNING_FAILED
    assert shop.untold() == 1
    assert shop.crl().revoked_entry(serial) is None
    assert shop.authority.due(AT)
    (head,) = shop.authority.publisher.publish_due(ACTOR)
    assert (head.kind, head.entries) == (ListKind.FULL, 1)
    assert shop.crl().revoked_entry(serial) is not None
    assert (shop.untold(), shop.authority.due(AT)) == (0, False)
    assert shop.authority.publisher.publish_due(ACTOR) == ()


def test_half_of_its_time_over_a_list_is_due(shop: Shop) -> None:
    assert shop.authority.due(AT)
    shop.authority.publish(ACTOR)
    assert not shop.authority.due(AT + WEEK / 2 - timedelta(seconds=1))
    assert shop.authority.due(AT + WEEK / 2)


def test_a_list_by_another_key_is_never_kept(shop: Shop) -> None:
    shop.authority.publish(ACTOR)
    shop.offer(signer=generate_key(KeyKind.SM2).signer())
    with pytest.raises(TrustError) as refusal:
        shop.authority.publish(ACTOR)
    assert refusal.value.code is ErrorCode.SIGNATURE_WRONG
    assert shop.crl().number == 1


def test_the_expired_stay_for_one_list_after_their_end(shop: Shop) -> None:
    serial = shop.certificate(not_after=AT + timedelta(days=1))
    shop.revoke(serial)
    shop.clock.advance(timedelta(days=2))
    for told in (True, False):
        shop.authority.publish(ACTOR)
        assert (shop.crl().revoked_entry(serial) is not None) is told
        shop.clock.advance(timedelta(days=1))


def test_the_expired_stay_where_the_list_promises_it(shop: Shop) -> None:
    shop.offer(keep_expired=True)
    serial = shop.certificate(not_after=AT + timedelta(days=1))
    shop.revoke(serial)
    for _ in range(3):
        shop.clock.advance(timedelta(days=2))
        shop.authority.publish(ACTOR)
    assert shop.crl().revoked_entry(serial) is not None
    since = shop.world.issuing.certificate.not_before
    assert value_of(shop.crl(), oids.EXPIRED_CERTS_ON_CRL) == w.generalized_time(since)


def test_deltas_begin_at_a_list_relying_parties_may_hold(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(list_publication, "AT_ONCE", 0)
    shop.offer(deltas=True)
    first = shop.certificate()
    shop.revoke(first)  # the first list of all is complete
    full, delta = shop.crl(), shop.crl(kind=ListKind.DELTA)
    assert (full.number, delta.number) == (1, 1)
    assert (full.entry_count, delta.entry_count) == (1, 0)
    assert value_of(delta, oids.DELTA_CRL_INDICATOR) == w.integer(1)
    assert oids.FRESHEST_CRL not in delta.extensions
    expected = parse_extension(crl_extensions.freshest_crl([f"{BASE}/v1/crls/issuing/delta.crl"]))
    assert value_of(full, oids.FRESHEST_CRL) == expected

    second = shop.certificate()
    (head,) = shop.revoke(second)
    assert (head.kind, head.base, head.number) == (ListKind.DELTA, 1, 2)
    delta = shop.crl(kind=ListKind.DELTA)
    assert delta.revoked_entry(second) is not None
    assert delta.revoked_entry(first) is None
    assert shop.crl().number == 1
    assert (shop.untold(), shop.authority.due(AT)) == (0, False)

    both = shop.authority.publish(ACTOR)
    assert [(each.kind, each.number, each.base) for each in both] == [
        (ListKind.FULL, 3, None),
        (ListKind.DELTA, 3, 1),
    ]
    shop.clock.advance(WEEK)  # the first list has ended, the second (a second younger) has not
    (head,) = shop.authority.publish(ACTOR, ListKind.DELTA)
    assert head.base == 3


def test_a_hold_and_its_end_in_deltas(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(list_publication, "AT_ONCE", 0)
    shop.offer(deltas=True)
    shop.revoke(shop.certificate())
    serial = shop.certificate()
    for reason in (RevocationReason.CERTIFICATE_HOLD, RevocationReason.REMOVE_FROM_CRL):
        shop.change(serial, reason)
        entry = shop.crl(kind=ListKind.DELTA).revoked_entry(serial)
        assert entry is not None
        assert entry.reason is reason
    shop.authority.publish(ACTOR)
    assert shop.crl().revoked_entry(serial) is None


def test_deltas_are_refused_where_lists_point_to_none(shop: Shop) -> None:
    with pytest.raises(TrustError) as refusal:
        shop.authority.publish(ACTOR, ListKind.DELTA)
    assert refusal.value.code is ErrorCode.USAGE


def test_partitions_tell_their_own_certificates(shop: Shop) -> None:
    shop.offer(partitions=4)
    shop.authority.publish(ACTOR)
    serials = [shop.certificate(last_octet=octet) for octet in (0x10, 0x11, 0x12, 0x13)]
    for serial in serials:
        assert len(shop.revoke(serial)) == 2  # the list of all, and its own
    for number, scope in enumerate(scopes_of(4)):
        crl = shop.crl(scope)
        assert [serial for serial in serials if crl.revoked_entry(serial)] == [serials[number]]
        expected = crl_extensions.issuing_distribution_point(f"{BASE}/v1/crls/issuing/4-{number}.crl")
        assert value_of(crl, oids.ISSUING_DISTRIBUTION_POINT) == parse_extension(expected)
    assert shop.crl().entry_count == 4
    assert oids.ISSUING_DISTRIBUTION_POINT not in shop.crl().extensions


def test_an_older_division_goes_on_beside_the_new(shop: Shop) -> None:
    shop.offer(partitions=2)
    shop.authority.publish(ACTOR)
    shop.offer(partitions=4)
    assert [scope.text for scope in shop.authority.publisher.scopes()] == [
        "1-0", "2-0", "2-1", "4-0", "4-1", "4-2", "4-3",
    ]  # fmt: skip
    serial = shop.certificate(last_octet=3)
    assert {head.scope for head in shop.revoke(serial)} == {"1-0", "2-1", "4-3"}


def test_a_long_list_beside_partitions_waits_for_the_publisher(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    shop.offer(partitions=2)
    serial = shop.certificate(last_octet=1)
    shop.revoke(serial)
    monkeypatch.setattr(list_publication, "AT_ONCE", 0)
    second = shop.certificate(last_octet=1)
    assert [head.scope for head in shop.revoke(second)] == ["2-1"]
    assert shop.untold() == 1
    assert "1-0" in {head.scope for head in shop.authority.publisher.publish_due(ACTOR)}
    assert shop.untold() == 0


def test_a_publication_that_was_overtaken_is_made_again(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    other = shop.authority.publisher
    calls = []
    make = list_publication.ListPublisher._make

    def slow(publisher: list_publication.ListPublisher, scope: ListScope, kind: ListKind) -> Any:
        made = make(publisher, scope, kind)
        calls.append(scope)
        if len(calls) == 1:
            other.publish(ACTOR)
        return made

    monkeypatch.setattr(list_publication.ListPublisher, "_make", slow)
    (head,) = shop.authority.publish(ACTOR)
    assert (len(calls), head.number) == (3, 3)
    assert shop.crl().number == 3


@pytest.mark.parametrize("text", ["", "0-0", "2-2", "3-1", "512-1", "16", "16-07", "-1-0", "16-7\n"])
def test_scopes_that_are_none(text: str) -> None:
    with pytest.raises(TrustError) as refusal:
        ListScope.parse(text)
    assert refusal.value.code is ErrorCode.USAGE


@pytest.mark.parametrize("count", [0, -1, 3, 257, 512])
def test_divisions_that_are_none(count: int) -> None:
    with pytest.raises(TrustError):
        require_partitions(count)


@pytest.mark.parametrize(
    ("binding", "urls"),
    [
        (ListBinding(), ("/issuing.crl", None)),
        (ListBinding(deltas=True), ("/issuing.crl", "/issuing/delta.crl")),
        (ListBinding(partitions=16), ("/issuing/16-7.crl", None)),
        (ListBinding(partitions=16, deltas=True), ("/issuing/16-7.crl", "/issuing/16-7-delta.crl")),
    ],
)
def test_a_certificate_names_its_list_and_the_list_itself(
    shop: Shop, binding: ListBinding, urls: tuple[str, str | None]
) -> None:
    del shop
    found = binding.urls(f"{BASE}/v1/crls/issuing.crl", 0x1234567)
    assert found == tuple(None if url is None else f"{BASE}/v1/crls{url}" for url in urls)
    scope = ListScope.of_serial(0x1234567, partitions=binding.partitions)
    assert found[0] == scope.url(BASE, "issuing")
    assert found[1] in {None, scope.url(BASE, "issuing", delta=True)}


def test_a_scope_reads_back(shop: Shop) -> None:
    del shop
    scope = ListScope.of_serial(0x1234567, partitions=16)
    assert (scope.text, ListScope.parse(scope.text)) == ("16-7", scope)
    assert scope.path("issuing", delta=True) == "/v1/crls/issuing/16-7-delta.crl"
    assert ALL.url(BASE, "root") == f"{BASE}/v1/crls/root.crl"


def parse_extension(encoded: bytes) -> bytes:
    """Return the value inside an encoded Extension, which stands last in it."""

    fields = der.children(encoded, der.read_tlv(encoded, 0, len(encoded)))
    return der.content(encoded, fields[-1])


def test_lists_tell_all_when_each_change_is_in_a_list_about_its_certificate(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    def told() -> bool:
        with shop.database.reading() as unit:
            return tells_all(unit, "issuing")

    assert told()
    shop.offer(partitions=4)
    shop.authority.publish(ACTOR)
    monkeypatch.setattr(list_publication, "AT_ONCE", -1)  # the list of all certificates is left to its schedule
    one, two = shop.certificate(last_octet=1), shop.certificate(last_octet=2)
    shop.revoke(one)
    assert (told(), shop.untold()) == (True, 1)
    with shop.database.unit_of_work() as uow:  # the process ends before the list is made
        reason = RevocationReason.SUPERSEDED
        revocations.record(uow, issuer="issuing", serial=f"{two:x}", at=AT, reason=reason, not_after=None)
    assert not told()
    shop.change(one, RevocationReason.KEY_COMPROMISE)  # another part's list tells of a newer change
    assert not told()
    shop.authority.publisher.publish_changes((two,), ACTOR)
    assert told()
