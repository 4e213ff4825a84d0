"""Our own edge cases of SM2 in Wycheproof's shape, judged by every engine: ranges, encodings, IDs, points, byte orders"""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from tests.support.sm2_vectors import Vector, vectors
from tests.support.source import ROOT
from tests.unit.crypto.keys import fast_engines
from trustkit.crypto.engines.gmssl import GmsslEngine
from trustkit.crypto.engines.port import EngineAnswer, Sm2Item
from trustkit.crypto.engines.selection import current_batch_engine
from trustkit.crypto.public_key import parse_public_key
from trustkit.crypto.sm2 import parse_sm2_signature
from trustkit.crypto.sm2_ciphertext import CiphertextForm, parse_sm2_ciphertext
from trustkit.crypto.suites import SignatureSuite
from trustkit.crypto.verify import SignatureItem, verify_batch, verify_signature
from trustkit.custody.sm2_ipp_decryption import IppSm2Decryption
from trustkit.custody.sm2_openssl_decryption import OpensslSm2Decryption
from trustkit.errors import ErrorCode, TrustError

if TYPE_CHECKING:
    from collections.abc import Callable

    from trustkit.crypto.engines.port import Sm2Engine

VERSION = "1, made by tools.sm2_vectors; OpenSSL 3.0 and Bouncy Castle 1.72 agree or the file says why not"
# A vector may be refused with these codes, and with no other: each is one a caller can act on.
REFUSALS = frozenset(
    {
        ErrorCode.SIGNATURE_MALFORMED,
        ErrorCode.SIGNATURE_WRONG,
        ErrorCode.SIGNATURE_WRONG_ID,
        ErrorCode.SIGNATURE_WITHOUT_Z,
        ErrorCode.CIPHERTEXT_MALFORMED,
        ErrorCode.CIPHERTEXT_POINT,
        ErrorCode.DECRYPTION_FAILED,
        ErrorCode.KEY_MALFORMED,
        ErrorCode.KEY_UNSUPPORTED,
    }
)


def accepts(act: Callable[[], object]) -> bool:
    try:
        act()
    except TrustError as error:
        if error.code not in REFUSALS:
            raise
        return False
    return True


def engines() -> tuple[Sm2Engine, ...]:
    with pytest.warns(UserWarning, match="constant time"):
        return (*fast_engines(), GmsslEngine())


def disagreements(kind: str, judge: Callable[[Vector], bool], engine: str = "") -> list[str]:
    return [
        f"{vector.number} {vector.comment}"
        for vector in vectors(kind)
        if judge(vector) is not vector.expected_of(engine)
    ]


def test_signatures(record_property: Callable[[str, object], None]) -> None:
    def judge(vector: Vector) -> bool:
        return accepts(
            lambda: verify_signature(
                suite=SignatureSuite.SM2_SM3,
                key=parse_public_key(vector.octets("publicKeyDer")),
                message=vector.octets("msg"),
                signature=vector.octets("sig"),
                signer_id=vector.octets("id"),
            )
        )

    record_property("vectors", len(vectors("Sm2Verify")))
    assert disagreements("Sm2Verify", judge) == []


@pytest.mark.parametrize("engine", engines(), ids=lambda engine: engine.name)
def test_signatures_by_each_engine(engine: Sm2Engine) -> None:
    def judge(vector: Vector) -> bool:
        point = parse_public_key(vector.octets("publicKeyDer")).sm2_point
        try:
            signature = parse_sm2_signature(vector.octets("sig"))
        except TrustError:
            return False
        answer = engine.verify(point, vector.octets("id"), vector.octets("msg"), signature)
        return answer is EngineAnswer.VALID

    assert disagreements("Sm2Verify", judge) == []


@pytest.mark.parametrize("engine", engines(), ids=lambda engine: engine.name)
def test_chosen_values_by_each_engine(engine: Sm2Engine, record_property: Callable[[str, object], None]) -> None:
    def judge(vector: Vector) -> bool:
        point = parse_public_key(vector.octets("publicKeyDer")).sm2_point
        signature = parse_sm2_signature(vector.octets("sig"))
        return engine.verify_digest(point, vector.octets("digest"), signature) is EngineAnswer.VALID

    record_property("vectors", len(vectors("Sm2VerifyDigest")))
    assert disagreements("Sm2VerifyDigest", judge, engine.name) == []


def test_signatures_in_one_batch() -> None:
    items = [
        SignatureItem(
            suite=SignatureSuite.SM2_SM3,
            key=parse_public_key(vector.octets("publicKeyDer")),
            message=vector.octets("msg"),
            signature=vector.octets("sig"),
            signer_id=vector.octets("id"),
        )
        for vector in vectors("Sm2Verify")
    ]
    answers = verify_batch(items)
    assert [answer is None for answer in answers] == [vector.valid for vector in vectors("Sm2Verify")]


def test_signatures_in_one_batch_of_the_lanes() -> None:
    lanes = current_batch_engine()
    if lanes is None:
        pytest.skip("this CPU has no lanes for SM2, or the extra accel is not installed")
    items, expected = [], []
    for vector in vectors("Sm2Verify"):
        try:
            signature = parse_sm2_signature(vector.octets("sig"))
        except TrustError:
            continue
        point = parse_public_key(vector.octets("publicKeyDer")).sm2_point
        items.append(Sm2Item(point, vector.octets("id"), vector.octets("msg"), signature))
        expected.append(EngineAnswer.VALID if vector.valid else EngineAnswer.INVALID)
    assert list(lanes.verify_many(items)) == expected


@pytest.mark.parametrize("decryption", [IppSm2Decryption, OpensslSm2Decryption], ids=["ipp", "openssl"])
def test_ciphertexts(
    decryption: type[IppSm2Decryption | OpensslSm2Decryption], record_property: Callable[[str, object], None]
) -> None:
    def judge(vector: Vector) -> bool:
        def opened() -> None:
            ciphertext = parse_sm2_ciphertext(vector.octets("ct"), CiphertextForm(vector.fields["form"]))
            assert decryption(vector.octets("privateKey")).decrypt(ciphertext) == vector.octets("msg")

        return accepts(opened)

    record_property("vectors", len(vectors("Sm2Decrypt")))
    assert disagreements("Sm2Decrypt", judge) == []


def test_public_keys(record_property: Callable[[str, object], None]) -> None:
    record_property("vectors", len(vectors("Sm2PublicKey")))
    judge = lambda vector: accepts(lambda: parse_public_key(vector.octets("publicKeyDer")))  # noqa: E731
    assert disagreements("Sm2PublicKey", judge) == []


def test_the_files_are_what_the_generator_writes() -> None:
    command = [sys.executable, "-m", "tools.sm2_vectors", "--check"]
    ran = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=120)
    assert ran.returncode == 0, ran.stderr
