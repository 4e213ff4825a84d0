"""Revocation lists of every kind as an authority publishes them, over certificates whose fate is known: for other judges."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING

from ca.list_building import ListBuilder
from ca.list_publication import ListPublisher
from ca.list_scope import ALL, ListBinding, ListScope
from tests.support.pki import SIGNING_USAGE
from tests.support.register import latest_list
from trustkit.identity import SYSTEM
from trustkit.store import revocations
from trustkit.store.crls import ListKind
from trustkit.x509 import extensions
from trustkit.x509.crl_extensions import freshest_crl
from trustkit.x509.reason import RevocationReason

if TYPE_CHECKING:
    from tests.support.pki import Member, PkiWorld
    from trustkit.store.database import Database

BASE = "http://ca.example"
WEEK = timedelta(days=7)
DIVISION = ListBinding(partitions=2, deltas=True)
FATES = ("good", "revoked", "revoked-later", "held", "released-later")


@dataclass
class PublishedLists:
    """The issuing CA of a world at work: complete lists first, then deltas that know more.

    Attributes: `members` by fate and partition, such as ``("revoked", 1)``; `lists` their DER by scope and kind; `earlier` the
    complete lists at the same time as the deltas' base.
    """

    world: PkiWorld
    database: Database
    members: dict[tuple[str, int], Member] = field(default_factory=dict)
    lists: dict[tuple[ListScope, ListKind], bytes] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for number, fate in enumerate(FATES):
            for partition in range(DIVISION.partitions):
                self.members[fate, partition] = self._member(fate, 2 * (100 + number) + partition)
        self._change("revoked", RevocationReason.KEY_COMPROMISE, invalid_for=WEEK)
        self._change("held", RevocationReason.CERTIFICATE_HOLD)
        self._change("released-later", RevocationReason.CERTIFICATE_HOLD)
        publisher = self._publisher()
        publisher.publish(SYSTEM)
        self._change("revoked-later", RevocationReason.SUPERSEDED)
        self._change("released-later", RevocationReason.REMOVE_FROM_CRL)
        publisher.publish(SYSTEM, ListKind.DELTA)
        for scope in (ALL, *(ListScope(partitions=2, partition=each) for each in range(2))):
            for kind in ListKind:
                with self.database.reading() as unit:
                    _, self.lists[scope, kind] = latest_list(unit, "issuing", scope=scope.text, kind=kind)

    def _member(self, name: str, serial: int) -> Member:
        url, delta = DIVISION.urls(f"{BASE}/v1/crls/issuing.crl", serial)
        assert delta is not None
        named = (extensions.crl_distribution_points((url,)), freshest_crl((delta,)))
        authority = self.world.issuing.signer.public_key.identifier
        usual = (extensions.authority_key_identifier(authority), extensions.key_usage(SIGNING_USAGE))
        return self.world.issue(name, serial=serial, exact_extensions=(*usual, *named))

    def _change(self, fate: str, reason: RevocationReason, *, invalid_for: timedelta | None = None) -> None:
        now = self.world.clock.now()
        with self.database.unit_of_work() as uow:
            for (each, _), member in self.members.items():
                if each == fate:
                    revocations.record(
                        uow,
                        issuer="issuing",
                        serial=f"{member.certificate.serial:x}",
                        at=now,
                        reason=reason,
                        not_after=None,
                        invalidity_date=None if invalid_for is None else now - invalid_for,
                    )

    def _publisher(self) -> ListPublisher:
        builder = ListBuilder(
            name="issuing",
            signer=self.world.issuing.signer,
            certificate=self.world.issuing.certificate,
            lifetime=WEEK,
            base_url=BASE,
            deltas=True,
            keep_expired=True,
        )
        return ListPublisher(
            database=self.database, clock=self.world.clock, builder=builder, partitions=DIVISION.partitions
        )
