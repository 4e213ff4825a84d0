"""Targets: certificates, what paths make of their extensions, requests for certificates, and answers to those."""

from __future__ import annotations

from contextlib import suppress
from functools import cache
from typing import TYPE_CHECKING

from ca.response import encode_response, install_response, parse_response
from tests.fuzz import test_custody, test_request, test_x509
from tests.fuzz.coverage.target import Target, read_twice
from tests.support.alternative_names import subject_alternative_names
from tests.support.certificate_forge import forge_certificate
from tests.support.pki import CA_USAGE, PkiWorld
from trustkit.crypto.public_key import KeyKind
from trustkit.encoding import der
from trustkit.encoding import der_write as w
from trustkit.errors import TrustError
from trustkit.x509 import extensions as ext
from trustkit.x509.certificate import Certificate, parse_certificate
from trustkit.x509.distribution_point import read_distribution_points
from trustkit.x509.extension_values import read_alternative_names
from trustkit.x509.name_constraints_build import name_constraints
from trustkit.x509.path_policy import PolicyDemand
from trustkit.x509.path_rules import PathRules
from trustkit.x509.purpose import Purpose
from trustkit.x509.request import parse_request, verify_request

if TYPE_CHECKING:
    from collections.abc import Callable

SOME_POLICY = "1.2.156.3.1"
DEMANDS = (PolicyDemand(), PolicyDemand(acceptable=frozenset({SOME_POLICY}), explicit=True, inhibit_any=True))
_MAPPING = w.sequence(w.sequence(w.oid(SOME_POLICY), w.oid("1.2.156.3.2")))
_REQUIRED = w.sequence(w.tlv(0x80, b"\x00"), w.tlv(0x81, b"\x01"))


def _certificate(data: bytes) -> None:
    certificate = read_twice(parse_certificate, data)
    test_x509.use(certificate, _issued())
    for oid, read in (
        ("2.5.29.17", read_alternative_names),
        ("2.5.29.18", read_alternative_names),
        ("2.5.29.31", _points_of(certificate)),
    ):
        found = certificate.extensions.get(oid)
        if found is not None:
            with suppress(TrustError):
                read(found.value)


def _points_of(certificate: Certificate) -> Callable[[bytes], object]:
    return lambda value: read_distribution_points(value, certificate.issuer_der)


@cache
def _members() -> tuple[Certificate, ...]:
    world = test_x509.world()
    rich = world.issue("x", exact_extensions=_lower())
    return (world.root.certificate, world.tsa.certificate, rich.certificate)


@cache
def _issued() -> frozenset[bytes]:
    return frozenset(each.tbs for each in _members())


def _certificate_seeds() -> tuple[bytes, ...]:
    world = test_x509.world()
    others = (
        world.issue(kind.value, self_signed=True, kind=kind).der
        for kind in (KeyKind.RSA, KeyKind.EC_P256, KeyKind.ED25519)
    )
    return (world.signer.der, *(each.der for each in _members()), *others)


def _upper() -> tuple[bytes, ...]:
    within = (
        ("permitted_dns", ("a.test", "b.test")),
        ("excluded_email", ("x@c.test", ".d.test")),
        ("permitted_uri", (".e.test",)),
        ("excluded_ip", ("192.0.2.0/24", "2001:db8::/32")),
    )
    return (
        ext.basic_constraints(ca=True),
        ext.key_usage(CA_USAGE),
        ext.certificate_policies((SOME_POLICY, "2.5.29.32.0")),
        name_constraints(within),
        ext.extension("2.5.29.33", _MAPPING, critical=True),
        ext.extension("2.5.29.36", _REQUIRED, critical=True),
        ext.extension("2.5.29.54", w.integer(1), critical=True),
    )


def _lower() -> tuple[bytes, ...]:
    return (
        ext.key_usage(("digitalSignature", "nonRepudiation")),
        ext.certificate_policies((SOME_POLICY, "1.2.156.3.2")),
        subject_alternative_names(dns=("y.a.test", "*.b.test"), uris=("https://f.e.test/",)),
        ext.crl_distribution_points(("http://a.test/1.crl",)),
        ext.authority_information(issuer_urls=("http://a.test/1.cer",), ocsp_urls=("http://a.test/ocsp",)),
    )


@cache
def _root() -> Certificate:
    return test_x509.world().root.certificate


def _path(data: bytes) -> None:
    """Judge a path whose two certificates hold these extensions; the rules look at no signature."""
    outer = der.parse_strict(data, max_depth=24)
    upper, lower = (der.octets(data, each) for each in (*der.children(data, outer), outer, outer)[:2])
    world, bits = test_x509.world(), w.bit_string(bytes(64))
    middle = parse_certificate(
        forge_certificate(
            world,
            issuer=_root().subject_der,
            subject=world.issuing.certificate.subject_der,
            after_key=w.explicit(3, upper),
            signature=bits,
        )
    )
    leaf = parse_certificate(forge_certificate(world, after_key=w.explicit(3, lower), signature=bits))
    for demand in DEMANDS:
        for purpose in (Purpose.ANY, Purpose.DOCUMENT_SIGNING):
            first, second = (_judged((leaf, middle, _root()), purpose, demand) for _ in range(2))
            assert first == second


def _judged(chain: tuple[Certificate, ...], purpose: Purpose, demand: PolicyDemand) -> object:
    rules = PathRules(at=PkiWorld.START, purpose=purpose, policies=demand, work=None)
    try:
        return rules.require(chain)
    except TrustError as error:
        return error.code


def _path_seeds() -> tuple[bytes, ...]:
    return (
        w.sequence(w.sequence(*_upper()), w.sequence(*_lower())),
        w.sequence(w.sequence(*_upper()[:2]), w.sequence(*_lower())),
    )


def _request(data: bytes) -> None:
    request = read_twice(parse_request, data)
    assert isinstance(repr(request) + request.subject, str)
    assert verify_request(request).info == request.info


def _response(data: bytes) -> None:
    response = parse_response(data)
    again = parse_response(encode_response(response))
    assert again.enveloped_key == response.enveloped_key
    assert set(again.signing) == set(response.signing)
    install_response(response, test_custody.recipient())


TARGETS = (
    Target(name="certificate", act=_certificate, seeds=_certificate_seeds, outside=("certs/*.der",)),
    Target(name="path", act=_path, seeds=_path_seeds),
    Target(name="request", act=_request, seeds=lambda: (test_request.good(),)),
    Target(name="csr-response", act=_response, seeds=test_custody.responses),
)
