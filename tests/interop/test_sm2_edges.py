"""OpenSSL and BouncyCastle judge our SM2 edge cases as we do, but where the vector itself says otherwise and why."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.support.sm2_vectors import Vector, vectors
from trustkit.crypto.engines.libcrypto import SUCCESS, libcrypto
from trustkit.custody.sm2_openssl import load_sm2_key
from trustkit.errors import TrustError

if TYPE_CHECKING:
    from collections.abc import Callable

pytestmark = pytest.mark.interop

SOURCE = Path(__file__).parent / "bouncycastle" / "Sm2Edges.java"
JARS = tuple(Path("/usr/share/java") / name for name in ("bcprov.jar", "bcpkix.jar", "bcutil.jar"))
BOUNCYCASTLE_FORMS = {"04-c1c3c2": "C1C3C2", "04-c1c2c3": "C1C2C3"}  # it reads raw octets only


def differing(judged: list[tuple[Vector, bool]], peer: str) -> list[str]:
    return [
        f"{vector.number} {vector.comment}: {'accepted' if answer else 'refused'}"
        for vector, answer in judged
        if answer is not vector.expected_of(peer)
    ]


def openssl_verifies(vector: Vector) -> bool:
    crypto = libcrypto()
    lib, null = crypto.lib, crypto.ffi.NULL
    try:
        key = crypto.public_key(vector.octets("publicKeyDer"))
    except TrustError:
        return False
    context, key_context = lib.EVP_MD_CTX_new(), lib.EVP_PKEY_CTX_new(key, null)
    identity, message, sig = vector.octets("id"), vector.octets("msg"), vector.octets("sig")
    try:
        lib.EVP_MD_CTX_set_pkey_ctx(context, key_context)
        return bool(
            lib.EVP_DigestVerifyInit(context, null, lib.EVP_sm3(), null, key) == SUCCESS
            and lib.EVP_PKEY_CTX_set1_id(key_context, identity, len(identity)) == SUCCESS
            and lib.EVP_DigestVerify(context, sig, len(sig), message, len(message)) == SUCCESS
        )
    finally:
        lib.EVP_MD_CTX_free(context)
        lib.EVP_PKEY_CTX_free(key_context)
        lib.ERR_clear_error()


def openssl_verifies_digest(vector: Vector) -> bool:
    crypto = libcrypto()
    lib = crypto.lib
    context = lib.EVP_PKEY_CTX_new(crypto.public_key(vector.octets("publicKeyDer")), crypto.ffi.NULL)
    sig, digest = vector.octets("sig"), vector.octets("digest")
    try:
        return bool(
            lib.EVP_PKEY_verify_init(context) == SUCCESS
            and lib.EVP_PKEY_verify(context, sig, len(sig), digest, len(digest)) == SUCCESS
        )
    finally:
        lib.EVP_PKEY_CTX_free(context)
        lib.ERR_clear_error()


def openssl_decrypts(vector: Vector) -> bool:
    crypto = libcrypto()
    ffi, lib = crypto.ffi, crypto.lib
    data, expected = vector.octets("ct"), vector.octets("msg")
    output, size = ffi.new("unsigned char[]", 2048), ffi.new("size_t *", 2048)
    context = lib.EVP_PKEY_CTX_new(load_sm2_key(vector.octets("privateKey")), ffi.NULL)
    try:
        answered = (
            lib.EVP_PKEY_decrypt_init(context) == SUCCESS
            and lib.EVP_PKEY_decrypt(context, output, size, data, len(data)) == SUCCESS
        )
        return answered and bytes(ffi.buffer(output, size[0])) == expected
    finally:
        lib.EVP_PKEY_CTX_free(context)
        lib.ERR_clear_error()


def openssl_reads_key(vector: Vector) -> bool:
    try:
        libcrypto().public_key(vector.octets("publicKeyDer"))
    except TrustError:
        return False
    return True


@pytest.mark.parametrize(
    ("kind", "judge"),
    [
        ("Sm2Verify", openssl_verifies),
        ("Sm2VerifyDigest", openssl_verifies_digest),
        ("Sm2Decrypt", openssl_decrypts),
        ("Sm2PublicKey", openssl_reads_key),
    ],
)
def test_openssl(kind: str, judge: Callable[[Vector], bool]) -> None:
    asked = [vector for vector in vectors(kind) if vector.fields.get("form", "asn1") == "asn1"]
    assert differing([(vector, judge(vector)) for vector in asked], "openssl") == []


def words_for_bouncycastle(vector: Vector) -> tuple[str, ...]:
    fields = vector.fields
    match fields["type"]:
        case "Sm2Verify":
            return ("verify", fields["publicKeyDer"], fields["id"], fields["msg"], fields["sig"])
        case "Sm2PublicKey":
            return ("key", fields["publicKeyDer"])
        case _:
            return ("decrypt", fields["privateKey"], BOUNCYCASTLE_FORMS[fields["form"]], fields["ct"], fields["msg"])


@pytest.mark.parametrize("kind", ["Sm2Verify", "Sm2Decrypt", "Sm2PublicKey"])
def test_bouncycastle(kind: str) -> None:
    missing = [str(jar) for jar in JARS if not jar.exists()]
    missing += [] if shutil.which("javac") else ["javac"]
    if missing:
        pytest.skip(f"BouncyCastle or a JDK is missing: {', '.join(missing)} (make interop installs them)")
    asked = [v for v in vectors(kind) if kind != "Sm2Decrypt" or v.fields["form"] in BOUNCYCASTLE_FORMS]
    lines = "".join("\t".join(words_for_bouncycastle(vector)) + "\n" for vector in asked)
    command = ["java", "-cp", ":".join(map(str, JARS)), str(SOURCE)]
    ran = subprocess.run(command, input=lines, capture_output=True, text=True, check=True, timeout=120)
    answers = [{"valid": True, "invalid": False}[line] for line in ran.stdout.split()]
    assert differing(list(zip(asked, answers, strict=True)), "bouncycastle") == []
