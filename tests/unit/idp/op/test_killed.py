"""A process that dies between commit and answer has handed nothing out, and leaves nothing that could be used."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from tests.support.provider import World
from trustkit.audit import trail
from trustkit.audit.events import EventType
from trustkit.store.database import open_database

if TYPE_CHECKING:
    from tests.support.provider import World as _World

ROOT = Path(__file__).parents[4]


def test_a_code_whose_answer_was_lost_is_spent_and_ends_its_grant(migrated_url: str) -> None:
    with open_database(migrated_url) as database:
        world: _World = World(database=database)
        client, secret = world.client()
        world.sign_in(world.person())
        code = world.code(client)
        command = [
            sys.executable,
            "-m",
            "tests.unit.idp.op.killed_provider",
            migrated_url,
            client.identifier,
            secret,
            code,
        ]
        done = subprocess.run(command, cwd=ROOT, check=False, timeout=120, capture_output=True)
        assert done.returncode == -signal.SIGKILL, done.stderr.decode()[-2000:]
        with database.reading() as unit:
            issued = trail.list_events(unit, type=EventType.OP_TOKEN_ISSUED)
        assert [event.facts["means"] for event in issued] == ["authorization_code"]
        again = world.redeem(client, secret, code)
        assert again.json()["error"] == "invalid_grant"
        with database.reading() as unit:
            revoked = trail.list_events(unit, type=EventType.OP_GRANT_REVOKED)
        assert [event.reason for event in revoked] == ["code-reused"]
