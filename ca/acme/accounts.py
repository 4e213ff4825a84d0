"""ACME accounts as acts (RFC 8555 7.3): created with an external account, changed, given another key, closed."""

from __future__ import annotations

import re
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final

from ca.acme.binding import read_binding, require_binding
from trustkit.audit import trail
from trustkit.audit.events import AuditEvent, EventType, FactValue
from trustkit.clock import format_rfc3339
from trustkit.encoding.canonical_json import canonical_json, parse_json
from trustkit.errors import ErrorCode, TrustError
from trustkit.identity import Principal
from trustkit.jose.jwk import Jwk, parse_jwk
from trustkit.store import acme_accounts
from trustkit.store.acme_accounts import AccountRow, AccountState, ExternalRow

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from trustkit.clock import Clock
    from trustkit.encoding.canonical_json import JsonValue
    from trustkit.store.database import Database
    from trustkit.store.unit_of_work import ReadUnit, UnitOfWork

MAC_OCTETS: Final = 32
MAX_CONTACTS: Final = 5
MAX_EXTERNAL_LIFETIME: Final = timedelta(days=90)
_NAME: Final = re.compile(r"[a-z0-9][a-z0-9._-]{0,62}")
_MAIL: Final = re.compile(r"mailto:[A-Za-z0-9.!#$&'*+/=^_`{|}~-]{1,64}@[A-Za-z0-9.-]{1,190}")
_IDENTIFIER: Final = re.compile(r"[0-9a-f]{32}")


def account_principal(identifier: str) -> Principal:
    """Return an account as the trail names it."""
    return Principal(id=f"acme:{identifier}", roles=frozenset({"acme"}))


def account_key(row: AccountRow) -> Jwk:
    """Return the key of an account."""
    return parse_jwk(parse_json(row.jwk.encode("utf-8")))


@dataclass(frozen=True, slots=True, kw_only=True)
class AcmeAccounts:
    """The accounts of one home. `binding_required`: whether a new account needs an external one."""

    database: Database
    clock: Clock
    binding_required: bool
    new_id: Callable[[], str] = lambda: secrets.token_hex(16)
    random_octets: Callable[[int], bytes] = secrets.token_bytes

    def create(self, key: Jwk, payload: Mapping[str, JsonValue], *, url: str) -> tuple[AccountRow, bool]:
        """Return the account of a key, made if there was none, and whether it is new (RFC 8555 7.3).

        Raises:
            TrustError: ACME_ACCOUNT when only an existing one was asked for; ACME_BINDING; ACME_CONTACT; ACME_MALFORMED.
        """
        with self.database.reading() as unit:
            found = acme_accounts.find_by_thumbprint(unit, key.thumbprint)
        if found is not None:
            return found, False
        if payload.get("onlyReturnExisting") is True:
            raise TrustError(ErrorCode.ACME_ACCOUNT, "no account has this key")
        contacts = read_contacts(payload.get("contact"))
        now = self.clock.now()
        with self.database.unit_of_work() as uow:
            external = self._bind(uow, payload.get("externalAccountBinding"), key, url, now)
            row = AccountRow(
                identifier=self.new_id(),
                thumbprint=key.thumbprint,
                jwk=key.canonical.decode("utf-8"),
                state=AccountState.VALID,
                contacts=contacts,
                external=external,
                created_at=now,
            )
            if not acme_accounts.add(uow, row):
                raise TrustError(ErrorCode.ACME_KEY, "another account was made with this key at the same time")
            facts = {"external": external} if external else {}
            _record(uow, EventType.ACME_ACCOUNT_CREATED, now, row.identifier, facts=facts)
        return row, True

    def find(self, identifier: str) -> AccountRow:
        """Return an account that may act.

        Raises:
            TrustError: ACME_ACCOUNT when there is none; ACME_UNAUTHORIZED when it, or what it was bound to, was closed.
        """
        with self.database.reading() as unit:
            return require_in_force(unit, identifier)

    def change(self, row: AccountRow, payload: Mapping[str, JsonValue]) -> AccountRow:
        """Change contacts or close the account (RFC 8555 7.3.2, 7.3.6); other members are left aside."""
        now = self.clock.now()
        with self.database.unit_of_work() as uow:
            if payload.get("status") == AccountState.DEACTIVATED.value:
                acme_accounts.deactivate(uow, row.identifier)
                _record(uow, EventType.ACME_ACCOUNT_CHANGED, now, row.identifier, reason="deactivated")
            elif "contact" in payload:
                acme_accounts.update_contacts(uow, row.identifier, read_contacts(payload["contact"]))
                _record(uow, EventType.ACME_ACCOUNT_CHANGED, now, row.identifier, reason="contacts")
            changed = acme_accounts.find(uow, row.identifier)
        return changed or row

    def change_key(self, row: AccountRow, new: Jwk) -> None:
        """Give the account another key (RFC 8555 7.3.5). Raise ACME_KEY when an account has it."""
        now = self.clock.now()
        try:
            with self.database.unit_of_work() as uow:
                acme_accounts.change_key(
                    uow, row.identifier, thumbprint=new.thumbprint, jwk=new.canonical.decode("utf-8")
                )
                _record(uow, EventType.ACME_ACCOUNT_CHANGED, now, row.identifier, reason="key")
        except TrustError as error:
            if error.code is ErrorCode.STORE_CONFLICT:
                raise TrustError(ErrorCode.ACME_KEY, "an account has this key") from error
            raise

    def holder_of(self, key: Jwk) -> str | None:
        """Return the identifier of the account a key is of, or None."""
        with self.database.reading() as unit:
            row = acme_accounts.find_by_thumbprint(unit, key.thumbprint)
        return row.identifier if row is not None else None

    def add_external(self, name: str, *, lifetime: timedelta, actor: Principal) -> tuple[ExternalRow, bytes]:
        """Make an external account; return it with its MAC key, to be handed to one client.

        Raises:
            TrustError: USAGE for the form of the name or the lifetime.
        """
        if not _NAME.fullmatch(name) or not timedelta(0) < lifetime <= MAX_EXTERNAL_LIFETIME:
            raise TrustError(ErrorCode.USAGE, "a name is a code in small letters, a lifetime 1 to 90 days")
        now, key = self.clock.now(), self.random_octets(MAC_OCTETS)
        row = ExternalRow(identifier=self.new_id(), name=name, mac_key=key, created_at=now, expires_at=now + lifetime)
        with self.database.unit_of_work() as uow:
            acme_accounts.add_external(uow, row)
            facts = {"expires_at": format_rfc3339(row.expires_at)}
            _record(uow, EventType.ACME_EXTERNAL_ADDED, now, row.identifier, actor=actor, facts=facts)
        return row, key

    def revoke_external(self, identifier: str, *, actor: Principal) -> None:
        """Revoke an external account; the account bound to it may act no more. Raise ACME_MISSING."""
        now = self.clock.now()
        try:
            with self.database.unit_of_work() as uow:
                acme_accounts.revoke_external(uow, identifier, at=now)
                _record(uow, EventType.ACME_EXTERNAL_REVOKED, now, identifier, actor=actor)
        except TrustError as error:
            if error.code is ErrorCode.STORE_CONFLICT:
                raise TrustError(ErrorCode.ACME_MISSING, "no such external account, or revoked before") from error
            raise

    def list_externals(self) -> tuple[ExternalRow, ...]:
        """Return the external accounts by time."""
        with self.database.reading() as unit:
            return acme_accounts.list_externals(unit)

    def _bind(self, uow: UnitOfWork, value: JsonValue, key: Jwk, url: str, now: datetime) -> str | None:
        if value is None:
            if self.binding_required:
                raise TrustError(ErrorCode.ACME_BINDING, "an external account is required", required=True)
            return None
        binding = read_binding(value)
        external = acme_accounts.find_external(uow, binding.kid)
        if external is None or external.mac_key is None or now >= external.expires_at:
            raise TrustError(ErrorCode.ACME_BINDING, "unknown, used, revoked or expired")
        require_binding(binding, external.mac_key, account_key=key, url=url)
        try:
            acme_accounts.bind(uow, external.identifier, at=now)
        except TrustError as error:
            raise TrustError(ErrorCode.ACME_BINDING, "it was used at the same time") from error
        return external.identifier


