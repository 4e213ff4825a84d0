"""``GET /v1/seals/{digest}``: what became of a seal of this home, for those who meet it elsewhere.

The digest is the SM3 of what the seal's maker signed (`esign.seal.standing.info_digest`; ``trustkit seal show`` prints it): who asks has
the seal, and nobody can go through the registry by counting. Who asked for a change and why is not told.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from fastapi import APIRouter
from fastapi.responses import JSONResponse
from starlette.concurrency import run_in_threadpool

from trustkit.clock import format_rfc3339
from trustkit.errors import ErrorCode, TrustError

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from esign.seal.standing import SealHistory
    from trustkit.encoding.canonical_json import JsonValue
    from verifier.seal_evidence import SealRegister

_DIGEST: Final = re.compile(r"[0-9a-f]{64}", re.ASCII)
_TEXT: Final[dict[str, object]] = {"type": "string", "format": "date-time"}
_STANDING: Final[dict[str, object]] = {"enum": ["in-force", "suspended", "lost", "revoked"]}
_SEAL: Final[dict[str, object]] = {
    "schema": {
        "type": "object",
        "required": ["seal", "number", "standing", "made_at", "valid_until", "changes", "at"],
        "properties": {
            "seal": {"type": "string", "description": "the digest asked about"},
            "number": {"type": "string"},
            "standing": _STANDING,
            "made_at": _TEXT,
            "valid_until": _TEXT,
            "changes": {
                "type": "array",
                "items": {
                    "type": "object",
                    "properties": {"standing": _STANDING, "since": _TEXT, "recorded_at": _TEXT},
                },
            },
            "at": {**_TEXT, "description": "when this was so"},
        },
    }
}
_RESPONSES: Final[dict[int | str, dict[str, object]]] = {
    200: {"description": "Where the seal stands, and since when", "content": {"application/json": _SEAL}},
    404: {"description": "No such seal was made here", "content": {"application/problem+json": {}}},
    409: {"description": "The registry cannot be believed", "content": {"application/problem+json": {}}},
    429: {"description": "Too many requests", "content": {"application/problem+json": {}}},
}


def seals_router(register: Callable[[], SealRegister], now: Callable[[], datetime]) -> APIRouter:
    """Return the route; `register` gives the home's registry when a request comes, `now` the time told with the answer."""
    router = APIRouter(tags=["seals"])

    @router.get("/v1/seals/{info_sm3}", responses=_RESPONSES, summary="Where a seal of this home stands")
    async def standing(info_sm3: str) -> JSONResponse:
        history = None
        if _DIGEST.fullmatch(info_sm3):
            history = await run_in_threadpool(register().history, info_sm3)
        if history is None:
            raise TrustError(ErrorCode.SEAL_MISSING, "no such seal was made here")
        return JSONResponse(_told(info_sm3, history, now()), headers={"Cache-Control": "no-store"})

    return router


def _told(info_sm3: str, history: SealHistory, now: datetime) -> dict[str, JsonValue]:
    return {
        "seal": info_sm3,
        "number": history.number,
        "standing": history.standing.value,
        "made_at": format_rfc3339(history.made_at),
        "valid_until": format_rfc3339(history.valid_until),
        "changes": [
            {
                "standing": each.standing.value,
                "since": format_rfc3339(each.since),
                "recorded_at": format_rfc3339(each.recorded_at),
            }
            for each in history.changes
        ],
        "at": format_rfc3339(now),
    }
