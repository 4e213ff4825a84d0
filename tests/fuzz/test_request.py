"""Bent certification requests: read or refused with a code of ours, and never proved unless the signed part is whole."""

from __future__ import annotations

from functools import cache

from hypothesis import given
from hypothesis import strategies as st

from tests.support.alternative_names import subject_alternative_names
from tests.support.mutations import bent_elements, bent_octets
from trustkit.crypto.public_key import KeyKind
from trustkit.custody.private_key import generate_key
from trustkit.errors import TrustError
from trustkit.x509.extensions import key_usage
from trustkit.x509.name import Name
from trustkit.x509.request import UnverifiedRequest, parse_request, verify_request
from trustkit.x509.request_build import RequestSpec, assemble_request, build_request_info


@cache
def good() -> bytes:
    signer = generate_key(KeyKind.SM2).signer()
    info = build_request_info(
        RequestSpec(
            subject_der=Name.build(country="CN", common_name="申请人"),
            spki=signer.public_key.spki,
            extensions=(key_usage(("digitalSignature",)), subject_alternative_names(dns=("a.test",))),
            challenge_password="一次性口令",
        )
    )
    return assemble_request(info, signer.suite, signer.sign(info))


def judge(data: bytes) -> None:
    try:
        request: UnverifiedRequest = parse_request(data)
        assert isinstance(repr(request) + request.subject, str)
        proved = verify_request(request)
    except TrustError:
        return
    assert proved.info == parse_request(good()).info


@given(st.data())
def test_bent_elements(data: st.DataObject) -> None:
    judge(data.draw(bent_elements(good())))


@given(st.data())
def test_bent_octets(data: st.DataObject) -> None:
    judge(data.draw(bent_octets(good())))


@given(st.binary(max_size=200))
def test_noise(data: bytes) -> None:
    judge(data)
