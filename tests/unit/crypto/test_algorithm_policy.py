"""Until when algorithms serve: the file as it comes, days to the second, and everything that is no such file."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from tests.unit.crypto.keys import key_of
from trustkit.crypto.algorithm_policy import (
    MAX_ALGORITHM_POLICY,
    USUAL_ALGORITHM_POLICY,
    AfterSunset,
    AlgorithmUse,
    parse_algorithm_policy,
    require_certifiable,
    require_for_making,
)
from trustkit.crypto.public_key import KeyKind, PublicKey, parse_public_key
from trustkit.crypto.suites import SignatureSuite
from trustkit.errors import ErrorCode, TrustError

FILE = Path(__file__).parents[3] / "policies" / "algorithms.toml"
LAST_SECOND = datetime(2030, 12, 31, 23, 59, 59, tzinfo=UTC)
NEXT_DAY = datetime(2031, 1, 1, tzinfo=UTC)
RULE = """
[[suite]]
names = ["rsa-pkcs1-sha256"]
uses = ["certificate"]
make_until = 2029-12-31
believe_until = 2030-12-31
after = "refused"
"""
POLICY = parse_algorithm_policy(RULE.encode())
PKCS1, USE = SignatureSuite.RSA_PKCS1_SHA256, AlgorithmUse.CERTIFICATE


def rsa_key(bits: int) -> PublicKey:
    key = rsa.generate_private_key(65537, bits).public_key()
    return parse_public_key(key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo))


def test_the_file_as_it_comes_is_what_a_home_without_one_gets() -> None:
    policy = parse_algorithm_policy(FILE.read_bytes())
    assert policy == USUAL_ALGORITHM_POLICY
    assert len(policy.digest) == 64


def test_days_are_whole_and_in_utc() -> None:
    key = key_of(KeyKind.RSA).public_key
    assert POLICY.sunset(PKCS1, key, USE, LAST_SECOND) is None
    found = POLICY.sunset(PKCS1, key, USE, NEXT_DAY)
    assert found is not None
    assert (found.last_day, found.after) == (date(2030, 12, 31), AfterSunset.REFUSED)
    beijing = datetime.fromisoformat("2031-01-01T07:59:59+08:00")
    assert POLICY.sunset(PKCS1, key, USE, beijing) is None


def test_making_ends_before_believing() -> None:
    key = key_of(KeyKind.RSA).public_key
    require_for_making(POLICY, PKCS1, key, USE, datetime(2029, 12, 31, 12, tzinfo=UTC))
    with pytest.raises(TrustError) as caught:
        require_for_making(POLICY, PKCS1, key, USE, datetime(2030, 1, 1, tzinfo=UTC))
    assert caught.value.code is ErrorCode.ALGORITHM_SUNSET
    assert caught.value.facts["last_day"] == "2029-12-31"


def test_other_uses_and_suites_have_no_end() -> None:
    key = key_of(KeyKind.RSA).public_key
    later = datetime(2099, 1, 1, tzinfo=UTC)
    assert POLICY.sunset(PKCS1, key, AlgorithmUse.SIGNATURE, later) is None
    assert POLICY.sunset(SignatureSuite.RSA_PKCS1_SHA384, key, USE, later) is None
    for suite in (SignatureSuite.SM2_SM3, SignatureSuite.ML_DSA_65):
        assert USUAL_ALGORITHM_POLICY.sunset(suite, None, USE, later) is None


def test_rsa_grows_longer() -> None:
    short, long = rsa_key(2048), rsa_key(3072)
    assert (short.rsa_bits, long.rsa_bits, key_of(KeyKind.SM2).public_key.rsa_bits) == (2048, 3072, 0)
    usual = USUAL_ALGORITHM_POLICY
    for making in (True, False):
        assert usual.sunset(PKCS1, short, USE, LAST_SECOND, making=making) is None
        found = usual.sunset(PKCS1, short, USE, NEXT_DAY, making=making)
        assert found is not None
        assert found.last_day == date(2030, 12, 31)
        assert usual.sunset(PKCS1, long, USE, NEXT_DAY, making=making) is None
    require_certifiable(usual, long, NEXT_DAY)
    with pytest.raises(TrustError) as caught:
        require_certifiable(usual, short, NEXT_DAY)
    assert caught.value.code is ErrorCode.ALGORITHM_SUNSET


def changed(old: str, new: str) -> bytes:
    assert old in RULE
    return RULE.replace(old, new).encode()


@pytest.mark.parametrize(
    "data",
    [
        b"\xff",
        b"suite = 1",
        b"suite = [1]",
        b"[suite]",
        b"unknown = 1",
        bytes(MAX_ALGORITHM_POLICY + 1),
        b"[[suite]]\n",
        b"[[rsa]]\n",
        b"[[rsa]]\nleast_bits = true\n",
        b"[[rsa]]\nleast_bits = 9000\n",
        b"[[rsa]]\nleast_bits = 3072\nbelieve_from = 2031-01-01\n",
        b"[[rsa]]\nleast_bits = 3072\nmake_from = 2031-01-02\nbelieve_from = 2031-01-01\n",
        b"[[rsa]]\nleast_bits = 3072\nbits = 1\n",
        changed("rsa-pkcs1-sha256", "rsa-pkcs1-sha1"),
        changed('["certificate"]', '["everything"]'),
        changed('["certificate"]', "[]"),
        changed('["certificate"]', '"certificate"'),
        changed("2029-12-31", "2031-12-31"),
        changed("make_until = 2029-12-31", ""),
        changed("2029-12-31", "2029-12-31T00:00:00Z"),
        changed("2029-12-31", '"2029-12-31"'),
        changed("2029-12-31", "2029-13-31"),
        changed('"refused"', '"forgiven"'),
        changed("after", "afterwards"),
        2 * RULE.encode(),
        b"[[suite]]\n" * 300,
    ],
)
def test_refused(data: bytes) -> None:
    with pytest.raises(TrustError) as caught:
        parse_algorithm_policy(data)
    assert caught.value.code is ErrorCode.ALGORITHM_POLICY
