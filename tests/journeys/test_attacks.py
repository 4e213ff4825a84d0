"""The attack corpus over HTTP: ``POST /v1/verify`` and its batch twin give the verdicts of the service."""

from __future__ import annotations

import base64
import json
from typing import TYPE_CHECKING

import pytest
from fastapi import FastAPI

from tests.support.attacks.doors import EVERY, shown_at_doors
from tests.support.attacks.library import Library
from tests.support.web import Visitor
from tests.unit.verifier.licences import NOW
from trustkit.app.page_views import DrawnViews
from trustkit.clock import FixedClock
from verifier.api import verification_router
from verifier.policy import ValidationPolicy
from verifier.service import VerificationService

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

MIB = 1024 * 1024


def words(answer: Mapping[str, Any]) -> tuple[str, str | None]:
    return answer["indication"], answer["sub_indication"]


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
    status, *lists = (
        base64.b64encode(octets).decode()
        for octets in (library.status, world.crl().der, world.crl(issuer=world.root).der)
    )
    shown = shown_at_doors(library, every=every)
    objects = [
        {
            "name": name,
            "data": base64.b64encode(each.octets).decode(),
            "evidence": [status] if each.alone else [status, *lists],
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
