"""pycose verifies the ES256 half of our COSE, and we verify its."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from trustkit.cose.read import parse_sign1
from trustkit.cose.sign import sign_sign1
from trustkit.cose.verify import verify_sign1
from trustkit.crypto.public_key import P256_CURVE, KeyKind, parse_public_key
from trustkit.custody.private_key import generate_key
from trustkit.encoding import der_write as w

pytestmark = pytest.mark.interop

PEER = Path(__file__).parent / "pycose" / "peer.py"
PACKAGES = Path(__file__).resolve().parents[2] / "build" / "pycose"


def test_both_ways() -> None:
    if not (PACKAGES / "pycose").is_dir():
        pytest.skip("pycose is not there: python -m tools.interop")
    signer = generate_key(KeyKind.EC_P256).signer()
    octets = sign_sign1({4: b"k"}, b"ours", signer)
    asked = json.dumps({"message": octets.hex(), "point": signer.public_key.spki[-64:].hex()})
    done = subprocess.run(
        [sys.executable, "-W", "ignore", str(PEER)],
        input=asked,
        env={**os.environ, "PYTHONPATH": str(PACKAGES)},  # noqa: TID251 - the peer's packages are not ours
        check=True,
        capture_output=True,
        text=True,
        timeout=60,
    )
    told = json.loads(done.stdout)
    assert told["verified"] is True
    assert bytes.fromhex(told["payload"]) == b"ours"
    algorithm = w.sequence(w.oid("1.2.840.10045.2.1"), w.oid(P256_CURVE))
    key = parse_public_key(w.sequence(algorithm, w.bit_string(b"\x04" + bytes.fromhex(told["point"]))))
    assert verify_sign1(parse_sign1(bytes.fromhex(told["message"])), key).payload == b"theirs"
