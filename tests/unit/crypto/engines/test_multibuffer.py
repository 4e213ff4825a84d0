from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import cffi
import pytest

from tests.unit.crypto.engines import lane_fuzz
from trustkit.crypto.digest import DigestAlgorithm, digest
from trustkit.crypto.engines import crypto_mb, multibuffer
from trustkit.crypto.engines.crypto_mb import CryptoMb
from trustkit.crypto.engines.multibuffer import MultibufferEngine
from trustkit.crypto.engines.openssl import OpensslEngine
from trustkit.crypto.engines.port import EngineAnswer, Sm2Item
from trustkit.crypto.engines.self_test import require_known_batch_answers
from trustkit.crypto.sm2 import DEFAULT_SIGNER_ID, Sm2Signature, message_digest, parse_sm2_signature
from trustkit.custody.sm2_openssl import OpensslSm2Signing, generate_sm2_scalar
from trustkit.errors import ErrorCode, TrustError

VALID, INVALID = EngineAnswer.VALID, EngineAnswer.INVALID
PROGRAM = Path(lane_fuzz.__file__ or "")


class Lanes:
    """A stand-in for libcrypto_mb that reads the eight lanes as C would, and answers by libcrypto."""

    version = "stand-in"

    def __init__(self) -> None:
        self.ffi: Any = cffi.FFI()
        self.lib = self
        self.calls: list[list[Sm2Item]] = []
        self.bad_status = 1
        self._engine = OpensslEngine()

    def mbx_sm2_ecdsa_verify_mb8(self, *arguments: Any) -> int:
        r, s, ids, id_lengths, messages, message_lengths, xs, ys, zs, scratch = arguments
        assert zs == scratch == self.ffi.NULL
        status, lanes = 0, []
        for lane in range(8):
            # Reading the slack behind the message, as the library may, must stay inside the memory handed over.
            self.ffi.buffer(messages[lane], message_lengths[lane] + 64)[:]
            x, y = (self.ffi.buffer(limbs[lane], 32)[:][::-1] for limbs in (xs, ys))
            item = Sm2Item(
                x + y,
                self.ffi.buffer(ids[lane], id_lengths[lane])[:],
                self.ffi.buffer(messages[lane], message_lengths[lane])[:],
                Sm2Signature(self.ffi.buffer(r[lane], 32)[:], self.ffi.buffer(s[lane], 32)[:]),
            )
            lanes.append(item)
            if self._engine.verify(*item) is INVALID:
                status |= self.bad_status << (4 * lane)
        self.calls.append(lanes)
        return status

    def mbx_sm3_msg_digest_mb16(self, messages: Any, lengths: Any, hashes: Any) -> int:
        for lane in range(16):
            octets = self.ffi.buffer(messages[lane], lengths[lane])[:]
            self.ffi.memmove(hashes[lane], digest(DigestAlgorithm.SM3, octets), 32)
        return 0


@pytest.fixture
def lanes(monkeypatch: pytest.MonkeyPatch) -> Lanes:
    stand_in = Lanes()
    monkeypatch.setattr(multibuffer, "crypto_mb", lambda: stand_in)
    return stand_in


