from __future__ import annotations

import hashlib
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from fontTools.ttLib import TTFont

from esign.rendering.fonts import FONT_FOLDERS, find_fonts
from tools import fonts as tool
from tools import page_fonts
from tools.guilloche import SHEETS, ornaments

if TYPE_CHECKING:
    from esign.rendering.fonts import FontChain


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> tuple[tool.Font, ...]:
    """Two small files in place of the two fonts."""
    fonts = tuple(
        tool.Font(file, hashlib.sha256(file.encode()).hexdigest(), "notice") for file in ("One.otf", "Two.otf")
    )
    monkeypatch.setattr(tool, "FONTS", fonts)
    monkeypatch.setattr(tool, "make_page_fonts", lambda _: None)
    return fonts


def _index(monkeypatch: pytest.MonkeyPatch, contents: dict[str, bytes], *, pinned: bool = True) -> list[list[str]]:
    """Stand in for pip: put a wheel with these files into the folder named by --dest."""
    calls: list[list[str]] = []

    def run(command: list[str], seconds: int) -> None:
        assert seconds > 0
        calls.append(command)
        if "pip" not in command:
            raise tool.FontsError("no apt here")
        wheel = f"{command[command.index('--dest') + 1]}/mplfonts-0.0.11-py3-none-any.whl"
        with zipfile.ZipFile(wheel, "w") as archive:
            for name, data in contents.items():
                archive.writestr(f"mplfonts/fonts/{name}", data)
        if pinned:
            with Path(wheel).open("rb") as stream:
                monkeypatch.setattr(tool, "WHEEL_SHA256", hashlib.file_digest(stream, "sha256").hexdigest())

    monkeypatch.setattr(tool, "run", run)
    return calls


def test_two_fonts_are_taken_with_their_licence_and_nothing_else(
    small: tuple[tool.Font, ...], monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    calls = _index(monkeypatch, {**{font.file: font.file.encode() for font in small}, "SimHei.ttf": b"not free"})
    assert tool.bring(tmp_path) == 0
    folder = tmp_path / "share" / "trustkit" / "fonts"
    assert sorted(path.name for path in folder.iterdir()) == ["OFL.txt", "One.otf", "Two.otf"]
    assert "SIL OPEN FONT LICENSE Version 1.1" in (folder / "OFL.txt").read_text("utf-8")
    assert {"--no-deps", "--require-hashes"} <= set(calls[0])
    assert tool.bring(tmp_path) == 0
    assert len(calls) == 1, "the second run fetches nothing"
    assert "present" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("contents", "wheel", "told"),
    [
        ({"One.otf": b"One.otf"}, "pinned", "does not hold Two.otf"),
        ({"One.otf": b"One.otf", "Two.otf": b"another"}, "pinned", "Two.otf is not the pinned file"),
        ({"One.otf": b"One.otf", "Two.otf": b"Two.otf"}, "another", "did not deliver the pinned wheel"),
    ],
)
def test_without_the_pinned_files_it_says_what_to_do(  # noqa: PLR0917 - fixtures and a table
    small: tuple[tool.Font, ...],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    contents: dict[str, bytes],
    wheel: str,
    told: str,
) -> None:
    assert small
    _index(monkeypatch, contents, pinned=wheel == "pinned")
    monkeypatch.setattr(tool, "DEBIAN_FONT", tmp_path / "absent.ttc")
    assert tool.bring(tmp_path) == 1
    said = capsys.readouterr().err
    assert told in said
    assert "apt-get install fonts-noto-cjk" in said
    folder = tmp_path / "share" / "trustkit" / "fonts"
    assert not tool.present(folder)
    assert not (folder / "Two.otf").exists()
    assert not list(folder.glob(".*partial"))


def test_the_debian_package_stands_in(
    small: tuple[tool.Font, ...], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    assert small
    font = tmp_path / "NotoSerifCJK-Regular.ttc"
    font.write_bytes(b"there")
    monkeypatch.setattr(tool, "DEBIAN_FONT", font)
    _index(monkeypatch, {})
    assert tool.bring(tmp_path) == 0


def test_a_program_that_fails_or_is_missing_is_told_by_its_last_line() -> None:
    with pytest.raises(tool.FontsError, match="sh failed: no such wheel"):
        tool.run(["sh", "-c", "echo no such wheel >&2; exit 1"], 10)
    with pytest.raises(tool.FontsError, match="did not run"):
        tool.run(["/nowhere/pip"], 10)


def test_page_fonts_are_modified_versions_under_their_own_names(fonts: FontChain) -> None:
    made = {wanted.file: wanted.family for wanted in page_fonts.PAGE_FONTS}
    found = [face for face in fonts.faces if face.path.name in made]
    if not found:
        pytest.skip("the page fonts were not made (tools/page_fonts.py)")
    for face in found:
        with TTFont(face.path, lazy=True) as font:
            assert font["name"].getDebugName(1) == made[face.path.name]
            assert "Noto" not in font["name"].getDebugName(4)
            assert "Modified version" in font["name"].getDebugName(0)
            assert "Open Font License" in font["name"].getDebugName(13)
            assert font["OS/2"].fsType == 0
            assert "glyf" in font


def test_a_page_font_is_made_whole(fonts: FontChain, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    source = next(face for face in fonts.faces if face.path.suffix in {".otf", ".ttc"})
    monkeypatch.setattr(page_fonts, "repertoire", lambda charset: map(ord, "营业执照A1") if charset else iter(()))
    page_fonts.make(source, page_fonts.PAGE_FONTS[0], tmp_path, workers=1)
    chain = find_fonts((tmp_path,))
    assert [face.family for face in chain.faces] == ["Trustkit Song"]
    assert chain.glyphs_missing("营业执照A1") == ()
    assert chain.glyphs_missing("证") == ("证",)
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        "TrustkitSong-Measuring.ttf",
        "TrustkitSong-Regular.ttf",
    ]


def test_repertoire_is_gb_2312_and_latin() -> None:
    points = set(page_fonts.repertoire("gb2312"))
    assert set(map(ord, "营业执照《》·—A1é")) <= points
    assert ord("镕") not in points
    assert sum(0x4E00 <= point <= 0x9FFF for point in points) == 6763


@pytest.mark.parametrize("name", SHEETS)
def test_the_ornaments_of_the_policy_are_those_of_the_program(name: str) -> None:
    kept = Path(__file__).parents[3] / "policies" / "licences" / name / "ornaments.svg"
    assert kept.read_text("utf-8") == ornaments(SHEETS[name])


def test_set_up_looks_where_the_program_looks() -> None:
    assert FONT_FOLDERS[0].name == "fonts"
    assert tool.DEBIAN_FONT.parent in FONT_FOLDERS
