"""API clients of the authority: registered with a secret that is shown once, and let in by it, each call in the trail.

A secret is 256 random bits, so one pass of SM3 hides it as well as any slow function would. It is compared in constant time,
and an identifier nobody has costs the same as a wrong secret. A role is the most a client can be given, and no more than its work
needs; within it a client may do what it was granted (`ca.client_grant`), and nothing before.
"""

from __future__ import annotations

import hmac
import re
import secrets
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum, unique
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from ca.client_grant import NOTHING, Action, ClientGrant, refused
from ca.client_record import added_facts, grant_digest, require_recorded
from trustkit.audit import trail
from trustkit.audit.events import AuditEvent, EventType, Outcome
from trustkit.crypto.digest import DigestAlgorithm, digest
from trustkit.encoding.text64 import encode_base64url
from trustkit.errors import ErrorCode, TrustError
from trustkit.identity import ANONYMOUS, Principal
from trustkit.store import ca_clients
from trustkit.store.ca_clients import ClientRow

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from trustkit.clock import Clock
    from trustkit.store.database import Database
    from trustkit.store.unit_of_work import ReadUnit
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
    CHECKER = "checker"  # hands in what people decided on requests, and asks for nothing itself
    ADMINISTRATOR = "administrator"  # authorities, lists and operators; no certificates for others
    RECOVERY_AGENT = "recovery-agent"  # asks for keys in escrow, and decides nothing
    AUDITOR = "auditor"  # sees all, and changes nothing
    SIGNER = "signer"  # has hashes signed, and sees nothing of the register


@unique
class Permission(StrEnum):
    """What a call needs, sorted by value."""

    AUTHORITY_MANAGE = "ca:authority:manage"
    AUTHORITY_READ = "ca:authority:read"
    CERTIFICATE_READ = "ca:certificate:read"
    CERTIFICATE_REVOKE = "ca:certificate:revoke"
    CERTIFICATE_SEARCH = "ca:certificate:search"
    CREDENTIAL_SIGN = "ca:credential:sign"
    ESCROW_LIST = "ca:escrow:list"
    KEY_RECOVER = "ca:key:recover"
    LIST_PUBLISH = "ca:list:publish"
    OPERATOR_MANAGE = "ca:operator:manage"
    OPERATOR_READ = "ca:operator:read"
    PROFILE_READ = "ca:profile:read"
    REGISTRATION_DECIDE = "ca:registration:decide"
    REGISTRATION_READ = "ca:registration:read"
    REQUEST_READ = "ca:request:read"
    REQUEST_READ_ALL = "ca:request:read-all"
    REQUEST_SUBMIT = "ca:request:submit"


_P = Permission
_READING: Final = frozenset({_P.CERTIFICATE_READ, _P.PROFILE_READ, _P.REQUEST_READ})
_SEEING_ALL: Final = _READING | {_P.CERTIFICATE_SEARCH, _P.REQUEST_READ_ALL, _P.AUTHORITY_READ, _P.REGISTRATION_READ}
PERMISSIONS: Final[Mapping[Role, frozenset[Permission]]] = MappingProxyType(
    {
        Role.REQUESTER: _READING | {_P.REQUEST_SUBMIT},
        Role.REGISTRAR: _SEEING_ALL | {_P.REQUEST_SUBMIT, _P.CERTIFICATE_REVOKE},
        Role.CHECKER: frozenset({_P.REGISTRATION_READ, _P.REGISTRATION_DECIDE}),
        Role.ADMINISTRATOR: frozenset(
            {_P.AUTHORITY_READ, _P.AUTHORITY_MANAGE, _P.LIST_PUBLISH, _P.OPERATOR_READ, _P.OPERATOR_MANAGE}
        ),
        Role.RECOVERY_AGENT: frozenset({_P.REQUEST_READ, _P.KEY_RECOVER}),
        Role.AUDITOR: _SEEING_ALL | {_P.OPERATOR_READ, _P.ESCROW_LIST},
        Role.SIGNER: frozenset({_P.CREDENTIAL_SIGN}),
    }
)


