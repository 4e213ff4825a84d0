"""Shards judged by a cluster: Ray carries them to its nodes and back, and gives those of a node that was lost to another.

    with RayEngine(setup, snapshot, address="local", workers=2) as engine:
        …

Files have to lie at the same paths on all nodes, and the same version of trustkit. Rows come back to the driver, which alone writes. A
cluster that is started here lives as long as the run, answers to a token that nobody else has, and has neither dashboard nor usage statistics.
"""

from __future__ import annotations

import os
import secrets
import shutil
import socket
import tempfile
import warnings
from concurrent.futures import Future
from contextlib import ExitStack, suppress
from dataclasses import asdict
from importlib import import_module
from time import monotonic
from typing import TYPE_CHECKING, Any, Final

from trustkit.app.bulk_process import Answer
from trustkit.app.bulk_ray_task import judge_shard
from trustkit.app.opening import program_name
from trustkit.bulk_codes import BulkCode
from trustkit.code_families import CODES
from trustkit.errors import TrustError
from verifier.record.objects import sm3_name

if TYPE_CHECKING:
    from types import TracebackType
    from typing import Self

    from trustkit.app.bulk_process import BulkSetup
    from verifier.bulk.shard import Shard

LOCAL: Final = "local"
_RETRIES: Final = 20  # of a shard whose node or process was lost
_LEAST_STORE: Final = 128 * 1024 * 1024
_REACH_SECONDS: Final = 10.0
_LOOK_SECONDS: Final = 5.0  # between two looks at how large the cluster is
_SURROUNDINGS: Final = {
    "RAY_USAGE_STATS_ENABLED": "0",
    "RAY_USAGE_STATS_PROMPT_ENABLED": "0",
    "RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO": "0",  # else it warns that this will change
    "RAY_ENABLE_UV_RUN_RUNTIME_ENV": "0",
    "RAY_worker_niceness": "0",  # a cluster of our own is no guest on this machine
}


class RayEngine:
    """A cluster, for as long as the block lasts. Raise BULK_EXTRA without Ray, BULK_CLUSTER where none is reached."""

    def __init__(self, setup: BulkSetup, snapshot: bytes, *, address: str, workers: int | None) -> None:
        self._stack = ExitStack()
        self._workers = workers
        self._setup = asdict(setup)
        self._looked, self._size = 0.0, 1
        with self._stack:
            if address == LOCAL:
                self._keep_to_ourselves()  # before Ray is loaded: it looks once
            self._ray = _ray()
            self._connect(address, len(snapshot))
            self._key = sm3_name(snapshot)
            self._snapshot = [self._ray.put(snapshot)]
            self._task = self._ray.remote(num_cpus=1, max_retries=_RETRIES)(judge_shard)
            self._ended = self._stack.pop_all()

    @property
    def at_once(self) -> int:
        """One shard for each processor of the cluster as it is now, and no more than was asked for."""
        if monotonic() - self._looked > _LOOK_SECONDS:
            self._looked = monotonic()
            with suppress(Exception):  # a head that does not answer for a moment: the size stays
                self._size = max(1, int(self._ray.cluster_resources().get("CPU", 1)))
        return self._size if self._workers is None else min(self._size, self._workers)

    def submit(self, shard: Shard, /) -> Future[list[Answer]]:
        """See `trustkit.app.bulk_engines.Engine.submit`."""
        files = tuple((each.path, each.size, each.changed) for each in shard.items)
        ours: Future[list[Answer]] = Future()
        try:
            reference = self._task.remote(self._key, self._snapshot, self._setup, program_name(), files)
            reference.future().add_done_callback(lambda theirs: _settle(ours, theirs))
        except Exception as error:  # noqa: BLE001 - Ray raises of its own
            ours.set_exception(_cluster(error))
        return ours

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Leave the cluster: what it still judges of this run is given up there."""
        self._ended.close()

    def _connect(self, address: str, octets: int) -> None:
        options: dict[str, Any] = {"log_to_driver": False, "logging_level": "CRITICAL", "configure_logging": False}
        if address == LOCAL:
            place = tempfile.mkdtemp(prefix="trustkit-ray-")
            self._stack.callback(shutil.rmtree, place, ignore_errors=True)
            options |= {
                "include_dashboard": False,
                "num_cpus": self._workers,
                "object_store_memory": max(_LEAST_STORE, 2 * octets),
                "_node_ip_address": "127.0.0.1",
                "_temp_dir": place,
            }
        elif address != "auto":
            _require_reachable(address)
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # Ray's own, of its own parts
                self._ray.init(address=address, **options)
        except Exception as error:  # Ray raises of its own, of its network's and of its processes'
            raise _cluster(error) from error
        self._stack.callback(self._ray.shutdown)

    def _keep_to_ourselves(self) -> None:
        """Have the new cluster listen to none but this run: Ray's servers bind every interface, whatever address they are given."""
        surroundings = os.environ  # noqa: TID251 - where Ray looks for it
        before = {name: surroundings.get(name) for name in ("RAY_AUTH_MODE", "RAY_AUTH_TOKEN")}
        surroundings["RAY_AUTH_MODE"] = "token"
        surroundings["RAY_AUTH_TOKEN"] = secrets.token_hex(32)  # not in its file, which others may read

        def put_back() -> None:
            for name, value in before.items():
                surroundings.pop(name, None)
                if value is not None:
                    surroundings[name] = value

        self._stack.callback(put_back)


def _ray() -> Any:  # noqa: ANN401 - an extra, and without types of use here
    for name, value in _SURROUNDINGS.items():
        os.environ[name] = value  # noqa: TID251 - where Ray looks for it
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return import_module("ray")
    except ImportError as error:
        raise TrustError(BulkCode.BULK_EXTRA, "Ray reaches clusters") from error


def _require_reachable(address: str) -> None:
    """Raise BULK_CLUSTER where nobody listens: Ray would try for minutes."""
    host, _, port = address.rpartition(":")
    try:
        socket.create_connection((host.strip("[]"), int(port)), timeout=_REACH_SECONDS).close()
    except (OSError, ValueError, OverflowError) as error:
        raise _cluster(error) from error


def _settle(ours: Future[list[Answer]], theirs: Future[Any]) -> None:
    if not ours.set_running_or_notify_cancel():
        return
    error = theirs.exception()
    if error is not None:
        ours.set_exception(_cluster(error))
        return
    told = theirs.result()
    if isinstance(told, tuple):
        code, detail = told
        ours.set_exception(TrustError(CODES.get(code, BulkCode.BULK_CLUSTER), detail))
    else:
        ours.set_result([Answer(row, printed) for row, printed in told])


def _cluster(error: BaseException) -> TrustError:
    return TrustError(BulkCode.BULK_CLUSTER, type(error).__name__)
