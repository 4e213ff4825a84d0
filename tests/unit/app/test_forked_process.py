"""Processes that start with their libraries loaded: each is new, ends alone, and a crash brings the next ones another server."""

from __future__ import annotations

import errno
import json
import os
import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from trustkit.app import forked_process
from trustkit.app.child_process import ChildProcess
from trustkit.app.forked_process import ForkedProcess, ForkServer
from trustkit.errors import ErrorCode, TrustError

if TYPE_CHECKING:
    from collections.abc import Iterator

_MODULE = "tests.support.told_process"


@dataclass
class Desk:
    """A server, and what was started of it."""

    server: ForkServer = field(default_factory=lambda: ForkServer(_MODULE))
    started: list[ForkedProcess] = field(default_factory=list)

    def start(self, *arguments: str) -> ForkedProcess:
        self.started.append(self.server.start(arguments))
        return self.started[-1]


@pytest.fixture
def desk() -> Iterator[Desk]:
    desk = Desk()
    yield desk
    for each in desk.started:
        each.kill()
        each.stdin.close()
        each.stdout.close()
    desk.server.close()


def _told(process: ForkedProcess, act: str = "tell") -> dict[str, Any]:
    process.stdin.write(act.encode() + b"\n")
    line = process.stdout.readline()
    told: dict[str, Any] = json.loads(line) if line else {}
    return told


def _is_gone(pid: int) -> bool:
    for _ in range(500):
        if not Path(f"/proc/{pid}").exists():
            return True
        time.sleep(0.02)
    return False


def test_each_process_is_new_and_has_its_own_arguments_and_memory(desk: Desk) -> None:
    one, other = desk.start("1"), desk.start("2", "3")
    first, second = _told(one), _told(other)
    assert (first["arguments"], second["arguments"]) == (["1"], ["2", "3"])
    assert first["parent"] == second["parent"] != os.getpid()  # one server
    assert first["pid"] != second["pid"]
    assert (_told(one)["count"], _told(one)["count"], _told(other)["count"]) == (3, 4, 3)  # with what was prepared
    one.kill()
    assert (one.wait(), one.returncode) == (-signal.SIGKILL, -signal.SIGKILL)
    assert _is_gone(first["pid"])
    assert _told(other)["count"] == 4  # the other goes on


def test_a_process_has_nothing_open_but_its_pipes(desk: Desk) -> None:
    desk.start()
    process = desk.start()
    assert _told(process)["open"] == [0, 1, 2]


@pytest.mark.parametrize(("act", "status"), [("crash", -signal.SIGSEGV), ("return", 0), ("raise", 1)])
def test_how_a_process_ended_is_told(desk: Desk, act: str, status: int) -> None:
    process = desk.start()
    _told(process, act)
    assert process.wait() == status


def test_after_a_crash_the_next_process_comes_of_a_new_server_and_others_go_on(desk: Desk) -> None:
    bystander, process = desk.start(), desk.start()
    old = _told(process)["parent"]
    _told(process, "crash")
    process.wait()
    fresh = desk.start()
    assert _told(fresh)["parent"] != old
    assert _told(bystander)["parent"] == old
    bystander.kill()
    assert _is_gone(old)
    assert not Path(f"/proc/{old}").exists()


def test_its_end_of_time_brings_no_new_server(desk: Desk) -> None:
    process = desk.start()
    old = _told(process)["parent"]
    _told(process, "late")
    assert process.wait() == -signal.SIGXCPU
    fresh = desk.start()
    assert _told(fresh)["parent"] == old


def test_a_server_that_was_ended_takes_its_processes_along_and_is_replaced(desk: Desk) -> None:
    process = desk.start()
    told = _told(process)
    os.kill(told["parent"], signal.SIGTERM)
    fresh = desk.start()
    assert _told(fresh)["parent"] != told["parent"]
    process.kill()
    assert process.returncode == -signal.SIGKILL


