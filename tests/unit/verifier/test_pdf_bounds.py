"""Files made to keep a parser busy, and large ones: an end within five seconds, memory within four times the file."""

from __future__ import annotations

import subprocess
import sys
import time
from typing import TYPE_CHECKING

import pytest

from esign.pdf.model import EmbeddedEvidence
from esign.pdf.read import read_pdf
from tests.support.attacks import documents
from tests.support.attacks.honest import many_fields
from tests.support.attacks.library import Library
from tests.support.attacks.loops import LOOPS, predicted_evidence
from tests.support.terminal import ROOT, environment
from trustkit.verdict import Indication

if TYPE_CHECKING:
    from pathlib import Path

SECONDS = 5.0  # of CPU, so that other work on the machine does not count
LARGE = 195 * 1024 * 1024
PAGES = 200
_MEASURE = """
import re, resource, sys
from pathlib import Path
from trustkit.app.cli.main import run
resource.setrlimit(resource.RLIMIT_DATA, (int(sys.argv[1]),) * 2)
status = run(sys.argv[2:])
# ru_maxrss would tell of the process that started this one
peak = re.search(r"VmHWM:\\s+(\\d+) kB", Path("/proc/self/status").read_text())[1]
print(status, peak, file=sys.stderr)
"""
HEAVY = {  # which take some seconds, to make or to refuse
    "deflated_table",
    "header_lookalikes",
    "huge_number",
    "inflating",
    "inflating_twice",
    "letters_at_the_end",
    "many_numbers",
    "many_objects",
    "many_references",
    "many_subsections",
    "names_of_escapes",
    "one_name",
    "one_number",
    "page_tree_wide",
    "previous_many_times",
    "white_space",
}


@pytest.fixture(scope="module")
def library() -> Library:
    return Library()


@pytest.mark.parametrize("signed", [False, True], ids=["unsigned", "signed"])
@pytest.mark.parametrize(
    "name", [pytest.param(name, marks=[pytest.mark.slow] if name in HEAVY else []) for name in LOOPS]
)
def test_a_file_made_to_loop_ends_soon_and_does_not_pass(library: Library, name: str, *, signed: bool) -> None:
    octets = LOOPS[name](library.contract if signed else documents.contract())
    started = time.process_time()
    verdict = library.verify(octets)
    assert time.process_time() - started < SECONDS
    assert verdict.conclusion.indication is not Indication.TOTAL_PASSED


def test_evidence_that_is_slow_to_decode_is_left_out(library: Library) -> None:
    octets = predicted_evidence(library.contract)
    started = time.process_time()
    pdf = read_pdf(octets)
    assert time.process_time() - started < SECONDS
    assert pdf.embedded_evidence == EmbeddedEvidence()
    assert any("content read as operators" in note for note in pdf.notes)


@pytest.mark.slow
def test_a_form_of_many_fields_that_six_signed_is_not_too_much(library: Library) -> None:
    assert library.verify(many_fields(library)).conclusion.indication is Indication.TOTAL_PASSED


@pytest.mark.slow
@pytest.mark.parametrize("signatures", [1, 10])
def test_a_large_file_is_verified_in_four_times_its_size(library: Library, tmp_path: Path, signatures: int) -> None:
    octets = documents.pages(PAGES, LARGE // PAGES)
    for number in range(signatures):
        octets = library.sign_field(octets, f"Party{number}")
    world = library.world
    given = {"large": octets, "root": world.root.der, "list": world.crl().der}
    given["root-list"] = world.crl(issuer=world.root).der
    for name, data in given.items():
        (tmp_path / name).write_bytes(data)
    evidence = [part for name in ("list", "root-list") for part in ("--evidence", str(tmp_path / name))]
    options = ("--trust", str(tmp_path / "root"), *evidence, "--at", "2026-12-01T01:00:00Z", "--offline")
    limit = 4 * len(octets)
    ran = subprocess.run(
        [sys.executable, "-c", _MEASURE, str(limit), "verify", str(tmp_path / "large"), *options],
        cwd=ROOT,
        env=environment(),
        check=True,
        capture_output=True,
        timeout=300,
    )
    status, peak = (int(word) for word in ran.stderr.split())
    assert status == 0
    assert peak * 1024 <= limit
