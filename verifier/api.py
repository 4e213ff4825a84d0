"""``POST /v1/verify`` and its batch twin: translation between HTTP and the verification service, nothing else.

Bodies are multipart (parts ``file``, ``content``, ``evidence``, each with a filename, and ``at``, ``audience``, ``nonce``) or JSON (``name``, ``data``
in base64 …); answers are the objects `trustkit verify --format json` prints. No file name reaches a log or the trail.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Coroutine, Iterator
from dataclasses import dataclass
from datetime import datetime  # noqa: TC003 - as above
from typing import Any, Final, Protocol, TypeAlias

from fastapi import APIRouter, Request, Response
from fastapi.responses import JSONResponse, StreamingResponse
from starlette.concurrency import iterate_in_threadpool, run_in_threadpool
from starlette.datastructures import FormData, UploadFile
from starlette.exceptions import HTTPException
from starlette.formparsers import MultiPartException

from esign.credential.binding import MAX_NONCE, BindingDemand
from trustkit.clock import parse_rfc3339
from trustkit.encoding.canonical_json import JsonValue, canonical_json, parse_json
from trustkit.encoding.text64 import decode_base64
from trustkit.errors import ErrorCode, TrustError, disk_code
from trustkit.verdict import Verdict  # noqa: TC001 - FastAPI reads annotations at run time
from trustkit.web.problem import preferred_language
from verifier.report import verdict_to_json
from verifier.submission import Submission

MAX_PARTS: Final = 200  # files of a batch and their evidence
MAX_NAME: Final = 255
MAX_MARKS: Final = MAX_PARTS + MAX_NAME + 64  # commas and brackets: evidence, a name full of commas, and the keys
_JSON_KEYS: Final = frozenset({"name", "data", "content", "evidence", "at", "audience", "nonce"})
NDJSON: Final = "application/x-ndjson"
_Handler: TypeAlias = Callable[[Request], Coroutine[Any, Any, Response]]


class Verifies(Protocol):
    """What this door needs of the verification service."""

    def verify(self, submission: Submission, at: datetime | None = None) -> Verdict:
        """Return the verdict; hostile input gives one too."""
        ...

    def verify_many(self, submissions: tuple[Submission, ...], at: datetime | None = None) -> Iterator[Verdict]:
        """Return verdicts in the order of the submissions."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A request understood: what to verify, and as of when (None: now)."""

    submissions: tuple[Submission, ...]
    at: datetime | None


def verification_router(
    service: Callable[[Request], Verifies],
    *,
    max_files: int,
    max_octets: int,
    admit: Callable[[_Handler], _Handler] = lambda handler: handler,
) -> APIRouter:
    """Return the routes; `service` gives the verification service when a request comes, and tells whose it was.

    `admit` puts a guard before a handler that judges (`trustkit.web.requires`); without one anybody may ask.
    """
    router = APIRouter(tags=["verification"])

    @router.post("/v1/verify", openapi_extra=ONE_BODY, responses=_RESPONSES, summary="Verify one file")
    @admit
    async def verify(request: Request) -> Response:
        asked = await read_asked(request, max_files=1, max_octets=max_octets)
        verdict = await run_in_threadpool(service(request).verify, asked.submissions[0], asked.at)
        return JSONResponse(_answer(verdict, asked.submissions[0], request), headers={"Cache-Control": "no-store"})

    @router.post(
        "/v1/verify/batch",
        openapi_extra=_BATCH_BODY,
        responses=_BATCH_RESPONSES,
        response_class=StreamingResponse,
        summary="Verify many files",
    )
    @admit
    async def verify_batch(request: Request) -> Response:
        asked = await read_asked(request, max_files=max_files, max_octets=max_octets)
        verdicts = await run_in_threadpool(service(request).verify_many, asked.submissions, asked.at)

        async def lines() -> AsyncIterator[bytes]:
            pairs = zip(verdicts, asked.submissions, strict=True)
            async for verdict, submission in iterate_in_threadpool(pairs):
                yield canonical_json(_answer(verdict, submission, request)) + b"\n"

        return StreamingResponse(lines(), media_type=NDJSON, headers={"Cache-Control": "no-store"})

    return router


def _answer(verdict: Verdict, submission: Submission, request: Request) -> dict[str, JsonValue]:
    language = preferred_language(request.headers.get("accept-language", ""))
    return verdict_to_json(verdict, file=submission.name, language=language)


