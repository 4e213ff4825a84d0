"""The routes of verification over one opened home: who asks is told to the trail, large batches go to processes of their own."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from trustkit.app.client_calls import ClientCalls
from trustkit.app.joint_sitting import JointSittings
from trustkit.app.presentation_api import PresentationDoor, questions_router
from trustkit.app.presentation_desk import PresentationDesk
from trustkit.app.quota_policy import quota_policy
from trustkit.app.report_api import report_router
from trustkit.app.verification import asker_of, verification_asked_by
from trustkit.app.verify_doors import verify_doors
from trustkit.app.verify_scopes import VerifyScope
from trustkit.web.problem import preferred_language, request_id
from trustkit.web.requires import caller_of
from verifier.api import verification_router
from verifier.bundle_api import bundle_router
from verifier.line_answers import NearBulk, Setting
from verifier.lines import StreamLimits
from verifier.presentation_api import presentation_router

if TYPE_CHECKING:
    from datetime import datetime

    from fastapi import APIRouter
    from starlette.requests import Request

    from trustkit.app.authority import Authority
    from trustkit.app.verify_pool import VerifyPool
    from trustkit.verdict import Verdict
    from verifier.line_answers import Bulk
    from verifier.service import VerificationService
    from verifier.submission import Submission

OVERHEAD: Final = 64 * 1024  # boundaries and headers of a multipart body beside the files themselves


def presentation_desk(authority: Authority) -> PresentationDesk:
    """Return who asks wallets for a home, and takes their answers."""
    return PresentationDesk(
        database=authority.database, clock=authority.clock, base_url=authority.settings.server.base_url
    )


def verification_routers(authority: Authority, pool: VerifyPool) -> tuple[APIRouter, ...]:
    """Return the routes; `pool` judges the lines of large batches."""
    server = authority.settings.server
    calls = ClientCalls(authority.database, authority.clock, quota_policy(authority.settings.home))
    door = verify_doors(authority, calls)

    def asked_by(request: Request) -> VerificationService:
        return verification_asked_by(authority, authority.verification, caller_of(request), request_id(request))

    def bulk(request: Request) -> Bulk:
        language = preferred_language(request.headers.get("accept-language", ""))
        setting = Setting(at=authority.clock.now(), language=language, max_octets=server.max_upload_bytes)
        asker = asker_of(caller_of(request), request_id(request))
        meter = calls.meter(str(asker.facts.get("client", "")))
        return pool.asked_by(asker, setting, near=NearBulk(asked_by(request), setting, meter), meter=meter)

    joint = JointSittings(authority, lambda: authority.verification)

    async def judged(request: Request, submission: Submission, at: datetime | None) -> Verdict:
        return await joint.verify(submission, at, asker_of(caller_of(request), request_id(request)))

    verification = verification_router(
        asked_by,
        max_files=server.max_batch_files,
        max_octets=server.max_upload_bytes,
        admit=door(VerifyScope.FILE),
        admit_batch=door(VerifyScope.BATCH),
        calls=calls,
        bulk=bulk,
        limits=StreamLimits(
            lines=server.max_batch_lines,
            line_octets=server.max_upload_bytes + OVERHEAD,
            seconds=server.max_batch_seconds,
        ),
        judged=judged,
    )
    return (
        verification,
        bundle_router(asked_by, max_octets=server.max_upload_bytes, admit=door(VerifyScope.BUNDLE), calls=calls),
        presentation_router(
            asked_by,
            authority.clock,
            max_octets=server.max_upload_bytes,
            admit=door(VerifyScope.PRESENTATION),
            calls=calls,
        ),
        questions_router(
            PresentationDoor(
                desk=presentation_desk(authority), service=asked_by, admit=door(VerifyScope.QUESTION), calls=calls
            )
        ),
        report_router(asked_by, max_octets=server.max_upload_bytes, admit=door(VerifyScope.REPORT), calls=calls),
    )
