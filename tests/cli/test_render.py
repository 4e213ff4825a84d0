"""``trustkit render``: pictures and PDF of an OFD, and what could not be drawn, in both languages."""

from __future__ import annotations

import io
import json
from typing import TYPE_CHECKING

import pypdfium2
import pytest
from PIL import Image

from tests.support.ofd_drawings import SONG, element, files_of, path_object, text_object, zipped
from trustkit.app.page_reader import PageReader
from trustkit.errors import ErrorCode, TrustError

if TYPE_CHECKING:
    from pathlib import Path

    from esign.rendering.page_difference import RgbPicture
    from tests.support.terminal import Terminal

PARTIAL, USAGE, DATA, UNREADABLE, EXISTS = 2, 64, 65, 66, 73
SQUARE = path_object(
    "M 0 0 L 20 0 L 20 20 L 0 20 C",
    'Boundary="10 10 20 20" Fill="true" Stroke="false"',
    '<ofd:FillColor Value="255 0 0"/>',
)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "许可.ofd"
    files = files_of(SQUARE + text_object("营"), resources=SONG)
    page = b'<ofd:Page ID="1" BaseLoc="Pages/Page_0/Content.xml"/>'
    pages = b"".join(page.replace(b"1", b"%d" % number) for number in (1, 2, 3))
    files["Doc_0/Document.xml"] = files["Doc_0/Document.xml"].replace(page, pages)
    path.write_bytes(zipped(files))
    return path


def test_a_picture_for_each_page(terminal: Terminal, tmp_path: Path, file: Path) -> None:
    out = tmp_path / "new" / "pictures"
    ran = terminal.run("render", str(file), "--out", str(out), "--dpi", "127")
    assert ran.status == 0
    assert sorted(each.name for each in out.iterdir()) == [f"许可-page-{number}.png" for number in (1, 2, 3)]
    with Image.open(out / "许可-page-2.png") as picture:
        assert picture.size == (500, 250)  # 100 mm by 50 mm
        assert picture.convert("RGB").getpixel((100, 100)) == (255, 0, 0)
        assert picture.convert("RGB").getpixel((45, 45)) == (255, 255, 255)
    assert "宋体 → Trustkit Song" in ran.out
    assert "Nothing is known to be missing" in ran.out
    assert "trustkit verify" in ran.out


def test_one_file_of_all_pages_or_of_some(terminal: Terminal, tmp_path: Path, file: Path) -> None:
    ran = terminal.run("render", str(file), "--out", str(tmp_path / "all.pdf"), "--format", "json")
    assert ran.status == 0
    told = json.loads(ran.out)
    assert (told["format"], told["pages"], told["complete"]) == ("OFD", 3, True)
    assert [(each["page"], each["width_mm"], each["dots_per_inch"]) for each in told["drawn"]] == [
        (1, 100, None),
        (2, 100, None),
        (3, 100, None),
    ]
    assert {note["kind"] for note in told["notes"]} == {"font-substituted"}
    assert len(pypdfium2.PdfDocument((tmp_path / "all.pdf").read_bytes())) == 3
    some = terminal.run(
        "render", str(file), "--format", "pdf", "--page", "3", "--page", "1", "--out", str(tmp_path / "folder")
    )
    assert some.status == 0
    assert len(pypdfium2.PdfDocument((tmp_path / "folder" / "许可.pdf").read_bytes())) == 2
    one = terminal.run("render", str(file), "--page", "2", "--out", str(tmp_path / "one.png"))
    assert one.status == 0
    assert (tmp_path / "one.png").read_bytes().startswith(b"\x89PNG")


