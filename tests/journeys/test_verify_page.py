"""The public page: a file or a code handed in, the verdict read, in the reader's language and print; what it refuses, and where there is none."""

from __future__ import annotations

from dataclasses import replace
from html import unescape
from typing import TYPE_CHECKING, Any, Final

import pytest
from lxml import html

from tests.support.copy_desk import BANK, PURPOSE
from tests.support.web import Visitor
from trustkit.app.token_settings import TokenSettings
from trustkit.app.wiring import open_authority
from trustkit.audit import trail
from trustkit.audit.events import EventType
from trustkit.copy_codes import CopyCode
from trustkit.errors import ErrorCode
from trustkit.texts.catalogue import Language, error_text

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.support.authority import Issued
    from trustkit.app.authority import Authority
    from trustkit.error_family import Code

LIMIT: Final = 600_000
NAME: Final = "张三的执照.pdf"


@pytest.fixture(scope="module")
def opened(issued: Issued) -> Iterator[Authority]:
    with open_authority(issued.home) as authority:
        server = replace(authority.settings.server, max_upload_bytes=LIMIT)
        authority.settings = replace(authority.settings, server=server)
        yield authority


@pytest.fixture(scope="module")
def visitor(opened: Authority) -> Visitor:
    return Visitor.of(opened)


def read(text: str) -> Any:
    return html.document_fromstring(text)


def test_a_file_is_handed_in_and_its_verdict_read(visitor: Visitor, issued: Issued, opened: Authority) -> None:
    document = issued.document.read_bytes()
    answer = visitor.post("/", files={"file": (NAME, document)}, headers={"accept-language": "zh-CN"})
    assert answer.status_code == 200
    assert answer.headers["cache-control"] == "no-store"
    assert "unsafe" not in answer.headers["content-security-policy"]
    tree = read(answer.text)
    assert tree.get("lang") == "zh-CN"
    (told,) = tree.xpath("//div[@role='status']")
    assert told.get("class") == "verdict good"
    assert NAME in told.text_content()
    assert len(tree.xpath("//figure//rect")) == 1
    with opened.database.reading() as unit:
        told_of = trail.list_events(unit, type=EventType.FILE_VERIFIED)
    assert told_of
    assert NAME not in str(told_of)


@pytest.mark.parametrize("language", Language)
def test_a_tampered_file_is_not_valid(visitor: Visitor, issued: Issued, language: Language) -> None:
    document = issued.document.read_bytes()
    middle = len(document) // 2
    tampered = document[:middle] + bytes([document[middle] ^ 1]) + document[middle + 1 :]
    answer = visitor.post("/", files={"file": ("a.pdf", tampered)}, headers={"accept-language": language.value})
    assert read(answer.text).xpath("//div[@role='status']/@class") == ["verdict bad"]


def test_whoever_names_himself_takes_no_licence_for_a_copy(visitor: Visitor, issued: Issued) -> None:
    files = {"file": ("a.pdf", issued.document.read_bytes())}
    for typed, shown in (
        ({"recipient": " ", "purpose": ""}, "verdict good"),
        ({"recipient": f" {BANK.uscc} "}, "verdict bad"),
        ({"purpose": PURPOSE}, "verdict bad"),
    ):
        answer = visitor.post("/", files=files, data=typed)
        assert read(answer.text).xpath("//div[@role='status']/@class") == [shown]
    code = visitor.post("/", data={"code": "TKL1:ABC", "recipient": BANK.uscc}, files={})
    assert read(code.text).xpath("//div[@role='status']/@class") == ["verdict bad"]


def test_a_code_is_pasted(visitor: Visitor) -> None:
    answer = visitor.post("/", data={"code": "  eyJhbGciOiJub25lIn0.e30.\n"}, files={})
    assert answer.status_code == 200
    assert read(answer.text).xpath("//div[@role='status']/@class") == ["verdict doubt"]
    assert not read(answer.text).xpath("//figure")


def test_the_form_names_the_largest_file_and_works_without_a_script(visitor: Visitor) -> None:
    tree = read(visitor.get("/").text)
    forms = tree.xpath("//form[@enctype='multipart/form-data']")
    assert [(each.get("method"), each.get("action")) for each in forms] == [("post", "/")] * 2
    for field in tree.xpath("//input[not(@type='hidden')] | //textarea"):
        assert len(tree.xpath("//label[@for=$id]", id=field.get("id"))) == 1
    assert all(src.startswith("/static/") for src in tree.xpath("//script/@src"))
    assert visitor.get("/static/verify.js").status_code == visitor.get("/static/verify.css").status_code == 200


def test_the_reader_chooses_language_and_print(visitor: Visitor) -> None:
    chosen = visitor.post("/language", data={"language": "zh", "back": "//evil.example"})
    assert (chosen.status_code, chosen.headers["location"]) == (303, "/")
    large = visitor.post("/print", data={"print": "large"})
    assert (large.status_code, large.headers["location"]) == (303, "/")
    assert "HttpOnly" in large.headers["set-cookie"]
    shown = read(visitor.get("/", headers={"cookie": "trustkit-print=large; trustkit-language=zh"}).text)
    assert (shown.get("class"), shown.get("lang")) == ("large", "zh-CN")


