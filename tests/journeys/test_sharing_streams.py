"""Streams of changes are few: counted from when they are let in, given back however they end."""

from __future__ import annotations

import asyncio
import gc
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from starlette.requests import Request

from tests.support.authority import copy_home
from tests.support.copy_desk import BANK, OTHER
from tests.support.token_issuer import NOW
from trustkit.app.sharing_stream import MOST_EACH, ChangeStreams
from trustkit.app.stream_standing import standing_of
from trustkit.app.wiring import open_authority
from trustkit.clock import FixedClock
from trustkit.crypto.public_key import KeyKind
from trustkit.custody.private_key import generate_key
from trustkit.errors import ErrorCode, TrustError
from trustkit.jose.claims import numeric_date
from trustkit.jose.sign import sign_jwt

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from trustkit.store.database import Database
    from trustkit.store.unit_of_work import ReadUnit


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    with open_authority(copy_home(tmp_path / "home")) as authority:
        yield authority.database


class _Asker:
    """Somebody who opens streams, each until he is told to leave."""

    def __init__(self, streams: ChangeStreams) -> None:
        self.streams = streams
        self.leave = asyncio.Event()
        self.request = Request({"type": "http", "headers": []}, self.receive)

    async def receive(self) -> dict[str, str]:
        await self.leave.wait()
        return {"type": "http.disconnect"}

    async def read(self, of: str) -> None:
        async def send(_: object) -> None:
            await asyncio.sleep(0)

        response = await self.streams.begin(self.request, of, _always)
        await response({"type": "http", "asgi": {"spec_version": "2.3"}}, self.receive, send)


def _always(_: ReadUnit) -> None:
    """Stand for ever."""


def _busy(outcome: object) -> bool:
    return isinstance(outcome, TrustError) and outcome.code is ErrorCode.REQUEST_BUSY


def test_streams_are_counted_from_when_they_are_let_in(database: Database) -> None:
    async def act() -> None:
        asker = _Asker(ChangeStreams(database=database))
        streams = asker.streams
        begun = await asyncio.gather(
            *(streams.begin(asker.request, BANK.uscc, _always) for _ in range(3 * MOST_EACH)), return_exceptions=True
        )
        assert sum(map(_busy, begun)) == 2 * MOST_EACH
        assert (await streams.begin(asker.request, OTHER.uscc, _always)).status_code == 200
        del begun  # answers that were never sent
        gc.collect()
        assert not streams._open
        open_ones = [asyncio.create_task(asker.read(BANK.uscc)) for _ in range(MOST_EACH)]
        while streams._open.total() < MOST_EACH:  # noqa: ASYNC110 - it is counted by what is under test
            await asyncio.sleep(0.01)
        with pytest.raises(TrustError) as refusal:
            await streams.begin(asker.request, BANK.uscc, _always)
        assert refusal.value.code is ErrorCode.REQUEST_BUSY
        asker.leave.set()
        await asyncio.gather(*open_ones)
        assert not streams._open
        lost = Request({"type": "http", "headers": [(b"last-event-id", b"9999999999")]})
        with pytest.raises(TrustError):
            await streams.begin(lost, BANK.uscc, _always)
        assert not streams._open

    asyncio.run(act())


@pytest.mark.parametrize(
    ("left", "stands"), [(timedelta(seconds=1), True), (timedelta(0), False), (timedelta(-1), False)]
)
def test_a_token_of_another_provider_stands_until_it_runs_out(
    database: Database, *, left: timedelta, stands: bool
) -> None:
    signer = generate_key(KeyKind.EC_P256).signer()
    token = sign_jwt({"exp": numeric_date(NOW + left), "jti": "t"}, signer, kind="at+jwt", key_id="k")
    standing = standing_of(token, BANK.uscc, own=False, clock=FixedClock(NOW))
    with database.reading() as unit:
        if stands:
            standing(unit)
            return
        with pytest.raises(TrustError) as refusal:
            standing(unit)
    assert refusal.value.code is ErrorCode.TOKEN_REFUSED
