"""``POST /v1/verify/report``: a verdict as a report to hand on, in JSON, XML, HTML or PDF (in the manner of ETSI TS 119 102-2).

The body is that of ``POST /v1/verify``. The trail is told the report's digest with the verdict, so that a report can be shown to be one of ours.
"""

from __future__ import annotations

import base64
import hashlib
from functools import partial
from typing import TYPE_CHECKING, Annotated, Any, Final

from fastapi import APIRouter, Query, Request, Response
from starlette.concurrency import run_in_threadpool

from trustkit.app.verdict_keeping import report_as
from trustkit.app.verify_request import ReportForm
from trustkit.web.problem import preferred_language
from verifier.api import ONE_BODY, REPEAT_REFUSALS, REPEATABLE, UNCOUNTED
from verifier.asked import read_asked
from verifier.record.objects import sm3_name
from verifier.reports.html import STYLE
from verifier.reports.model import ReportKind
from verifier.service import Kept

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine, Mapping

    from trustkit.web.calls import Calls
    from verifier.service import Examination, VerificationService

    _Handler = Callable[..., Coroutine[Any, Any, Response]]

_MEDIA: Final[Mapping[ReportForm, str]] = {
    ReportForm.JSON: "application/json",
    ReportForm.XML: "application/xml",
    ReportForm.HTML: "text/html; charset=utf-8",
    ReportForm.PDF: "application/pdf",
}
# A report loads nothing and runs nothing; its one style is known.
_POLICY: Final = (
    "default-src 'none'; frame-ancestors 'none'; sandbox; "
    f"style-src 'sha256-{base64.b64encode(hashlib.sha256(STYLE.encode()).digest()).decode()}'"
)
_RESPONSES: Final[dict[int | str, dict[str, Any]]] = {
    **REPEAT_REFUSALS,
    200: {
        "description": "The report",
        "content": {name.partition(";")[0]: {} for name in _MEDIA.values()},
    },
}


def report_router(
    service: Callable[[Request], VerificationService],
    *,
    max_octets: int,
    admit: Callable[[_Handler], _Handler] = lambda handler: handler,
    calls: Calls = UNCOUNTED,
) -> APIRouter:
    """Return the route; `service`, `admit` and `calls` are those of `verifier.api.verification_router`."""
    router = APIRouter(tags=["verification"])

    @router.post(
        "/v1/verify/report",
        openapi_extra=ONE_BODY | REPEATABLE,
        responses=_RESPONSES,
        response_class=Response,
        summary="Verify one file and get a report",
    )
    @admit
    async def report(
        request: Request,
        kind: Annotated[ReportKind, Query(description="How much it tells")] = ReportKind.DETAILED,
        form: Annotated[ReportForm, Query(alias="as", description="What it is written as")] = ReportForm.JSON,
    ) -> Response:
        asked = await read_asked(request, max_files=1, max_octets=max_octets)
        language = preferred_language(request.headers.get("accept-language", ""))
        made: list[bytes] = []

        def keep(examination: Examination) -> Kept:
            made.append(report_as(examination, asked.submissions[0], kind=kind, form=form, language=language))
            return Kept(report_sm3=sm3_name(made[0]))

        async def answer() -> Response:
            keeping = service(request).verify_keeping
            await run_in_threadpool(keeping, asked.submissions[0], asked.at, keep=keep)
            headers = {
                "cache-control": "no-store",
                "content-language": language.value,
                "content-disposition": f'inline; filename="validation-report.{form.value}"',
                "content-security-policy": _POLICY,
            }
            return Response(made[0], media_type=_MEDIA[form], headers=headers)

        return await calls.answered(request, partial(asked.digest, "report", kind.value, form.value), 1, answer)

    return router
