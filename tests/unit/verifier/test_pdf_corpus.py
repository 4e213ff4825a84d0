"""The attack corpus through the verification service: every row gets its verdict, every genuine twin keeps its own."""

from __future__ import annotations

import pytest

from tests.support.attacks.corpus import rows
from tests.support.attacks.library import Library
from tests.support.attacks.model import PASSED, Row, Told, failed, told_of
from trustkit.verdict import CheckId, Indication, SubIndication

ROWS = rows()
GENUINE = {
    **dict.fromkeys(sorted({row.genuine for row in ROWS}), PASSED),
    "revoked_contract": failed(SubIndication.REVOKED, CheckId.CERTIFICATE_REVOCATION),
}


@pytest.fixture(scope="module")
def library() -> Library:
    return Library()


def test_the_corpus_is_large_enough() -> None:
    assert len([row for row in ROWS if row.told != PASSED]) >= 60
    assert len({row.name.split("-")[0] for row in ROWS}) >= 12


@pytest.mark.parametrize("row", ROWS, ids=[row.name for row in ROWS])
def test_every_row_gets_its_verdict(library: Library, row: Row) -> None:
    octets = row.build(library)
    assert octets != getattr(library, row.genuine), "the row is its own twin"
    assert told_of(library.verify(octets, alone=row.alone)) == row.told


@pytest.mark.parametrize(("name", "told"), GENUINE.items(), ids=GENUINE)
def test_genuine_twins_stay_what_they_were(library: Library, name: str, told: Told) -> None:
    assert told_of(library.verify(getattr(library, name))) == told


@pytest.mark.parametrize("backwards", [False, True], ids=["in-order", "backwards"])
@pytest.mark.parametrize("count", [1, 2, 3, 6, 10])
def test_files_of_many_signatures(library: Library, count: int, *, backwards: bool) -> None:
    verdict = library.verify(library.signed_times(count, backwards=backwards))
    assert told_of(verdict) == PASSED
    assert len(verdict.signatures) == count
    assert all(each.conclusion.indication is Indication.TOTAL_PASSED for each in verdict.signatures)
    assert [each.covers == "the whole file" for each in verdict.signatures] == [False] * (count - 1) + [True]
