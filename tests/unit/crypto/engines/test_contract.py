"""What every SM2 engine promises, asked of each."""

from __future__ import annotations

import warnings
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from multiprocessing import get_context
from typing import TYPE_CHECKING

import pytest

from trustkit.crypto.engines import ipp, ippcp
from trustkit.crypto.engines.gmssl import GmsslEngine, InsecureEngineWarning
from trustkit.crypto.engines.ipp import IppEngine
from trustkit.crypto.engines.openssl import OpensslEngine
from trustkit.crypto.engines.port import EngineAnswer
from trustkit.crypto.engines.self_test import (
    SAMPLE_DIGEST,
    SAMPLE_MESSAGE,
    SAMPLE_POINT,
    SAMPLE_SIGNATURE,
    require_known_answers,
)
from trustkit.crypto.sm2 import DEFAULT_SIGNER_ID, N, Sm2Signature, message_digest, parse_sm2_signature
from trustkit.custody.sm2_openssl import OpensslSm2Signing, generate_sm2_scalar
from trustkit.errors import ErrorCode, TrustError

if TYPE_CHECKING:
    from collections.abc import Callable

    from trustkit.crypto.engines.port import Sm2Engine

VALID, INVALID = EngineAnswer.VALID, EngineAnswer.INVALID
NAMES = ("ipp", "openssl", "gmssl")
FAST = ("ipp", "openssl")


@cache
def engine_of(name: str) -> Sm2Engine:
    makers: dict[str, Callable[[], Sm2Engine]] = {"ipp": IppEngine, "openssl": OpensslEngine, "gmssl": GmsslEngine}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", InsecureEngineWarning)
        try:
            return makers[name]()
        except TrustError as error:
            pytest.skip(f"engine {name} is not on this machine: {error.detail}")


@pytest.fixture(params=NAMES)
def engine(request: pytest.FixtureRequest) -> Sm2Engine:
    return engine_of(request.param)


def test_known_answers(engine: Sm2Engine) -> None:
    require_known_answers(engine)
    assert engine.name in NAMES


def test_the_id_is_used(engine: Sm2Engine) -> None:
    for signer_id in (b"", b"1234567812345677", DEFAULT_SIGNER_ID * 2):
        assert engine.verify(SAMPLE_POINT, signer_id, SAMPLE_MESSAGE, SAMPLE_SIGNATURE) is INVALID


def test_digest_level_takes_no_z(engine: Sm2Engine) -> None:
    assert engine.verify_digest(SAMPLE_POINT, SAMPLE_DIGEST, SAMPLE_SIGNATURE) is VALID
    assert engine.verify_digest(SAMPLE_POINT, bytes(32), SAMPLE_SIGNATURE) is INVALID


@pytest.mark.parametrize("value", [1, 2, N - 2, N - 1])
def test_numbers_at_the_edge(engine: Sm2Engine, value: int) -> None:
    edge = value.to_bytes(32, "big")
    for signature in (
        Sm2Signature(edge, SAMPLE_SIGNATURE.s),
        Sm2Signature(SAMPLE_SIGNATURE.r, edge),
        Sm2Signature(edge, edge),
        Sm2Signature(SAMPLE_SIGNATURE.r, (N - int.from_bytes(SAMPLE_SIGNATURE.r, "big")).to_bytes(32, "big")),  # t = 0
    ):
        assert engine.verify_digest(SAMPLE_POINT, SAMPLE_DIGEST, signature) is INVALID


def test_points_off_the_curve(engine: Sm2Engine) -> None:
    prime = bytes.fromhex("fffffffeffffffffffffffffffffffffffffffff00000000ffffffffffffffff")
    for point in (
        bytes(64),
        b"\xff" * 64,
        SAMPLE_POINT[:-1] + b"\x14",
        prime + SAMPLE_POINT[32:],
        b"",
        SAMPLE_POINT + b"\0",
    ):
        assert not engine.is_on_curve(point)
        with pytest.raises(TrustError) as caught:
            engine.verify_digest(point, SAMPLE_DIGEST, SAMPLE_SIGNATURE)
        assert caught.value.code is ErrorCode.KEY_MALFORMED
    assert engine.is_on_curve(SAMPLE_POINT)


