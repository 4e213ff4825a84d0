"""Run other programs, quietly while they succeed and telling when they fail. Standard library only."""

from __future__ import annotations

import os
import shutil
import subprocess
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Sequence

LAST_LINES: Final = 25  # of a failed program's output: enough to hold pip's and apt's reasons
PACKAGES_SECONDS: Final = 1_800  # a slow line, or another apt-get to wait for
QUERY_SECONDS: Final = 30


class StepError(Exception):
    """A step that cannot go on; the text says what happened and what to do."""


def run(command: Sequence[str], *, seconds: int = PACKAGES_SECONDS, loud: bool = False) -> str:
    """Run a program and return what it said; raise StepError with its last lines when it fails or takes too long.

    `loud` lets it speak for itself (and returns an empty text), for continuous integration and for test runs.
    """
    try:
        done = subprocess.run(
            list(command),
            check=False,
            stdin=subprocess.DEVNULL,
            stdout=None if loud else subprocess.PIPE,
            stderr=None if loud else subprocess.STDOUT,
            text=True,
            timeout=seconds,
        )
    except FileNotFoundError as error:
        raise StepError(f"the program {command[0]} is not installed") from error
    except subprocess.TimeoutExpired as error:
        raise StepError(f"{' '.join(command[:3])} did not end within {seconds} s") from error
    said = done.stdout or ""
    if done.returncode != 0:
        tail = "\n".join(f"    {line}" for line in said.rstrip().splitlines()[-LAST_LINES:])
        raise StepError(f"{' '.join(command[:4])} ended with status {done.returncode}\n{tail}".rstrip())
    return said


def may_install() -> bool:
    """Tell whether Debian packages can be installed here: apt-get exists, and we are root."""
    return os.geteuid() == 0 and shutil.which("apt-get") is not None


def absent(packages: Sequence[str]) -> tuple[str, ...]:
    """Return which of the Debian packages are not installed; all of them where there is no dpkg."""
    return tuple(package for package in packages if not _installed(package))


def _installed(package: str) -> bool:
    try:
        status = run(["dpkg-query", "--show", "--showformat=${db:Status-Status}", package], seconds=QUERY_SECONDS)
    except StepError:
        return False
    return status == "installed"


def install(packages: Sequence[str]) -> None:
    """Install Debian packages; raise StepError with the remedy when that is not possible here."""
    names = " ".join(packages)
    if not may_install():
        raise StepError(f"Debian packages are needed: {names}\n    Install them as root: apt-get install {names}")
    apt = ["env", "DEBIAN_FRONTEND=noninteractive", "apt-get", "-qq", "-o", "DPkg::Lock::Timeout=300"]
    run([*apt, "update"])
    run([*apt, "install", "-y", "--no-install-recommends", *packages])
