"""Answers that are kept for repeated calls: whole again by their key, and to nobody without it."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.responses import JSONResponse, Response, StreamingResponse

from trustkit.api_codes import ApiCode
from trustkit.app import kept_answer
from trustkit.app.kept_answer import open_answer, seal_answer, whole
from trustkit.errors import TrustError

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

KEY, OF = "8e03978e-40d5-43dd-bc93-6894a57f9324", b"call"
ANSWER = JSONResponse({"told": "张三"}, status_code=201, headers={"Location": "/x", "Cache-Control": "no-store"})


def test_an_answer_is_the_same_again() -> None:
    again = open_answer(seal_answer(ANSWER, key=KEY, of=OF), key=KEY, of=OF)
    assert (again.status_code, again.body) == (201, ANSWER.body)
    assert sorted(again.raw_headers) == sorted(ANSWER.raw_headers)


def test_what_is_sealed_tells_nothing_and_is_never_the_same_twice() -> None:
    one, another = (seal_answer(ANSWER, key=KEY, of=OF) for _ in range(2))
    assert one != another
    assert b"told" not in one


SEALED = seal_answer(ANSWER, key=KEY, of=OF)
WRONG = {
    "another key": (SEALED, KEY + "5", OF),
    "another call": (SEALED, KEY, b"other"),
    "nothing": (b"", KEY, OF),
    "of an earlier version": (b'{"told": 1}', KEY, OF),
    "cut": (SEALED[:-1], KEY, OF),
    "without its end": (SEALED[:14], KEY, OF),
    "one bit": (SEALED[:-1] + bytes([SEALED[-1] ^ 1]), KEY, OF),
}


@pytest.mark.parametrize("name", WRONG)
def test_what_does_not_open(name: str) -> None:
    sealed, key, of = WRONG[name]
    with pytest.raises(TrustError) as refused:
        open_answer(sealed, key=key, of=of)
    assert refused.value.code is ApiCode.REPEAT_OTHERWISE


@given(st.binary(max_size=200))
def test_no_octets_open_by_chance(octets: bytes) -> None:
    with pytest.raises(TrustError) as refused:
        open_answer(b"\x01" + octets, key=KEY, of=OF)
    assert refused.value.code is ApiCode.REPEAT_OTHERWISE


def test_an_answer_that_is_made_while_it_is_sent_is_made_first() -> None:
    async def pieces() -> AsyncIterator[bytes | str]:
        yield b"one\n"
        yield "二\n"

    made = asyncio.run(whole(StreamingResponse(pieces(), media_type="application/x-ndjson", headers={"X-A": "b"})))
    assert made.body == "one\n二\n".encode()
    assert (made.headers["content-type"], made.headers["x-a"], made.headers["content-length"]) == (
        "application/x-ndjson",
        "b",
        "8",
    )
    assert asyncio.run(whole(ANSWER)) is ANSWER


def test_what_is_too_large_is_not_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kept_answer, "MAX_UNPACKED", 10)
    assert seal_answer(Response(b"x" * 11), key=KEY, of=OF) == b""
