"""The OFD attack corpus over HTTP: ``POST /v1/verify`` and its batch twin give the verdicts of the service."""

from __future__ import annotations

import base64
import json

import pytest
from fastapi import FastAPI

from tests.journeys.test_attacks import MIB, words
from tests.support.ofd_attacks.doors import EVERY, shown_at_doors
from tests.support.ofd_attacks.library import Library
from tests.support.web import Visitor
from tests.unit.verifier.licences import NOW
from trustkit.app.page_views import DrawnViews
from trustkit.clock import FixedClock
from verifier.api import verification_router
from verifier.policy import ValidationPolicy
from verifier.service import VerificationService


@pytest.mark.parametrize("every", [EVERY, pytest.param(1, marks=pytest.mark.slow)])
def test_the_routes_give_the_same_verdicts(every: int) -> None:
    library = Library()
    world = library.world
    service = VerificationService(
        anchors=world.anchors,
        policy=ValidationPolicy(),
        publications=None,
        fetcher=None,
        clock=FixedClock(NOW),
        views=DrawnViews(),
    )
    app = FastAPI()
    app.include_router(verification_router(lambda: service, max_files=1000, max_octets=64 * MIB))
    visitor = Visitor(app)
    issuer, *lists = (
        base64.b64encode(octets).decode()
        for octets in (library.issuer, world.crl().der, world.crl(issuer=world.root).der)
    )
    shown = shown_at_doors(library, every=every)
    objects = [
        {
            "name": name,
            "data": base64.b64encode(each.octets).decode(),
            "evidence": [issuer] if each.alone else [issuer, *lists],
        }
        for name, each in shown.items()
    ]
    body = "\n".join(json.dumps(each) for each in objects)
    lines = visitor.post("/v1/verify/batch", content=body, headers={"content-type": "application/x-ndjson"}).text
    answers = [json.loads(line) for line in lines.splitlines()]
    wanted = {name: each.words for name, each in shown.items()}
    assert {answer["file"]: words(answer) for answer in answers} == wanted
    for each in objects[::7]:
        assert words(visitor.post("/v1/verify", json=each).json()) == wanted[str(each["name"])]
