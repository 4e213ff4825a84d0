"""Every row of the outside data over HTTP: ``POST /v1/verify`` gives the verdicts of the service."""

from __future__ import annotations

import base64

import pytest
from fastapi import FastAPI

from tests.support.outside_verdicts import AT, ROWS, Row
from tests.support.testdata import outside
from tests.support.web import Visitor
from trustkit.clock import FixedClock
from verifier.api import verification_router
from verifier.policy import ValidationPolicy
from verifier.service import VerificationService

MIB = 1024 * 1024


def encoded(name: str) -> str:
    return base64.b64encode(outside(name).read_bytes()).decode()


@pytest.mark.parametrize("row", ROWS, ids=str)
def test_the_route_gives_each_file_its_verdict(row: Row) -> None:
    service = VerificationService(
        anchors=row.anchors, policy=ValidationPolicy(), publications=None, fetcher=None, clock=FixedClock(AT)
    )
    app = FastAPI()
    app.include_router(verification_router(lambda _: service, max_files=1, max_octets=64 * MIB))
    body = {"name": "x", "data": encoded(row.file), "evidence": [encoded(name) for name in row.evidence]}
    if row.content is not None:
        body["content"] = encoded(row.content)
    answer = Visitor(app).post("/v1/verify", json=body).json()
    assert (answer["indication"], answer["sub_indication"]) == (row.told.value, row.sub.value if row.sub else None)
