"""A licence whose last commit fails: told as failed, and closed by whoever reaches the store next."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from tests.support.authority import SAMPLE, passphrase
from tests.support.pki import BendableClock
from trustkit.app.wiring import open_authority
from trustkit.audit import trail
from trustkit.clock import SystemClock
from trustkit.errors import ErrorCode, TrustError
from trustkit.store import licences
from trustkit.store.licence_search import LicenceSearch, search

if TYPE_CHECKING:
    from pathlib import Path

    from trustkit.app.authority import Authority


def _issue(authority: Authority) -> None:
    service = authority.licences(authority.unlock(passphrase()))
    service.issue("business-licence", SAMPLE.read_bytes(), actor=authority.operator)


def _states(authority: Authority) -> Counter[str]:
    with authority.database.reading() as unit:
        return Counter(row.state.value for row in search(unit, LicenceSearch()))


def _unreachable(*_arguments: object, **_named: object) -> None:
    raise TrustError(ErrorCode.STORE_UNREACHABLE, "the database does not answer")


def _fail(authority: Authority, monkeypatch: pytest.MonkeyPatch, *acts: str) -> None:
    with monkeypatch.context() as broken:
        for act in acts:
            broken.setattr(licences, act, _unreachable)
        with pytest.raises(TrustError) as refusal:
            _issue(authority)
    assert refusal.value.code is ErrorCode.STORE_UNREACHABLE


@pytest.mark.parametrize("door", ["issue", "publish"])
def test_a_failed_commit_is_closed(home: Path, monkeypatch: pytest.MonkeyPatch, door: str) -> None:
    clock = BendableClock(SystemClock().now())
    with open_authority(home, clock) as authority:
        _fail(authority, monkeypatch, "complete")
        assert _states(authority) == {"abandoned": 1}
        _fail(authority, monkeypatch, "complete", "abandon")
        _issue(authority)
        assert _states(authority) == {"abandoned": 1, "intent": 1, "issued": 1}  # it could still be a live one
        clock.advance(timedelta(minutes=6))
        if door == "issue":
            _issue(authority)
        else:  # what the renewal process beside the server does every minute
            authority.publish(authority.unlock(passphrase()), only_due=True)
        assert _states(authority)["abandoned"] == 2
        assert _states(authority)["intent"] == 0
        with authority.database.reading() as unit:
            told = [entry.reason for entry in trail.list_events(unit) if entry.type == "esign:licence:abandoned"]
    assert told == ["issuance-failed", "interrupted"]
