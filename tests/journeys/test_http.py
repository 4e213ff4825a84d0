"""The HTTP door: what it accepts, how it refuses, and that nothing sent to it becomes a stack trace."""

from __future__ import annotations

import asyncio
import base64
import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import quote

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.web import Visitor
from trustkit.app.asgi import application
from trustkit.app.wiring import open_authority
from trustkit.errors import ErrorCode

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

    import httpx

    from tests.support.authority import Issued
    from trustkit.app.authority import Authority
    from trustkit.error_family import Code

VERIFY: Final = "/v1/verify"
BATCH: Final = "/v1/verify/batch"
NDJSON: Final = "application/x-ndjson"
LIMIT: Final = 600_000
FILES: Final = 3


@pytest.fixture(scope="module")
def opened(issued: Issued) -> Iterator[Authority]:
    with open_authority(issued.home) as authority:
        server = replace(
            authority.settings.server, max_upload_bytes=LIMIT, max_batch_files=FILES, max_batch_lines=FILES
        )
        authority.settings = replace(authority.settings, server=server)
        yield authority


@pytest.fixture(scope="module")
def visitor(opened: Authority) -> Visitor:
    return Visitor.of(opened)


def _text(data: bytes) -> str:
    return base64.b64encode(data).decode()


def _require_problem(answer: httpx.Response, status: int, code: Code) -> dict[str, Any]:
    """Hold the manners of a refusal over HTTP (RFC 9457)."""
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.headers["content-language"] == "en"
    assert answer.headers["cache-control"] == "no-store"
    body: dict[str, Any] = answer.json()
    assert (body["code"], body["status"]) == (code.value, status)
    assert body["title"]
    assert body["remedy"]
    assert body["type"] == f"urn:trustkit:error:{code.value}"
    assert body["instance"].endswith(answer.headers["x-request-id"])
    assert "Traceback" not in answer.text
    return body


def test_multipart_and_json_answer_the_same(visitor: Visitor, issued: Issued) -> None:
    document = issued.document.read_bytes()
    told = {"name": "a.pdf", "data": _text(document), "at": "2026-12-01T00:00:00Z"}
    form = visitor.post(VERIFY, files={"file": ("a.pdf", document)}, data={"at": told["at"]})
    assert form.status_code == 200
    assert form.headers["cache-control"] == "no-store"
    assert visitor.post(VERIFY, json=told).json() == form.json()
    chinese = visitor.post(VERIFY, json=told, headers={"accept-language": "zh-CN"}).json()
    assert chinese["indication"] == form.json()["indication"]
    assert chinese["checks"][0]["message"] != form.json()["checks"][0]["message"]


def test_a_detached_message_with_its_content_and_evidence(visitor: Visitor, opened: Authority) -> None:
    root = opened.publications().certificates()[0]
    for body in ({"data": _text(root), "evidence": [_text(root)], "content": _text(b"x")}, {"data": _text(root)}):
        assert visitor.post(VERIFY, json=body).json()["format"] == "certificate"
    files = [("file", ("r.cer", root)), ("evidence", ("a", root)), ("evidence", ("b", root)), ("content", ("c", b"x"))]
    assert visitor.post(VERIFY, files=files).json()["format"] == "certificate"


def test_a_batch_by_form_and_by_lines(visitor: Visitor, issued: Issued) -> None:
    document = issued.document.read_bytes()
    rows = (
        ("a.pdf", document, "TOTAL-PASSED"),
        ("b", b"noise", "INDETERMINATE"),
        ("张示例.pdf", document, "TOTAL-PASSED"),
    )
    lines = "\n".join(json.dumps({"name": name, "data": _text(data)}) for name, data, _ in rows) + "\n"
    answers = (
        visitor.post(BATCH, content=lines.encode(), headers={"content-type": f"{NDJSON}; charset=utf-8"}),
        visitor.post(BATCH, files=[("file", (name, data)) for name, data, _ in rows]),
    )
    for answer in answers:
        assert answer.status_code == 200
        assert answer.headers["content-type"].startswith(NDJSON)
        verdicts = [json.loads(line) for line in answer.text.splitlines()]
        assert [(each["file"], each["indication"]) for each in verdicts] == [(name, told) for name, _, told in rows]


