"""One process that judges files (`trustkit.app.bulk_worker`), and what becomes of the file that ends it.

    bench = BulkProcess(setup, snapshot)
    rows = bench.judge(shard)          # an answer for each file, whatever it does to the process

A process that ends or takes too long over a file is replaced and asked once more from that file on; if it happens again, the file's row
says so and the next one is taken. No file costs another its verdict.
"""

from __future__ import annotations

import json
import os
import selectors
import subprocess
import sys
from contextlib import suppress
from dataclasses import dataclass
from time import monotonic
from typing import TYPE_CHECKING, Final

from trustkit.app.bulk_worker import BETWEEN, MODULE, READY, seconds_for
from trustkit.bulk_codes import BulkCode
from trustkit.errors import TrustError
from verifier.bulk.members import MAX_MEMBERS
from verifier.bulk.row import row_without

if TYPE_CHECKING:
    from collections.abc import Sequence

    from verifier.bulk.shard import Item, Shard

START_SECONDS: Final = 180.0  # on a machine that is busy, with lists of millions to read
_CHUNK: Final = 256 * 1024
_MAX_LINE: Final = 64 * 1024 * 1024
_TRIES: Final = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class BulkSetup:
    """How processes answer: `told` is "json" or "text" where the verdict itself is printed, in `language`; with paths or without."""

    told: str | None = None
    language: str = "en"
    paths: bool = True


@dataclass(frozen=True, slots=True)
class Answer:
    """What is told of one file: its row as JSON, and the verdict as it is printed (JSON, null where nothing is)."""

    row: bytes
    told: bytes = b"null"


class BulkProcess:
    """A process, started when it is needed. Not for several threads at once."""

    def __init__(self, setup: BulkSetup, snapshot: bytes) -> None:
        self._setup = setup
        self._snapshot = snapshot
        self._process: _Process | None = None
        self._is_abandoned = False

    def abandon(self) -> None:
        """Have what is being judged end without answers; for another thread."""
        self._is_abandoned = True
        process = self._process
        if process is not None:
            process.kill()

    def close(self) -> None:
        """End the process."""
        process, self._process = self._process, None
        if process is not None:
            process.end()

    def judge(self, shard: Shard) -> list[Answer]:
        """Return the answers for the files of a shard. Raise BULK_WORKER when no process can be started."""
        answers: list[Answer] = []
        at = _Place(shard.items)
        while not at.is_over:
            if self._is_abandoned:
                return answers
            try:
                if self._process is None:
                    self._process = _Process(self._setup, self._snapshot)
                self._process.ask(at.left())
                while not at.is_over:
                    at.take(self._process.line(seconds_for(at.item.size)), answers)
            except (OSError, EOFError, ValueError):  # a process taken over may answer anything
                self.close()
                if at.is_told:
                    at.go_on()  # it ended behind its answer, which is not asked for twice
                    continue
                at.tries += 1
                if at.tries >= _TRIES:
                    answers.append(self._lost(at))
                    at.go_on()
        return answers

    def _lost(self, at: _Place) -> Answer:
        error = TrustError(BulkCode.BULK_LOST, "the process ended or took too long")
        row = row_without(error, path=at.item.path, member=at.member).to_json()
        if not self._setup.paths:
            row |= {"path": None, "member": None}
        return Answer(json.dumps(row, separators=(",", ":")).encode("ascii"))


