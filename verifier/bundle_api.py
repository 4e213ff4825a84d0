"""``POST /v1/verify/bundle``: several licences for one matter, one call, one verdict (一件事一次办).

Bodies are multipart (``file`` for each licence, ``content``, ``evidence``, ``at``, ``audience``, ``nonce`` as of ``POST /v1/verify``, and ``type``, ``same_holder``,
``on``) or JSON (``licences``, objects of ``POST /v1/verify``, and the demands). No holder's code is in an answer, a log or the trail.
"""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import TYPE_CHECKING, Any, Final, TypeAlias

from fastapi import APIRouter, Request, Response
from fastapi.responses import JSONResponse
from starlette.concurrency import run_in_threadpool

from trustkit.clock import format_rfc3339
from trustkit.web.problem import preferred_language
from verifier.api import FORM, OBJECT, REPEAT_REFUSALS, REPEATABLE, UNCOUNTED, VERDICT, Verifies
from verifier.bundle_asked import MAX_BUNDLE, read_bundle
from verifier.judgement.bundle import MAX_TYPES, BundleVerdict, judge_bundle
from verifier.report import check_to_json, verdict_to_json

if TYPE_CHECKING:
    from trustkit.encoding.canonical_json import JsonValue
    from trustkit.texts.catalogue import Language
    from trustkit.web.calls import Calls
    from verifier.submission import Submission

_Handler: TypeAlias = Callable[[Request], Coroutine[Any, Any, Response]]


def bundle_router(
    service: Callable[[Request], Verifies],
    *,
    max_octets: int,
    admit: Callable[[_Handler], _Handler] = lambda handler: handler,
    calls: Calls = UNCOUNTED,
) -> APIRouter:
    """Return the route; `service`, `admit` and `calls` are those of `verifier.api.verification_router`."""
    router = APIRouter(tags=["verification"])

    @router.post(
        "/v1/verify/bundle",
        openapi_extra=_BODY | REPEATABLE,
        responses=_RESPONSES,
        summary="Verify several licences as one matter",
    )
    @admit
    async def verify_bundle(request: Request) -> Response:
        asked = await read_bundle(request, max_octets=max_octets)

        def judge() -> BundleVerdict:
            verdicts = tuple(service(request).verify_many(asked.submissions, asked.at))
            return judge_bundle(verdicts, asked.demand, at=verdicts[0].at)

        async def made() -> Response:
            bundle = await run_in_threadpool(judge)
            language = preferred_language(request.headers.get("accept-language", ""))
            return JSONResponse(_answer(bundle, asked.submissions, language), headers={"Cache-Control": "no-store"})

        return await calls.answered(request, asked.digest, len(asked.submissions), made)

    return router


def _answer(bundle: BundleVerdict, submissions: tuple[Submission, ...], language: Language) -> dict[str, JsonValue]:
    sub = bundle.conclusion.sub_indication
    pairs = zip(bundle.verdicts, submissions, strict=True)
    return {
        "indication": bundle.conclusion.indication.value,
        "sub_indication": sub.value if sub else None,
        "at": format_rfc3339(bundle.at),
        "checks": [check_to_json(each, language) for each in bundle.checks],
        "licences": [verdict_to_json(verdict, file=each.name, language=language) for verdict, each in pairs],
    }


_DEMANDS: Final[dict[str, object]] = {
    "same_holder": {"type": "boolean", "description": "one and the same holder is named in all, by code"},
    "on": {"type": "string", "format": "date", "description": "the day, of Beijing, on which all are to be in force"},
}
_TYPES: Final[dict[str, object]] = {
    "type": "array",
    "maxItems": MAX_TYPES,
    "items": {"type": "string"},
    "description": "codes of the types needed (证照类型代码, /v1/licence-types); one twice needs two licences",
}
_FORM: Final[dict[str, Any]] = {
    "schema": {
        **FORM["schema"],
        "properties": {
            **FORM["schema"]["properties"],
            "file": {"type": "array", "maxItems": MAX_BUNDLE, "items": {"type": "string", "format": "binary"}},
            "type": _TYPES,
            **_DEMANDS,
        },
    }
}
_OBJECT: Final[dict[str, object]] = {
    "schema": {
        "type": "object",
        "required": ["licences"],
        "additionalProperties": False,
        "properties": {
            "licences": {"type": "array", "minItems": 1, "maxItems": MAX_BUNDLE, "items": OBJECT["schema"]},
            "types": _TYPES,
            "at": {"type": "string", "format": "date-time"},
            **_DEMANDS,
        },
    },
    "example": {
        "licences": [{"name": "licence.pdf", "data": "JVBERi0xLjcK"}, {"name": "permit.ofd", "data": "UEsDBAo="}],
        "types": ["11100000MB0143028R001"],
        "same_holder": True,
        "on": "2026-12-01",
    },
}
_BODY: Final[dict[str, object]] = {
    "requestBody": {"required": True, "content": {"multipart/form-data": _FORM, "application/json": _OBJECT}}
}
_RESPONSES: Final[dict[int | str, dict[str, object]]] = {
    **REPEAT_REFUSALS,
    200: {
        "description": "One verdict on all, and that of each",
        "content": {
            "application/json": {
                "schema": {
                    "type": "object",
                    "required": ["indication", "sub_indication", "at", "checks", "licences"],
                    "properties": {
                        "indication": {"enum": ["TOTAL-PASSED", "INDETERMINATE", "TOTAL-FAILED"]},
                        "sub_indication": {"type": ["string", "null"]},
                        "at": {"type": "string", "format": "date-time"},
                        "checks": {"type": "array", "items": {"type": "object"}, "description": "of the demands"},
                        "licences": {"type": "array", "items": VERDICT["schema"]},
                    },
                }
            }
        },
    },
}
