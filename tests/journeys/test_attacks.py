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
from trustkit.clock import FixedClock
from verifier.api import verification_router
from verifier.policy import ValidationPolicy
from verifier.service import VerificationService

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from tests.support.attacks.model import Told

MIB = 1024 * 1024


def told(answers: Mapping[str, Any]) -> dict[str, tuple[str, str | None]]:
    return {name: (answer["indication"], answer["sub_indication"]) for name, answer in answers.items()}


def wanted(shown: Mapping[str, tuple[bytes, Told]]) -> dict[str, tuple[str, str | None]]:
    return {name: (want.indication.value, want.sub.value if want.sub else None) for name, (_, want) in shown.items()}


@pytest.mark.parametrize("every", [EVERY, pytest.param(1, marks=pytest.mark.slow)])
def test_the_routes_give_the_same_verdicts(every: int) -> None:
    library = Library()
    world = library.world
    service = VerificationService(
        anchors=world.anchors, policy=ValidationPolicy(), publications=None, fetcher=None, clock=FixedClock(NOW)
    )
    app = FastAPI()
    app.include_router(verification_router(lambda: service, max_files=1000, max_octets=64 * MIB))
    visitor = Visitor(app)
    evidence = [
        base64.b64encode(octets).decode()
        for octets in (world.crl().der, world.crl(issuer=world.root).der, library.status)
    ]
    shown = shown_at_doors(library, every=every)
    objects = [
        {"name": name, "data": base64.b64encode(octets).decode(), "evidence": evidence}
        for name, (octets, _) in shown.items()
    ]
    body = "\n".join(json.dumps(each) for each in objects)
    lines = visitor.post("/v1/verify/batch", content=body, headers={"content-type": "application/x-ndjson"}).text
    answers = [json.loads(line) for line in lines.splitlines()]
    assert told({answer["file"]: answer for answer in answers}) == wanted(shown)
    few = dict(list(shown.items())[::7])
    single = {each["name"]: visitor.post("/v1/verify", json=each).json() for each in objects if each["name"] in few}
    assert told(single) == wanted(few)
