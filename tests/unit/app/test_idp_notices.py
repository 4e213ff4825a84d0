"""Notices reach the message platform over HTTP, with its token, and again when it did not take them."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING

import httpx
import pytest

from idp.notices import Notice, deliver, notify
from tests.support.databases import NOON, database, migrated_url
from tests.support.factors import PERSON, refusal
from trustkit.app.idp_notices import MessagePlatform
from trustkit.app.idp_settings import IdpSettings
from trustkit.errors import ErrorCode
from trustkit.store import notices

if TYPE_CHECKING:
    from trustkit.store.database import Database

__all__ = ["database", "migrated_url"]


class Remote:
    """What is at the other end: takes requests, answers a status."""

    def __init__(self) -> None:
        self.status = 200
        self.asked: list[httpx.Request] = []

    def platform(self) -> MessagePlatform:
        client = httpx.Client(transport=httpx.MockTransport(self._answer))
        return MessagePlatform(url="https://messages.test/notices", token="platform token", client=client)

    def _answer(self, request: httpx.Request) -> httpx.Response:
        self.asked.append(request)
        if self.status == 0:
            raise httpx.ConnectError("down", request=request)
        return httpx.Response(self.status)


def test_a_notice_is_posted_until_it_is_taken(database: Database) -> None:
    remote = Remote()
    with database.unit_of_work() as uow:
        notify(uow, Notice.FACTOR_REMOVED, person=PERSON, kind="totp", now=NOON)
    platform = remote.platform()
    now = NOON
    for status in (0, 302, 503, 204):
        remote.status = status
        assert deliver(database, platform, now=now) == (status == 204)
        with database.reading() as unit:
            now = notices.list_of(unit, PERSON)[0].next_at
    said = [json.loads(request.content) for request in remote.asked]
    assert len(said) == 4
    assert len({each["id"] for each in said}) == 1
    assert (said[0]["person"], said[0]["about"], said[0]["kind"]) == (PERSON, "factor-removed", "totp")
    assert remote.asked[0].headers["authorization"] == "Bearer platform token"
    assert "platform token" not in repr(platform)
    assert deliver(database, platform, now=NOON.replace(year=2030)) == 0


def test_of_one_person_so_many_are_kept(database: Database) -> None:
    with database.unit_of_work() as uow:
        for second in range(notices.MOST_KEPT + 3):
            now = NOON + timedelta(seconds=second)
            notify(uow, Notice.SIGNED_IN, person=PERSON, kind="", now=now)
        notify(uow, Notice.SIGNED_IN, person="np-qrstuvwxyzabc", kind="", now=NOON)
        kept = notices.list_unsent(uow, at=now, limit=1000)
        mine = {row.created_at for row in kept if row.person == PERSON}
    assert (len(mine), min(mine)) == (notices.MOST_KEPT, NOON + timedelta(seconds=3))
    assert {row.person for row in kept} == {PERSON, "np-qrstuvwxyzabc"}


@pytest.mark.parametrize(
    "url", ["http://messages.test/", "http://127.0.0.1.evil.test/", "ftp://messages.test/", "messages.test"]
)
def test_notices_go_over_tls(url: str) -> None:
    fit = partial(replace(IdpSettings(), notices_url=url).require_fit)
    assert refusal(fit) is ErrorCode.SETTINGS_MALFORMED
    replace(IdpSettings(), notices_url="https://messages.test/").require_fit()
