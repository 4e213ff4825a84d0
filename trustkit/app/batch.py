"""Signing many files over the cores: the plan worked off by processes that hold keys, the journal written as they go.

    with open_batch(order, passphrase) as batch:
        for result in batch.results():
            …

A result is handed out only after the journal holds it. A worker that dies costs its one file and is replaced.
"""

from __future__ import annotations

import json
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from functools import partial
from typing import TYPE_CHECKING, Final

from trustkit.app.batch_desk import kind_of, open_batch_desk
from trustkit.app.batch_journal import open_journal
from trustkit.app.batch_signing import FileResult, FileStatus, Task, failed, sign_some
from trustkit.app.batch_worker import MODULE
from trustkit.app.files import remove_cut_off, sync_folder
from trustkit.app.worker_pool import LineWorker, over_processes
from trustkit.audit.intents import LIVE
from trustkit.crypto.digest import DigestAlgorithm, digest
from trustkit.errors import ErrorCode, TrustError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from trustkit.app.batch_desk import BatchDesk, FileOrder
    from trustkit.app.batch_journal import BatchJournal, Known
    from trustkit.app.batch_plan import BatchPlan
    from trustkit.app.pdf_order import WhoSigns
    from trustkit.custody.passphrase import Passphrase

FILE_SECONDS: Final = 300.0  # a file of 200 MB and a slow authority for its stamp; what takes longer hangs
TOGETHER: Final = 16  # files whose trail entries and syncs share a transaction; a crash costs no more than their work
TOGETHER_OCTETS: Final = 16 * 1024 * 1024
FEW: Final = 8  # files that are signed sooner than further processes start


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchOrder:
    """What is to be signed, by whom, how, into which folder, by how many processes at once."""

    plan: BatchPlan
    out: Path
    who: WhoSigns
    order: FileOrder
    processes: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch:
    """A batch ready to run."""

    plan: BatchPlan
    journal: BatchJournal
    name: str
    desk: BatchDesk
    setup: bytes = field(repr=False)  # the passphrase is in it
    processes: int

    def results(self) -> Iterator[FileResult]:
        """Sign; yield each result as soon as the journal holds it, first what is left alone. Raise DISK_*."""
        for left in self.plan.left:
            yield FileResult(file=str(left.file), out="", status=FileStatus.LEFT, detail=left.why.value)
        tasks = tuple(Task(file=job.file, out=job.out, known=self._known(job.file)) for job in self.plan.jobs)
        for together in self._together(tasks):
            self.journal.add(self._record(each) for each in together)
            yield from together

    def _known(self, file: Path) -> Known | None:
        """Return what an earlier run made of a file; by another order it is nothing that this one would have made."""
        known = self.journal.known(file)
        return known if known is None or known.order == self.name else replace(known, output_sm3="")

    def _record(self, result: FileResult) -> dict[str, object]:
        """Return the journal's line. What was found signed is told like what was: the line of an earlier run may be lost."""
        told = replace(result, status=FileStatus.SIGNED) if result.status is FileStatus.ALREADY else result
        return {**told.to_json(), "order": self.name}

    def _together(self, tasks: tuple[Task, ...]) -> Iterator[list[FileResult]]:
        if self.processes == 1 or len(tasks) <= FEW:
            for some in _portions(tasks):
                yield list(sign_some(self.desk, some))
            return
        start = partial(_Worker, MODULE, self.setup, self.journal.descriptor)
        yield from over_processes(_portions(tasks), start, min(self.processes, len(tasks)), lost=_lost)


@contextmanager
def open_batch(order: BatchOrder, passphrase: Callable[[], Passphrase]) -> Iterator[Batch]:
    """Give the batch, its keys opened once here to see that they can be, its journal held.

    Raises:
        TrustError: what `open_batch_desk` and `open_journal` raise; USAGE when there is nothing to sign.
    """
    plan, kind = order.plan, kind_of(order.order)
    if not plan.jobs:
        told = f"no {kind.value.upper()} is among what was named"
        raise TrustError(ErrorCode.USAGE, told, left_alone=len(plan.left))
    asked: list[Passphrase] = []

    def once() -> Passphrase:
        if not asked:
            asked.append(passphrase())
        return asked[0]

    with open_batch_desk(order.who, order.order, once) as desk, open_journal(order.out) as journal:
        _make_folders(plan, order.out)
        # a run into a folder above or below may be writing files of these names
        remove_cut_off((job.out for job in plan.jobs), before=desk.clock.now() - LIVE)
        setup = {"who": order.who.to_json(), "kind": kind.value, "order": order.order.to_json()}
        secret = asked[0].reveal().hex() if asked else ""
        yield Batch(
            plan=plan,
            journal=journal,
            name=_name(desk, order.order),
            desk=desk,
            setup=f"{secret}\n{json.dumps(setup)}\n".encode("ascii"),
            processes=order.processes,
        )


def _make_folders(plan: BatchPlan, out: Path) -> None:
    """Make the folders results go into, durable; where one cannot be made, its files' turns will tell."""
    root = out.resolve()
    wanted = {job.out.parent for job in plan.jobs}
    every = {folder for each in wanted for folder in (each, *each.parents) if folder.is_relative_to(root)}
    for folder in sorted(every):
        with suppress(OSError):
            folder.mkdir(exist_ok=True)
    for folder in every:
        with suppress(OSError):
            sync_folder(folder)


def _name(desk: BatchDesk, order: FileOrder) -> str:
    """Return by what an order is known in the journal: how is signed, and by whose certificates."""
    signers = [party.certificate.fingerprint_sm3 for party in desk.parties]
    return digest(DigestAlgorithm.SM3, json.dumps([order.to_json(), signers]).encode("ascii")).hex()


class _Worker(LineWorker):
    """A process that signs."""

    def ask(self, tasks: tuple[Task, ...]) -> list[FileResult]:
        """Return what became of files. Raise BATCH_WORKER when the process has ended, or is ended for taking too long."""
        line = json.dumps([task.to_json() for task in tasks]).encode("ascii") + b"\n"
        answer = self.ask_line(line, seconds=FILE_SECONDS * len(tasks))
        return [FileResult.from_json(each) for each in json.loads(answer)]


def _portions(tasks: tuple[Task, ...]) -> Iterator[tuple[Task, ...]]:
    """Yield the tasks in portions that go together: so many, or so many octets, whichever comes first."""
    some: list[Task] = []
    octets = 0
    for task in tasks:
        with suppress(OSError):  # its own turn will tell
            octets += task.file.stat().st_size
        some.append(task)
        if len(some) == TOGETHER or octets >= TOGETHER_OCTETS:
            yield tuple(some)
            some, octets = [], 0
    if some:
        yield tuple(some)


def _lost(task: Task) -> FileResult:
    error = TrustError(
        ErrorCode.BATCH_WORKER, "the process that signs ended; whether this file was signed the next run sees"
    )
    return failed(task.file, task.out, error)
