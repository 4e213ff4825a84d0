"""Where a seal stands in its registry and what may become of it: one table, by which registry and verdict both go.

    change = history.change(SealAct.LOSE, reason="stolen", since=yesterday, people=people, now=now)
    history.at(signed_at)                       # where the seal stood then, as is known today

Made seals are in force → suspended → in force, or lost → in force when found, and from anywhere revoked, which is the end.
What was recorded last is believed: a loss may be known of later than it happened, and its `since` then lies in the past.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime  # noqa: TC003 - a field type of a public dataclass
from enum import StrEnum, unique
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from trustkit.clock import format_rfc3339
from trustkit.crypto.digest import DigestAlgorithm, digest
from trustkit.errors import ErrorCode, TrustError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from esign.seal.model import UnverifiedSeal

NUMBER: Final = re.compile(r"es-[a-z]{13}")
MAX_CHANGES: Final = 400  # of one seal, the last of which is its revocation


@unique
class Standing(StrEnum):
    """Where a made seal stands. Whether its period has ended is another matter (`SealHistory.is_over`)."""

    IN_FORCE = "in-force"
    SUSPENDED = "suspended"
    LOST = "lost"
    REVOKED = "revoked"


@unique
class SealAct(StrEnum):
    """What is done about a made seal."""

    SUSPEND = "suspend"
    RESUME = "resume"
    LOSE = "lose"
    REVOKE = "revoke"


_AFTER: Final[Mapping[tuple[Standing, SealAct], Standing]] = MappingProxyType(
    {
        (Standing.IN_FORCE, SealAct.SUSPEND): Standing.SUSPENDED,
        (Standing.SUSPENDED, SealAct.RESUME): Standing.IN_FORCE,
        (Standing.LOST, SealAct.RESUME): Standing.IN_FORCE,
        (Standing.IN_FORCE, SealAct.LOSE): Standing.LOST,
        (Standing.SUSPENDED, SealAct.LOSE): Standing.LOST,
        (Standing.IN_FORCE, SealAct.REVOKE): Standing.REVOKED,
        (Standing.SUSPENDED, SealAct.REVOKE): Standing.REVOKED,
        (Standing.LOST, SealAct.REVOKE): Standing.REVOKED,
    }
)
_REASONS: Final[Mapping[SealAct, tuple[str, ...]]] = MappingProxyType(
    {
        SealAct.SUSPEND: ("holder-request", "misuse-suspected", "under-review", "other"),
        SealAct.RESUME: ("cleared", "found", "error", "other"),
        SealAct.LOSE: ("lost", "stolen", "key-compromise"),
        SealAct.REVOKE: (
            "holder-dissolved",
            "holder-request",
            "name-changed",
            "superseded",
            "lost",
            "key-compromise",
            "misused",
            "error",
            "other",
        ),
    }
)
_BACKDATED: Final = frozenset({SealAct.LOSE, SealAct.REVOKE})
_AFTER_THE_END: Final = _BACKDATED  # of an ended seal: what was signed with it before may have to be doubted


@dataclass(frozen=True, slots=True, kw_only=True)
class People:
    """Who asked for something and who agreed to it, by pseudonym."""

    applicant: str
    approvers: tuple[str, ...] = ()

    def require_apart(self, *, least: int = 0) -> None:
        """Raise REGISTRATION_OWN for an applicant among those who agreed, REGISTRATION_APPROVALS for fewer than `least` people."""
        if self.applicant in self.approvers:
            raise TrustError(ErrorCode.REGISTRATION_OWN, "who asks does not approve")
        if len(set(self.approvers)) < least:
            found = len(set(self.approvers))
            raise TrustError(ErrorCode.REGISTRATION_APPROVALS, "approvals that count", needed=least, found=found)


@dataclass(frozen=True, slots=True, kw_only=True)
class SealChange:
    """One act on a made seal: what it came to, why, since when it counts, and when it was recorded."""

    act: SealAct
    standing: Standing
    reason: str
    since: datetime
    recorded_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class SealHistory:
    """A made seal's number, period and acts, in the order they were recorded; `document_sm3` is of its octets (hex), as it was made."""

    number: str
    made_at: datetime
    valid_until: datetime
    changes: tuple[SealChange, ...] = ()
    document_sm3: str = ""

    @property
    def standing(self) -> Standing:
        """Where it stands by what was recorded last."""
        return self.changes[-1].standing if self.changes else Standing.IN_FORCE

    def at(self, moment: datetime) -> Standing:
        """Return where it stood at a moment, by what is recorded now: of the acts that count since then, the last recorded."""
        told = [change for change in self.changes if change.since <= moment]
        return told[-1].standing if told else Standing.IN_FORCE

    def is_over(self, now: datetime) -> bool:
        """Whether the seal's own period has ended."""
        return now > self.valid_until

    def change(self, act: SealAct, *, reason: str, since: datetime | None, people: People, now: datetime) -> SealChange:
        """Return what an act comes to. Only a loss and a revocation may count since before they are recorded.

        Raises:
            TrustError: SEAL_STATE where the table has no such act, or the seal's period has ended; USAGE for a reason or a
                time that does not fit; REGISTRATION_OWN when who asked also agreed, REGISTRATION_APPROVALS for a resumption
                nobody agreed to.
        """
        people.require_apart(least=int(act is SealAct.RESUME))
        require_words(act, reason=reason, since=since, now=now)
        after = self.require_possible(act, now=now)
        self.require_made_by(since)
        return SealChange(act=act, standing=after, reason=reason, since=since or now, recorded_at=now)

    def require_made_by(self, since: datetime | None) -> None:
        """Raise USAGE for a time before the seal was made: asked for at the request, so that no approval comes to nothing."""
        if since is not None and since < self.made_at:
            made = format_rfc3339(self.made_at)
            raise TrustError(ErrorCode.USAGE, f"--since lies before the seal was made: name {made} or a later time")

    def require_possible(self, act: SealAct, *, now: datetime) -> Standing:
        """Return where an act would leave the seal. Raise SEAL_STATE where the table has no such act, or the period has ended."""
        after = _AFTER.get((self.standing, act))
        if after is None:
            raise TrustError(ErrorCode.SEAL_STATE, "this is not done to such a seal", found=self.standing.value)
        if self.is_over(now) and act not in _AFTER_THE_END:
            raise TrustError(ErrorCode.SEAL_STATE, "its period has ended", found="expired")
        if len(self.changes) >= MAX_CHANGES and act is not SealAct.REVOKE:
            raise TrustError(
                ErrorCode.SEAL_STATE, "so much was done to it that it can only be revoked", found="worn-out"
            )
        return after


