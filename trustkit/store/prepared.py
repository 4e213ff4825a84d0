"""Statements that are run again and again, kept as the driver takes them: their text, how values go in, how columns come out.

SQLAlchemy makes the text once as well, but around each run it builds a context, a cursor and a result, which over SQLite takes five times as
long as the question itself. So a statement object that comes a second time, a constant of its module, is prepared here: compiled by SQLAlchemy, with the
types' own conversions, and handed to the driver directly. Everything else goes the way it always went: statements made for one call,
lists of values (IN), defaults that Python makes, and every statement to a server, where the way there takes the time.

A prepared statement asks and answers what the same statement through SQLAlchemy does (`tests/unit/store/test_prepared.py`).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final
from weakref import WeakKeyDictionary

from sqlalchemy import Delete, Insert, Select, Update

from trustkit.errors import ErrorCode, TrustError

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Callable, Mapping, Sequence

    from sqlalchemy import BindParameter, Dialect, Executable
    from sqlalchemy.engine.interfaces import Compiled
    from sqlalchemy.sql.compiler import SQLCompiler

    Convert = Callable[[Any], Any]
    Values = Mapping[str, object]

_DIALECT: Final = "sqlite"
_NEEDED: Final = object()  # in place of a value a bind parameter does without


@dataclass(frozen=True, slots=True)
class _Bind:
    """One placeholder: the key its value comes under, what goes in without one, and how it is written."""

    key: str
    preset: object
    convert: Convert | None


@dataclass(frozen=True, slots=True)
class Prepared:
    """A statement as sqlite3 takes it. Made by `Preparing.find`."""

    text: str
    _binds: tuple[_Bind, ...]
    columns: tuple[str, ...]
    _reads: tuple[tuple[int, Convert], ...]  # columns whose values are converted

    def parameters(self, values: Values) -> list[Any]:
        """Return the values in their order, written as their columns' types write them. Raise BUG for one that is missing or does not fit."""
        try:
            return [
                value if each.convert is None else each.convert(value)
                for each in self._binds
                for value in (values.get(each.key, each.preset) if each.preset is not _NEEDED else values[each.key],)
            ]
        except (KeyError, TypeError, ValueError) as error:
            told = "the store was asked for something it cannot say"
            raise TrustError(ErrorCode.BUG, told, kind=type(error).__name__) from None

    def read(self, row: Sequence[Any]) -> Sequence[Any]:
        """Return a row with its values as the columns' types read them."""
        if not self._reads:
            return row
        found = list(row)
        for at, convert in self._reads:
            found[at] = convert(found[at])
        return found

    def run(self, connection: sqlite3.Connection, values: Values) -> sqlite3.Cursor:
        """Run it once. Raise what sqlite3 raises, BUG as `parameters`."""
        return connection.execute(self.text, self.parameters(values))


class Preparing:
    """The prepared statements of one engine. Safe in several threads: the worst is that two prepare the same."""

    def __init__(self, dialect: Dialect) -> None:
        self._dialect = dialect
        self._known: WeakKeyDictionary[Executable, dict[tuple[str, ...], Prepared | None]] = WeakKeyDictionary()

    def find(self, statement: Executable, values: Values) -> Prepared | None:
        """Return a statement prepared for values of these keys; None for one that goes through SQLAlchemy."""
        if self._dialect.name != _DIALECT:
            return None
        kept = self._known.get(statement)
        if kept is None:
            self._known[statement] = {}
            return None  # it may never come again
        keys = tuple(values)
        if keys not in kept:
            kept[keys] = self._prepare(statement, keys)
        return kept[keys]

    def _prepare(self, statement: Executable, keys: tuple[str, ...]) -> Prepared | None:
        if not isinstance(statement, Select | Insert | Update | Delete):
            return None
        chosen = tuple(statement.selected_columns if isinstance(statement, Select) else statement.exported_columns)
        changes = None if isinstance(statement, Select) else list(keys)
        compiled: Compiled = statement.compile(dialect=self._dialect, column_keys=changes)
        made: SQLCompiler = compiled  # type: ignore[assignment]  # of a statement that is no DDL
        binds = [made.binds[name] for name in made.positiontup or ()]
        names = tuple(each.name for each in chosen)
        made_by_python = made.insert_prefetch or made.update_prefetch if changes is not None else ()
        if (
            any(each.expanding or each.literal_execute or each.callable for each in binds)
            or made_by_python
            or len(set(names)) != len(names)
        ):
            return None
        reads = [(at, each.type.dialect_impl(self._dialect)) for at, each in enumerate(chosen)]
        converts = [(at, impl.result_processor(self._dialect, None)) for at, impl in reads]
        return Prepared(
            text=made.string,
            _binds=tuple(self._bind(each) for each in binds),
            columns=names,
            _reads=tuple((at, convert) for at, convert in converts if convert is not None),
        )

    def _bind(self, bind: BindParameter[Any]) -> _Bind:
        convert = bind.type.dialect_impl(self._dialect).bind_processor(self._dialect)
        return _Bind(bind.key, _NEEDED if bind.required else bind.value, convert)
