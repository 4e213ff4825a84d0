"""A Keycloak for the demonstration, where one is at hand: found, started empty in the demonstration's folder, stopped at the end."""

from __future__ import annotations

import os
import secrets
import shutil
import signal
import subprocess
import time
from contextlib import contextmanager
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Final

import httpx

from trustkit.app.demo.stage import UnexpectedAnswerError, free_port

if TYPE_CHECKING:
    from collections.abc import Iterator

FOLDER_VARIABLE: Final = "TRUSTKIT_KEYCLOAK"
START_SECONDS: Final = 600  # on a machine that does much else; some 20 on one that does not
_BUILD: Final = Path(__file__).resolve().parents[3] / "build" / "keycloak"  # where `make interop` puts one
_MEMORY: Final = "-Xms128m -Xmx640m"
_SCRIPT: Final = Path("bin") / "kc.sh"


@dataclass(frozen=True, slots=True, kw_only=True)
class Keycloak:
    """A running server, empty but for its administrator ``admin``."""

    url: str
    password: str = field(repr=False)


def keycloak_at_hand() -> tuple[Path | None, str]:
    """Return the folder of a Keycloak, or None and why there is none to use."""
    named = os.environ.get(FOLDER_VARIABLE, "")  # noqa: TID251 - where another program is, and no setting of ours
    folders = [Path(named)] if named else sorted(_BUILD.glob("keycloak-*"), reverse=True)
    folder = next((each for each in folders if (each / _SCRIPT).is_file()), None)
    if folder is None:
        return (
            None,
            f"{named} has no bin/kc.sh" if named else f"{FOLDER_VARIABLE} names none, and make interop brought none",
        )
    if shutil.which("java") is None:
        return None, "there is no Java for it"
    if find_spec("keycloak") is None:
        return None, "python-keycloak is not installed (the extra keycloak)"
    return folder, ""


@contextmanager
def running_keycloak(distribution: Path, folder: Path) -> Iterator[Keycloak]:
    """Give a running server whose data lie in `folder`. Raise UnexpectedAnswerError when it does not come up."""
    home, log = folder / "keycloak", folder / "keycloak.log"
    shutil.copytree(distribution, home, symlinks=True)
    port, password = free_port(), secrets.token_urlsafe(24)
    server = Keycloak(url=f"http://127.0.0.1:{port}", password=password)
    surroundings = os.environ | {  # noqa: TID251 - of a program of others
        "KC_BOOTSTRAP_ADMIN_USERNAME": "admin",
        "KC_BOOTSTRAP_ADMIN_PASSWORD": password,
        "JAVA_OPTS_KC_HEAP": _MEMORY,
    }
    command = [str(home / _SCRIPT), "start-dev", "--http-host", "127.0.0.1", "--http-port", str(port)]
    with log.open("wb") as out:
        process = subprocess.Popen(command, env=surroundings, stdout=out, stderr=out, start_new_session=True)  # noqa: S603 - what the operator named
        try:
            _wait(process, server.url, log)
            yield server
        finally:
            _stop(process)


def _wait(process: subprocess.Popen[bytes], url: str, log: Path) -> None:
    end = time.monotonic() + START_SECONDS
    while time.monotonic() < end and process.poll() is None:
        try:
            if httpx.get(f"{url}/realms/master", timeout=5, trust_env=False).is_success:
                return
        except httpx.TransportError:
            pass
        time.sleep(1)
    raise UnexpectedAnswerError(f"Keycloak did not come up: {log.read_text('utf-8', 'replace')[-2000:]}")


def _stop(process: subprocess.Popen[bytes]) -> None:
    if process.poll() is not None:
        return
    os.killpg(process.pid, signal.SIGTERM)
    try:
        process.wait(30)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait(10)
