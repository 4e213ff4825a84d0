"""Answers signed in advance about many certificates, and while a responder of an authority fails."""

from __future__ import annotations

from dataclasses import replace

import pytest

from ca.ocsp_publication import OcspPublisher
from tests.unit.ca.test_ocsp import Bench, bench
from trustkit.audit import trail
from trustkit.audit.events import EventType
from trustkit.errors import ErrorCode, TrustError
from trustkit.identity import SYSTEM
from trustkit.store.certificates import serial_text
from trustkit.store.ocsp_answers import find_standing

__all__ = ["bench"]


def test_answers_about_many_are_signed_in_pages(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    members = [bench.member() for _ in range(5)]
    monkeypatch.setattr("ca.ocsp_publication.PAGE", 2)
    serials = [serial_text(each.certificate.serial) for each in members]
    assert bench.publisher.refresh(serials, SYSTEM) == 5
    with bench.database.reading() as unit:
        told = trail.list_events(unit, type=EventType.OCSP_PUBLISHED)
    assert [each.facts["answers"] for each in told] == [2, 2, 1]
    assert bench.publisher.refresh((), SYSTEM) == 0


@pytest.mark.parametrize("act", ["publish", "refresh"])
def test_a_responder_that_fails_keeps_no_others_answers_back(bench: Bench, act: str) -> None:
    """Of an authority with two keys, the responder of one is out of order."""
    lost, kept = bench.member(), bench.enter(bench.world.issue("x", issuer=bench.world.root))
    asked: list[bytes] = []

    class Broken:
        suite, public_key = bench.delegate.signer.suite, bench.delegate.signer.public_key

        def sign(self, message: bytes, /) -> bytes:
            asked.append(message)
            raise TrustError(ErrorCode.SIGNING_FAILED, "the token is out")

    own = replace(bench.authority, alone=False)
    other = replace(own, certificate=bench.world.root.certificate)
    both = (replace(bench.responder, authority=own, signer=Broken()), replace(bench.responder, authority=other))
    publisher = OcspPublisher(database=bench.database, clock=bench.clock, responders=both)
    serials = [serial_text(each.certificate.serial) for each in (lost, bench.delegate, kept)]
    with pytest.raises(TrustError) as caught:
        publisher.publish(SYSTEM) if act == "publish" else publisher.refresh(serials, SYSTEM)
    assert caught.value.code is ErrorCode.SIGNING_FAILED
    assert len(asked) == 1  # what does not answer is not waited for again and again
    with bench.database.reading() as unit:
        found = [find_standing(unit, serial) for serial in serials]
    assert [each is not None and each.answer is not None for each in found] == [False, False, True]
