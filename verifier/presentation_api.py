"""``POST /v1/verify/presentation``: a wallet's answer (OpenID4VP 1.0) judged for whoever asked the wallet himself.

The body is JSON: the query (`dcql_query`), the answer (`vp_token`), for whom (`audience`, the request's `client_id`) and with which `nonce` it was asked. Of the
credentials nothing is answered that was not asked for.
"""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import TYPE_CHECKING, Any, Final, TypeAlias

from fastapi import APIRouter, Request, Response
from fastapi.responses import JSONResponse
from starlette.concurrency import run_in_threadpool

from esign.credential.binding import MAX_NONCE
from trustkit.crypto.digest import DigestAlgorithm, digest
from trustkit.encoding.canonical_json import JsonValue, canonical_json, parse_json
from trustkit.encoding.text64 import decode_base64
from trustkit.errors import ErrorCode, TrustError
from trustkit.web.problem import preferred_language
from verifier.api import REPEAT_REFUSALS, REPEATABLE, UNCOUNTED, VERDICT
from verifier.asked import MAX_PARTS, media_type_of, require_marks, text_of
from verifier.dcql.read import parse_dcql
from verifier.presentation import MAX_PRESENTED, PresentedAnswer, VerifiesMany, judge_answer, parse_vp_token
from verifier.presentation_report import presentation_to_json

if TYPE_CHECKING:
    from trustkit.clock import Clock
    from trustkit.web.calls import Calls
    from verifier.judgement.presentation import PresentationVerdict

_Handler: TypeAlias = Callable[[Request], Coroutine[Any, Any, Response]]
PATH: Final = "/v1/verify/presentation"
MAX_MARKS: Final = 20_000  # commas and brackets: fewer than a query could have by its other bounds, more than any needs
MAX_AUDIENCE: Final = 2048
_KEYS: Final = frozenset({"dcql_query", "vp_token", "audience", "nonce", "same_holder", "evidence"})


def presentation_router(
    service: Callable[[Request], VerifiesMany],
    clock: Clock,
    *,
    max_octets: int,
    admit: Callable[[_Handler], _Handler] = lambda handler: handler,
    calls: Calls = UNCOUNTED,
) -> APIRouter:
    """Return the route; `service`, `admit` and `calls` are those of `verifier.api.verification_router`."""
    router = APIRouter(tags=["presentations"])

    @router.post(
        PATH, openapi_extra=_BODY | REPEATABLE, responses=_RESPONSES, summary="Verify a wallet's answer to a query"
    )
    @admit
    async def verify_presentation(request: Request) -> Response:
        if media_type_of(request) != "application/json":
            raise TrustError(ErrorCode.REQUEST_TYPE, "send application/json")
        body = await request.body()
        answer = await run_in_threadpool(answer_of_json, body, max_octets)

        def judge() -> PresentationVerdict:
            return judge_answer(service(request), answer, at=clock.now())

        async def made() -> Response:
            verdict = await run_in_threadpool(judge)
            language = preferred_language(request.headers.get("accept-language", ""))
            return JSONResponse(presentation_to_json(verdict, language), headers={"Cache-Control": "no-store"})

        def told() -> str:
            return digest(
                DigestAlgorithm.SM3, b"presentation" + canonical_json(parse_json(body, max_size=len(body)))
            ).hex()

        return await calls.answered(request, told, max(1, len(answer.shown)), made)

    return router


def answer_of_json(body: bytes, max_octets: int) -> PresentedAnswer:
    """Return what a call hands in.

    Raises:
        TrustError: REQUEST_MALFORMED, JSON_*, BASE64_MALFORMED, DCQL_MALFORMED, DCQL_UNSUPPORTED, VP_TOKEN_MALFORMED.
    """
    require_marks(body, MAX_MARKS)
    value = parse_json(body, max_size=2 * max_octets)
    if not isinstance(value, dict) or set(value) - _KEYS:
        raise TrustError(ErrorCode.REQUEST_MALFORMED, f"an object with {', '.join(sorted(_KEYS))} is due")
    query = parse_dcql(value.get("dcql_query"))
    evidence = value.get("evidence", [])
    if not isinstance(evidence, list) or len(evidence) > MAX_PARTS:
        raise TrustError(ErrorCode.REQUEST_MALFORMED, "evidence is a list of base64 texts")
    return PresentedAnswer(
        query=query,
        shown=parse_vp_token(value.get("vp_token"), query),
        audience=_asked(value, "audience", MAX_AUDIENCE),
        nonce=_asked(value, "nonce", MAX_NONCE),
        same_holder=flag_of(value, "same_holder"),
        evidence=tuple(decode_base64(text_of(each, "evidence")) for each in evidence),
    )


