"""Publishing revocation lists: complete ones on their schedule, and what is needed at once after a revocation.

A revocation commits on its own, at a cost that does not depend on how many there are. What it left to be told is seen by
comparing numbers: the issuer's newest change against the newest change its lists tell. So a crash between the two loses
nothing: the next publication finds the difference and closes it.

    publisher.publish(actor)            # every scope, complete (and with deltas on, the delta of the same number)
    publisher.publish_due(actor)        # those half-way through their time, and those that do not know the newest change
    publisher.publish_changes(serials, actor)
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from ca.list_building import ListBuilder, MadeList, read_entries
from ca.list_scope import ALL, ListScope, scopes_of
from trustkit.audit import trail
from trustkit.audit.events import AuditEvent, EventType, FactValue
from trustkit.clock import format_rfc3339
from trustkit.crypto.digest import DigestAlgorithm, digest
from trustkit.errors import ErrorCode, TrustError
from trustkit.store import crls, revocations
from trustkit.store.crls import CrlHead, ListKind
from trustkit.store.revocations import Selection

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable
    from datetime import datetime

    from trustkit.clock import Clock
    from trustkit.identity import Principal
    from trustkit.store.database import Database
    from trustkit.store.unit_of_work import ReadUnit

AT_ONCE: Final = 20_000  # entries of a complete list that is made anew with each revocation: a fraction of a second
_TRIES: Final = 3  # publications overtaken by another process


@dataclass(frozen=True, slots=True, kw_only=True)
class ListPublisher:
    """Publishes the lists of one CA; `partitions` is how many lists new certificates are divided among."""

    database: Database
    clock: Clock
    builder: ListBuilder
    partitions: int = 1

    def publish(self, actor: Principal, kind: ListKind = ListKind.FULL) -> tuple[CrlHead, ...]:
        """Sign and keep fresh lists of every scope; deltas alone when asked for, with their first complete list.

        Raises:
            TrustError: USAGE for deltas of a CA that does not offer them; what `ListBuilder.build` and the store raise.
        """
        if kind is ListKind.DELTA and not self.builder.deltas:
            raise TrustError(ErrorCode.USAGE, "[publication] crl_deltas is off: the lists point to no delta")
        return tuple(head for scope in self.scopes() for head in self._publish(scope, kind, actor))

    def publish_due(self, actor: Principal) -> tuple[CrlHead, ...]:
        """Publish the lists that are half-way through their time, missing, or behind the register."""
        now = self.clock.now()
        return tuple(
            head
            for scope in self.scopes()
            if (kind := self._due(scope, now)) is not None
            for head in self._publish(scope, kind, actor)
        )

    def publish_changes(self, serials: Collection[int], actor: Principal) -> tuple[CrlHead, ...]:
        """Publish what tells of a change to some certificates: their lists while they are short, else deltas of them.

        A long list of all certificates beside partitions, and without deltas, is left to `publish_due`.
        """
        done: list[CrlHead] = []
        for scope in self.scopes():
            if all(serial % scope.partitions != scope.partition for serial in serials):
                continue
            with self.database.reading() as unit:
                latest = crls.find_head(unit, self.builder.name, scope=scope.text)
            if latest is None or latest.entries <= AT_ONCE:
                done += self._publish(scope, ListKind.FULL, actor)
            elif self.builder.deltas:
                done += self._publish(scope, ListKind.DELTA, actor)
            elif not scope.whole or self.partitions == 1:
                done += self._publish(scope, ListKind.FULL, actor)
        return tuple(done)

    def due(self, now: datetime) -> bool:
        """Tell whether `publish_due` would publish anything."""
        return any(self._due(scope, now) is not None for scope in self.scopes())

    def scopes(self) -> tuple[ListScope, ...]:
        """Return every scope that is published: all certificates, today's division, and older ones still in use."""
        with self.database.reading() as unit:
            known = [ListScope.parse(text) for text in crls.scopes(unit, self.builder.name)]
        counts = {scope.partitions for scope in known} | {self.partitions}
        return tuple(scope for count in sorted(counts | {ALL.partitions}) for scope in scopes_of(count))

    def _due(self, scope: ListScope, now: datetime) -> ListKind | None:
        name = self.builder.name
        with self.database.reading() as unit:
            latest = crls.find_head(unit, name, scope=scope.text)
            told = told_change(unit, name, scope.text)
            behind = revocations.last_change(unit, name) > told
        if latest is None or now >= latest.this_update + (latest.next_update - latest.this_update) / 2:
            return ListKind.FULL
        if not behind:
            return None
        return ListKind.DELTA if self.builder.deltas and latest.entries > AT_ONCE else ListKind.FULL

    def _publish(self, scope: ListScope, kind: ListKind, actor: Principal) -> tuple[CrlHead, ...]:
        for left in reversed(range(_TRIES)):
            made = self._make(scope, kind)
            try:
                self._keep(made, actor)
            except TrustError as error:
                if error.code is not ErrorCode.STORE_CONFLICT or not left:
                    raise
            else:
                return tuple(each.head for each in made)
        raise TrustError(ErrorCode.BUG, "no try was left")

    def _make(self, scope: ListScope, kind: ListKind) -> tuple[MadeList, ...]:
        """Return the lists to keep together. A complete list and a delta of one number tell the same (RFC 5280 5.2.4)."""
        name, at = self.builder.name, self.clock.now()
        with self.database.unit_of_work() as uow:
            number = crls.next_number(uow, name)
        with self.database.reading() as unit:
            full = crls.find_head(unit, name, scope=scope.text)
            delta = crls.find_head(unit, name, scope=scope.text, kind=ListKind.DELTA)
            base = crls.find_base(unit, name, scope=scope.text, at=at)
            whole = None
            if kind is ListKind.FULL or full is None:
                whole = read_entries(unit, name, self._everything(scope, full))
            after = base.change if base is not None else revocations.last_change(unit, name)
            changes = read_entries(unit, name, self._selection(scope, after=after)) if self.builder.deltas else None
        made = []
        if whole is not None:
            made.append(self.builder.build(whole, scope=scope, number=number, base=None, at=at, latest=full))
        if changes is not None:  # the very first complete list is its delta's own base, and nothing has changed since
            begins = base.number if base is not None else number
            made.append(self.builder.build(changes, scope=scope, number=number, base=begins, at=at, latest=delta))
        return tuple(made)

    def _everything(self, scope: ListScope, latest: CrlHead | None) -> Selection:
        if latest is None or self.builder.keep_expired:
            return self._selection(scope)
        return self._selection(scope, dropped=(latest.change, latest.this_update))

    def _selection(
        self, scope: ListScope, *, after: int | None = None, dropped: tuple[int, datetime] | None = None
    ) -> Selection:
        return Selection(partitions=scope.partitions, partition=scope.partition, after=after, dropped=dropped)

    def _keep(self, made: tuple[MadeList, ...], actor: Principal) -> None:
        now = self.clock.now()
        with self.database.unit_of_work() as uow:
            for each in made:
                crls.add(uow, each.head, each.der)
            for each in made:
                trail.record(uow, _event(each, now, actor))


