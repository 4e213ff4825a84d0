"""Redeem a code and die before the answer: run by `test_killed.py` in a process of its own, with the database, client, secret and code."""

from __future__ import annotations

import os
import signal
import sys

from idp.op.token_service import TokenService
from tests.support.provider import World
from trustkit.store.database import open_database


def main() -> None:
    url, client, secret, code = sys.argv[1:]

    def die(*_: object) -> None:
        os.kill(os.getpid(), signal.SIGKILL)

    TokenService._answer = die  # type: ignore[assignment, method-assign]  # committed, and not yet answered
    with open_database(url) as database:
        world = World(database=database)
        data = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": "https://app.test/back",
            "code_verifier": "v" * 43,
        }
        world.post("/token", data, auth=(client, secret))


if __name__ == "__main__":
    main()
