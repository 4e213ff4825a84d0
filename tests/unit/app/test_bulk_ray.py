"""What stands between a run and a cluster, without one: errors are ours, answers are passed on, versions have to agree."""

from __future__ import annotations

import json
import os
import sys
from concurrent.futures import Future
from dataclasses import asdict
from functools import partial
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest

from trustkit.app import bulk_ray, bulk_ray_task
from trustkit.app.bulk_process import Answer, BulkSetup
from trustkit.app.bulk_snapshot import snapshot_of
from trustkit.app.cli.verify_many import chosen_cluster
from trustkit.app.opening import program_name
from trustkit.app.verify_request import VerifyRequest
from trustkit.bulk_codes import BulkCode
from trustkit.clock import SystemClock
from trustkit.errors import ErrorCode, TrustError
from verifier.record.objects import sm3_name

if TYPE_CHECKING:
    from pathlib import Path

SETUP = BulkSetup()


def _ray(**more: Any) -> Any:
    kept: dict[str, Any] = {"init": lambda **_: None, "shutdown": lambda: None, "put": lambda octets: octets}
    return SimpleNamespace(**kept | {"cluster_resources": lambda: {"CPU": 3.0}, "get": lambda kept: kept} | more)


@pytest.mark.parametrize("address", ["ray://head:10001", "head", "head:port", "a b:1", "", "head:1/x"])
def test_an_address_is_a_host_and_a_port(address: str) -> None:
    with pytest.raises(TrustError) as caught:
        chosen_cluster(address, wanted=True)
    assert caught.value.code is ErrorCode.USAGE


def test_addresses_that_are_taken() -> None:
    for address in ("auto", "head.example:6379", "10.0.0.1:6379", "[::1]:6379"):
        assert chosen_cluster(address, wanted=True) == address
    assert chosen_cluster(None, wanted=True) == "local"
    assert chosen_cluster(None, wanted=False) is None
    with pytest.raises(TrustError):
        chosen_cluster("auto", wanted=False)


def test_a_cluster_of_our_own_answers_to_a_token_that_is_forgotten_with_it(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: dict[str, Any] = {}

    def begin(**options: Any) -> None:
        names = ("RAY_AUTH_MODE", "RAY_AUTH_TOKEN", "RAY_USAGE_STATS_ENABLED")
        seen.update(options, **{name: os.environ[name] for name in names})  # noqa: TID251 - what Ray finds

    fake = _ray(init=begin, remote=lambda **_: lambda function: function)
    monkeypatch.setitem(sys.modules, "ray", fake)
    monkeypatch.setenv("RAY_AUTH_TOKEN", "of somebody")
    monkeypatch.delenv("RAY_AUTH_MODE", raising=False)
    with bulk_ray.RayEngine(SETUP, b"s", address="local", workers=2) as engine:
        assert engine.at_once == 2
        assert os.path.isdir(seen["_temp_dir"])  # noqa: PTH112 - as handed over
    assert not os.path.isdir(seen["_temp_dir"])  # noqa: PTH112 - as above
    assert (seen["RAY_AUTH_MODE"], len(seen["RAY_AUTH_TOKEN"])) == ("token", 64)
    assert (seen["RAY_USAGE_STATS_ENABLED"], seen["include_dashboard"]) == ("0", False)
    assert os.environ["RAY_AUTH_TOKEN"] == "of somebody"  # noqa: TID251 - as above
    assert "RAY_AUTH_MODE" not in os.environ  # noqa: TID251 - as above


def test_what_ray_raises_is_told_as_ours(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(**_: Any) -> None:
        raise ConnectionError("no head at 10.1.2.3")

    monkeypatch.setitem(sys.modules, "ray", _ray(init=fail))
    with pytest.raises(TrustError) as caught:
        bulk_ray.RayEngine(SETUP, b"s", address="auto", workers=None)
    assert caught.value.code is BulkCode.BULK_CLUSTER
    assert "10.1.2.3" not in str(caught.value)


@pytest.mark.parametrize("address", ["127.0.0.1:9", "[::1]:9", "127.0.0.1:99999"])
def test_a_head_that_does_not_listen_is_told_at_once(address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "ray", _ray())
    with pytest.raises(TrustError) as caught:
        bulk_ray.RayEngine(SETUP, b"s", address=address, workers=None)
    assert caught.value.code is BulkCode.BULK_CLUSTER


def test_answers_refusals_and_lost_tasks_reach_whoever_waits() -> None:
    for told, wanted in (
        ([(b"{}", b"null")], [Answer(b"{}")]),
        ((BulkCode.BULK_VERSION.value, "why"), BulkCode.BULK_VERSION),
        (RuntimeError("lost"), BulkCode.BULK_CLUSTER),
    ):
        ours: Future[list[Answer]] = Future()
        theirs: Future[Any] = Future()
        theirs.add_done_callback(partial(bulk_ray._settle, ours))
        if isinstance(told, Exception):
            theirs.set_exception(told)
        else:
            theirs.set_result(told)
        if isinstance(wanted, list):
            assert ours.result() == wanted
        else:
            error = ours.exception()
            assert isinstance(error, TrustError)
            assert error.code is wanted


def test_a_node_judges_by_the_snapshot_it_is_told_and_no_other_version(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "ray", _ray())
    octets = snapshot_of(VerifyRequest(home=tmp_path / "no-home", offline=True), None, SystemClock())
    (tmp_path / "a").write_bytes(b"{}")
    files = ((str(tmp_path / "a"), 2, 0), (str(tmp_path / "absent"), 0, 0))
    told = bulk_ray_task.judge_shard("1", [octets], asdict(SETUP), "trustkit 0.0.0", files)
    assert told[0] == BulkCode.BULK_VERSION.value
    rows = {}
    for key in (sm3_name(octets), "another"):
        told = bulk_ray_task.judge_shard(key, [octets], asdict(SETUP), program_name(), files)
        assert isinstance(told, list)
        rows[key] = [{**json.loads(row), "seconds": 0} for row, _ in told]
        assert list(bulk_ray_task._kept) == [key]
    bulk_ray_task._kept.pop("another").close()
    assert [row["sm3"] is None for row in rows["another"]] == [False, True]
    assert rows["another"] == rows[sm3_name(octets)]
    told = bulk_ray_task.judge_shard("bad", [b"no snapshot"], asdict(SETUP), program_name(), files)
    assert told[0] == BulkCode.BULK_WORKER.value
    bulk_ray_task._kept.clear()
