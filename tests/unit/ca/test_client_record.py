"""A client's row that was written to past the registry lets nobody in, and says which part it is."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import update

from ca.client_grant import Action, ClientGrant
from ca.client_record import require_recorded
from ca.clients import ClientRegistry, Permission, Role, _digest_of
from tests.support.databases import NOON, database, database_url, migrated_url
from tests.unit.ca.test_clients import YEAR, _credential, _last, _registry
from trustkit.errors import ErrorCode, TrustError
from trustkit.identity import SYSTEM
from trustkit.store import ca_clients
from trustkit.store.ca_clients import ClientRow
from trustkit.store.machine_schema import ca_clients as table

if TYPE_CHECKING:
    from trustkit.store.database import Database

__all__ = ["database", "database_url", "migrated_url"]

SOME = ClientGrant(actions=frozenset({Action.REQUEST}), profiles=("device",))
MORE = ClientGrant(actions=frozenset({Action.REQUEST}), profiles=("*",))
ALTERED: dict[str, dict[str, object]] = {
    "grant_sm3": {"granted": MORE.to_text()},
    "role": {"role": Role.ADMINISTRATOR.value},
    "expires_at": {"expires_at": NOON + timedelta(days=4000)},
    "secret_sm3": {"secret_sm3": _digest_of("known")},
}


def _alter(database: Database, values: dict[str, object]) -> None:
    with database.unit_of_work() as uow:
        uow.write(update(table).values(values))


@pytest.mark.parametrize("part", ALTERED)
def test_an_altered_row_is_refused_by_name(database: Database, part: str) -> None:
    registry = _registry(database)
    row, credential = registry.add("a", Role.REQUESTER, lifetime=YEAR, actor=SYSTEM, grant=SOME)
    registry.admit(_credential(credential), Permission.REQUEST_SUBMIT, request_id="r")
    _alter(database, ALTERED[part])
    shown = f"{row.identifier}.known" if part == "secret_sm3" else credential
    with pytest.raises(TrustError) as refusal:
        registry.admit(_credential(shown), Permission.REQUEST_READ, request_id="r")
    assert (refusal.value.code, refusal.value.facts["part"]) == (ErrorCode.CA_CLIENT_ALTERED, part)
    entry = _last(database)
    assert (entry.type, entry.outcome, entry.reason) == ("ca:client:called", "denied", "altered")


def test_a_grant_given_anew_is_what_counts(database: Database) -> None:
    registry = _registry(database)
    _, credential = registry.add("a", Role.REQUESTER, lifetime=YEAR, actor=SYSTEM)
    registry.grant("a", SOME, actor=SYSTEM)
    assert registry.admit(_credential(credential), Permission.REQUEST_SUBMIT, request_id="r").grant == SOME
    _alter(database, {"granted": MORE.to_text()})
    with pytest.raises(TrustError):
        registry.admit(_credential(credential), Permission.REQUEST_SUBMIT, request_id="r")
    registry.grant("a", MORE, actor=SYSTEM)
    assert registry.admit(_credential(credential), Permission.REQUEST_SUBMIT, request_id="r").grant == MORE


def test_a_revocation_is_not_taken_back(database: Database) -> None:
    registry = _registry(database)
    _, credential = registry.add("a", Role.REQUESTER, lifetime=YEAR, actor=SYSTEM, grant=SOME)
    registry.revoke("a", actor=SYSTEM)
    _alter(database, {"revoked_at": None})
    with pytest.raises(TrustError) as refusal:
        registry.admit(_credential(credential), Permission.REQUEST_SUBMIT, request_id="r")
    assert refusal.value.facts["part"] == "revoked_at"


def test_a_row_nobody_registered_is_refused(database: Database) -> None:
    row = ClientRow(
        identifier="b" * 32,
        name="b",
        role=Role.REGISTRAR.value,
        secret_sm3=_digest_of("s"),
        created_at=NOON,
        expires_at=NOON + YEAR,
        granted=MORE.to_text(),
    )
    registry = ClientRegistry(database=database, clock=_registry(database).clock)
    registry.add("a", Role.REQUESTER, lifetime=YEAR, actor=SYSTEM)
    _alter(database, {"identifier": row.identifier, "secret_sm3": row.secret_sm3})
    with pytest.raises(TrustError) as refusal:
        registry.admit(_credential(f"{row.identifier}.s"), Permission.REQUEST_READ, request_id="r")
    assert refusal.value.facts["part"] == "client"
    with database.reading() as unit, pytest.raises(TrustError):
        require_recorded(unit, ca_clients.list_all(unit)[0])
