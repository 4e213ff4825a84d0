"""``python -m trustkit.app.renewal HOME``: renews CRLs and status lists at half of their lifetime, beside the server.

A process of its own, so that no process that answers requests holds a key. The passphrase comes on standard input, once;
the pipe is then held open by the server, and its end tells this process to stop.
"""

from __future__ import annotations

import logging
import select
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Final

from trustkit.app.logs import configure_logs, say
from trustkit.app.wiring import open_authority
from trustkit.clock import SystemClock
from trustkit.custody.passphrase import Passphrase
from trustkit.errors import ErrorCode, TrustError

if TYPE_CHECKING:
    from collections.abc import Iterator

EVERY_SECONDS: Final = 60.0
_STOP_SECONDS: Final = 10.0
_log = logging.getLogger("trustkit.app")


@contextmanager
def renewing(home: Path, passphrase: Passphrase) -> Iterator[None]:
    """Run the renewal process for as long as the block lasts."""
    process = subprocess.Popen(  # noqa: S603 - our own program with arguments of our own
        [sys.executable, "-m", "trustkit.app.renewal", str(home)], stdin=subprocess.PIPE, stdout=subprocess.DEVNULL
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


def renew_until_end_of_input(home: Path) -> None:
    """Renew what is due, every minute, until standard input ends."""
    configure_logs(SystemClock())
    passphrase = Passphrase(bytes.fromhex(sys.stdin.readline().strip()))
    while True:
        try:
            with open_authority(home) as authority:
                for _ in authority.publish(authority.unlock(passphrase), only_due=True):
                    say(_log, "publication.renewed")
        except TrustError as error:  # told and tried again: what is published stays good until its own time
            say(_log, "publication.failed", logging.ERROR, code=error.code.value)
        except Exception:  # noqa: BLE001 - renewal must outlive our own bugs; the class is told, never the text
            say(_log, "publication.failed", logging.ERROR, code=ErrorCode.BUG.value)
        readable, _, _ = select.select([sys.stdin], [], [], EVERY_SECONDS)
        if readable:
            return


if __name__ == "__main__":
    renew_until_end_of_input(Path(sys.argv[1]))