BOUNDARY: Final = {"content-type": "multipart/form-data; boundary=x"}
JSON: Final = {"content-type": "application/json"}
GOOD: Final = _text(b"something")
MALFORMED, TYPE = ErrorCode.REQUEST_MALFORMED, ErrorCode.REQUEST_TYPE
REFUSED: Final[dict[str, tuple[dict[str, Any], int, Code]]] = {
    "no body": ({}, 415, TYPE),
    "no media type": ({"content": b"data"}, 415, TYPE),
    "other media type": ({"content": b"<a/>", "headers": {"content-type": "text/xml"}}, 415, TYPE),
    "file alone": ({"content": b"%PDF-", "headers": {"content-type": "application/pdf"}}, 415, TYPE),
    "multipart without a boundary": (
        {"content": b"x", "headers": {"content-type": "multipart/form-data"}},
        400,
        MALFORMED,
    ),
    "multipart of noise": ({"content": b"noise", "headers": BOUNDARY}, 400, MALFORMED),
    "multipart cut off": (
        {
            "content": b'--x\r\nContent-Disposition: form-data; name="file"; filename="a"\r\n\r\nabc',
            "headers": BOUNDARY,
        },
        400,
        MALFORMED,
    ),
    "part without a name": (
        {"content": b"--x\r\nContent-Type: text/plain\r\n\r\nabc\r\n--x--\r\n", "headers": BOUNDARY},
        400,
        MALFORMED,
    ),
    "no file": ({"files": {"content": ("c", b"x")}}, 400, MALFORMED),
    "file as text": ({"files": {"content": ("c", b"x")}, "data": {"file": "\xe9"}}, 400, MALFORMED),
    "content as text": ({"files": {"file": ("a", b"x")}, "data": {"content": "x"}}, 400, MALFORMED),
    "evidence as text": ({"files": {"file": ("a", b"x")}, "data": {"evidence": "x"}}, 400, MALFORMED),
    "unknown part": ({"files": {"file": ("a", b"x"), "trust": ("t", b"x")}}, 400, MALFORMED),
    "two files": ({"files": [("file", ("a", b"x")), ("file", ("b", b"y"))]}, 400, MALFORMED),
    "two contents": ({"files": [("file", ("a", b"x")), *[("content", ("c", b"x"))] * 2]}, 400, MALFORMED),
    "bad at": ({"files": {"file": ("a", b"x")}, "data": {"at": "yesterday"}}, 400, MALFORMED),
    "at without an offset": ({"files": {"file": ("a", b"x")}, "data": {"at": "2026-12-01T00:00:00"}}, 400, MALFORMED),
    "at as a file": ({"files": {"file": ("a", b"x"), "at": ("at", b"\xff yesterday")}}, 400, MALFORMED),
    "at before time": ({"json": {"data": GOOD, "at": "0001-01-01T00:00:00+14:00"}}, 400, MALFORMED),
    "at is a number": ({"json": {"data": GOOD, "at": 7}}, 400, MALFORMED),
    "not JSON": ({"content": b"{", "headers": JSON}, 422, ErrorCode.JSON_MALFORMED),
    "empty JSON": ({"content": b"", "headers": JSON}, 422, ErrorCode.JSON_MALFORMED),
    "duplicate key": ({"content": b'{"data": "", "data": ""}', "headers": JSON}, 422, ErrorCode.JSON_DUPLICATE_KEY),
    "deep": ({"content": b"[" * 100, "headers": JSON}, 422, ErrorCode.JSON_DEPTH),
    "deeper": ({"content": b"[" * 90_000, "headers": JSON}, 400, MALFORMED),
    "many keys": ({"content": b'{"data": "", ' + b'"a": 1, ' * 9000, "headers": JSON}, 400, MALFORMED),
    "huge number": ({"content": b'{"data": ' + b"9" * 90_000 + b"}", "headers": JSON}, 422, ErrorCode.JSON_MALFORMED),
    "a list": ({"json": [{"data": GOOD}]}, 400, MALFORMED),
    "unknown key": ({"json": {"data": GOOD, "trust": []}}, 400, MALFORMED),
    "no data": ({"json": {"name": "a"}}, 400, MALFORMED),
    "data is a number": ({"json": {"data": 7}}, 400, MALFORMED),
    "name is a number": ({"json": {"data": GOOD, "name": 7}}, 400, MALFORMED),
    "bad base64": ({"json": {"data": "a"}}, 422, ErrorCode.BASE64_MALFORMED),
    "base64 for URLs": ({"json": {"data": "_-_-"}}, 422, ErrorCode.BASE64_MALFORMED),
    "bad base64 of content": ({"json": {"data": GOOD, "content": "*"}}, 422, ErrorCode.BASE64_MALFORMED),
    "evidence is text": ({"json": {"data": GOOD, "evidence": GOOD}}, 400, MALFORMED),
    "evidence of numbers": ({"json": {"data": GOOD, "evidence": [7]}}, 400, MALFORMED),
    "too much evidence": ({"json": {"data": GOOD, "evidence": [GOOD] * 300}}, 400, MALFORMED),
}


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")  # starlette forgets a part cut off
@pytest.mark.parametrize("name", REFUSED)
def test_requests_that_are_refused(visitor: Visitor, name: str) -> None:
    request, status, code = REFUSED[name]
    _require_problem(visitor.post(VERIFY, **request), status, code)


