"""What the demonstration stands on: the installed program as a person runs it, and a running service."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import time
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import httpx

from trustkit.encoding.canonical_json import JsonValue, parse_json

if TYPE_CHECKING:
    from collections.abc import Iterator
    from contextlib import AbstractContextManager
    from pathlib import Path

PATIENCE_SECONDS: Final = 600.0  # for one step, on a machine with much else to do; what dies before is not waited for
_PREFERRED_PORT: Final = 8440
_TOLD: Final = 2000  # characters of a log


class UnexpectedAnswerError(Exception):
    """A step answered otherwise than told; the demonstration ends there."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ran:
    """How a command ended."""

    status: int
    output: str
    problem: str

    def objects(self) -> tuple[dict[str, JsonValue], ...]:
        """Return the JSON objects it printed, one a line."""
        values = tuple(parse_json(line.encode()) for line in self.output.splitlines() if line.strip())
        return tuple(value for value in values if isinstance(value, dict))


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    """The home the demonstration lives in, and the passphrase file that opens its keys; `patience` is for one step, in seconds."""

    home: Path
    passphrase_file: Path
    port: int
    patience: float = PATIENCE_SECONDS

    @property
    def base_url(self) -> str:
        """Where the service answers."""
        return f"http://127.0.0.1:{self.port}"

    def run(self, *arguments: str, expect: int | None = 0) -> Ran:
        """Run ``trustkit ARGUMENTS`` in the home and require its exit status."""
        try:
            done = subprocess.run(  # noqa: S603 - our own program with arguments of our own
                [sys.executable, "-m", "trustkit.app", *arguments],
                capture_output=True,
                text=True,
                check=False,
                timeout=self.patience,
                env=self._environment(),
            )
        except subprocess.TimeoutExpired as error:
            raise UnexpectedAnswerError(
                f"trustkit {' '.join(arguments)}: no end after {self.patience:.0f} seconds"
            ) from error
        if expect is not None and done.returncode != expect:
            raise UnexpectedAnswerError(
                f"trustkit {' '.join(arguments)}: exit {done.returncode}, not {expect}\n{done.stderr or done.stdout}"
            )
        return Ran(status=done.returncode, output=done.stdout, problem=done.stderr)

    def service(self) -> AbstractContextManager[httpx.Client]:
        """Run ``trustkit serve`` and give a client to it; stopped with SIGTERM at the end."""
        return self._served(("serve",), self.base_url, "serve.log")

    def identity_service(self, base_url: str) -> AbstractContextManager[httpx.Client]:
        """Run ``trustkit idp serve`` likewise."""
        return self._served(("idp", "serve"), base_url, "idp-serve.log")

    def sharing_service(self, base_url: str) -> AbstractContextManager[httpx.Client]:
        """Run ``trustkit share serve`` likewise."""
        return self._served(("share", "serve"), base_url, "share-serve.log")

    @contextmanager
    def started(self, *arguments: str, stdin: int = subprocess.DEVNULL) -> Iterator[tuple[subprocess.Popen[str], str]]:
        """Run ``trustkit ARGUMENTS`` beside the block and give it with the first line it tells people."""
        process = subprocess.Popen(  # noqa: S603 - our own program with arguments of our own
            [sys.executable, "-m", "trustkit.app", *arguments],
            stdin=stdin,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env=self._environment(),
        )
        try:
            yield process, process.stderr.readline() if process.stderr is not None else ""
        finally:
            process.terminate()
            process.wait(timeout=30)

    @contextmanager
    def _served(self, command: tuple[str, ...], base_url: str, log: str) -> Iterator[httpx.Client]:
        with (self.home.parent / log).open("wb") as told:
            process = subprocess.Popen(  # noqa: S603 - our own program with arguments of our own
                [sys.executable, "-m", "trustkit.app", *command, "--passphrase-file", str(self.passphrase_file)],
                stdout=subprocess.DEVNULL,
                stderr=told,
                env=self._environment(),
            )
        try:
            with httpx.Client(base_url=base_url, timeout=self.patience, trust_env=False) as client:
                self._wait(client, process, log)
                yield client
        finally:
            process.terminate()
            process.wait(timeout=30)

    def _environment(self) -> dict[str, str]:
        """Return what a child process is given: this home, and a folder of its own for what a person's programs remember."""
        own = {"TRUSTKIT_HOME": str(self.home), "XDG_CONFIG_HOME": str(self.home.parent / "config")}
        return {**os.environ, **own}  # noqa: TID251 - handed on to a child process

    def _wait(self, client: httpx.Client, process: subprocess.Popen[bytes], log: str) -> None:
        until = time.monotonic() + self.patience
        while time.monotonic() < until and process.poll() is None:
            try:
                if client.get("/v1/health").is_success:
                    return
            except httpx.TransportError:
                time.sleep(0.1)
        told = (self.home.parent / log).read_text("utf-8", "replace")[-_TOLD:]
        raise UnexpectedAnswerError(f"the service did not come up; {log} in the demonstration's folder ends:\n{told}")


def free_port(*, taken: int = 0) -> int:
    """Return the usual port when it is free and not one `taken` by what runs later, any free one otherwise."""
    for port in (0,) if taken == _PREFERRED_PORT else (_PREFERRED_PORT, 0):
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return int(probe.getsockname()[1])
    raise UnexpectedAnswerError("no free port on the loopback interface")


def text_of(value: dict[str, JsonValue], key: str) -> str:
    """Return one field of an answer for printing."""
    found = value.get(key)
    return found if isinstance(found, str) else json.dumps(found, ensure_ascii=False)
