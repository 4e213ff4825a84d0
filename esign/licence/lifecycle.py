"""The life of a licence: where it stands at a moment, which acts it allows then, and what an act makes of it. Pure.

    drafted → issued → effective → … (checked each year) → expired, by the clock alone
                 issued, effective → superseded     changed: the next version takes its place
      issued, effective, suspended → lost           and from there a next version may be issued in its place
                 issued, effective → suspended → issued, effective
      issued, effective, suspended, expired → revoked, cancelled

Nothing leads out of superseded, lost, revoked and cancelled. An expired licence can still be struck off (行政许可法 article 70 has 注销
follow the end of the term), and revoked where it should never have been issued (article 69). An act may take force later than it is
recorded; until then nothing else is done to the licence, unless it is revoked sooner. A version that waits to take another's place is not
changed before it does: two of a line would be in force at once.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum, unique
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from trustkit.clock import format_rfc3339
from trustkit.errors import ErrorCode, TrustError
from trustkit.licence_codes import LicenceCode
from trustkit.store.licence_changes import BASIS_LIMIT, LicenceChange
from trustkit.store.licences import LicenceRow, LicenceState

if TYPE_CHECKING:
    from collections.abc import Mapping

    from esign.licence.lifecycle_rules import LifecycleRules

ISSUING, ENDING = "licence-issue", "revocation"  # what an official's mandate must be for (trustkit.app.official_acts)


@unique
class Standing(StrEnum):
    """What a licence is at a moment."""

    DRAFTED = "drafted"  # intended: the document is being made
    ABANDONED = "abandoned"
    ISSUED = "issued"  # and not in force yet
    EFFECTIVE = "effective"
    SUSPENDED = "suspended"
    EXPIRED = "expired"
    SUPERSEDED = "superseded"
    LOST = "lost"
    REVOKED = "revoked"
    CANCELLED = "cancelled"


@unique
class LicenceAct(StrEnum):
    """What is done to an issued licence."""

    CHECK = "check"
    CHANGE = "change"
    REISSUE = "reissue"  # the next version of one that was lost
    LOSE = "lose"
    SUSPEND = "suspend"
    RESUME = "resume"
    REVOKE = "revoke"
    CANCEL = "cancel"


@dataclass(frozen=True, slots=True, kw_only=True)
class Transition:
    """Where an act starts and leads, whose it is, and the codes of its reasons."""

    source: frozenset[Standing]
    state: LicenceState
    permission: str
    reasons: tuple[str, ...]


_ALIVE: Final = frozenset({Standing.ISSUED, Standing.EFFECTIVE})
_HELD: Final = _ALIVE | {Standing.SUSPENDED}
TRANSITIONS: Final[Mapping[LicenceAct, Transition]] = MappingProxyType(
    {
        LicenceAct.CHECK: Transition(
            source=frozenset({Standing.EFFECTIVE}),
            state=LicenceState.ISSUED,
            permission=ISSUING,
            reasons=("annual", "spot", "other"),
        ),
        LicenceAct.CHANGE: Transition(
            source=_ALIVE,
            state=LicenceState.SUPERSEDED,
            permission=ISSUING,
            reasons=("changed", "corrected", "renewed", "other"),
        ),
        LicenceAct.REISSUE: Transition(
            source=frozenset({Standing.LOST}),
            state=LicenceState.LOST,
            permission=ISSUING,
            reasons=("reissued", "changed", "other"),
        ),
        LicenceAct.LOSE: Transition(
            source=_HELD, state=LicenceState.LOST, permission=ENDING, reasons=("lost", "stolen", "destroyed", "other")
        ),
        LicenceAct.SUSPEND: Transition(
            source=_ALIVE,
            state=LicenceState.SUSPENDED,
            permission=ENDING,
            reasons=("penalty", "under-review", "holder-request", "other"),
        ),
        LicenceAct.RESUME: Transition(
            source=frozenset({Standing.SUSPENDED}),
            state=LicenceState.ISSUED,
            permission=ENDING,
            reasons=("cleared", "served", "error", "other"),
        ),
        LicenceAct.REVOKE: Transition(
            source=_HELD | {Standing.EXPIRED},
            state=LicenceState.REVOKED,
            permission=ENDING,
            reasons=("cancelled", "superseded", "error", "unlawful", "other"),
        ),
        LicenceAct.CANCEL: Transition(
            source=_HELD | {Standing.EXPIRED},
            state=LicenceState.CANCELLED,
            permission=ENDING,
            reasons=("holder-request", "holder-dissolved", "holder-died", "expired", "other"),
        ),
    }
)
_STANDING: Final = {
    LicenceState.INTENT: Standing.DRAFTED,
    LicenceState.ABANDONED: Standing.ABANDONED,
    LicenceState.SUPERSEDED: Standing.SUPERSEDED,
    LicenceState.LOST: Standing.LOST,
    LicenceState.REVOKED: Standing.REVOKED,
    LicenceState.CANCELLED: Standing.CANCELLED,
}


def standing_of(row: LicenceRow, moment: datetime) -> Standing:
    """Return what a licence is at a moment not before its last act."""
    state = row.state_at(moment)
    if state in _STANDING:
        return _STANDING[state]
    if row.expires_at is not None and moment >= row.expires_at:
        return Standing.EXPIRED
    if state is LicenceState.SUSPENDED:
        return Standing.SUSPENDED
    begins = row.effective_at
    return Standing.ISSUED if begins is not None and moment < begins else Standing.EFFECTIVE


def possible_acts(row: LicenceRow, rules: LifecycleRules, moment: datetime) -> tuple[LicenceAct, ...]:
    """Return what can be done to a licence at a moment, by what it is and by what its type allows."""
    standing, ahead = standing_of(row, moment), is_ahead(row, moment)
    return tuple(
        act
        for act, transition in TRANSITIONS.items()
        if _starts(act, transition, row, standing) and (not ahead or act is LicenceAct.REVOKE) and _allowed(act, rules)
    )


def is_ahead(row: LicenceRow, moment: datetime) -> bool:
    """Tell whether an act was recorded that takes force later than this moment."""
    return row.state_since is not None and moment < row.state_since


@dataclass(frozen=True, slots=True, kw_only=True)
class ActOrder:
    """An act that is wanted: `basis` is the legal basis, `effective_at` when it takes force, None for at once."""

    act: LicenceAct
    reason: str
    basis: str = ""
    effective_at: datetime | None = None


def require_words(order: ActOrder) -> None:
    """Raise USAGE for a reason the act does not have, or a legal basis too long: before anybody is asked who acts."""
    transition = TRANSITIONS[order.act]
    if order.reason not in transition.reasons:
        raise TrustError(ErrorCode.USAGE, f"a reason is one of {', '.join(transition.reasons)}")
    if len(order.basis) > BASIS_LIMIT or not order.basis.isprintable():
        raise TrustError(ErrorCode.USAGE, "a legal basis is one line", limit=BASIS_LIMIT)


def plan(
    row: LicenceRow,
    order: ActOrder,
    rules: LifecycleRules,
    *,
    last: LicenceChange | None,
    actor: str,
    now: datetime,
    other: str | None = None,
) -> LicenceChange:
    """Return what an act makes of a licence. `last` is the last thing that was done to it, `other` the version that comes of the act.

    Raises:
        TrustError: as `require_words`; LICENCE_STATE naming what the licence is, what was wanted and what is possible;
            ACT_NOT_OF_TYPE; ACT_PENDING while an act is recorded that takes force later; ACT_TIME out of the type's bounds, before
            the licence was issued or before what was done to it last.
    """
    require_words(order)
    require_possible(row, order.act, rules, now)
    effective_at = order.effective_at or now
    _require_time(row, order.act, effective_at, rules, last=last, now=now)
    return LicenceChange(
        act=order.act.value,
        before=row.state_at(now),
        state=TRANSITIONS[order.act].state,
        reason=order.reason,
        basis=order.basis,
        effective_at=effective_at,
        recorded_at=now,
        actor=actor,
        other=other,
    )


def require_possible(row: LicenceRow, act: LicenceAct, rules: LifecycleRules, now: datetime) -> None:
    """Raise LICENCE_STATE, ACT_NOT_OF_TYPE or ACT_PENDING unless an act is possible now."""
    standing = standing_of(row, now)
    if not _starts(act, TRANSITIONS[act], row, standing):
        possible = ", ".join(possible_acts(row, rules, now)) or "nothing"
        told = f"the licence is {standing.value}; possible: {possible}"
        raise TrustError(ErrorCode.LICENCE_STATE, told, state=standing.value, act=act.value, possible=possible)
    if not _allowed(act, rules):
        raise TrustError(LicenceCode.ACT_NOT_OF_TYPE, "[lifecycle] of its type.toml does not allow it", act=act.value)
    if is_ahead(row, now) and act is not LicenceAct.REVOKE and row.state_since is not None:
        since = format_rfc3339(row.state_since)
        told = f"it will be {row.state.value} from {since} on; only a revocation comes before that"
        raise TrustError(LicenceCode.ACT_PENDING, told, state=row.state.value, since=since, act=act.value)


def _starts(act: LicenceAct, transition: Transition, row: LicenceRow, standing: Standing) -> bool:
    waits = standing is Standing.ISSUED and row.supersedes is not None  # the one before is in force until then
    return standing in transition.source and not (act is LicenceAct.CHANGE and waits)


def _require_time(
    row: LicenceRow,
    act: LicenceAct,
    effective_at: datetime,
    rules: LifecycleRules,
    *,
    last: LicenceChange | None,
    now: datetime,
) -> None:
    ahead = timedelta(0) if act in {LicenceAct.CHECK, LicenceAct.REISSUE} else timedelta(days=rules.days_ahead)
    earliest, latest = now - timedelta(days=rules.days_back), now + ahead
    if is_ahead(row, now) and row.state_since is not None:
        latest = min(latest, row.state_since)
    if not earliest <= effective_at <= latest:
        told = f"from {_shown(earliest)} to {_shown(latest)}"
        raise TrustError(LicenceCode.ACT_TIME, told, earliest=_shown(earliest), latest=_shown(latest))
    floor = row.issued_at
    if last is not None and last.effective_at <= now:
        floor = last.effective_at
    if act is LicenceAct.REISSUE and row.effective_at is not None:  # as above: it may have been lost before it began
        floor = row.effective_at if floor is None else max(floor, row.effective_at)
    if floor is not None and effective_at < floor:
        raise TrustError(LicenceCode.ACT_TIME, f"not before {_shown(floor)}", earliest=_shown(floor))


def _allowed(act: LicenceAct, rules: LifecycleRules) -> bool:
    match act:
        case LicenceAct.CHECK:
            return rules.annual_check
        case LicenceAct.CHANGE | LicenceAct.REISSUE:
            return rules.changes
        case LicenceAct.SUSPEND:
            return rules.suspension
        case LicenceAct.LOSE:
            return rules.loss
        case LicenceAct.CANCEL:
            return rules.cancellation
        case LicenceAct.RESUME | LicenceAct.REVOKE:
            return True


def _shown(moment: datetime) -> str:
    return format_rfc3339(moment.replace(microsecond=0))
