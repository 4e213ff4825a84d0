"""EST as a device meets it (RFC 7030), in this process: what is given, and each refusal by name."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.hazmat.primitives.serialization.pkcs7 import load_der_pkcs7_certificates

from ca.clients import Role
from ca.est.api import MAX_BODY
from tests.support.machine_doors import EST, Doors, bag_of, make_pem, open_doors
from trustkit.audit import trail
from trustkit.errors import ErrorCode
from trustkit.x509.certificate import parse_certificate

if TYPE_CHECKING:
    from collections.abc import Iterator

    import httpx

    from trustkit.error_family import Code

ENROL, RENEW = "simpleenroll", "simplereenroll"


@pytest.fixture(scope="module")
def doors(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Doors]:
    yield from open_doors(tmp_path_factory.mktemp("est"))


@pytest.fixture(scope="module")
def factory(doors: Doors) -> dict[str, str]:
    return doors.client("factory", names=("O=示例单位", "CN=sensor-*"), profiles=("device",))


@pytest.fixture
def device(doors: Doors, factory: dict[str, str]) -> Iterator[x509.Certificate]:
    """Give a device's certificate, which it shows in TLS from then on."""
    (made,) = bag_of(doors.enrol(factory, make_pem(), ENROL))
    doors.shown.certificate = made
    yield made
    doors.shown.certificate = None


def _require(answer: httpx.Response, status: int, code: Code) -> None:
    assert (answer.status_code, answer.json()["code"]) == (status, code.value), answer.text


def test_the_certificates_of_the_authority_need_nobody_s_secret(doors: Doors) -> None:
    answer = doors.visitor.get(f"{EST}/cacerts")
    assert answer.headers["content-type"].startswith("application/pkcs7-mime")
    assert answer.headers["content-transfer-encoding"] == "base64"
    der = base64.b64decode(answer.content)
    found = {each.public_bytes(Encoding.DER) for each in load_der_pkcs7_certificates(der)}
    assert found == set(doors.home.publications().certificates())
    assert doors.visitor.get(f"{EST}/device/cacerts").content == answer.content
    assert doors.visitor.get(f"{EST}/csrattrs").status_code == 204
    _require(doors.visitor.get(f"{EST}/seal/cacerts"), 404, ErrorCode.REQUEST_MISSING)


def test_a_device_enrols_and_renews_with_another_key(doors: Doors, device: x509.Certificate) -> None:
    assert parse_certificate(device.public_bytes(Encoding.DER)).extended_key_usage == ("clientAuth",)
    (renewed,) = bag_of(doors.enrol({}, make_pem(), RENEW))
    assert renewed.subject == device.subject
    assert renewed.public_key() != device.public_key()
    with doors.home.database.reading() as unit:
        entry = [each for each in trail.list_events(unit, limit=1000) if each.object_id == f"{renewed.serial_number:x}"]
    assert entry[-1].actor == f"certificate:{device.serial_number:x}"


def test_a_certificate_renews_itself_alone(doors: Doors, device: x509.Certificate) -> None:
    _require(doors.enrol({}, make_pem("sensor-2"), RENEW), 403, ErrorCode.CA_CLIENT_ROLE)  # another name
    _require(doors.enrol({}, make_pem(), f"tls-client/{RENEW}"), 403, ErrorCode.CA_CLIENT_ROLE)  # another profile
    named = x509.CertificateSigningRequestBuilder(device.subject).add_extension(
        x509.SubjectAlternativeName([x509.DNSName("a.example.cn")]), critical=False
    )
    pem = named.sign(ec.generate_private_key(ec.SECP256R1()), hashes.SHA256()).public_bytes(Encoding.PEM).decode()
    _require(doors.enrol({}, pem, RENEW), 403, ErrorCode.CA_CLIENT_ROLE)  # more names
    doors.home.revoke_certificate(doors.keys, f"{device.serial_number:x}", reason="keyCompromise")
    _require(doors.enrol({}, make_pem(), RENEW), 401, ErrorCode.CA_CLIENT_REFUSED)


def test_no_certificate_a_stranger_s_and_one_of_a_header_are_refused(
    doors: Doors, factory: dict[str, str], device: x509.Certificate
) -> None:
    doors.shown.certificate = None
    _require(doors.enrol(factory, make_pem(), RENEW), 401, ErrorCode.CA_CLIENT_REFUSED)
    header = {"x-ssl-client-cert": base64.b64encode(device.public_bytes(Encoding.DER)).decode()}
    _require(doors.enrol(header, make_pem(), RENEW), 401, ErrorCode.CA_CLIENT_REFUSED)
    key = ec.generate_private_key(ec.SECP256R1())
    forged = x509.CertificateBuilder(
        issuer_name=device.issuer,
        subject_name=device.subject,
        public_key=key.public_key(),
        serial_number=device.serial_number,  # of one that is in the register, octet for octet another
        not_valid_before=device.not_valid_before_utc,
        not_valid_after=device.not_valid_after_utc,
    )
    doors.shown.certificate = forged.sign(key, hashes.SHA256())
    _require(doors.enrol({}, make_pem(), RENEW), 401, ErrorCode.CA_CLIENT_REFUSED)


def test_a_client_has_what_it_was_granted(doors: Doors, factory: dict[str, str]) -> None:
    _require(doors.enrol(factory, make_pem("pump-1"), ENROL), 403, ErrorCode.CA_CLIENT_GRANT)
    _require(doors.enrol(factory, make_pem(), f"tls-client/{ENROL}"), 403, ErrorCode.CA_CLIENT_GRANT)
    _require(doors.enrol({}, make_pem(), ENROL), 401, ErrorCode.CA_CLIENT_REFUSED)
    auditor = doors.client("est-auditor", Role.AUDITOR)
    _require(doors.enrol(auditor, make_pem(), ENROL), 403, ErrorCode.CA_CLIENT_ROLE)


PKCS10 = "application/pkcs10"
BODIES: dict[str, tuple[bytes, str, int, Code]] = {
    "another type": (b"", "text/plain", 415, ErrorCode.REQUEST_TYPE),
    "nothing": (b"", PKCS10, 422, ErrorCode.REQUEST_INVALID),
    "no base64": (b"???", PKCS10, 422, ErrorCode.BASE64_MALFORMED),
    "no request": (base64.b64encode(b"hello"), PKCS10, 422, ErrorCode.REQUEST_INVALID),
    "too much": (b"A" * (MAX_BODY + 1), PKCS10, 413, ErrorCode.INPUT_TOO_LARGE),
}


@pytest.mark.parametrize("case", BODIES.values(), ids=BODIES.keys())
def test_refuses_a_body(doors: Doors, factory: dict[str, str], case: tuple[bytes, str, int, Code]) -> None:
    body, media, status, code = case
    headers = factory | {"content-type": media}
    _require(doors.visitor.post(f"{EST}/{ENROL}", content=body, headers=headers), status, code)


def test_a_request_signed_by_another_key_is_refused(doors: Doors, factory: dict[str, str]) -> None:
    der = bytearray(x509.load_pem_x509_csr(make_pem().encode()).public_bytes(Encoding.DER))
    der[-1] ^= 1
    headers = factory | {"content-type": PKCS10}
    answer = doors.visitor.post(f"{EST}/{ENROL}", content=base64.b64encode(bytes(der)), headers=headers)
    assert answer.json()["code"] in {ErrorCode.SIGNATURE_WRONG.value, ErrorCode.SIGNATURE_MALFORMED.value}
