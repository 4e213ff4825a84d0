r"""A process that judges the files of a run: ``python -m trustkit.app.bulk_worker``, started by `trustkit.app.bulk_process`.

It has the run's snapshot and nothing else: no home, no key, no network. Memory is bounded, it may write no file, and over one file it
may take so long and no longer, also when whoever started it is gone. On standard input come a line of JSON with how to answer and the
length of the snapshot, the snapshot, then lines of JSON with files; each file is answered by lines on standard output:

    B "name"            a file in an archive is begun
    R {row}\x1e"told"   a row, and the verdict as it is printed where that was asked for
    E                   nothing more of this file
"""

from __future__ import annotations

import faulthandler
import json
import os
import resource
import stat
import sys
import time
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

from trustkit.app.code_reader import PictureCodes
from trustkit.app.engine import settle_engine
from trustkit.app.page_views import DrawnViews
from trustkit.bulk_codes import BulkCode
from trustkit.errors import ErrorCode, TrustError
from trustkit.texts.catalogue import Language
from verifier.bulk.members import HEAD, is_archive, members_in
from verifier.bulk.row import row_of, row_without, shown
from verifier.bulk.snapshot import read_snapshot, service_of
from verifier.report import verdict_to_json
from verifier.report_text import verdict_to_text
from verifier.submission import MAX_SUBMISSION, Submission

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import IO

    from verifier.bulk.row import Row
    from verifier.bulk.snapshot import Snapshot
    from verifier.service import VerificationService

MODULE: Final = "trustkit.app.bulk_worker"
BETWEEN: Final = b"\x1e"  # RFC 8259 7: within a text it is escaped
READY: Final = b"READY\n"
MAX_MEMORY: Final = 4 * 1024**3  # of address space, libraries included
ITEM_SECONDS: Final = 60.0  # for one file, and more for a large one:
OCTETS_A_SECOND: Final = 2 * 1024 * 1024
_GRACE: Final = 15.0  # whoever started this process ends it first
_SITTING: Final = 64  # files that share what was looked up for them


def seconds_for(octets: int) -> float:
    """Return how long judging one file of so many octets may take."""
    return ITEM_SECONDS + octets / OCTETS_A_SECOND


class _Bench:
    """Judges file after file by one snapshot, and answers."""

    def __init__(self, snapshot: Snapshot, setup: Mapping[str, Any], answers: IO[bytes]) -> None:
        self._service = service_of(snapshot, views=DrawnViews(), codes=PictureCodes())
        self._snapshot = snapshot
        self._told: str | None = setup["told"]
        self._language = Language(setup["language"])
        self._with_paths: bool = setup["paths"]
        self._answers = answers
        self._sitting: VerificationService = self._service.sitting()
        self._sat = 0

    def judge(self, path: str, first: int) -> None:
        """Answer for one file, an archive from its file numbered `first` on."""
        faulthandler.dump_traceback_later(seconds_for(0) + _GRACE, exit=True)
        began = time.perf_counter()
        try:
            with _opened(path) as source:
                self._judge_opened(path, source, first)
        except (TrustError, MemoryError, OSError) as error:
            self._row(row_without(_refusal(error), path=path, seconds=time.perf_counter() - began), None)
        self._say(b"E\n")

    def _judge_opened(self, path: str, source: IO[bytes], first: int) -> None:
        size = os.fstat(source.fileno()).st_size
        faulthandler.dump_traceback_later(seconds_for(size) + _GRACE, exit=True)
        head = source.read(HEAD)
        source.seek(0)
        data = source.read(MAX_SUBMISSION) if size <= MAX_SUBMISSION else None
        if not is_archive(path, head, data):
            if data is None or len(data) > MAX_SUBMISSION:
                raise TrustError(ErrorCode.INPUT_TOO_LARGE, "file", limit=MAX_SUBMISSION)
            self._one(path, None, data)
            return
        del data
        source.seek(0)
        for member in members_in(source, first=first):
            faulthandler.dump_traceback_later(seconds_for(len(member.data)) + _GRACE, exit=True)
            self._say(b"B " + json.dumps(member.name).encode("ascii") + b"\n")
            if member.error is not None:
                self._row(row_without(member.error, path=path, member=member.name), None)
            else:
                self._one(path, member.name, member.data)

    def _one(self, path: str, member: str | None, data: bytes) -> None:
        began = time.perf_counter()
        name = shown(path) if member is None else f"{shown(path)}!/{member}"
        try:
            service = self._seated()
            submission = service.scanned(
                Submission(
                    name=name,
                    data=data,
                    evidence=self._snapshot.evidence,
                    copy_demand=self._snapshot.copy_demand,
                )
            )
            verdict = service.judge(submission, self._snapshot.at)
            row = row_of(verdict, data, path=path, member=member, seconds=time.perf_counter() - began)
            told: str | None = None
            if self._told == "json":
                told = json.dumps(verdict_to_json(verdict, file=name, language=self._language))
            elif self._told == "text":
                told = json.dumps(list(verdict_to_text(verdict, file=name, language=self._language)))
        except Exception as error:  # noqa: BLE001 - one file stops no other
            row, told = row_without(_refusal(error), path=path, member=member), None
        self._row(row, told)

    def _seated(self) -> VerificationService:
        if self._sat >= _SITTING:
            self._sitting, self._sat = self._service.sitting(), 0
        self._sat += 1
        return self._sitting

    def _row(self, row: Row, told: str | None) -> None:
        if not self._with_paths:
            row = replace(row, path=None, member=None)
        octets = json.dumps(row.to_json(), separators=(",", ":")).encode("ascii")
        self._say(b"R " + octets + BETWEEN + (told or "null").encode("ascii") + b"\n")

    def _say(self, line: bytes) -> None:
        self._answers.write(line)
        self._answers.flush()


def _opened(path: str) -> IO[bytes]:
    """Return a regular file, opened. Raise INPUT_UNREADABLE; links are not followed, and nothing waits for a pipe's other end."""
    try:
        descriptor = os.open(os.fsencode(path), os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except (OSError, ValueError) as error:
        raise TrustError(ErrorCode.INPUT_UNREADABLE, getattr(error, "strerror", "") or "cannot be read") from error
    source = os.fdopen(descriptor, "rb")
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        source.close()
        raise TrustError(ErrorCode.INPUT_UNREADABLE, "no regular file")
    return source


def _refusal(error: BaseException) -> TrustError:
    if isinstance(error, TrustError):
        return error
    if isinstance(error, MemoryError):
        return TrustError(BulkCode.BULK_LOST, "more memory than one file may take")
    if isinstance(error, OSError):
        return TrustError(ErrorCode.INPUT_UNREADABLE, error.strerror or "cannot be read")
    return TrustError(ErrorCode.BUG, type(error).__name__)


def _bounded() -> None:
    resource.setrlimit(resource.RLIMIT_AS, (MAX_MEMORY, MAX_MEMORY))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def main() -> None:
    """Judge what comes in until nothing more does."""
    source, answers = sys.stdin.buffer, sys.stdout.buffer
    setup = json.loads(source.readline())
    snapshot = read_snapshot(source.read(setup["octets"]))
    settle_engine(snapshot.engine, production=snapshot.production)
    bench = _Bench(snapshot, setup, answers)
    _bounded()
    try:
        answers.write(READY)
        answers.flush()
        for line in source:
            for path, first in json.loads(line):
                bench.judge(path, first)
            faulthandler.cancel_dump_traceback_later()
    except BrokenPipeError:
        sys.stderr.close()  # whoever asked has gone


if __name__ == "__main__":
    main()