async def read_asked(request: Request, *, max_files: int, max_octets: int) -> Asked:
    """Return what a request hands in. Raise REQUEST_TYPE, REQUEST_MALFORMED, BASE64_MALFORMED, or as the disk has it."""
    kind = request.headers.get("content-type", "").split(";")[0].strip().lower()
    if kind == "multipart/form-data":
        asked = await _from_form(request, max_octets)
    elif kind == "application/json":
        asked = await run_in_threadpool(_from_objects, (await request.body(),), max_octets)
    elif kind == NDJSON:
        body = await request.body()
        if body.strip().count(b"\n") >= max_files + 1:
            raise TrustError(ErrorCode.REQUEST_MALFORMED, "too many files in one request", limit=max_files)
        asked = await run_in_threadpool(_from_objects, tuple(filter(bytes.strip, body.split(b"\n"))), max_octets)
    else:
        raise TrustError(ErrorCode.REQUEST_TYPE, f"send multipart/form-data, application/json or {NDJSON}")
    if not asked.submissions:
        raise TrustError(ErrorCode.REQUEST_MALFORMED, "no file part, no document")
    if len(asked.submissions) > max_files:
        raise TrustError(ErrorCode.REQUEST_MALFORMED, "too many files in one request", limit=max_files)
    return asked


async def _from_form(request: Request, max_octets: int) -> Asked:
    try:
        form = await request.form(max_files=MAX_PARTS, max_fields=MAX_PARTS, max_part_size=max_octets)
    except (
        HTTPException,
        MultiPartException,
        AssertionError,
        ValueError,
    ) as error:  # within an application it is the first
        raise TrustError(ErrorCode.REQUEST_MALFORMED, "the multipart body cannot be read") from error
    except OSError as error:  # larger parts are kept in files while they come
        raise TrustError(disk_code(error), "a part of the body cannot be kept") from error
    async with form_closing(form):
        if surplus := sorted(set(form) - {"file", "content", "evidence", "at", "audience", "nonce"}):
            raise TrustError(ErrorCode.REQUEST_MALFORMED, "unknown part", part=surplus[0][:MAX_NAME])
        content = [await _octets(part) for part in form.getlist("content")]
        evidence = tuple([await _octets(part) for part in form.getlist("evidence")])
        at = [await _words(part) for part in form.getlist("at")]
        asked = [[await _words(part) for part in form.getlist(key)] for key in ("audience", "nonce")]
        if any(len(words) > 1 for words in asked):
            raise TrustError(ErrorCode.REQUEST_MALFORMED, "audience and nonce stand once")
        demand = _demand(*("".join(words) for words in asked))
        submissions = tuple(
            [
                Submission(
                    name=((part.filename if isinstance(part, UploadFile) else "") or "file")[:MAX_NAME],
                    data=await _octets(part),
                    content=content[0] if content else None,
                    evidence=evidence,
                    demand=demand,
                )
                for part in form.getlist("file")
            ]
        )
    if len(content) > 1 or len(at) > 1:
        raise TrustError(ErrorCode.REQUEST_MALFORMED, "content and at stand once")
    return Asked(submissions=submissions, at=_time(at[0]) if at else None)


class form_closing:  # noqa: N801 - a context manager is named like a function
    """Close the spooled files of a form whatever happens."""

    def __init__(self, form: FormData) -> None:
        self._form = form

    async def __aenter__(self) -> None:
        """Nothing to open."""

    async def __aexit__(self, *_: object) -> None:
        """Remove temporary files."""
        await self._form.close()


async def _octets(part: UploadFile | str) -> bytes:
    """Return the octets of a file. A part without a file name was read as text, in a charset that the client chose."""
    if isinstance(part, str):
        raise TrustError(ErrorCode.REQUEST_MALFORMED, "files are sent as such: give the part a filename")
    return await part.read()


async def _words(part: UploadFile | str) -> str:
    return part if isinstance(part, str) else (await part.read()).decode("utf-8", "replace")


def _from_objects(lines: tuple[bytes, ...], max_octets: int) -> Asked:
    """Read JSON objects, away from the event loop. An object with more marks than any honest one is not even parsed."""
    for line in lines:
        if sum(line.count(mark) for mark in (b",", b"[", b"{")) > MAX_MARKS:
            raise TrustError(ErrorCode.REQUEST_MALFORMED, "an object has more parts than are read", limit=MAX_MARKS)
    return _from_json(tuple(parse_json(line, max_size=2 * max_octets) for line in lines))


def _from_json(values: tuple[JsonValue, ...]) -> Asked:
    submissions: list[Submission] = []
    times: set[str] = set()
    for value in values:
        if not isinstance(value, dict) or set(value) - _JSON_KEYS or not isinstance(value.get("data"), str):
            raise TrustError(ErrorCode.REQUEST_MALFORMED, f"an object with {', '.join(sorted(_JSON_KEYS))} is due")
        evidence = value.get("evidence", [])
        if not isinstance(evidence, list) or len(evidence) > MAX_PARTS:
            raise TrustError(ErrorCode.REQUEST_MALFORMED, "evidence is a list of base64 texts")
        if "at" in value:
            times.add(_text(value["at"], "at"))
        submissions.append(
            Submission(
                name=_text(value.get("name", "file"), "name")[:MAX_NAME],
                data=decode_base64(_text(value["data"], "data")),
                content=decode_base64(_text(value["content"], "content")) if "content" in value else None,
                evidence=tuple(decode_base64(_text(item, "evidence")) for item in evidence),
                demand=_demand(*(_text(value.get(key, ""), key) for key in ("audience", "nonce"))),
            )
        )
    if len(times) > 1:
        raise TrustError(ErrorCode.REQUEST_MALFORMED, "one request is judged as of one time")
    return Asked(submissions=tuple(submissions), at=_time(times.pop()) if times else None)


