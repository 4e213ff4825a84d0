"""Broken OCSP requests and answers: only our own error, and no other status than the one signed."""

from __future__ import annotations

from contextlib import suppress
from datetime import timedelta
from functools import cache

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.mutations import bent_elements, bent_octets
from tests.support.ocsp import answer
from tests.support.pki import PkiWorld
from trustkit.crypto.digest import DigestAlgorithm
from trustkit.error_family import Code
from trustkit.errors import TrustError
from trustkit.x509.ocsp_cert_id import make_cert_id
from trustkit.x509.ocsp_request import build_ocsp_request, parse_ocsp_request
from trustkit.x509.ocsp_response import CertStatus, parse_basic_response, parse_ocsp_response
from trustkit.x509.ocsp_verify import VerifiedOcspAnswer, require_nonce, verify_ocsp_answer, verify_ocsp_response
from trustkit.x509.revocation import RevocationState, RevocationStatus

NONCE = b"0123456789abcdef"


@cache
def world() -> PkiWorld:
    return PkiWorld()


@cache
def response() -> bytes:
    digests = (DigestAlgorithm.SHA1, DigestAlgorithm.SM3)
    return answer(world(), world().revoked, status=CertStatus.REVOKED, nonce=NONCE, digests=digests)


@cache
def request_octets() -> bytes:
    issuer = world().issuing.certificate
    wanted = make_cert_id(issuer.subject_der, issuer.public_key, 77, DigestAlgorithm.SM3)
    return build_ocsp_request((wanted,), nonce=NONCE)


def _verify(octets: bytes) -> VerifiedOcspAnswer | Code:
    at = PkiWorld.START + timedelta(hours=1)
    try:
        proved = verify_ocsp_response(
            parse_ocsp_response(octets),
            world().issuing.certificate,
            at=at,
            standing=lambda _: RevocationStatus(state=RevocationState.UNKNOWN, detail=""),
        )
        require_nonce(proved.response, NONCE)
        return verify_ocsp_answer(proved, world().revoked.certificate, at=at)
    except TrustError as error:
        return error.code


@pytest.mark.parametrize("bend", [bent_octets, bent_elements])
@given(data=st.data())
def test_what_still_verifies_is_what_was_signed(bend: object, data: st.DataObject) -> None:
    good = _verify(response())
    outcome = _verify(data.draw(bend(response())))  # type: ignore[operator]
    if isinstance(outcome, Code):
        return
    assert isinstance(good, VerifiedOcspAnswer)
    assert outcome.answer == good.answer
    assert outcome.response.responder == good.response.responder


@given(data=st.data())
def test_requests(data: st.DataObject) -> None:
    with suppress(TrustError):
        parsed = parse_ocsp_request(data.draw(bent_elements(request_octets()) | bent_octets(request_octets())))
        again = parse_ocsp_request(build_ocsp_request(parsed.cert_ids, nonce=parsed.nonce))
        assert (again.cert_ids, again.nonce) == (parsed.cert_ids, parsed.nonce)


@given(octets=st.binary(max_size=300))
def test_any_octets(octets: bytes) -> None:
    for parse in (parse_ocsp_request, parse_ocsp_response, parse_basic_response):
        with suppress(TrustError):
            parse(octets)


@given(serial=st.integers(-(2**170), 2**170), nonce=st.none() | st.binary(min_size=1, max_size=128))
def test_requests_are_the_inverse_of_what_is_written(serial: int, nonce: bytes | None) -> None:
    issuer = world().issuing.certificate
    for digest in (DigestAlgorithm.SHA1, DigestAlgorithm.SHA256, DigestAlgorithm.SM3):
        wanted = make_cert_id(issuer.subject_der, issuer.public_key, serial, digest)
        parsed = parse_ocsp_request(build_ocsp_request((wanted,), nonce=nonce))
        assert (parsed.cert_ids, parsed.nonce) == ((wanted,), nonce)
