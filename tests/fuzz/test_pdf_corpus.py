"""Signed files changed by recipe: nothing passes that shows something else or is covered by nobody; no crash, no hang."""

from __future__ import annotations

import re
import time
from functools import cache
from typing import Final

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from esign.pdf.read import _read, read_quickly
from tests.support.attacks.corpus import rows
from tests.support.attacks.library import Library
from tests.support.attacks.model import PASSED, Row
from tests.support.attacks.mutations import ACT, covered, mutated, shown
from tests.support.examples import scaled
from trustkit.errors import TrustError
from trustkit.verdict import Indication

SECONDS: Final = 5.0
GENUINE: Final = (
    "licence",
    "stamped_licence",
    "contract",
    "countersigned",
    "thrice",
    "certified",
    "form",
    "annotated_form",
    "approved_form",
    "certified_and_locked",
    "prepared",
)
_EVERY: Final = 4  # rows of the corpus between two that are taken to begin from


@cache
def library() -> Library:
    return Library()


@cache
def pool() -> tuple[bytes, ...]:
    """Return files to begin from: genuine ones, and attacks, so that a change may mend what makes one fail."""
    genuine = tuple(getattr(library(), name) for name in GENUINE)
    return genuine + tuple(octets for _, octets in made()[::_EVERY])


@cache
def made() -> tuple[tuple[Row, bytes], ...]:
    """Return every row with its file, each made once: who signs anew writes another identifier."""
    return tuple((row, row.build(library())) for row in rows())


@cache
def known() -> tuple[frozenset[bytes], frozenset[bytes]]:
    """Return what honest files cover and show: every revision of the genuine ones, and the changes that are allowed."""
    honest = [getattr(library(), name) for name in GENUINE]
    honest += [octets for row, octets in made() if row.told == PASSED]
    covers, shows = set[bytes](), set[bytes]()
    for _, octets in made():
        try:
            covers |= covered(octets, proved=True)  # by an attacker, too: he may sign what he likes
        except TrustError:
            continue
    for octets in honest:
        for end in re.finditer(rb"%%EOF\r?\n?", octets):
            try:
                covers |= covered(octets[: end.end()])
                shows.add(shown(octets[: end.end()]))
            except TrustError:  # an end-of-file mark that ends nothing
                continue
    return frozenset(covers), frozenset(shows)


def judge(recipe: bytes) -> None:
    """Judge what a recipe makes; fail when it passes without being what an honest file is."""
    octets = mutated(recipe, pool())
    agree(octets)
    started = time.process_time()
    verdict = library().verify(octets)
    assert time.process_time() - started < SECONDS
    if verdict.conclusion.indication is not Indication.TOTAL_PASSED:
        return
    covers, shows = known()
    assert covered(octets) <= covers, "somebody signed octets that nobody signed"
    assert shown(octets) in shows, "it passes and shows something else"


def recipes(acts: int) -> st.SearchStrategy[bytes]:
    act = st.binary(min_size=ACT, max_size=ACT)
    return st.builds(
        lambda first, others: first + b"".join(others), st.binary(min_size=1, max_size=1), st.lists(act, max_size=acts)
    )


def read_fully(octets: bytes) -> object:
    """Return all that the full way tells, or the code of its refusal."""
    try:
        return _read(octets, shortcut=False)
    except TrustError as error:
        return error.code


def agree(octets: bytes) -> bool:
    """Return whether the fast way decides; fail when it says something else than the full way."""
    quickly = read_quickly(octets)
    assert quickly is None or quickly == read_fully(octets)
    return quickly is not None


@given(recipes(2))
@settings(max_examples=scaled(150))
def test_the_fast_way_and_the_full_way_agree(recipe: bytes) -> None:
    agree(mutated(recipe, pool()))


@pytest.mark.slow
def test_the_ways_agree_on_every_row() -> None:
    decided = [row.name for row in rows() if agree(row.build(library()))]
    assert decided
    assert agree(library().contract)
    assert agree(library().licence)


@pytest.mark.slow
@given(recipes(3))
@settings(max_examples=scaled(120))
def test_no_change_passes_that_shows_something_else(recipe: bytes) -> None:
    judge(recipe)


@pytest.mark.slow
def test_honest_files_pass_the_same_way() -> None:
    for index in range(len(GENUINE)):
        judge(bytes((index,)))
    covers, shows = known()
    assert len(covers) > len(GENUINE)
    assert len(shows) > len(GENUINE) // 2
