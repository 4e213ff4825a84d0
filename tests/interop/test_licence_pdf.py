"""Other people's programs open, check and judge the licence a real authority issues."""

from __future__ import annotations

import shutil
import subprocess
from typing import TYPE_CHECKING

import pytest

from tests.support.authority import SAMPLE, make_home, passphrase
from tests.support.pdfa import pdfa_failures
from trustkit.app.wiring import open_authority

if TYPE_CHECKING:
    from pathlib import Path

    from trustkit.app.authority import Authority

pytestmark = pytest.mark.interop


def _issue(authority: Authority, folder: Path) -> Path:
    service = authority.licences(authority.unlock(passphrase()))
    issued = service.issue("business-licence", SAMPLE.read_bytes(), actor=authority.operator)
    path = folder / "licence.pdf"
    path.write_bytes(issued.document)
    return path


def _run(*command: str) -> subprocess.CompletedProcess[str]:
    if shutil.which(command[0]) is None:
        pytest.skip(f"{command[0]} is not installed; make interop installs it")
    return subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)


@pytest.fixture(scope="module")
def licence(pristine_home: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("licence")
    shutil.copytree(pristine_home, folder / "home")
    with open_authority(folder / "home") as authority:
        return _issue(authority, folder)


def test_qpdf_finds_nothing_wrong(licence: Path) -> None:
    checked = _run("qpdf", "--check", str(licence))
    assert checked.returncode == 0, checked.stdout + checked.stderr
    assert "No syntax or stream encoding errors found" in checked.stdout


def test_poppler_sees_one_signature_over_the_whole_file(licence: Path) -> None:
    seen = _run("pdfsig", str(licence))
    assert "Signature #1:" in seen.stdout
    assert "Signature #2:" not in seen.stdout
    assert "Total document signed" in seen.stdout


def test_it_is_pdf_a_3b_after_signing(licence: Path) -> None:
    assert pdfa_failures(licence) == []


def test_poppler_reads_the_text_and_the_metadata(licence: Path, tmp_path: Path) -> None:
    text = _run("pdftotext", "-layout", str(licence), "-").stdout
    assert "示例市云杉信息技术有限公司" in text.replace(" ", "")
    detached = _run("pdfdetach", "-save", "1", "-o", str(tmp_path / "licence.json"), str(licence))
    assert detached.returncode == 0, detached.stderr
    assert '"ZZMC":"营业执照"' in (tmp_path / "licence.json").read_text("utf-8")


def test_poppler_calls_an_rsa_licence_valid(tmp_path: Path) -> None:
    """Poppler knows no SM3; with RSA keys it judges the very same structure."""
    with open_authority(make_home(tmp_path / "home", keys="rsa-3072")) as authority:
        licence = _issue(authority, tmp_path)
    seen = _run("pdfsig", "-nocert", str(licence))
    assert "Signature is Valid" in seen.stdout, seen.stdout
    assert "Total document signed" in seen.stdout
