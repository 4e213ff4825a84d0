from __future__ import annotations

import secrets
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from trustkit.crypto.cipher import (
    CipherParameters,
    CipherSuite,
    decrypt,
    decrypt_sm4_blocks,
    encrypt,
    encrypt_sm4_blocks,
    fresh_key,
    fresh_parameters,
)
from trustkit.crypto.cipher_suites import CipherMode, cipher_from_algorithm
from trustkit.encoding import der
from trustkit.encoding.der_write import integer, null, octet_string, sequence
from trustkit.errors import ErrorCode, TrustError

if TYPE_CHECKING:
    from trustkit.error_family import Code

IV = bytes(range(16))
SM4 = "1.2.156.10197.1.104"
SM4_CBC, SM4_GCM = SM4 + ".2", SM4 + ".8"
UNKNOWN, WEAK = ErrorCode.ALGORITHM_UNKNOWN, ErrorCode.ALGORITHM_WEAK
MALFORMED, FAILED, USAGE = ErrorCode.CIPHERTEXT_MALFORMED, ErrorCode.DECRYPTION_FAILED, ErrorCode.USAGE
SUITES_WITHOUT_TAG = [suite for suite in CipherSuite if not suite.authenticates]


def test_sm4_of_the_standard() -> None:
    # GB/T 32907-2016 annex A.1
    key = bytes.fromhex("0123456789abcdeffedcba9876543210")
    assert encrypt_sm4_blocks(key, key).hex() == "681edf34d206965e86b3e94f536e4246"
    assert decrypt_sm4_blocks(key, encrypt_sm4_blocks(key, 4 * key)) == 4 * key


def test_sm4_gcm_of_rfc_8998() -> None:
    # RFC 8998 appendix A.1
    parameters = CipherParameters(suite=CipherSuite.SM4_GCM, iv=bytes.fromhex("00001234567800000000abcd"))
    key = bytes.fromhex("0123456789abcdeffedcba9876543210")
    associated = bytes.fromhex("feedfacedeadbeeffeedfacedeadbeefabaddad2")
    plaintext = bytes.fromhex("aa" * 8 + "bb" * 8 + "cc" * 8 + "dd" * 8 + "ee" * 8 + "ff" * 8 + "ee" * 8 + "aa" * 8)
    expected = bytes.fromhex(
        "17f399f08c67d5ee19d0dc9969c4bb7d5fd46fd3756489069157b282bb200735"
        "d82710ca5c22f0ccfa7cbf93d496ac15a56834cbcf98c397b4024a2691233b8d"
        "83de3541e4c2b58177e065a9bf7b62ec"
    )
    assert encrypt(parameters, key, plaintext, associated=associated) == expected
    assert decrypt(parameters, key, expected, associated=associated) == plaintext


@pytest.mark.parametrize("suite", CipherSuite)
@pytest.mark.parametrize("size", [0, 1, 15, 16, 17, 1000])
def test_round_trip(suite: CipherSuite, size: int) -> None:
    parameters, key, plaintext = fresh_parameters(suite), fresh_key(suite), secrets.token_bytes(size)
    ciphertext = encrypt(parameters, key, plaintext)
    assert decrypt(parameters, key, ciphertext) == plaintext
    assert parameters.iv != fresh_parameters(suite).iv
    grown = {CipherMode.GCM: 16, CipherMode.CBC: 16 - size % 16, CipherMode.CTR: 0}[suite.mode]
    assert len(ciphertext) == size + grown


@pytest.mark.parametrize("suite", CipherSuite)
def test_what_is_written_is_read(suite: CipherSuite) -> None:
    parameters = fresh_parameters(suite)
    data = parameters.algorithm_identifier()
    name, values = der.children(data, der.parse_strict(data))
    assert cipher_from_algorithm(der.decode_oid(der.content(data, name)), der.octets(data, values)) == parameters


def test_gcm_with_a_shorter_tag_is_read_and_written() -> None:
    found = cipher_from_algorithm(SM4_GCM, sequence(octet_string(IV[:12])))
    assert found.tag_size == 12
    assert found.algorithm_identifier().endswith(sequence(octet_string(IV[:12])))
    key = bytes(16)
    assert decrypt(found, key, encrypt(found, key, b"abc")) == b"abc"
    assert len(encrypt(found, key, b"abc")) == 15
    assert cipher_from_algorithm(SM4_GCM, sequence(octet_string(IV[:12]), integer(12))) == found


def test_sm4_without_a_mode_is_cbc_and_says_so() -> None:
    found = cipher_from_algorithm(SM4, octet_string(IV))
    assert (found.suite, found.mode_named) == (CipherSuite.SM4_CBC, False)
    assert cipher_from_algorithm(SM4_CBC, octet_string(IV)).mode_named


