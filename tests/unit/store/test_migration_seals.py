"""Requests and decisions of before are as they were when the table learns of seals, and still belong to each other."""

from __future__ import annotations

import pytest
from sqlalchemy import text

from tests.support.databases import database_url
from tests.support.old_schemas import schema_of
from trustkit.errors import TrustError
from trustkit.store import registrations
from trustkit.store.database import open_database
from trustkit.store.registrations import Decision, DecisionRow, Kind, State

__all__ = ["database_url"]

WHEN = "2026-12-01T12:00:00.000000Z"
OPERATOR = text(
    "INSERT INTO operators (id, role, label, public_key, public_key_sm3, enrolled_at)"
    " VALUES (:id, 'requester', 'x', :octets, :id, :at)"
)
REQUEST = text(
    "INSERT INTO registrations (id, kind, state, requester, needed, statement, signature, submitted_at, expires_at, serial)"
    " VALUES (:id, 'revocation', 'submitted', 'op-a', 2, :octets, :octets, :at, :at, 'ab')"
)
DECISION = text(
    "INSERT INTO registration_decisions (registration, operator, decision, statement, signature, decided_at)"
    " VALUES (:id, 'op-b', 'approve', :octets, :octets, :at)"
)


def test_requests_and_their_decisions_outlive_the_change(database_url: str) -> None:
    with schema_of(database_url, "0014") as connection:
        for name in ("op-a", "op-b"):
            connection.execute(OPERATOR, {"id": name, "octets": b"k", "at": WHEN})
        for number in ("rq-a", "rq-b"):
            connection.execute(REQUEST, {"id": number, "octets": b"s", "at": WHEN})
        connection.execute(DECISION, {"id": "rq-a", "octets": b"d", "at": WHEN})
    with open_database(database_url) as database:
        database.migrate()
        with database.reading() as unit:
            rows = registrations.search(unit)
            (decision,) = registrations.list_decisions(unit, "rq-a")
        assert [(row.id, row.kind, row.state, row.needed, row.serial) for row in rows] == [
            (number, Kind.REVOCATION, State.SUBMITTED, 2, "ab") for number in ("rq-b", "rq-a")
        ]
        assert (decision.operator, decision.decision, decision.statement) == ("op-b", Decision.APPROVE, b"d")
        stray = DecisionRow(
            registration="rq-none",
            operator="op-b",
            decision=Decision.APPROVE,
            statement=b"d",
            signature=b"d",
            decided_at=decision.decided_at,
        )
        with pytest.raises(TrustError, match=r"FOREIGN|23503"), database.unit_of_work() as uow:
            registrations.decide(uow, stray)  # the decisions still point at the requests
