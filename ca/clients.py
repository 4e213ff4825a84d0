"""API clients of the authority: registered with a secret that is shown once, and let in by it, each call in the trail.

A secret is 256 random bits, so one pass of SM3 hides it as well as any slow function would. It is compared in constant time,
and an identifier nobody has costs the same as a wrong secret. What a client may do is its role's, and a role has no more than
its work needs.
"""

from __future__ import annotations

import hmac
import re
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum, unique
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from trustkit.audit import trail
from trustkit.audit.events import AuditEvent, EventType, Outcome
from trustkit.clock import format_rfc3339
from trustkit.crypto.digest import DigestAlgorithm, digest
from trustkit.encoding.text64 import encode_base64url
from trustkit.errors import ErrorCode, TrustError
from trustkit.identity import ANONYMOUS, Principal
from trustkit.store import ca_clients
from trustkit.store.ca_clients import ClientRow

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from trustkit.clock import Clock
    from trustkit.store.database import Database
    from trustkit.web.rates import RateLimiter

SECRET_OCTETS: Final = 32
MAX_LIFETIME: Final = timedelta(days=825)
MAX_CREDENTIAL: Final = 256  # characters of an identifier with its secret
_CONTEXT: Final = b"trustkit ca client secret v1\n"
_NAME: Final = re.compile(r"[a-z0-9][a-z0-9._-]{0,62}")
_NOBODY: Final = "0" * 64


@unique
class Role(StrEnum):
    """What a client is for."""

    REQUESTER = "requester"  # asks for certificates, and sees its own
    REGISTRAR = "registrar"  # also sees all, and revokes
    AUDITOR = "auditor"  # sees all, and changes nothing


@unique
class Permission(StrEnum):
    """What a call needs, sorted by value."""

    CERTIFICATE_READ = "ca:certificate:read"
    CERTIFICATE_REVOKE = "ca:certificate:revoke"
    CERTIFICATE_SEARCH = "ca:certificate:search"
    PROFILE_READ = "ca:profile:read"
    REQUEST_READ = "ca:request:read"
    REQUEST_READ_ALL = "ca:request:read-all"
    REQUEST_SUBMIT = "ca:request:submit"


