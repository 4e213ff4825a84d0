"""Signing OCSP answers before anyone asks: in pages, each kept in one transaction with its entry in the trail.

An answer is due at half of its life, when its certificate's state has changed, and when the responder has a new certificate.
Each certificate's answer is signed by the responder of the authority's key that issued it; of those of a key without one there
is none.
A page replaces its rows whole, so a reader has the old answers or the new ones, and a crash between pages leaves both sound.
A responder that fails is asked no more in the same call; the others' answers are kept all the same, then its failure is raised.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from trustkit.audit import trail
from trustkit.audit.events import AuditEvent, EventType
from trustkit.clock import format_rfc3339
from trustkit.errors import TrustError
from trustkit.store import ocsp_answers
from trustkit.store.certificates import serial_text

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from ca.ocsp_responder import OcspAuthority, OcspResponder
    from trustkit.clock import Clock
    from trustkit.identity import Principal
    from trustkit.store.database import Database
    from trustkit.store.ocsp_answers import OcspAnswerRow, RegisterWord

    _Failed = dict[OcspAuthority, TrustError]

PAGE: Final = 500  # answers of one transaction: SQLite's writers wait for it some 50 ms
KEPT_AFTER_END: Final = timedelta(days=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class OcspPublisher:
    """Keeps one authority's prepared answers true."""

    database: Database
    clock: Clock
    responders: tuple[OcspResponder, ...]  # one for each key of the authority that can be answered for, at least one

    @property
    def name(self) -> str:
        """The authority's name in the register."""
        return self.responders[0].authority.name

    def publish(self, actor: Principal) -> int:
        """Sign every answer that is due; return how many. Raise OWN_CERTIFICATE, SIGNING_FAILED, STORE_*."""
        name, after, done = self.name, "", 0
        signers = tuple(serial_text(each.certificate.serial) for each in self.responders)
        failed: _Failed = {}
        while True:
            now = self.clock.now()
            with self.database.reading() as unit:
                page = ocsp_answers.list_due(unit, name, responders=signers, at=now, after=after, limit=PAGE)
            if page:
                done, after = done + self._keep(page, now, actor, failed), page[-1].serial
            if len(page) < PAGE:
                break
        with self.database.unit_of_work() as uow:
            ocsp_answers.forget_expired(uow, name, before=now - KEPT_AFTER_END)
        _raise_first(failed)
        return done

    def refresh(self, serials: Sequence[str], actor: Principal) -> int:
        """Sign the answers about some certificates anew, as after a revocation; return how many were signed.

        Nothing is signed about a certificate of another authority, or one that is not issued or has expired. Raise as `publish`.
        """
        done = 0
        failed: _Failed = {}
        for first in range(0, len(serials), PAGE):
            now = self.clock.now()
            with self.database.reading() as unit:
                found = [ocsp_answers.find_word(unit, serial) for serial in serials[first : first + PAGE]]
            words = [each for each in found if each is not None and each.not_after is not None and each.not_after > now]
            done += self._keep(words, now, actor, failed)
        _raise_first(failed)
        return done

    def _responder(self, word: RegisterWord) -> OcspResponder | None:
        return next((each for each in self.responders if each.authority.has_issued(word)), None)

    def _prepare(self, page: Sequence[RegisterWord], now: datetime, failed: _Failed) -> tuple[OcspAnswerRow, ...]:
        rows = []
        for word in page:
            responder = self._responder(word)
            if responder is None or responder.authority in failed:
                continue
            try:
                rows.append(responder.prepare(word, at=now))
            except TrustError as error:
                failed[responder.authority] = error
        return tuple(rows)

    def _keep(self, page: Sequence[RegisterWord], now: datetime, actor: Principal, failed: _Failed) -> int:
        rows = self._prepare(page, now, failed)
        if not rows:
            return 0
        event = AuditEvent(
            type=EventType.OCSP_PUBLISHED,
            at=now,
            actor=actor,
            object_type="ocsp",
            object_id=self.name,
            facts={
                "issuer": self.name,
                "answers": len(rows),
                "revoked": sum(row.revoked_at is not None for row in rows),
                "next_update": format_rfc3339(rows[0].next_update),
            },
        )
        with self.database.unit_of_work() as uow:
            ocsp_answers.keep(uow, rows)
            trail.record(uow, event)
        return len(rows)


def _raise_first(failed: _Failed) -> None:
    for error in failed.values():
        raise error
