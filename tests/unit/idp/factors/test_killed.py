"""kill -9 while recovery codes are used: a code that was taken stays taken, and what was taken is told, each once."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from sqlalchemy import select

from tests.support.factors import NOON, PERSON, FactorDesk, attempt, refusal
from trustkit.identity_codes import IdentityCode
from trustkit.store.database import open_database
from trustkit.store.factor_schema import notices, recovery_codes

ROOT = Path(__file__).resolve().parents[4]
KILLS = 6


@pytest.mark.slow
def test_kills_leave_codes_and_notices_agreed(migrated_url: str) -> None:
    command = [sys.executable, "-m", "tests.unit.idp.factors.killed_prover", migrated_url, str(KILLS)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=300)
    assert done.stderr == ""
    lines = done.stdout.splitlines()
    taken = [line for line in lines if not line.startswith("codes")]
    assert len(taken) == len(set(taken))
    assert taken
    with open_database(migrated_url) as database:
        with database.reading() as unit:
            used = unit.fetch_all(select(recovery_codes).where(recovery_codes.c.used_at.is_not(None)))
            told = unit.fetch_all(select(notices).where(notices.c.about == "recovery-used"))
        desk = FactorDesk(database)
        assert len(taken) <= len(used) == len(told)
        desk.standing.release(desk.enroller(), now=NOON)
        last = [line for line in taken if line in lines[max(i for i, x in enumerate(lines) if x[:5] == "codes") :]]
        for code in last[:4]:
            refused = refusal(lambda: desk.recovery.prove(attempt(PERSON, address=""), code))  # noqa: B023 - called at once
            assert refused is IdentityCode.FACTOR_REFUSED
