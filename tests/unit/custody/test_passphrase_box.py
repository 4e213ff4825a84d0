"""A box gives its secret to the passphrase it was made with, beside the text and in the context it was made with, and never else."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trustkit.crypto.contexts import Context
from trustkit.custody.passphrase import Passphrase
from trustkit.custody.passphrase_box import encode_box, read_box
from trustkit.custody.pbes2 import MIN_ITERATIONS
from trustkit.errors import ErrorCode, TrustError

if TYPE_CHECKING:
    from trustkit.error_family import Code

PASSPHRASE = Passphrase(b"correct horse battery")
TEXT = "a-home"
SECRET = b"sixteen octets.."
BOX = encode_box(TEXT, SECRET, PASSPHRASE, context=Context.IDENTITY_ROOT, iterations=MIN_ITERATIONS)


def opened(data: bytes, passphrase: Passphrase = PASSPHRASE, context: Context = Context.IDENTITY_ROOT) -> bytes:
    return read_box(data, what="a box").open(passphrase, context=context)


def test_what_was_put_in_comes_out() -> None:
    assert opened(BOX) == SECRET
    assert read_box(BOX, what="a box").text == TEXT


@pytest.mark.parametrize(
    ("data", "passphrase", "context", "code"),
    [
        (BOX, Passphrase(b"another passphrase"), Context.IDENTITY_ROOT, ErrorCode.PASSPHRASE_WRONG),
        (BOX, PASSPHRASE, Context.MODULE_PIN, ErrorCode.PASSPHRASE_WRONG),
        (BOX.replace(b"a-home", b"b-home"), PASSPHRASE, Context.IDENTITY_ROOT, ErrorCode.PASSPHRASE_WRONG),
        (b"", PASSPHRASE, Context.IDENTITY_ROOT, ErrorCode.KEY_CONTAINER_MALFORMED),
        (b"\x30\x00", PASSPHRASE, Context.IDENTITY_ROOT, ErrorCode.KEY_CONTAINER_MALFORMED),
        (BOX[:-1], PASSPHRASE, Context.IDENTITY_ROOT, ErrorCode.KEY_CONTAINER_MALFORMED),
        (BOX + b"\x00", PASSPHRASE, Context.IDENTITY_ROOT, ErrorCode.KEY_CONTAINER_MALFORMED),
        (b"\x30\x82\xff\xff" + bytes(65535), PASSPHRASE, Context.IDENTITY_ROOT, ErrorCode.KEY_CONTAINER_MALFORMED),
    ],
    ids=["passphrase", "context", "text", "empty", "nothing in it", "cut", "longer", "huge"],
)
def test_any_other_box_is_refused(data: bytes, passphrase: Passphrase, context: Context, code: Code) -> None:
    with pytest.raises(TrustError) as caught:
        opened(data, passphrase, context)
    assert caught.value.code is code


@given(position=st.integers(0, 10_000), bit=st.integers(0, 7))
def test_no_changed_box_gives_another_text(position: int, bit: int) -> None:
    data = bytearray(BOX)
    data[position % len(data)] ^= 1 << bit
    try:
        box = read_box(bytes(data), what="a box")
        box.open(PASSPHRASE, context=Context.IDENTITY_ROOT)
    except TrustError:
        return
    assert box.text == TEXT
