"""Processes that judge lines: each line has its answer whatever becomes of who judges it."""

from __future__ import annotations

import json
from concurrent.futures import Future
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import pytest

from trustkit.app.verification import Asker
from trustkit.app.verify_pool import MOST_LOST, SMALL, VerifyPool
from trustkit.app.verify_worker import BETWEEN
from trustkit.errors import ErrorCode, TrustError
from trustkit.texts.catalogue import Language
from verifier.line_answers import Setting
from verifier.lines import Portion

if TYPE_CHECKING:
    from collections.abc import Iterator

SETTING = Setting(at=None, language=Language.EN, max_octets=1000)
ASKER = Asker(request_id="r")


class Worker:
    """Answers lines by themselves, and ends at some."""

    started = 0
    ended = 0

    def __init__(self, _: Path) -> None:
        Worker.started += 1

    def ask_line(self, order: bytes, *, seconds: float) -> bytes:
        assert seconds > 0
        head, *lines, _ = order.split(b"\n")
        assert json.loads(head)["request_id"] == "r"
        if b"deadly" in lines:
            raise TrustError(ErrorCode.BATCH_WORKER, "it ended")
        return BETWEEN.join(lines[:-1] if b"short" in lines else lines) + b"\n"

    def close(self) -> None:
        Worker.ended += 1


@pytest.fixture
def pool() -> Iterator[VerifyPool]:
    Worker.started = Worker.ended = 0
    made = VerifyPool(Path("home"), count=2, start=cast("Any", Worker))
    with made.running():
        yield made
    assert Worker.started == Worker.ended


def test_only_what_ends_a_worker_is_lost(pool: VerifyPool) -> None:
    for bad in (b"deadly", b"short"):
        answers = pool.submit(ASKER, SETTING, Portion(first=10, lines=(b"a", bad, b"c"))).result(10)
        assert (answers[0], answers[2]) == (b"a", b"c")
        told = json.loads(answers[1]) if bad == b"deadly" else {}
        if told:
            assert (told["line"], told["error"]["code"]) == (11, "app:batch:worker")
    assert pool.submit(ASKER, SETTING, Portion(first=1, lines=(b"x",))).result(10) == (b"x",)


def test_small_batches_stay_where_they_came_in(pool: VerifyPool) -> None:
    class Near:
        def submit(self, portion: Portion, /) -> Future[tuple[bytes, ...]]:
            future: Future[tuple[bytes, ...]] = Future()
            future.set_result(tuple(b"near" for _ in portion.lines))
            return future

    bulk = pool.asked_by(ASKER, SETTING, near=Near())
    assert bulk.submit(Portion(first=1, lines=(b"x",) * SMALL)).result(10) == (b"near",) * SMALL
    assert Worker.started == 0
    assert bulk.submit(Portion(first=SMALL, lines=(b"x",) * 2)).result(10) == (b"x", b"x")


def test_a_pool_nobody_asked_has_nothing_to_end() -> None:
    pool = VerifyPool(Path("home"), count=2)
    pool.close()
    pool.close()


def test_who_sends_nothing_but_what_ends_workers_ends_few(pool: VerifyPool) -> None:
    lines = (*(b"deadly",) * (MOST_LOST + 3), b"a")
    answers = pool.submit(ASKER, SETTING, Portion(first=10, lines=lines)).result(10)
    assert Worker.started == MOST_LOST + 1
    codes = {json.loads(each)["error"]["code"] for each in answers}
    assert (len(answers), codes) == (len(lines), {ErrorCode.BATCH_WORKER.value})
