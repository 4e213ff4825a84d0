"""What is handed in, proofs and addresses: what is sent, and what is refused before anything is."""

from __future__ import annotations

import base64
import json
from datetime import UTC, date, datetime, timedelta, timezone
from functools import partial
from typing import TYPE_CHECKING, Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    KeySerializationEncryption,
    NoEncryption,
    PrivateFormat,
)

from trustkit.clock import FixedClock
from trustkit.jose.client_assertion import verify_client_assertion
from trustkit.jose.keys import parse_jwks
from trustkit.jose.model import JwsAlgorithm
from trustkit_client import (
    AsyncClient,
    Client,
    ClientSecret,
    Document,
    PrivateKeyJwt,
    TlsCertificate,
    TokenRequest,
    calls,
    documents,
)
from trustkit_client.batch import line_for
from trustkit_client.errors import NotPassedError, UsageError
from trustkit_client.results import verdict_of

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

NOW = datetime(2026, 12, 1, 8, tzinfo=UTC)
BEIJING = timezone(timedelta(hours=8))
ISSUER = "https://id.example.cn"


def _usage(act: Callable[[], object]) -> UsageError:
    with pytest.raises(UsageError) as refused:
        act()
    return refused.value


def _presenting(answer: dict[str, object], **more: Any) -> Any:
    asked: dict[str, Any] = {"query": {}, "audience": "https://x", "nonce": "n", "same_holder": False, "evidence": ()}
    return calls.verifying_presentation(answer, **asked | more).value


def test_a_presentation_is_told_with_what_was_asked() -> None:
    assert _presenting({"a": ["x~"]}, query={"credentials": []}, same_holder=True, evidence=[b"a"]) == {
        "dcql_query": {"credentials": []},
        "vp_token": {"a": ["x~"]},
        "audience": "https://x",
        "nonce": "n",
        "same_holder": True,
        "evidence": ["YQ=="],
    }


def test_a_document_is_told_with_all_that_belongs_to_it(tmp_path: Path) -> None:
    path = tmp_path / "许可证.pdf"
    path.write_bytes(b"%PDF-")
    read = documents.document_of(path)
    assert (read.data, read.name) == (b"%PDF-", "许可证.pdf")
    assert documents.document_of("TKL1:ABC").data == b"TKL1:ABC"
    whole = Document(
        data=b"a",
        content=b"b",
        evidence=(b"c", b"d"),
        at=NOW.astimezone(BEIJING),
        audience="https://x",
        nonce="n",
        recipient="92990100MA7TRYQ1X6",
        purpose="办理开户",
    )
    assert whole.to_json() == {
        "name": "file",
        "data": "YQ==",
        "content": "Yg==",
        "evidence": ["Yw==", "ZA=="],
        "at": "2026-12-01T08:00:00Z",
        "audience": "https://x",
        "nonce": "n",
        "recipient": "92990100MA7TRYQ1X6",
        "purpose": "办理开户",
    }
    call = calls.verifying(whole)
    asked = {"audience", "nonce", "recipient", "purpose", "at"}
    assert set(call.fields) == set(calls.reporting(whole, "simple", "json").fields) == asked
    assert json.loads(line_for(whole)) == whole.to_json()
    bundle: Any = calls.verifying_bundle(
        [Document(data=b"x", recipient="R")], types=(), same_holder=False, on=None, at=None
    )
    assert bundle.value["licences"] == [{"name": "file", "data": "eA==", "recipient": "R"}]
    assert [(name, data) for name, (_, data) in call.parts] == [
        ("file", b"a"),
        ("content", b"b"),
        ("evidence", b"c"),
        ("evidence", b"d"),
    ]
    for each in (b"a", b"b", "'n'", "办理开户"):
        assert str(each) not in repr(whole) + repr(call)
    assert len(Document(data=b"", name="x" * 300).label) == documents.MAX_NAME


