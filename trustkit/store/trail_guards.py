"""Whether the guards that let the trail only grow still stand as they were made (`v0001_first_schema`)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from sqlalchemy import Boolean, column, select, table, text

from trustkit.store.migrations.versions import v0001_first_schema

if TYPE_CHECKING:
    from trustkit.store.unit_of_work import ReadUnit

_master = table("sqlite_master", column("name"), column("sql"), column("type"), column("tbl_name"))
_trigger = table("pg_trigger", column("tgname"), column("tgfoid"), column("tgisinternal", Boolean), column("tgenabled"))
_proc = table("pg_proc", column("oid"), column("prosrc"))
_SQLITE: Final = select(_master.c.name, _master.c.sql.label("made")).where(
    _master.c.type == "trigger", _master.c.tbl_name == "audit_events"
)
_POSTGRESQL: Final = (
    select(_trigger.c.tgname.label("name"), _proc.c.prosrc.label("made"))
    .join_from(_trigger, _proc, _proc.c.oid == _trigger.c.tgfoid)
    .where(text("tgrelid = 'audit_events'::regclass AND tgenabled = 'A'"), _trigger.c.tgisinternal.is_(False))
)
_ON_POSTGRESQL: Final = ("audit_events_number", "audit_events_refuse")


def missing_guards(unit: ReadUnit) -> tuple[str, ...]:
    """Return the names of guards that are gone, switched off or no more as they were made; nothing where all stand."""
    postgresql = unit.dialect == "postgresql"
    found = {row["name"]: _plain(row["made"]) for row in unit.fetch_all(_POSTGRESQL if postgresql else _SQLITE)}
    made = _made_on_postgresql() if postgresql else _made_on_sqlite()
    return tuple(sorted(name for name, body in made.items() if found.get(name) != body))


def _made_on_sqlite() -> dict[str, str]:
    plain = [_plain(each) for each in v0001_first_schema.SQLITE_GUARDS]
    return {each.split()[2]: each for each in plain}


def _made_on_postgresql() -> dict[str, str]:
    """Return the body of each guard's function: what stands between the two pairs of dollars."""
    bodies = [_plain(each.split("$$")[1]) for each in v0001_first_schema.POSTGRESQL_GUARDS[:2]]
    return dict(zip(_ON_POSTGRESQL, bodies, strict=True))


def _plain(sql: str) -> str:
    return " ".join(sql.split())
