from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from ca.enrolment import PublicationLinks, order_from_request
from ca.issuance import CertificateIssuer
from ca.order import CertificateOrder
from ca.profile import load_profile
from trustkit.crypto.public_key import KeyKind
from trustkit.custody.private_key import SoftwareSigner, generate_key
from trustkit.errors import ErrorCode, TrustError
from trustkit.x509 import extensions as ext
from trustkit.x509 import oids
from trustkit.x509.extension_values import read_alternative_names
from trustkit.x509.general_name_build import alternative_names, dns_name, email_address, ip_address
from trustkit.x509.name import Name, display_name
from trustkit.x509.name_build import build_name
from trustkit.x509.request import VerifiedRequest, parse_request, verify_request
from trustkit.x509.request_build import RequestSpec, assemble_request, build_request_info

if TYPE_CHECKING:
    from ca.profile_model import CertificateProfile
    from trustkit.error_family import Code
    from trustkit.x509.certificate import Certificate
    from trustkit.x509.general_name import GeneralName

AT = datetime(2026, 12, 1, tzinfo=UTC)
POLICIES = Path(__file__).parents[3] / "policies" / "certificates"
LINKS = PublicationLinks(crl_url="http://a.cn/c.crl", issuer_url="http://a.cn/c.cer", ocsp_url="http://a.cn/ocsp")
NO_NAME = b"\x30\x00"
CLIENT = build_name((("CN", "服务"), ("O", "示范局")))  # the holder's order, not the profile's
DNS = alternative_names((dns_name("a.example.cn"), ip_address("192.0.2.1")))
ROOT_KEY = generate_key(KeyKind.SM2).signer()
KEY = generate_key(KeyKind.SM2).signer()


def profile(name: str) -> CertificateProfile:
    return load_profile(POLICIES, name)


def request(
    subject: bytes = NO_NAME, *extensions: bytes, key: SoftwareSigner = KEY, signer: SoftwareSigner | None = None
) -> VerifiedRequest:
    info = build_request_info(RequestSpec(subject_der=subject, spki=key.public_key.spki, extensions=extensions))
    by = signer or key
    return verify_request(parse_request(assemble_request(info, by.suite, by.sign(info))))


@pytest.fixture(scope="module")
def issuer() -> CertificateIssuer:
    order = CertificateOrder(
        profile=profile("root-ca"),
        subject_der=Name.build(common_name="根"),
        spki=ROOT_KEY.public_key.spki,
        crl_url="",
        issuer_url="",
    )
    own = CertificateIssuer(ROOT_KEY, None)
    return CertificateIssuer(ROOT_KEY, own.issue(own.prepare(order, serial=2**150, at=AT)))


def issue(issuer: CertificateIssuer, order: CertificateOrder) -> Certificate:
    return issuer.issue(issuer.prepare(order, serial=2**151, at=AT))


def names_of(certificate: Certificate) -> tuple[GeneralName, ...]:
    return read_alternative_names(certificate.extensions[oids.SUBJECT_ALT_NAME].value)


def test_a_server_gets_its_names_and_an_empty_subject_makes_them_critical(issuer: CertificateIssuer) -> None:
    certificate = issue(issuer, order_from_request(request(NO_NAME, DNS), profile("tls-server"), links=LINKS))
    assert names_of(certificate) == (dns_name("a.example.cn"), ip_address("192.0.2.1"))
    assert certificate.extensions[oids.SUBJECT_ALT_NAME].critical
    assert certificate.aia.ocsp_urls == ("http://a.cn/ocsp",)
    assert certificate.extended_key_usage == ("serverAuth",)
    assert certificate.public_key.spki == KEY.public_key.spki


def test_the_subject_is_written_anew_by_the_profile(issuer: CertificateIssuer) -> None:
    certificate = issue(issuer, order_from_request(request(CLIENT), profile("tls-client"), links=LINKS))
    assert display_name(certificate.subject_der) == "C=CN, O=示范局, CN=服务"


def test_what_was_registered_replaces_what_was_asked_for() -> None:
    order = order_from_request(
        request(Name.build(common_name="别人"), DNS),
        profile("tls-client"),
        links=LINKS,
        subject={"O": "示范局", "CN": "服务"},
        alternative_names=(dns_name("b.example.cn"),),
    )
    assert display_name(order.subject_der) == "C=CN, O=示范局, CN=服务"
    assert order.alternative_names == (dns_name("b.example.cn"),)


