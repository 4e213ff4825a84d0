"""kill -9 at any point of an issuance: no licence without its trail entry, none lost after it was acknowledged."""

from __future__ import annotations

import itertools
import multiprocessing
import os
import random  # noqa: TID251 - seeded, so that a failure can be seen again
import signal
import time
from concurrent.futures import ProcessPoolExecutor
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING

import pytest

from esign.rendering.seal_drawing import SealDesign, draw_seal
from tests.support.authority import NAME, SAMPLE, passphrase
from tests.support.killing import READY, run_and_kill
from trustkit.app.wiring import open_authority
from trustkit.audit import trail
from trustkit.audit.events import EventType
from trustkit.store import licences
from trustkit.store.licence_search import LicenceSearch, search
from trustkit.store.licences import LicenceState

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from trustkit.app.keys import Keys

KILLS = 100
PATIENCE = 300.0  # seconds
LICENCES = 3  # a child lives as long as these take on this machine, or less
SEED = 20261201


def _warm_keys(home: Path) -> Keys:
    """Open the keys and draw the seal once, so that the children spend their short lives on issuing."""
    with open_authority(home) as authority:
        keys = authority.unlock(passphrase())
        authority.licences(keys)
    draw_seal(SealDesign(name=NAME, lower_line="电子证照专用章", diameter_mm=42.0))
    return keys


def _issue_until_killed(home: Path, keys: Keys, licences: Iterable[int], write_end: int) -> None:
    """Run in a child: issue licence after licence, saying each identifier only when the service has acknowledged it."""
    fields = SAMPLE.read_bytes()
    with open_authority(home) as authority:
        service = authority.licences(keys)
        os.write(write_end, READY)
        for _ in licences:
            issued = service.issue("business-licence", fields, actor=authority.operator)
            os.write(write_end, issued.identifier.encode() + b"\n")
        os.kill(os.getpid(), signal.SIGKILL)


def _kill_again_and_again(home: Path) -> list[str]:
    """Run in a process of its own: a child forked from one that has drawn a page would wait for threads it has not got."""
    random_delays = random.Random(SEED)
    work = partial(_issue_until_killed, home, _warm_keys(home))
    began = time.monotonic()
    issued = run_and_kill(partial(work, range(LICENCES)), PATIENCE)
    most = time.monotonic() - began
    for _ in range(KILLS):
        issued += run_and_kill(partial(work, itertools.count()), random_delays.uniform(0.0, most))
    return issued


@pytest.mark.slow
def test_a_hundred_kills_lose_nothing_and_leave_nothing_untold(home: Path) -> None:
    with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn")) as fresh:
        acknowledged = fresh.submit(_kill_again_and_again, home).result()
    with open_authority(home) as authority:
        _judge(authority, acknowledged, abandoned=())
        before = {row.identifier for row in _rows(authority) if row.state is LicenceState.INTENT}
        abandoned = authority.recover(older_than=timedelta())
        assert set(abandoned) == before
        _judge(authority, acknowledged, abandoned=tuple(before))
    assert acknowledged, "no issuance was fast enough to be acknowledged: the test proved nothing"
    assert before, "no kill fell into an issuance: the test proved nothing"


def _rows(authority: object) -> tuple[licences.LicenceRow, ...]:
    with authority.database.reading() as unit:  # type: ignore[attr-defined]
        found: list[licences.LicenceRow] = []
        while page := search(unit, LicenceSearch(after=found[-1].identifier if found else None, limit=100)):
            found.extend(page)
        return tuple(found)


def _judge(authority: object, acknowledged: list[str], *, abandoned: tuple[str, ...]) -> None:
    with authority.database.reading() as unit:  # type: ignore[attr-defined]
        told: dict[str, set[str]] = {}
        after = 0
        while page := trail.list_events(unit, after=after, limit=500):
            after = page[-1].sequence
            for entry in page:
                if entry.object_type == "licence":
                    told.setdefault(entry.object_id, set()).add(entry.type)
        rows = _rows(authority)
        for row in rows:
            expected: set[str] = {EventType.LICENCE_INTENDED}
            if row.state is LicenceState.ISSUED:
                expected.add(EventType.LICENCE_ISSUED)
                assert licences.get_document(unit, row.identifier).startswith(b"%PDF-")
            if row.state is LicenceState.ABANDONED:
                expected.add(EventType.LICENCE_ABANDONED)
            assert told.get(row.identifier) == expected, row
        assert set(told) == {row.identifier for row in rows}
        issued = {row.identifier for row in rows if row.state is LicenceState.ISSUED}
        assert set(acknowledged) <= issued
        assert set(abandoned) <= {row.identifier for row in rows if row.state is LicenceState.ABANDONED}
