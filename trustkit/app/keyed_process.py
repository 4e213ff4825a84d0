"""Processes that hold keys beside a server that holds none: ``python -m MODULE HOME``, the passphrase through a pipe.

The passphrase comes on standard input, once; the pipe is then held open by the parent, and its end tells the process to
stop. Nothing of it stands in arguments, environment or inherited memory.
"""

from __future__ import annotations

import resource
import subprocess
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

from trustkit.custody.passphrase import Passphrase

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_STOP_SECONDS: Final = 10.0


@contextmanager
def keyed_process(module: str, home: Path, passphrase: Passphrase) -> Iterator[None]:
    """Run a module of ours for as long as the block lasts."""
    process = subprocess.Popen(  # noqa: S603 - our own program with arguments of our own
        # -P: a module of another's in the folder we were called from must not run as ours, and read the passphrase
        [sys.executable, "-P", "-m", module, str(home)],
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
    )
    try:
        if process.stdin is not None:
            process.stdin.write(passphrase.reveal().hex().encode("ascii") + b"\n")
            process.stdin.flush()
        yield
    finally:
        if process.stdin is not None:
            process.stdin.close()
        try:
            process.wait(_STOP_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def passphrase_from_parent() -> Passphrase:
    """Return what `keyed_process` sent; called once, first."""
    return Passphrase(bytes.fromhex(sys.stdin.readline().strip()))


def forbid_core_dumps() -> None:
    """Let no crash of this process, or of one it starts, write its memory to disk."""
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