class _Place:
    """How far the files of a shard have come."""

    def __init__(self, items: Sequence[Item]) -> None:
        self._items = items
        self._index = 0
        self._first = 0  # in an archive: the number of the file that is next
        self.member: str | None = None
        self.tries = 0
        self.is_told = False  # a file, or of an archive why there is no more of it: nothing but its end may follow

    @property
    def is_over(self) -> bool:
        return self._index >= len(self._items)

    @property
    def item(self) -> Item:
        return self._items[self._index]

    def left(self) -> list[tuple[str, int]]:
        firsts = (self._first, *(0 for _ in self._items[self._index + 1 :]))
        return [(each.path, first) for each, first in zip(self._items[self._index :], firsts, strict=True)]

    def take(self, line: bytes, answers: list[Answer]) -> None:
        """Take one line of the process. Raise ValueError for what is none."""
        kind, rest = line[:2], line[2:-1]
        if line == b"E\n":
            self.go_on(whole=True)
        elif self.is_told:
            raise ValueError("an answer behind the last one")
        elif kind == b"B ":
            if self._first >= MAX_MEMBERS:
                raise ValueError("more files than an archive may have")
            member = str(json.loads(rest))
            member.encode("utf-8")  # a name that is no text has no digest either
            self.member = member
        elif kind == b"R ":
            row, between, told = rest.partition(BETWEEN)
            if not between:
                raise ValueError("half an answer")
            answers.append(Answer(row, told))
            if self.member is None:
                self.is_told = True
            else:
                self.go_on()
        else:
            raise ValueError("no answer")

    def go_on(self, *, whole: bool = False) -> None:
        """Leave behind what was told or lost: one file in an archive, or a whole file."""
        if self.member is not None and not whole:
            self._first += 1
        else:
            self._index += 1
            self._first = 0
        self.member, self.tries, self.is_told = None, 0, False


class _Process:
    """The pipes of a process that runs."""

    def __init__(self, setup: BulkSetup, snapshot: bytes) -> None:
        self._process = subprocess.Popen(  # noqa: S603 - our own program with arguments of our own
            [sys.executable, "-P", "-m", MODULE],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            bufsize=0,
            start_new_session=True,
            env=_surroundings(),
        )
        self._held = bytearray()
        told = {"told": setup.told, "language": setup.language, "paths": setup.paths, "octets": len(snapshot)}
        try:
            self._write(json.dumps(told).encode("ascii") + b"\n" + snapshot)
            if self.line(START_SECONDS) != READY:
                raise EOFError  # noqa: TRY301 - as one that ended
        except (OSError, EOFError, ValueError) as error:
            self.end()
            raise TrustError(BulkCode.BULK_WORKER, "it ended before it was ready") from error

    def ask(self, files: list[tuple[str, int]]) -> None:
        """Send files to judge. Raise OSError."""
        self._write(json.dumps(files).encode("ascii") + b"\n")

    def line(self, seconds: float) -> bytes:
        """Return a line of the answers. Raise TimeoutError, EOFError, ValueError for one without an end."""
        until = monotonic() + seconds
        pipe = self._process.stdout
        if pipe is None:
            raise EOFError
        while (end := self._held.find(b"\n")) < 0:
            _wait(pipe.fileno(), until)
            octets = os.read(pipe.fileno(), _CHUNK)
            if not octets:
                raise EOFError
            self._held += octets
            if len(self._held) > _MAX_LINE:
                raise ValueError("an answer without an end")
        found = bytes(self._held[: end + 1])
        del self._held[: end + 1]
        return found

    def kill(self) -> None:
        """Have the process end."""
        self._process.kill()

    def end(self) -> None:
        """End the process, and wait until it is over."""
        self.kill()
        self._process.wait()
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe is not None:
                with suppress(OSError):
                    pipe.close()

    def _write(self, octets: bytes) -> None:
        pipe = self._process.stdin
        if pipe is None:
            raise EOFError
        view = memoryview(octets)
        while view:
            view = view[pipe.write(view[:_CHUNK]) or 0 :]


def _wait(descriptor: int, until: float) -> None:
    with selectors.DefaultSelector() as selector:
        selector.register(descriptor, selectors.EVENT_READ)
        if not selector.select(max(0.0, until - monotonic())):
            raise TimeoutError


def _surroundings() -> dict[str, str]:
    """Return the environment without what leads to a home, a store or a cluster: a process that is taken over finds nothing in it."""
    everything = os.environ  # noqa: TID251 - handed on, not read
    return {key: value for key, value in everything.items() if not key.startswith(("TRUSTKIT_", "RAY_", "PG"))}
