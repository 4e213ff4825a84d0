"""OCSP of an authority with several keys: what was remembered while it had one."""

from __future__ import annotations

from dataclasses import replace

from sqlalchemy import update

from ca.ocsp_answers import UNAUTHORIZED, LiveAnswers, PreparedAnswers
from tests.unit.ca.test_ocsp import Bench, ask, bench, statuses
from trustkit.identity import SYSTEM
from trustkit.store.authority_keys import fill
from trustkit.store.schema import certificates
from trustkit.x509.ocsp_response import CertStatus

__all__ = ["bench"]


def test_what_was_remembered_before_a_new_key_is_looked_at_again(bench: Bench) -> None:
    """What was remembered while the authority had one key also tells which of them signed."""
    member, other = bench.member(), bench.enter(bench.world.issue("x", issuer=bench.world.root))
    bench.publisher.publish(SYSTEM)
    for each in (member, other):
        assert statuses(bench.live.answer(ask(bench, each)).body)[0] is CertStatus.GOOD
    divided = replace(bench.authority, alone=False)
    live = LiveAnswers(bench.database, bench.clock, lambda: (replace(bench.responder, authority=divided),))
    live._mirror = bench.live._mirror
    prepared = PreparedAnswers(bench.database, bench.clock, lambda: (divided,))
    assert statuses(live.answer(ask(bench, member)).body)[0] is CertStatus.GOOD
    assert statuses(live.answer(ask(bench, other)).body)[0] is CertStatus.UNKNOWN  # another key signed it
    assert statuses(prepared.answer(ask(bench, member)).body)[0] is CertStatus.GOOD
    assert prepared.answer(ask(bench, other)) is UNAUTHORIZED


def test_a_row_that_is_completed_later_is_answered_for(bench: Bench) -> None:
    """A process of an earlier version issued it beside this one."""
    member = bench.member()
    with bench.database.unit_of_work() as uow:
        uow.write(update(certificates).values(authority_key=None))
    divided = replace(bench.responder, authority=replace(bench.authority, alone=False))
    live = LiveAnswers(bench.database, bench.clock, lambda: (divided,))
    request = ask(bench, member)
    assert statuses(live.answer(request).body)[0] is CertStatus.UNKNOWN
    assert fill(bench.database) == 2  # the responder's, too
    assert statuses(live.answer(request).body)[0] is CertStatus.GOOD
    assert fill(bench.database) == 0
