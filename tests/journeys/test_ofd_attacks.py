"""The OFD attack corpus over HTTP: ``POST /v1/verify`` and its batch twin give the verdicts of the service."""

from __future__ import annotations

import pytest

from tests.support.ofd_attacks.doors import EVERY, shown_at_doors
from tests.support.ofd_attacks.library import Library
from tests.support.verdict_routes import answers


@pytest.mark.parametrize("every", [EVERY, pytest.param(1, marks=pytest.mark.slow)])
def test_the_routes_give_the_same_verdicts(every: int) -> None:
    library = Library()
    shown = shown_at_doors(library, every=every)
    files = {name: (each.octets, not each.alone) for name, each in shown.items()}
    batch, single = answers(library.world, files, library.issuer)
    wanted = {name: each.words for name, each in shown.items()}
    assert batch == wanted
    assert single == {name: wanted[name] for name in single}
    assert single
