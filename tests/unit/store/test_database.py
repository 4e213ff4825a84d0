from __future__ import annotations

import stat
import sys
import traceback
from datetime import datetime
from threading import Thread
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import select, text, update

from tests.support import register
from tests.support.databases import NOON, tell
from trustkit.audit.trail import last_sequence
from trustkit.errors import ErrorCode, TrustError
from trustkit.store import certificates, sqlite
from trustkit.store.database import Database, open_database
from trustkit.store.meta import find_meta, put_meta
from trustkit.store.schema import audit_events, meta
from trustkit.store.sequences import next_value

if TYPE_CHECKING:
    from pathlib import Path

    from trustkit.store.unit_of_work import UnitOfWork


def reserve(uow: UnitOfWork) -> str:
    return register.reserve(uow, issuer="issuing", profile="seal", subject="CN=x", at=NOON).serial


def test_migrates_from_nothing_and_again(database_url: str) -> None:
    with open_database(database_url) as database:
        database.migrate()
        with database.unit_of_work() as uow:
            put_meta(uow, "created_at", "2026-12-01T00:00:00Z")
        database.migrate()
    with open_database(database_url) as again:
        again.migrate()
        with again.reading() as unit:
            assert find_meta(unit, "created_at") == "2026-12-01T00:00:00Z"


