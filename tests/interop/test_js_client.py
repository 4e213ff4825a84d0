"""The JavaScript client on Node: its own tests against a served home, and its types as the OpenAPI has them."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from typing import TYPE_CHECKING

import pytest

from tests.support.authority import issued
from tests.support.service import free_port, service
from tests.support.source import ROOT
from tools import client_types

if TYPE_CHECKING:
    from pathlib import Path

    from tests.support.authority import Issued

__all__ = ["issued"]

pytestmark = pytest.mark.interop

CLIENT = ROOT / "clients" / "js"
SECONDS = 300
TESTS = re.compile(r"^# (pass|fail|skipped) (\d+)$", flags=re.MULTILINE)


def test_it_verifies_at_a_served_home(issued: Issued, tmp_path: Path) -> None:
    node = shutil.which("node")
    if node is None:
        pytest.skip("Node is not installed: python -m tools.interop")
    port = free_port()
    told = {
        "TRUSTKIT_URL": f"http://127.0.0.1:{port}",
        "TRUSTKIT_FILE": str(issued.document),
        "TRUSTKIT_IDENTIFIER": issued.identifier,
    }
    files = sorted(map(str, (CLIENT / "test").glob("*.test.js")))
    with service(issued.home, port, tmp_path / "log"):
        done = subprocess.run(
            [node, "--test", "--test-reporter", "tap", *files],
            cwd=CLIENT,
            env={**os.environ, **told},  # noqa: TID251 - handed on to a child process
            check=False,
            capture_output=True,
            text=True,
            timeout=SECONDS,
        )
    assert done.returncode == 0, done.stdout + done.stderr
    counted = {name: int(number) for name, number in TESTS.findall(done.stdout)}
    assert counted["pass"] >= 14, done.stdout
    assert (counted["fail"], counted["skipped"]) == (0, 0)


def test_its_types_are_those_of_the_openapi(capsys: pytest.CaptureFixture[str]) -> None:
    if not (client_types.TOOLS / "node_modules" / ".bin" / "tsc").exists():
        pytest.skip("TypeScript is not installed: python -m tools.interop")
    assert client_types.main(["--check"]) == 0, capsys.readouterr().err
