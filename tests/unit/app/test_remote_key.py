"""Keys of a remote service: what is sent, what is believed of the answers, and what is refused."""

from __future__ import annotations

import ssl
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from tests.support.people import FROM, UNTIL
from tests.support.pki import SIGNING_USAGE, PkiWorld
from tests.support.signing_service import SAD, Answer, FakeService, coded, signing_service
from tests.support.tls import make_tls
from trustkit.app.remote_key import MAX_SAD, RemoteKey, RemoteOrder, open_remote_key
from trustkit.app.remote_service import MAX_ANSWER, RemoteService, open_service
from trustkit.app.signing_keys import signing_keys
from trustkit.clock import SystemClock
from trustkit.crypto.digest import DigestAlgorithm, digest
from trustkit.crypto.public_key import KeyKind
from trustkit.crypto.sm2 import DEFAULT_SIGNER_ID, message_digest
from trustkit.crypto.suites import SignatureSuite
from trustkit.crypto.verify import verify_signature
from trustkit.custody.passphrase import Passphrase
from trustkit.custody.private_key import generate_key
from trustkit.errors import ErrorCode, TrustError

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime
    from pathlib import Path

    from tests.support.signing_service import Body
    from trustkit.error_family import Code

SECRET = Passphrase(b"identifier.secret")
_E = ErrorCode


@pytest.fixture(scope="module")
def world() -> PkiWorld:
    return PkiWorld()


def make_service(world: PkiWorld, kind: KeyKind = KeyKind.SM2, until: datetime = UNTIL, **more: Any) -> FakeService:
    key = generate_key(kind)
    member = world.issue("remote", usage=SIGNING_USAGE, signer=key.signer(), not_before=FROM, not_after=until)
    return FakeService(key, (member.certificate, world.issuing.certificate), **more)


@pytest.fixture
def service(world: PkiWorld) -> FakeService:
    return make_service(world)


def opened(url: str) -> RemoteKey:
    return RemoteOrder(url=url, credential="seal").open(SECRET, SystemClock())


def test_sends_hashes_and_nothing_else(service: FakeService) -> None:
    messages = [b"%d" % number * 9000 for number in range(4)]
    with signing_service(service) as url:
        key = opened(f"{url}/csc/v2/")
        signatures = key.signer().sign_batch(messages)
    for message, signature in zip(messages, signatures, strict=True):
        verify_signature(
            suite=SignatureSuite.SM2_SM3, key=key.certificate.public_key, message=message, signature=signature
        )
    point = key.certificate.public_key.sm2_point
    hashes = [coded(message_digest(point, DEFAULT_SIGNER_ID, message)) for message in messages]
    shared = {"credentialID": "seal", "hashAlgorithmOID": "1.2.156.10197.1.401"}
    algorithm = {"signAlgo": "1.2.156.10197.1.501"}
    assert service.asked == [
        ("credentials/info", {"credentialID": "seal", "certificates": "chain", "authInfo": True}),
        ("credentials/authorize", {**shared, "numSignatures": 3, "hashes": hashes[:3]}),
        ("signatures/signHash", {**shared, **algorithm, "SAD": SAD, "hashes": hashes[:3]}),
        ("credentials/authorize", {**shared, "numSignatures": 1, "hashes": hashes[3:]}),
        ("signatures/signHash", {**shared, **algorithm, "SAD": SAD, "hashes": hashes[3:]}),
    ]
    assert set(service.authorization) == {"Bearer identifier.secret"}
    assert (key.certificate, key.chain) == (service.certificates[0], service.certificates[1:])


KINDS = {
    "RSA by its combined OID": (KeyKind.RSA, ("1.2.840.113549.1.1.11",), SignatureSuite.RSA_PKCS1_SHA256),
    "RSA by its bare OID": (KeyKind.RSA, ("1.2.840.113549.1.1.1",), SignatureSuite.RSA_PKCS1_SHA256),
    "RSA-PSS": (KeyKind.RSA, ("1.2.840.113549.1.1.10",), SignatureSuite.RSA_PSS_SHA256),
    "ECDSA": (KeyKind.EC_P256, ("1.2.840.10045.4.3.2",), SignatureSuite.ECDSA_P256_SHA256),
}


