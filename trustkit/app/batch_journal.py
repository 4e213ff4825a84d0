"""The journal of a batch: what was signed, durable before anybody is told, so that a run cut off is taken up where it was.

One JSON object a line, appended and synced. A last line that a crash cut is dropped; anything else that cannot be read is
refused, since it would be signed again. One run at a time holds the journal of an output folder.
"""

from __future__ import annotations

import fcntl
import json
import os
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from trustkit.app.batch_plan import JOURNAL
from trustkit.app.files import disk_error, sync_folder
from trustkit.errors import ErrorCode, TrustError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from io import BufferedRandom
    from pathlib import Path

SIGNED: Final = "signed"
_MODE: Final = 0o600  # names of files may say something of persons
_DIGITS: Final = 64
_MAX_JOURNAL: Final = 512 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Known:
    """What an earlier run made of a file, by the order it had: SM3 of input and output in hexadecimal."""

    order: str
    input_sm3: str
    output_sm3: str


class BatchJournal:
    """The journal of one output folder, held open."""

    def __init__(self, file: BufferedRandom, known: dict[str, Known]) -> None:
        """Take the file, positioned at its end, and what is in it by input path."""
        self._file = file
        self._known = known

    @property
    def descriptor(self) -> int:
        """What holds the lock; processes that inherit it hold it, too, until they end."""
        return self._file.fileno()

    def known(self, file: Path) -> Known | None:
        """Return what is known of an input."""
        return self._known.get(str(file))

    def add(self, records: Iterable[Mapping[str, object]]) -> None:
        """Append records, durable on return. Raise DISK_FULL, DISK_UNWRITABLE."""
        try:
            self._file.write(b"".join(json.dumps(record).encode("ascii") + b"\n" for record in records))
            self._file.flush()
            os.fsync(self._file.fileno())
        except OSError as error:
            raise disk_error(error) from error


@contextmanager
def open_journal(folder: Path) -> Iterator[BatchJournal]:
    """Give the journal of an output folder, both made when they are not there.

    Raises:
        TrustError: BATCH_RUNNING when another run holds it; BATCH_JOURNAL when it cannot be read; DISK_*.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(folder / JOURNAL, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, _MODE)
    except OSError as error:
        raise disk_error(error) from error
    with os.fdopen(descriptor, "r+b") as file:
        try:
            fcntl.flock(file.fileno(), fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise TrustError(ErrorCode.BATCH_RUNNING, "its journal is held") from error
        known = _read(file)
        sync_folder(folder)
        yield BatchJournal(file, known)


def _read(file: BufferedRandom) -> dict[str, Known]:
    """Return what the journal says, and leave the file positioned after its last whole line."""
    if os.fstat(file.fileno()).st_size > _MAX_JOURNAL:
        raise TrustError(ErrorCode.BATCH_JOURNAL, "it is too long", limit=_MAX_JOURNAL)
    found: dict[str, Known] = {}
    end = 0
    for number, line in enumerate(file, 1):
        if not line.endswith(b"\n"):
            break  # cut by a crash while it was written: nobody was told of it
        try:
            record = json.loads(line)
            if record["status"] == SIGNED:
                found[str(record["file"])] = _known(record)
        except (ValueError, KeyError, TypeError) as error:
            raise TrustError(ErrorCode.BATCH_JOURNAL, "a line is no record", line=number) from error
        end += len(line)
    file.seek(end)
    file.truncate()
    return found


def _known(record: dict[str, object]) -> Known:
    known = Known(str(record["order"]), str(record["input_sm3"]), str(record["output_sm3"]))
    if {len(known.order), len(known.input_sm3), len(known.output_sm3)} != {_DIGITS}:
        message = "a digest has another length"
        raise ValueError(message)
    return known