def test_threads_migrating_at_once_make_one_schema(database_url: str) -> None:
    problems: list[Exception] = []

    def migrate() -> None:
        try:
            with open_database(database_url) as database:
                database.migrate()
        except Exception as error:  # noqa: BLE001 - whatever it is, the test shows it
            problems.append(error)

    threads = [Thread(target=migrate) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert problems == []


def test_refuses_a_database_without_schema(database_url: str, tmp_path: Path) -> None:
    (tmp_path / "trustkit.db").touch()
    with open_database(database_url) as database, pytest.raises(TrustError) as caught, database.reading():
        pass
    assert caught.value.code is ErrorCode.STORE_MIGRATION


@pytest.mark.parametrize("revision", ["0000", "9999"])
def test_refuses_a_schema_of_another_trustkit(database: Database, migrated_url: str, revision: str) -> None:
    with database._engines.writing.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = :it"), {"it": revision})
    with open_database(migrated_url) as other:
        with pytest.raises(TrustError) as caught, other.unit_of_work():
            pass
        assert caught.value.code is ErrorCode.STORE_MIGRATION
        with pytest.raises(TrustError) as caught:
            other.migrate()
        assert caught.value.code is ErrorCode.STORE_MIGRATION


def test_a_failed_migration_leaves_nothing(database_url: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    versions = tmp_path / "broken" / "versions"
    versions.mkdir(parents=True)
    env = "from alembic import context\ncontext.configure(connection=context.config.attributes['connection'])\n"
    (tmp_path / "broken" / "env.py").write_text(env + "context.run_migrations()\n")
    (versions / "v1.py").write_text(
        "from alembic import op\nrevision = '0001'\ndown_revision = None\n"
        "def upgrade():\n    op.execute('CREATE TABLE half (x INTEGER)')\n    op.execute('not a statement')\n"
    )
    monkeypatch.setattr("trustkit.store.migrate.MIGRATIONS", tmp_path / "broken")
    with open_database(database_url) as database:
        with pytest.raises(TrustError) as caught:
            database.migrate()
        assert caught.value.code is ErrorCode.BUG
        monkeypatch.undo()
        with database._engines.writing.connect() as connection:
            assert not connection.dialect.has_table(connection, "half")
        database.migrate()


def test_an_exception_takes_back_the_act_and_its_event(database: Database) -> None:
    def act() -> None:
        with database.unit_of_work() as uow:
            reserve(uow)
            tell(uow)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        act()
    with database.reading() as unit:
        assert certificates.search(unit) == ()
        assert unit.fetch_all(select(audit_events)) == []


def test_an_error_of_the_block_stays_what_it_is(database: Database) -> None:
    with pytest.raises(FileNotFoundError), database.unit_of_work():
        raise FileNotFoundError


def test_an_act_without_its_event_does_not_commit(database: Database) -> None:
    def acts() -> None:
        with database.unit_of_work() as uow:
            reserve(uow)
            tell(uow)
            reserve(uow)

    with pytest.raises(TrustError) as caught:
        acts()
    assert caught.value.code is ErrorCode.BUG
    assert caught.value.facts == {"acts": 2, "events": 1}
    with database.reading() as unit:
        assert certificates.search(unit) == ()


def test_a_unit_that_went_on_after_an_error_does_not_commit(database: Database) -> None:
    with database.unit_of_work() as uow:
        put_meta(uow, "instance_id", "a")

    def go_on() -> None:
        with database.unit_of_work() as uow:
            put_meta(uow, "created_at", "x")
            with pytest.raises(TrustError) as first:
                put_meta(uow, "instance_id", "b")
            assert first.value.code is ErrorCode.STORE_CONFLICT

    with pytest.raises(TrustError) as caught:
        go_on()
    assert caught.value.code is ErrorCode.BUG
    with database.reading() as unit:
        assert find_meta(unit, "created_at") is None
        assert find_meta(unit, "instance_id") == "a"


def test_a_unit_is_of_no_use_after_its_end(database: Database) -> None:
    with database.unit_of_work() as uow:
        pass
    with database.reading() as unit:
        pass
    for late in (uow, unit):
        with pytest.raises(TrustError) as caught:
            find_meta(late, "created_at")
        assert caught.value.code is ErrorCode.BUG


def test_a_reading_unit_cannot_write(database: Database) -> None:
    with pytest.raises(TrustError) as caught, database.reading() as unit:
        unit.fetch_all(text("INSERT INTO meta VALUES ('a', 'b')"))  # type: ignore[arg-type]
    assert caught.value.code is ErrorCode.DISK_UNWRITABLE
    with database.unit_of_work() as uow:
        put_meta(uow, "a", "b")


def test_a_reading_unit_sees_one_snapshot(database: Database, migrated_url: str) -> None:
    with database.reading() as unit, open_database(migrated_url) as other:
        assert find_meta(unit, "a") is None
        with other.unit_of_work() as uow:
            put_meta(uow, "a", "b")
        assert find_meta(unit, "a") is None
    with database.reading() as unit:
        assert find_meta(unit, "a") == "b"


def test_refuses_a_naive_time(database: Database) -> None:
    naive = datetime(2026, 12, 1)  # noqa: DTZ001 - the very mistake
    with pytest.raises(TrustError) as caught, database.unit_of_work() as uow:
        register.reserve(uow, issuer="issuing", profile="seal", subject="CN=x", at=naive)
    assert caught.value.code is ErrorCode.BUG


def test_the_lock_is_waited_for_and_then_given_up(migrated_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sqlite, "LOCK_WAIT_SECONDS", 0.05)

    def wait(database: Database) -> None:
        with database.unit_of_work() as uow:
            uow.fetch_value(text("SELECT set_config('lock_timeout', '50', true)"))  # type: ignore[arg-type]
            next_value(uow, "x")

    with open_database(migrated_url) as one, open_database(migrated_url) as two, one.unit_of_work() as holder:
        next_value(holder, "x")
        with pytest.raises(TrustError) as caught:
            wait(two)
        assert caught.value.code is ErrorCode.STORE_UNREACHABLE


def test_an_unreachable_server_is_told_without_the_password() -> None:
    database = open_database("postgresql://clerk:s3cret@127.0.0.1:1/trust")
    for use in (database.migrate, database.reading().__enter__, database.unit_of_work().__enter__):
        with pytest.raises(TrustError) as caught:
            use()
        assert caught.value.code is ErrorCode.STORE_UNREACHABLE
        assert "s3cret" not in "".join(traceback.format_exception(caught.value))


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_a_database_the_server_does_not_have_is_unreachable(database_url: str) -> None:
    database = open_database(database_url.replace("trustkit_test", "nowhere"))
    with pytest.raises(TrustError) as caught, database.reading():
        pass
    assert caught.value.code is ErrorCode.STORE_UNREACHABLE


def test_a_missing_file_is_not_made_by_reading(tmp_path: Path) -> None:
    with open_database(f"sqlite:///{tmp_path}/none.db") as database:
        with pytest.raises(TrustError) as caught, database.reading():
            pass
        assert caught.value.code is ErrorCode.STORE_UNREACHABLE
    assert list(tmp_path.iterdir()) == []


def test_a_file_that_is_no_database_is_refused(tmp_path: Path) -> None:
    (tmp_path / "photo.db").write_bytes(b"\xff\xd8" * 4096)
    with open_database(f"sqlite:///{tmp_path}/photo.db") as database:
        with pytest.raises(TrustError) as caught:
            database.migrate()
        assert caught.value.code is ErrorCode.STORE_UNREACHABLE
    assert (tmp_path / "photo.db").read_bytes() == b"\xff\xd8" * 4096


def test_a_missing_folder_is_told(tmp_path: Path) -> None:
    with open_database(f"sqlite:///{tmp_path}/no/such.db") as database, pytest.raises(TrustError) as caught:
        database.migrate()
    assert caught.value.code is ErrorCode.DISK_UNWRITABLE


def test_a_missing_driver_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "psycopg", None)
    with pytest.raises(TrustError) as caught:
        open_database("postgresql://localhost/trust")
    assert caught.value.code is ErrorCode.STORE_MISSING_DRIVER
    assert "psycopg" in caught.value.detail


def test_the_file_is_for_its_owner_and_durable(tmp_path: Path) -> None:
    path = tmp_path / "trustkit.db"
    with open_database(f"sqlite:///{path}") as database:
        database.migrate()
        with database.unit_of_work() as uow:
            pragmas = {name: uow.fetch_value(_pragma(name)) for name in ("journal_mode", "synchronous", "foreign_keys")}
        assert pragmas == {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1}
        for file in tmp_path.iterdir():
            assert stat.S_IMODE(file.stat().st_mode) == 0o600, file.name


def _pragma(name: str):  # type: ignore[no-untyped-def]  # noqa: ANN202 - a statement SQLAlchemy has no type for
    return text(f"PRAGMA {name}")


@pytest.mark.parametrize("migrated_url", ["sqlite"], indirect=True)
def test_a_full_disk_keeps_act_and_trail_together(database: Database) -> None:
    with database.unit_of_work() as uow:
        pages = uow.fetch_value(_pragma("page_count"))
        uow.fetch_value(_pragma(f"max_page_count={pages + 20}"))
    done = 0

    def fill() -> None:
        nonlocal done
        while done < 1000:
            with database.unit_of_work() as uow:
                tell(uow, reserve(uow))
            done += 1

    with pytest.raises(TrustError) as caught:
        fill()
    assert caught.value.code is ErrorCode.DISK_FULL
    with database.reading() as unit:
        assert len(certificates.search(unit, limit=1000)) == done > 0
        assert len(unit.fetch_all(select(audit_events.c.sequence))) == done
    with database.unit_of_work() as uow:
        uow.fetch_value(_pragma("max_page_count=1000000"))
    with database.unit_of_work() as uow:
        reserve(uow)
        tell(uow)
        assert last_sequence(uow) == done + 1


def test_an_update_that_fits_nothing_touches_nothing(database: Database) -> None:
    with database.unit_of_work() as uow:
        assert uow.act(update(meta).where(meta.c.key == "none").values(value="x")) == 0


def test_reading_at_once_waits_for_nobody(database: Database) -> None:
    with database.unit_of_work() as uow:
        tell(uow)
    with database.unit_of_work() as writer, database.reading_at_once() as unit:
        tell(writer)
        assert (unit is None) == (database.dialect == "postgresql")
        if unit is None:
            return
        assert last_sequence(unit) == 1
        with pytest.raises(TrustError) as caught, database.reading_at_once():
            pass
        assert caught.value.code is ErrorCode.STORE_UNREACHABLE


def test_reading_at_once_begins_once_the_schema_was_seen(migrated_url: str) -> None:
    with open_database(migrated_url) as fresh, fresh.reading_at_once() as unit:
        assert unit is None
