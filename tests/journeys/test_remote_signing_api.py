"""Remote signing as a client of the API meets it: what is signed, what is refused in which words, and what the trail tells."""

from __future__ import annotations

import base64
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from datetime import timedelta
from functools import cache
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

import pytest

from ca.client_grant import Action, ClientGrant
from ca.clients import Role
from tests.support.remote_signing import SEAL, SM2_SM3, RemoteHome, coded, remote_home
from trustkit.app.remote_credentials import HomeCredentials
from trustkit.audit import trail
from trustkit.crypto.digest import DigestAlgorithm, digest_oid
from trustkit.crypto.pss import pss_parameters
from trustkit.crypto.public_key import KeyKind
from trustkit.crypto.suites import SignatureSuite
from trustkit.crypto.verify import verify_signature
from trustkit.custody.private_key import generate_key
from trustkit.x509.certificate import parse_certificate

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

SHA256 = digest_oid(DigestAlgorithm.SHA256)
FIRST, SECOND = bytes(32), b"\1" * 32


@pytest.fixture(scope="module")
def remote(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RemoteHome]:
    with remote_home(tmp_path_factory.mktemp("remote")) as made:
        yield made


@pytest.fixture(scope="module")
def client(remote: RemoteHome) -> dict[str, str]:
    return remote.client("registry")


def test_info_says_what_is_offered_to_anybody(remote: RemoteHome) -> None:
    told = remote.post("info", {}).json()
    assert told["methods"] == [
        "info",
        "credentials/list",
        "credentials/info",
        "credentials/authorize",
        "signatures/signHash",
    ]
    assert (told["authType"], told["signAlgorithms"]) == (["external"], {"algos": [SM2_SM3]})


def test_lists_the_credentials_a_client_was_granted(remote: RemoteHome, client: dict[str, str]) -> None:
    assert remote.post("credentials/list", client).json() == {"credentialIDs": ["seal"]}
    full = remote.post("credentials/list", client, credentialInfo=True, certificates="none", onlyValid=True).json()
    (told,) = full["credentialInfos"]
    assert (told["credentialID"], told["cert"], full["onlyValid"]) == ("seal", {"status": "valid"}, True)
    other = remote.client("granted-nothing-of-it", ClientGrant(actions=frozenset({Action.SIGN})))
    assert remote.post("credentials/list", other).json() == {"credentialIDs": []}


def test_tells_of_a_credential(remote: RemoteHome, client: dict[str, str]) -> None:
    asked = {"credentialID": "seal", "certificates": "chain", "certInfo": True, "authInfo": True}
    told = remote.post("credentials/info", client, **asked).json()
    chain = [parse_certificate(base64.b64decode(each)) for each in told["cert"]["certificates"]]
    assert chain[0] == remote.certificate
    assert chain[1].subject_der == chain[0].issuer_der
    assert told["key"] == {"status": "enabled", "algo": [SM2_SM3], "len": 256, "curve": "1.2.156.10197.1.301"}
    assert (told["auth"], told["SCAL"], told["multisign"]) == ({"mode": "explicit", "objects": []}, "2", 4)
    assert told["cert"]["validTo"] == f"{chain[0].not_after:%Y%m%d%H%M%SZ}"


def test_signs_what_was_authorized_and_tells_the_trail(remote: RemoteHome, client: dict[str, str]) -> None:
    messages = (b"first", b"second")
    hashes = [remote.hash_of(each) for each in messages]
    answer = remote.sign(client, remote.sad(client, *hashes), *hashes)
    assert answer.status_code == 200, answer.text
    key = remote.certificate.public_key
    for message, signature in zip(messages, answer.json()["signatures"], strict=True):
        verify_signature(suite=SignatureSuite.SM2_SM3, key=key, message=message, signature=base64.b64decode(signature))
    told = _events(remote)[-5:]
    names = [f"sm3:{each.hex()}" for each in hashes]
    assert [(kind, thing) for kind, thing, _ in told] == [
        ("ca:client:called", told[0][1]),
        *(("ca:hash:intended", each) for each in names),
        *(("ca:hash:signed", each) for each in names),
    ]


