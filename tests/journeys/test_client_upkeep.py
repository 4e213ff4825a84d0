"""What `trustkit serve` keeps of its clients for a time goes when the time is over, whether anybody calls or not."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import select

from tests.support.token_issuer import NOW
from trustkit.app import client_upkeep
from trustkit.app.asgi import application
from trustkit.app.client_calls import LIFE
from trustkit.app.wiring import open_authority
from trustkit.clock import FixedClock
from trustkit.store import api_calls, api_schema, api_use

if TYPE_CHECKING:
    from datetime import datetime
    from pathlib import Path

    import pytest

    from trustkit.store.database import Database

OVER = NOW - timedelta(seconds=1)


def _begin(database: Database, key: str, until: datetime) -> None:
    with database.unit_of_work() as uow:
        api_calls.begin(uow, "a", key, "c", now=until - LIFE, until=until, stale=until - LIFE)
        api_calls.finish(uow, "a", key, b"somebody's licence", begun_at=until - LIFE)
        api_use.grant(uow, "a", {key: (5, until)}, 1)


def _kept(database: Database) -> list[str]:
    with database.reading() as unit:
        return [
            row[0]
            for column in (api_schema.api_calls.c.key_sm3, api_schema.api_use.c.period)
            for row in unit.fetch_tuples(select(column))
        ]


def test_what_is_over_goes_while_nobody_calls(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(client_upkeep, "EVERY_SECONDS", 0.01)
    with open_authority(home, FixedClock(NOW)) as authority:
        database = authority.database
        for key, until in {"over": OVER, "kept": NOW + timedelta(seconds=1)}.items():
            _begin(database, key, until)
        assert len(_kept(database)) == 4

        async def act() -> None:
            started, ends = asyncio.Event(), asyncio.Event()
            events = iter(["startup", "shutdown"])

            async def receive() -> dict[str, Any]:
                kind = next(events)
                if kind == "shutdown":
                    await ends.wait()
                return {"type": f"lifespan.{kind}"}

            async def send(message: Any) -> None:
                assert "failed" not in message["type"], message
                started.set()

            async def live() -> None:
                await application(authority)({"type": "lifespan"}, receive, send)

            living = asyncio.create_task(live())
            await started.wait()
            while _kept(database) != ["kept", "kept"]:  # noqa: ASYNC110 - the upkeep of a service has no events
                await asyncio.sleep(0.01)
            ends.set()
            await living

        asyncio.run(asyncio.wait_for(act(), 20))
