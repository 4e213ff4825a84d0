"""A wallet's answer over the API: judged against the query, counted, and refused where it is none."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from tests.support.web import Visitor
from trustkit.app.wiring import open_authority

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.support.authority import Issued

PATH = "/v1/verify/presentation"
QUERY = {"credentials": [{"id": "a", "format": "dc+sd-jwt", "meta": {}}]}
ASKED = {"dcql_query": QUERY, "vp_token": {"a": ["x~"]}, "audience": "x509_san_dns:window.test", "nonce": "n-1"}


@pytest.fixture(scope="module")
def visitor(issued: Issued) -> Iterator[Visitor]:
    with open_authority(issued.home) as authority:
        yield Visitor.of(authority)


def test_what_is_no_credential_leaves_the_question_open(visitor: Visitor) -> None:
    answer = visitor.post(PATH, json=ASKED, headers={"accept-language": "zh"})
    assert (answer.status_code, answer.headers["cache-control"]) == (200, "no-store")
    found = answer.json()
    assert (found["indication"], found["credentials"][0]["query"]) == ("INDETERMINATE", "a")
    assert found["checks"][0]["message"] == "所出示的内容未满足全部请求。"
    assert found["credentials"][0]["lacking"] == ["a credential that can be believed"]
    nothing = visitor.post(PATH, json=ASKED | {"vp_token": {}}).json()
    assert (nothing["sub_indication"], nothing["credentials"]) == ("DEMAND_UNMET", [])
    assert nothing["checks"][0]["detail"] == "none of: a"


def _json(**changed: Any) -> dict[str, Any]:
    return {"json": ASKED | changed}


REFUSED: dict[str, tuple[dict[str, Any], int, str]] = {
    "no body": ({}, 415, "web:request:media-type"),
    "a form": ({"data": {"nonce": "n"}}, 415, "web:request:media-type"),
    "not JSON": ({"content": b"{", "headers": {"content-type": "application/json"}}, 422, "encoding:json:malformed"),
    "a list": ({"json": []}, 400, "web:request:malformed"),
    "unknown key": (_json(state="s"), 400, "web:request:malformed"),
    "no query": ({"json": {"vp_token": {}}}, 422, "credential:query:malformed"),
    "a query of mdoc": (
        _json(dcql_query={"credentials": [{"id": "a", "format": "mso_mdoc", "meta": {}}]}),
        422,
        "credential:query:unsupported",
    ),
    "an answer to another": (_json(vp_token={"b": ["x"]}), 422, "credential:vp-token:malformed"),
    "no audience": (_json(audience=""), 400, "web:request:malformed"),
    "a long audience": (_json(audience="a" * 2049), 400, "web:request:malformed"),
    "no nonce": (_json(nonce=None), 400, "web:request:malformed"),
    "a long nonce": (_json(nonce="n" * 1025), 400, "web:request:malformed"),
    "holder as text": (_json(same_holder="true"), 400, "web:request:malformed"),
    "evidence as text": (_json(evidence="eA=="), 400, "web:request:malformed"),
    "bad base64": (_json(evidence=["*"]), 422, "encoding:base64:malformed"),
    "marks": (
        {"content": b"[" * 30_000, "headers": {"content-type": "application/json"}},
        400,
        "web:request:malformed",
    ),
}


@pytest.mark.parametrize("name", REFUSED)
def test_refused(visitor: Visitor, name: str) -> None:
    request, status, code = REFUSED[name]
    answer = visitor.post(PATH, **request)
    assert (answer.status_code, json.loads(answer.text)["code"]) == (status, code)
