"""Looking where signed objects stand is work that counts against the bound of a file."""

from __future__ import annotations

import pytest

from esign.pdf import reader as bounded
from esign.pdf import signed_objects
from esign.pdf.reader import open_reader
from esign.pdf.signed_objects import misplaced_object
from trustkit.errors import ErrorCode, TrustError


def test_looking_where_objects_stand_is_counted(signed: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    opened = open_reader(signed)
    assert misplaced_object(opened, len(signed), opened.xrefs.total_revisions) == ""
    monkeypatch.setattr(signed_objects, "VALUES_A_STEP", 1)
    monkeypatch.setattr(bounded, "MAX_DEREFERENCES", opened.steps + 2)
    with pytest.raises(TrustError) as caught:
        misplaced_object(opened, len(signed), opened.xrefs.total_revisions)
    assert caught.value.code is ErrorCode.PDF_LIMIT
