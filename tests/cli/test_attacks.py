"""The attack corpus on the command line: the verdicts of the service, and the exit status that goes with them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.support.attacks.doors import EVERY, shown_at_doors
from tests.support.attacks.library import Library
from trustkit.verdict import Indication

if TYPE_CHECKING:
    from pathlib import Path

    from tests.support.terminal import Terminal

STATUS = {Indication.TOTAL_PASSED: 0, Indication.TOTAL_FAILED: 1, Indication.INDETERMINATE: 2}


@pytest.mark.parametrize("every", [EVERY, pytest.param(1, marks=pytest.mark.slow)])
def test_the_command_gives_the_same_verdicts(terminal: Terminal, tmp_path: Path, every: int) -> None:
    library = Library()
    world = library.world
    evidence = tmp_path / "evidence"
    evidence.mkdir()
    for name, octets in (("a", world.crl().der), ("b", world.crl(issuer=world.root).der), ("c", library.status)):
        (evidence / name).write_bytes(octets)
    (tmp_path / "root").write_bytes(world.root.der)
    shown = shown_at_doors(library, every=every)
    for name, (octets, _) in shown.items():
        (tmp_path / name).write_bytes(octets)
    options = ("--trust", tmp_path / "root", "--evidence", evidence, "--at", "2026-12-01T01:00:00Z", "--offline")
    ran = terminal.run("verify", *(tmp_path / name for name in shown), *options, "--format", "json")
    told = {
        answer["file"].rsplit("/", 1)[1]: (answer["indication"], answer["sub_indication"]) for answer in ran.objects()
    }
    assert told == {name: (want.indication.value, want.sub and want.sub.value) for name, (_, want) in shown.items()}
    assert ran.status == STATUS[Indication.TOTAL_FAILED]
    for name in ("signed-10-in-order", "signed-10-backwards", "name-unreached", "isa-page-content"):
        (tmp_path / "one").write_bytes(shown[name][0] if name in shown else b"")
        if name in shown:
            assert terminal.run("verify", tmp_path / "one", *options).status == STATUS[shown[name][1].indication]
