"""A program that is killed while people use their recovery codes: ``python -m … URL TIMES``; prints the codes that were taken.

A line ``codes`` with all there are comes first.
"""

from __future__ import annotations

import os
import sys
from contextlib import suppress
from functools import partial

from tests.support.factors import FactorDesk, attempt
from tests.support.killing import READY, run_and_kill
from trustkit.errors import TrustError
from trustkit.store.database import open_database


def _use_up(url: str, codes: tuple[str, ...], descriptor: int) -> None:
    with open_database(url) as database:
        desk = FactorDesk(database)
        os.write(descriptor, READY)
        while True:
            for code in codes:
                with suppress(TrustError):
                    desk.recovery.prove(attempt(address=""), code)
                    os.write(descriptor, f"{code}\n".encode())


def main() -> None:
    url, times = sys.argv[1], int(sys.argv[2])
    for number in range(times):
        with open_database(url) as database:
            desk = FactorDesk(database)
            codes = desk.recovery.renew(desk.enroller(), now=attempt().at)
        sys.stdout.write(f"codes {' '.join(codes)}\n")
        for code in run_and_kill(partial(_use_up, url, codes), 0.02 + 0.05 * number):
            sys.stdout.write(f"{code}\n")


if __name__ == "__main__":
    main()