BATCHES: Final = {
    "too many files": b'{"data": "YQ=="}\n' * (FILES + 1),
    "nothing": b"",
    "empty lines": b"\n\n \n",
}


@pytest.mark.parametrize("name", BATCHES)
def test_batches_that_are_refused(visitor: Visitor, name: str) -> None:
    answer = visitor.post(BATCH, content=BATCHES[name], headers={"content-type": NDJSON})
    _require_problem(answer, 400, MALFORMED)


def test_too_many_parts(visitor: Visitor) -> None:
    files = [("file", (f"{number}", b"x")) for number in range(FILES + 1)]
    _require_problem(visitor.post(BATCH, files=files), 400, MALFORMED)
    _require_problem(visitor.post(BATCH, files=files * 60), 400, MALFORMED)
    _require_problem(
        visitor.post(VERIFY, data={f"f{number}": "x" for number in range(300)}, files={"file": b"x"}), 400, MALFORMED
    )


def test_too_large_announced_or_not(visitor: Visitor) -> None:
    async def pieces() -> AsyncIterator[bytes]:
        for _ in range(100):
            yield b"x" * 10_000

    for content in (b"x" * 10 * LIMIT, pieces()):
        answer = visitor.post(VERIFY, content=content, headers=JSON)
        body = _require_problem(answer, 413, ErrorCode.INPUT_TOO_LARGE)
        assert body["fact_limit"] >= LIMIT


def test_an_empty_file_gets_a_verdict(visitor: Visitor) -> None:
    verdict = visitor.verify(b"")
    assert verdict["indication"] != "TOTAL-PASSED"
    assert verdict["checks"][0]["code"] == ErrorCode.INPUT_EMPTY.value


def test_unknown_routes_and_wrong_methods(visitor: Visitor) -> None:
    missing = ErrorCode.REQUEST_MISSING
    for path in ("/static", "/v1", "/v1/verify/", "/v2/verify", "/docs", "/%2e%2e/etc/passwd", "/v1/crls/..%2fa.crl"):
        _require_problem(visitor.get(path), 404, missing)
    for told in (f"GET {VERIFY}", "PUT /", f"PUT {BATCH}", "DELETE /v1/health", "POST /v1/status-lists/1"):
        answer = visitor.send(*told.split())
        _require_problem(answer, 405, ErrorCode.REQUEST_METHOD)
        assert answer.headers["allow"]  # RFC 9110 15.5.6
    for path in ("/v1/licences/1.2.3/status", "/v1/licences/-/status"):
        assert visitor.get(path).status_code in {400, 404}
    for path in ("/v1/status-lists/0", "/v1/status-lists/x", "/v1/crls/ROOT.crl"):
        _require_problem(visitor.get(path), 400, MALFORMED)