@pytest.mark.parametrize(
    ("oid", "parameters", "code"),
    [
        ("", None, UNKNOWN),
        ("1.2.3", octet_string(IV), UNKNOWN),
        (SM4, None, UNKNOWN),
        (SM4 + ".3", octet_string(IV), UNKNOWN),
        (SM4 + ".10", octet_string(IV), UNKNOWN),
        ("2.16.840.1.101.3.4.1.44", octet_string(IV), UNKNOWN),
        (SM4 + ".1", None, WEAK),
        ("1.2.840.113549.3.7", octet_string(IV[:8]), WEAK),
        ("1.2.840.113549.3.4", None, WEAK),
        (SM4_CBC, None, MALFORMED),
        (SM4_CBC, null(), MALFORMED),
        (SM4_CBC, octet_string(IV[:15]), MALFORMED),
        (SM4_CBC, octet_string(IV + b"\0"), MALFORMED),
        (SM4_CBC, octet_string(IV) + b"\0", MALFORMED),
        (SM4_CBC, octet_string(bytes(200)), MALFORMED),
        (SM4_GCM, octet_string(IV[:12]), MALFORMED),
        (SM4_GCM, sequence(), MALFORMED),
        (SM4_GCM, sequence(octet_string(b"")), MALFORMED),
        (SM4_GCM, sequence(octet_string(IV[:12]), integer(4)), MALFORMED),
        (SM4_GCM, sequence(octet_string(IV[:12]), integer(17)), MALFORMED),
        (SM4_GCM, sequence(octet_string(IV[:12]), integer(-1)), MALFORMED),
        (SM4_GCM, sequence(octet_string(IV[:12]), integer(16), integer(16)), MALFORMED),
    ],
)
def test_refused_parameters(oid: str, parameters: bytes | None, code: Code) -> None:
    with pytest.raises(TrustError) as caught:
        cipher_from_algorithm(oid, parameters)
    assert caught.value.code is code


@pytest.mark.parametrize("suite", [suite for suite in CipherSuite if suite.authenticates])
def test_gcm_notices_every_change(suite: CipherSuite) -> None:
    parameters, key = fresh_parameters(suite), fresh_key(suite)
    sealed = encrypt(parameters, key, b"content", associated=b"header")
    changed = [sealed[:i] + bytes((sealed[i] ^ 1,)) + sealed[i + 1 :] for i in range(len(sealed))]
    other = fresh_parameters(suite)
    attempts = [(parameters, key, one, b"header") for one in (*changed, sealed[:-1], sealed + b"\0")]
    attempts += [(parameters, key, sealed, b""), (other, key, sealed, b"header")]
    attempts += [(parameters, fresh_key(suite), sealed, b"header"), (parameters, key[:-1], sealed, b"header")]
    for each, with_key, ciphertext, associated in attempts:
        with pytest.raises(TrustError) as caught:
            decrypt(each, with_key, ciphertext, associated=associated)
        assert caught.value.code is FAILED
        assert caught.value.__cause__ is None


@pytest.mark.parametrize("suite", [suite for suite in CipherSuite if suite.mode is CipherMode.CBC])
def test_wrong_padding_and_wrong_key_length_look_alike(suite: CipherSuite) -> None:
    parameters, key = fresh_parameters(suite), fresh_key(suite)
    ciphertext = encrypt(parameters, key, b"x" * 16)
    # The last block is all padding: a change of the block before it breaks it for certain.
    broken = ciphertext[:15] + bytes((ciphertext[15] ^ 0x40,)) + ciphertext[16:]
    seen = set()
    for with_key, data in ((key, broken), (key[:-1], ciphertext), (b"", ciphertext)):
        with pytest.raises(TrustError) as caught:
            decrypt(parameters, with_key, data)
        seen.add((caught.value.code, caught.value.detail, tuple(caught.value.facts)))
    assert seen == {(FAILED, suite.value, ())}


@pytest.mark.parametrize("suite", CipherSuite)
def test_impossible_lengths(suite: CipherSuite) -> None:
    sizes = {CipherMode.GCM: (0, 15), CipherMode.CBC: (0, 15, 17), CipherMode.CTR: ()}[suite.mode]
    for size in sizes:
        with pytest.raises(TrustError) as caught:
            decrypt(fresh_parameters(suite), fresh_key(suite), bytes(size))
        assert caught.value.code is MALFORMED


@pytest.mark.parametrize("suite", SUITES_WITHOUT_TAG)
def test_associated_data_need_gcm(suite: CipherSuite) -> None:
    parameters, key = fresh_parameters(suite), fresh_key(suite)
    for act in (encrypt, decrypt):
        with pytest.raises(TrustError) as caught:
            act(parameters, key, bytes(16), associated=b"x")
        assert caught.value.code is USAGE


def test_too_much(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("trustkit.crypto.cipher.MAX_CIPHER_DATA", 32)
    parameters, key = fresh_parameters(CipherSuite.SM4_GCM), bytes(16)
    with pytest.raises(TrustError) as caught:
        encrypt(parameters, key, bytes(33))
    assert caught.value.code is USAGE
    with pytest.raises(TrustError) as caught:
        decrypt(parameters, key, bytes(33))
    assert caught.value.code is ErrorCode.CIPHERTEXT_TOO_LARGE


@pytest.mark.parametrize(
    ("key", "blocks", "written", "read"),
    [
        (bytes(16), b"", USAGE, MALFORMED),
        (bytes(16), bytes(15), USAGE, MALFORMED),
        (bytes(16), bytes(80), USAGE, MALFORMED),
        (bytes(15), bytes(16), USAGE, FAILED),
        (bytes(32), bytes(16), USAGE, FAILED),
    ],
)
def test_blocks_are_few_and_whole(key: bytes, blocks: bytes, written: Code, read: Code) -> None:
    for act, code in ((encrypt_sm4_blocks, written), (decrypt_sm4_blocks, read)):
        with pytest.raises(TrustError) as caught:
            act(key, blocks)
        assert caught.value.code is code


def test_a_key_of_another_length_is_the_callers_mistake() -> None:
    with pytest.raises(TrustError) as caught:
        encrypt(fresh_parameters(CipherSuite.AES256_GCM), bytes(16), b"")
    assert caught.value.code is USAGE


def test_parameters_keep_their_iv_when_replaced() -> None:
    parameters = fresh_parameters(CipherSuite.SM4_GCM, random=bytes)
    assert parameters.iv == bytes(12)
    with pytest.raises(TrustError):
        replace(parameters, iv=b"")
