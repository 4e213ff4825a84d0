"""``python -m trustkit.app.renewal HOME``: renews CRLs and status lists at half of their lifetime, beside the server.

A process of its own, so that no process that verifies holds a key (`trustkit.app.keyed_process`).
"""

from __future__ import annotations

import logging
import select
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Final

from trustkit.app.keyed_process import passphrase_from_parent
from trustkit.app.logs import configure_logs, say
from trustkit.app.rows import WAITING, PublishedLine
from trustkit.app.wiring import open_authority
from trustkit.clock import SystemClock
from trustkit.errors import ErrorCode, TrustError

if TYPE_CHECKING:
    from trustkit.app.keys import Keys

MODULE: Final = "trustkit.app.renewal"
EVERY_SECONDS: Final = 60.0
_log = logging.getLogger("trustkit.app")


def renew_until_end_of_input(home: Path) -> None:
    """Renew what is due, every minute, until standard input ends."""
    configure_logs(SystemClock())
    passphrase = passphrase_from_parent()
    told: set[PublishedLine] = set()
    keys: Keys | None = None  # kept: opening one takes longer, on purpose, than all else a minute asks for
    while True:
        try:
            with open_authority(home) as authority:
                authority.asked = True  # a service answers for itself
                keys = keys or authority.unlock(passphrase)
                done = authority.publish(keys, only_due=True)
            waiting = {line for line in done if line.kind in WAITING}
            for line in done:
                if line not in waiting:
                    say(_log, "publication.renewed")
                elif line not in told:  # once: its custodians may not meet for weeks
                    say(_log, "publication.waiting", logging.WARNING)
            told = waiting
        except TrustError as error:  # told and tried again: what is published stays good until its own time
            say(_log, "publication.failed", logging.ERROR, code=error.code.value)
        except Exception:  # noqa: BLE001 - renewal must outlive our own bugs; the class is told, never the text
            say(_log, "publication.failed", logging.ERROR, code=ErrorCode.BUG.value)
        readable, _, _ = select.select([sys.stdin], [], [], EVERY_SECONDS)
        if readable:
            return


if __name__ == "__main__":
    renew_until_end_of_input(Path(sys.argv[1]))