@pytest.mark.parametrize(
    "act",
    [
        lambda: Document(data=b"x", at=datetime(2026, 12, 1)),  # noqa: DTZ001 - what is refused
        lambda: Document(data=b"x", audience="https://x"),
        lambda: Document(data=b"x", nonce="n"),
        lambda: Document(data=b"x", recipient=""),
        lambda: Document(data=b"x", recipient="92990100MA7TRYQ1X6", purpose=""),
        lambda: calls.licence_status("../health"),
        lambda: calls.licence_status(""),
        lambda: calls.licence_type("Business"),
        lambda: calls.reporting(b"x", "long", "pdf"),
        lambda: calls.reporting(b"x", "simple", "doc"),
        lambda: calls.verifying_bundle([], types=(), same_holder=False, on=None, at=None),
        lambda: calls.verifying_bundle([b"x"] * 21, types=(), same_holder=False, on=None, at=None),
        lambda: calls.verifying_bundle([Document(data=b"x", at=NOW)], types=(), same_holder=False, on=None, at=None),
        lambda: calls.verifying_bundle([b"x"], types=(), same_holder=False, on=None, at=datetime(2026, 12, 1)),  # noqa: DTZ001 - as above
        lambda: _presenting({}, audience=""),
        lambda: _presenting({}, nonce=""),
        lambda: _presenting({"a": [b"x"]}),
        lambda: _presenting({"a": [float("nan")]}),
        lambda: _presenting({"a": ["\ud800"]}),
        lambda: _presenting({}, query={"credentials": {1, 2}}),
        lambda: Client("verify.example.cn"),
        lambda: Client("ftp://verify.example.cn"),
        lambda: Client("https://me:secret@verify.example.cn"),
        lambda: Client("https://verify.example.cn/?a=b"),
        lambda: Client("https://verify.example.cn", language="fr"),
        lambda: AsyncClient("verify.example.cn"),
    ],
)
def test_what_cannot_be_asked_is_not_sent(act: Callable[[], object]) -> None:
    assert _usage(act).code == "client:usage"


def test_a_file_that_cannot_be_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert _usage(lambda: documents.document_of(tmp_path / "none")).code == "client:file:unreadable"
    assert _usage(lambda: documents.document_of(tmp_path)).code == "client:file:unreadable"
    monkeypatch.setattr(documents, "MAX_DOCUMENT", 2)
    (tmp_path / "large").write_bytes(b"123")
    assert _usage(lambda: documents.document_of(tmp_path / "large")).code == "client:file:too-large"


def test_secrets_go_nowhere_in_clear() -> None:
    tokens = TokenRequest(url=f"{ISSUER}/token", proof=ClientSecret("me", "s3cret"))
    clear = TokenRequest(url="http://id.example.cn/token", proof=ClientSecret("me", "s3cret"))
    for url, asked in (("http://a.example.cn", tokens), ("https://a.example.cn", clear)):
        for kind in (Client, AsyncClient):
            assert _usage(partial(kind, url, tokens=asked)).code == "client:address:in-clear"
            assert _usage(partial(kind, url, tokens=asked, in_clear=True)).code == "client:address:in-clear"
    with Client("http://127.0.0.1:1", tokens=tokens) as client:
        assert "s3cret" not in repr(client) + repr(vars(client)) + repr(tokens)


@pytest.mark.parametrize("kind", [Client, AsyncClient])
def test_verdicts_come_in_clear_from_this_machine_alone(kind: type[Client | AsyncClient]) -> None:
    refused = _usage(partial(kind, "http://verify.example.cn"))
    assert (refused.code, bool(refused.remedy)) == ("client:address:in-clear", True)
    assert _usage(partial(kind, "http://127.0.0.1.example.cn")).code == "client:address:in-clear"
    for url in ("http://localhost:1", "http://127.0.0.1:1", "http://[::1]:1"):
        assert url in repr(kind(url))
    assert "http://verify.example.cn" in repr(kind("http://verify.example.cn", in_clear=True))


