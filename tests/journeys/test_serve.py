"""``trustkit serve`` as a process: it comes up, verifies, finishes what has begun, and goes when it is told."""

from __future__ import annotations

import json
import shutil
import signal
import threading
import time
from typing import TYPE_CHECKING

import httpx
import pytest

from tests.support.authority import PASSPHRASE
from tests.support.service import START_SECONDS, STOP_SECONDS, arguments, descendants, free_port, service
from trustkit.app.wiring import open_authority
from trustkit.audit import trail

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.support.authority import Issued


def _pieces(body: bytes, begun: threading.Event, told: threading.Event) -> Iterator[bytes]:
    """Send half of a body, wait until the service was told to stop, and send the other half."""
    half = len(body) // 2
    yield body[:half]
    begun.set()
    told.wait(START_SECONDS)
    time.sleep(0.5)
    yield body[half:]


def _require_a_renewer_and_no_passphrase_told(pid: int) -> list[int]:
    """Return the processes of a service, one of which renews and none of which was told the passphrase as an argument."""
    children = descendants(pid)
    assert len([each for each in children if b"trustkit.app.renewal" in arguments(each)]) == 1
    assert not [each for each in (pid, *children) if PASSPHRASE in arguments(each)]
    return children


@pytest.mark.slow
def test_a_service_comes_up_renews_verifies_and_ends_gracefully(
    issued: Issued, passphrase_file: Path, tmp_path: Path
) -> None:
    port, log = free_port(), tmp_path / "log"
    place = tmp_path / "home"
    shutil.copytree(issued.home, place)
    document = issued.document.read_bytes()
    form = httpx.Request("POST", "http://x", files={"file": ("张示例.pdf", document)})
    body, kind = form.read(), form.headers["content-type"]
    begun, told = threading.Event(), threading.Event()
    answers: list[httpx.Response] = []

    def slowly() -> None:
        headers = {"content-type": kind, "content-length": str(len(body))}
        url = f"http://127.0.0.1:{port}/v1/verify"
        content = _pieces(body, begun, told)
        answers.append(httpx.post(url, content=content, headers=headers, timeout=30, trust_env=False))

    with service(place, port, log, "--passphrase-file", passphrase_file) as process:
        children = _require_a_renewer_and_no_passphrase_told(process.pid)
        url = f"http://127.0.0.1:{port}/v1/verify"
        quick = httpx.post(url, content=body, headers={"content-type": kind}, timeout=30, trust_env=False)
        assert quick.json()["indication"] == "TOTAL-PASSED"
        thread = threading.Thread(target=slowly)
        thread.start()
        assert begun.wait(START_SECONDS)
        time.sleep(0.2)
        process.send_signal(signal.SIGTERM)
        stopped_at = time.monotonic()
        told.set()
        thread.join(START_SECONDS)
        assert process.wait(STOP_SECONDS) == 0
        assert time.monotonic() - stopped_at < STOP_SECONDS
        until = time.monotonic() + STOP_SECONDS
        while any(b"trustkit" in arguments(pid) for pid in children):
            assert time.monotonic() < until, "a process outlived the service"
            time.sleep(0.05)
    assert answers[0].status_code == 200
    assert answers[0].json()["indication"] == "TOTAL-PASSED"
    text = log.read_text("utf-8")
    lines = [json.loads(line) for line in text.splitlines()]  # every line is one JSON object
    assert {"service.listening", "service.started", "request.served", "service.stopped"} <= {
        line["event"] for line in lines
    }
    served = [line for line in lines if line["event"] == "request.served" and line["route"] == "/v1/verify"]
    assert [line["status"] for line in served] == [200, 200]
    assert all(line["request_id"] for line in served)
    with open_authority(place) as home, home.database.reading() as unit:
        newest = trail.last_sequence(unit)
        run = {each.type: each for each in trail.list_events(unit, after=max(0, newest - 20))}
    started, stopped = run["app:service:started"], run["app:service:stopped"]
    assert started.object_id == stopped.object_id
    assert int(stopped.facts["requests"]) >= len(served)
    assert "张示例" not in text
    assert "\\u5f20" not in text
    assert PASSPHRASE.decode() not in text
