"""Publishing status lists: the register's states signed as JWT and as CWT, kept and told in one transaction."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from esign.status.sign import ListContent, sign_status_cwt, sign_status_jwt
from trustkit.audit import trail
from trustkit.audit.events import AuditEvent, EventType
from trustkit.clock import format_rfc3339
from trustkit.cose.model import SUITES as COSE_SUITES
from trustkit.crypto.digest import DigestAlgorithm, digest
from trustkit.errors import ErrorCode, TrustError
from trustkit.jose.jwt import MOST_SKEW
from trustkit.store import credentials, licence_copies, status_lists
from trustkit.store.licences import LicenceState

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from trustkit.custody.port import Signer
    from trustkit.identity import Principal
    from trustkit.store.database import Database
    from trustkit.store.licences import LicenceRow
    from trustkit.store.unit_of_work import ReadUnit, UnitOfWork
    from trustkit.x509.certificate import Certificate

_VALID, _INVALID, _SUSPENDED = 0, 1, 2  # draft-ietf-oauth-status-list clause 7.1
_STATUS_OF: Final = {
    LicenceState.INTENT: _VALID,  # the issuer's own check before the licence leaves the house reads this slot
    LicenceState.ISSUED: _VALID,
    LicenceState.SUSPENDED: _SUSPENDED,
    LicenceState.SUPERSEDED: _INVALID,
    LicenceState.LOST: _INVALID,
    LicenceState.REVOKED: _INVALID,
    LicenceState.CANCELLED: _INVALID,
    LicenceState.ABANDONED: _INVALID,  # should a signed document have survived a crash somewhere, it is not valid
}


def status_entry(state: LicenceState, *, waiting: bool = False) -> int:
    """Return what a status list says of a licence in a state. Two bits do not tell why it is invalid; the issuer's own answer does.

    One that is `waiting` for its first day is on hold: its document may name an earlier day, or none.
    """
    entry = _STATUS_OF[state]
    return _SUSPENDED if waiting and entry == _VALID else entry


@dataclass(frozen=True, slots=True, kw_only=True)
class StatusPublisher:
    """Signs status lists with the key made for them; `chain` begins with its certificate.

    `suite` names the credentials its lists are of, or copies; None where they are of documents; `of_suite` gives the publisher of a suite.
    """

    signer: Signer
    chain: tuple[Certificate, ...]
    lifetime: timedelta
    ttl: timedelta
    suite: str | None = None
    of_suite: Callable[[str], StatusPublisher] | None = None

    def make_ready(self, unit: ReadUnit, identifier: str, *, now: datetime) -> None:
        """Open the keys that `publish_of` will need, before the store is locked: that takes as long as many an act."""
        for suite, _ in credentials.lists_of_licence(unit, identifier, after=now - MOST_SKEW):
            self._of(suite)

    def publish_of(self, uow: UnitOfWork, row: LicenceRow, *, now: datetime, actor: Principal) -> None:
        """Sign every list that tells of a licence: that of its documents, of its copies, and of its credentials. Raise as `publish`.

        Credentials that no verifier takes any more, by the largest difference of clocks there is, hold up nothing: their keys may be over.
        """
        copies = licence_copies.lists_of_licence(uow, row.identifier, after=now - MOST_SKEW)
        for uri in (row.status_list, *copies):
            self.publish(uow, uri, now=now, actor=actor)
        for suite, uri in credentials.lists_of_licence(uow, row.identifier, after=now - MOST_SKEW):
            self._of(suite).publish(uow, uri, now=now, actor=actor)

    def _of(self, suite: str) -> StatusPublisher:
        if self.of_suite is None:
            raise TrustError(ErrorCode.BUG, "a licence has credentials, and nobody to publish their status")
        return self.of_suite(suite)

    def publish(self, uow: UnitOfWork, uri: str, *, now: datetime, actor: Principal) -> None:
        """Sign the list as the register has it within this unit of work, and tell.

        Raises:
            TrustError: OWN_CERTIFICATE when the signer's certificate has expired: no verifier would take the list.
        """
        ends = self.chain[0].not_after
        draft = status_lists.prepare(uow, uri, at=now)
        entries = bytearray(draft.capacity)
        for index, state in draft.states:
            entries[index] = status_entry(state, waiting=index in draft.waiting)
        latest = status_lists.find_latest_token(uow, uri)
        issued_at = now.replace(microsecond=0)
        if latest is not None:  # times are whole seconds: a later list must not look as old as the one it replaces
            issued_at = max(issued_at, latest.issued_at + timedelta(seconds=1))
        expires_at = min(issued_at + self.lifetime, ends)  # verifiers take no list of an expired certificate
        changes_at = status_lists.find_next_change(uow, uri, after=now)
        if changes_at is not None:  # what is decided for then is not to be hidden by a list from before
            expires_at = max(min(expires_at, changes_at), issued_at + timedelta(seconds=1))
        if expires_at <= issued_at:
            raise TrustError(ErrorCode.OWN_CERTIFICATE, "it has expired", part="status", state="expired")
        content = ListContent(entries=bytes(entries), uri=uri, issued_at=issued_at, expires_at=expires_at, ttl=self.ttl)
        token = sign_status_jwt(content, self.signer, self.chain)
        status_lists.add_token(
            uow,
            uri=uri,
            number=draft.number,
            token=token,
            cwt=self._cwt(content),
            issued_at=issued_at,
            expires_at=expires_at,
        )
        event = AuditEvent(
            type=EventType.STATUS_LIST_PUBLISHED,
            at=now,
            actor=actor,
            object_type="status-list",
            object_id=uri,
            facts={
                "number": draft.number,
                "entries": len(draft.states),
                "revoked": entries.count(_INVALID),
                "expires_at": format_rfc3339(expires_at),
                "token_sm3": digest(DigestAlgorithm.SM3, token.encode("ascii")).hex(),
            },
        )
        trail.record(uow, event)

    def _cwt(self, content: ListContent) -> bytes | None:
        """Return the list as CWT; None for keys that COSE has no algorithm for here (RSA): such a list is a JWT alone."""
        return sign_status_cwt(content, self.signer, self.chain) if self.signer.suite in COSE_SUITES else None


def publish_lists(
    database: Database, publisher: StatusPublisher, *, now: datetime, only_due: bool, actor: Principal
) -> tuple[str, ...]:
    """Sign fresh lists of the publisher's suite; return the URIs of those that were."""
    with database.reading() as unit:
        lists = status_lists.list_of_suite(unit, publisher.suite)
        uris = tuple(row.uri for row in lists if not only_due or is_due(unit, row.uri, now))
    for uri in uris:
        with database.unit_of_work() as uow:
            publisher.publish(uow, uri, now=now, actor=actor)
    return uris


def is_due(unit: ReadUnit, uri: str, now: datetime) -> bool:
    """Tell whether the newest token has lived through half of its time, or something took force since, or there is none."""
    latest = status_lists.find_latest_token(unit, uri)
    if latest is None or now >= latest.issued_at + (latest.expires_at - latest.issued_at) / 2:
        return True
    changed_at = status_lists.find_next_change(unit, uri, after=latest.issued_at)
    return changed_at is not None and changed_at <= now
