"""What an operator says of a request: the fields he signs, and how they are read again.

    fields = decision_fields("rq-…", submission_sm3, Decision.REJECT, at=now, reason="wrong-organisation")
    operator.sign(Context.DECISION, fields)

The statement names the request by number and by the digest of what its requester signed: a decision is about those octets. Who signs
elsewhere, signs the line ``trustkit/registration/decision/v1``, a line end and these fields as canonical JSON (RFC 8785), by SM2 with SM3
and the usual ID (`ca.statements`).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime  # noqa: TC003 - a field type of a public dataclass
from typing import TYPE_CHECKING, Final, Self

from trustkit.clock import format_rfc3339
from trustkit.errors import ErrorCode, TrustError
from trustkit.store.operators import OperatorRow  # noqa: TC001 - a field type of a public dataclass
from trustkit.store.registrations import Decision

if TYPE_CHECKING:
    from ca.presented import VerifiedPresentation
    from trustkit.encoding.canonical_json import JsonValue

_REASON: Final = re.compile(r"[a-z][A-Za-z0-9-]{0,63}")
_FIELDS: Final = frozenset({"registration", "submission_sm3", "decision", "operator", "at", "reason"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Made:
    """A decision somebody made. `reason` is a code, empty when there is nothing to say."""

    operator: OperatorRow
    decision: Decision
    at: datetime
    reason: str = ""

    def fields(self, registration: str, submission_sm3: str) -> dict[str, JsonValue]:
        """Return what is signed about a request."""
        return decision_fields(registration, submission_sm3, self.decision, at=self.at, reason=self.reason)

    @classmethod
    def read(cls, presented: VerifiedPresentation) -> Self:
        """Return a decision that was signed elsewhere. Raise STATEMENT_WRONG for other fields or words, USAGE as `require_said`."""
        said = presented.said
        if set(said.fields) - _FIELDS:
            raise TrustError(ErrorCode.STATEMENT_WRONG, "a decision has other fields than these", field="decision")
        word = said.text("decision")
        if word not in set(Decision):
            raise TrustError(ErrorCode.STATEMENT_WRONG, "approve or reject", field="decision")
        reason = said.text("reason") if "reason" in said.fields else ""
        require_said(Decision(word), reason)
        return cls(operator=presented.operator, decision=Decision(word), at=presented.at, reason=reason)


def decision_fields(
    registration: str, submission_sm3: str, decision: Decision, *, at: datetime, reason: str = ""
) -> dict[str, JsonValue]:
    """Return what is signed about a request, beside who signs."""
    told = {"reason": reason} if reason else {}
    return {
        "registration": registration,
        "submission_sm3": submission_sm3,
        "decision": decision.value,
        "at": format_rfc3339(at),
        **told,
    }


def require_said(decision: Decision, reason: str) -> None:
    """Raise USAGE for what is no registrar's decision, for a reason that is no code, or one of an approval."""
    if decision is Decision.WITHDRAW:
        raise TrustError(ErrorCode.USAGE, "a requester withdraws; registrars approve or reject")
    if reason and (decision is not Decision.REJECT or not _REASON.fullmatch(reason)):
        raise TrustError(ErrorCode.USAGE, "a rejection may have a reason: a code such as wrong-organisation")
