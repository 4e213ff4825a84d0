"""Many licences issued from one file, over the cores, each once whatever is cut off.

    with open_licence_batch(authority, order, rows, out, passphrase) as batch:
        for result in batch.results():
            …

The register is the journal: each row has a key there, made of type, batch and what the row says, and the key stands for one licence
(docs/adr/0055). The same file given again goes on where a killed run was. One run at a time holds an output folder.
"""

from __future__ import annotations

import csv
import fcntl
import io
import json
import os
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Final

from esign.licence.data import read_licence_data
from esign.licence.filing import row_key
from esign.licence.formats import LicenceFormat
from esign.licence.issuance import INTENTS
from esign.licence.metadata import issue_date
from esign.licence.types import load_licence_type
from trustkit.app.files import disk_error, read_input, remove_cut_off, sync_folder, write_output
from trustkit.app.home import POLICIES
from trustkit.app.licence_row_worker import MODULE
from trustkit.app.licence_rows import (
    ALREADY,
    RowResult,
    RowTask,
    document_name,
    failed_row,
    issue_rows,
    principal_json,
)
from trustkit.app.worker_pool import LineWorker, over_processes
from trustkit.audit.intents import LIVE
from trustkit.crypto.digest import DigestAlgorithm, digest
from trustkit.errors import ErrorCode, TrustError
from trustkit.store import licences
from trustkit.store.licences import LicenceState

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from esign.licence.bulk_rows import BulkRow
    from esign.licence.issuance import LicenceService
    from esign.licence.types import LicenceType
    from trustkit.app.authority import Authority
    from trustkit.app.licence_rows import RowsOrder
    from trustkit.custody.passphrase import Passphrase

LOCK: Final = ".trustkit-issue.lock"
SUMMARY: Final = "summary.csv"
MAX_NAME: Final = 64  # characters of a batch's name
TOGETHER: Final = 8  # rows that go to a process at a time
FEW: Final = 16  # rows that are issued sooner than further processes start
ROW_SECONDS: Final = 120.0  # a page, its seal and stamp; what takes longer hangs
_COLUMNS: Final = ("row", "status", "identifier", "files", "code")
_MODE: Final = 0o600


@dataclass(frozen=True, slots=True, kw_only=True)
class LicenceBatch:
    """A file of rows ready to be issued. `authority` has been asked who acts."""

    authority: Authority
    service: LicenceService
    order: RowsOrder
    kind: LicenceType
    name: str
    rows: tuple[BulkRow, ...]
    out: Path
    lock: int
    setup: bytes = field(repr=False)  # the passphrase is in it
    processes: int

    def results(self) -> Iterator[RowResult]:
        """Issue; yield each result as soon as its licence is in the register. A summary is in the folder at the end. Raise DISK_*."""
        told: list[RowResult] = []
        for result in self._each():
            told.append(result)
            yield result
        write_output(self.out / SUMMARY, _summary(told), replace=True, mode=_MODE)

    def _each(self) -> Iterator[RowResult]:
        done, tasks = self._sorted_out()
        yield from done
        if self.processes == 1 or len(tasks) <= FEW:
            actor = self.authority.operator
            for some in _portions(tasks):
                yield from issue_rows(self.service, self.order, self.out, some, actor=actor)
            return
        start = partial(_Worker, MODULE, self.setup, self.lock)
        for results in over_processes(_portions(tasks), start, min(self.processes, len(tasks)), lost=_lost):
            yield from results

    def _sorted_out(self) -> tuple[list[RowResult], list[RowTask]]:
        """Return what an earlier run issued and wrote, and what is left.

        Intents are closed that were left there: by a run that ended, where it wrote into this folder, for the lock is ours. One that writes the
        same rows into another folder finds its intent closed, and issues nothing by it (ADR 0055).
        """
        done: list[RowResult] = []
        tasks: list[RowTask] = []
        cut_off: list[str] = []
        today = issue_date(self.authority.clock.now())
        with self.authority.database.reading() as unit:
            for row in self.rows:
                key = row_key(self.order.kind, self.name, read_licence_data(self.kind, row.data, today=today))
                found = licences.find_by_key(unit, key)
                names = () if found is None else self._names(found.identifier)
                if found is not None and found.state is LicenceState.INTENT:
                    cut_off.append(found.identifier)
                elif found is not None and self._is_written(found.document_sm3, names):
                    done.append(RowResult(row=row.number, status=ALREADY, identifier=found.identifier, files=names))
                    continue
                tasks.append(RowTask(row=row.number, key=key, data=row.data.decode("utf-8")))
        now = self.authority.clock.now()
        INTENTS.close_these(self.authority.database, cut_off, now=now, actor=self.authority.operator)
        return done, tasks

    def _is_written(self, document_sm3: str | None, names: tuple[str, ...]) -> bool:
        """Tell whether the documents are there, the first of them octet by octet: a name alone may be another's, or cut off."""
        try:
            first = read_input(self.out / names[0])
            return digest(DigestAlgorithm.SM3, first).hex() == document_sm3 and all(
                (self.out / name).is_file() and (self.out / name).stat().st_size for name in names
            )
        except (OSError, TrustError):
            return False

    def _names(self, identifier: str) -> tuple[str, ...]:
        return tuple(document_name(identifier, each) for each in self.order.formats)


