"""ofdrw as a peer: one of the Java programs beside its tests, compiled against what `make interop` fetched, and answering line by line."""

from __future__ import annotations

import shutil
import subprocess
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest

from tests.support.bouncycastle import Peer
from tools.interop import OFDRW, OFDRW_JARS

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@contextmanager
def ofdrw_program(name: str, folder: Path) -> Iterator[Peer]:
    """Give the program of that name; skip the test, saying why, where it cannot run."""
    jars = sorted(OFDRW_JARS.glob("*.jar"))
    missing = [tool for tool in ("javac", "java") if shutil.which(tool) is None]
    if missing or not jars:
        pytest.skip(f"ofdrw or a JDK is missing: {', '.join(missing) or OFDRW_JARS} (make interop fetches them)")
    class_path = ":".join(map(str, jars))
    source = OFDRW / f"{name}.java"
    subprocess.run(["javac", "-nowarn", "-d", folder, "-cp", class_path, source], check=True, capture_output=True)
    command = ["java", f"-Djava.io.tmpdir={folder}", "-cp", f"{folder}:{class_path}", name]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, encoding="utf-8"
    ) as process:
        yield Peer(folder, process)
        assert process.stdin is not None
        process.stdin.close()
        assert process.wait(timeout=30) == 0
