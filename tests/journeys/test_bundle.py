"""Several licences in one call: forms and JSON alike, the demands beside them, and what is refused."""

from __future__ import annotations

import base64
import json
from typing import TYPE_CHECKING, Any

import pytest

from tests.support.web import Visitor
from trustkit.app.wiring import open_authority

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.support.authority import Issued

BUNDLE = "/v1/verify/bundle"
TYPE = "11100000MB0143028R001"
GOOD = base64.b64encode(b"x").decode()


@pytest.fixture(scope="module")
def visitor(issued: Issued) -> Iterator[Visitor]:
    with open_authority(issued.home) as authority:
        yield Visitor.of(authority)


def test_one_verdict_on_several_by_form_and_by_json(visitor: Visitor, issued: Issued) -> None:
    document = issued.document.read_bytes()
    told = {"types": [TYPE], "same_holder": True, "on": "2027-01-01"}
    each = [{"name": name, "data": base64.b64encode(document).decode()} for name in ("a.pdf", "b.pdf")]
    answer = visitor.post(BUNDLE, json={"licences": each} | told)
    assert (answer.status_code, answer.headers["cache-control"]) == (200, "no-store")
    found = answer.json()
    assert (found["indication"], [one["file"] for one in found["licences"]]) == ("TOTAL-PASSED", ["a.pdf", "b.pdf"])
    assert [one["id"] for one in found["checks"]] == [
        "bundle:types:complete",
        "bundle:holder:same",
        "bundle:term:covers-day",
    ]
    form = visitor.post(
        BUNDLE,
        files=[("file", (one["name"], document)) for one in each],
        data={"type": TYPE, "same_holder": "true", "on": "2027-01-01"},
    )
    assert (form.json()["indication"], form.json()["checks"]) == (found["indication"], found["checks"])
    more = visitor.post(
        BUNDLE, json={"licences": each} | told | {"types": [TYPE, TYPE]}, headers={"accept-language": "zh"}
    )
    assert (more.json()["indication"], more.json()["sub_indication"]) == ("INDETERMINATE", "DEMAND_UNMET")
    assert more.json()["checks"][0]["message"] == "缺少所需类型的电子证照。"
    assert "91990100MA7TRYQ01H" not in more.text  # the holder's code


def test_a_forged_one_fails_all(visitor: Visitor, issued: Issued) -> None:
    document = issued.document.read_bytes()
    forged = document.replace(b"%PDF-1.7", b"%PDF-1.6", 1)
    assert forged != document
    files = [("file", ("a.pdf", document)), ("file", ("b.pdf", forged))]
    assert visitor.post(BUNDLE, files=files).json()["indication"] == "TOTAL-FAILED"


def _json(**body: Any) -> dict[str, Any]:
    return {"json": {"licences": [{"data": GOOD}]} | body}


REFUSED: dict[str, tuple[dict[str, Any], int, str]] = {
    "no body": ({}, 415, "web:request:media-type"),
    "not JSON": ({"content": b"{", "headers": {"content-type": "application/json"}}, 422, "encoding:json:malformed"),
    "a list": ({"json": []}, 400, "web:request:malformed"),
    "no licence": (_json(licences=[]), 400, "web:request:malformed"),
    "no list": (_json(licences={}), 400, "web:request:malformed"),
    "too many licences": (_json(licences=[{"data": GOOD}] * 21), 400, "web:request:malformed"),
    "bad base64": (_json(licences=[{"data": "*"}]), 422, "encoding:base64:malformed"),
    "a time for one": (_json(licences=[{"data": GOOD, "at": "2026-12-01T00:00:00Z"}]), 400, "web:request:malformed"),
    "unknown key": (_json(demands={}), 400, "web:request:malformed"),
    "types as text": (_json(types=TYPE), 400, "web:request:malformed"),
    "an empty type": (_json(types=[""]), 400, "web:request:malformed"),
    "a long type": (_json(types=["x" * 65]), 400, "web:request:malformed"),
    "too many types": (_json(types=["x"] * 51), 400, "web:request:malformed"),
    "a type of numbers": (_json(types=[1]), 400, "web:request:malformed"),
    "holder as text": (_json(same_holder="true"), 400, "web:request:malformed"),
    "no day": (_json(on="soon"), 400, "web:request:malformed"),
    "week dates": (_json(on="2026W491"), 400, "web:request:malformed"),
    "the first of days": (_json(on="0001-01-01"), 400, "web:request:malformed"),
    "no time": (_json(at="soon"), 400, "web:request:malformed"),
    "marks": (
        {"content": b"[" * 20_000, "headers": {"content-type": "application/json"}},
        400,
        "web:request:malformed",
    ),
    "form without a file": ({"files": {"content": ("c", b"x")}}, 400, "web:request:malformed"),
    "form with holder twice": (
        {"files": {"file": ("a", b"x")}, "data": {"same_holder": ["true", "true"]}},
        400,
        "web:request:malformed",
    ),
    "form with a strange holder": (
        {"files": {"file": ("a", b"x")}, "data": {"same_holder": "yes"}},
        400,
        "web:request:malformed",
    ),
    "form with an empty day": ({"files": {"file": ("a", b"x")}, "data": {"on": ""}}, 400, "web:request:malformed"),
    "form with an unknown part": (
        {"files": {"file": ("a", b"x")}, "data": {"types": "x"}},
        400,
        "web:request:malformed",
    ),
}


@pytest.mark.parametrize("name", REFUSED)
def test_bundles_that_are_refused(visitor: Visitor, name: str) -> None:
    request, status, code = REFUSED[name]
    answer = visitor.post(BUNDLE, **request)
    assert (answer.status_code, json.loads(answer.text)["code"]) == (status, code)
