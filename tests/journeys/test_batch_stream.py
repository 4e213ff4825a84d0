"""Lines over ``POST /v1/verify/batch``: each has its own answer, its own time, and one that is wrong stops no other."""

from __future__ import annotations

import base64
import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from tests.support.web import Visitor
from trustkit.app.wiring import open_authority
from trustkit.audit import trail
from trustkit.audit.events import EventType

if TYPE_CHECKING:
    from pathlib import Path

    import httpx

    from tests.support.authority import Issued

HEADERS = {"content-type": "application/x-ndjson"}


def told(answer: httpx.Response) -> list[dict[str, Any]]:
    assert answer.status_code == 200, answer.text
    return [json.loads(line) for line in answer.text.splitlines()]


def test_a_wrong_line_stops_no_other(issued: Issued) -> None:
    data = base64.b64encode(issued.document.read_bytes()).decode()
    lines = [
        json.dumps({"name": "a.pdf", "data": data}).encode(),
        b"{",
        b'{"data": "*"}',
        json.dumps({"name": "b.pdf", "data": data, "at": "2000-01-01T00:00:00Z"}).encode(),
        b'{"data": "YQ==", "trust": []}',
    ]
    with open_authority(issued.home) as authority:
        visitor = Visitor.of(authority)
        good, one, two, past, three = told(visitor.post("/v1/verify/batch", content=b"\n".join(lines), headers=HEADERS))
        chinese = told(visitor.post("/v1/verify/batch", content=b"{", headers=HEADERS | {"accept-language": "zh"}))
    assert (good["file"], good["indication"]) == ("a.pdf", "TOTAL-PASSED")
    assert (past["file"], past["at"], past["indication"]) == ("b.pdf", "2000-01-01T00:00:00Z", "TOTAL-FAILED")
    codes = ["encoding:json:malformed", "encoding:base64:malformed", "web:request:malformed"]
    assert [(each["line"], each["error"]["code"]) for each in (one, two, three)] == list(
        zip((2, 3, 5), codes, strict=True)
    )
    assert all(each["error"]["remedy"] for each in (one, two, three))
    assert not chinese[0]["error"]["title"].isascii()


def test_all_of_it_is_bounded(issued: Issued) -> None:
    with open_authority(issued.home) as authority:
        server = replace(authority.settings.server, max_batch_bytes=1000, max_upload_bytes=500)
        authority.settings = replace(authority.settings, server=server)
        answer = Visitor.of(authority).post("/v1/verify/batch", content=b"1" * 1001, headers=HEADERS)
    assert (answer.status_code, answer.json()["code"]) == (413, "app:input:too-large")


@pytest.mark.slow
def test_many_lines_are_judged_by_processes_of_their_own(home: Path) -> None:
    lines = [json.dumps({"name": f"{number}", "data": "YQ=="}).encode() for number in range(60)]
    lines[30] = b"{"
    with open_authority(home) as authority:
        visitor = Visitor.of(authority)
        answer = visitor.post("/v1/verify/batch", content=b"\n".join(lines), headers=HEADERS)
        found = told(answer)
        with authority.database.reading() as unit:
            entries = list(trail.list_events(unit, type=EventType.FILE_VERIFIED, limit=100))
    assert [each.get("file", "") for each in found] == [f"{n}" if n != 30 else "" for n in range(60)]
    assert (found[30]["line"], found[30]["error"]["code"]) == (31, "encoding:json:malformed")
    assert {each.request_id for each in entries} == {answer.headers["x-request-id"]}
    assert len(entries) == 59