def test_a_server_that_answers_too_late_is_ended_and_no_answer_is_taken_for_another(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    bystander = desk.start()
    told = _told(bystander)
    monkeypatch.setattr(forked_process, "START_SECONDS", 0.001)
    slow = Desk()
    with pytest.raises(TimeoutError):
        slow.start()  # loading takes longer than that
    monkeypatch.undo()
    fresh = slow.start()
    assert _told(fresh)["arguments"] == []
    old = _told(fresh)["parent"]
    serving = slow.server._serving
    assert serving is not None
    serving._socket.settimeout(0.3)
    os.kill(old, signal.SIGSTOP)
    fresh.kill()
    assert fresh.returncode == -signal.SIGKILL
    assert not Path(f"/proc/{old}").exists()
    again = slow.start("1")
    assert _told(again)["arguments"] == ["1"]
    again.kill()
    for each in slow.started:
        each.stdin.close()
        each.stdout.close()
    slow.server.close()
    assert _told(bystander)["parent"] == told["parent"]  # another server's


def test_a_process_ends_with_its_server_however_that_ends(desk: Desk) -> None:
    process = desk.start()
    told = _told(process)
    process.stdin.write(b"hang\n")
    os.kill(told["parent"], signal.SIGKILL)
    assert _is_gone(told["pid"])
    assert process.wait() == -signal.SIGKILL
    assert _told(desk.start())["parent"] != told["parent"]


def test_no_descriptor_is_lost_where_there_are_no_more(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    desk.start()
    before = len(list(Path("/proc/self/fd").iterdir()))
    for fails_at in (1, 2):
        calls = count(1)

        def pipe(calls: Iterator[int] = calls, fails_at: int = fails_at, real: Any = os.pipe) -> tuple[int, int]:
            if next(calls) == fails_at:
                raise OSError(errno.EMFILE, os.strerror(errno.EMFILE))
            return real()  # type: ignore[no-any-return]

        with monkeypatch.context() as patch:
            patch.setattr(os, "pipe", pipe)
            with pytest.raises(OSError, match="Too many open files"):
                desk.start()
    assert len(list(Path("/proc/self/fd").iterdir())) == before
    assert _told(desk.start())["arguments"] == []


def test_several_threads_start_processes_at_once(desk: Desk) -> None:
    def ask(number: int) -> tuple[int, str]:
        process = desk.start(str(number))
        told = _told(process)
        process.kill()
        return told["parent"], told["arguments"][0]

    with ThreadPoolExecutor(8) as threads:
        told = list(threads.map(ask, range(40)))
    assert [argument for _, argument in told] == [str(each) for each in range(40)]
    assert len({parent for parent, _ in told}) == 1


def test_all_are_gone_when_whoever_asked_is_killed() -> None:
    program = (
        "import sys, time\n"
        "from trustkit.app.forked_process import ForkServer\n"
        f"process = ForkServer({_MODULE!r}).start(())\n"
        "process.stdin.write(b'tell\\n'); print(process.stdout.readline().decode(), flush=True)\n"
        "process.stdin.write(b'hang\\n'); time.sleep(600)\n"
    )
    with subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, text=True) as asker:
        assert asker.stdout is not None
        told = json.loads(asker.stdout.readline())
        asker.kill()
    assert _is_gone(told["pid"])
    assert _is_gone(told["parent"])


def test_a_program_that_cannot_be_loaded_is_a_renderer_that_ended() -> None:
    server = ForkServer("tests.support.no_such_module")
    child = ChildProcess(lambda: server.start(()), seconds=5, most_octets=10)
    with pytest.raises(TrustError) as caught:
        child.ask({"act": "tell"})
    assert caught.value.code is ErrorCode.PAGE_RENDERER
    server.close()


def test_an_order_is_bounded(desk: Desk) -> None:
    with pytest.raises(OSError, match="longer than orders are"):
        desk.start("x" * 5000)
