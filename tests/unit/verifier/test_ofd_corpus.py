"""The OFD attack corpus through the verification service: every row gets its verdict, every genuine twin keeps its own."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from esign.ofd.reach import reach
from esign.ofd.read import read_ofd
from esign.ofd.self_contained import is_self_contained
from esign.ofd.signature_files import signature_files
from tests.support.attacks.model import PASSED, Told, told_of
from tests.support.ofd_attacks.__main__ import write
from tests.support.ofd_attacks.corpus import GENUINE, rows
from tests.support.ofd_attacks.library import Library
from trustkit.errors import TrustError
from trustkit.verdict import CheckId, CheckStatus

if TYPE_CHECKING:
    from pathlib import Path

    from _pytest.mark import ParameterSet

    from tests.support.ofd_attacks.model import Row

ROWS = rows()
LOOKED_AT = (
    "shown-",
    "unlike-",
    "beneath-",
)  # rows that take a renderer's start each: some of them among the quick tests


def _params(chosen: list[Row]) -> list[ParameterSet]:
    looks = [row for row in chosen if row.name.startswith(LOOKED_AT)]
    late = [row for number, row in enumerate(looks) if number % 5]
    return [pytest.param(row, id=row.name, marks=[pytest.mark.slow] if row in late else []) for row in chosen]


@pytest.fixture(scope="module")
def library() -> Library:
    return Library()


def test_the_corpus_is_large_enough() -> None:
    assert len([row for row in ROWS if row.told != PASSED]) >= 100
    assert len({row.name.split("-")[0] for row in ROWS}) >= 12


@pytest.mark.parametrize("row", _params(list(ROWS)))
def test_every_row_gets_its_verdict(library: Library, row: Row) -> None:
    octets = row.build(library)
    assert octets != getattr(library, row.genuine) or row.alone, "the row is its own twin"
    assert told_of(library.verify(octets, alone=row.alone)) == row.told
    assert_the_short_way_agrees(octets)


def assert_the_short_way_agrees(octets: bytes) -> None:
    """Hold what is seen without following anything against the walk: it never finds more than that (`esign.ofd.self_contained`)."""
    try:
        ofd = read_ofd(octets)
    except TrustError:
        return
    apart = signature_files(ofd.documents, ofd.signatures, ofd.integrity)
    if is_self_contained(ofd.package, apart):
        found = reach(ofd.package, ofd.entry)
        assert (found.complete, found.outside, apart & found.roles.keys()) == (True, (), frozenset())


@pytest.mark.parametrize(("name", "told"), GENUINE.items(), ids=GENUINE)
def test_genuine_twins_stay_what_they_were(library: Library, name: str, told: Told) -> None:
    assert told_of(library.verify(getattr(library, name))) == told


@pytest.mark.parametrize("row", _params([row for row in ROWS if row.told == PASSED]))
def test_what_passes_covers_all_that_is_shown(library: Library, row: Row) -> None:
    octets = row.build(library)
    verdict = library.verify(octets)
    (first, *_) = verdict.signatures
    assert CheckId.COVERAGE in {check.id for check in first.checks if check.status is CheckStatus.PASSED}
    assert not verdict.uncovered


def test_the_corpus_is_written_for_others(library: Library, tmp_path: Path) -> None:
    write(library, tmp_path / "corpus")
    lines = [json.loads(line) for line in (tmp_path / "corpus" / "verdicts.json").read_text("utf-8").splitlines()]
    assert len(lines) == len(ROWS) + len(GENUINE)
    assert {path.name for path in (tmp_path / "corpus" / "attacks").iterdir()} == {f"{row.name}.ofd" for row in ROWS}
    assert all(line["genuine"] is None or (tmp_path / "corpus" / line["genuine"]).is_file() for line in lines)