# What a client must have been granted beside its role. Seeing its own and knowing what it may ask for needs nothing.
ACTIONS: Final[Mapping[Permission, Action]] = MappingProxyType(
    {
        Permission.AUTHORITY_MANAGE: Action.MANAGE,
        Permission.CERTIFICATE_REVOKE: Action.REVOKE,
        Permission.CERTIFICATE_SEARCH: Action.SEARCH,
        Permission.CREDENTIAL_SIGN: Action.SIGN,
        Permission.ESCROW_LIST: Action.ESCROW,
        Permission.KEY_RECOVER: Action.RECOVER,
        Permission.LIST_PUBLISH: Action.PUBLISH,
        Permission.OPERATOR_MANAGE: Action.ENROL,
        Permission.REGISTRATION_DECIDE: Action.DECIDE,
        Permission.REQUEST_READ_ALL: Action.SEARCH,
        Permission.REQUEST_SUBMIT: Action.REQUEST,
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Client:
    """A client that was let in."""

    identifier: str
    name: str
    role: Role
    grant: ClientGrant = NOTHING

    @property
    def principal(self) -> Principal:
        """Who acts, as the trail names it."""
        return Principal(id=f"client:{self.identifier}", roles=frozenset({self.role.value}))

    def may(self, permission: Permission) -> bool:
        """Whether the role includes a permission, and the act was granted where it needs to be."""
        return permission in PERMISSIONS[self.role] and self.granted(permission)

    def bounds(self, *permissions: Permission) -> ClientGrant:
        """What it was granted, for an act of one of these permissions that it may do; else nothing."""
        return self.grant if any(map(self.may, permissions)) else NOTHING

    def granted(self, permission: Permission) -> bool:
        """Whether the act a permission is for was granted, or needs no grant."""
        action = ACTIONS.get(permission)
        return action is None or action in self.grant.actions


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

    def add(
        self, name: str, role: Role, *, lifetime: timedelta, actor: Principal, grant: ClientGrant = NOTHING
    ) -> tuple[ClientRow, str]:
        """Register a client; return it with its credential ``IDENTIFIER.SECRET``, which is nowhere else.

        Raises:
            TrustError: USAGE for the form of the name, the lifetime, or an act its role does not have; CA_CLIENT_EXISTS.
        """
        _require_role_has(role, grant)
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
            granted=grant.to_text(),
        )
        try:
            with self.database.unit_of_work() as uow:
                ca_clients.add(uow, row)
                trail.record(uow, _event(EventType.CLIENT_ADDED, now, actor, row.identifier, facts=added_facts(row)))
        except TrustError as error:
            if error.code is ErrorCode.STORE_CONFLICT:
                raise TrustError(ErrorCode.CA_CLIENT_EXISTS, "choose another name", name=name) from error
            raise
        return row, f"{row.identifier}.{secret}"

    def grant(self, name: str, grant: ClientGrant, *, actor: Principal) -> ClientRow:
        """Give a client just this, in place of what it had. Raise CA_CLIENT_MISSING; USAGE for an act its role does not have."""
        now = self.clock.now()
        with self.database.unit_of_work() as uow:
            row = ca_clients.find_by_name(uow, name)
            if row is None or row.revoked_at is not None:
                raise TrustError(ErrorCode.CA_CLIENT_MISSING, "no such client, or revoked before")
            _require_role_has(Role(row.role), grant)
            ca_clients.grant(uow, row.identifier, grant.to_text())
            facts = {"grant_sm3": grant_digest(grant.to_text())}
            trail.record(uow, _event(EventType.CLIENT_GRANTED, now, actor, row.identifier, facts=facts))
            return replace(row, granted=grant.to_text())

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
            TrustError: CA_CLIENT_REFUSED, one answer for unknown, wrong, expired and revoked; CA_CLIENT_ALTERED when the store
                does not say what the trail recorded; CA_CLIENT_ROLE; CA_CLIENT_GRANT when the role has the act and the client
                was not granted it; REQUEST_RATE.
        """
        with self.database.reading() as unit:
            row = ca_clients.find(unit, credential.identifier[:MAX_CREDENTIAL])
            known = hmac.compare_digest(_digest_of(credential.secret), row.secret_sm3 if row is not None else _NOBODY)
            altered = _difference(unit, row) if row is not None and known else None
        now = self.clock.now()
        if row is None:  # not into the trail: anybody could fill it. The log has the line
            raise _refused()
        why = _reason(row, now, altered) if known else "secret"
        client = Client(
            identifier=row.identifier, name=row.name, role=Role(row.role), grant=granted_to(row) if known else NOTHING
        )
        if self.limiter is not None:
            # Wrong secrets are counted apart: who knows an identifier alone cannot keep its owner out.
            self.limiter.spend(client.identifier if known else f"{client.identifier}!")
        if not why and not client.may(permission):
            why = "role" if client.granted(permission) or permission not in PERMISSIONS[client.role] else "grant"
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
        if why == "altered" and altered is not None:
            raise altered
        if why == "role":
            raise TrustError(ErrorCode.CA_CLIENT_ROLE, "not of this role", needed=permission.value)
        if why == "grant":
            raise refused("action", action=ACTIONS[permission].value)
        if why:
            raise _refused()
        return client


@contextmanager
def denials_told(database: Database, clock: Clock, actor: Principal) -> Iterator[None]:
    """Tell the trail when a client asks in the block for what it was not granted: which part, never the name that was asked for."""
    try:
        yield
    except TrustError as error:
        if error.code is ErrorCode.CA_CLIENT_GRANT:
            _record_denied(database, clock.now(), actor, error)
        raise


def _record_denied(database: Database, at: datetime, actor: Principal, error: TrustError) -> None:
    part, identifier = str(error.facts.get("part", "")), actor.id.rpartition(":")[2]
    event = _event(EventType.CLIENT_DENIED, at, actor, identifier, facts={}, outcome=Outcome.DENIED, reason=part)
    with database.unit_of_work() as uow:
        trail.record(uow, event)


def granted_to(row: ClientRow) -> ClientGrant:
    """Return what a client was granted; what cannot be read grants nothing."""
    try:
        return ClientGrant.from_text(row.granted)
    except TrustError:
        return NOTHING


def _reason(row: ClientRow, now: datetime, altered: TrustError | None) -> str:
    """Return why a client that showed its secret is not let in, empty when it is."""
    if row.revoked_at is not None:
        return "revoked"
    if now >= row.expires_at:
        return "expired"
    return "altered" if altered is not None else ""


def _difference(unit: ReadUnit, row: ClientRow) -> TrustError | None:
    try:
        require_recorded(unit, row)
    except TrustError as error:
        if error.code is not ErrorCode.CA_CLIENT_ALTERED:
            raise
        return error
    return None


def _require_role_has(role: Role, grant: ClientGrant) -> None:
    """Raise USAGE for an act no permission of a role is for."""
    possible = {ACTIONS[permission] for permission in PERMISSIONS[role] if permission in ACTIONS}
    if surplus := sorted(grant.actions - possible):
        raise TrustError(ErrorCode.USAGE, f"the role {role.value} cannot {surplus[0].value}")


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