def read_contacts(value: JsonValue) -> str:
    """Return contacts as a JSON array. Raise ACME_CONTACT unless each is one ``mailto:`` address (RFC 8555 7.3)."""
    if value is None:
        return "[]"
    if not isinstance(value, list) or len(value) > MAX_CONTACTS:
        raise TrustError(ErrorCode.ACME_CONTACT, f"contact is an array of at most {MAX_CONTACTS}")
    for each in value:
        if not isinstance(each, str) or not _MAIL.fullmatch(each):
            raise TrustError(ErrorCode.ACME_CONTACT, "a contact is one mail address as mailto:")
    return canonical_json(value).decode("utf-8")


def require_in_force(unit: ReadUnit, identifier: str) -> AccountRow:
    """Return an account that may act, or be acted for.

    Raises:
        TrustError: ACME_ACCOUNT when there is none; ACME_UNAUTHORIZED when it, or what it was bound to, was closed.
    """
    row = acme_accounts.find(unit, identifier) if _IDENTIFIER.fullmatch(identifier) else None
    if row is None:
        raise TrustError(ErrorCode.ACME_ACCOUNT, "no such account")
    external = acme_accounts.find_external(unit, row.external) if row.external else None
    if row.state is not AccountState.VALID or (external is not None and external.revoked_at is not None):
        raise TrustError(ErrorCode.ACME_UNAUTHORIZED, "the account is closed")
    return row


def _record(
    uow: UnitOfWork,
    kind: EventType,
    at: datetime,
    identifier: str,
    *,
    actor: Principal | None = None,
    reason: str = "",
    facts: Mapping[str, FactValue] | None = None,
) -> None:
    event = AuditEvent(
        type=kind,
        at=at,
        actor=actor or account_principal(identifier),
        object_type="acme-account",
        object_id=identifier,
        reason=reason,
        facts=facts or {},
    )
    trail.record(uow, event)
