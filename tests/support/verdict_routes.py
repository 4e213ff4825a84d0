"""What the routes of verification answer of many files: all in one batch, and some of them each by itself."""

from __future__ import annotations

import base64
import json
from typing import TYPE_CHECKING

from fastapi import FastAPI

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

    from tests.support.pki import PkiWorld

MIB = 1024 * 1024
EACH = 7  # one file of so many is asked about by itself, too
Words = tuple[str, str | None]  # indication and sub-indication


def answers(
    world: PkiWorld, files: Mapping[str, tuple[bytes, bool]], own: bytes
) -> tuple[dict[str, Words], dict[str, Words]]:
    """Return what the batch and the single route say of files by name; with each `own` evidence, and the lists where it says so."""
    service = VerificationService(
        anchors=world.anchors,
        policy=ValidationPolicy(),
        publications=None,
        fetcher=None,
        clock=FixedClock(NOW),
        views=DrawnViews(),
    )
    app = FastAPI()
    app.include_router(verification_router(lambda _: service, max_files=1000, max_octets=64 * MIB))
    visitor = Visitor(app)
    alone, *lists = map(_text, (own, world.crl().der, world.crl(issuer=world.root).der))
    objects: list[dict[str, Any]] = [
        {"name": name, "data": _text(octets), "evidence": [alone, *lists] if with_lists else [alone]}
        for name, (octets, with_lists) in files.items()
    ]
    body = "\n".join(json.dumps(each) for each in objects)
    lines = visitor.post("/v1/verify/batch", content=body, headers={"content-type": "application/x-ndjson"}).text
    batch = {answer["file"]: _words(answer) for answer in map(json.loads, lines.splitlines())}
    single = {each["name"]: _words(visitor.post("/v1/verify", json=each).json()) for each in objects[::EACH]}
    return batch, single


def _text(octets: bytes) -> str:
    return base64.b64encode(octets).decode()


def _words(answer: Mapping[str, Any]) -> Words:
    return answer["indication"], answer["sub_indication"]
