"""What a session stands on, as its row has it: read as it was written, or told to be damaged; nothing else comes out."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from idp.factors.port import FactorKind
from idp.grounds import Grounds, encode_grounds, parse_grounds
from tests.support.signing_in import proof
from trustkit.errors import ErrorCode, TrustError

WHOLE = encode_grounds(Grounds(factors=(proof("np-a"), proof("np-a", FactorKind.PASSKEY)), methods=("pwd",)))


def read(text: str) -> Grounds | None:
    try:
        return parse_grounds(text)
    except TrustError as error:
        if error.code is ErrorCode.BUG:
            return None
        raise


@given(text=st.text(max_size=200))
def test_any_text(text: str) -> None:
    found = read(text)
    assert found is None or parse_grounds(encode_grounds(found)) == found


@given(at=st.integers(0, len(WHOLE) - 1), put=st.text(max_size=3), taken=st.integers(0, 40))
def test_a_row_changed_by_hand(at: int, put: str, taken: int) -> None:
    found = read(WHOLE[:at] + put + WHOLE[at + taken :])
    assert found is None or parse_grounds(encode_grounds(found)) == found