def test_a_bundle_is_told_with_what_is_demanded() -> None:
    call = calls.verifying_bundle([b"x"], types=["T"], same_holder=True, on=date(2026, 12, 1), at=NOW)
    assert call.value == {
        "licences": [{"name": "file", "data": "eA=="}],
        "types": ["T"],
        "same_holder": True,
        "on": "2026-12-01",
        "at": "2026-12-01T08:00:00Z",
    }


def _pem(place: Path, key: Any, how: KeySerializationEncryption | None = None) -> Path:
    path = place / "key.pem"
    path.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, how or NoEncryption()))
    return path


def public_jwk(key: Any) -> dict[str, str]:
    public = key.public_key()
    if isinstance(public, ed25519.Ed25519PublicKey):
        return {"kty": "OKP", "crv": "Ed25519", "x": _text(public.public_bytes_raw())}
    numbers, size = public.public_numbers(), key.key_size // 8
    x, y = (_text(each.to_bytes(size, "big")) for each in (numbers.x, numbers.y))
    return {"kty": "EC", "crv": f"P-{key.key_size}", "x": x, "y": y}


def _text(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


@pytest.mark.parametrize(
    ("key", "algorithm"),
    [
        (ec.generate_private_key(ec.SECP256R1()), JwsAlgorithm.ES256),
        (ec.generate_private_key(ec.SECP384R1()), JwsAlgorithm.ES384),
        (ed25519.Ed25519PrivateKey.generate(), JwsAlgorithm.EDDSA),
    ],
    ids=["P-256", "P-384", "Ed25519"],
)
def test_an_assertion_is_what_the_provider_verifies(tmp_path: Path, key: Any, algorithm: JwsAlgorithm) -> None:
    proof = PrivateKeyJwt.from_pem("me", _pem(tmp_path, key), key_id="k", audience=ISSUER)
    headers, fields = proof.shown("https://id.example.cn/token", NOW.timestamp())
    assert headers == {}
    keys = parse_jwks(json.dumps({"keys": [public_jwk(key) | {"kid": "k"}]}).encode())
    verified = verify_client_assertion(
        fields["client_assertion"],
        keys,
        client="me",
        audiences={ISSUER},
        algorithms={algorithm},
        now=FixedClock(NOW).now(),
    )
    assert verified.claims.subject == "me"
    again = proof.shown("https://id.example.cn/token", NOW.timestamp())[1]["client_assertion"]
    assert again != fields["client_assertion"]


def test_a_certificate_is_named_by_its_client() -> None:
    assert TlsCertificate("me").shown("https://x", 0.0) == ({}, {"client_id": "me"})


def test_a_key_that_does_not_do(tmp_path: Path) -> None:
    good = ec.generate_private_key(ec.SECP256R1())
    for key, how in (
        (rsa.generate_private_key(65537, 2048), None),
        (ec.generate_private_key(ec.SECP521R1()), None),
        (good, BestAvailableEncryption(b"secret")),
    ):
        path = _pem(tmp_path, key, how)
        assert _usage(partial(PrivateKeyJwt.from_pem, "me", path)).code == "client:key:unreadable"
    assert _usage(lambda: PrivateKeyJwt.from_pem("me", tmp_path / "none")).code == "client:file:unreadable"


def test_a_verdict_that_is_required_to_pass() -> None:
    told = {"file": "a", "format": "pdf", "at": "2026-12-01T00:00:00Z", "signatures": [], "uncovered": []}
    check = {"id": "x", "status": "FAILED", "message": "Bad.", "remedy": "Ask again."}
    verdict = verdict_of(told | {"indication": "TOTAL-FAILED", "sub_indication": "REVOKED", "checks": [check]})
    with pytest.raises(NotPassedError, match="TOTAL-FAILED REVOKED") as refused:
        verdict.require_passed()
    assert (refused.value.remedy, refused.value.sub_indication) == ("Ask again.", "REVOKED")
    passed = verdict_of(told | {"indication": "TOTAL-PASSED", "checks": []})
    assert passed.require_passed() is passed
