"""``POST /v1/verify`` and its batch twin: translation between HTTP and the verification service, nothing else.

Bodies are multipart (parts ``file``, ``content``, ``evidence``, each with a filename, and ``at``, ``audience``, ``nonce``, ``recipient``, ``purpose``) or JSON (``name``, ``data``
in base64 …); answers are the objects `trustkit verify --format json` prints. No file name reaches a log or the trail.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Iterator
from datetime import datetime  # noqa: TC003 - as above
from functools import partial
from typing import TYPE_CHECKING, Any, Final, Protocol, TypeAlias

from fastapi import APIRouter, Request, Response
from fastapi.responses import JSONResponse, StreamingResponse
from starlette.concurrency import iterate_in_threadpool, run_in_threadpool

from esign.copies.model import MOST_TEXT
from esign.credential.binding import MAX_NONCE
from trustkit.api_codes import ApiCode
from trustkit.encoding.canonical_json import JsonValue, canonical_json
from trustkit.errors import TrustError
from trustkit.verdict import Verdict  # noqa: TC001 - FastAPI reads annotations at run time
from trustkit.web.calls import Calls, Uncounted
from trustkit.web.problem import preferred_language
from verifier.asked import MAX_NAME, MAX_PARTS, NDJSON, media_type_of, read_asked
from verifier.batch_stream import PATH, begin_stream
from verifier.line_answers import Bulk, Judge, NearBulk, Setting
from verifier.lines import StreamLimits
from verifier.report import verdict_to_json

if TYPE_CHECKING:
    from trustkit.texts.catalogue import Language
    from verifier.submission import Submission

_Handler: TypeAlias = Callable[[Request], Coroutine[Any, Any, Response]]
Judged: TypeAlias = "Callable[[Request, Submission, datetime | None], Awaitable[Verdict]]"
ONE: Final = "/v1/verify"
_LIMITS: Final = StreamLimits()
UNCOUNTED: Final = Uncounted()


class Verifies(Protocol):
    """What this door needs of the verification service."""

    def verify(self, submission: Submission, at: datetime | None = None) -> Verdict:
        """Return the verdict; hostile input gives one too."""
        ...

    def verify_many(self, submissions: tuple[Submission, ...], at: datetime | None = None) -> Iterator[Verdict]:
        """Return verdicts in the order of the submissions."""
        ...

    def sitting(self) -> Judge:
        """Return who judges the lines of one portion."""
        ...


def verification_router(
    service: Callable[[Request], Verifies],
    *,
    max_files: int,
    max_octets: int,
    admit: Callable[[_Handler], _Handler] = lambda handler: handler,
    admit_batch: Callable[[_Handler], _Handler] = lambda handler: handler,
    calls: Calls = UNCOUNTED,
    bulk: Callable[[Request], Bulk] | None = None,
    limits: StreamLimits = _LIMITS,
    judged: Judged | None = None,
) -> APIRouter:
    """Return the routes; `service` gives the verification service when a request comes, and tells whose it was.

    `admit` puts a guard before a handler that judges (`trustkit.web.requires`), `admit_batch` before the one of batches; without one anybody may ask. `calls` counts what is asked for. `bulk` judges the lines of
    a stream within `limits`, threads of this process where there is none; `judged` judges single files, a thread each where there is none.
    """
    router = APIRouter(tags=["verification"])
    one = judged or _in_threads(service)

    def near(request: Request) -> Bulk:
        return NearBulk(service(request), Setting(at=None, language=_language(request), max_octets=max_octets))

    @router.post(ONE, openapi_extra=ONE_BODY | REPEATABLE, responses=_RESPONSES, summary="Verify one file")
    @admit
    async def verify(request: Request) -> Response:
        asked = await read_asked(request, max_files=1, max_octets=max_octets)

        async def made() -> Response:
            return _one_answer(await one(request, asked.submissions[0], asked.at), asked.submissions[0], request)

        return await calls.answered(request, partial(asked.digest, "verify"), 1, made)

    @router.post(
        PATH,
        openapi_extra=_BATCH_BODY | REPEATABLE,
        responses=_BATCH_RESPONSES,
        response_class=StreamingResponse,
        summary="Verify many files",
    )
    @admit_batch
    async def verify_batch(request: Request) -> Response:
        if media_type_of(request) == NDJSON:
            require_no_key(request)
            return await begin_stream(request, bulk(request) if bulk else near(request), limits)
        asked = await read_asked(request, max_files=max_files, max_octets=max_octets)

        async def made() -> Response:
            verdicts = await run_in_threadpool(service(request).verify_many, asked.submissions, asked.at)

            async def lines() -> AsyncIterator[bytes]:
                pairs = zip(verdicts, asked.submissions, strict=True)
                async for verdict, submission in iterate_in_threadpool(pairs):
                    yield canonical_json(_answer(verdict, submission, request)) + b"\n"

            return StreamingResponse(lines(), media_type=NDJSON, headers={"Cache-Control": "no-store"})

        return await calls.answered(request, partial(asked.digest, "batch"), len(asked.submissions), made)

    return router


def require_no_key(request: Request) -> None:
    """Raise REPEAT_KEY for an Idempotency-Key: lines are answered while they come, and their answers are not kept."""
    if "idempotency-key" in request.headers:
        raise TrustError(ApiCode.REPEAT_KEY, "lines take no key: ask for those again that have no answer")


def _in_threads(service: Callable[[Request], Verifies]) -> Judged:
    async def alone(request: Request, submission: Submission, at: datetime | None) -> Verdict:
        return await run_in_threadpool(service(request).verify, submission, at)

    return alone


def _one_answer(verdict: Verdict, submission: Submission, request: Request) -> Response:
    return JSONResponse(_answer(verdict, submission, request), headers={"Cache-Control": "no-store"})


def _answer(verdict: Verdict, submission: Submission, request: Request) -> dict[str, JsonValue]:
    return verdict_to_json(verdict, file=submission.name, language=_language(request))


def _language(request: Request) -> Language:
    return preferred_language(request.headers.get("accept-language", ""))


_ASKED: Final[dict[str, object]] = {
    "audience": {"type": "string", "description": "whom the holder of a credential was to present it to"},
    "nonce": {"type": "string", "maxLength": MAX_NONCE, "description": "what the holder was given to sign"},
    "recipient": {
        "type": "string",
        "maxLength": 18,
        "description": "your unified social credit code: only a copy of a licence made for you passes",
    },
    "purpose": {
        "type": "string",
        "maxLength": MOST_TEXT,
        "description": "what you ask for: only a copy of a licence made for it passes",
    },
}
FORM: Final[dict[str, Any]] = {
    "schema": {
        "type": "object",
        "additionalProperties": False,
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
OBJECT: Final[dict[str, object]] = {
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
    },
    "example": {"name": "licence.pdf", "data": "JVBERi0xLjcK", "at": "2026-12-01T00:00:00Z"},
}
VERDICT: Final[dict[str, Any]] = {
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
    },
    "example": {
        "file": "licence.pdf",
        "format": "unknown",
        "indication": "INDETERMINATE",
        "sub_indication": "FORMAT_NOT_SUPPORTED",
        "at": "2026-12-01T00:00:00Z",
        "policy": "default",
        "licence": None,
        "subject": {},
        "signatures": [],
        "checks": [
            {
                "id": "document:format:readable",
                "status": "UNKNOWN",
                "sub_indication": "FORMAT_NOT_SUPPORTED",
                "clause": "ETSI EN 319 102-1 5.2.2",
                "message": "The file is not signed, or is of a kind that cannot be verified here.",
                "remedy": "Ask for a signed original; a printed, scanned or converted copy has lost its signatures.",
                "code": None,
                "detail": "unknown is not judged by this version",
            }
        ],
        "uncovered": [],
    },
}
ONE_BODY: Final[dict[str, object]] = {
    "requestBody": {"required": True, "content": {"multipart/form-data": FORM, "application/json": OBJECT}}
}
_BATCH_BODY: Final[dict[str, object]] = {
    "requestBody": {
        "required": True,
        "content": {"multipart/form-data": FORM, "application/json": OBJECT, NDJSON: OBJECT},
    }
}
REFUSALS: Final[dict[int | str, dict[str, object]]] = {
    status: {"description": text, "content": {"application/problem+json": {}}}
    for status, text in (
        (400, "The request cannot be understood"),
        (401, "Where tokens are asked for: there is none, or one that does not do (WWW-Authenticate says why)"),
        (403, "Where tokens are asked for: the token lacks the scope that WWW-Authenticate names"),
        (408, "The body came too slowly"),
        (413, "The body is larger than the limit"),
        (415, "The media type is none of those accepted"),
        (422, "A part cannot be decoded, or an Idempotency-Key was used for another call"),
        (429, "Too many requests of the address, or calls of the client, or its quota is used up: Retry-After"),
        (503, "As many bodies as fit are held already: Retry-After"),
        (507, "The disk for temporary files is full"),
    )
}
REPEATABLE: Final[dict[str, object]] = {
    "parameters": [
        {
            "name": "Idempotency-Key",
            "in": "header",
            "required": False,
            "schema": {
                "type": "string",
                "minLength": 1,
                "maxLength": 257,
                "pattern": r'^"?[\x21\x23-\x5b\x5d-\x7e]{1,255}"?$',
            },
            "description": "Of calls with a token: the same call with the same key has the same answer for 24 hours, and is counted once. "
            "Lines (application/x-ndjson) take none",
            "example": '"8e03978e-40d5-43dd-bc93-6894a57f9324"',
        }
    ]
}
REPEAT_REFUSALS: Final[dict[int | str, dict[str, object]]] = {
    **REFUSALS,
    409: {
        "description": "The call with this Idempotency-Key is not answered yet",
        "content": {"application/problem+json": {}},
    },
}
_RESPONSES: Final[dict[int | str, dict[str, object]]] = {
    **REPEAT_REFUSALS,
    200: {"description": "The verdict", "content": {"application/json": VERDICT}},
}
_ANSWERS: Final = (
    "One answer a line, in the order of files or lines. Of lines (application/x-ndjson) they begin while the request is still coming; one "
    "without verdict has `line` and `error`, a problem document, and stops no other. After one with `ended` nothing was read"
)
_LINE: Final[dict[str, object]] = {
    "schema": {
        "anyOf": [
            VERDICT["schema"],
            {
                "type": "object",
                "required": ["line", "error"],
                "properties": {
                    "line": {
                        "type": "integer",
                        "minimum": 1,
                        "description": "counted from 1, lines of blanks left out",
                    },
                    "error": {"type": "object", "description": "RFC 9457, as of a request that is refused"},
                    "ended": {"type": "boolean", "description": "no line after this one was read"},
                },
            },
        ]
    }
}
_BATCH_RESPONSES: Final[dict[int | str, dict[str, object]]] = {
    **REPEAT_REFUSALS,
    200: {"description": _ANSWERS, "content": {NDJSON: _LINE}},
}
