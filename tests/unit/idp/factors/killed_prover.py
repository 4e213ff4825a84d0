"""A program that is killed while people use their recovery codes: ``python -m … URL TIMES``; prints the codes that were taken.

A line ``codes`` with all there are comes first. The first child ends itself after some codes; the others are killed within the time that took, at the
speed of the machine.
"""

from __future__ import annotations

import itertools
import os
import signal
import sys
import time
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING

from tests.support.factors import FactorDesk, attempt
from tests.support.killing import READY, run_and_kill
from trustkit.errors import TrustError
from trustkit.store.database import open_database

if TYPE_CHECKING:
    from collections.abc import Iterable

PATIENCE = 300.0  # seconds
FEW = 4  # a child lives as long as so many codes take on this machine, or less


def _use_up(url: str, codes: Iterable[str], descriptor: int) -> None:
    with open_database(url) as database:
        desk = FactorDesk(database)
        os.write(descriptor, READY)
        for code in codes:
            with suppress(TrustError):
                desk.recovery.prove(attempt(address=""), code)
                os.write(descriptor, f"{code}\n".encode())
        os.kill(os.getpid(), signal.SIGKILL)


def _renewed(url: str) -> tuple[str, ...]:
    with open_database(url) as database:
        desk = FactorDesk(database)
        codes = desk.recovery.renew(desk.enroller(), now=attempt().at)
    sys.stdout.write(f"codes {' '.join(codes)}\n")
    return codes


def main() -> None:
    url, times = sys.argv[1], int(sys.argv[2])
    codes = _renewed(url)
    began = time.monotonic()
    taken = run_and_kill(partial(_use_up, url, codes[:FEW]), PATIENCE)
    most = time.monotonic() - began
    sys.stdout.writelines(f"{code}\n" for code in taken)
    for number in range(times):
        codes = _renewed(url)
        taken = run_and_kill(partial(_use_up, url, itertools.cycle(codes)), most * (number + 1) / times)
        sys.stdout.writelines(f"{code}\n" for code in taken)


if __name__ == "__main__":
    main()
