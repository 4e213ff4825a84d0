"""A gap is filled where the file was written, and no copy that was given out changes with it."""

from __future__ import annotations

from io import BytesIO

import pytest

from esign.pdf.gap import GappedPdf
from trustkit.crypto.digest import DigestAlgorithm
from trustkit.errors import ErrorCode, TrustError

_FILE = b"before<0000000000>after"


def _gapped() -> GappedPdf:
    start = _FILE.index(b"<")
    return GappedPdf(
        file=BytesIO(_FILE),
        digest=bytes(32),
        digest_algorithm=DigestAlgorithm.SM3,
        start=start,
        end=_FILE.index(b">") + 1,
        field_name="Signature",
    )


def test_a_message_stands_in_the_gap_with_noughts_behind_it() -> None:
    assert _gapped().filled(b"\x12\xab") == b"before<12ab000000>after"


def test_what_was_given_out_stays_and_a_shorter_message_leaves_nothing_of_a_longer_one() -> None:
    gapped = _gapped()
    empty, long = gapped.octets, gapped.filled(b"\x01\x02\x03\x04\x05")
    assert (gapped.filled(b"\xff"), long, empty) == (b"before<ff00000000>after", b"before<0102030405>after", _FILE)


def test_a_message_longer_than_the_gap_is_refused() -> None:
    with pytest.raises(TrustError) as caught:
        _gapped().filled(bytes(6))
    assert caught.value.code is ErrorCode.SIGNING_FAILED
