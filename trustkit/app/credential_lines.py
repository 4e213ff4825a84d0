"""Credentials as lists show them: numbers, states and times, and nothing of a holder."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from trustkit.app.rows import time_text
from trustkit.errors import ErrorCode, TrustError
from trustkit.store import credentials, licences

if TYPE_CHECKING:
    from trustkit.store.credentials import CredentialRow
    from trustkit.store.database import Database

COLUMNS: Final = ("number", "suite", "state", "issued", "expires", "ended", "reason")


@dataclass(frozen=True, slots=True, kw_only=True)
class CredentialLine:
    """A credential in the register. Its own state: that of its licence comes on top."""

    credential: CredentialRow

    def to_json(self) -> dict[str, object]:
        """Return the JSON object of ``--format json``."""
        row = self.credential
        return {
            "number": row.number,
            "identifier": row.identifier,
            "suite": row.suite,
            "state": row.state.value,
            "holder_key": row.holder_key,
            "issued_at": time_text(row.issued_at) or None,
            "expires_at": time_text(row.expires_at),
            "ended_at": time_text(row.ended_at) or None,
            "reason": row.reason,
            "credential_sm3": row.credential_sm3,
            "status_list": {"uri": row.status_list, "idx": row.status_index},
        }

    def row(self) -> tuple[str, ...]:
        """Return the row of ``licence credentials``."""
        row = self.credential
        times = (time_text(row.issued_at), time_text(row.expires_at), time_text(row.ended_at))
        return (row.number, row.suite, row.state.value, *times, row.reason or "")


def credentials_of(database: Database, identifier: str) -> tuple[CredentialLine, ...]:
    """Return the credentials of a licence, the newest first. Raise LICENCE_MISSING."""
    with database.reading() as unit:
        if licences.find(unit, identifier) is None:
            raise TrustError(ErrorCode.LICENCE_MISSING, "this authority has issued no such licence")
        rows = credentials.list_of_licence(unit, identifier)
    return tuple(CredentialLine(credential=row) for row in rows)
