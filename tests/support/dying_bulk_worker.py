"""`trustkit.app.bulk_worker` that dies of some files, as a parser with a fault would: ``python -m tests.support.dying_bulk_worker``."""

from __future__ import annotations

import os
import time
from typing import TYPE_CHECKING

from trustkit.app import bulk_worker
from verifier.service import VerificationService

if TYPE_CHECKING:
    from datetime import datetime

    from trustkit.verdict import Verdict
    from verifier.submission import Submission

MODULE = "tests.support.dying_bulk_worker"
CRASH, HANG, EAT, NONSENSE, SLOW = b"crash", b"hang", b"eat", b"nonsense", b"slow"
LATE, TWICE = b"late", b"twice"  # behind its answer: dies, or answers again
_judge = VerificationService.judge
_say = bulk_worker._Bench._say
_last: list[bytes] = []


def judge(self: VerificationService, submission: Submission, at: datetime | None = None) -> Verdict:
    """Judge, unless the file is one to die of."""
    if submission.data == CRASH:
        os.abort()
    if submission.data == HANG:
        time.sleep(600)
    if submission.data == EAT:
        bytearray(64 * 1024**3)
    if submission.data == NONSENSE:
        os.write(1, b"no line of ours\n")
    if submission.data.startswith(SLOW):
        time.sleep(0.2)
    _last[:] = [submission.data]
    return _judge(self, submission, at)


def say(self: bulk_worker._Bench, line: bytes) -> None:
    """Answer, unless it is the end of a file to die of."""
    if line == b"E\n" and LATE in _last:
        os.abort()
    _say(self, line)
    if line.startswith(b"R ") and TWICE in _last:
        _say(self, line)


if __name__ == "__main__":
    VerificationService.judge = judge  # type: ignore[method-assign] # what this program is for
    bulk_worker._Bench._say = say  # type: ignore[method-assign] # as above
    bulk_worker.main()