def _text(value: JsonValue, key: str) -> str:
    if not isinstance(value, str):
        raise TrustError(ErrorCode.REQUEST_MALFORMED, f"{key} is text", key=key)
    return value


def _demand(audience: str, nonce: str) -> BindingDemand | None:
    """Return what a holder was asked for, None when the request does not say. One of the two alone would prove nothing."""
    if not audience and not nonce:
        return None
    if not audience or not nonce or len(nonce) > MAX_NONCE:
        raise TrustError(ErrorCode.REQUEST_MALFORMED, "audience and nonce stand together", limit=MAX_NONCE)
    return BindingDemand(audience=audience, nonce=nonce)


def _time(text: str) -> datetime:
    try:
        return parse_rfc3339(text)
    except ValueError as error:
        raise TrustError(ErrorCode.REQUEST_MALFORMED, "at is a time such as 2026-12-01T00:00:00Z") from error


_ASKED: Final[dict[str, object]] = {
    "audience": {"type": "string", "description": "whom the holder of a credential was to present it to"},
    "nonce": {"type": "string", "maxLength": MAX_NONCE, "description": "what the holder was given to sign"},
}
_FORM: Final[dict[str, object]] = {
    "schema": {
        "type": "object",
        "required": ["file"],
        "properties": {
            "file": {
                "type": "string",
                "format": "binary",
                "description": "the file to verify, with a filename; in a batch, many",
            },
            "content": {"type": "string", "format": "binary", "description": "what a detached form covers"},
            "evidence": {"type": "array", "items": {"type": "string", "format": "binary"}},
            "at": {"type": "string", "format": "date-time"},
            **_ASKED,
        },
    }
}
_OBJECT: Final[dict[str, object]] = {
    "schema": {
        "type": "object",
        "required": ["data"],
        "additionalProperties": False,
        "properties": {
            "name": {"type": "string", "maxLength": MAX_NAME},
            "data": {"type": "string", "format": "byte"},
            "content": {"type": "string", "format": "byte"},
            "evidence": {"type": "array", "maxItems": MAX_PARTS, "items": {"type": "string", "format": "byte"}},
            "at": {"type": "string", "format": "date-time"},
            **_ASKED,
        },
    }
}
_VERDICT: Final[dict[str, object]] = {
    "schema": {
        "type": "object",
        "required": ["file", "format", "indication", "sub_indication", "at", "signatures", "checks", "uncovered"],
        "properties": {
            "file": {"type": "string"},
            "format": {"type": "string"},
            "indication": {"enum": ["TOTAL-PASSED", "INDETERMINATE", "TOTAL-FAILED"]},
            "sub_indication": {"type": ["string", "null"]},
            "at": {"type": "string", "format": "date-time"},
            "licence": {"type": ["object", "null"]},
            "signatures": {"type": "array", "items": {"type": "object"}},
            "checks": {"type": "array", "items": {"type": "object"}},
            "uncovered": {"type": "array", "items": {"type": "string"}},
        },
    }
}
ONE_BODY: Final[dict[str, object]] = {
    "requestBody": {"required": True, "content": {"multipart/form-data": _FORM, "application/json": _OBJECT}}
}
_BATCH_BODY: Final[dict[str, object]] = {
    "requestBody": {
        "required": True,
        "content": {"multipart/form-data": _FORM, "application/json": _OBJECT, NDJSON: _OBJECT},
    }
}
REFUSALS: Final[dict[int | str, dict[str, object]]] = {
    status: {"description": text, "content": {"application/problem+json": {}}}
    for status, text in (
        (400, "The request cannot be understood"),
        (401, "Where tokens are asked for: there is none, or one that does not do (WWW-Authenticate says why)"),
        (403, "Where tokens are asked for: the token does not include the permission"),
        (408, "The body came too slowly"),
        (413, "The body is larger than the limit"),
        (415, "The media type is none of those accepted"),
        (422, "A part cannot be decoded"),
        (429, "Too many requests"),
        (503, "As many bodies as fit are held already: Retry-After"),
        (507, "The disk for temporary files is full"),
    )
}
_RESPONSES: Final[dict[int | str, dict[str, object]]] = {
    **REFUSALS,
    200: {"description": "The verdict", "content": {"application/json": _VERDICT}},
}
_BATCH_RESPONSES: Final[dict[int | str, dict[str, object]]] = {
    **REFUSALS,
    200: {"description": "One verdict a line, in the order of the files", "content": {NDJSON: _VERDICT}},
}
