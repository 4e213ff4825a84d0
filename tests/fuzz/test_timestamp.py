"""Broken tokens, requests and answers: only our own error, and no other time, serial or imprint than the one signed."""

from __future__ import annotations

from contextlib import suppress
from datetime import timedelta
from functools import cache

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.mutations import bent_elements, bent_octets
from tests.support.pki import PkiWorld
from trustkit.crypto.digest import DigestAlgorithm, digest
from trustkit.error_family import Code
from trustkit.errors import TrustError
from trustkit.timestamp.info import read_tst_info
from trustkit.timestamp.read import parse_token
from trustkit.timestamp.request import TimestampRequest, build_request, parse_request
from trustkit.timestamp.response import Failure, make_refusal, make_response, parse_response
from trustkit.timestamp.sign import make_token
from trustkit.timestamp.verify import VerifiedToken, verify_token

DATA = b"stamped"
IMPRINT = digest(DigestAlgorithm.SM3, DATA)
ASKED = TimestampRequest(imprint_algorithm=DigestAlgorithm.SM3, imprint=IMPRINT, nonce=2**60, policy="1.2.3.4")


@cache
def token() -> bytes:
    world = PkiWorld()
    return make_token(
        imprint=IMPRINT,
        imprint_algorithm=DigestAlgorithm.SM3,
        serial=2**70,
        gen_time=world.START + timedelta(microseconds=120),
        policy="1.2.3.4",
        nonce=2**60,
        accuracy=timedelta(seconds=1, milliseconds=2, microseconds=3),
        ordering=True,
        signer=world.tsa.signer,
        certificate=world.tsa.certificate,
        chain=world.pool,
    )


def _verify(octets: bytes) -> VerifiedToken | Code:
    try:
        return verify_token(parse_token(octets), data=DATA)
    except TrustError as error:
        return error.code


@pytest.mark.parametrize("bend", [bent_octets, bent_elements])
@given(data=st.data())
def test_what_still_verifies_is_what_was_signed(bend: object, data: st.DataObject) -> None:
    good = _verify(token())
    outcome = _verify(data.draw(bend(token())))  # type: ignore[operator]
    if isinstance(outcome, Code):
        return
    assert isinstance(good, VerifiedToken)
    for name in ("gen_time", "serial", "policy", "imprint", "nonce", "accuracy", "certificate"):
        assert getattr(outcome, name) == getattr(good, name)


@given(data=st.data())
def test_info(data: st.DataObject) -> None:
    content = parse_token(token()).message.content
    assert content is not None
    with suppress(TrustError):
        read_tst_info(data.draw(bent_elements(content) | bent_octets(content)))


@given(data=st.data())
def test_requests_and_answers(data: st.DataObject) -> None:
    request, answer = build_request(ASKED), make_response(token())
    refusal = make_refusal(Failure.BAD_REQUEST, "no")
    with suppress(TrustError):
        parsed = parse_request(data.draw(bent_elements(request) | bent_octets(request)))
        assert parse_request(build_request(parsed)) == parsed
    with suppress(TrustError):
        found = parse_response(data.draw(bent_elements(answer) | bent_octets(answer)), ASKED)
        assert (found.nonce, found.imprint, found.policy) == (ASKED.nonce, ASKED.imprint, ASKED.policy)
    with pytest.raises(TrustError):
        parse_response(data.draw(bent_elements(refusal) | bent_octets(refusal)), ASKED)