@contextmanager
def open_licence_batch(
    authority: Authority,
    order: RowsOrder,
    rows: Sequence[BulkRow],
    out: Path,
    passphrase: Passphrase,
    *,
    name: str = "",
    processes: int = 1,
) -> Iterator[LicenceBatch]:
    """Give the batch of rows that were checked, its keys opened once here to see that they can be.

    Raises:
        TrustError: BATCH_RUNNING when another run holds the folder; USAGE for a name of the batch that is too long; DISK_*; what
            opening the keys raises, and SEAL_* for want of an electronic seal where an OFD is wanted.
    """
    if len(name) > MAX_NAME:
        raise TrustError(ErrorCode.USAGE, "the name of a batch is short", limit=MAX_NAME)
    service = authority.licences(authority.unlock(passphrase))
    if LicenceFormat.OFD in order.formats:
        service.maker.electronic_seal(order.seal)
    setup = {
        "home": str(authority.settings.home.resolve()),
        "out": str(out.resolve()),
        "order": order.to_json(),
        "actor": principal_json(authority.operator),
    }
    with _held(out) as lock:
        remove_cut_off((out / SUMMARY,), before=authority.clock.now() - LIVE)
        yield LicenceBatch(
            authority=authority,
            service=service,
            order=order,
            kind=load_licence_type(authority.settings.home / POLICIES / "licences" / order.kind),
            name=name,
            rows=tuple(rows),
            out=out,
            lock=lock,
            setup=f"{passphrase.reveal().hex()}\n{json.dumps(setup)}\n".encode("ascii"),
            processes=processes,
        )


class _Worker(LineWorker):
    """A process that issues."""

    def ask(self, tasks: tuple[RowTask, ...]) -> list[RowResult]:
        """Return what became of rows. Raise BATCH_WORKER when the process has ended, or is ended for taking too long."""
        line = json.dumps([each.to_json() for each in tasks]).encode("ascii") + b"\n"
        answer = self.ask_line(line, seconds=ROW_SECONDS * len(tasks))
        return [RowResult.from_json(each) for each in json.loads(answer)]


def _lost(task: RowTask) -> RowResult:
    told = "the process that issues ended; whether this row was issued the next run sees"
    return failed_row(task.row, TrustError(ErrorCode.BATCH_WORKER, told))


def _portions(tasks: Sequence[RowTask]) -> Iterator[tuple[RowTask, ...]]:
    for start in range(0, len(tasks), TOGETHER):
        yield tuple(tasks[start : start + TOGETHER])


@contextmanager
def _held(folder: Path) -> Iterator[int]:
    """Give the descriptor that holds an output folder, made where it is not there."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(folder / LOCK, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, _MODE)
    except OSError as error:
        raise disk_error(error) from error
    with os.fdopen(descriptor, "r+b"):
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise TrustError(ErrorCode.BATCH_RUNNING, "another run writes into this folder") from error
        sync_folder(folder)
        yield descriptor


def _summary(results: Sequence[RowResult]) -> bytes:
    """Return the table of what became of each row, in the order of the file; nothing of any holder."""
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(_COLUMNS)
    for each in sorted(results, key=lambda result: result.row):
        writer.writerow((each.row, each.status, each.identifier, " ".join(each.files), each.code))
    return text.getvalue().encode("ascii")