MISSING = "Missing (or invalid type) string parameter"
Bent = dict[str, Any]
AUTHORIZING: dict[str, tuple[Bent, str]] = {
    "no credential": ({"credentialID": None}, f"{MISSING} credentialID"),
    "a credential that is a number": ({"credentialID": 7}, f"{MISSING} credentialID"),
    "a credential there is not": ({"credentialID": "root-ca"}, "Invalid parameter credentialID"),
    "any credential": ({"credentialID": "*"}, "Invalid parameter credentialID"),
    "no number": ({"numSignatures": None}, "Missing (or invalid type) integer parameter numSignatures"),
    "a number that is true": ({"numSignatures": True}, "Missing (or invalid type) integer parameter numSignatures"),
    "none": ({"numSignatures": 0}, "Invalid value for parameter numSignatures"),
    "another number than hashes": ({"numSignatures": 2}, "Invalid value for parameter numSignatures"),
    "too many": ({"numSignatures": 5}, "Numbers of signatures is too high"),
    "no hashes": ({"hashes": None}, "Missing (or invalid type) array parameter hashes"),
    "an empty array": ({"hashes": []}, "Empty hash array"),
    "a huge array": ({"hashes": coded(*[FIRST] * 900)}, "Numbers of signatures is too high"),
    "a hash that is a number": ({"hashes": [7]}, "Invalid Base64 hash string parameter"),
    "no Base64": ({"hashes": ["%%%"]}, "Invalid Base64 hash string parameter"),
    "a short hash": ({"hashes": coded(bytes(31))}, "Invalid digest value length"),
    "a long hash": ({"hashes": coded(bytes(33))}, "Invalid digest value length"),
    "a document": ({"hashes": coded(bytes(5000))}, "Invalid Base64 hash string parameter"),
    "no hash algorithm": ({"hashAlgorithmOID": None}, f"{MISSING} hashAlgorithmOID"),
    "an unknown hash algorithm": ({"hashAlgorithmOID": "1.2.3"}, "Invalid parameter hashAlgorithmOID"),
    "SHA-1": ({"hashAlgorithmOID": "1.3.14.3.2.26"}, "Invalid parameter hashAlgorithmOID"),
}


@pytest.mark.parametrize(("bent", "told"), AUTHORIZING.values(), ids=AUTHORIZING.keys())
def test_refuses_to_authorize(remote: RemoteHome, client: dict[str, str], bent: Bent, told: str) -> None:
    answer = remote.authorize(client, FIRST, **bent)
    assert (answer.status_code, answer.json()) == (400, {"error": "invalid_request", "error_description": told})
    assert _events(remote)[-1][0] == "ca:hash:denied"


SIGNING: dict[str, tuple[Bent, str]] = {
    "no SAD": ({"SAD": None}, f"{MISSING} SAD"),
    "an unknown SAD": ({"SAD": "x" * 43}, "Invalid parameter SAD"),
    "other hashes": ({"hashes": coded(SECOND)}, "Hash is not authorized by the SAD"),
    "one hash more": ({"hashes": coded(FIRST, SECOND)}, "Hash is not authorized by the SAD"),
    "another credential": ({"credentialID": "issuing-ca"}, "Invalid parameter credentialID"),
    "no algorithm": ({"signAlgo": None}, f"{MISSING} signAlgo"),
    "an unknown algorithm": ({"signAlgo": "1.2.3.4"}, "Invalid parameter signAlgo"),
    "an algorithm of other keys": ({"signAlgo": "1.2.840.10045.4.3.2"}, "Invalid parameter signAlgo"),
    "an algorithm that hashes by itself": ({"signAlgo": "1.3.101.112"}, "Invalid parameter signAlgo"),
    "another hash algorithm": ({"hashAlgorithmOID": SHA256}, "Invalid parameter signAlgo"),
    "parameters": ({"signAlgoParams": "MAA="}, "Invalid parameter signAlgo"),
    "asynchronous operation": ({"operationMode": "A"}, "Invalid parameter operationMode"),
    "a short hash": ({"hashes": coded(bytes(31))}, "Invalid digest value length"),
}


@pytest.mark.parametrize(("bent", "told"), SIGNING.values(), ids=SIGNING.keys())
def test_refuses_to_sign_and_spends_nothing(remote: RemoteHome, client: dict[str, str], bent: Bent, told: str) -> None:
    sad = remote.sad(client, FIRST)
    answer = remote.sign(client, sad, FIRST, **bent)
    assert (answer.status_code, answer.json()) == (400, {"error": "invalid_request", "error_description": told})
    assert _events(remote)[-1][0] == "ca:hash:denied"
    assert remote.sign(client, sad, FIRST).status_code == 200