def test_refusals_in_chinese(visitor: Visitor) -> None:
    for answer in (
        visitor.get("/nowhere", headers={"accept-language": "zh-CN,zh;q=0.9,en;q=0.5"}),
        visitor.post(VERIFY, content=b"{", headers={**JSON, "accept-language": "zh"}),
    ):
        assert answer.headers["content-language"] == "zh"
        assert not answer.json()["title"].isascii()
        assert not answer.json()["remedy"].isascii()


def test_the_rate_is_limited(opened: Authority) -> None:
    server = replace(opened.settings.server, anonymous_per_minute=10)
    slow = replace(opened, settings=replace(opened.settings, server=server))
    visitor = Visitor(application(slow))
    answers = [visitor.get("/v1/health") for _ in range(4)]
    assert answers[0].status_code == 200
    _require_problem(answers[-1], 429, ErrorCode.REQUEST_RATE)
    assert int(answers[-1].headers["retry-after"]) >= 1


def test_the_api_describes_itself(visitor: Visitor) -> None:
    answer = visitor.get("/openapi.json")
    assert answer.status_code == 200
    paths = answer.json()["paths"]
    assert set(paths) == {
        *(VERIFY, BATCH, f"{VERIFY}/report", "/v1/licence-types", "/v1/licence-types/{name}", "/v1/seals/{info_sm3}"),
        *("/v1/crls/{name}.crl", "/v1/crls/{name}/delta.crl", "/v1/crls/{name}/{part}.crl"),
        *("/v1/certificates/{name}.cer", "/v1/status-lists/{number}", "/v1/licences/{identifier}/status"),
        *(f"{VERIFY}/bundle", "/v1/trust-lists/{name}"),
        *("/v1/health", "/v1/ocsp", "/v1/ocsp/{request_base64}", "/v1/credential-types/{name}"),
        "/v1/credential-status/{suite}/{number}",
        *("/v1/licence-copies/{number}/status", "/v1/copy-status-lists/{number}"),
        *("/v1/presentations", "/v1/presentations/{number}", "/v1/presentations/{number}/result"),
        *("/v1/presentations/answers/{place}", f"{VERIFY}/presentation"),
    }
    for path in (VERIFY, BATCH, f"{VERIFY}/report", f"{VERIFY}/bundle"):
        described = paths[path]["post"]
        # reached here, in test_http_disk and unit/web
        refused = {"400", "401", "403", "408", "413", "415", "422", "429", "503", "507"}
        repeated = "409"  # test_client_calls
        assert set(described["responses"]) == {"200", *refused, repeated}
        accepted = {"multipart/form-data", "application/json", *((NDJSON,) if path == BATCH else ())}
        assert set(described["requestBody"]["content"]) == accepted
    assert NDJSON in paths[BATCH]["post"]["responses"]["200"]["content"]
    for path in set(paths) - {VERIFY, BATCH, f"{VERIFY}/report", f"{VERIFY}/bundle"}:
        for operation in paths[path].values():
            # a wrong parameter is 400 here
            assert "HTTPValidationError" not in json.dumps(operation["responses"].get("422", {})), path


class _Broken:
    """A verification service with a fault of ours in it."""

    def verify(self, *_: object) -> None:
        message = "somebody's data"
        raise RuntimeError(message)

    verify_many = verify


