"""``trustkit inspect`` of OFD: signatures, seals, what each covers, pictures with the seals outlined, and files that are none."""

from __future__ import annotations

import json
from io import BytesIO
from typing import TYPE_CHECKING

import pytest
from PIL import Image

from tests.support.electronic_seals import drawn_seal
from tests.support.ofd_forge import ANNOTATION, PAGE, pack, sample_files, sealed
from tests.support.ofd_pages import sample_ofd
from tests.support.people import make_person
from tests.support.pki import PkiWorld

if TYPE_CHECKING:
    from pathlib import Path

    from tests.support.terminal import Terminal

DATA, EXISTS = 65, 73
MARK = (255, 0, 160)


@pytest.fixture(scope="module")
def world() -> PkiWorld:
    return PkiWorld()


@pytest.fixture
def signed(terminal: Terminal, world: PkiWorld, passphrase_file: Path, tmp_path: Path) -> Path:
    """Give an OFD with a seal that rides on the edges of both pages, and a message after it."""
    official = make_person(world, tmp_path, "official")
    seal, plain = tmp_path / "seal.esl", tmp_path / "plain.ofd"
    seal.write_bytes(drawn_seal(world, official.member.certificate))
    plain.write_bytes(sample_ofd())
    signs = (*official.options, "--passphrase-file", str(passphrase_file))
    once, twice = tmp_path / "once.ofd", tmp_path / "permit.ofd"
    edge = ("--esl", str(seal), "--page", "1", "--at", "5,6", "--corner", "top-left", "--riding-edge", "right")
    assert terminal.run("sign", plain, *signs, *edge, "--out", once).status == 0
    assert terminal.run("sign", once, *signs, "--reason", "同意", "--out", twice).status == 0
    return twice


def test_tables_json_and_pictures(terminal: Terminal, signed: Path, tmp_path: Path) -> None:
    folder = tmp_path / "pictures"
    ran = terminal.run("inspect", signed, "--pictures", folder, "--format", "json")
    assert ran.status == 0
    found = json.loads(ran.out)
    assert (found["format"], found["pages"], found["trouble"]) == ("ofd", 2, None)
    first, second = found["signatures"]
    assert (first["form"], first["covers"], first["changed"]) == ("ofd-seal-v4", "everything", [])
    assert (first["seal"]["number"], first["seal"]["version"]) == ("11010000000001", 4)
    assert first["shown"][0] == {"page": 1, "box_mm": [5, 6, 30, 30]}
    assert [each["page"] for each in first["shown"]] == [1, 1, 2]
    assert (second["form"], second["seal"], second["parameters"]) == ("ofd-sign-gbt35275", None, {"Reason": "同意"})
    assert "CN=official" in first["claimed_signer"] == second["claimed_signer"]
    assert second["listed"] > first["listed"]
    assert [each["file"] for each in found["pictures"]] == ["page-1.png", "page-2.png"]
    assert [len(each["seals"]) for each in found["pictures"]] == [2, 1]
    picture = Image.open(BytesIO((folder / "page-1.png").read_bytes())).convert("RGB")
    dots = found["pictures"][0]["seals"][0]["box_mm"]
    left, top = (round(each * 110 / 25.4) - 4 for each in dots[:2])
    assert picture.getpixel((left, top)) == MARK
    shown = terminal.run("inspect", signed)
    assert "all of the document" in shown.out
    assert "1: 5,6,30,30" in shown.out
    again = terminal.run("inspect", signed, "--pictures", folder)
    assert (again.status, again.out) == (EXISTS, "")


def test_what_is_not_listed_and_what_changed(
    terminal: Terminal, world: PkiWorld, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    good = sealed(world, sample_files(), covered=[name for name in sample_files() if name != ANNOTATION])
    file = tmp_path / "touched.ofd"
    file.write_bytes(pack({**good, PAGE: good[PAGE].replace(b"<ofd:Content/>", b"<ofd:Content></ofd:Content>")}))
    ran = terminal.run("inspect", file, "--format", "json")
    assert ran.status == 0
    (signature,) = json.loads(ran.out)["signatures"]
    assert signature["changed"] == [PAGE]
    assert (signature["covers"], ANNOTATION in {each["file"] for each in signature["uncovered"]}) == (
        "content-uncovered",
        True,
    )
    shown = terminal.run("inspect", file)
    assert "CHANGED OR GONE" in shown.out
    assert "A PART ONLY" in shown.out
    monkeypatch.setenv("LC_ALL", "zh_CN.UTF-8")
    chinese = terminal.run("inspect", file)
    assert "已改动或缺失" in chinese.out
    assert "仅部分内容" in chinese.out


@pytest.mark.parametrize("cut", [0.2, 0.99])
def test_a_damaged_file_is_told(terminal: Terminal, tmp_path: Path, cut: float) -> None:
    file = tmp_path / "cut.ofd"
    file.write_bytes(sample_ofd()[: int(len(sample_ofd()) * cut)])
    ran = terminal.run("inspect", file, "--pictures", tmp_path / "pictures")
    assert ran.status == DATA
    assert "esign:ofd:zip" in ran.err
    assert "cannot be read as an OFD in full" in ran.out


def test_an_archive_that_is_no_ofd(terminal: Terminal, tmp_path: Path) -> None:
    file = tmp_path / "other.zip"
    file.write_bytes(pack({"readme.txt": b"x"}))
    ran = terminal.run("inspect", file)
    assert (ran.status, ran.code) == (DATA, "esign:ofd:missing")
