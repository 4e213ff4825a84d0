"""What people are told of beside the page they are on: factors, links, sign-ins from new places. Shown on their own page, and an outbox.

    notify(uow, Notice.FACTOR_REMOVED, person="np-…", kind=FactorKind.TOTP, now=now)      # in the unit of the act
    deliver(database, channel, now=now)                                                   # again and again, by the service

A notice names a person by pseudonym and says in one word what happened; who can reach the person, and how, is the channel's to know.
They stay in the store whatever becomes of the channel, for the person to be shown. Nothing of them is logged.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum, unique
from typing import TYPE_CHECKING, Final, Protocol

from trustkit.errors import ErrorCode, TrustError
from trustkit.identity import fresh_identifier
from trustkit.store import notices
from trustkit.store.notices import NoticeRow

if TYPE_CHECKING:
    from trustkit.store.database import Database
    from trustkit.store.unit_of_work import UnitOfWork

FIRST_DELAY: Final = timedelta(minutes=1)
LONGEST_DELAY: Final = timedelta(hours=6)
MOST_AT_ONCE: Final = 100
_MOST_DOUBLINGS: Final = 10  # beyond, the longest delay is reached in any case


@unique
class Notice(StrEnum):
    """What happened, sorted by value."""

    CODES_RENEWED = "codes-renewed"
    FACTOR_ENROLLED = "factor-enrolled"
    FACTOR_LOCKED = "factor-locked"
    FACTOR_REMOVED = "factor-removed"
    FACTOR_SUSPECTED = "factor-suspected"
    LINK_MADE = "link-made"
    LINK_REMOVED = "link-removed"
    PASSWORD_CHANGED = "password-changed"  # noqa: S105 - a word for what happened
    RECOVERY_USED = "recovery-used"
    SIGNED_IN = "signed-in"


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """What a channel is given. `id` stays the same over retries, so that it can drop what it had before."""

    id: str
    person: str = field(repr=False)
    about: Notice
    kind: str
    at: datetime


class Channel(Protocol):
    """Takes notices to people: a message platform, a mail gateway."""

    def send(self, letter: Letter) -> None:
        """Hand a notice over. Raise any TrustError when it is to be tried again later."""


def notify(uow: UnitOfWork, about: Notice, *, person: str, kind: str, now: datetime) -> None:
    """Write a notice, in the unit of what it tells of; `kind` is that of the factor, or the provider's name."""
    row = NoticeRow(id=fresh_identifier("nt"), person=person, about=about.value, kind=kind, created_at=now, next_at=now)
    notices.add(uow, row)


def deliver(database: Database, channel: Channel, *, now: datetime) -> int:
    """Hand on what is due, at least once each; return how many the channel took. What it refuses is tried again, ever later."""
    with database.reading() as unit:
        due = notices.list_unsent(unit, at=now, limit=MOST_AT_ONCE)
    taken = 0
    for row in due:
        letter = Letter(id=row.id, person=row.person, about=Notice(row.about), kind=row.kind, at=row.created_at)
        try:
            channel.send(letter)
        except TrustError as error:
            if error.code is ErrorCode.BUG:
                raise
            delay = min(FIRST_DELAY * 2 ** min(row.attempts, _MOST_DOUBLINGS), LONGEST_DELAY)
            with database.unit_of_work() as uow:
                notices.postpone(uow, row.id, until=now + delay)
            continue
        with database.unit_of_work() as uow:
            taken += notices.mark_sent(uow, row.id, at=now)
    return taken
