"""A file full of forged answers about its revoked signer, through ``trustkit verify`` and ``POST /v1/verify``."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING

import pytest
from fastapi import FastAPI

from tests.support.ocsp import answer
from tests.support.pki import Member, PkiWorld
from tests.support.web import Visitor
from trustkit.clock import FixedClock
from trustkit.cms.model import Dialect
from trustkit.cms.sign import SignedAttributes, sign_message
from trustkit.encoding import der_write as w
from trustkit.x509.ocsp_response import CertStatus
from trustkit.x509.path_revocation import MAX_PATH_ANSWERS
from verifier.api import verification_router
from verifier.policy import ValidationPolicy
from verifier.service import VerificationService

if TYPE_CHECKING:
    from pathlib import Path

    from tests.support.terminal import Terminal

NOT_PASSED = 2
AT = PkiWorld.START
TOLD = ("INDETERMINATE", "REVOKED_NO_POE")


@pytest.fixture(scope="module")
def world() -> PkiWorld:
    return PkiWorld()


@pytest.fixture(scope="module")
def message(world: PkiWorld) -> bytes:
    """Fresh lists of before the revocation, and more forged answers than have signatures checked for one path."""
    forger = Member(world.issuing.certificate, world.tsa.signer)
    forged = (
        answer(world, world.signer, by=forger, by_name=True, certificates=(), nonce=bytes([n] * 8))
        for n in range(MAX_PATH_ANSWERS + 1)
    )
    named = w.oid("1.3.6.1.5.5.7.16.2")  # RFC 5940: id-ri-ocsp-response
    return sign_message(
        content=b"text",
        signer=world.signer.signer,
        certificate=world.signer.certificate,
        chain=(world.issuing.certificate,),
        dialect=Dialect.RFC5652,
        detached=False,
        attributes=SignedAttributes(signing_time=AT),
        crls=(world.crl().der, world.crl(issuer=world.root).der, *(w.tlv(0xA1, named + each) for each in forged)),
    )


@pytest.fixture(scope="module")
def revoked(world: PkiWorld) -> bytes:
    return answer(world, world.signer, by=world.issuing, status=CertStatus.REVOKED, certificates=())


def test_the_terminal_tells_of_the_revocation(
    terminal: Terminal, tmp_path: Path, world: PkiWorld, message: bytes, revoked: bytes
) -> None:
    file, root, evidence = (tmp_path / name for name in ("letter.p7s", "root.cer", "answer.ors"))
    for path, octets in ((file, message), (root, world.root.der), (evidence, revoked)):
        path.write_bytes(octets)
    asked = ("verify", file, "--trust", root, "--at", AT.isoformat(), "--offline", "--format", "json")
    ran = terminal.run(*asked, "--evidence", evidence)
    (verdict,) = ran.objects()
    assert (ran.status, verdict["indication"], verdict["sub_indication"]) == (NOT_PASSED, *TOLD)
    alone = terminal.run(*asked)  # what is left unread is not good
    (verdict,) = alone.objects()
    assert (alone.status, verdict["indication"], verdict["sub_indication"]) == (NOT_PASSED, TOLD[0], "TRY_LATER")


def test_the_service_tells_of_the_revocation(world: PkiWorld, message: bytes, revoked: bytes) -> None:
    service = VerificationService(
        anchors=world.anchors, policy=ValidationPolicy(), publications=None, fetcher=None, clock=FixedClock(AT)
    )
    app = FastAPI()
    app.include_router(verification_router(lambda _: service, max_files=1, max_octets=1 << 20))
    asked = {"data": _text(message), "evidence": [_text(revoked)]}
    verdict = Visitor(app).post("/v1/verify", json=asked).json()
    assert (verdict["indication"], verdict["sub_indication"]) == TOLD


def _text(data: bytes) -> str:
    return base64.b64encode(data).decode()
