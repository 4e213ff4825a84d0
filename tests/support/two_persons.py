"""A register with a licence, where every act takes two persons; nothing is signed, and time goes as it is told to."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, cast

from esign.licence.approvals import LicenceApprovals
from esign.licence.changes import LicenceChanges
from esign.licence.ordering import LicenceOrders
from esign.licence.proposals import LicenceProposals
from tests.support.databases import tell
from trustkit.identity import Organisation, Principal
from trustkit.store import licences, status_lists
from trustkit.store.licences import LicenceFiling

if TYPE_CHECKING:
    from pathlib import Path

    from trustkit.store.database import Database

MAKER, CHECKER, THIRD = (Principal(id=f"np-{name}") for name in ("maker", "checker", "third"))
START = datetime(2026, 12, 1, tzinfo=UTC)
URI = "https://trust.example/v1/status-lists/1"


@dataclass
class Hands:
    """A clock that is set."""

    moment: datetime = START

    def now(self) -> datetime:
        return self.moment

    def monotonic(self) -> float:
        return time.monotonic()

    def pass_(self, span: timedelta) -> None:
        self.moment += span


@dataclass
class Published:
    """Signs no list, and knows how often it would have."""

    times: int = 0

    def make_ready(self, *_: object, **__: object) -> None:
        """Open no key."""

    def publish_of(self, *_: object, **__: object) -> None:
        self.times += 1


@dataclass
class Office:
    """Proposals, approvals and acts over one store."""

    database: Database
    types: Path
    told_apart: bool = True
    persons: int = 2
    clock: Hands = field(default_factory=Hands)
    published: Published = field(default_factory=Published)

    def issue(self, *identifiers: str) -> None:
        with self.database.unit_of_work() as uow:
            status_lists.open_list(uow, uri=URI, at=START, capacity=256)
            for identifier in identifiers:
                words: dict[str, Any] = {"type_code": "t", "version": 1, "status_list": URI, "at": START}
                licences.reserve(uow, identifier=identifier, filing=LicenceFiling(line=identifier), **words)
                licences.complete(uow, identifier, document=b"%PDF", document_sm3="0" * 64, at=START)
                tell(uow)
                tell(uow)

    @property
    def changes(self) -> LicenceChanges:
        return LicenceChanges(
            database=self.database,
            clock=self.clock,
            publisher=cast("Any", self.published),
            types=self.types,
            persons=self.persons,
        )

    @property
    def proposals(self) -> LicenceProposals:
        orders = LicenceOrders(
            types=self.types,
            issuer=Organisation(uscc="1199010000TRYQK01Q", name="示例市市场监督管理局"),
            today=self.clock.now,
            electronic_seal=lambda _: b"",
        )
        return LicenceProposals(
            database=self.database,
            clock=self.clock,
            orders=orders,
            certificate=cast("Any", None),
            persons=self.persons,
            told_apart=self.told_apart,
        )

    @property
    def approvals(self) -> LicenceApprovals:
        service = cast("Any", SimpleNamespace(changes=self.changes))
        return LicenceApprovals(service=service, proposals=self.proposals)
