"""Answers that were lost on their way, and processes that died over their work: nothing is counted twice, and no other answer is given."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import subprocess
import sys
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from starlette.responses import JSONResponse

from tests.journeys.test_client_calls import QUOTAS, Door, _keyed, _refused, door
from tests.support.token_issuer import NOW
from trustkit.api_codes import ApiCode
from trustkit.app.client_calls import STALE, ClientCalls
from trustkit.app.home import POLICIES
from trustkit.app.quota_policy import parse_quotas
from trustkit.app.verification import Asker
from trustkit.app.verify_pool import VerifyPool
from trustkit.app.verify_worker import MODULE
from trustkit.app.wiring import open_authority
from trustkit.app.worker_pool import LineWorker
from trustkit.clock import FixedClock
from trustkit.errors import ErrorCode, TrustError
from trustkit.store import api_calls, api_use
from trustkit.texts.catalogue import Language
from verifier.line_answers import Setting
from verifier.lines import Portion

if TYPE_CHECKING:
    from pathlib import Path

    from starlette.responses import Response

    from trustkit.store.unit_of_work import UnitOfWork

__all__ = ["door"]
KEY = "8e03978e-40d5-43dd-bc93-6894a57f9324"
QUERY = {"credentials": [{"id": "a", "format": "dc+sd-jwt", "meta": {"vct_values": ["https://a.example"]}}]}


class DyingWorker(LineWorker):
    """A real process that is killed when it has done its first work, before anybody hears of it."""

    killed = 0

    def ask_line(self, line: bytes, *, seconds: float) -> bytes:
        answer = super().ask_line(line, seconds=seconds)
        if not DyingWorker.killed:
            DyingWorker.killed = self._process.pid
            os.kill(self._process.pid, signal.SIGKILL)
            raise TrustError(ErrorCode.BATCH_WORKER, "it was killed")
        return answer


@pytest.mark.slow
def test_a_process_that_is_killed_over_its_lines_costs_the_client_nothing_more(home: Path) -> None:
    (home / POLICIES / "quotas.toml").write_text("format = 1\n[every]\nper_day = 12\n", "utf-8")
    DyingWorker.killed = 0

    def start(_: Path) -> LineWorker:
        return DyingWorker(MODULE, json.dumps({"home": str(home)}).encode() + b"\n", None, is_heard=True)

    with open_authority(home, FixedClock(NOW)) as authority:
        quotas = parse_quotas((home / POLICIES / "quotas.toml").read_bytes())
        meter = ClientCalls(authority.database, authority.clock, quotas).meter("platform")
        setting = Setting(at=None, language=Language.EN, max_octets=1000)
        portion = Portion(first=20, lines=(b'{"data": "YQ=="}',) * 14)
        pool = VerifyPool(home, count=1, start=start)
        with pool.running():
            asker = Asker(facts={"client": "platform"}, request_id="r")
            answers = [json.loads(each) for each in pool.submit(asker, setting, portion, meter).result(120)]
        with authority.database.reading() as unit:
            used = api_use.used(unit, "platform", "2026-12-01")
    assert DyingWorker.killed
    assert ["indication" in each for each in answers] == [True] * 12 + [False] * 2
    assert [(each["line"], each["error"]["code"]) for each in answers[12:]] == [
        (32, "web:quota:spent"),
        (33, "web:quota:spent"),
    ]
    assert used == 12


REPEATED: dict[str, dict[str, Any]] = {
    "/v1/verify/report?as=json": {"files": {"file": ("a", b"x")}},
    "/v1/verify/report?as=html&kind=simple": {"files": {"file": ("a", b"x")}},
    "/v1/verify/batch": {"files": [("file", ("a", b"x")), ("file", ("b", b"y"))]},
    "/v1/presentations": {"json": {"dcql_query": QUERY}},
}


@pytest.mark.parametrize("path", REPEATED)
def test_whoever_lost_an_answer_gets_it_again_whole_and_pays_once(door: Door, path: str) -> None:
    first = door.ask(path, key=KEY, **REPEATED[path])
    again = door.ask(path, key=KEY, **REPEATED[path])
    assert first.status_code in {200, 201}, first.text
    assert (again.status_code, again.content) == (first.status_code, first.content)
    for name in ("content-type", "content-disposition", "content-security-policy", "location", "content-language"):
        assert again.headers.get(name) == first.headers.get(name)
    with door.authority.database.reading() as unit:
        paid = api_use.used(unit, "platform", "2026-12-01")
    assert paid == {"/v1/verify/batch": 2, "/v1/presentations": 0}.get(path, 1)
    assert door.told() == paid
    assert _refused(door.ask(path, key=KEY, **_other(path))) == (422, "web:repeat:otherwise")


def _other(path: str) -> dict[str, Any]:
    return (
        {"json": {"dcql_query": QUERY, "minutes": 3}}
        if path == "/v1/presentations"
        else {"files": {"file": ("a", b"z")}}
    )


def test_the_kind_of_a_report_is_part_of_the_call(door: Door) -> None:
    assert door.ask("/v1/verify/report?as=json", key=KEY).status_code == 200
    for other in (
        "/v1/verify/report?as=xml",
        "/v1/verify/report?as=json&kind=simple",
        "/v1/verify",
        "/v1/verify/batch",
    ):
        assert _refused(door.ask(other, key=KEY)) == (422, "web:repeat:otherwise")


def test_a_question_takes_no_key_that_can_be_guessed_and_lines_take_none(door: Door) -> None:
    assert _refused(door.ask("/v1/presentations", key="k-1", json={"dcql_query": QUERY})) == (400, "web:repeat:key")
    lines = {"content": b'{"data": "YQ=="}'}
    headers = {"content-type": "application/x-ndjson", "idempotency-key": KEY}
    headers["authorization"] = f"Bearer {door.issuer.token()}"
    assert _refused(door.visitor.post("/v1/verify/batch", **lines, headers=headers)) == (400, "web:repeat:key")


def test_the_store_does_not_tell_what_was_answered(door: Door, monkeypatch: pytest.MonkeyPatch) -> None:
    kept: list[bytes] = []
    finish = api_calls.finish

    def listening(uow: UnitOfWork, client: str, key_sm3: str, answer: bytes, **named: Any) -> None:
        kept.append(answer)
        finish(uow, client, key_sm3, answer, **named)

    monkeypatch.setattr(api_calls, "finish", listening)
    answer = door.ask("/v1/presentations", key=KEY, json={"dcql_query": QUERY})
    assert len(kept) == 1
    for word in (answer.json()["key"], answer.json()["id"], KEY, "openid4vp"):
        assert word.encode() not in kept[0]


DIES = """
import asyncio, os, signal, sys
from pathlib import Path
from tests.journeys.test_lost_answers import NOW, QUOTAS, _keyed, parse_quotas
from trustkit.app.client_calls import ClientCalls
from trustkit.app.wiring import open_authority
from trustkit.clock import FixedClock

