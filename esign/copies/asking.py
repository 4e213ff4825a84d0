"""An organisation asks a holder to let it use a licence (用证请求): for what, how long, how often; he answers where he signs in.

    asked = requests.ask(AskOrder(type_code=…, purpose="办理贷款", days=30, …), asker=bank, actor=who)
    asked.handle                                           # goes into the link, and is kept nowhere
    requests.of(number, asker=bank)                        # waiting, approved with its authorisation, refused, expired

Whoever opens the link is asked, unless the organisation names the holder by his code: then he alone may answer. The code is compared and
not kept. A request is answered once.
"""

from __future__ import annotations

import base64
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from esign.copies.authorisation import MAX_COPIES, new_number, told_facts
from esign.copies.model import MAX_TERM, purpose_of
from trustkit.audit import trail
from trustkit.audit.events import AuditEvent, EventType, FactValue
from trustkit.clock import format_rfc3339
from trustkit.copy_codes import CopyCode
from trustkit.crypto.digest import DigestAlgorithm, digest
from trustkit.errors import TrustError
from trustkit.store import authorisation_requests as rows
from trustkit.store.authorisation_requests import AskRow

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from esign.copies.model import Recipient
    from trustkit.clock import Clock
    from trustkit.identity import Principal
    from trustkit.store.database import Database

MOST_MINUTES: Final = 24 * 60
MOST_WAITING: Final = 1_000  # of one organisation
KEPT: Final = timedelta(days=90)  # after its time was over
HANDLE_LENGTH: Final = 43  # characters of base64url: 256 bits
_OCTETS: Final = 32


@dataclass(frozen=True, slots=True, kw_only=True)
class AskOrder:
    """What an organisation asks for: `days` run from the holder's answer, which it waits `minutes` for; `holder_code` is whom it asks, None for whoever opens the link."""

    type_code: str
    purpose: str
    days: int = 30
    copies: int = 1
    minutes: int = 30
    holder_code: str | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A request that was made, and the handle of its link, which goes out once."""

    row: AskRow
    handle: str = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class AuthorisationRequests:
    """The organisation's side. `holder_of` and `entropy` are as those of `CopyAuthorisations`."""

    database: Database
    clock: Clock
    holder_of: Callable[[str], str]
    entropy: Callable[[int], bytes]

    def ask(self, order: AskOrder, *, asker: Recipient, actor: Principal) -> Asked:
        """Make a request.

        Raises:
            TrustError: COPY_PURPOSE; REQUEST_BOUNDS; REQUEST_MANY when so many wait already.
        """
        _require_bounds(order)
        handle = base64.urlsafe_b64encode(self.entropy(_OCTETS)).rstrip(b"=").decode("ascii")
        holder = None if order.holder_code is None else self.holder_of(order.holder_code)
        with self.database.unit_of_work() as uow:
            now = self.clock.now()
            if rows.count_waiting(uow, asker.uscc, at=now) >= MOST_WAITING:
                raise TrustError(CopyCode.REQUEST_MANY, "so many wait already", limit=MOST_WAITING)
            rows.forget(uow, before=now - KEPT)
            row = AskRow(
                number=new_number(self.entropy),
                handle_sm3=handle_digest(handle),
                recipient=asker.uscc,
                recipient_name=asker.name,
                type_code=order.type_code,
                purpose=purpose_of(order.purpose),
                days=order.days,
                most_copies=order.copies,
                holder=holder,
                asked_at=now,
                expires_at=now + timedelta(minutes=order.minutes),
            )
            rows.add(uow, row)
            facts: dict[str, FactValue] = {
                "copies": row.most_copies,
                "days": row.days,
                "expires_at": format_rfc3339(row.expires_at),
                "licence_type": row.type_code,
                **told_facts(self.holder_of, row.purpose, row.recipient),
            }
            trail.record(uow, ask_event(EventType.COPY_REQUEST_ASKED, row.number, now, actor, facts))
        return Asked(row=row, handle=handle)

    def of(self, number: str, *, asker: Recipient) -> AskRow:
        """Return a request of the asker's own. Raise REQUEST_MISSING, for another's too."""
        with self.database.reading() as unit:
            row = rows.find(unit, number)
        if row is None or row.recipient != asker.uscc:
            raise TrustError(CopyCode.REQUEST_MISSING, "no request of this number is yours")
        return row


def handle_digest(handle: str) -> str:
    """Return what the store knows the handle of a link by."""
    return digest(DigestAlgorithm.SM3, handle.encode()).hex()


def ask_event(kind: EventType, number: str, at: datetime, actor: Principal, facts: dict[str, FactValue]) -> AuditEvent:
    """Return what the trail is told of a request."""
    return AuditEvent(type=kind, at=at, actor=actor, object_type="copy-request", object_id=number, facts=facts)


def _require_bounds(order: AskOrder) -> None:
    for found, most in ((order.days, MAX_TERM.days), (order.copies, MAX_COPIES), (order.minutes, MOST_MINUTES)):
        if not 1 <= found <= most:
            raise TrustError(CopyCode.REQUEST_BOUNDS, "a number is out of bounds", limit=most)
