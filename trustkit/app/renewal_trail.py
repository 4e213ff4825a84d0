"""What the trail is told of files that are renewed: the intent before one is replaced, its end when the file is there.

    with telling.act(original, renewed, target):
        …                                                        # write the file
    telling.settle(octets)                                       # of each file that is looked at: what was cut off before

Register and trail say "intended" first; then the file is written; then they say what became of it. Killed in between, the intent
stands, which is what is known, until the file is looked at again: it is the renewed one, or still the other. Where the store fails
after the file was written it is the same. Files are named by their SM3, never by their names.
"""

from __future__ import annotations

from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

from trustkit.app.files import read_input
from trustkit.audit import trail
from trustkit.audit.events import AuditEvent, EventType, Outcome
from trustkit.audit.intents import LIVE
from trustkit.clock import format_rfc3339
from trustkit.crypto.digest import DigestAlgorithm, digest
from trustkit.errors import TrustError
from trustkit.store import pdf_renewals

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime
    from pathlib import Path

    from trustkit.app.opened import OpenedHome


@dataclass(frozen=True, slots=True)
class RenewalTrail:
    """Tells one home's trail."""

    home: OpenedHome

    @contextmanager
    def act(self, original: bytes, renewed: bytes, target: Path, good_until: datetime | None) -> Iterator[None]:
        """Tell of the intent before the block, which writes `target`, and of its end after it. Raise what the trail raises."""
        before, after = _sm3(original), _sm3(renewed)
        until = {} if good_until is None else {"good_until": format_rfc3339(good_until)}
        with self.home.database.unit_of_work() as uow:
            now = self.home.clock.now()
            pdf_renewals.intend(uow, document_sm3=after, original_sm3=before, at=now)
            event = self._event(EventType.PDF_RENEWAL_INTENDED, before, now, document_sm3=after, **until)
            trail.record(uow, event)
        try:
            yield
        except BaseException as error:  # an interrupt too
            if not _holds(target, renewed):  # else the next look at the file closes it
                reason = error.code.value if isinstance(error, TrustError) else "interrupted"
                with suppress(TrustError):
                    self._abandon(before, after, reason)
            raise
        self._complete(before, after, until)

    def settle(self, octets: bytes) -> None:
        """Tell how renewals ended that were cut off, as far as a file shows it. Raise what the trail raises."""
        seen = _sm3(octets)
        with self.home.database.reading() as unit:
            made = pdf_renewals.find(unit, seen)
            open_still = pdf_renewals.list_unfinished(unit, seen, before=self.home.clock.now() - LIVE)
        if made is not None and made.state is not pdf_renewals.RenewalState.RENEWED:
            self._complete(made.original_sm3, seen, {})
        for row in open_still:
            self._abandon(seen, row.document_sm3, "interrupted")

    def _complete(self, before: str, after: str, until: dict[str, str]) -> None:
        with self.home.database.unit_of_work() as uow:
            now = self.home.clock.now()
            if pdf_renewals.complete(uow, after, at=now):  # else somebody who saw the file was quicker
                trail.record(uow, self._event(EventType.PDF_RENEWED, before, now, document_sm3=after, **until))

    def _abandon(self, before: str, after: str, reason: str) -> None:
        with self.home.database.unit_of_work() as uow:
            now = self.home.clock.now()
            if pdf_renewals.abandon(uow, after, at=now):
                trail.record(uow, self._event(EventType.PDF_RENEWED, before, now, reason, document_sm3=after))

    def _event(self, kind: EventType, before: str, at: datetime, reason: str = "", /, **facts: str) -> AuditEvent:
        return AuditEvent(
            type=kind,
            at=at,
            actor=self.home.operator,
            object_type="content",
            object_id=f"sm3:{before}",
            outcome=Outcome.FAILURE if reason else Outcome.SUCCESS,
            reason=reason,
            facts=facts,
        )


def _sm3(octets: bytes) -> str:
    return digest(DigestAlgorithm.SM3, octets).hex()


def _holds(path: Path, octets: bytes) -> bool:
    """Whether a file is there and is these octets; one that cannot be read may be."""
    try:
        return read_input(path) == octets
    except TrustError:
        return path.exists()
