"""``trustkit inspect``: tables, JSON, pictures, and files that are none."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from tests.support.pki import PkiWorld
from tests.support.signed_pdf import replace_page_content, sample_page, sign_sample, update

if TYPE_CHECKING:
    from pathlib import Path

    from tests.support.terminal import Terminal

DATA, EXISTS, UNREADABLE = 65, 73, 66


@pytest.fixture(scope="module")
def attacked(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    return update(sign_sample(PkiWorld(), sample_page(tmp_path_factory.mktemp("page"))), replace_page_content)


def test_tables_json_and_pictures(terminal: Terminal, tmp_path: Path, attacked: bytes) -> None:
    file, folder = tmp_path / "contract.pdf", tmp_path / "pictures"
    file.write_bytes(attacked)
    shown = terminal.run("inspect", str(file))
    assert shown.status == 0
    assert "page 1: page content changed (1)" in shown.out
    assert "CHANGES THAT ARE NOT ALLOWED" in shown.out
    told = terminal.run("inspect", str(file), "--pictures", str(folder), "--format", "json")
    assert told.status == 0
    found = json.loads(told.out)
    assert [each["number"] for each in found["revisions"]] == [1, 2, 3]
    assert found["signatures"][0]["later_changes"] == "forbidden"
    assert [(each["revision"], each["change"]) for each in found["pictures"]] == [
        (1, "first"),
        (2, "changed"),
        (3, "changed"),
    ]
    names = sorted(path.name for path in folder.iterdir())
    assert names == sorted(each["file"] for each in found["pictures"])
    assert all((folder / name).read_bytes().startswith(b"\x89PNG") for name in names)
    again = terminal.run("inspect", str(file), "--pictures", str(folder))
    assert (again.status, again.out) == (EXISTS, "")


@pytest.mark.parametrize("cut", [0.3, 0.7])
def test_a_damaged_file_is_shown_as_far_as_it_goes(
    terminal: Terminal, tmp_path: Path, attacked: bytes, cut: float
) -> None:
    file = tmp_path / "cut.pdf"
    file.write_bytes(attacked[: int(len(attacked) * cut)])
    ran = terminal.run("inspect", str(file), "--pictures", str(tmp_path / "pictures"))
    assert ran.status == DATA
    assert "/ByteRange" in ran.out
    assert "esign:pdf:malformed" in ran.err
    assert "Traceback" not in ran.err


@pytest.mark.parametrize("data", [b"a letter", b"-----BEGIN NOTHING-----", b"\x30\x03\x02\x01\x01"])
def test_what_is_neither_pdf_nor_ofd_is_called_so(terminal: Terminal, tmp_path: Path, data: bytes) -> None:
    file = tmp_path / "x.pdf"
    file.write_bytes(data)
    ran = terminal.run("inspect", file)
    assert (ran.status, ran.code, ran.out) == (DATA, "app:input:unknown-format", "")
    assert "a PDF or OFD is wanted" in ran.err


def test_a_file_that_is_not_there(terminal: Terminal, tmp_path: Path) -> None:
    assert terminal.run("inspect", str(tmp_path / "absent.pdf")).status == UNREADABLE
