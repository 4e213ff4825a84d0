"""The test vectors of draft-ietf-oauth-status-list: a million entries at each width, and the short examples."""

from __future__ import annotations

import json
from typing import Any

import pytest

from esign.status.read import unpack_list
from tests.support.testdata import outside

VERSION = "draft-ietf-oauth-status-list-21"


def _vectors(bits: int) -> list[dict[str, Any]]:
    vectors = json.loads(outside("statuslist/vectors.json").read_bytes())
    return [vector for vector in vectors if vector["bits"] == bits]


@pytest.mark.parametrize("bits", [1, 2, 4, 8])
def test_million_entries(bits: int) -> None:
    (vector,) = [vector for vector in _vectors(bits) if "nonzero" in vector]
    entries = unpack_list(vector["lst"], bits)
    assert len(entries) == vector["size"]
    told = {int(index): value for index, value in vector["nonzero"].items()}
    assert all(entries.value(index) == value for index, value in told.items())  # one of them is given, as zero
    found = {index for index in range(len(entries)) if entries.value(index)}
    assert found == {index for index, value in told.items() if value}
    assert len(found) == vector["nonzero_count"]


@pytest.mark.parametrize("bits", [1, 2])
def test_short_examples(bits: int) -> None:
    (vector,) = [vector for vector in _vectors(bits) if "statuses" in vector]
    entries = unpack_list(vector["lst"], bits)
    assert [entries.value(index) for index in range(len(entries))] == vector["statuses"]
