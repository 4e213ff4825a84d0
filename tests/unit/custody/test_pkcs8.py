from __future__ import annotations

import json
import shutil
import subprocess
import traceback
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from trustkit.crypto.kdf import MAX_ITERATIONS
from trustkit.crypto.public_key import KeyKind
from trustkit.custody.passphrase import Passphrase
from trustkit.custody.pkcs8 import (
    MAX_CONTAINER,
    MIN_ITERATIONS,
    decrypt_private_key,
    encrypt_private_key,
)
from trustkit.custody.private_key import generate_key, load_private_key
from trustkit.custody.private_key_info import encode_sm2_private_key, parse_private_key_info, sm2_scalar
from trustkit.custody.software import open_container
from trustkit.encoding.der_write import integer, null, octet_string, oid, sequence
from trustkit.errors import ErrorCode, TrustError

if TYPE_CHECKING:
    from trustkit.error_family import Code

PASSPHRASE = Passphrase(b"correct horse battery")
PBES2, PBKDF2 = oid("1.2.840.113549.1.5.13"), oid("1.2.840.113549.1.5.12")
SM4_CBC, AES_256 = oid("1.2.156.10197.1.104.2"), oid("2.16.840.1.101.3.4.1.42")
HMAC_SM3, HMAC_SHA1 = sequence(oid("1.2.156.10197.1.401.2")), sequence(oid("1.2.840.113549.2.7"), null())
HMAC_SHA256 = sequence(oid("1.2.840.113549.2.9"), null())
SALT, IV, DATA = octet_string(bytes(16)), octet_string(bytes(16)), octet_string(bytes(160))
VECTOR = Path(__file__).parents[2] / "vectors" / "crypto_gmssl_container.json"


@cache
def sm2_info() -> bytes:
    return generate_key(KeyKind.SM2).private_key_info()


@cache
def sm2_container() -> bytes:
    return encrypt_private_key(sm2_info(), PASSPHRASE, iterations=MIN_ITERATIONS)


def container(
    *,
    scheme: bytes = PBES2,
    kdf: bytes = PBKDF2,
    parameters: tuple[bytes, ...] = (SALT, integer(1000), HMAC_SM3),
    cipher: tuple[bytes, ...] = (SM4_CBC, IV),
    data: bytes = DATA,
) -> bytes:
    return sequence(
        sequence(scheme, sequence(sequence(kdf, sequence(*parameters)), sequence(*cipher))),
        data,
    )


@pytest.mark.parametrize("kind", KeyKind)
def test_round_trip(kind: KeyKind) -> None:
    key = generate_key(kind)
    written = encrypt_private_key(key.private_key_info(), PASSPHRASE, iterations=MIN_ITERATIONS)
    info = decrypt_private_key(written, PASSPHRASE)
    assert info.der == key.private_key_info()
    assert load_private_key(info).public_key == key.public_key


def test_written_as_gmssl_reads_it() -> None:
    """PBES2 with PBKDF2, no keyLength, HMAC-SM3 without parameters, SM4-CBC (tests/interop asks GmSSL itself)."""
    assert sequence(oid("1.2.156.10197.1.401.2")) in sm2_container()
    assert SM4_CBC in sm2_container()


def test_fresh_salt_and_iv() -> None:
    other = encrypt_private_key(sm2_info(), PASSPHRASE, iterations=MIN_ITERATIONS)
    assert len({sm2_container()[40:90], other[40:90]}) == 2
    assert sm2_container()[-160:] != other[-160:]


def test_gmssls_own_container() -> None:
    vector = json.loads(VECTOR.read_bytes())
    opened = open_container(bytes.fromhex(vector["container"]), Passphrase(vector["passphrase"].encode()))
    assert sm2_scalar(parse_private_key_info(opened.private_key_info()))[0].hex() == vector["scalar"]


OPENSSL_KEYS = {
    KeyKind.SM2: ("-algorithm", "SM2"),
    KeyKind.EC_P256: ("-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256"),
    KeyKind.RSA: ("-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048"),
    KeyKind.ED25519: ("-algorithm", "ED25519"),
}


@pytest.mark.parametrize("kind", OPENSSL_KEYS)
@pytest.mark.parametrize("prf", ["hmacWithSHA256", "hmacWithSHA512"])
@pytest.mark.parametrize("cipher", ["aes-256-cbc", "aes-128-cbc", "sm4-cbc"])
def test_openssls_containers(kind: KeyKind, prf: str, cipher: str, tmp_path: Path) -> None:
    if shutil.which("openssl") is None:
        pytest.skip("the openssl command is not installed")
    secret = tmp_path / "passphrase"
    secret.write_bytes(PASSPHRASE.reveal())
    plain = subprocess.run(["openssl", "genpkey", *OPENSSL_KEYS[kind]], capture_output=True, check=True).stdout
    command = ["openssl", "pkcs8", "-topk8", "-v2", cipher, "-v2prf", prf, "-passout", f"file:{secret}"]
    encrypted = subprocess.run(command, input=plain, capture_output=True, check=False)
    if encrypted.returncode and cipher == "sm4-cbc":
        pytest.skip("this openssl has no SM4")
    key = open_container(encrypted.stdout, PASSPHRASE)
    assert key.kind is kind
    with pytest.raises(TrustError) as caught:
        open_container(encrypted.stdout, Passphrase(b"another passphrase"))
    assert caught.value.code is ErrorCode.PASSPHRASE_WRONG


