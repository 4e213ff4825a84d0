"""Targets: CBOR, and what is signed in it."""

from __future__ import annotations

from esign.capsule.model import capsule_text
from esign.capsule.read import parse_capsule
from esign.capsule.verify import verify_capsule
from esign.trustlist.read import parse_trust_list
from esign.trustlist.verify import verify_trust_list
from tests.fuzz import test_capsule, test_trust_list
from tests.fuzz import test_cbor as cbor
from tests.fuzz.coverage.target import Target
from trustkit.cose.verify import VerifiedSign1
from trustkit.encoding.cbor import encode_cbor, parse_cbor


def _cbor(data: bytes) -> None:
    assert encode_cbor(parse_cbor(data)) == data, "what is read is what was written"


def _sign1(data: bytes) -> None:
    found = cbor.verify(data)
    assert not isinstance(found, VerifiedSign1) or data.removeprefix(b"\xd2") == cbor.message()[1:]


def _capsule(data: bytes) -> None:
    found = parse_capsule(data)
    assert found.content.metadata()
    verify_capsule(found, test_capsule.world().signer.certificate)


def _trust_list(data: bytes) -> None:
    verify_trust_list(parse_trust_list(data))


TARGETS = (
    Target(name="cbor", act=_cbor, seeds=lambda: (encode_cbor({1: -7, 33: [b"x", "水", {"a": None}]}),)),
    Target(name="cose", act=_sign1, seeds=lambda: (cbor.message(),)),
    Target(name="trust-list", act=_trust_list, seeds=lambda: (test_trust_list.trust_list(),), binary=False),
    Target(
        name="capsule",
        act=_capsule,
        seeds=lambda: (test_capsule.capsule(), capsule_text(test_capsule.capsule()).encode()),
    ),
)