def test_an_authorization_serves_once_soon_and_its_client_alone(remote: RemoteHome, client: dict[str, str]) -> None:
    sad, other = remote.sad(client, FIRST), remote.client("another")
    assert _told(remote.sign(other, sad, FIRST)) == "Invalid parameter SAD"
    assert remote.sign(client, sad, FIRST).status_code == 200
    assert _told(remote.sign(client, sad, FIRST)) == "Invalid parameter SAD"
    late = remote.sad(client, FIRST)
    remote.clock.by = timedelta(seconds=121)
    try:
        assert _told(remote.sign(client, late, FIRST)) == "SAD expired"
    finally:
        remote.clock.by = timedelta(0)


def test_of_many_at_once_one_gets_the_authorization(remote: RemoteHome, client: dict[str, str]) -> None:
    sad = remote.sad(client, SECOND)
    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(lambda _: remote.sign(client, sad, SECOND), range(4)))
    assert sorted(answer.status_code for answer in answers) == [200, 400, 400, 400]


WHO: dict[str, tuple[Callable[[RemoteHome], dict[str, str]], int, str]] = {
    "nobody": (lambda _: {}, 401, "invalid_token"),
    "a wrong secret": (lambda remote: _wrong(remote.client("wrong")), 401, "invalid_token"),
    "another scheme": (lambda _: {"authorization": "Digest x"}, 401, "invalid_token"),
    "no grant": (lambda remote: remote.client("bare", ClientGrant()), 403, "unauthorized_client"),
    "another role": (
        lambda remote: remote.client("auditor", ClientGrant(), Role.AUDITOR),
        403,
        "unauthorized_client",
    ),
    "a grant of no credential": (
        lambda remote: remote.client("no-credential", ClientGrant(actions=frozenset({Action.SIGN}))),
        400,
        "invalid_request",
    ),
}


@pytest.mark.parametrize(("who", "status", "error"), WHO.values(), ids=WHO.keys())
def test_lets_in_whom_it_was_told_to(
    remote: RemoteHome, who: Callable[[RemoteHome], dict[str, str]], status: int, error: str
) -> None:
    headers = who(remote)
    for method in ("credentials/info", "credentials/authorize"):
        answer = remote.post(method, headers, credentialID="seal", numSignatures=1)
        assert (answer.status_code, answer.json()["error"]) == (status, error)
    if status == HTTPStatus.UNAUTHORIZED:
        assert 'error="invalid_token"' in answer.headers["www-authenticate"]


def test_refuses_bodies_of_another_kind(remote: RemoteHome, client: dict[str, str]) -> None:
    path = "/csc/v2/credentials/info"
    typed = {**client, "content-type": "text/plain"}
    assert remote.visitor.post(path, content=b"{}", headers=typed).status_code == 415
    for body in (b"", b"[]", b"{", b'{"credentialID": "seal", "credentialID": "seal"}', b"[" * 50, b'{"a": 1.5}'):
        answer = remote.visitor.post(path, content=body, headers={**client, "content-type": "application/json"})
        assert (answer.status_code, answer.json()["error"]) == (400, "invalid_request")
    huge = remote.authorize(client, FIRST, hashes=coded(*[FIRST] * 4000))
    assert (huge.status_code, huge.json()["error"]) == (413, "invalid_request")


def test_a_client_has_so_many_signatures_a_minute(tmp_path: Path) -> None:
    with remote_home(
        tmp_path, settings="\n[csc]\nenabled = true\nmax_hashes = 4\nsignatures_per_minute = 40\n"
    ) as slow:
        busy = slow.client("busy")
        assert slow.authorize(busy, *[FIRST] * 4).is_success
        answer = slow.authorize(busy, *[FIRST] * 4)
    assert (answer.status_code, answer.json()["error"]) == (429, "temporarily_unavailable")
    assert int(answer.headers["retry-after"]) >= 1


def test_openapi_describes_the_calls(remote: RemoteHome) -> None:
    paths = remote.visitor.get("/openapi.json").json()["paths"]
    body = paths["/csc/v2/signatures/signHash"]["post"]["requestBody"]["content"]["application/json"]["schema"]
    assert body["required"] == ["credentialID", "SAD", "hashes", "signAlgo"]
    assert "401" in paths["/csc/v2/credentials/list"]["post"]["responses"]


