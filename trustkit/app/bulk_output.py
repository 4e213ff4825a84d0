"""The output of a run: Parquet or NDJSON, a row for each file, written once all are judged; and its manifest.

Both have the columns of `COLUMNS`: those of a row, and those that say by what it was judged, which are the same in all rows of a run.
Rows are taken part by part, so memory does not grow with them.
"""

from __future__ import annotations

import json
import os
from contextlib import ExitStack, contextmanager, suppress
from enum import StrEnum, unique
from importlib import import_module
from typing import IO, TYPE_CHECKING, Any, Final, Protocol

from trustkit.app.files import disk_error, draft_of
from trustkit.bulk_codes import BulkCode
from trustkit.crypto.digest import DigestAlgorithm, hasher
from trustkit.errors import ErrorCode, TrustError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from datetime import datetime
    from pathlib import Path

_MODE: Final = 0o600
_MIN_GROUP: Final = 8192  # rows of a row group
COLUMNS: Final = (
    ("path", "string"),
    ("member", "string"),
    ("path_sm3", "string"),
    ("sm3", "string"),
    ("sha256", "string"),
    ("size", "int64"),
    ("format", "string"),
    ("indication", "string"),
    ("sub_indication", "string"),
    ("code", "string"),
    ("signatures", "int32"),
    ("seconds", "double"),
    ("at", "timestamp"),
    ("policy", "string"),
    ("policy_sm3", "string"),
    ("trust_sm3", "string"),
    ("snapshot_sm3", "string"),
    ("suite", "string"),
)
_NEVER_NULL: Final = frozenset(
    {"path_sm3", "indication", "signatures", "seconds", "at", "policy", "trust_sm3", "snapshot_sm3", "suite"}
)


@unique
class OutputForm(StrEnum):
    """What a run writes, by the ending of the output's name."""

    PARQUET = ".parquet"
    NDJSON = ".ndjson"


class RowWriter(Protocol):
    """Takes rows."""

    def write(self, rows: Sequence[dict[str, Any]]) -> None:
        """Write rows."""


def form_of(out: Path) -> OutputForm:
    """Return the form of an output. Raise USAGE for a name with another ending; BULK_EXTRA where Parquet cannot be written here."""
    try:
        form = OutputForm(out.suffix.lower())
    except ValueError as error:
        raise TrustError(ErrorCode.USAGE, "--out ends in .parquet or .ndjson, or stands beside --report") from error
    if form is OutputForm.PARQUET:
        _parquet()
    return form


@contextmanager
def written(
    out: Path, form: OutputForm, same: Mapping[str, object], at: datetime
) -> Iterator[tuple[RowWriter, Callable[[], tuple[Path, str]]]]:
    """Give a writer of rows and what ends it: that returns a draft that is durable, and its SM3 (hexadecimal).

    `same` has the columns that all rows share, but for `at`. The draft is removed with the block unless it was put in its place.

    Raises:
        TrustError: OUTPUT_EXISTS for a place that was taken meanwhile; DISK_FULL, DISK_UNWRITABLE.
    """
    draft = draft_of(out)
    try:
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, _MODE)
        with ExitStack() as stack:
            sink = _Digested(stack.enter_context(os.fdopen(descriptor, "wb")))
            writer = (_Parquet if form is OutputForm.PARQUET else _Ndjson)(sink, same, at)

            def end() -> tuple[Path, str]:
                writer.close()
                return draft, sink.end()

            yield writer, end
    except FileExistsError as error:
        raise TrustError(ErrorCode.OUTPUT_EXISTS, "the output file is there already", file=out.name) from error
    except OSError as error:
        raise disk_error(error) from error
    finally:
        with suppress(OSError):
            draft.unlink(missing_ok=True)


class _Digested:
    """A file that is written from its beginning to its end, and digested on the way."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        self._hasher = hasher(DigestAlgorithm.SM3)
        self._written = 0
        self.closed = False
        self.mode = "wb"

    def write(self, octets: bytes) -> int:
        view = memoryview(octets)
        self._hasher.update(view)
        self._file.write(view)
        self._written += view.nbytes
        return view.nbytes

    def tell(self) -> int:
        return self._written

    def flush(self) -> None:
        self._file.flush()

    def close(self) -> None:
        """Do nothing: whoever opened the file closes it."""

    def readable(self) -> bool:
        return False

    def writable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return False

    def end(self) -> str:
        self._file.flush()
        os.fsync(self._file.fileno())
        return self._hasher.digest().hex()


class _Ndjson:
    def __init__(self, sink: _Digested, same: Mapping[str, object], at: datetime) -> None:
        self._sink = sink
        self._same = {**same, "at": at.isoformat().replace("+00:00", "Z")}

    def write(self, rows: Sequence[dict[str, Any]]) -> None:
        lines = (json.dumps({**row, **self._same}, ensure_ascii=True, separators=(",", ":")) for row in rows)
        self._sink.write("".join(f"{line}\n" for line in lines).encode("ascii"))

    def close(self) -> None:
        """Do nothing: a line ends itself."""


class _Parquet:
    """Parquet 2.6 with zstd; texts that repeat lie in dictionaries."""

    def __init__(self, sink: _Digested, same: Mapping[str, object], at: datetime) -> None:
        self._arrow, parquet = _parquet()
        kinds = {
            "string": self._arrow.string(),
            "int64": self._arrow.int64(),
            "int32": self._arrow.int32(),
            "double": self._arrow.float64(),
            "timestamp": self._arrow.timestamp("us", tz="UTC"),
        }
        self._schema = self._arrow.schema(
            [self._arrow.field(name, kinds[kind], nullable=name not in _NEVER_NULL) for name, kind in COLUMNS]
        )
        self._same = {**same, "at": at}
        self._held: list[dict[str, Any]] = []
        self._writer = parquet.ParquetWriter(sink, self._schema, compression="zstd")

    def write(self, rows: Sequence[dict[str, Any]]) -> None:
        self._held += ({**row, **self._same} for row in rows)
        if len(self._held) >= _MIN_GROUP:
            self._flush()

    def close(self) -> None:
        """Write what is held, and the end."""
        if self._held:
            self._flush()
        self._writer.close()

    def _flush(self) -> None:
        columns = [self._arrow.array([row[each.name] for row in self._held], type=each.type) for each in self._schema]
        self._writer.write_table(self._arrow.Table.from_arrays(columns, schema=self._schema))
        self._held.clear()


def _parquet() -> tuple[Any, Any]:
    try:
        return import_module("pyarrow"), import_module("pyarrow.parquet")
    except ImportError as error:
        raise TrustError(BulkCode.BULK_EXTRA, "pyarrow writes Parquet") from error
