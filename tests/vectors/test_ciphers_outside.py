"""SM4, HMAC-SM3 and SM2 decryption vectors that others published (Wycheproof, Tongsuo), through our own suites."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from tests.support.testdata import outside
from tests.vectors.test_crypto_outside import stanzas
from trustkit.crypto.cipher import decrypt, encrypt
from trustkit.crypto.cipher_suites import BLOCK_SIZE, CipherParameters, CipherSuite
from trustkit.crypto.mac import MacAlgorithm, compute_mac, verify_mac
from trustkit.crypto.sm2_ciphertext import parse_sm2_ciphertext
from trustkit.custody.private_key import load_private_key
from trustkit.custody.private_key_info import parse_private_key_info
from trustkit.encoding.pem import parse_pem
from trustkit.errors import ErrorCode, TrustError

if TYPE_CHECKING:
    from collections.abc import Callable

    from trustkit.error_family import Code

VERSION = "Wycheproof testvectors_v1; test/recipes/30-test_evp_data of Tongsuo, files of November 2026"
SM2, SM4 = "sm/tongsuo_evppkey_sm2.txt", "sm/tongsuo_evpciph_sm4.txt"
GCM, HMAC = "sm/wycheproof_sm4_gcm_test.json", "sm/wycheproof_hmac_sm3_test.json"
NONCES = range(8, 65)  # what `CipherParameters` takes: shorter nonces repeat, longer ones nobody writes


def refusal(act: Callable[[], object]) -> Code | None:
    try:
        act()
    except TrustError as error:
        return error.code
    return None


def test_sm4_gcm(record_property: Callable[[str, object], None]) -> None:
    data = json.loads(outside(GCM).read_bytes())
    tests = [test for group in data["testGroups"] for test in group["tests"]]
    assert len(tests) == data["numberOfTests"]
    for test in tests:
        key, iv, aad, message, sealed, tag = (
            bytes.fromhex(test[name]) for name in ("key", "iv", "aad", "msg", "ct", "tag")
        )
        if len(iv) not in NONCES:
            code = refusal(lambda iv=iv: CipherParameters(suite=CipherSuite.SM4_GCM, iv=iv))  # type: ignore[misc]
            assert code is ErrorCode.CIPHERTEXT_MALFORMED, test["tcId"]
            continue
        parameters = CipherParameters(suite=CipherSuite.SM4_GCM, iv=iv)
        if test["result"] == "valid":
            assert encrypt(parameters, key, message, associated=aad) == sealed + tag, test["tcId"]
            assert decrypt(parameters, key, sealed + tag, associated=aad) == message, test["tcId"]
        else:
            with pytest.raises(TrustError) as caught:
                decrypt(parameters, key, sealed + tag, associated=aad)
            assert caught.value.code is ErrorCode.DECRYPTION_FAILED, test["tcId"]
    record_property("vectors", len(tests))


def test_hmac_sm3_whole_codes(record_property: Callable[[str, object], None]) -> None:
    """Shortened codes, which a third of the vectors have, are not accepted by `verify_mac`: their octets are compared."""
    data = json.loads(outside(HMAC).read_bytes())
    tests = [(group["tagSize"] // 8, test) for group in data["testGroups"] for test in group["tests"]]
    assert len(tests) == data["numberOfTests"]
    for size, test in tests:
        key, message, tag = (bytes.fromhex(test[name]) for name in ("key", "msg", "tag"))
        if not key:
            assert refusal(lambda key=key: compute_mac(MacAlgorithm.HMAC_SM3, key, b"")) is ErrorCode.USAGE  # type: ignore[misc]
            continue
        good = test["result"] == "valid"
        assert (compute_mac(MacAlgorithm.HMAC_SM3, key, message)[:size] == tag) is good, test["tcId"]
        found = refusal(lambda key=key, message=message, tag=tag: verify_mac(MacAlgorithm.HMAC_SM3, key, message, tag))  # type: ignore[misc]
        whole = good and size == MacAlgorithm.HMAC_SM3.size
        assert found is (None if whole else ErrorCode.MAC_WRONG), test["tcId"]
    record_property("vectors", len(tests))


def test_sm4_cbc_and_ctr(record_property: Callable[[str, object], None]) -> None:
    suites = {"SM4-CBC": CipherSuite.SM4_CBC, "SM4-CTR": CipherSuite.SM4_CTR}
    rows = [row for row in stanzas(SM4, "Cipher") if row["Cipher"] in suites]
    for row in rows:
        suite = suites[row["Cipher"]]
        parameters = CipherParameters(suite=suite, iv=bytes.fromhex(row["IV"]))
        plain, expected = bytes.fromhex(row["Plaintext"]), bytes.fromhex(row["Ciphertext"])
        found = encrypt(parameters, bytes.fromhex(row["Key"]), plain)
        if suite is CipherSuite.SM4_CBC:
            # Theirs is without padding where it fills whole blocks; ours always ends in a block of it.
            padded = len(expected) != len(plain)
            assert (found if padded else found[:-BLOCK_SIZE]) == expected
        else:
            assert found == expected
    assert len(rows) == 4
    record_property("vectors", len(rows))


def test_sm2_decrypt(record_property: Callable[[str, object], None]) -> None:
    (block,) = parse_pem(outside(SM2).read_bytes())
    decryptor = load_private_key(parse_private_key_info(block.der)).decryptor()
    rows = [row for row in stanzas(SM2, "Decrypt") if row.get("Ctrl", "digest:SM3") == "digest:SM3"]
    assert len(rows) == 4
    for row in rows:
        assert decryptor.decrypt(parse_sm2_ciphertext(bytes.fromhex(row["Input"]))) == row["Output"].strip('"').encode()
    record_property("vectors", len(rows))