def test_a_fault_of_ours_tells_nothing_but_its_number(
    opened: Authority, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(vars(opened), "verification", _Broken())
    visitor = Visitor(application(opened), raising=False)
    for path in (VERIFY, BATCH):
        answer = visitor.post(path, json={"data": GOOD})
        body = _require_problem(answer, 500, ErrorCode.BUG)
        assert "somebody" not in answer.text
        assert "detail" not in body
    assert [record.message for record in caplog.records].count("request.bug") == 2
    assert "somebody" not in "".join(record.message for record in caplog.records)


@pytest.mark.parametrize("kind", ["application/json", "multipart/form-data; boundary=x"])
def test_a_client_that_leaves_is_no_fault_of_ours(
    visitor: Visitor, caplog: pytest.LogCaptureFixture, kind: str
) -> None:
    pieces = iter([{"type": "http.request", "body": b"--x", "more_body": True}, {"type": "http.disconnect"}])
    sent: list[Any] = []

    async def receive() -> Any:
        return next(pieces)

    async def send(message: Any) -> None:
        sent.append(message)

    scope = {
        "type": "http",
        "method": "POST",
        "path": VERIFY,
        "headers": [(b"content-type", kind.encode())],
        "query_string": b"",
        "client": ("127.0.0.1", 1),
    }

    async def serve() -> None:
        await visitor.app(scope, receive, send)

    asyncio.run(serve())
    assert sent[0]["status"] == 400
    assert "request.bug" not in [record.message for record in caplog.records]


def test_health_says_which_engine(visitor: Visitor) -> None:
    answer = visitor.get("/v1/health")
    assert answer.json()["status"] == "ok"
    assert answer.json()["engine"]
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert "server" not in answer.headers


_BYTES: Final = st.binary(max_size=200)
_JSON: Final = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=20) | st.binary(max_size=40).map(_text),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.sampled_from(["name", "data", "content", "evidence", "at", "x"]), inner, max_size=5)
    ),
    max_leaves=12,
)
_BODIES: Final = st.one_of(
    st.tuples(st.just("application/json"), _JSON.map(lambda value: json.dumps(value).encode()) | _BYTES),
    st.tuples(
        st.just(NDJSON), st.lists(_JSON.map(lambda value: json.dumps(value).encode()), max_size=5).map(b"\n".join)
    ),
    st.tuples(
        st.sampled_from(["multipart/form-data; boundary=x", "multipart/form-data; boundary=", "multipart/form-data"]),
        st.lists(
            st.builds(
                lambda head, body: b"--x\r\n" + head + b"\r\n\r\n" + body,
                _BYTES | st.sampled_from([b'Content-Disposition: form-data; name="file"; filename="a"', b"a: b"]),
                _BYTES,
            ),
            max_size=3,
        ).map(lambda parts: b"\r\n".join([*parts, b"--x--"])),
    ),
    st.tuples(st.text(st.characters(max_codepoint=126, min_codepoint=32), max_size=20), _BYTES),
)


@settings(max_examples=60)
@given(body=_BODIES, path=st.sampled_from([VERIFY, BATCH]), language=st.sampled_from(["zh", "en", "*;q=x,,"]))
def test_nothing_that_is_sent_becomes_a_fault_of_ours(
    visitor: Visitor, body: tuple[str, bytes], path: str, language: str
) -> None:
    kind, content = body
    answer = visitor.post(path, content=content, headers={"content-type": kind, "accept-language": language})
    assert answer.status_code < 500
    if answer.status_code == 200:
        told = [json.loads(line) for line in answer.text.splitlines()]
        assert all("indication" in each or each["error"]["status"] < 500 for each in told)
    else:
        assert answer.headers["content-type"] == "application/problem+json"


@settings(max_examples=15)
@given(name=st.text(max_size=40).map(lambda text: text.encode("utf-8", "surrogatepass")) | st.binary(max_size=40))
def test_no_path_becomes_a_fault_of_ours(visitor: Visitor, name: bytes) -> None:
    for path in ("/{}", "/v1/licences/{}/status", "/v1/status-lists/{}", "/v1/crls/{}.crl"):
        assert visitor.get(path.format(quote(name, safe=""))).status_code < 500