def test_an_expired_seal_signs_nothing(remote: RemoteHome) -> None:
    remote.clock.by = remote.certificate.not_after - remote.home.clock.now() + timedelta(days=1)
    try:
        client = remote.client("late")
        assert _told(remote.authorize(client, FIRST)) == "Signing certificate is expired"
        assert remote.post("credentials/list", client, onlyValid=True).json()["credentialIDs"] == []
        info = remote.post("credentials/info", client, credentialID="seal").json()
        assert (info["key"]["status"], info["cert"]["status"]) == ("disabled", "expired")
    finally:
        remote.clock.by = timedelta(0)


OTHERS: dict[str, tuple[str, Bent, SignatureSuite]] = {
    "ECDSA": ("ecdsa-p256", {"signAlgo": "1.2.840.10045.4.3.2"}, SignatureSuite.ECDSA_P256_SHA256),
    "RSA": ("rsa-3072", {"signAlgo": "1.2.840.113549.1.1.11"}, SignatureSuite.RSA_PKCS1_SHA256),
    "bare RSA": (
        "rsa-3072",
        {"signAlgo": "1.2.840.113549.1.1.1", "hashAlgorithmOID": SHA256},
        SignatureSuite.RSA_PKCS1_SHA256,
    ),
    "RSA-PSS": (
        "rsa-3072",
        {
            "signAlgo": "1.2.840.113549.1.1.10",
            "signAlgoParams": base64.b64encode(pss_parameters(DigestAlgorithm.SHA256)).decode(),
        },
        SignatureSuite.RSA_PSS_SHA256,
    ),
}


@pytest.fixture(scope="module")
def classic(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[str], RemoteHome]]:
    with ExitStack() as stack:

        @cache
        def made(keys: str) -> RemoteHome:
            return stack.enter_context(remote_home(tmp_path_factory.mktemp(keys), keys=keys))

        yield made


@pytest.mark.parametrize(("keys", "asked", "suite"), OTHERS.values(), ids=OTHERS.keys())
def test_signs_with_keys_of_other_kinds(
    classic: Callable[[str], RemoteHome], keys: str, asked: Bent, suite: SignatureSuite
) -> None:
    remote = classic(keys)
    client = remote.client(suite.value + str(len(asked)))
    hashed = remote.hash_of(b"content")
    sad = remote.sad(client, hashed, hashAlgorithmOID=SHA256)
    answer = remote.sign(client, sad, hashed, **asked)
    assert answer.status_code == 200, answer.text
    signature = base64.b64decode(answer.json()["signatures"][0])
    verify_signature(suite=suite, key=remote.certificate.public_key, message=b"content", signature=signature)


def test_what_does_not_verify_under_the_certificate_never_leaves(
    remote: RemoteHome, client: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    other = generate_key(KeyKind.SM2).signer()  # as after a restored key file, or in a module that has another
    hashes = (remote.hash_of(b"one"), remote.hash_of(b"two"))
    sad = remote.sad(client, *hashes)
    monkeypatch.setattr(HomeCredentials, "signer", lambda _home, _credential: other)
    answer = remote.sign(client, sad, *hashes)
    assert (answer.status_code, answer.json()["error"]) == (503, "temporarily_unavailable"), answer.text
    assert "signatures" not in answer.json()
    told = [(kind, thing, reason) for kind, thing, reason in _events(remote) if kind.startswith("ca:hash:")][-2:]
    assert told == [("ca:hash:signed", f"sm3:{each.hex()}", "custody:signing:failed") for each in hashes]


def test_is_closed_unless_opened(tmp_path: Any) -> None:
    with remote_home(tmp_path, settings="") as closed:
        client = closed.client("early", SEAL)
        assert closed.post("info", client).status_code == 404


def _told(answer: Any) -> str:
    assert answer.status_code == 400, answer.text
    return str(answer.json()["error_description"])


def _wrong(headers: dict[str, str]) -> dict[str, str]:
    return {"authorization": headers["authorization"][:-4] + "AAAA"}


def _events(remote: RemoteHome) -> list[tuple[str, str, str]]:
    with remote.home.database.reading() as unit:
        newest = trail.last_sequence(unit)
        return [(each.type, each.object_id, each.reason) for each in trail.list_events(unit, after=max(0, newest - 20))]
