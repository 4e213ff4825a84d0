"""Operators of the registration: enrolled, known again by their key, and without power from the moment they are revoked.

    operator = operators.acting(signer)                 # whose key this is; refused when he is revoked
    operators.enrol(Enrolment(…), actor=terminal, sponsor=registrar)

The first operators are enrolled by whoever holds the home's passphrase. Once there is a registrar, each further enrolment needs a
registrar's signature too, so that the passphrase alone makes no second person. What a key cannot show is that two operators are
two people: that is for whoever enrols them to know (docs/threat-model.md).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from ca.statements import SignedStatement, sign_statement
from trustkit.audit import trail
from trustkit.audit.events import AuditEvent, EventType, FactValue
from trustkit.clock import format_rfc3339
from trustkit.crypto.contexts import Context
from trustkit.crypto.digest import DigestAlgorithm, digest
from trustkit.crypto.public_key import KeyKind, PublicKey, parse_public_key
from trustkit.errors import ErrorCode, TrustError
from trustkit.identity import Principal, fresh_identifier
from trustkit.store import meta, operators
from trustkit.store.operators import LABEL_LIMIT, OperatorRow, Role

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from trustkit.clock import Clock
    from trustkit.custody.port import Signer
    from trustkit.encoding.canonical_json import JsonValue
    from trustkit.store.database import Database
    from trustkit.store.unit_of_work import ReadUnit, UnitOfWork


Agreement = tuple[str, SignedStatement]  # a registrar's pseudonym, and what he signed


@dataclass(frozen=True, slots=True, kw_only=True)
class ActingOperator:
    """An operator and his key, in one act."""

    row: OperatorRow
    signer: Signer

    @property
    def principal(self) -> Principal:
        """Who the trail says acted."""
        return principal_of(self.row)

    def require_role(self, *roles: Role) -> None:
        """Raise OPERATOR_ROLE unless his role is one of these."""
        require_role(self.row, *roles)

    def sign(self, context: Context, fields: Mapping[str, JsonValue]) -> SignedStatement:
        """Return a statement in his name. Raise as `sign_statement`."""
        return sign_statement(context, {**fields, "operator": self.row.id}, self.signer)


@dataclass(frozen=True, slots=True, kw_only=True)
class Enrolment:
    """Who is to be enrolled: a label for colleagues (kept in the store alone), a role, an SM2 public key."""

    label: str
    role: Role
    key: PublicKey


@dataclass(frozen=True, slots=True, kw_only=True)
class Operators:
    """The operators of one authority."""

    database: Database
    clock: Clock

    def acting(self, signer: Signer) -> ActingOperator:
        """Return the operator this key is enrolled for. Raise OPERATOR_MISSING, OPERATOR_REVOKED."""
        with self.database.reading() as unit:
            row = operators.get_by_key(unit, key_digest(signer.public_key))
        require_active(row)
        return ActingOperator(row=row, signer=signer)

    def has_registrar(self) -> bool:
        """Tell whether there is a registrar in office."""
        with self.database.reading() as unit:
            return count_registrars(unit) > 0

    def listed(self) -> tuple[OperatorRow, ...]:
        """Return all operators, those enrolled first first."""
        with self.database.reading() as unit:
            return operators.list_operators(unit)

    def enrol(self, enrolment: Enrolment, *, actor: Principal, sponsor: ActingOperator | None = None) -> OperatorRow:
        """Return the new operator. `actor` has shown the home's passphrase; `sponsor` is the registrar who agrees.

        Raises:
            TrustError: OPERATOR_ROLE (no sponsor though there is a registrar, or one who is none), OPERATOR_EXISTS,
                ALGORITHM_MISMATCH (the key is not SM2), USAGE (label).
        """
        self.require_enrollable(enrolment.label, sponsor)
        require_enrollable(enrolment)
        now, name = self.clock.now(), fresh_identifier("op")
        agreed: tuple[Agreement, ...] = ()
        if sponsor is not None:
            with self.database.reading() as unit:
                fields = enrolment_fields(name, enrolment, instance=instance_of(unit), at=now)
            agreed = ((sponsor.row.id, sponsor.sign(Context.ENROLMENT, fields)),)
        with self.database.unit_of_work() as uow:
            operators.take_turn(uow)
            if sponsor is None:
                _require_none(uow)
            else:
                require_active(operators.get(uow, sponsor.row.id))
            return write_enrolment(uow, name, enrolment, at=now, actor=actor, agreed=agreed)

    def require_enrollable(self, label: str, sponsor: ActingOperator | None) -> None:
        """Refuse what `enrol` would refuse whatever the key, before one is made. Raise OPERATOR_ROLE, USAGE (label)."""
        _require_label(label)
        if sponsor is not None:
            sponsor.require_role(Role.REGISTRAR)
            return
        with self.database.reading() as unit:
            _require_none(unit)

    def revoke(self, operator: str, *, actor: Principal) -> None:
        """Withdraw an operator's powers, at once and for good.

        The last registrar's stay until there is another: without any, the passphrase alone would enrol the next.

        Raises:
            TrustError: OPERATOR_MISSING, OPERATOR_REVOKED, OPERATOR_ROLE (the last registrar).
        """
        with self.database.unit_of_work() as uow:
            operators.take_turn(uow)
            withdraw(uow, operator, at=self.clock.now(), actor=actor)


def require_enrollable(enrolment: Enrolment) -> None:
    """Raise USAGE for a label, ALGORITHM_MISMATCH for a key that is not SM2."""
    _require_label(enrolment.label)
    if enrolment.key.kind is not KeyKind.SM2:
        raise TrustError(ErrorCode.ALGORITHM_MISMATCH, "operators have SM2 keys", key=enrolment.key.kind.value)


def write_enrolment(
    uow: UnitOfWork,
    name: str,
    enrolment: Enrolment,
    *,
    at: datetime,
    actor: Principal,
    agreed: Sequence[Agreement],
) -> OperatorRow:
    """Write an operator with the statement of the first registrar who agreed, and tell the trail. Raise OPERATOR_EXISTS."""
    sponsor, statement = agreed[0] if agreed else (None, None)
    row = OperatorRow(
        id=name,
        role=enrolment.role,
        label=enrolment.label.strip(),
        public_key=enrolment.key.spki,
        public_key_sm3=key_digest(enrolment.key),
        enrolled_at=at,
        sponsor=sponsor,
        statement=statement.body if statement is not None else None,
        signature=statement.signature if statement is not None else None,
    )
    operators.enrol(uow, row)
    facts: dict[str, FactValue] = {
        "public_key_sm3": row.public_key_sm3,
        "role": row.role.value,
        **_agreed(agreed),
    }
    trail.record(uow, _event(EventType.OPERATOR_ENROLLED, row, at, actor, facts))
    return row


def withdraw(
    uow: UnitOfWork,
    operator: str,
    *,
    at: datetime,
    actor: Principal,
    agreed: Sequence[Agreement] = (),
) -> None:
    """Withdraw an operator's powers in a unit that has the turn, told in the trail with who signed for it. Raise as `Operators.revoke`."""
    row = operators.get(uow, operator)
    operators.revoke(uow, row.id, at=at)
    if row.role is Role.REGISTRAR and not count_registrars(uow):
        raise TrustError(ErrorCode.OPERATOR_ROLE, "the last registrar: enrol another before", role=row.role.value)
    facts: dict[str, FactValue] = {"role": row.role.value, **_agreed(agreed)}
    trail.record(uow, _event(EventType.OPERATOR_REVOKED, row, at, actor, facts))