@pytest.mark.parametrize(
    ("request_", "status", "code"),
    [
        ({"data": {"code": "x" * (LIMIT + 1)}, "files": {"file": ("", b"")}}, 400, ErrorCode.REQUEST_MALFORMED),
        (
            {"content": b"--x\r\nrubbish", "headers": {"content-type": "multipart/form-data; boundary=y"}},
            400,
            ErrorCode.REQUEST_MALFORMED,
        ),
        ({"files": [("file", ("a", b"1")), ("file", ("b", b"2"))]}, 400, ErrorCode.REQUEST_MALFORMED),
        ({"files": {"file": ("a", b"1")}, "data": {"recipient": [BANK.uscc] * 2}}, 400, ErrorCode.REQUEST_MALFORMED),
        ({"files": {"recipient": ("a", b"1")}, "data": {"code": "x"}}, 400, ErrorCode.REQUEST_MALFORMED),
        ({"files": {"file": ("a", b"1")}, "data": {"recipient": "911"}}, 422, ErrorCode.HOLDER_CODE),
        ({"files": {"file": ("a", b"1")}, "data": {"purpose": "x"}}, 400, CopyCode.COPY_PURPOSE),
    ],
)
def test_what_cannot_be_taken_is_said(visitor: Visitor, request_: dict[str, Any], status: int, code: Code) -> None:
    answer = visitor.post("/", **request_)
    assert (answer.status_code, answer.headers["content-type"]) == (status, "text/html; charset=utf-8")
    assert error_text(code, Language.EN).sentence in unescape(answer.text)


def test_a_file_that_is_too_large_is_refused_before_it_is_read(visitor: Visitor) -> None:
    """The form says so before it is sent, where scripts run (tests/browser)."""
    answer = visitor.post("/", files={"file": ("big.pdf", b"x" * (LIMIT + 100_000))})
    assert (answer.status_code, answer.json()["code"]) == (413, ErrorCode.INPUT_TOO_LARGE.value)


@pytest.mark.parametrize(
    "sent", [{"data": {"code": " "}}, {"data": {}}, {"content": b"x"}, {"files": {"file": ("", b"")}}]
)
def test_nothing_handed_in_asks_again(visitor: Visitor, sent: dict[str, Any]) -> None:
    answer = visitor.post("/", **sent)
    assert answer.status_code == 400
    assert "Choose a file or paste a code first." in answer.text


@pytest.mark.parametrize(
    ("path", "data"), [("/print", {"print": "huge"}), ("/print", {}), ("/language", {"language": "fr"})]
)
def test_choices_there_are_none_of(visitor: Visitor, path: str, data: dict[str, str]) -> None:
    answer = visitor.post(path, data=data)
    assert (answer.status_code, answer.json()["code"]) == (400, ErrorCode.REQUEST_MALFORMED.value)


def test_an_empty_file_has_a_verdict_and_no_picture(visitor: Visitor) -> None:
    answer = visitor.post("/", files={"file": ("empty.pdf", b"")})
    assert answer.status_code == 200
    assert not read(answer.text).xpath("//figure")
    assert read(answer.text).xpath("//div[@role='status']/@class") != ["verdict good"]


BROWSER = {"accept": "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"}


@pytest.mark.parametrize("language", Language)
def test_who_scans_the_code_of_a_licence_reads_whether_it_is_in_force(
    visitor: Visitor, issued: Issued, language: Language
) -> None:
    path = f"/v1/licences/{issued.identifier}/status"
    answer = visitor.get(path, headers=BROWSER | {"accept-language": language.value})
    tree = read(answer.text)
    assert tree.xpath("//div[@role='status']/@class") == ["verdict good"]
    assert issued.identifier in tree.text_content()
    assert tree.xpath("//input[@name='back']/@value") == [path] * 2
    assert visitor.get(path).json()["standing"] == "effective"
    both = {"accept": "application/json, text/html"}
    assert visitor.get(path, headers=both).headers["content-type"] == "application/json"


def test_of_a_licence_nobody_issued_a_page_is_told_too(visitor: Visitor) -> None:
    answer = visitor.get("/v1/licences/1.2.3/status", headers=BROWSER)
    assert answer.status_code in {404, 422}
    assert read(answer.text).xpath("//div[@role='alert']")


@pytest.mark.parametrize(
    ("tokens", "status"),
    [
        (TokenSettings(issuer="https://id.example", verify=True), 404),
        (TokenSettings(issuer="https://id.example", verify=True, page=True), 200),
    ],
)
def test_where_the_api_asks_for_tokens_there_is_a_page_only_if_told(
    opened: Authority, issued: Issued, tokens: TokenSettings, status: int
) -> None:
    kept = opened.settings
    opened.settings = replace(kept, tokens=tokens)
    try:
        visitor = Visitor.of(opened)
        assert visitor.get("/").status_code == status
        kind = visitor.get(f"/v1/licences/{issued.identifier}/status", headers=BROWSER).headers["content-type"]
        assert kind.startswith("text/html") is (status == 200)
    finally:
        opened.settings = kept
