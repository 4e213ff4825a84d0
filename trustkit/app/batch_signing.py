"""Some files of a batch: read, signed, verified, written; or found done by an earlier run. Never an exception, always results."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import asdict, dataclass
from enum import StrEnum, unique
from pathlib import Path
from typing import TYPE_CHECKING, Final, TypeVar

from trustkit.app.batch_desk import is_made_by, kind_of
from trustkit.app.batch_journal import Known
from trustkit.app.files import read_input, sync_folder, write_output
from trustkit.app.one_of_many import attempted
from trustkit.crypto.digest import DigestAlgorithm, digest
from trustkit.errors import ErrorCode, TrustError
from verifier.submission import identify

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from trustkit.app.batch_desk import BatchDesk

_R = TypeVar("_R")
_WRITERS: Final = 8  # files that are synced at once: the disk takes them together


@unique
class FileStatus(StrEnum):
    """What became of a file."""

    SIGNED = "signed"
    ALREADY = "already-signed"  # by an earlier run, and what it wrote is still there
    FAILED = "failed"
    LEFT = "left-alone"


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """A file to sign, and what an earlier run by the same order made of it."""

    file: Path
    out: Path
    known: Known | None = None

    def to_json(self) -> dict[str, object]:
        """Return what `from_json` reads again."""
        return {
            "file": str(self.file),
            "out": str(self.out),
            "known": None if self.known is None else asdict(self.known),
        }

    @classmethod
    def from_json(cls, value: Mapping[str, object]) -> Task:
        """Return what `to_json` wrote."""
        known = value["known"]
        return cls(
            file=Path(str(value["file"])),
            out=Path(str(value["out"])),
            known=Known(**known) if isinstance(known, dict) else None,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class FileResult:
    """What became of one file. `code` and `detail` say why not, else they are empty; digests are SM3 in hexadecimal."""

    file: str
    out: str
    status: FileStatus
    octets: int = 0
    input_sm3: str = ""
    output_sm3: str = ""
    code: str = ""
    detail: str = ""

    def to_json(self) -> dict[str, object]:
        """Return what a program is told."""
        told = {**asdict(self), "status": self.status.value}
        return {name: value for name, value in told.items() if value not in ("", 0)}

    @classmethod
    def from_json(cls, value: Mapping[str, str]) -> FileResult:
        """Return what `to_json` wrote."""
        texts = {name: text for name, text in value.items() if name not in {"status", "octets"}}
        return cls(status=FileStatus(value["status"]), octets=int(value.get("octets", 0)), **texts)


def failed(file: Path, out: Path, error: TrustError) -> FileResult:
    """Return the result of a file that was not signed."""
    facts = ", ".join(f"{name}={value}" for name, value in error.facts.items())
    detail = f"{error.detail} ({facts})" if facts else error.detail
    return FileResult(file=str(file), out=str(out), status=FileStatus.FAILED, code=error.code.value, detail=detail)


@dataclass(frozen=True, slots=True)
class _Read:
    """A file that is to be signed."""

    task: Task
    octets: bytes
    input_sm3: str


def sign_some(desk: BatchDesk, tasks: Sequence[Task]) -> tuple[FileResult, ...]:
    """Return what became of some files, in their order, which share what the trail is told and the disk is asked."""
    looked = [_or_failed(task, attempted(_look, desk, task)) for task in tasks]
    waiting = {index: found for index, found in enumerate(looked) if isinstance(found, _Read)}
    made: Sequence[bytes | TrustError] | TrustError = ()
    if waiting:
        made = attempted(desk.sign_all, [found.octets for found in waiting.values()])
    if isinstance(made, TrustError):  # of them all, such as the trail's: nothing of what was made may be used
        made = [made] * len(waiting)
    pairs = list(zip(waiting.values(), made, strict=True))
    with ThreadPoolExecutor(_WRITERS) as writers:
        written = list(writers.map(lambda pair: _or_failed(pair[0].task, attempted(_write, *pair)), pairs))
    for folder in {found.task.out.parent for found in waiting.values()}:
        with suppress(OSError):  # a folder that could not even be made
            sync_folder(folder)
    ends = dict(zip(waiting, written, strict=True))
    return tuple(found if isinstance(found, FileResult) else ends[index] for index, found in enumerate(looked))


def _or_failed(task: Task, found: _R | TrustError) -> _R | FileResult:
    """Return what was found, a refusal as the result of a file that was not signed."""
    return failed(task.file, task.out, found) if isinstance(found, TrustError) else found


def _look(desk: BatchDesk, task: Task) -> _Read | FileResult:
    """Return the file to sign, or that it was signed before."""
    if task.file.exists() and not task.file.is_file():
        raise TrustError(ErrorCode.INPUT_UNREADABLE, "it is no regular file")  # a pipe would be waited for
    octets = read_input(task.file)
    kind = kind_of(desk.order)
    if identify(octets) is not kind:
        raise TrustError(ErrorCode.INPUT_UNKNOWN_FORMAT, f"it is no {kind.value.upper()}, which is what is signed here")
    input_sm3 = digest(DigestAlgorithm.SM3, octets).hex()
    if task.out.exists() or task.out.is_symlink():
        return _found(desk, task, octets, input_sm3)
    return _Read(task, octets, input_sm3)


def _write(found: _Read, made: bytes | TrustError) -> FileResult:
    if isinstance(made, TrustError):
        raise made
    write_output(found.task.out, made, sync_entry=False)
    return _result(found.task, FileStatus.SIGNED, found.input_sm3, made)


def _found(desk: BatchDesk, task: Task, octets: bytes, input_sm3: str) -> FileResult:
    """Return that the file was signed before: by the journal, or by itself when a crash came before the journal's line."""
    there = read_input(task.out)
    known = task.known
    if known is not None:
        as_told = (known.input_sm3, known.output_sm3) == (input_sm3, digest(DigestAlgorithm.SM3, there).hex())
    else:
        as_told = is_made_by(desk, there, octets)
    if not as_told:
        raise TrustError(ErrorCode.OUTPUT_EXISTS, "the output is there, and is not this file signed as ordered")
    return _result(task, FileStatus.ALREADY, input_sm3, there)


def _result(task: Task, status: FileStatus, input_sm3: str, octets: bytes) -> FileResult:
    return FileResult(
        file=str(task.file),
        out=str(task.out),
        status=status,
        octets=len(octets),
        input_sm3=input_sm3,
        output_sm3=digest(DigestAlgorithm.SM3, octets).hex(),
    )
