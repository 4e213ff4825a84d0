from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.unit.crypto.keys import key_of
from trustkit.crypto.digest import DigestAlgorithm
from trustkit.crypto.pss import PSS_OID, pss_parameters
from trustkit.crypto.public_key import KeyKind
from trustkit.crypto.suites import SignatureSuite, suite_from_algorithm
from trustkit.encoding import der
from trustkit.encoding.der_write import explicit, integer, null, oid, sequence
from trustkit.errors import ErrorCode, TrustError

if TYPE_CHECKING:
    from trustkit.error_family import Code

D, S, K = DigestAlgorithm, SignatureSuite, KeyKind
NULL = null()
SM2_CURVE = oid("1.2.156.10197.1.301")


@pytest.mark.parametrize("suite", SignatureSuite)
def test_what_is_written_is_read(suite: SignatureSuite) -> None:
    data = suite.algorithm_identifier()
    name, *parameters = der.children(data, der.parse_strict(data))
    found = suite_from_algorithm(
        der.decode_oid(der.content(data, name)),
        der.octets(data, parameters[0]) if parameters else None,
        digest=suite.digest,
        key=key_of(suite.key_kind).public_key,
    )
    assert found is suite


def test_sm2_is_written_without_parameters() -> None:
    assert S.SM2_SM3.algorithm_identifier() == sequence(oid("1.2.156.10197.1.501"))
    assert S.RSA_PKCS1_SHA256.algorithm_identifier().endswith(NULL)


@pytest.mark.parametrize(
    ("name", "parameters", "digest", "kind", "suite"),
    [
        ("1.2.156.10197.1.501", None, None, None, S.SM2_SM3),
        ("1.2.156.10197.1.501", NULL, D.SM3, K.SM2, S.SM2_SM3),
        ("1.2.156.10197.1.301.1", None, D.SM3, None, S.SM2_SM3),
        ("1.2.156.10197.1.301.1", NULL, D.SM3, K.SM2, S.SM2_SM3),
        ("1.2.156.10197.1.301", SM2_CURVE, D.SM3, K.SM2, S.SM2_SM3),
        ("1.2.840.10045.2.1", SM2_CURVE, D.SM3, K.SM2, S.SM2_SM3),
        ("1.2.840.10045.2.1", None, D.SM3, K.SM2, S.SM2_SM3),
        ("1.2.840.10045.2.1", None, D.SHA256, K.EC_P256, S.ECDSA_P256_SHA256),
        ("1.2.840.10045.4.3.2", None, None, None, S.ECDSA_P256_SHA256),
        ("1.2.840.10045.4.3.3", b"", None, None, S.ECDSA_P384_SHA384),
        ("1.2.840.10045.4.3.2", None, None, K.EC_P384, S.ECDSA_P384_SHA256),
        ("1.2.840.10045.4.3.4", None, D.SHA512, K.EC_P256, S.ECDSA_P256_SHA512),
        ("1.2.840.113549.1.1.1", NULL, D.SHA256, K.RSA, S.RSA_PKCS1_SHA256),
        ("1.2.840.113549.1.1.1", None, D.SHA512, None, S.RSA_PKCS1_SHA512),
        ("1.2.840.113549.1.1.11", NULL, None, None, S.RSA_PKCS1_SHA256),
        ("1.2.840.113549.1.1.12", None, D.SHA384, K.RSA, S.RSA_PKCS1_SHA384),
        ("1.3.101.112", None, None, None, S.ED25519),
        ("1.3.101.112", None, D.SHA256, K.ED25519, S.ED25519),
        ("2.16.840.1.101.3.4.3.17", None, D.SHA256, K.ML_DSA_44, S.ML_DSA_44),
        ("2.16.840.1.101.3.4.3.18", None, None, None, S.ML_DSA_65),
        ("2.16.840.1.101.3.4.3.19", b"", D.SHA512, K.ML_DSA_87, S.ML_DSA_87),
    ],
)
def test_known(
    name: str, parameters: bytes | None, digest: DigestAlgorithm | None, kind: KeyKind | None, suite: SignatureSuite
) -> None:
    key = key_of(kind).public_key if kind else None
    assert suite_from_algorithm(name, parameters, digest=digest, key=key) is suite


PSS = PSS_OID
ALGORITHM_256, ALGORITHM_384 = sequence(oid("2.16.840.1.101.3.4.2.1"), NULL), sequence(oid("2.16.840.1.101.3.4.2.2"))
SHA1_ALGORITHM = sequence(oid("1.3.14.3.2.26"), NULL)
MGF1 = oid("1.2.840.113549.1.1.8")
UNKNOWN, WEAK, MISMATCH = ErrorCode.ALGORITHM_UNKNOWN, ErrorCode.ALGORITHM_WEAK, ErrorCode.ALGORITHM_MISMATCH