@pytest.mark.parametrize(("kind", "algorithms", "suite"), KINDS.values(), ids=KINDS.keys())
def test_signs_with_keys_of_other_kinds(
    world: PkiWorld, kind: KeyKind, algorithms: tuple[str, ...], suite: SignatureSuite
) -> None:
    service = make_service(world, kind, algorithms=algorithms)
    with signing_service(service) as url:
        signer = opened(url).signer()
        signature = signer.sign(b"content")
    assert signer.suite is suite
    verify_signature(suite=suite, key=signer.public_key, message=b"content", signature=signature)
    asked = service.asked[-1][1]
    assert (asked["signAlgo"], "signAlgoParams" in asked) == (algorithms[0], suite is SignatureSuite.RSA_PSS_SHA256)
    assert asked["hashes"] == [coded(digest(DigestAlgorithm.SHA256, b"content"))]


def test_a_signed_token_authorizes(service: FakeService) -> None:
    sad = "h.p." + "s" * 4096
    service.bent["credentials/authorize"] = lambda _: {"SAD": sad}
    with signing_service(service) as url:
        opened(url).signer().sign(b"content")
    assert service.asked[-1][1]["SAD"] == sad


def _bent(name: str, **parts: Any) -> Callable[[Body], Body]:
    return lambda honest: {**honest, name: {**honest[name], **parts}}


OTHER = generate_key(KeyKind.SM2).signer().sign(b"content")
REDIRECT = Answer(302, b"", {"Location": "http://127.0.0.1:9/", "Content-Type": "application/json"})
REFUSAL = Answer(400, b'{"error": "invalid_request", "error_description": "Invalid parameter SAD\\u001b[31m"}')
ZIPPED = Answer(200, b"{}", {"Content-Type": "application/json", "Content-Encoding": "gzip"})
PIN = [{"type": "Password", "id": "PIN"}]
INFO, AUTHORIZE, SIGN = "credentials/info", "credentials/authorize", "signatures/signHash"
BENT: dict[str, tuple[str, Callable[[Body], Body | Answer], Code]] = {
    "a redirect": (INFO, lambda _: REDIRECT, _E.REMOTE_ANSWER),
    "a redirect of the hash": (SIGN, lambda _: REDIRECT, _E.REMOTE_ANSWER),
    "no JSON": (INFO, lambda _: Answer(body=b"<html>"), _E.REMOTE_ANSWER),
    "an array": (INFO, lambda _: Answer(body=b"[]"), _E.REMOTE_ANSWER),
    "another type": (INFO, lambda _: Answer(body=b"{}", headers={"Content-Type": "text/html"}), _E.REMOTE_ANSWER),
    "a compressed answer": (INFO, lambda _: ZIPPED, _E.REMOTE_ANSWER),
    "a huge answer": (INFO, lambda _: Answer(body=b" " * (MAX_ANSWER + 1)), _E.REMOTE_ANSWER),
    "nothing there": (INFO, lambda _: Answer(404, b"{}"), _E.REMOTE_ANSWER),
    "an empty object": (INFO, lambda _: {}, _E.REMOTE_ANSWER),
    "a refusal": (SIGN, lambda _: REFUSAL, _E.REMOTE_REFUSED),
    "a fault": (SIGN, lambda _: Answer(500, b"{}"), _E.REMOTE_UNREACHABLE),
    "too many calls": (SIGN, lambda _: Answer(429, b"{}"), _E.REMOTE_UNREACHABLE),
    "a disabled key": (INFO, _bent("key", status="disabled"), _E.REMOTE_CREDENTIAL),
    "a revoked certificate": (INFO, _bent("cert", status="revoked"), _E.REMOTE_CREDENTIAL),
    "a suspended certificate": (INFO, _bent("cert", status="suspended"), _E.REMOTE_CREDENTIAL),
    "a certificate called expired": (INFO, _bent("cert", status="expired"), _E.REMOTE_CREDENTIAL),
    "a certificate in another state": (INFO, _bent("cert", status="fine"), _E.REMOTE_ANSWER),
    "a state that is none": (INFO, _bent("cert", status=7), _E.REMOTE_ANSWER),
    "a PIN": (INFO, _bent("auth", objects=PIN), _E.REMOTE_CREDENTIAL),
    "a person's consent": (INFO, _bent("auth", mode="oauth2code"), _E.REMOTE_CREDENTIAL),
    "a way of its own": (INFO, _bent("auth", mode="implicit"), _E.REMOTE_CREDENTIAL),
    "no mode": (INFO, _bent("auth", mode=None), _E.REMOTE_ANSWER),
    "no certificate": (INFO, _bent("cert", certificates=[]), _E.REMOTE_ANSWER),
    "a certificate that is none": (INFO, _bent("cert", certificates=[coded(b"0")]), _E.REMOTE_ANSWER),
    "a certificate that is a number": (INFO, _bent("cert", certificates=[7]), _E.REMOTE_ANSWER),
    "too many certificates": (INFO, _bent("cert", certificates=[""] * 17), _E.REMOTE_ANSWER),
    "no known algorithm": (INFO, _bent("key", algo=["1.2.3"]), _E.REMOTE_ANSWER),
    "algorithms of other keys": (INFO, _bent("key", algo=["1.2.840.113549.1.1.11"]), _E.REMOTE_ANSWER),
    "no number of signatures": (INFO, lambda honest: {**honest, "multisign": 0}, _E.REMOTE_ANSWER),
    "no SAD": (AUTHORIZE, lambda _: {}, _E.REMOTE_ANSWER),
    "a SAD that is a number": (AUTHORIZE, lambda _: {"SAD": 7}, _E.REMOTE_ANSWER),
    "a huge SAD": (AUTHORIZE, lambda _: {"SAD": "x" * (MAX_SAD + 1)}, _E.REMOTE_ANSWER),
    "no signature": (SIGN, lambda _: {"signatures": []}, _E.REMOTE_ANSWER),
    "two signatures": (SIGN, lambda honest: {"signatures": honest["signatures"] * 2}, _E.REMOTE_ANSWER),
    "a signature by another key": (SIGN, lambda _: {"signatures": [coded(OTHER)]}, _E.REMOTE_SIGNATURE),
    "a signature that is a number": (SIGN, lambda _: {"signatures": [7]}, _E.REMOTE_SIGNATURE),
    "a signature that is no Base64": (SIGN, lambda _: {"signatures": ["%"]}, _E.REMOTE_SIGNATURE),
}