@pytest.mark.parametrize("size", [0, 1, 31, 32, 33, 64, 100_000])
def test_message_sizes(engine: Sm2Engine, size: int) -> None:
    signing = OpensslSm2Signing(generate_sm2_scalar())
    message = bytes(size)
    signature = parse_sm2_signature(signing.sign(message))
    assert engine.verify(signing.point, DEFAULT_SIGNER_ID, message, signature) is VALID
    assert engine.verify(signing.point, DEFAULT_SIGNER_ID, message + b"\0", signature) is INVALID
    e = message_digest(signing.point, DEFAULT_SIGNER_ID, message)
    assert engine.verify_digest(signing.point, e, signature) is VALID


@pytest.mark.parametrize("name", FAST)
def test_many_threads(name: str) -> None:
    engine = engine_of(name)
    signers = [OpensslSm2Signing(generate_sm2_scalar()) for _ in range(4)]
    cases = [
        (signer.point, message, parse_sm2_signature(signer.sign(message)))
        for signer in signers
        for message in (b"one", b"two" * 50)
    ]

    def work(number: int) -> bool:
        point, message, signature = cases[number % len(cases)]
        other = cases[(number + 1) % len(cases)][1]
        good = engine.verify(point, DEFAULT_SIGNER_ID, message, signature)
        return good is VALID and engine.verify(point, DEFAULT_SIGNER_ID, other + b"!", signature) is INVALID

    with ThreadPoolExecutor(8) as pool:
        assert all(pool.map(work, range(400)))


def _answer_in_child(name: str) -> tuple[EngineAnswer, EngineAnswer]:
    engine = engine_of(name)
    return (
        engine.verify(SAMPLE_POINT, DEFAULT_SIGNER_ID, SAMPLE_MESSAGE, SAMPLE_SIGNATURE),
        engine.verify(SAMPLE_POINT, DEFAULT_SIGNER_ID, b"other", SAMPLE_SIGNATURE),
    )


@pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")  # the runner may have threads
@pytest.mark.parametrize("name", FAST)
def test_after_a_fork(name: str) -> None:
    engine_of(name)  # made before the fork, used on both sides of it
    with get_context("fork").Pool(2) as pool:
        answers = pool.map(_answer_in_child, [name] * 8)
    assert answers == [(VALID, INVALID)] * 8
    assert _answer_in_child(name) == (VALID, INVALID)


def test_messages_beyond_an_int(monkeypatch: pytest.MonkeyPatch) -> None:
    """What libippcp cannot count is hashed elsewhere, to the same end."""
    engine = engine_of("ipp")
    monkeypatch.setattr(ippcp, "_MAX_HASHED", 40)
    assert engine.verify(SAMPLE_POINT, DEFAULT_SIGNER_ID, SAMPLE_MESSAGE, SAMPLE_SIGNATURE) is VALID
    assert engine.verify(SAMPLE_POINT, DEFAULT_SIGNER_ID, SAMPLE_MESSAGE + b".", SAMPLE_SIGNATURE) is INVALID


def test_more_signers_than_are_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ipp, "_POINTS", 2)
    engine = engine_of("ipp")
    signers = [OpensslSm2Signing(generate_sm2_scalar()) for _ in range(5)]
    for signer in signers * 2:
        signature = parse_sm2_signature(signer.sign(b"message"))
        assert engine.verify(signer.point, DEFAULT_SIGNER_ID, b"message", signature) is VALID


def test_gmssl_warns() -> None:
    with pytest.warns(InsecureEngineWarning, match="refused in production"):
        GmsslEngine()


def test_a_digest_has_32_octets(engine: Sm2Engine) -> None:
    for digest in (b"", bytes(31), bytes(33)):
        with pytest.raises(TrustError) as caught:
            engine.verify_digest(SAMPLE_POINT, digest, SAMPLE_SIGNATURE)
        assert caught.value.code is ErrorCode.USAGE
