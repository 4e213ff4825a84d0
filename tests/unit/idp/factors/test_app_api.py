"""The app over HTTP: paired, shown what waits, answers; what it may not, with status and code."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from fastapi import FastAPI, Request

from idp.factors.app_api import app_router
from tests.support.confirming_app import ConfirmingApp
from tests.support.factors import NOON, PERSON, FactorDesk, attempt, later
from tests.support.web import Visitor
from trustkit.clock import FixedClock
from trustkit.errors import TrustError
from trustkit.web.problem import problem

if TYPE_CHECKING:
    from fastapi.responses import JSONResponse


@pytest.fixture
def client(desk: FactorDesk) -> Visitor:
    application = FastAPI()
    application.include_router(app_router(desk.apps, desk.confirmations, FixedClock(NOON)))

    async def refused(request: Request, error: Exception) -> JSONResponse:
        assert isinstance(error, TrustError)
        return problem(error, request)

    application.add_exception_handler(TrustError, refused)
    return Visitor(application)


def test_an_app_is_paired_and_confirms(desk: FactorDesk, client: Visitor) -> None:
    app, enroller = ConfirmingApp(), desk.enroller()
    handle = desk.apps.begin(enroller, now=NOON).handle
    paired = client.post("/v1/app/keys", content=app.key_for(handle))
    assert paired.json() == {"digits": desk.apps.digits(enroller, handle, now=NOON)}
    app.factor = desk.apps.finish(enroller, handle, now=NOON)
    page = desk.confirmations.ask(attempt(), wanted_for="签发执照")
    waiting = client.post("/v1/app/waiting", content=app.wish())
    assert waiting.headers["cache-control"] == "no-store"
    (row,) = waiting.json()["waiting"]
    assert set(row) == {"id", "wanted_for", "asked_at", "expires_at"}
    assert row["wanted_for"] == "签发执照"
    answered = client.post("/v1/app/answers", content=app.answer(row["id"], page.number))
    assert (answered.status_code, answered.content) == (204, b"")
    assert desk.confirmations.poll(page.handle, attempt(at=later(1))).person == PERSON


def test_what_an_app_may_not_is_a_problem(client: Visitor) -> None:
    for path in ("keys", "waiting", "answers"):
        refused = client.post(f"/v1/app/{path}", content=b"\xff")
        assert refused.status_code == 422
        assert refused.json()["code"] == "idp:factor-app:message"
        large = client.post(f"/v1/app/{path}", content=b"x" * 9000)
        assert large.json()["code"] == "app:input:too-large"