def items_of(*lengths: int) -> list[Sm2Item]:
    signing = OpensslSm2Signing(generate_sm2_scalar())
    found = []
    for length in lengths:
        message = bytes(range(256)) * (length // 256 + 1)
        message = message[:length]
        signature = parse_sm2_signature(signing.sign(message))
        found.append(Sm2Item(signing.point, DEFAULT_SIGNER_ID, message, signature))
    return found


def test_known_answers(lanes: Lanes) -> None:
    require_known_batch_answers(MultibufferEngine(OpensslEngine()))
    assert len(lanes.calls) == 1


def test_a_short_group_repeats_its_first_lane(lanes: Lanes) -> None:
    items = items_of(100, 100, 100)
    assert MultibufferEngine(OpensslEngine()).verify_many(items) == (VALID,) * 3
    assert lanes.calls == [[*items, *items[:1] * 5]]


@pytest.mark.parametrize("status", [1, 2, 4, 8, 9, 10, 15])
def test_any_bit_means_invalid(lanes: Lanes, status: int) -> None:
    lanes.bad_status = status
    items = items_of(50, 50, 50, 50)
    items[1] = items[1]._replace(message=bytes(50))
    items[3] = items[3]._replace(signature=Sm2Signature(items[3].signature.s, items[3].signature.r))
    assert MultibufferEngine(OpensslEngine()).verify_many(items) == (VALID, INVALID, VALID, INVALID)


def test_mixed_lengths_never_meet_in_a_call(lanes: Lanes) -> None:
    items = items_of(*range(0, 300, 7), *range(0, 300, 11), 65_536, 65_536, 65_537)
    items += [item._replace(signer_id=b"") for item in items[:3]]
    answers = MultibufferEngine(OpensslEngine()).verify_many(items)
    assert answers == (VALID,) * (len(items) - 3) + (INVALID,) * 3
    assert lanes.calls
    for call in lanes.calls:
        assert len({(len(item.signer_id), (32 + len(item.message)) // 64) for item in call}) == 1


def test_desks_are_reused_for_other_sizes(lanes: Lanes) -> None:
    engine = MultibufferEngine(OpensslEngine())
    for sizes in ((65_536,) * 8, (0,) * 8, (40, 41, 42), ()):
        assert engine.verify_many(items_of(*sizes)) == (VALID,) * len(sizes)
    assert len(lanes.calls) == 3


def test_one_bad_lane_of_many_groups_touches_no_other(lanes: Lanes) -> None:
    items = items_of(*[90] * 150)
    for bad in (0, 7, 8, 15, 16, 63, 64, 149):
        tried = list(items)
        tried[bad] = items[bad]._replace(message=bytes(90))
        answers = MultibufferEngine(OpensslEngine()).verify_many(tried)
        assert [position for position, answer in enumerate(answers) if answer is not VALID] == [bad]
    assert {len(call) for call in lanes.calls} == {8}


@pytest.mark.parametrize("lane", [0, 8, 16, 63, 65])
def test_r_that_is_e_is_invalid_in_every_lane(lanes: Lanes, lane: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """A library that takes the point at infinity for x = 0 calls r = e valid (tests/vectors has real ones)."""
    items = items_of(*[40] * 66)
    e = message_digest(items[lane].point, items[lane].signer_id, items[lane].message)
    items[lane] = items[lane]._replace(signature=Sm2Signature(e, items[lane].signature.s))
    monkeypatch.setattr(lanes, "bad_status", 0)
    answers = MultibufferEngine(OpensslEngine()).verify_many(items)
    assert [position for position, answer in enumerate(answers) if answer is not VALID] == [lane]


def test_no_runtime_libraries(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(crypto_mb, "_RUNTIME", "no-such-distribution")
    with pytest.raises(TrustError) as caught:
        CryptoMb()
    assert caught.value.code is ErrorCode.ENGINE_MISSING


def test_a_library_that_does_not_load(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    broken = tmp_path / "libcrypto_mb.so.13"
    broken.write_bytes(b"not a library")
    monkeypatch.setattr(crypto_mb, "wheel_library", lambda _distribution, _name: broken)
    monkeypatch.setattr(crypto_mb, "wheel_version", lambda _distribution: "0")
    with pytest.raises(TrustError) as caught:
        CryptoMb()
    assert caught.value.code is ErrorCode.ENGINE_MISSING


def test_the_live_lanes_agree_with_libcrypto() -> None:
    """In a child process: a broken rule ends the process, and that must be seen as a failure, not take pytest along."""
    command = [sys.executable, str(PROGRAM), "20261123", "150"]
    ran = subprocess.run(command, capture_output=True, text=True, check=False, timeout=300, cwd=PROGRAM.parents[4])
    if ran.returncode == lane_fuzz.UNAVAILABLE:
        pytest.skip(f"eight-lane engine: {ran.stdout.strip()}")
    assert ran.returncode == 0, ran.stdout + ran.stderr