_P = Permission
_READING: Final = frozenset({_P.CERTIFICATE_READ, _P.PROFILE_READ, _P.REQUEST_READ})
_SEEING_ALL: Final = _READING | {_P.CERTIFICATE_SEARCH, _P.REQUEST_READ_ALL}
PERMISSIONS: Final[Mapping[Role, frozenset[Permission]]] = MappingProxyType(
    {
        Role.REQUESTER: _READING | {_P.REQUEST_SUBMIT},
        Role.REGISTRAR: _SEEING_ALL | {_P.REQUEST_SUBMIT, _P.CERTIFICATE_REVOKE},
        Role.AUDITOR: _SEEING_ALL,
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Client:
    """A client that was let in."""

    identifier: str
    name: str
    role: Role

    @property
    def principal(self) -> Principal:
        """Who acts, as the trail names it."""
        return Principal(id=f"client:{self.identifier}", roles=frozenset({self.role.value}))

    def may(self, permission: Permission) -> bool:
        """Whether the role includes a permission."""
        return permission in PERMISSIONS[self.role]


@dataclass(frozen=True, slots=True, kw_only=True)
class Credential:
    """What a client sent: its identifier and secret, and by which means (``bearer``, ``basic``)."""

    identifier: str
    secret: str
    means: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ClientRegistry:
    """The clients of one home. `limiter` counts each client's calls; `random_octets` gives secrets."""

    database: Database
    clock: Clock
    limiter: RateLimiter | None = None
    random_octets: Callable[[int], bytes] = secrets.token_bytes

    def add(self, name: str, role: Role, *, lifetime: timedelta, actor: Principal) -> tuple[ClientRow, str]:
        """Register a client; return it with its credential ``IDENTIFIER.SECRET``, which is nowhere else.

        Raises:
            TrustError: USAGE for the form of the name or the lifetime, CA_CLIENT_EXISTS.
        """
        if not _NAME.fullmatch(name):
            raise TrustError(ErrorCode.USAGE, "a client's name is a code: lower-case letters, digits, dots, hyphens")
        if not timedelta(0) < lifetime <= MAX_LIFETIME:
            raise TrustError(ErrorCode.USAGE, "a client lives for 1 to 825 days", days=lifetime.days)
        now = self.clock.now()
        secret = encode_base64url(self.random_octets(SECRET_OCTETS))
        row = ClientRow(
            identifier=self.random_octets(16).hex(),
            name=name,
            role=role.value,
            secret_sm3=_digest_of(secret),
            created_at=now,
            expires_at=now + lifetime,
        )
        try:
            with self.database.unit_of_work() as uow:
                ca_clients.add(uow, row)
                facts = {"role": role.value, "expires_at": format_rfc3339(row.expires_at)}
                trail.record(uow, _event(EventType.CLIENT_ADDED, now, actor, row.identifier, facts=facts))
        except TrustError as error:
            if error.code is ErrorCode.STORE_CONFLICT:
                raise TrustError(ErrorCode.CA_CLIENT_EXISTS, "choose another name", name=name) from error
            raise
        return row, f"{row.identifier}.{secret}"

    def revoke(self, name: str, *, actor: Principal) -> None:
        """Let a client in no more. Raise CA_CLIENT_MISSING."""
        now = self.clock.now()
        with self.database.unit_of_work() as uow:
            row = ca_clients.find_by_name(uow, name)
            if row is None or row.revoked_at is not None:
                raise TrustError(ErrorCode.CA_CLIENT_MISSING, "no such client, or revoked before")
            ca_clients.revoke(uow, name, at=now)
            trail.record(uow, _event(EventType.CLIENT_REVOKED, now, actor, row.identifier, facts={}))

    def list_clients(self) -> tuple[ClientRow, ...]:
        """Return all clients by name."""
        with self.database.reading() as unit:
            return ca_clients.list_all(unit)

    def admit(self, credential: Credential, permission: Permission, *, request_id: str) -> Client:
        """Return the client a credential is of, if it may; the call is in the trail, admitted or denied.

        Raises:
            TrustError: CA_CLIENT_REFUSED, one answer for unknown, wrong, expired and revoked; CA_CLIENT_ROLE; REQUEST_RATE.
        """
        with self.database.reading() as unit:
            row = ca_clients.find(unit, credential.identifier[:MAX_CREDENTIAL])
        known = hmac.compare_digest(_digest_of(credential.secret), row.secret_sm3 if row is not None else _NOBODY)
        now = self.clock.now()
        if row is None:  # not into the trail: anybody could fill it. The log has the line
            raise _refused()
        why = "" if known else "secret"
        if known and row.revoked_at is not None:
            why = "revoked"
        elif known and now >= row.expires_at:
            why = "expired"
        client = Client(identifier=row.identifier, name=row.name, role=Role(row.role))
        if self.limiter is not None:
            # Wrong secrets are counted apart: who knows an identifier alone cannot keep its owner out.
            self.limiter.spend(client.identifier if known else f"{client.identifier}!")
        if not why and not client.may(permission):
            why = "role"
        with self.database.unit_of_work() as uow:
            actor = client.principal if known else ANONYMOUS
            event = _event(
                EventType.CLIENT_CALLED,
                now,
                actor,
                row.identifier,
                outcome=Outcome.DENIED if why else Outcome.SUCCESS,
                reason=why or permission.value,
                request_id=request_id,
                facts={"means": credential.means},
            )
            trail.record(uow, event)
        if why == "role":
            raise TrustError(ErrorCode.CA_CLIENT_ROLE, "not of this role", needed=permission.value)
        if why:
            raise _refused()
        return client


def _digest_of(secret: str) -> str:
    return digest(DigestAlgorithm.SM3, _CONTEXT + secret.encode("utf-8", "surrogatepass")).hex()


def _refused() -> TrustError:
    return TrustError(ErrorCode.CA_CLIENT_REFUSED, "unknown, wrong, expired or revoked")


def _event(
    kind: EventType,
    at: datetime,
    actor: Principal,
    identifier: str,
    *,
    facts: Mapping[str, str | int],
    outcome: Outcome = Outcome.SUCCESS,
    reason: str = "",
    request_id: str = "",
) -> AuditEvent:
    return AuditEvent(
        type=kind,
        at=at,
        actor=actor,
        object_type="client",
        object_id=identifier,
        outcome=outcome,
        reason=reason,
        request_id=request_id,
        facts=facts,
    )
