"""Signed packages changed by recipe: nothing passes that shows something else or that nobody signed; no crash, no hang."""

from __future__ import annotations

import time
from functools import cache
from typing import Final

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from esign.ofd.model import UnverifiedOfdSignature
from esign.ofd.read import read_ofd
from tests.support.attacks.model import PASSED
from tests.support.examples import scaled
from tests.support.ofd_attacks import zips
from tests.support.ofd_attacks.corpus import GENUINE, rows
from tests.support.ofd_attacks.library import Library, unpacked
from tests.support.ofd_attacks.mutations import ACT, Files, mutated, shown
from tests.support.ofd_attacks.signing import MADE
from trustkit.errors import TrustError
from trustkit.verdict import Indication

SECONDS: Final = 5.0
_EVERY: Final = 3  # rows of the corpus between two that are taken to begin from


@cache
def library() -> Library:
    return Library()


@cache
def honest() -> tuple[bytes, ...]:
    """Return packages that pass: genuine ones, and honest changes."""
    genuine = [getattr(library(), name) for name, told in GENUINE.items() if told == PASSED]
    return (*genuine, *(row.build(library()) for row in rows() if row.told == PASSED))


@cache
def pool() -> tuple[Files, ...]:
    """Return packages to begin from: honest ones, and attacks, so that a change may mend what makes one fail."""
    found = [unpacked(octets) for octets in honest()]
    for row in rows()[::_EVERY]:
        try:
            found.append(unpacked(row.build(library())))
        except TrustError:  # it is no package to us, and stays none
            continue
    return tuple(found)


@cache
def known() -> tuple[frozenset[bytes], frozenset[bytes]]:
    """Return what is shown by honest packages and by what signers saw, and every description somebody really signed."""
    pool()  # in which all of them sign
    shows = {shown(zips.pack(files)) for files in MADE.values() if "OFD.xml" in files}
    return frozenset({*map(shown, honest()), *shows}), frozenset(MADE)


def judge(recipe: bytes) -> None:
    """Judge what a recipe makes; fail when it passes without being what an honest package is."""
    octets = mutated(recipe, pool())
    started = time.process_time()
    verdict = library().verify(octets)
    assert time.process_time() - started < SECONDS
    if verdict.conclusion.indication is not Indication.TOTAL_PASSED:
        return
    shows, signed = known()
    for signature in read_ofd(octets).signatures:
        assert isinstance(signature, UnverifiedOfdSignature)
        assert signature.description in signed, "nobody signed that"
    assert shown(octets) in shows, "it passes and shows something else"


def recipes(acts: int) -> st.SearchStrategy[bytes]:
    act = st.binary(min_size=ACT, max_size=ACT)
    return st.builds(
        lambda first, others: first + b"".join(others), st.binary(min_size=1, max_size=1), st.lists(act, max_size=acts)
    )


@given(recipes(3))
@settings(max_examples=scaled(150))
def test_no_change_passes_that_shows_something_else(recipe: bytes) -> None:
    judge(recipe)


@pytest.mark.slow
def test_honest_packages_pass_the_same_way() -> None:
    for index in range(len(honest())):
        judge(bytes((index,)))
    shows, signed = known()
    assert len(shows) > 1
    assert len(signed) > len(GENUINE) // 2
