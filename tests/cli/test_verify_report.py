"""``trustkit verify --report``: a report in every form, told in the trail, signed by whoever answers for it, and checked again."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pypdfium2
import pytest

from esign.pdf.read import read_pdf
from trustkit.app.wiring import open_authority
from trustkit.audit import trail
from trustkit.crypto.digest import DigestAlgorithm, digest

if TYPE_CHECKING:
    from pathlib import Path

    from tests.support.authority import Issued
    from tests.support.terminal import Ran, Terminal

PASSED, USAGE, UNREADABLE, CONFLICT = 0, 64, 66, 73


def _report(terminal: Terminal, issued: Issued, out: Path, form: str, kind: str = "detailed") -> Ran:
    words = ("--report", kind, "--as", form, "--out", out)
    ran = terminal.run("verify", issued.document, "--home", issued.home, "--offline", *words)
    assert (ran.status, ran.err) == (PASSED, "")
    return ran


def _text(path: Path) -> str:
    """Return the text of a PDF, without the places where a line may break."""
    with pypdfium2.PdfDocument(path) as pdf:
        text = "".join(page.get_textpage().get_text_range() for page in pdf)
    return "".join(each for each in text if each.isprintable())


def test_every_form_is_written_and_told_in_the_trail(terminal: Terminal, issued: Issued, tmp_path: Path) -> None:
    digests = []
    for form in ("json", "xml", "html", "pdf"):
        out = tmp_path / f"report.{form}"
        assert "TOTAL-PASSED" in _report(terminal, issued, out, form).out
        digests.append(digest(DigestAlgorithm.SM3, out.read_bytes()).hex())
        assert b"TOTAL-PASSED" in out.read_bytes() or b"total-passed" in out.read_bytes() or form == "pdf"
        # whoever is handed a report need not know the folders of who made it
        assert str(issued.document.parent).encode() not in out.read_bytes()
    with open_authority(issued.home) as authority, authority.database.reading() as unit:
        told = {each.facts.get("report_sm3") for each in trail.list_events(unit, limit=1000)}
    assert set(digests) <= told
    assert "TOTAL-PASSED" in _text(tmp_path / "report.pdf")
    (inside,) = read_pdf((tmp_path / "report.pdf").read_bytes()).attachments
    assert json.loads(inside.data)["conclusion"]["indication"] == "TOTAL-PASSED"


def test_a_signed_report_is_checked_as_any_signed_file(
    terminal: Terminal, issued: Issued, secret: tuple[str, str], tmp_path: Path
) -> None:
    own = ("--home", issued.home)
    for form, options, written in (("pdf", (), "signed.pdf"), ("json", ("--attached",), "signed.p7m")):
        report, signed = tmp_path / f"report.{form}", tmp_path / written
        _report(terminal, issued, report, form)
        ran = terminal.run("sign", report, *options, *own, *secret, "--out", signed)
        assert ran.status == PASSED, ran.err
        assert terminal.run("verify", signed, *own, "--offline").status == PASSED
        octets = signed.read_bytes()
        for place in range(len(octets) // 5, len(octets) * 2 // 5, len(octets) // 20):  # what is signed, not what signs
            bent = tmp_path / f"bent{place}"
            bent.write_bytes(octets[:place] + bytes((octets[place] ^ 1,)) + octets[place + 1 :])
            ran = terminal.run("verify", bent, *own, "--offline", "--format", "json")
            assert ran.objects()[0]["indication"] != "TOTAL-PASSED", place


def test_a_report_and_a_record_of_one_verdict(terminal: Terminal, issued: Issued, tmp_path: Path) -> None:
    report, record = tmp_path / "report.json", tmp_path / "record.json"
    words = ("--report", "diagnostic", "--as", "json", "--out", report, "--record", record)
    assert terminal.run("verify", issued.document, "--home", issued.home, "--offline", *words).status == PASSED
    kept = json.loads(record.read_bytes())
    assert json.loads(report.read_bytes())["evidence"]["anchors"][0]["sm3"] in kept["anchors"]


@pytest.mark.parametrize("language", ["en_GB.UTF-8", "zh_CN.UTF-8"])
def test_a_name_no_font_draws_stands_as_its_code_point(
    terminal: Terminal, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, language: str
) -> None:
    monkeypatch.setenv("LC_ALL", language)
    file, out = tmp_path / "\U00012000.txt", tmp_path / "report.pdf"
    file.write_bytes(b"text")
    terminal.run("verify", file, "--offline", "--report", "diagnostic", "--as", "pdf", "--out", out)
    assert "U+12000" in _text(out)


def test_a_report_larger_than_a_pdf_of_ours_is_refused_and_nobody_is_told(
    terminal: Terminal, issued: Issued, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("esign.rendering.licence_page.MAX_PAGE_DATA", 1000)
    out, record = tmp_path / "report.pdf", tmp_path / "record.json"
    words = ("--report", "detailed", "--as", "pdf", "--out", out, "--record", record)
    ran = terminal.run("verify", issued.document, "--home", issued.home, "--offline", *words)
    ran.require_refusal("app:input:too-large", UNREADABLE)
    assert "--as html" in ran.err
    assert not out.exists()
    assert not record.exists()


def test_what_does_not_go_together(terminal: Terminal, issued: Issued, tmp_path: Path) -> None:
    file, new = issued.document, tmp_path / "new"
    rows: tuple[tuple[str | Path, ...], ...] = (
        (file, "--report", "simple"),
        (file, "--out", new),
        (file, file, "--report", "simple", "--out", new),
        (file, "--report", "simple", "--out", new, "--record", new),
        (file, "--report", "simple", "--out", new, "--replay", file),
        (file, "--report", "short", "--out", new),
        (file, "--report", "simple", "--as", "doc", "--out", new),
    )
    for row in rows:
        assert terminal.run("verify", *row).status == USAGE, row
    assert not new.exists()
    ran = terminal.run("verify", file, "--report", "simple", "--out", file)
    ran.require_refusal("app:output:exists", CONFLICT)
