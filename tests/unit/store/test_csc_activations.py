"""Authorizations of remote signing: used once whoever asks, forgotten once long ended."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from tests.support.databases import NOON, tell
from trustkit.errors import ErrorCode, TrustError
from trustkit.store import csc_activations
from trustkit.store.csc_activations import ActivationRow
from trustkit.store.database import open_database

if TYPE_CHECKING:
    from trustkit.store.database import Database

END = NOON + timedelta(minutes=2)


def row(key: str) -> ActivationRow:
    return ActivationRow(
        sad_sm3=key * 64, client="c" * 32, credential="seal", hashes_sm3="a" * 64, created_at=NOON, expires_at=END
    )


def keep(database: Database, *keys: str) -> None:
    with database.unit_of_work() as uow:
        for key in keys:
            csc_activations.add(uow, row(key))
            tell(uow)


def use(database: Database, key: str) -> bool:
    with database.unit_of_work() as uow:
        used = csc_activations.use(uow, key * 64, at=END)
        tell(uow)
    return used


def test_of_two_processes_one_uses_it(database: Database, migrated_url: str) -> None:
    keep(database, "1", "2")
    other = open_database(migrated_url)
    try:
        assert [use(other, "1"), use(database, "1"), use(other, "1"), use(database, "2")] == [True, False, False, True]
    finally:
        other.close()
    with database.reading() as unit:
        found = csc_activations.find(unit, "1" * 64)
    assert found is not None
    assert (found.used_at, found.expires_at) == (END, END)


def test_a_key_is_taken_once(database: Database) -> None:
    keep(database, "1")
    with pytest.raises(TrustError) as refusal:
        keep(database, "1")
    assert refusal.value.code is ErrorCode.STORE_CONFLICT


def test_those_long_ended_are_forgotten(database: Database) -> None:
    keep(database, "1")
    with database.unit_of_work() as uow:
        csc_activations.forget(uow, before=END)
    with database.reading() as unit:
        assert csc_activations.find(unit, "1" * 64) is not None
    with database.unit_of_work() as uow:
        csc_activations.forget(uow, before=END + timedelta(seconds=1))
    with database.reading() as unit:
        assert csc_activations.find(unit, "1" * 64) is None
        assert "sad" not in repr(row("1"))