@pytest.mark.parametrize(("method", "bend", "code"), BENT.values(), ids=BENT.keys())
def test_refuses_a_service_that_is_not_what_it_should_be(
    service: FakeService, method: str, bend: Callable[[Body], Body | Answer], code: Code
) -> None:
    service.bent[method] = bend
    with signing_service(service) as url, pytest.raises(TrustError) as refusal:
        opened(url).signer().sign(b"content")
    assert refusal.value.code is code
    assert refusal.value.detail.isprintable()


def test_a_signature_over_something_else_is_found_out(service: FakeService) -> None:
    signed = service.key.signer().sign(b"something else")
    service.bent[SIGN] = lambda _: {"signatures": [coded(signed)]}
    with signing_service(service) as url, pytest.raises(TrustError) as refusal:
        opened(url).signer().sign(b"content")
    assert refusal.value.code is ErrorCode.REMOTE_SIGNATURE


def test_a_credential_that_cannot_sign_is_refused_by_name_before_anything_is_sent(service: FakeService) -> None:
    service.bent[INFO] = _bent("cert", status="revoked")
    with signing_service(service) as url, pytest.raises(TrustError) as refusal:
        opened(url)
    assert refusal.value.detail == "the service says its certificate is revoked"
    assert [method for method, _ in service.asked] == [INFO]


def test_a_service_that_tells_no_state_is_taken_at_its_certificate(world: PkiWorld, service: FakeService) -> None:
    service.bent[INFO] = lambda honest: {**honest, "cert": {"certificates": honest["cert"]["certificates"]}}
    with signing_service(service) as url:
        assert opened(url).certificate == service.certificates[0]
    ended = make_service(world, until=FROM + timedelta(days=1))
    with signing_service(ended) as url, pytest.raises(TrustError) as refusal:
        opened(url)
    assert (refusal.value.code, refusal.value.detail) == (_E.REMOTE_CREDENTIAL, "its certificate is expired")


