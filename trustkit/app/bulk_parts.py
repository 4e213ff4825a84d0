"""The folder of a run that is not over: what it is judged by, and a part for each shard that was judged, durable before it is counted.

    verdicts.parquet.run/
        run.json              the order, as a digest
        snapshot.json         `verifier.bulk.snapshot`
        parts/SHARD-SM3.ndjson

A part is named by its shard (path, size and time of change of each file) and by the SM3 of its rows. It is there whole or not at all, so a run that was
killed goes on with the shards that have none; a file that was changed since belongs to another shard.
"""

from __future__ import annotations

import fcntl
import os
import re
import shutil
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from trustkit.app.files import beside, disk_error, read_input, sync_folder, write_output
from trustkit.bulk_codes import BulkCode
from trustkit.encoding.canonical_json import JsonValue, canonical_json, parse_json
from trustkit.errors import TrustError
from verifier.bulk.snapshot import MAX_SNAPSHOT
from verifier.record.objects import sm3_name

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    from trustkit.app.bulk_process import Answer
    from verifier.bulk.shard import Shard

SUFFIX: Final = ".run"
_ORDER, _SNAPSHOT, _PARTS = "run.json", "snapshot.json", "parts"
_PART: Final = re.compile(r"([0-9a-f]{64})-([0-9a-f]{64})\.ndjson", re.ASCII)
_MODE: Final = 0o600  # names of files may say something of persons


@dataclass(frozen=True, slots=True)
class Part:
    """The rows of one shard: SM3 (hexadecimal) of their octets."""

    shard: str
    sm3: str

    @property
    def name(self) -> str:
        """The name of its file."""
        return f"{self.shard}-{self.sm3}.ndjson"


@dataclass(slots=True)
class RunFolder:
    """The folder of one run, held by this process."""

    place: Path
    snapshot: bytes
    known: dict[str, Part] = field(default_factory=dict)

    def add(self, shard: Shard, answers: Sequence[Answer]) -> Part:
        """Keep the rows of a shard, durable on return. Raise DISK_*."""
        octets = b"".join(each.row + b"\n" for each in answers)
        part = Part(shard.name, sm3_name(octets))
        write_output(self.place / _PARTS / part.name, octets, mode=_MODE, replace=True)
        self.known[shard.name] = part
        return part

    def rows(self, part: Part) -> list[bytes]:
        """Return the rows of a part, a line of JSON each. Raise BULK_RUN for one whose octets are not those it is named by."""
        try:
            octets = (self.place / _PARTS / part.name).read_bytes()
        except OSError as error:
            raise disk_error(error) from error
        if sm3_name(octets) != part.sm3:
            raise TrustError(BulkCode.BULK_RUN, "a part has another digest than its name")
        return octets.splitlines()

    def remove(self) -> None:
        """Remove the folder, once its rows are in the output."""
        shutil.rmtree(self.place, ignore_errors=True)


@contextmanager
def open_run(out: Path, order_sm3: str, snapshot: Callable[[], bytes], *, resume: bool) -> Iterator[RunFolder]:
    """Give the folder of a run: a new one with `snapshot`, or with `resume` the one that is there, and what it was begun with.

    Raises:
        TrustError: BULK_UNFINISHED for one that is there and not to be resumed; BULK_OTHER_RUN for one with another order; BULK_RUNNING
            while another process has it; BULK_RUN for one that cannot be read; DISK_*.
    """
    place = beside(out, SUFFIX)
    if place.exists() and not resume and (place / _ORDER).exists():
        raise TrustError(BulkCode.BULK_UNFINISHED, "its folder is there", folder=place.name)
    try:
        (place / _PARTS).mkdir(parents=True, exist_ok=True, mode=0o700)
        place.chmod(0o700)
        descriptor = os.open(place, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    except OSError as error:
        raise disk_error(error) from error
    try:
        _hold(place, descriptor)
        try:
            yield _begun(place, order_sm3, snapshot)
        finally:
            if not (place / _ORDER).exists():  # it was never begun
                shutil.rmtree(place, ignore_errors=True)
    finally:
        os.close(descriptor)


def _hold(place: Path, descriptor: int) -> None:
    """Have the folder for this process alone. Raise BULK_RUNNING where another has it, or has removed it meanwhile: its run is over."""
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        is_there = os.path.samestat(os.fstat(descriptor), place.stat())
    except (BlockingIOError, FileNotFoundError):
        is_there = False
    except OSError as error:
        raise disk_error(error) from error
    if not is_there:
        raise TrustError(BulkCode.BULK_RUNNING, "its folder is held", folder=place.name)


def _begun(place: Path, order_sm3: str, snapshot: Callable[[], bytes]) -> RunFolder:
    order = canonical_json({"version": 1, "order_sm3": order_sm3})
    if not (place / _ORDER).exists():
        octets = snapshot()
        write_output(place / _SNAPSHOT, octets, mode=_MODE, replace=True)
        # last, and with the digest of the other: a folder without it was never begun
        told: dict[str, JsonValue] = {"version": 1, "order_sm3": order_sm3, "snapshot_sm3": sm3_name(octets)}
        write_output(place / _ORDER, canonical_json(told), mode=_MODE, replace=True)
        sync_folder(place.parent)
        return RunFolder(place, octets)
    octets = read_input(place / _SNAPSHOT, limit=MAX_SNAPSHOT)
    told_order = parse_json(read_input(place / _ORDER))
    if not isinstance(told_order, dict) or told_order.pop("snapshot_sm3", None) != sm3_name(octets):
        raise TrustError(BulkCode.BULK_RUN, "the snapshot has another digest than it had")
    if canonical_json(told_order) != order:
        raise TrustError(BulkCode.BULK_OTHER_RUN, "the options are not those it was begun with")
    found = RunFolder(place, octets)
    for entry in os.scandir(place / _PARTS):
        match = _PART.fullmatch(entry.name)
        if match is not None:
            found.known[match[1]] = Part(match[1], match[2])
    return found
