"""SM2 and SM3 vectors that others published: Tongsuo's EVP tests."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.support.testdata import outside
from tests.unit.crypto.keys import fast_engines
from trustkit.crypto.digest import DigestAlgorithm, digest
from trustkit.crypto.engines.port import EngineAnswer
from trustkit.crypto.public_key import KeyKind
from trustkit.crypto.sm2 import parse_sm2_signature
from trustkit.custody.private_key import load_private_key
from trustkit.custody.private_key_info import parse_private_key_info
from trustkit.encoding.pem import parse_pem

if TYPE_CHECKING:
    from collections.abc import Callable

    from trustkit.crypto.public_key import PublicKey

VERSION = "test/recipes/30-test_evp_data of Tongsuo, files of November 2026"

SM2 = "sm/tongsuo_evppkey_sm2.txt"
SM3 = "sm/tongsuo_evpmd_sm3.txt"


def stanzas(name: str, kind: str) -> list[dict[str, str]]:
    """Return the stanzas of one kind: blocks of ``name = value`` lines, parted by blank lines."""
    found = []
    for block in outside(name).read_text(encoding="utf-8").split("\n\n"):
        lines = [line.partition("=") for line in block.splitlines() if "=" in line and not line.startswith("#")]
        pairs = {name.strip(): value.strip() for name, _, value in lines}
        if kind in pairs:
            found.append(pairs)
    return found


def tongsuo_key() -> PublicKey:
    (block,) = parse_pem(outside(SM2).read_bytes())
    key = load_private_key(parse_private_key_info(block.der))
    assert key.kind is KeyKind.SM2
    return key.public_key


def test_sm3(record_property: Callable[[str, object], None]) -> None:
    rows = [row for row in stanzas(SM3, "Digest") if row["Digest"] == "SM3"]
    assert len(rows) >= 4
    for row in rows:
        assert digest(DigestAlgorithm.SM3, bytes.fromhex(row["Input"])) == bytes.fromhex(row["Output"])
    record_property("vectors", len(rows))


def test_sm2_verify(record_property: Callable[[str, object], None]) -> None:
    """Stanzas give e itself as input, so they are asked at digest level. SHA-512 with SM2 is refused by its length."""
    key = tongsuo_key()
    rows = [row for row in stanzas(SM2, "Verify") if row["Ctrl"] == "digest:SM3"]
    assert len(rows) == 2
    for row in rows:
        assert "Result" not in row
        e, signature = bytes.fromhex(row["Input"]), parse_sm2_signature(bytes.fromhex(row["Output"]))
        changed = bytes((e[0] ^ 1,)) + e[1:]
        for engine in fast_engines():
            assert engine.verify_digest(key.sm2_point, e, signature) is EngineAnswer.VALID
            assert engine.verify_digest(key.sm2_point, changed, signature) is EngineAnswer.INVALID
    record_property("vectors", len(rows))