def test_a_certificate_for_other_uses_is_refused(world: PkiWorld) -> None:
    service = FakeService(generate_key(KeyKind.SM2), (world.issuing.certificate,))
    with signing_service(service) as url, pytest.raises(TrustError) as refusal:
        opened(url)
    assert refusal.value.code is ErrorCode.CERTIFICATE_PURPOSE


ADDRESSES = {
    "plain http to another machine": "http://sign.example.cn",
    "plain http to a name that may be another machine": "http://localhost:9",
    "another scheme": "ftp://127.0.0.1/",
    "a user in it": "https://user@sign.example.cn/",
    "a query": "https://sign.example.cn/?a=b",
    "no address": "sign.example.cn",
}


@pytest.mark.parametrize("url", ADDRESSES.values(), ids=ADDRESSES.keys())
def test_addresses_refused(url: str) -> None:
    with pytest.raises(TrustError) as refusal:
        open_service(url, SECRET, None, SystemClock())
    assert refusal.value.code is ErrorCode.USAGE


@pytest.mark.parametrize("url", ["http://127.0.0.1:9", "http://[::1]:9"])
def test_plain_http_goes_to_this_machine_alone_and_in_production_nowhere(url: str) -> None:
    assert open_service(url, SECRET, None, SystemClock()).url == url
    with pytest.raises(TrustError) as refusal:
        open_service(url, SECRET, None, SystemClock(), tls_only=True)
    assert refusal.value.code is ErrorCode.SETTINGS_INSECURE


def test_a_home_in_production_keeps_the_secret_to_tls(tmp_path: Path, home: Path) -> None:
    order = RemoteOrder(url="http://127.0.0.1:9", credential="seal")

    @dataclass(frozen=True)
    class Named:
        keys: tuple[Path, ...] = ()
        certificates: tuple[Path | None, ...] = ()
        remote: RemoteOrder | None = order

    for where, code in ((tmp_path, ErrorCode.REMOTE_UNREACHABLE), (home, ErrorCode.SETTINGS_INSECURE)):
        if where == home:
            path = home / "settings.toml"
            told = path.read_text("utf-8").replace("production = false", "production = true")
            path.write_text(told.replace("http://127.0.0.1", "https://127.0.0.1"), "utf-8")
        with pytest.raises(TrustError) as refusal:
            signing_keys(Named(), lambda: SECRET, SystemClock(), home=where)
        assert refusal.value.code is code


@pytest.mark.parametrize("secret", [b"two words", b"line\r\nX-Other: 1", "中文".encode(), b"\xff"])
def test_secrets_refused(secret: bytes) -> None:
    with pytest.raises(TrustError) as refusal:
        open_service("https://sign.example.cn", Passphrase(secret), None, SystemClock())
    assert refusal.value.code is ErrorCode.USAGE
    assert "secret" not in repr(open_service("https://sign.example.cn", SECRET, None, SystemClock()))


def test_the_service_shows_a_certificate_that_is_trusted(service: FakeService, tmp_path: Path) -> None:
    files = make_tls(tmp_path)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(files.certificate, files.key)
    with signing_service(service, context) as url:
        order = RemoteOrder(url=url, credential="seal", authorities=files.root)
        assert len(order.open(SECRET, SystemClock()).signer().sign(b"content")) > 60
        with pytest.raises(TrustError) as refusal:
            opened(url)
    assert refusal.value.code is ErrorCode.REMOTE_UNREACHABLE
    assert RemoteOrder.from_json(order.to_json()) == order


def test_nobody_there_and_somebody_slow(service: FakeService) -> None:
    with signing_service(service) as url:
        slow = open_service(url, SECRET, None, SystemClock())
        hurried = RemoteService(
            url=slow.url, authorization=slow.authorization, tls=slow.tls, clock=SystemClock(), seconds=0.0
        )
        with pytest.raises(TrustError) as refusal:
            open_remote_key(hurried, "seal")
        assert refusal.value.code is ErrorCode.REMOTE_UNREACHABLE
    with pytest.raises(TrustError) as refusal:
        opened(url)
    assert refusal.value.code is ErrorCode.REMOTE_UNREACHABLE
