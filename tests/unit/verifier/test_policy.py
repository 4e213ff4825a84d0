"""The policy file: the default is the type's default, and every malformed key has its refusal."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from trustkit.crypto.digest import DigestAlgorithm
from trustkit.crypto.suites import SignatureSuite
from trustkit.errors import ErrorCode, TrustError
from verifier.policy import MAX_POLICY_SIZE, Demand, Need, ValidationPolicy, parse_policy

DEFAULT = Path(__file__).resolve().parents[3] / "policies" / "validation" / "default.toml"


def test_the_file_says_what_the_type_says() -> None:
    policy = parse_policy(DEFAULT.read_bytes())
    assert replace(policy, digest="") == ValidationPolicy()
    assert len(policy.digest) == 64
    assert policy.label == f"default sm3:{policy.digest}"


def test_an_empty_file_is_the_default() -> None:
    assert replace(parse_policy(b""), digest="") == ValidationPolicy()


def test_every_key_is_read() -> None:
    policy = parse_policy(
        b"""
        name = "strict"
        signer_purpose = "any"
        certificate_purpose = "any"
        required_certificate_policies = ["1.2.156.1.2", "2.999.1"]
        revocation = "when-available"
        revocation_at_proved_time = false
        signature_timestamp = "required"
        licence_status = "when-available"
        clock_tolerance_seconds = 0
        evidence_max_age_hours = 24
        digests = ["sm3"]
        suites = ["sm2-sm3"]
        """
    )
    assert replace(policy, digest="") == ValidationPolicy(
        name="strict",
        signer_purpose=Demand.ANY,
        certificate_purpose=Demand.ANY,
        required_certificate_policies=frozenset({"1.2.156.1.2", "2.999.1"}),
        revocation=Need.WHEN_AVAILABLE,
        revocation_at_proved_time=False,
        signature_timestamp=Need.REQUIRED,
        licence_status=Need.WHEN_AVAILABLE,
        clock_tolerance=timedelta(0),
        evidence_max_age=timedelta(days=1),
        digests=frozenset({DigestAlgorithm.SM3}),
        suites=frozenset({SignatureSuite.SM2_SM3}),
    )


@pytest.mark.parametrize(
    "text",
    [
        b'required_certificate_policies = "1.2.3"',
        b"required_certificate_policies = [1]",
        b'required_certificate_policies = ["1.2..3"]',
        b'required_certificate_policies = ["anyPolicy"]',
        b"required_certificate_policies = [" + b'"1.2.3",' * 101 + b"]",
        b"= broken",
        b"\xff\xfe",
        b"unknown = 1",
        b'digest = "abc"',
        b"clock_tolerance = 3",
        b'name = ""',
        b"name = 3",
        b'name = "a\\u001bb"',
        b'signer_purpose = "encryption"',
        b"signer_purpose = 1",
        b'revocation = "optional"',
        b'revocation_at_proved_time = "yes"',
        b'signature_timestamp = "when-available"',
        b"clock_tolerance_seconds = -1",
        b"clock_tolerance_seconds = true",
        b"clock_tolerance_seconds = 100000",
        b"evidence_max_age_hours = 1.5",
        b"digests = []",
        b'digests = "sm3"',
        b'digests = ["sm4"]',
        b"suites = [1]",
        b'suites = ["sm2-with-sha1"]',
        b"#" * (MAX_POLICY_SIZE + 1),
        b"a = " + b"[" * 5000,
        b"clock_tolerance_seconds = " + b"9" * 5000,  # more digits than Python turns into a number
    ],
)
def test_refused(text: bytes) -> None:
    with pytest.raises(TrustError) as caught:
        parse_policy(text)
    assert caught.value.code is ErrorCode.POLICY_MALFORMED
