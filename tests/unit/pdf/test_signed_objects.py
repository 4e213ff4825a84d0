"""Looking where signed objects stand is work that counts against the bound of a file."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from esign.pdf import reader as bounded
from esign.pdf import signed_objects
from esign.pdf.reader import open_reader
from esign.pdf.signed_objects import _SPELT, _spelt, misplaced_object
from trustkit.errors import ErrorCode, TrustError


def test_looking_where_objects_stand_is_counted(signed: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    opened = open_reader(signed)
    assert misplaced_object(opened, len(signed), opened.xrefs.total_revisions) == ""
    monkeypatch.setattr(signed_objects, "VALUES_A_STEP", 1)
    monkeypatch.setattr(bounded, "MAX_DEREFERENCES", opened.steps + 2)
    with pytest.raises(TrustError) as caught:
        misplaced_object(opened, len(signed), opened.xrefs.total_revisions)
    assert caught.value.code is ErrorCode.PDF_LIMIT


@given(st.lists(st.sampled_from([b"1", b"20", b" ", b"\n", b"\r", b"\x80", b"%", b"x", b"% 1 0", b"/K"]), max_size=14))
@example([b"1", b"%x", b"\n", b"0", b"\r"])
@example([b"20", b" ", b"0", b"%", b"\n"])
@example([b"%", b"1", b" ", b"0", b"\n"])
def test_a_reference_is_found_however_its_parts_are_kept_apart(parts: list[bytes]) -> None:
    text = b"".join(parts)
    wanted = _SPELT.search(text)
    assert _spelt(text + b"R", len(text)) == (None if wanted is None else int(wanted[1]))