def told_change(unit: ReadUnit, issuer: str, scope: str) -> int:
    """Return the newest change of an issuer's revocations that the published lists of a scope tell."""
    heads = (crls.find_head(unit, issuer, scope=scope, kind=kind) for kind in ListKind)
    return max((head.change for head in heads if head is not None), default=0)


def untold(unit: ReadUnit, issuer: str) -> int:
    """Return how many revocations of an issuer no list of all its certificates tells yet."""
    return revocations.count_after(unit, issuer, told_change(unit, issuer, ALL.text))


def tells_all(unit: ReadUnit, issuer: str) -> bool:
    """Tell whether every change of an issuer is told by a list that is about its certificate."""
    whole = told_change(unit, issuer, ALL.text)
    told = [(scope, told_change(unit, issuer, scope.text)) for scope in map(ListScope.parse, crls.scopes(unit, issuer))]
    return all(
        any(bucket % scope.partitions == scope.partition and newest <= change for scope, change in told)
        for bucket, newest in revocations.newest_by_bucket(unit, issuer, after=whole).items()
    )


def untold_among(unit: ReadUnit, serials: Iterable[str]) -> frozenset[str]:
    """Return those of some certificates, by serial as in the register, whose newest change no list about them tells yet."""
    told: dict[tuple[str, str], int] = {}
    scopes: dict[str, tuple[ListScope, ...]] = {}
    found = set()
    for change in revocations.changes_of(unit, serials):
        if change.issuer not in scopes:
            scopes[change.issuer] = tuple(ListScope.parse(text) for text in crls.scopes(unit, change.issuer))
        newest = 0
        for scope in scopes[change.issuer]:
            if int(change.serial, 16) % scope.partitions == scope.partition:
                key = (change.issuer, scope.text)
                if key not in told:
                    told[key] = told_change(unit, *key)
                newest = max(newest, told[key])
        if change.number > newest:
            found.add(change.serial)
    return frozenset(found)


def _event(made: MadeList, now: datetime, actor: Principal) -> AuditEvent:
    head = made.head
    facts: dict[str, FactValue] = {
        "issuer": head.issuer,
        "number": head.number,
        "entries": head.entries,
        "kind": head.kind.value,
        "scope": head.scope,
        "next_update": format_rfc3339(head.next_update),
        "crl_sm3": digest(DigestAlgorithm.SM3, made.der).hex(),
    }
    if head.base is not None:
        facts["base"] = head.base
    return AuditEvent(
        type=EventType.CRL_PUBLISHED,
        at=now,
        actor=actor,
        object_type="crl",
        object_id=f"{head.issuer}:{head.number}",
        facts=facts,
    )
