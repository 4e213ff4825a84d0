"""What a node of a cluster does for a run: keep one judging process for each place it has, and pass shards to it.

Ray calls `judge_shard` in processes of its own, one call at a time in each. No file is opened here: `trustkit.app.bulk_worker` does that,
with the same bounds as on one machine. It ends when Ray's process does.
"""

from __future__ import annotations

import atexit
from importlib import import_module
from typing import Any, Final

from trustkit.app.bulk_process import BulkProcess, BulkSetup
from trustkit.app.opening import program_name
from trustkit.bulk_codes import BulkCode
from trustkit.errors import TrustError
from verifier.bulk.shard import Item, Shard

_kept: Final[dict[str, BulkProcess]] = {}  # by the digest of the snapshot; one at a time

Given = tuple[tuple[str, int, int], ...]
Told = list[tuple[bytes, bytes]] | tuple[str, str]


def judge_shard(key: str, snapshot: list[Any], setup: dict[str, Any], program: str, files: Given) -> Told:
    """Return the answers for the files of a shard, or code and detail of why there are none.

    `snapshot` has a reference to the octets whose SM3 `key` is: they are fetched when a process is started, and not for each shard.
    """
    if program_name() != program:
        return BulkCode.BULK_VERSION.value, f"{program_name()} is not {program}"
    process = _kept.get(key)
    if process is None:
        for each in _kept.values():
            each.close()
        _kept.clear()
        process = BulkProcess(BulkSetup(**setup), import_module("ray").get(snapshot[0]))
        _kept[key] = process
        atexit.register(process.close)
    try:
        answers = process.judge(Shard(tuple(Item(*each) for each in files)))
    except TrustError as error:
        return error.code.value, error.detail
    return [(each.row, each.told) for each in answers]
