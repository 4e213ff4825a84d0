"""Time-stamp tokens made by BouncyCastle with SM2 and SM3."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from tests.support.testdata import outside
from trustkit.crypto.digest import DigestAlgorithm
from trustkit.crypto.suites import SignatureSuite
from trustkit.errors import ErrorCode, TrustError
from trustkit.timestamp.read import parse_token
from trustkit.timestamp.verify import verify_token

VERSION = "Bouncy Castle 1.72"


def test_good_token() -> None:
    token = parse_token(outside("tsa/sm2_sm3.tst.der").read_bytes())
    verified = verify_token(token, data=outside("tsa/message.bin").read_bytes())
    assert verified.gen_time == datetime(2026, 11, 23, 3, 5, 35, tzinfo=UTC)
    assert verified.certificate.der == outside("certs/tsa.der").read_bytes()
    assert verified.imprint_algorithm is DigestAlgorithm.SM3
    assert verified.suite is SignatureSuite.SM2_SM3
    assert verified.policy == "1.2.156.10197.99.1"
    assert (verified.serial, verified.nonce) == (1, 42)
    assert verified.notes == ()
    with pytest.raises(TrustError) as refusal:
        verify_token(token, data=b"other octets")
    assert refusal.value.code is ErrorCode.TIMESTAMP_IMPRINT


def test_bad_signature() -> None:
    token = parse_token(outside("tsa/sm2_sm3_badsig.tst.der").read_bytes())
    with pytest.raises(TrustError) as refusal:
        verify_token(token, data=outside("tsa/message.bin").read_bytes())
    assert refusal.value.code is ErrorCode.SIGNATURE_WRONG
