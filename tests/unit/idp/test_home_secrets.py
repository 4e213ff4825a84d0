"""The home's secret: digests and seals are of one purpose, one context and one home, and nothing of them is seen."""

from __future__ import annotations

import pickle
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from idp.home_secrets import MAX_PLAIN, HomeSecrets
from trustkit.errors import ErrorCode, TrustError

if TYPE_CHECKING:
    from idp.sealing import Sealing

SECRETS = HomeSecrets(bytes(range(32)))
OTHER = HomeSecrets(bytes(range(1, 33)))
PORT: Sealing = SECRETS  # the port is kept


def test_a_digest_is_the_same_each_time_and_of_one_home() -> None:
    assert SECRETS.mac("login-name", b"li.hua") == HomeSecrets(bytes(range(32))).mac("login-name", b"li.hua")
    assert SECRETS.mac("login-name", b"li.hua") != OTHER.mac("login-name", b"li.hua")
    assert len(SECRETS.mac("login-name", b"li.hua")) == 32


def test_a_digest_is_of_one_purpose_and_of_its_parts_as_they_were_cut() -> None:
    made = [
        SECRETS.mac("login-name", b"ab", b"c"),
        SECRETS.mac("login-name", b"a", b"bc"),
        SECRETS.mac("login-name", b"abc"),
        SECRETS.mac("login-name", b"abc", b""),
        SECRETS.mac("link", b"abc"),
    ]
    assert len(set(made)) == len(made)


@given(plain=st.binary(max_size=200), context=st.binary(max_size=40))
def test_what_was_sealed_is_opened(plain: bytes, context: bytes) -> None:
    assert SECRETS.open("totp", context, SECRETS.seal("totp", context, plain)) == plain


def test_no_two_seals_are_alike_and_none_shows_its_text() -> None:
    first, second = (SECRETS.seal("totp", b"fa-1", b"the shared secret") for _ in range(2))
    assert first != second
    assert b"the shared secret" not in first


SEALED = SECRETS.seal("totp", b"fa-1", b"the shared secret")


@pytest.mark.parametrize(
    ("secrets", "purpose", "context", "sealed"),
    [
        (OTHER, "totp", b"fa-1", SEALED),
        (SECRETS, "pending-login", b"fa-1", SEALED),
        (SECRETS, "totp", b"fa-2", SEALED),
        (SECRETS, "totp", b"", SEALED),
        (SECRETS, "totp", b"fa-1", b""),
        (SECRETS, "totp", b"fa-1", SEALED[:20]),
        (SECRETS, "totp", b"fa-1", SEALED[:-1]),
        (SECRETS, "totp", b"fa-1", SEALED + b"\x00"),
        (SECRETS, "totp", b"fa-1", b"\x02" + SEALED[1:]),
    ],
    ids=["home", "purpose", "context", "no context", "empty", "head", "cut", "longer", "version"],
)
def test_what_was_not_sealed_so_does_not_open(
    secrets: HomeSecrets, purpose: str, context: bytes, sealed: bytes
) -> None:
    with pytest.raises(TrustError) as caught:
        secrets.open(purpose, context, sealed)
    assert caught.value.code is ErrorCode.DECRYPTION_FAILED


@given(position=st.integers(0, 10_000), bit=st.integers(0, 7))
def test_no_changed_bit_goes_unseen(position: int, bit: int) -> None:
    data = bytearray(SEALED)
    data[position % len(data)] ^= 1 << bit
    with pytest.raises(TrustError) as caught:
        SECRETS.open("totp", b"fa-1", bytes(data))
    assert caught.value.code is ErrorCode.DECRYPTION_FAILED


def test_too_much_is_not_sealed() -> None:
    with pytest.raises(TrustError) as caught:
        SECRETS.seal("totp", b"", bytes(MAX_PLAIN + 1))
    assert caught.value.code is ErrorCode.INPUT_TOO_LARGE


@pytest.mark.parametrize("size", [0, 16, 31, 33])
def test_a_secret_of_another_length_is_none(size: int) -> None:
    with pytest.raises(TrustError) as caught:
        HomeSecrets(bytes(size))
    assert caught.value.code is ErrorCode.KEY_WEAK


@pytest.mark.parametrize("purpose", ["", "p" * 65, "用途"])
def test_a_purpose_is_a_short_word(purpose: str) -> None:
    with pytest.raises(TrustError) as caught:
        SECRETS.mac(purpose, b"")
    assert caught.value.code is ErrorCode.BUG


def test_the_secret_shows_nothing_and_is_not_copied() -> None:
    assert repr(SECRETS) == "HomeSecrets(…)"
    with pytest.raises(TypeError):
        pickle.dumps(SECRETS)