def enrolment_fields(name: str, enrolment: Enrolment, *, instance: str, at: datetime) -> dict[str, JsonValue]:
    """Return what a registrar signs of who is enrolled in which home, beside who signs; the label is what colleagues know him by."""
    return {
        "enrolled": name,
        "label": enrolment.label.strip(),
        "role": enrolment.role.value,
        "key": key_digest(enrolment.key),
        "instance": instance,
        "at": format_rfc3339(at),
    }


def removal_fields(name: str, *, instance: str, at: datetime) -> dict[str, JsonValue]:
    """Return what a registrar signs of whose powers end in which home, beside who signs."""
    return {"removed": name, "instance": instance, "at": format_rfc3339(at)}


def instance_of(unit: ReadUnit) -> str:
    """Return the id of the home, so that what is signed for one is good for no other; empty where no home claimed the store."""
    return meta.find_meta(unit, meta.INSTANCE_ID) or ""


def count_registrars(unit: ReadUnit) -> int:
    """Count the registrars in office."""
    return sum(row.role is Role.REGISTRAR and row.revoked_at is None for row in operators.list_operators(unit))


def key_digest(key: PublicKey) -> str:
    """Return the SM3 of a key's SubjectPublicKeyInfo, hex."""
    return digest(DigestAlgorithm.SM3, key.spki).hex()


def principal_of(row: OperatorRow) -> Principal:
    """Return who the trail says acted."""
    return Principal(id=row.id, roles=frozenset({row.role.value}))


def public_key_of(row: OperatorRow) -> PublicKey:
    """Return an operator's public key."""
    return parse_public_key(row.public_key)


def require_active(row: OperatorRow) -> None:
    """Raise OPERATOR_REVOKED when the operator's powers were withdrawn."""
    if row.revoked_at is not None:
        raise TrustError(ErrorCode.OPERATOR_REVOKED, "withdrawn", operator=row.id)


def require_role(row: OperatorRow, *roles: Role) -> None:
    """Raise OPERATOR_ROLE unless an operator has one of these roles."""
    if row.role not in roles:
        needed = " or ".join(sorted(roles))
        raise TrustError(ErrorCode.OPERATOR_ROLE, f"this needs a {needed}", role=row.role.value)


def _require_label(label: str) -> None:
    if not 1 <= len(label.strip()) <= LABEL_LIMIT or not label.strip().isprintable():
        raise TrustError(ErrorCode.USAGE, f"a label has 1 to {LABEL_LIMIT} printable characters")


def _agreed(agreed: Sequence[Agreement]) -> dict[str, FactValue]:
    facts: dict[str, FactValue] = {}
    for prefix, (registrar, statement) in zip(("", "second_"), agreed, strict=False):
        facts |= {f"{prefix}sponsor": registrar, f"{prefix}statement_sm3": statement.digest}
    return facts


def _require_none(unit: ReadUnit) -> None:
    """Refuse an enrolment without a registrar's agreement once there is one who could give it."""
    if count_registrars(unit):
        raise TrustError(ErrorCode.OPERATOR_ROLE, "there is a registrar: the enrolment needs a registrar's agreement")


def _event(
    kind: EventType, row: OperatorRow, at: datetime, actor: Principal, facts: Mapping[str, FactValue]
) -> AuditEvent:
    return AuditEvent(type=kind, at=at, actor=actor, object_type="operator", object_id=row.id, facts=facts)
