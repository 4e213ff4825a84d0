"""kill -9 at any point of making a copy: none without its trail entry, none lost after it was acknowledged, and nothing drawn in vain."""

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
from tests.support.authority import NAME, passphrase
from tests.support.copy_desk import CopyDesk
from tests.support.killing import READY, run_and_kill
from trustkit.app.copy_desk import copy_service
from trustkit.app.wiring import open_authority
from trustkit.audit import trail
from trustkit.audit.events import EventType
from trustkit.store import copy_authorisations, licence_copies
from trustkit.store.licence_copies import CopyState
from trustkit.verdict import Indication

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from trustkit.app.keys import Keys

KILLS = 20
PATIENCE = 300.0  # seconds
COPIES = 2  # a child lives as long as these take on this machine, or less
SEED = 20261202
Named = tuple[str, str]  # licence, authorisation


def _named(home: Path) -> Named:
    """Issue a licence and record an authorisation of it; what draws pages does not come near the process that forks."""
    with open_authority(home) as authority:
        desk = CopyDesk(authority)
        identifier = desk.licence()
        return identifier, desk.authorise(identifier, copies=100).number


def _warm(home: Path) -> Keys:
    """Open the keys and draw the seal once, so that the children spend their short lives on copies."""
    with open_authority(home) as authority:
        keys = authority.unlock(passphrase())
        copy_service(authority, keys)
    draw_seal(SealDesign(name=NAME, lower_line="电子证照专用章", diameter_mm=42.0))
    return keys


def _copy_until_killed(home: Path, keys: Keys, named: Named, rounds: Iterable[int], write_end: int) -> None:
    """Run in a child: make copy after copy, saying each number only when the service has acknowledged it."""
    with open_authority(home) as authority:
        desk = CopyDesk(authority)
        desk.__dict__["keys"] = keys
        os.write(write_end, READY)
        for _ in rounds:
            made = desk.copy(*named)
            os.write(write_end, made.row.number.encode() + b"\n")
        os.kill(os.getpid(), signal.SIGKILL)


def _kill_again_and_again(home: Path, named: Named) -> list[str]:
    """Run in a process of its own: a child forked from one that has drawn a page would wait for threads it has not got."""
    random_delays = random.Random(SEED)
    work = partial(_copy_until_killed, home, _warm(home), named)
    began = time.monotonic()
    made = run_and_kill(partial(work, range(COPIES)), PATIENCE)
    most = time.monotonic() - began
    for _ in range(KILLS):
        made += run_and_kill(partial(work, itertools.count()), random_delays.uniform(0.0, most))
    return made


@pytest.mark.slow
def test_kills_lose_no_copy_and_leave_nothing_untold_or_drawn(home: Path) -> None:
    with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn"), max_tasks_per_child=1) as fresh:
        identifier, allowed = fresh.submit(_named, home).result()
        acknowledged = fresh.submit(_kill_again_and_again, home, (identifier, allowed)).result()
    with open_authority(home) as authority:
        desk = CopyDesk(authority)
        with authority.database.reading() as unit:
            before = licence_copies.list_of_licence(unit, identifier)
        intents = {row.number for row in before if row.state is CopyState.INTENT}
        assert set(authority.recover(older_than=timedelta())) == intents
        with authority.database.reading() as unit:
            rows = licence_copies.list_of_licence(unit, identifier)
            told = {row.number: _told(unit, row.number) for row in rows}
            drawn = copy_authorisations.get(unit, allowed).copies
            documents = {row.number: licence_copies.list_documents(unit, row.number) for row in rows}
        issued = [row for row in rows if row.state is CopyState.ISSUED]
        assert set(acknowledged) <= {row.number for row in issued}
        assert drawn == len(issued)
        for row in rows:
            ended = EventType.COPY_ISSUED if row.state is CopyState.ISSUED else EventType.COPY_ABANDONED
            assert told[row.number] == {EventType.COPY_INTENDED, ended}
            assert bool(documents[row.number]) is (row.state is CopyState.ISSUED)
        for row in issued[:3]:
            ((_, octets, _),) = documents[row.number]
            assert desk.judged(octets).conclusion.indication is Indication.TOTAL_PASSED
    assert acknowledged, "no copy was fast enough to be acknowledged: the test proved nothing"
    assert intents, "no kill fell into the making of a copy: the test proved nothing"


def _told(unit: object, number: str) -> set[str]:
    kinds = (EventType.COPY_INTENDED, EventType.COPY_ISSUED, EventType.COPY_ABANDONED)
    return {kind for kind in kinds if trail.list_about(unit, kind, number, limit=5)}  # type: ignore[arg-type]