def test_what_is_missing_is_said_in_both_languages(
    terminal: Terminal, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "odd.ofd"
    path.write_bytes(zipped(files_of(element("Hologram", 'ID="7"') + text_object("\ue000"), resources=SONG)))
    ran = terminal.run("render", str(path), "--out", str(tmp_path / "a"))
    assert ran.status == PARTIAL
    assert "MISSING" in ran.out
    assert "Hologram" in ran.out
    assert "U+E000" in ran.out
    assert "NOT ALL" in ran.out
    monkeypatch.setenv("LC_ALL", "zh_CN.UTF-8")
    chinese = terminal.run("render", str(path), "--out", str(tmp_path / "b"))
    assert "缺失" in chinese.out
    assert "未全部绘制" in chinese.out
    told = json.loads(terminal.run("render", str(path), "--out", str(tmp_path / "c"), "--format", "json").out)
    assert told["complete"] is False
    assert [(note["kind"], note["object"]) for note in told["notes"] if note["missing"]] == [
        ("unknown-element", "7"),
        ("glyph", None),
    ]


@pytest.mark.parametrize(
    ("arguments", "status"),
    [
        (("--page", "4"), USAGE),
        (("--page", "0"), USAGE),
        (("--dpi", "5"), USAGE),
        (("--dpi", "nan"), USAGE),
        (("--format", "png", "--format", "pdf"), USAGE),
        (("--format", "text", "--format", "json"), USAGE),
        (("--format", "svg"), USAGE),
        (("--out", "several.png"), USAGE),
        (("--out", "taken"), EXISTS),
    ],
)
def test_what_cannot_be_meant_is_refused(
    terminal: Terminal, tmp_path: Path, file: Path, arguments: tuple[str, ...], status: int
) -> None:
    (tmp_path / "taken").mkdir()
    (tmp_path / "taken" / "许可-page-2.png").write_bytes(b"mine")
    arguments = tuple(str(tmp_path / each) if each in {"several.png", "taken"} else each for each in arguments)
    ran = terminal.run(
        "render", str(file), *(("--out", str(tmp_path / "out")) if "--out" not in arguments else ()), *arguments
    )
    assert (ran.status, ran.out) == (status, "")
    assert "Traceback" not in ran.err
    assert [each.name for each in (tmp_path / "taken").iterdir()] == ["许可-page-2.png"]


@pytest.mark.parametrize("data", [b"", b"%PDF-1.7", zipped({"OFD.xml": b"<x"}), zipped({"../x": b""})])
def test_what_is_no_ofd_is_refused(terminal: Terminal, tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "x.ofd"
    path.write_bytes(data)
    ran = terminal.run("render", str(path), "--out", str(tmp_path / "out"))
    assert (ran.status, ran.out) == (DATA if data else UNREADABLE, "")
    assert "Traceback" not in ran.err
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("data", [b"a letter", b"%PDF-1.7", b"-----BEGIN NOTHING-----", b"\0PK\3\4"])
def test_what_is_of_another_kind_is_called_so(terminal: Terminal, tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "x.ofd"
    path.write_bytes(data)
    ran = terminal.run("render", path, "--out", tmp_path / "out")
    assert (ran.status, ran.code) == (DATA, "app:input:unknown-format")
    assert "an OFD" in ran.err
    assert ("inspect --pictures" in ran.err) == data.startswith(b"%PDF")


def test_a_page_too_large_comes_out_coarser_and_is_told(terminal: Terminal, tmp_path: Path) -> None:
    path = tmp_path / "plan.ofd"
    path.write_bytes(zipped(files_of(SQUARE, size="0 0 4000 3000")))
    ran = terminal.run("render", str(path), "--out", str(tmp_path / "plan.png"), "--format", "json")
    assert ran.status == 0
    assert json.loads(ran.out)["drawn"][0]["dots_per_inch"] < 25
    with Image.open(io.BytesIO((tmp_path / "plan.png").read_bytes())) as picture:
        assert picture.width * picture.height < 9_000_000


def test_a_page_the_renderer_fails_over_is_told_and_the_others_are_there(
    terminal: Terminal, tmp_path: Path, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    draw = PageReader.draw

    def failing(reader: PageReader, pdf: bytes, *, page: int, dots_per_inch: float) -> RgbPicture:
        if page == 1:
            raise TrustError(ErrorCode.PAGE_RENDERER, "the renderer took too long over this file")
        return draw(reader, pdf, page=page, dots_per_inch=dots_per_inch)

    monkeypatch.setattr(PageReader, "draw", failing)
    ran = terminal.run("render", str(file), "--out", str(tmp_path / "out"), "--format", "json")
    assert ran.status == PARTIAL
    told = json.loads(ran.out)
    assert [each["page"] for each in told["drawn"]] == [1, 3]
    assert [(note["kind"], note["page"]) for note in told["notes"] if note["missing"]] == [("picture", 2)]
    assert sorted(each.name for each in (tmp_path / "out").iterdir()) == ["许可-page-1.png", "许可-page-3.png"]
