"""A run over many files: list, cut, judge, keep, and write the output once all are judged.

    counts = run(order, home, clock=clock, listener=listener)

What a run writes is counted when it is durable: a part for each shard first, then the output with its manifest, whose digest the trail of a
home is told before the output gets its name. Without an output verdicts are printed in the order of the files, and the trail is told of each.
"""

from __future__ import annotations

import json
import os
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Protocol

from trustkit.app.bulk_counts import Counts
from trustkit.app.bulk_engines import Engine, LocalEngine, answered
from trustkit.app.bulk_listing import list_items, roots_of
from trustkit.app.bulk_output import form_of, written
from trustkit.app.bulk_parts import SUFFIX, RunFolder, open_run
from trustkit.app.bulk_process import BulkSetup
from trustkit.app.bulk_snapshot import order_sm3, snapshot_of
from trustkit.app.bulk_trail import tell_of_rows, tell_of_run
from trustkit.app.cores import cores
from trustkit.app.files import beside, require_place, sync_folder, take_name, write_output
from trustkit.app.opening import program_name
from trustkit.encoding.canonical_json import JsonValue, canonical_json
from trustkit.errors import ErrorCode, TrustError
from trustkit.verdict import Indication
from verifier.bulk.shard import cut
from verifier.bulk.snapshot import Snapshot, read_snapshot
from verifier.record.objects import sm3_name

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from trustkit.app.bulk_process import Answer
    from trustkit.app.opened import OpenedHome
    from trustkit.app.verify_request import VerifyRequest
    from trustkit.clock import Clock
    from verifier.bulk.shard import Shard

MANIFEST, SNAPSHOT = ".manifest.json", ".snapshot.json"
_MODE: Final = 0o600
_AT_ONCE: Final = 4096  # rows that are decoded


@dataclass(frozen=True, slots=True, kw_only=True)
class BulkOrder:
    """What a run is asked: `out` where rows are written, with or without paths; `workers` at once, None for all there are.

    `ray` is None for processes of this machine, the address of a cluster, or "local" for one that lives as long as the run.
    """

    request: VerifyRequest
    out: Path | None
    resume: bool
    paths: bool
    workers: int | None
    ray: str | None
    told: str
    language: str


class Listener(Protocol):
    """Who looks on."""

    def judged(self, shard: Shard, answers: list[Answer], rows: Iterable[dict[str, Any]], /) -> None:
        """Be told of a shard that was judged, and kept where anything is kept. Rows can be gone through once."""

    def known(self, shard: Shard, /) -> None:
        """Be told of a shard that was judged by an earlier run."""


def run(order: BulkOrder, home: OpenedHome | None, *, clock: Clock, listener: Listener) -> Counts:
    """Judge all files and return the counts.

    Raises:
        TrustError: INPUT_EMPTY for no file at all; as `trustkit.app.verification.verify_files` of anchors, evidence and policy; INPUT_UNREADABLE for a folder that cannot be
            listed; as `open_run`; OUTPUT_EXISTS; BULK_EXTRA, BULK_CLUSTER, BULK_VERSION, BULK_WORKER; DISK_*.
    """
    roots = roots_of(order.request.files)
    if next(list_items(roots), None) is None:
        raise TrustError(ErrorCode.INPUT_EMPTY, "no file lies in what was named")  # to verify nothing is not to pass
    if order.out is None:
        octets = snapshot_of(order.request, home, clock)
        return _printed(order, octets, roots, home, listener)
    out = Path(
        os.path.realpath(order.out.parent), order.out.name
    )  # as files are listed: what is the run's own is known by it
    form = form_of(out)
    is_begun = order.resume and run_folder(out).exists()
    for place in (out,) if is_begun else (out, beside(out, MANIFEST), beside(out, SNAPSHOT)):
        require_place(place)
    asked = order_sm3(order.request, roots, paths=order.paths)
    with open_run(out, asked, lambda: snapshot_of(order.request, home, clock), resume=order.resume) as folder:
        own = frozenset(map(str, (out, folder.place, beside(out, MANIFEST), beside(out, SNAPSHOT))))
        names = _judged(order, folder, roots, own, listener)
        snapshot = read_snapshot(folder.snapshot)
        same = _same(snapshot, folder.snapshot)
        times = {"at": snapshot.at.isoformat(), "snapshot_taken_at": snapshot.now.isoformat()}
        counts = Counts()
        with written(out, form, same, snapshot.at.astimezone(UTC)) as (writer, end):
            for name in names:
                lines = folder.rows(folder.known[name])
                for start in range(0, len(lines), _AT_ONCE):  # an archive may have a million
                    rows = [json.loads(line) for line in lines[start : start + _AT_ONCE]]
                    for row in rows:
                        counts.add(row)
                    writer.write(rows)
            draft, sm3 = end()
            manifest = _manifest(
                folder, names, counts, {**same, **times}, output={"output": out.name, "output_sm3": sm3}
            )
            if home is not None:
                tell_of_run(home, sm3_name(manifest), counts, same, parts=len(names), output_sm3=sm3)
            write_output(beside(out, SNAPSHOT), folder.snapshot, mode=_MODE, replace=is_begun)
            write_output(beside(out, MANIFEST), manifest, mode=_MODE, replace=is_begun)
            take_name(out, draft)
            sync_folder(out.parent)
        folder.remove()
    return counts