MALFORMED, UNKNOWN, WEAK = ErrorCode.KEY_CONTAINER_MALFORMED, ErrorCode.ALGORITHM_UNKNOWN, ErrorCode.ALGORITHM_WEAK


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", MALFORMED),
        (b"\x30\x00", MALFORMED),
        (bytes(MAX_CONTAINER + 1), MALFORMED),
        (container() + b"\x00", MALFORMED),
        (sequence(sequence(PBES2), DATA), MALFORMED),
        (container(scheme=oid("1.2.840.113549.1.5.3")), WEAK),  # MD5 and DES
        (container(scheme=oid("1.2.840.113549.1.12.1.3")), WEAK),  # SHA-1 and triple DES
        (container(kdf=oid("1.3.6.1.4.1.11591.4.11")), UNKNOWN),  # scrypt
        (container(cipher=(oid("1.2.840.113549.3.7"), octet_string(bytes(8)))), WEAK),  # triple DES
        (container(cipher=(oid("1.2.156.10197.1.104.1"), IV)), WEAK),  # SM4-ECB
        (container(cipher=(oid("1.2.156.10197.1.104"), IV)), UNKNOWN),  # SM4 without a mode
        (container(cipher=(oid("1.2.156.10197.1.104.7"), IV)), UNKNOWN),  # SM4-CTR
        (container(cipher=(oid("1.2.156.10197.1.104.8"), sequence(octet_string(bytes(12)), integer(16)))), UNKNOWN),
        (container(cipher=(SM4_CBC, octet_string(bytes(8)))), MALFORMED),
        (container(cipher=(SM4_CBC, null())), MALFORMED),
        (container(cipher=(SM4_CBC,)), MALFORMED),
        (container(parameters=(SALT, integer(1000))), WEAK),  # the default PRF is HMAC-SHA-1
        (container(parameters=(SALT, integer(1000), HMAC_SHA1)), WEAK),
        (container(parameters=(SALT, integer(1000), sequence(oid("1.2.3")))), UNKNOWN),
        (container(parameters=(SALT, integer(1000), sequence(oid("1.2.156.10197.1.401.2"), integer(1)))), UNKNOWN),
        (container(parameters=(SALT, integer(1000), integer(32), HMAC_SM3)), MALFORMED),
        (container(parameters=(SALT, integer(1000), HMAC_SM3, HMAC_SM3)), MALFORMED),
        (container(parameters=(SALT, integer(0), HMAC_SM3)), MALFORMED),
        (container(parameters=(SALT, integer(-1), HMAC_SM3)), MALFORMED),
        (container(parameters=(SALT, integer(MAX_ITERATIONS + 1), HMAC_SM3)), MALFORMED),
        (container(parameters=(SALT, integer(2**70), HMAC_SM3)), MALFORMED),
        (container(parameters=(octet_string(bytes(7)), integer(1000), HMAC_SM3)), MALFORMED),
        (container(parameters=(octet_string(bytes(200)), integer(1000), HMAC_SM3)), MALFORMED),
        (container(parameters=(null(), integer(1000), HMAC_SM3)), MALFORMED),
        (container(data=octet_string(b"")), MALFORMED),
        (container(data=octet_string(bytes(17))), MALFORMED),
        (container(data=null()), MALFORMED),
        (container(), ErrorCode.PASSPHRASE_WRONG),
        (container(parameters=(SALT, integer(1000), integer(16), HMAC_SM3)), ErrorCode.PASSPHRASE_WRONG),
        (container(cipher=(AES_256, IV), parameters=(SALT, integer(1), HMAC_SHA256)), ErrorCode.PASSPHRASE_WRONG),
    ],
)
def test_refused(data: bytes, code: Code) -> None:
    with pytest.raises(TrustError) as caught:
        decrypt_private_key(data, PASSPHRASE)
    assert caught.value.code is code


def test_a_wrong_passphrase_is_never_a_key_error() -> None:
    """One wrong passphrase in 256 leaves right padding; the nonsense under it must read as a wrong passphrase too."""
    cheap = container()
    for number in range(1500):
        with pytest.raises(TrustError) as caught:
            decrypt_private_key(cheap, Passphrase(b"%d" % number))
        assert caught.value.code is ErrorCode.PASSPHRASE_WRONG
        assert caught.value.__cause__ is None


def test_writing_refuses() -> None:
    for iterations in (0, MIN_ITERATIONS - 1, MAX_ITERATIONS + 1):
        with pytest.raises(TrustError) as caught:
            encrypt_private_key(sm2_info(), PASSPHRASE, iterations=iterations)
        assert caught.value.code is ErrorCode.USAGE
    with pytest.raises(TrustError) as caught:
        encrypt_private_key(sm2_info(), Passphrase(b"short"), iterations=MIN_ITERATIONS)
    assert caught.value.code is ErrorCode.PASSPHRASE_WEAK


def test_refusals_show_no_secret() -> None:
    scalar = sm2_scalar(parse_private_key_info(sm2_info()))[0]
    broken = encrypt_private_key(b"\x30\x03" + scalar, PASSPHRASE, iterations=MIN_ITERATIONS)
    with pytest.raises(TrustError) as caught:
        decrypt_private_key(broken, PASSPHRASE)
    text = "".join(traceback.format_exception(caught.value)) + repr(caught.value.args)
    assert scalar.hex() not in text
    assert repr(scalar) not in text
    assert "horse" not in text


def test_scalars_out_of_range() -> None:
    order = 0xFFFFFFFEFFFFFFFFFFFFFFFFFFFFFFFF7203DF6B21C6052B53BBF40939D54123
    for value in (0, order - 1, order, 2**256 - 1):
        info = parse_private_key_info(encode_sm2_private_key(value.to_bytes(32, "big"), b""))
        with pytest.raises(TrustError) as caught:
            load_private_key(info)
        assert caught.value.code is MALFORMED
    for value in (1, order - 2):
        info = parse_private_key_info(encode_sm2_private_key(value.to_bytes(32, "big"), b""))
        assert load_private_key(info).kind is KeyKind.SM2
