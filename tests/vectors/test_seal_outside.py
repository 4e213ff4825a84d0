"""Seals that nobody in this project made (Apache-2.0, the ofdrw project)."""

from __future__ import annotations

import pytest

from esign.seal.model import SealVersion
from esign.seal.read import parse_seal
from esign.seal.verify import verify_seal
from tests.support.testdata import outside
from trustkit.errors import ErrorCode, TrustError

VERSION = "ofdrw test resources of November 2026"


@pytest.mark.parametrize(
    ("name", "version"),
    [("UserV1.esl", SealVersion.V1), ("UserV4.esl", SealVersion.V4), ("UserV5.esl", SealVersion.V5)],
)
def test_seal_signature_is_valid(name: str, version: SealVersion) -> None:
    octets = outside(f"seals/{name}").read_bytes()
    seal = parse_seal(octets)
    assert (seal.version, seal.raw, seal.picture.type) == (version, octets, "PNG")
    assert seal.picture.data.startswith(b"\x89PNG")
    intact = verify_seal(seal)
    assert intact.maker.common_name == "Test Certificate"
    assert intact.timestamp is None


def test_seal_that_verifies_over_nothing_is_refused() -> None:
    seal = parse_seal(outside("seals/SESealData.DER").read_bytes())
    assert [extension.critical for extension in seal.extensions] == [False, True, False]
    with pytest.raises(TrustError) as caught:
        verify_seal(seal)
    assert caught.value.code is ErrorCode.SEAL_SIGNATURE


@pytest.mark.parametrize("name", ["UserV1.esl", "UserV4.esl", "UserV5.esl"])
def test_octets_of_a_seal_matter(name: str) -> None:
    """Beside the maker's certificate in v4 and v5: its issuer's signature covers it, and the verifier's path shows that."""
    octets = outside(f"seals/{name}").read_bytes()
    seal = parse_seal(octets)
    start = octets.rindex(seal.maker_certificate)
    free = range(0) if seal.version is SealVersion.V1 else range(start, start + len(seal.maker_certificate))
    for position in (*range(0, 700, 7), *range(len(octets) - 700, len(octets), 7)):
        changed = bytearray(octets)
        changed[position] ^= 0x01
        if position not in free:
            with pytest.raises(TrustError):
                verify_seal(parse_seal(bytes(changed)))
