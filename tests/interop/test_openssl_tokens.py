"""OpenSSL's opinion of tokens under SGD_SM3_SM2: SM2 with SM3 over the signing input, Z of the default ID, r‖s."""

from __future__ import annotations

import shutil
import subprocess
from typing import TYPE_CHECKING

import pytest

from tests.support.tokens import API, ISSUER, NOW, claims, keys, part, signer
from trustkit.crypto.public_key import KeyKind, parse_public_key
from trustkit.crypto.sm2 import encode_sm2_signature
from trustkit.encoding.der import children, content, decode_integer, parse_strict
from trustkit.encoding.pem import encode_pem
from trustkit.encoding.text64 import decode_base64url, encode_base64url
from trustkit.jose.jwk import jwk_of
from trustkit.jose.jwt import JwtRules, verify_jwt
from trustkit.jose.keys import JwkSet, verification_key
from trustkit.jose.model import JwsAlgorithm
from trustkit.jose.sign import sign_jwt

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.interop

SM2 = ("-rawin", "-digest", "sm3", "-pkeyopt", "distid:1234567812345678")
RULES = JwtRules(kinds={"at+jwt"}, algorithms={JwsAlgorithm.SGD_SM3_SM2}, issuer=ISSUER, audiences={API})


@pytest.fixture(autouse=True)
def _openssl() -> None:
    if shutil.which("openssl") is None:
        pytest.skip("openssl is missing")


def _openssl_run(*arguments: str | Path) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(["openssl", *map(str, arguments)], capture_output=True, check=False, timeout=30)


@pytest.mark.parametrize(("changed", "verdict"), [(False, 0), (True, 1)])
def test_openssl_verifies_our_token(tmp_path: Path, *, changed: bool, verdict: int) -> None:
    maker = signer(KeyKind.SM2)
    text = sign_jwt(claims(), maker, kind="at+jwt", key_id="k1")
    signed, _, signature = text.rpartition(".")
    raw = decode_base64url(signature)
    (tmp_path / "input").write_text(signed + ("A" if changed else ""), "ascii")
    (tmp_path / "signature").write_bytes(encode_sm2_signature(raw[:32], raw[32:]))
    key = jwk_of(maker.public_key).public_key  # by way of the JWK
    (tmp_path / "key.pem").write_bytes(encode_pem("PUBLIC KEY", key.spki))
    named = ("-pubin", "-inkey", tmp_path / "key.pem", "-in", tmp_path / "input", "-sigfile", tmp_path / "signature")
    assert _openssl_run("pkeyutl", "-verify", *named, *SM2).returncode == verdict


def test_we_verify_a_token_openssl_signed(tmp_path: Path) -> None:
    made = _openssl_run("genpkey", "-algorithm", "SM2", "-out", tmp_path / "key.pem")
    assert made.returncode == 0, made.stderr
    _openssl_run("pkey", "-in", tmp_path / "key.pem", "-pubout", "-outform", "DER", "-out", tmp_path / "key.der")
    joined = f"{part({'alg': 'SGD_SM3_SM2', 'typ': 'at+jwt'})}.{part(claims())}"
    (tmp_path / "input").write_text(joined, "ascii")
    done = _openssl_run(
        "pkeyutl", "-sign", "-inkey", tmp_path / "key.pem", "-in", tmp_path / "input", "-out", tmp_path / "sig", *SM2
    )
    assert done.returncode == 0, done.stderr
    der = (tmp_path / "sig").read_bytes()
    r, s = (decode_integer(content(der, each)) for each in children(der, parse_strict(der)))
    text = f"{joined}.{encode_base64url(r.to_bytes(32, 'big') + s.to_bytes(32, 'big'))}"
    key = verification_key(parse_public_key((tmp_path / "key.der").read_bytes()))
    assert verify_jwt(text, JwkSet.of(key), RULES, now=NOW).algorithm is JwsAlgorithm.SGD_SM3_SM2
    assert keys(KeyKind.SM2) != JwkSet.of(key)
