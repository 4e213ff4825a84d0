"""Octets behind a signature: what is asked of them is bounded, and asked once."""

from __future__ import annotations

import pytest

from esign.pdf import added_octets
from esign.pdf.added_octets import ambiguous_octets
from esign.pdf.reader import open_reader
from tests.support.attacks.documents import FREE, append
from tests.support.attacks.library import Library
from trustkit.errors import ErrorCode, TrustError


@pytest.fixture(scope="module")
def contract() -> bytes:
    return Library().contract


def test_an_update_of_more_objects_than_anybody_writes_is_refused(
    contract: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    octets = append(contract, dict.fromkeys(range(FREE, FREE + 3), b"null"))
    reader = open_reader(octets)
    revision = reader.xrefs.total_revisions - 2
    monkeypatch.setattr(added_octets, "MAX_ADDED_OBJECTS", 2)
    with pytest.raises(TrustError) as refused:
        ambiguous_octets(reader, octets, len(contract), revision)
    assert refused.value.code is ErrorCode.PDF_LIMIT
    monkeypatch.setattr(added_octets, "MAX_ADDED_OBJECTS", 3)
    assert ambiguous_octets(reader, octets, len(contract), revision) == ""


def test_a_doubt_is_kept(contract: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    octets = append(contract, {FREE: b"<< /A 1 /A 2 >>"})
    reader = open_reader(octets)
    revision = reader.xrefs.total_revisions - 2
    told = ambiguous_octets(reader, octets, len(contract), revision)
    assert "a key twice" in told
    monkeypatch.setattr(added_octets, "read_added_revision", None)
    assert ambiguous_octets(reader, octets, len(contract), revision) == told
