"""The fork server by itself: what it answers where the system refuses, and that this costs nobody else."""

from __future__ import annotations

import errno
import json
import os
import socket
import threading
from typing import TYPE_CHECKING

from trustkit.app import fork_server

if TYPE_CHECKING:
    import pytest


def _refuse() -> int:
    raise OSError(errno.EAGAIN, os.strerror(errno.EAGAIN))


def _asked(ours: socket.socket, descriptors: list[int]) -> dict[str, object]:
    socket.send_fds(ours, [json.dumps({"act": "start", "arguments": []}).encode()], descriptors)
    told: dict[str, object] = json.loads(ours.recv(4096))
    return told


def test_a_fork_that_fails_is_told_and_the_server_goes_on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "fork", _refuse)
    ours, theirs = socket.socketpair()
    with ours, theirs:
        server = threading.Thread(target=fork_server.serve, args=(lambda: None, theirs))
        server.start()
        pipes = [*os.pipe(), *os.pipe()]
        for _ in range(3):
            assert _asked(ours, [pipes[0], pipes[3]]) == {"error": os.strerror(errno.EAGAIN)}
        assert _asked(ours, [pipes[0]]) == {"error": "no pipes came"}
        for each in pipes:
            os.close(each)
        ours.shutdown(socket.SHUT_RDWR)
        server.join()