@pytest.mark.parametrize(
    ("name", "parameters", "digest", "kind", "code"),
    [
        ("", None, None, None, UNKNOWN),
        ("1.2.3", None, None, None, UNKNOWN),
        ("2.16.840.1.101.3.4.3.17", NULL, None, None, UNKNOWN),
        ("2.16.840.1.101.3.4.3.17", None, None, K.ML_DSA_65, MISMATCH),
        ("2.16.840.1.101.3.4.3.17", None, D.SHA1, None, WEAK),
        ("2.16.840.1.101.3.4.3.32", None, None, None, UNKNOWN),  # HashML-DSA
        ("1.2.156.10197.1.501", b"\x04\x00", None, None, UNKNOWN),
        ("1.2.156.10197.1.502", None, None, None, UNKNOWN),  # SM9 in one library, SM2 with SHA-1 in another
        ("1.2.156.10197.1.504", NULL, None, None, UNKNOWN),
        ("1.2.156.10197.1.501", None, D.SHA256, None, MISMATCH),
        ("1.2.156.10197.1.501", None, None, K.EC_P256, MISMATCH),
        ("1.2.156.10197.1.501", None, D.SHA1, None, WEAK),
        ("1.2.156.10197.1.301.1", None, None, K.SM2, UNKNOWN),  # no digest stated
        ("1.2.156.10197.1.301.1", None, D.SHA256, K.SM2, MISMATCH),
        ("1.2.156.10197.1.301.3", None, D.SM3, K.SM2, UNKNOWN),  # SM2 encryption
        ("1.2.840.10045.2.1", None, D.SM3, None, UNKNOWN),  # no key
        ("1.2.840.10045.2.1", SM2_CURVE, D.SHA256, K.EC_P256, UNKNOWN),
        ("1.2.840.10045.2.1", None, D.SM3, K.EC_P256, MISMATCH),
        ("1.2.840.10045.2.1", None, D.SHA256, K.RSA, MISMATCH),
        ("1.2.840.10045.4.1", None, None, None, WEAK),
        ("1.2.840.10045.4.3.2", NULL, None, None, UNKNOWN),
        ("1.2.840.10045.4.3.2", None, D.SHA384, K.EC_P256, MISMATCH),
        ("1.2.840.10045.4.3.2", None, None, K.SM2, MISMATCH),
        ("1.2.840.10045.4.3.1", None, None, None, UNKNOWN),
        ("1.2.840.113549.1.1.4", NULL, None, None, WEAK),
        ("1.2.840.113549.1.1.5", NULL, None, None, WEAK),
        ("1.3.14.3.2.29", NULL, None, None, WEAK),
        ("1.2.840.113549.1.1.1", NULL, None, K.RSA, UNKNOWN),
        ("1.2.840.113549.1.1.1", NULL, D.MD5, K.RSA, WEAK),
        ("1.2.840.113549.1.1.1", NULL, D.SM3, K.RSA, UNKNOWN),
        ("1.2.840.113549.1.1.11", b"\x05\x01\x00", None, None, UNKNOWN),
        ("1.2.840.113549.1.1.11", NULL, None, K.SM2, MISMATCH),
        ("1.3.101.112", NULL, None, None, UNKNOWN),
        ("1.3.101.113", None, None, None, UNKNOWN),
        (PSS, None, None, None, UNKNOWN),
        (PSS, NULL, None, None, WEAK),  # not a SEQUENCE: no field says otherwise, and the defaults are SHA-1
        (PSS, sequence(), None, None, WEAK),
        (PSS, sequence(explicit(0, SHA1_ALGORITHM)), None, None, WEAK),
        (PSS, sequence(explicit(1, sequence(MGF1, ALGORITHM_256))), None, None, WEAK),
        (PSS, sequence(explicit(0, ALGORITHM_256)), None, None, UNKNOWN),
        (
            PSS,
            sequence(explicit(0, ALGORITHM_256), explicit(1, sequence(MGF1, ALGORITHM_384)), explicit(2, integer(32))),
            *(None, None, UNKNOWN),
        ),
        (
            PSS,
            sequence(explicit(0, ALGORITHM_256), explicit(1, sequence(MGF1, ALGORITHM_256)), explicit(2, integer(20))),
            *(None, None, UNKNOWN),
        ),
        (PSS, pss_parameters(D.SHA256) + b"\x00", None, None, UNKNOWN),
        (PSS, pss_parameters(D.SHA256), D.SHA384, None, MISMATCH),
        (PSS, b"\x30\x80\x00\x00", None, None, UNKNOWN),
        (PSS, b"\x30" * 200, None, None, UNKNOWN),
    ],
)
def test_refused(
    name: str, parameters: bytes | None, digest: DigestAlgorithm | None, kind: KeyKind | None, code: Code
) -> None:
    key = key_of(kind).public_key if kind else None
    with pytest.raises(TrustError) as caught:
        suite_from_algorithm(name, parameters, digest=digest, key=key)
    assert caught.value.code is code


def test_pss_hash_parameters_may_be_absent() -> None:
    bare = sequence(oid("2.16.840.1.101.3.4.2.1"))
    parameters = sequence(explicit(0, bare), explicit(1, sequence(MGF1, bare)), explicit(2, integer(32)))
    assert suite_from_algorithm(PSS, parameters) is S.RSA_PSS_SHA256


def test_digests_beside_a_suite() -> None:
    """RFC 8419 and RFC 9882: of at least the strength of the signature; one for every suite with a digest inside."""
    assert S.ED25519.message_digests == {D.SHA512}
    assert S.ML_DSA_44.message_digests == {D.SHA256, D.SHA384, D.SHA512}
    assert S.ML_DSA_65.message_digests == {D.SHA384, D.SHA512}
    assert S.ML_DSA_87.message_digests == {D.SHA512}
    assert S.SM2_SM3.message_digests == {D.SM3}
    assert all(suite.digest in suite.message_digests for suite in SignatureSuite)
