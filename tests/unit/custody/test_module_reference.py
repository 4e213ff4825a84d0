from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trustkit.custody.module_reference import LABEL, encode_reference, open_reference
from trustkit.custody.module_uri import Pkcs11Uri, SdfUri
from trustkit.custody.passphrase import Passphrase
from trustkit.custody.pbes2 import MIN_ITERATIONS
from trustkit.custody.software import SoftwareKeystore
from trustkit.encoding.pem import encode_pem, parse_pem
from trustkit.errors import ErrorCode, TrustError

if TYPE_CHECKING:
    from pathlib import Path

    from trustkit.error_family import Code

PASSPHRASE = Passphrase(b"correct horse battery")
PIN = Passphrase(b"482913")
PLACES: list[Pkcs11Uri | SdfUri] = [
    Pkcs11Uri(library="/usr/lib/softhsm/libsofthsm2.so", token="authority", label="issuing-ca"),
    SdfUri(library="/usr/lib/libsdf.so", index=3, ecc_bits=256),
]


def der_of(place: Pkcs11Uri | SdfUri) -> bytes:
    (block,) = parse_pem(encode_reference(place, PIN, PASSPHRASE, iterations=MIN_ITERATIONS))
    assert block.label == LABEL
    return block.der


@pytest.mark.parametrize("place", PLACES, ids=["pkcs11", "sdf"])
def test_what_is_written_is_read(place: Pkcs11Uri | SdfUri) -> None:
    assert open_reference(der_of(place), PASSPHRASE) == (place, PIN)


def test_the_pin_is_not_in_the_file() -> None:
    assert PIN.reveal() not in der_of(PLACES[0])


def test_another_passphrase_opens_nothing() -> None:
    assert refused(der_of(PLACES[0]), Passphrase(b"another passphrase")) is ErrorCode.PASSPHRASE_WRONG


def test_a_pin_is_not_handed_to_another_library() -> None:
    changed = der_of(PLACES[0]).replace(b"/usr/lib/softhsm", b"/usr/lib/softhsN")
    assert refused(changed, PASSPHRASE) is ErrorCode.PASSPHRASE_WRONG


def test_a_short_passphrase_protects_nothing() -> None:
    with pytest.raises(TrustError) as caught:
        encode_reference(PLACES[0], PIN, Passphrase(b"short"))
    assert caught.value.code is ErrorCode.PASSPHRASE_WEAK


@pytest.mark.parametrize("cut", [0, 1, 10, -1])
def test_what_is_cut_is_refused(cut: int) -> None:
    assert refused(der_of(PLACES[0])[:cut], PASSPHRASE) is ErrorCode.KEY_CONTAINER_MALFORMED


@given(position=st.integers(0, 10_000), bit=st.integers(0, 7))
def test_no_changed_file_gives_another_place_or_pin(position: int, bit: int) -> None:
    data = bytearray(FROZEN)
    data[position % len(data)] ^= 1 << bit
    try:
        found = open_reference(bytes(data), PASSPHRASE)
    except TrustError:
        return
    assert found == (PLACES[1], PIN)


FROZEN = der_of(PLACES[1])


@pytest.mark.parametrize(
    "text",
    [b"", b"no PEM", encode_pem("TRUSTKIT MODULE KEY", b"\x30\x00"), encode_pem("TRUSTKIT MODULE", FROZEN)],
    ids=["empty", "text", "nothing in it", "another label"],
)
def test_the_keystore_tells_of_a_file_that_is_none(tmp_path: Path, text: bytes) -> None:
    (tmp_path / "seal.key.pem").write_bytes(text)
    (tmp_path / "seal.key.pem").chmod(0o600)
    tmp_path.chmod(0o700)
    with pytest.raises(TrustError) as caught:
        SoftwareKeystore(tmp_path).open("seal", PASSPHRASE)
    assert caught.value.code is ErrorCode.KEY_CONTAINER_MALFORMED


def test_a_key_in_a_module_is_not_read_out(tmp_path: Path) -> None:
    tmp_path.chmod(0o700)
    keystore = SoftwareKeystore(tmp_path, iterations=MIN_ITERATIONS)
    keystore.add_reference("seal", PLACES[0], PIN, PASSPHRASE)
    assert keystore.names() == ("seal",)
    with pytest.raises(TrustError) as caught:
        keystore.read("seal", PASSPHRASE)
    assert caught.value.code is ErrorCode.KEY_UNSUPPORTED


def refused(data: bytes, passphrase: Passphrase) -> Code:
    with pytest.raises(TrustError) as caught:
        open_reference(data, passphrase)
    return caught.value.code