def info_digest(seal: UnverifiedSeal) -> str:
    """Return the SM3 (hex) of what a seal's maker signed, by which a registry knows it again.

    Not of the whole: from v5 on a seal carries a time stamp that its maker's signature does not cover.
    """
    return digest(DigestAlgorithm.SM3, seal.signed).hex()


def document_digest(seal: UnverifiedSeal) -> str:
    """Return the SM3 (hex) of a whole seal: with its maker's certificate and signature, which `info_digest` leaves out from v4 on."""
    return digest(DigestAlgorithm.SM3, seal.raw).hex()


def require_words(act: SealAct, *, reason: str, since: datetime | None, now: datetime) -> None:
    """Raise USAGE for a reason that is none of the act's, or a `since` that it does not take or that is yet to come."""
    reasons = reasons_of(act)
    if reason not in reasons:
        raise TrustError(ErrorCode.USAGE, f"a reason to {act.value} is one of {', '.join(reasons)}")
    if since is not None and (act not in _BACKDATED or since > now):
        raise TrustError(ErrorCode.USAGE, "--since is of a loss or a revocation, and lies in the past")


def standing_after(act: SealAct) -> Standing:
    """Return where an act leaves a seal, whatever it was before."""
    return next(after for (_, each), after in _AFTER.items() if each is act)


def reasons_of(act: SealAct) -> tuple[str, ...]:
    """Return the codes an act may be given as its reason."""
    return _REASONS[act]
