"""What became of the copies an organisation was given, and of what it is let use: read out of the trail, in its order, from any place in it on.

    last, found = notices_for(unit, "91110000…", after=last, limit=200)

Sequence numbers of the trail have no gaps and appear in order, so whoever goes on after the last one he saw misses nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime  # noqa: TC003 - a field type of a public dataclass
from typing import TYPE_CHECKING, Final

from trustkit.audit import trail
from trustkit.audit.events import EventType
from trustkit.clock import format_rfc3339
from trustkit.copy_codes import CopyCode
from trustkit.errors import TrustError
from trustkit.store import authorisation_requests, copy_authorisations, licence_copies

if TYPE_CHECKING:
    from trustkit.audit.trail import TrailEntry
    from trustkit.encoding.canonical_json import JsonValue
    from trustkit.store.unit_of_work import ReadUnit

MOST_BEHIND: Final = 100_000  # entries somebody who comes back may have missed
_OF_COPIES: Final = {
    EventType.COPY_ISSUED.value: "copy-made",
    EventType.COPY_REVOKED.value: "copy-revoked",
}
_OF_AUTHORISATIONS: Final = {
    EventType.COPY_AUTHORISED.value: "authorised",
    EventType.COPY_AUTHORISATION_WITHDRAWN.value: "authorisation-withdrawn",
}
_OF_REQUESTS: Final = {
    EventType.COPY_REQUEST_APPROVED.value: "request-approved",
    EventType.COPY_REQUEST_REFUSED.value: "request-refused",
}
_OF_LICENCES: Final = {
    EventType.LICENCE_SUSPENDED.value: "licence-suspended",
    EventType.LICENCE_RESUMED.value: "licence-resumed",
    EventType.LICENCE_REVOKED.value: "licence-revoked",
    EventType.LICENCE_CANCELLED.value: "licence-cancelled",
    EventType.LICENCE_LOST.value: "licence-lost",
    EventType.LICENCE_SUPERSEDED.value: "licence-superseded",
}
CHANGES: Final = frozenset(
    {*_OF_COPIES.values(), *_OF_AUTHORISATIONS.values(), *_OF_REQUESTS.values(), *_OF_LICENCES.values()}
)


@dataclass(frozen=True, slots=True, kw_only=True)
class CopyNotice:
    """One change: `copies` are the numbers of those it is about, `effective_at` when an act on their licence takes force, None for at once.

    `request` is the request it answers; of a refused one there is neither a licence nor an authorisation.
    """

    sequence: int
    at: datetime
    change: str
    licence: str | None = None
    copies: tuple[str, ...] = ()
    authorisation: str | None = None
    effective_at: str | None = None
    request: str | None = None

    def to_json(self) -> dict[str, JsonValue]:
        """Return what a subscriber is told."""
        return {
            "change": self.change,
            "at": format_rfc3339(self.at),
            "licence": self.licence,
            "copies": list(self.copies),
            "authorisation": self.authorisation,
            "effective_at": self.effective_at,
            "request": self.request,
        }


def begin_after(unit: ReadUnit, asked: int | None) -> int:
    """Return the number after which somebody is told of changes: now where he saw none.

    Raises:
        TrustError: STREAM_LOST for a number that is not one of the trail yet, or too long ago: he looks at the status of his copies, and begins anew.
    """
    last = trail.last_sequence(unit)
    if asked is None:
        return last
    if not last - MOST_BEHIND <= asked <= last:
        raise TrustError(CopyCode.STREAM_LOST, "too far behind, or no number of an event here", limit=MOST_BEHIND)
    return asked


def notices_for(unit: ReadUnit, recipient: str, *, after: int, limit: int) -> tuple[int, tuple[CopyNotice, ...]]:
    """Return the last number that was looked at, and what of that an organisation is told; so many entries are looked at at most."""
    page = trail.list_events(unit, after=after, limit=limit)
    found = tuple(notice for entry in page if (notice := _notice(unit, entry, recipient)) is not None)
    return (page[-1].sequence if page else after), found


def _notice(unit: ReadUnit, entry: TrailEntry, recipient: str) -> CopyNotice | None:
    if entry.type in _OF_COPIES:
        copy = licence_copies.find(unit, entry.object_id)
        allowed = None if copy is None else copy_authorisations.find(unit, copy.authorisation)
        if copy is None or allowed is None or allowed.recipient != recipient:
            return None
        return CopyNotice(
            sequence=entry.sequence,
            at=entry.at,
            change=_OF_COPIES[entry.type],
            licence=copy.identifier,
            copies=(copy.number,),
            authorisation=allowed.number,
        )
    if entry.type in _OF_AUTHORISATIONS:
        allowed = copy_authorisations.find(unit, entry.object_id)
        if allowed is None or allowed.recipient != recipient:
            return None
        return CopyNotice(
            sequence=entry.sequence,
            at=entry.at,
            change=_OF_AUTHORISATIONS[entry.type],
            licence=allowed.identifier,
            authorisation=allowed.number,
        )
    if entry.type in _OF_REQUESTS:
        return _of_request(unit, entry, recipient)
    return _of_licence(unit, entry, recipient) if entry.type in _OF_LICENCES else None


def _of_request(unit: ReadUnit, entry: TrailEntry, recipient: str) -> CopyNotice | None:
    asked = authorisation_requests.find(unit, entry.object_id)
    if asked is None or asked.recipient != recipient:
        return None
    allowed = None if asked.authorisation is None else copy_authorisations.get(unit, asked.authorisation)
    return CopyNotice(
        sequence=entry.sequence,
        at=entry.at,
        change=_OF_REQUESTS[entry.type],
        licence=None if allowed is None else allowed.identifier,
        authorisation=asked.authorisation,
        request=asked.number,
    )


def _of_licence(unit: ReadUnit, entry: TrailEntry, recipient: str) -> CopyNotice | None:
    """Return what is told of an act on a licence: of the recipient's copies there were then, nothing where there were none."""
    numbers = licence_copies.list_of_recipient(unit, entry.object_id, recipient, at=entry.at)
    if not numbers:
        return None
    effective = entry.facts.get("effective_at")
    return CopyNotice(
        sequence=entry.sequence,
        at=entry.at,
        change=_OF_LICENCES[entry.type],
        licence=entry.object_id,
        copies=numbers,
        effective_at=effective if isinstance(effective, str) else None,
    )
