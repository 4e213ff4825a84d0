"""BouncyCastle as a peer: a small Java program beside its tests, compiled and started once, which answers line by line."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

SOURCES = tuple(
    Path(__file__).parents[1] / "interop" / "bouncycastle" / name
    for name in ("Agreement.java", "Check.java", "Envelopes.java", "Lists.java")
)
JARS = tuple(Path("/usr/share/java") / name for name in ("bcprov.jar", "bcpkix.jar", "bcutil.jar"))


class Peer:
    """One Java process that answers a line for a line."""

    def __init__(self, folder: Path, process: subprocess.Popen[str]) -> None:
        self.folder = folder
        self._process = process
        self._files = 0

    def file(self, octets: bytes) -> str:
        self._files += 1
        path = self.folder / f"file{self._files}"
        path.write_bytes(octets)
        return str(path)

    def ask(self, *words: str) -> str:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write("\t".join(words) + "\n")
        self._process.stdin.flush()
        return self._process.stdout.readline().rstrip("\n")


@pytest.fixture(scope="session")
def peer(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Peer]:
    missing = [str(jar) for jar in JARS if not jar.exists()]
    missing += [tool for tool in ("javac", "java") if shutil.which(tool) is None]
    if missing:
        pytest.skip(f"BouncyCastle or a JDK is missing: {', '.join(missing)} (make interop installs them)")
    folder = tmp_path_factory.mktemp("bouncycastle")
    class_path = ":".join(map(str, JARS))
    subprocess.run(["javac", "-nowarn", "-d", folder, "-cp", class_path, *SOURCES], check=True, capture_output=True)
    command = ["java", "-cp", f"{folder}:{class_path}", "Check"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        yield Peer(folder, process)
        assert process.stdin is not None
        process.stdin.close()
        assert process.wait(timeout=30) == 0
