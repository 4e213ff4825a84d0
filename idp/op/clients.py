"""The register of clients: added by an operator with what they may do, found by every request, revoked for good.

A secret is 256 random bits, so one pass of SM3 hides it as well as any slow function would; it is shown once and kept nowhere.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import timedelta
from functools import lru_cache
from typing import TYPE_CHECKING, Final

from idp.handles import fresh_handle
from idp.op.client_form import read_registration, registration_text, require_whole
from idp.op.client_model import SECRETS, Client
from idp.op.handles import HandleKind
from trustkit.audit import trail
from trustkit.audit.events import AuditEvent, EventType
from trustkit.clock import format_rfc3339
from trustkit.crypto.digest import DigestAlgorithm, digest
from trustkit.errors import ErrorCode, TrustError
from trustkit.identity import fresh_identifier
from trustkit.identity_codes import IdentityCode
from trustkit.store import op_clients
from trustkit.store.op_clients import OpClientRow

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from idp.op.client_model import Registration
    from trustkit.clock import Clock
    from trustkit.identity import Principal
    from trustkit.store.database import Database
    from trustkit.store.unit_of_work import ReadUnit, UnitOfWork

MOST_USES: Final = 1000
MOST_DAYS: Final = 90
MOST_KEPT: Final = timedelta(days=30)
MAX_IDENTIFIER: Final = 64
_NAME: Final = re.compile(r"[a-z0-9][a-z0-9._-]{0,62}")
_IDENTIFIER: Final = re.compile(r"[A-Za-z0-9._-]{1,64}")


@dataclass(frozen=True, slots=True, kw_only=True)
class ClientRegister:
    """The clients of one provider. `handle` makes secrets."""

    database: Database
    clock: Clock
    handle: Callable[[], str] = fresh_handle

    def add(
        self, name: str, registration: Registration, *, actor: Principal, identifier: str = ""
    ) -> tuple[Client, str]:
        """Register a client; return it with its secret, empty where its method has none. The secret is nowhere else.

        Raises:
            TrustError: USAGE for the form of a name or identifier; OP_CLIENT_FORM; OP_CLIENT_EXISTS.
        """
        row, secret = self.prepare(name, registration, identifier=identifier)
        with self.database.unit_of_work() as uow:
            trail.record(uow, keep(uow, row, actor=actor))
        return client_of(row), secret

    def prepare(self, name: str, registration: Registration, *, identifier: str = "") -> tuple[OpClientRow, str]:
        """Return the row of a client to be kept and its secret. Raise USAGE, OP_CLIENT_FORM, OP_REDIRECT_FORM."""
        if not _NAME.fullmatch(name):
            raise TrustError(ErrorCode.USAGE, "a client's name is a code: lower-case letters, digits, dots, hyphens")
        if identifier and not _IDENTIFIER.fullmatch(identifier):
            raise TrustError(ErrorCode.USAGE, "an identifier has at most 64 letters, digits, dots, hyphens")
        require_whole(registration)
        text = registration_text(registration)
        read_registration(text.encode())  # what cannot be read again is not kept
        has_secret = registration.method in SECRETS
        secret = self.handle() if has_secret else ""
        row = OpClientRow(
            identifier=identifier or fresh_identifier("cl"),
            name=name,
            secret_sm3=HandleKind.SECRET.digest(secret) if secret else None,
            registration=text,
            created_at=self.clock.now(),
        )
        return row, secret

    def named(self, name: str) -> Client:
        """Return a client by its name, revoked or not. Raise OP_CLIENT_MISSING."""
        with self.database.reading() as unit:
            row = op_clients.find_by_name(unit, name)
        if row is None:
            raise TrustError(IdentityCode.OP_CLIENT_MISSING, "no such client")
        return client_of(row)

    def identified(self, identifier: str) -> Client:
        """Return a client that is not revoked by its identifier. Raise OP_CLIENT_MISSING."""
        with self.database.reading() as unit:
            found = live_client(unit, identifier)
        if found is None:
            raise TrustError(IdentityCode.OP_CLIENT_MISSING, "no such client")
        return found

    def change(self, client: Client, registration: Registration, *, actor: Principal) -> bool:
        """Give a client another registration; say False, writing nothing, when it has it. What it was given goes on.

        Raises:
            TrustError: OP_CLIENT_FORM, OP_REDIRECT_FORM; OP_CLIENT_MISSING when it was revoked or changed meanwhile.
        """
        before, text = registration_text(client.registration), registration_text(registration)
        read_registration(text.encode())
        if text == before:
            return False
        now = self.clock.now()
        with self.database.unit_of_work() as uow:
            row = op_clients.find(uow, client.identifier)
            if (
                row is None
                or client_of(row) != client
                or not op_clients.change(
                    uow, client.identifier, text, before=row.registration, keep_secret=registration.method in SECRETS
                )
            ):
                raise TrustError(IdentityCode.OP_CLIENT_MISSING, "the client was changed meanwhile")
            trail.record(uow, _about(EventType.OP_CLIENT_CHANGED, row, actor, now, registration=text))
        return True

    def renew_secret(self, client: Client, *, keep: timedelta, actor: Principal) -> str:
        """Return another secret of a client, which is nowhere else; the one it had is good for `keep` more, at most 30 days.

        Raises:
            TrustError: USAGE for another time; OP_CLIENT_FORM for a client whose method has no secret; OP_CLIENT_MISSING when it was
                revoked or changed meanwhile.
        """
        if not timedelta() <= keep <= MOST_KEPT:
            raise TrustError(ErrorCode.USAGE, f"a former secret is good for {MOST_KEPT.days} days at most")
        if client.registration.method not in SECRETS:
            raise TrustError(IdentityCode.OP_CLIENT_FORM, "the client proves itself by no secret")
        secret, now = self.handle(), self.clock.now()
        secret_sm3 = HandleKind.SECRET.digest(secret)
        ends = now + keep if keep and client.secret_sm3 is not None else None
        facts = {"secret_sm3": secret_sm3, **({} if ends is None else {"former_until": format_rfc3339(ends)})}
        with self.database.unit_of_work() as uow:
            if not op_clients.renew_secret(
                uow, client.identifier, secret_sm3, before=client.secret_sm3, former_ends_at=ends
            ):
                raise TrustError(IdentityCode.OP_CLIENT_MISSING, "the client was changed meanwhile")
            event = AuditEvent(
                type=EventType.OP_CLIENT_RENEWED,
                at=now,
                actor=actor,
                object_type="client",
                object_id=client.identifier,
                facts=facts,
            )
            trail.record(uow, event)
        return secret

    def list_clients(self) -> tuple[Client, ...]:
        """Return all clients by name."""
        with self.database.reading() as unit:
            return tuple(client_of(row) for row in op_clients.list_all(unit))

    def revoke(self, name: str, *, actor: Principal) -> Client:
        """Answer a client no more; its tokens are not good from now on. Raise OP_CLIENT_MISSING."""
        now = self.clock.now()
        with self.database.unit_of_work() as uow:
            row = op_clients.find_by_name(uow, name)
            if row is None or row.revoked_at is not None:
                raise TrustError(IdentityCode.OP_CLIENT_MISSING, "no such client, or revoked before")
            op_clients.revoke(uow, row.identifier, at=now)
            trail.record(uow, _about(EventType.OP_CLIENT_REVOKED, row, actor, now))
        return client_of(row)

    def open_registration(self, *, uses: int, actor: Principal, days: int) -> str:
        """Return an initial access token for dynamic registration (RFC 7591 3), good for so many clients and days.

        Raises:
            TrustError: USAGE.
        """
        if not (1 <= uses <= MOST_USES and 1 <= days <= MOST_DAYS):
            raise TrustError(ErrorCode.USAGE, f"1 to {MOST_USES} clients, 1 to {MOST_DAYS} days")
        token, now = self.handle(), self.clock.now()
        token_sm3, ends = HandleKind.REGISTRATION.digest(token), now + timedelta(days=days)
        event = AuditEvent(
            type=EventType.OP_REGISTRATION_OPENED,
            at=now,
            actor=actor,
            object_type="registration-token",
            object_id=token_sm3,
            facts={"expires_at": format_rfc3339(ends), "uses": uses},
        )
        with self.database.unit_of_work() as uow:
            op_clients.open_registration(uow, token_sm3, uses=uses, created_at=now, expires_at=ends)
            trail.record(uow, event)
        return token


def keep(uow: UnitOfWork, row: OpClientRow, *, actor: Principal) -> AuditEvent:
    """Keep a client, and return the event that tells of it. Raise OP_CLIENT_EXISTS."""
    try:
        op_clients.add(uow, row)
    except TrustError as error:
        if error.code is ErrorCode.STORE_CONFLICT:
            raise TrustError(IdentityCode.OP_CLIENT_EXISTS, "choose another name", name=row.name) from error
        raise
    facts = {"registration_sm3": _digest(row.registration)}
    if row.secret_sm3 is not None:
        facts["secret_sm3"] = row.secret_sm3
    return AuditEvent(
        type=EventType.OP_CLIENT_REGISTERED,
        at=row.created_at,
        actor=actor,
        object_type="client",
        object_id=row.identifier,
        facts=facts,
    )


def live_client(unit: ReadUnit, identifier: str) -> Client | None:
    """Return the client of an identifier that is not revoked, or None."""
    if not 0 < len(identifier) <= MAX_IDENTIFIER or not _IDENTIFIER.fullmatch(identifier):
        return None
    row = op_clients.find(unit, identifier)
    return None if row is None or row.revoked_at is not None else client_of(row)


@lru_cache(maxsize=1024)
def client_of(row: OpClientRow) -> Client:
    """Return the client of a row: read anew when any column changed."""
    return Client(
        identifier=row.identifier,
        name=row.name,
        secret_sm3=row.secret_sm3,
        registration=read_registration(row.registration.encode()),
        created_at=row.created_at,
        revoked_at=row.revoked_at,
        former_secret_sm3=row.former_secret_sm3,
        former_ends_at=row.former_ends_at,
    )


def _about(kind: EventType, row: OpClientRow, actor: Principal, at: datetime, *, registration: str = "") -> AuditEvent:
    facts = {"registration_sm3": _digest(registration)} if registration else {}
    return AuditEvent(type=kind, at=at, actor=actor, object_type="client", object_id=row.identifier, facts=facts)


def _digest(registration: str) -> str:
    return digest(DigestAlgorithm.SM3, registration.encode()).hex()
