"""Reports over HTTP: the verdict the API gives, in every form, its digest in the trail; what is refused."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from lxml import etree, html

from tests.support.web import Visitor
from trustkit.app.wiring import open_authority
from trustkit.audit import trail
from trustkit.audit.events import EventType
from trustkit.crypto.digest import DigestAlgorithm, digest
from trustkit.errors import ErrorCode
from verifier.format import Format
from verifier.submission import identify

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.support.authority import Issued
    from trustkit.app.authority import Authority
    from trustkit.error_family import Code

REPORT = "/v1/verify/report"


@pytest.fixture(scope="module")
def opened(issued: Issued) -> Iterator[Authority]:
    with open_authority(issued.home) as authority:
        yield authority


@pytest.fixture(scope="module")
def visitor(opened: Authority) -> Visitor:
    return Visitor.of(opened)


def test_a_report_says_what_the_verdict_says_and_the_trail_holds_its_digest(
    visitor: Visitor, opened: Authority, issued: Issued
) -> None:
    document = issued.document.read_bytes()
    answer = visitor.post(REPORT, params={"kind": "diagnostic"}, files={"file": ("a.pdf", document)})
    assert answer.status_code == 200
    told = answer.json()
    verdict = visitor.verify(document)
    assert told["conclusion"]["indication"] == verdict["indication"] == "TOTAL-PASSED"
    assert [each["signer"] for each in told["signatures"]] == [each["signer"] for each in verdict["signatures"]]
    assert (told["kind"], told["file"]["name"]) == ("diagnostic", "a.pdf")
    with opened.database.reading() as unit:
        events = trail.list_events(unit, type=EventType.FILE_VERIFIED)
    assert digest(DigestAlgorithm.SM3, answer.content).hex() in [each.facts.get("report_sm3") for each in events]


@pytest.mark.parametrize(
    ("form", "media"),
    [
        ("json", "application/json"),
        ("xml", "application/xml"),
        ("html", "text/html; charset=utf-8"),
        ("pdf", "application/pdf"),
    ],
)
def test_every_form_in_the_readers_language(visitor: Visitor, issued: Issued, form: str, media: str) -> None:
    answer = visitor.post(
        REPORT,
        params={"kind": "simple", "as": form},
        files={"file": ("执照.pdf", issued.document.read_bytes())},
        headers={"accept-language": "zh-CN"},
    )
    assert (answer.status_code, answer.headers["content-type"]) == (200, media)
    assert answer.headers["content-language"] == "zh"
    assert answer.headers["content-disposition"] == f'inline; filename="validation-report.{form}"'
    assert "unsafe" not in answer.headers["content-security-policy"]
    if form == "pdf":
        assert identify(answer.content) is Format.PDF
        return
    readers: dict[str, Any] = {"json": json.loads, "xml": etree.fromstring, "html": html.document_fromstring}
    read = readers[form](answer.content)
    text = json.dumps(read, ensure_ascii=False) if form == "json" else "".join(read.itertext())
    assert "有效" in text
    assert "执照.pdf" in text


@pytest.mark.parametrize(
    ("request_", "status", "code"),
    [
        ({"params": {"kind": "long"}, "files": {"file": ("a", b"x")}}, 400, ErrorCode.REQUEST_MALFORMED),
        ({"params": {"as": "docx"}, "files": {"file": ("a", b"x")}}, 400, ErrorCode.REQUEST_MALFORMED),
        ({"files": [("file", ("a", b"1")), ("file", ("b", b"2"))]}, 400, ErrorCode.REQUEST_MALFORMED),
        ({"files": {"other": ("a", b"1")}}, 400, ErrorCode.REQUEST_MALFORMED),
        ({"content": b"x", "headers": {"content-type": "text/plain"}}, 415, ErrorCode.REQUEST_TYPE),
    ],
)
def test_what_is_refused(visitor: Visitor, request_: dict[str, Any], status: int, code: Code) -> None:
    answer = visitor.post(REPORT, **request_)
    assert (answer.status_code, answer.json()["code"]) == (status, code.value)


def test_of_what_nobody_can_read_there_is_a_report_too(visitor: Visitor) -> None:
    answer = visitor.post(REPORT, params={"as": "html"}, files={"file": ("<script>.txt", b"a letter")})
    assert answer.status_code == 200
    tree: Any = html.document_fromstring(answer.content)
    assert not tree.xpath("//script")
    assert "<script>.txt" in tree.text_content()
    assert "INDETERMINATE" in tree.text_content()


def test_the_description_tells_what_it_takes(visitor: Visitor) -> None:
    paths = visitor.get("/openapi.json").json()["paths"]
    assert {each["name"] for each in paths[REPORT]["post"]["parameters"]} == {"kind", "as", "Idempotency-Key"}
    assert paths[REPORT]["post"]["requestBody"] == paths["/v1/verify"]["post"]["requestBody"]
