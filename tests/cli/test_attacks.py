"""The attack corpus on the command line: the verdicts of the service, and the exit status that goes with them."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.support.attacks.doors import EVERY, shown_at_doors
from tests.support.attacks.library import Library
from trustkit.verdict import Indication

if TYPE_CHECKING:
    from tests.support.terminal import Terminal

STATUS = {Indication.TOTAL_PASSED: 0, Indication.TOTAL_FAILED: 1, Indication.INDETERMINATE: 2}


def _file(folder: Path, name: str) -> Path:
    """Return where a file lies: what is an archive, too, would be opened as one, were it not called a document."""
    return folder / f"{name}.pdf"


@pytest.mark.parametrize("every", [EVERY, pytest.param(1, marks=pytest.mark.slow)])
def test_the_command_gives_the_same_verdicts(terminal: Terminal, tmp_path: Path, every: int) -> None:
    library = Library()
    world = library.world
    lists, status = tmp_path / "lists", tmp_path / "status"
    lists.mkdir()
    for name, octets in (("issuing", world.crl().der), ("root", world.crl(issuer=world.root).der)):
        (lists / name).write_bytes(octets)
    status.write_bytes(library.status)
    (tmp_path / "root").write_bytes(world.root.der)
    shown = shown_at_doors(library, every=every)
    for name, each in shown.items():
        _file(tmp_path, name).write_bytes(each.octets)
    common = ("--trust", tmp_path / "root", "--evidence", status, "--at", "2026-12-01T01:00:00Z", "--offline")
    with_lists = (*common, "--evidence", lists)
    told = {}
    for alone, options in ((False, with_lists), (True, common)):
        if files := [_file(tmp_path, name) for name, each in shown.items() if each.alone is alone]:
            for answer in terminal.run("verify", *files, *options, "--format", "json").objects():
                told[Path(answer["file"]).stem] = answer["indication"], answer["sub_indication"]
    assert told == {name: each.words for name, each in shown.items()}
    for name in {"signed-10-in-order", "signed-10-backwards", "name-unreached", "isa-page-content"} & shown.keys():
        ran = terminal.run("verify", _file(tmp_path, name), *with_lists)
        assert ran.status == STATUS[shown[name].told.indication]
