"""What lists of the registration show: operators, requests, decisions, shared keys and keys in escrow, one line a thing."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from ca.approvals import statement_of
from ca.seal_submissions import USERS
from trustkit.clock import format_rfc3339
from trustkit.encoding.text64 import decode_base64, encode_base64
from trustkit.errors import ErrorCode, TrustError
from trustkit.store.certificates import serial_text
from trustkit.x509.certificate import parse_certificate

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from ca.statements import VerifiedStatement
    from trustkit.custody.key_set import KeySet
    from trustkit.encoding.canonical_json import JsonValue
    from trustkit.store.escrow import EscrowRow
    from trustkit.store.operators import OperatorRow
    from trustkit.store.registrations import DecisionRow, RegistrationRow

OPERATOR_COLUMNS: Final = ("operator", "role", "name", "state", "enrolled", "sponsor")
REQUEST_COLUMNS: Final = ("request", "kind", "state", "requester", "approvals", "submitted", "expires")
SHARED_COLUMNS: Final = ("key", "set", "needed", "shares", "custodians")
ESCROW_COLUMNS: Final = ("serial", "set", "escrowed", "destroyed")
_TOLD_APART: Final = frozenset({"registration", "operator", "kind", "request", "recipient", USERS})


def _time(moment: datetime | None) -> str:
    return format_rfc3339(moment.replace(microsecond=0)) if moment is not None else ""


@dataclass(frozen=True, slots=True, kw_only=True)
class OperatorLine:
    """An operator."""

    operator: OperatorRow

    def to_json(self) -> dict[str, object]:
        """Return the JSON object of ``--format json``."""
        row = self.operator
        return {
            "operator": row.id,
            "role": row.role.value,
            "name": row.label,
            "state": self._state,
            "enrolled_at": _time(row.enrolled_at),
            "revoked_at": _time(row.revoked_at) or None,
            "sponsor": row.sponsor,
            "public_key_sm3": row.public_key_sm3,
        }

    def row(self) -> tuple[str, ...]:
        """Return the row of ``ca operator list``."""
        row = self.operator
        return (row.id, row.role.value, row.label, self._state, _time(row.enrolled_at), row.sponsor or "")

    @property
    def _state(self) -> str:
        return "active" if self.operator.revoked_at is None else "revoked"


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestLine:
    """A request, how many have approved it, and under which authority and profile it falls."""

    request: RegistrationRow
    approvals: int
    authority: str
    profile: str

    def to_json(self) -> dict[str, object]:
        """Return the JSON object of ``--format json``."""
        row = self.request
        return {
            "request": row.id,
            "kind": row.kind.value,
            "state": row.state.value,
            "authority": self.authority,
            "profile": self.profile,
            "requester": row.requester,
            "approvals": self.approvals,
            "needed": row.needed,
            "submitted_at": _time(row.submitted_at),
            "expires_at": _time(row.expires_at),
            "closed_at": _time(row.closed_at) or None,
            "serial": row.serial,
            "encryption_serial": row.encryption_serial,
        }

    def row(self) -> tuple[str, ...]:
        """Return the row of ``ca request list``."""
        row = self.request
        counted = f"{self.approvals} of {row.needed}"
        submitted, expires = _time(row.submitted_at), _time(row.expires_at)
        return (row.id, row.kind.value, row.state.value, row.requester, counted, submitted, expires)


@dataclass(frozen=True, slots=True, kw_only=True)
class DecisionLine:
    """What one operator said of a request; `reason` as he signed it, empty when he gave none."""

    decided: DecisionRow
    reason: str

    def to_json(self) -> dict[str, object]:
        """Return the JSON object of ``--format json``."""
        row = self.decided
        return {
            "operator": row.operator,
            "decision": row.decision.value,
            "at": _time(row.decided_at),
            "reason": self.reason or None,
        }

    def row(self) -> tuple[str, str]:
        """Return what a person reads."""
        told = f" ({self.reason})" if self.reason else ""
        return (self.decided.decision.value, f"{self.decided.operator} {_time(self.decided.decided_at)}{told}")


def listed_users(users: JsonValue) -> tuple[tuple[str, str], ...]:
    """Return who may use a seal that is asked for, out of its application. Raise STATEMENT_WRONG, CERTIFICATE_MALFORMED."""
    if not isinstance(users, list):
        raise TrustError(ErrorCode.STATEMENT_WRONG, "a field is no list", field=USERS)
    found = [parse_certificate(decode_base64(each if isinstance(each, str) else "")) for each in users]
    return (("listed", "; ".join(f"{each.subject} ({serial_text(each.serial)})" for each in found)),)


def shown_fields(fields: Mapping[str, JsonValue]) -> tuple[tuple[str, str], ...]:
    """Return what a person reads of a signed request, beside what is told of its number, kind and keys."""
    said = ((name, value) for name, value in sorted(fields.items()) if name not in _TOLD_APART and value)
    return tuple((name.replace("_", " "), str(value)) for name, value in said)


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestDetails:
    """A request as its requester signed it, with what was decided: shown to whoever is about to decide.

    `about` says in plain words what the signed octets hold: the subject, and whose key it is by its SM3.
    """

    line: RequestLine
    said: VerifiedStatement
    about: tuple[tuple[str, str], ...]
    decisions: tuple[DecisionLine, ...]

    @property
    def digest(self) -> str:
        """SM3 of the signed statement, hex: what a decision is about."""
        return statement_of(self.line.request).digest

    def to_json(self) -> dict[str, object]:
        """Return the JSON object of ``--format json``."""
        decided = [each.to_json() for each in self.decisions]
        return {
            **self.line.to_json(),
            "statement_sm3": self.digest,
            "statement": encode_base64(self.line.request.statement),
            "signature": encode_base64(self.line.request.signature),
            "asked": dict(self.said.fields),
            **dict(self.about),
            "decisions": decided,
        }

    def rows(self) -> tuple[tuple[str, str], ...]:
        """Return what a person reads before he signs."""
        row = self.line.request
        decided = tuple(each.row() for each in self.decisions)
        state = f"{row.state.value}, {self.line.approvals} of {row.needed} approvals"
        return (
            ("request", row.id),
            ("statement sm3", self.digest),
            ("kind", row.kind.value),
            ("requester", row.requester),
            ("state", state),
            *((name.replace("_", " "), value) for name, value in self.about),
            *shown_fields(self.said.fields),
            *decided,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class SharedLine:
    """A shared key."""

    key_set: KeySet

    def to_json(self) -> dict[str, object]:
        """Return the JSON object of ``--format json``."""
        found = self.key_set
        return {
            "key": found.name,
            "set": found.set_id,
            "threshold": found.threshold,
            "shares": [{"index": member.index, "custodian": member.custodian} for member in found.members],
        }

    def row(self) -> tuple[str, ...]:
        """Return the row of ``ca ceremony list``."""
        found = self.key_set
        custodians = " ".join(member.custodian for member in found.members)
        return (found.name, found.set_id, str(found.threshold), str(len(found.members)), custodians)


@dataclass(frozen=True, slots=True, kw_only=True)
class EscrowLine:
    """A key in escrow."""

    kept: EscrowRow

    def to_json(self) -> dict[str, object]:
        """Return the JSON object of ``--format json``."""
        kept = self.kept
        return {
            "serial": kept.serial,
            "set": kept.key_set,
            "escrowed_at": _time(kept.escrowed_at),
            "destroyed_at": _time(kept.destroyed_at) or None,
        }

    def row(self) -> tuple[str, ...]:
        """Return the row of ``ca recover list``."""
        kept = self.kept
        return (kept.serial, kept.key_set, _time(kept.escrowed_at), _time(kept.destroyed_at))