def flag_of(value: dict[str, JsonValue], name: str) -> bool:
    """Return a member that is true or false, false where it is not there. Raise REQUEST_MALFORMED."""
    found = value.get(name, False)
    if not isinstance(found, bool):
        raise TrustError(ErrorCode.REQUEST_MALFORMED, f"{name} is true or false")
    return found


def _asked(value: dict[str, JsonValue], name: str, most: int) -> str:
    """Return whom or what a holder had to sign for: an answer to nobody's question proves nothing."""
    text = text_of(value.get(name), name)
    if not 0 < len(text) <= most:
        raise TrustError(ErrorCode.REQUEST_MALFORMED, f"{name} is a text", limit=most)
    return text


QUERY: Final[dict[str, Any]] = {
    "type": "object",
    "required": ["credentials"],
    "description": "OpenID4VP 1.0 clause 6 (DCQL): format dc+sd-jwt, trusted_authorities of type aki",
    "properties": {
        "credentials": {"type": "array", "minItems": 1, "maxItems": 20, "items": {"type": "object"}},
        "credential_sets": {"type": "array", "minItems": 1, "maxItems": 20, "items": {"type": "object"}},
    },
}
QUERY_EXAMPLE: Final[dict[str, Any]] = {
    "credentials": [
        {
            "id": "licence",
            "format": "dc+sd-jwt",
            "meta": {"vct_values": ["https://licences.example/v1/credential-types/business-licence"]},
            "claims": [{"path": ["CZZT"]}, {"path": ["ZZLXDM"], "values": ["11100000MB0143028R001"]}],
        }
    ]
}
REPORT: Final[dict[str, Any]] = {
    "type": "object",
    "required": ["indication", "sub_indication", "at", "checks", "credentials"],
    "properties": {
        "indication": {"enum": ["TOTAL-PASSED", "INDETERMINATE", "TOTAL-FAILED"]},
        "sub_indication": {"type": ["string", "null"]},
        "at": {"type": "string", "format": "date-time"},
        "checks": {"type": "array", "items": {"type": "object"}, "description": "of all credentials together"},
        "credentials": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["query", "type", "claims", "lacking", "verdict"],
                "properties": {
                    "query": {"type": "string", "description": "id of the query it answers"},
                    "type": {"type": ["string", "null"]},
                    "claims": {
                        "type": "array",
                        "description": "what was asked for and is there: a path, and what it selects",
                        "items": {"type": "object"},
                    },
                    "lacking": {"type": "array", "items": {"type": "string"}},
                    "verdict": VERDICT["schema"],
                },
            },
        },
    },
}
REPORT_EXAMPLE: Final[dict[str, Any]] = {
    "indication": "INDETERMINATE",
    "sub_indication": "DEMAND_UNMET",
    "at": "2026-12-01T00:00:00Z",
    "checks": [
        {
            "id": "presentation:query:met",
            "status": "UNKNOWN",
            "sub_indication": "DEMAND_UNMET",
            "clause": "OpenID4VP 1.0 6.4, 8.6",
            "message": "What was shown does not answer all that was asked for.",
            "remedy": "Ask the holder for what the detail names, or ask for less.",
            "code": None,
            "detail": "none of: licence",
        }
    ],
    "credentials": [],
}
_BODY: Final[dict[str, object]] = {
    "requestBody": {
        "required": True,
        "content": {
            "application/json": {
                "schema": {
                    "type": "object",
                    "required": ["dcql_query", "vp_token", "audience", "nonce"],
                    "additionalProperties": False,
                    "properties": {
                        "dcql_query": QUERY,
                        "vp_token": {
                            "type": "object",
                            "description": f"ids of credential queries, each with a list of presentations, at most {MAX_PRESENTED} in all",
                        },
                        "audience": {
                            "type": "string",
                            "minLength": 1,
                            "maxLength": MAX_AUDIENCE,
                            "description": "`client_id` of the request, prefix included",
                        },
                        "nonce": {"type": "string", "minLength": 1, "maxLength": MAX_NONCE},
                        "same_holder": {"type": "boolean", "description": "all were issued to one key"},
                        "evidence": {
                            "type": "array",
                            "maxItems": MAX_PARTS,
                            "items": {"type": "string", "format": "byte"},
                        },
                    },
                },
                "example": {
                    "dcql_query": QUERY_EXAMPLE,
                    "vp_token": {},
                    "audience": "x509_san_dns:platform.example",
                    "nonce": "n-0S6_WzA2Mj",
                },
            }
        },
    }
}
_RESPONSES: Final[dict[int | str, dict[str, object]]] = {
    **REPEAT_REFUSALS,
    200: {
        "description": "One verdict on all, and that of each credential",
        "content": {"application/json": {"schema": REPORT, "example": REPORT_EXAMPLE}},
    },
}
