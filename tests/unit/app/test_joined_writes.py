"""Head and body are one write; the order, the end and what is written alone stay as they were."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, cast

from trustkit.app.joined_writes import JoinedWrites

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable


class _Transport:
    def __init__(self) -> None:
        self.done: list[bytes] = []
        self.closing = False

    def write(self, data: bytes) -> None:
        self.done.append(data)

    def close(self) -> None:
        self.done.append(b"<end>")
        self.closing = True

    def is_closing(self) -> bool:
        return self.closing


def _written(work: Callable[[Any], Awaitable[None]]) -> list[bytes]:
    async def run() -> list[bytes]:
        transport = _Transport()
        await work(JoinedWrites(cast("asyncio.Transport", transport), asyncio.get_running_loop()))
        await asyncio.sleep(0)
        return transport.done

    return asyncio.run(run())


async def _head_and_body(joined: Any) -> None:
    joined.write(b"head")
    joined.write(b"body")


async def _head_alone(joined: Any) -> None:
    joined.write(b"head")
    await asyncio.sleep(0)
    joined.write(b"body")


async def _three(joined: Any) -> None:
    for each in (b"1", b"", b"2", b"3"):
        joined.write(each)


async def _closed(joined: Any) -> None:
    joined.write(b"head")
    joined.close()


async def _lost(joined: Any) -> None:
    joined.write(b"head")
    joined._transport.closing = True


def test_what_is_written_in_one_turn_is_one_write() -> None:
    assert _written(_head_and_body) == [b"headbody"]


def test_what_nothing_follows_is_written_at_the_end_of_the_turn() -> None:
    assert _written(_head_alone) == [b"head", b"body"]


def test_the_order_is_kept_whatever_comes() -> None:
    assert b"".join(_written(_three)) == b"123"


def test_what_is_held_goes_out_before_the_end() -> None:
    assert _written(_closed) == [b"head", b"<end>"]


def test_to_who_is_gone_nothing_is_written() -> None:
    assert _written(_lost) == []