def _judged(
    order: BulkOrder, folder: RunFolder, roots: tuple[str, ...], own: frozenset[str], listener: Listener
) -> list[str]:
    """Have every shard judged that has no part, and return the names of all in their order."""
    names: list[str] = []

    def left() -> Iterator[Shard]:
        for shard in cut(list_items(roots, without=own)):
            names.append(shard.name)
            if shard.name in folder.known:
                listener.known(shard)
            else:
                yield shard

    setup = BulkSetup(paths=order.paths)
    with _engine(order, setup, folder.snapshot) as engine:
        for shard, answers in answered(engine, left(), ordered=False):
            folder.add(shard, answers)
            listener.judged(shard, answers, (json.loads(each.row) for each in answers))
    return names


def _printed(
    order: BulkOrder, octets: bytes, roots: tuple[str, ...], home: OpenedHome | None, listener: Listener
) -> Counts:
    counts = Counts()
    setup = BulkSetup(told=order.told, language=order.language)
    with _engine(order, setup, octets) as engine:
        for shard, answers in answered(engine, cut(list_items(roots)), ordered=True):
            rows = [json.loads(each.row) for each in answers]
            if home is not None:
                tell_of_rows(home, rows)
            for row in rows:
                counts.add(row)
            listener.judged(shard, answers, rows)
    return counts


@contextmanager
def _engine(order: BulkOrder, setup: BulkSetup, snapshot: bytes) -> Iterator[Engine]:
    if order.ray is None:
        with LocalEngine(setup, snapshot, count=order.workers or cores()) as local:
            yield local
        return
    from trustkit.app.bulk_ray import RayEngine  # noqa: PLC0415 - an extra

    with RayEngine(setup, snapshot, address=order.ray, workers=order.workers) as cluster:
        yield cluster


def _same(snapshot: Snapshot, octets: bytes) -> dict[str, object]:
    policy = snapshot.validation_policy()
    return {
        "policy": policy.label,
        "policy_sm3": policy.digest or None,
        "trust_sm3": snapshot.trust_sm3,
        "snapshot_sm3": sm3_name(octets),
        "suite": program_name(),
    }


def _manifest(
    folder: RunFolder, names: list[str], counts: Counts, same: dict[str, object], *, output: dict[str, str]
) -> bytes:
    parts: list[JsonValue] = [{"shard": name, "sm3": folder.known[name].sm3} for name in names]
    told: dict[str, Any] = {
        "format": "trustkit-run",
        "version": 1,
        **output,
        "rows": counts.rows,
        "counts": {each.value: counts.of(each) for each in Indication} | {"unreadable": counts.unreadable},
        **same,
        "parts": parts,
    }
    return canonical_json(told)


def run_folder(out: Path) -> Path:
    """Return where a run keeps its parts until it is over."""
    return beside(out, SUFFIX)
