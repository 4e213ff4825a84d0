"""Stamps that wait for each other: told of in one transaction, however long the files take they are for."""

from __future__ import annotations

from contextlib import suppress
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from ca.stamping import CLOCK_MARK
from tests.support.clocks import Ticking
from tests.unit.ca.test_stamping import ACTOR, DATA, authority, clock, database, events, make, world
from trustkit.errors import ErrorCode, TrustError
from trustkit.store import clock_marks
from trustkit.timestamp.read import parse_token

if TYPE_CHECKING:
    from ca.stamping import TimestampAuthority
    from tests.support.pki import PkiWorld
    from trustkit.store.database import Database

__all__ = ["authority", "clock", "database", "world"]


def test_stamps_made_together_are_told_together_or_not(authority: TimestampAuthority, database: Database) -> None:
    with authority.together():
        made = [authority.stamp(DATA, ACTOR) for _ in range(3)]
        assert events(database) == []
    told = [entry.object_id for entry in events(database)]
    assert told == [str(parse_token(token).serial) for token in made]
    with suppress(TrustError), authority.together():
        authority.stamp(DATA, ACTOR)
        raise TrustError(ErrorCode.DISK_FULL, "what the tokens were for failed")
    assert len(events(database)) == 3


def test_others_stamp_while_stamps_wait_for_each_other(world: PkiWorld, database: Database, clock: Ticking) -> None:
    """A batch of large files takes longer than clocks may differ by; no clock is behind for that."""
    one, two = (make(world, database, clock) for _ in range(2))
    with one.together():
        early = parse_token(one.stamp(DATA, ACTOR)).gen_time
        clock.pass_(5)
        two.stamp(DATA, ACTOR)
        one.stamp(DATA, ACTOR)
    assert [entry.at - early for entry in events(database)] == [timedelta(seconds=each) for each in (5, 0, 5)]
    with database.reading() as unit:
        assert clock_marks.find(unit, CLOCK_MARK) == early + timedelta(seconds=5)
    ahead = Ticking()
    ahead.pass_(60)
    make(world, database, ahead).stamp(DATA, ACTOR)
    with one.together(), pytest.raises(TrustError) as refusal:
        one.stamp(DATA, ACTOR)
    assert refusal.value.code is ErrorCode.TIMESTAMP_CLOCK


def test_ordered_stamps_do_not_wait(world: PkiWorld, database: Database, clock: Ticking) -> None:
    one, two = (make(world, database, clock, ordering=True) for _ in range(2))
    with one.together():
        one.stamp(DATA, ACTOR)
        assert len(events(database)) == 1
        clock.pass_(1)
        later = parse_token(two.stamp(DATA, ACTOR)).gen_time
        clock.pass_(1)
        assert parse_token(one.stamp(DATA, ACTOR)).gen_time > later