REFUSED = [
    ("tls-server", request(), ErrorCode.CA_ORDER),  # no name at all
    ("tls-server", request(NO_NAME, alternative_names((email_address("a@b.cn"),))), ErrorCode.CA_ORDER),
    ("tls-server", request(Name.build(common_name="甲"), DNS), ErrorCode.CA_SUBJECT),
    ("tls-server", request(CLIENT, DNS), ErrorCode.CA_SUBJECT),
    ("tls-client", request(Name.build(common_name="服务")), ErrorCode.CA_SUBJECT),
    ("tls-client", request(CLIENT, ext.basic_constraints(ca=True)), ErrorCode.CA_ORDER),
    ("tls-client", request(CLIENT, ext.key_usage(["keyCertSign"])), ErrorCode.CA_ORDER),
    ("tls-client", request(CLIENT, ext.extended_key_usage(["serverAuth"])), ErrorCode.CA_ORDER),
    ("tls-client", request(CLIENT, ext.extension("1.2.3.4", b"\x05\x00")), ErrorCode.CA_ORDER),
    ("tls-client", request(CLIENT, ext.extension(oids.SUBJECT_ALT_NAME, b"\x05\x00")), ErrorCode.DER_MALFORMED),
    (
        "encryption",
        request(build_name((("CN", "x"),)), key=generate_key(KeyKind.EC_P256).signer()),
        ErrorCode.CA_ORDER,
    ),
    ("seal", request(CLIENT), ErrorCode.CA_PROFILE),
]


@pytest.mark.parametrize(("name", "asked", "code"), REFUSED, ids=range(len(REFUSED)))
def test_what_the_profile_does_not_give_is_refused(name: str, asked: VerifiedRequest, code: Code) -> None:
    with pytest.raises(TrustError) as caught:
        order_from_request(asked, profile(name), links=LINKS)
    assert caught.value.code is code


def test_a_request_for_anothers_key_is_refused() -> None:
    with pytest.raises(TrustError) as caught:
        request(CLIENT, signer=ROOT_KEY)
    assert caught.value.code is ErrorCode.SIGNATURE_WRONG


def test_more_names_than_anyone_needs_are_refused() -> None:
    many = alternative_names(tuple(dns_name(f"h{number}.example.cn") for number in range(101)))
    with pytest.raises(TrustError) as caught:
        order_from_request(request(NO_NAME, many), profile("tls-server"), links=LINKS)
    assert caught.value.code is ErrorCode.CA_ORDER


def test_a_stated_validity_is_kept(issuer: CertificateIssuer) -> None:
    order = order_from_request(
        request(CLIENT), profile("tls-client"), links=LINKS, not_before=AT, not_after=AT + timedelta(days=5)
    )
    certificate = issue(issuer, order)
    assert (certificate.not_before, certificate.not_after) == (AT, AT + timedelta(days=5))


@pytest.mark.parametrize(
    ("not_before", "not_after", "code"),
    [
        (AT - timedelta(minutes=11), None, ErrorCode.CA_VALIDITY),
        (AT + timedelta(days=91), None, ErrorCode.CA_VALIDITY),
        (AT, AT, ErrorCode.CA_VALIDITY),
        (AT, AT - timedelta(days=1), ErrorCode.CA_VALIDITY),
        (AT, AT + timedelta(days=397, seconds=1), ErrorCode.CA_VALIDITY),
    ],
)
def test_a_validity_outside_of_the_profile_is_refused(
    issuer: CertificateIssuer, not_before: datetime, not_after: datetime | None, code: Code
) -> None:
    order = order_from_request(
        request(CLIENT), profile("tls-client"), links=LINKS, not_before=not_before, not_after=not_after
    )
    with pytest.raises(TrustError) as caught:
        issue(issuer, order)
    assert caught.value.code is code


def test_nobody_is_promised_more_time_than_the_issuer_has(issuer: CertificateIssuer) -> None:
    late = AT + timedelta(days=7290)
    order = order_from_request(
        request(CLIENT), profile("tls-client"), links=LINKS, not_before=late, not_after=late + timedelta(days=100)
    )
    with pytest.raises(TrustError) as caught:
        issuer.prepare(order, serial=2**151, at=late)
    assert caught.value.code is ErrorCode.CA_ENDS_FIRST


def test_further_extensions_are_those_the_profile_lists(issuer: CertificateIssuer) -> None:
    code = ext.extension("1.2.156.10260.4.1.4", b"\x13\x012")
    listed = replace(profile("tls-client"), extensions=frozenset({"1.2.156.10260.4.1.4"}))
    assert "1.2.156.10260.4.1.4" in issue(issuer, order_from_request(request(CLIENT), listed, links=LINKS, extensions=(code,))).extensions  # fmt: skip
    for given in ((code, code), (ext.extension("1.2.3", b"\x05\x00"),), (b"",), (b"\x30\x00",), (b"\x30\x80",)):
        with pytest.raises(TrustError) as caught:
            order_from_request(request(CLIENT), listed, links=LINKS, extensions=given)
        assert caught.value.code is ErrorCode.CA_ORDER