async def make():
    os.kill(os.getpid(), signal.SIGKILL)

with open_authority(Path(sys.argv[1]), FixedClock(NOW)) as authority:
    calls = ClientCalls(authority.database, authority.clock, parse_quotas(QUOTAS.encode()))
    asyncio.run(calls.answered(_keyed(), lambda: "c", 1, make))
"""


def test_a_call_whose_process_was_killed_is_made_later_and_counted_once(home: Path) -> None:
    ended = subprocess.run([sys.executable, "-c", DIES, str(home)], check=False, capture_output=True)
    assert ended.returncode == -signal.SIGKILL, ended.stderr.decode()
    made: list[str] = []

    async def make() -> Response:
        made.append("made")
        return JSONResponse({"told": True}, headers={"X-Kept": "yes"})

    def again(after: timedelta) -> Response:
        calls = ClientCalls(authority.database, FixedClock(NOW + after), parse_quotas(QUOTAS.encode()))
        return asyncio.run(calls.answered(_keyed(), lambda: "c", 1, make))

    with open_authority(home, FixedClock(NOW)) as authority:
        with pytest.raises(TrustError) as under_way:
            again(timedelta(minutes=1))
        assert (under_way.value.code, under_way.value.facts["retry_after"]) == (ApiCode.REPEAT_UNDER_WAY, 5)
        answers = [again(STALE + timedelta(seconds=seconds)) for seconds in (1, 2)]
        with authority.database.reading() as unit:
            assert api_use.used(unit, "platform", "2026-12-01") == 1
    assert [(each.body, each.headers["x-kept"]) for each in answers] == [(b'{"told":true}', "yes")] * 2
    assert made == ["made"]
