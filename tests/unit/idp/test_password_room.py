"""A flood of passwords takes its own threads and no others, and who comes too late is told when to come again."""

from __future__ import annotations

import asyncio
import threading

import pytest
from starlette.concurrency import run_in_threadpool

from idp.password_room import A_SECOND, THREADS_EACH, WAITING_EACH, PasswordRoom
from trustkit.errors import ErrorCode, TrustError

MOST = THREADS_EACH + WAITING_EACH


def test_a_flood_is_refused_beyond_the_queue_and_holds_no_thread_of_others() -> None:
    room, gate = PasswordRoom(1), threading.Event()

    async def flood() -> list[object]:
        waiting = [asyncio.create_task(room.run(gate.wait)) for _ in range(MOST + 3)]
        await asyncio.sleep(0)
        others = await asyncio.wait_for(asyncio.gather(*(run_in_threadpool(lambda: 7) for _ in range(50))), 30)
        assert others == [7] * 50  # the machine doors' threads are free
        gate.set()
        return list(await asyncio.gather(*waiting, return_exceptions=True))

    with room.running():
        found = asyncio.run(flood())
    refused = [each for each in found if isinstance(each, TrustError)]
    assert len(refused) == 3
    assert {each.code for each in refused} == {ErrorCode.REQUEST_BUSY}
    assert refused[0].facts["retry_after"] == -(-2 * MOST // A_SECOND)
    assert [each for each in found if not isinstance(each, TrustError)] == [True] * MOST


def test_who_left_gives_his_place_back_when_his_work_is_done() -> None:
    room, gate = PasswordRoom(1), threading.Event()

    async def leave() -> None:
        waiting = [asyncio.create_task(room.run(gate.wait)) for _ in range(MOST)]
        await asyncio.sleep(0)
        for each in waiting:
            each.cancel()
        await asyncio.gather(*waiting, return_exceptions=True)
        with pytest.raises(TrustError):  # what was begun is still done, and counted
            await room.run(gate.wait)
        gate.set()
        while room._inside:  # noqa: ASYNC110 - the room tells nobody when it is empty
            await asyncio.sleep(0.01)
        assert await room.run(lambda: 3) == 3

    with room.running():
        asyncio.run(leave())


def test_what_the_work_raises_is_raised() -> None:
    room = PasswordRoom(1)

    def wrong() -> None:
        raise TrustError(ErrorCode.REQUEST_MALFORMED, "x")

    with room.running(), pytest.raises(TrustError) as found:
        asyncio.run(room.run(wrong))
    assert found.value.code is ErrorCode.REQUEST_MALFORMED
