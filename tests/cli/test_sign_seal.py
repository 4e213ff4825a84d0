"""``trustkit sign --seal``: seals as they come out, where they come out, what they cannot be, and ``--dry-run``."""

from __future__ import annotations

import json
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import typst
from PIL import Image
from pyhanko.sign.fields import SigFieldSpec

from esign.pdf.model import ChangeKind
from esign.pdf.read import read_pdf
from esign.pdf.verify import verify_pdf_signature
from esign.rendering.fonts import find_fonts
from tests.support.drawn_page import ink
from tests.support.people import Person, make_person
from tests.support.pki import PkiWorld
from tests.support.signed_forms import with_fields
from trustkit.app.page_reader import PageReader

if TYPE_CHECKING:
    from esign.pdf.model import UnverifiedPdf
    from tests.support.terminal import Terminal

USAGE, MISSING, CONFLICT = 64, 66, 73
_CONTRACT = """
#set page(width: 148mm, height: 210mm)
#set text(font: "Trustkit Song")
= 合同
#lorem(40)
#pagebreak()
#lorem(30)
#pagebreak()
#v(60mm)
甲方（盖章）：
"""


@pytest.fixture(scope="module")
def official(tmp_path_factory: pytest.TempPathFactory) -> Person:
    return make_person(PkiWorld(), tmp_path_factory.mktemp("official"), "official")


@pytest.fixture(scope="module")
def text(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    source = tmp_path_factory.mktemp("contract") / "contract.typ"
    source.write_text(_CONTRACT, encoding="utf-8")
    folders = [str(folder) for folder in find_fonts().folders]
    made = typst.Compiler(str(source), font_paths=folders, ignore_system_fonts=True).compile(format="pdf")
    assert isinstance(made, bytes)
    return made


@pytest.fixture
def contract(tmp_path: Path, text: bytes) -> Path:
    path = tmp_path / "contract.pdf"
    path.write_bytes(text)
    return path


@pytest.fixture
def official_signs(official: Person, passphrase_file: Path) -> tuple[str, ...]:
    return (*official.options, "--passphrase-file", str(passphrase_file))


def read_back(path: Path) -> UnverifiedPdf:
    pdf = read_pdf(path.read_bytes())
    for signature in pdf.signatures:
        verify_pdf_signature(pdf, signature)
    return pdf


def red(data: bytes, page: int) -> tuple[int, int, int, int] | None:
    """Return the box of what is red on a page, in points from the top left."""
    with PageReader() as reader:
        image = reader.draw(data, page=page, dots_per_inch=72).image()
    light = image.getchannel("R").point(lambda value: 255 * (value > 150))
    dark = image.getchannel("B").point(lambda value: 255 * (value < 110))
    return Image.composite(dark, Image.new("L", image.size), light).getbbox()


def test_the_authority_seals_a_contract_where_it_says_so_and_on_every_edge(
    terminal: Terminal, home: Path, contract: Path, secret: tuple[str, str]
) -> None:
    words = ("--seal", "round", "--seal-line", "合同专用章", "--beside", "（盖章）", "--riding-edge", "right")
    assert terminal.run("sign", contract, "--home", home, *secret, *words).status == 0
    signed = contract.with_name("contract.signed.pdf")
    (signature,) = read_back(signed).signatures
    assert signature.covers_whole_file
    (verdict,) = terminal.run("verify", signed, "--home", home, "--offline", "--format", "json").objects()
    assert verdict["signatures"][0]["indication"] == "TOTAL-PASSED"
    data = signed.read_bytes()
    width, points = round(148 / 25.4 * 72), 72 / 25.4
    for page in (0, 1):
        left, top, right, bottom = red(data, page) or (0, 0, 0, 0)
        assert (left, right) == pytest.approx((width - 14 * points, width), abs=3)
        assert bottom - top <= 43 * points
    left, top, right, bottom = red(data, 2) or (0, 0, 0, 0)
    assert right == pytest.approx(width, abs=2)
    assert left < width / 2  # the seal beside the words, the slice at the edge


@pytest.mark.parametrize(
    "words",
    [
        ("--seal", "oval", "--seal-line", "业务专用章", "--seal-code", "91990100MA7TRYQ01H", "--size", "40x30"),
        ("--seal", "square", "--seal-name", "张三", "--page", "1", "--at", "5,5", "--corner", "top-left"),
        ("--seal", "square", "--seal-name", "张三", "--seal-style", "yin"),
        ("--seal", "signature", "--reason", "同意", "--size", "50x20"),
        ("--seal", "signature", "--seal-text", "同意", "--seal-image", "ink.png"),
        ("--seal", "image", "--seal-image", "ink.png", "--page", "-1"),
        ("--seal", "round", "--seal-name", "示例市市场监督管理局", "--riding-edge", "left-only"),
    ],
)
def test_every_shape_goes_into_a_signed_file(
    terminal: Terminal, contract: Path, official_signs: tuple[str, ...], words: tuple[str, ...]
) -> None:
    Path("ink.png").write_bytes(ink())
    out = contract.with_name("out.pdf")
    ran = terminal.run("sign", contract, *official_signs, *words, "--out", out)
    assert ran.status == 0, ran.err
    (signature,) = read_back(out).signatures
    assert signature.covers_whole_file


@pytest.fixture
def three_sign(tmp_path: Path, official: Person, passphrase_file: Path) -> tuple[str, ...]:
    world = PkiWorld()
    others = [make_person(world, tmp_path, name) for name in ("second", "third")]
    options = [*official.options, *(word for person in others for word in person.options)]
    return (*map(str, options), "--passphrase-file", str(passphrase_file))


def test_each_signer_has_a_seal_of_his_own(
    terminal: Terminal, contract: Path, three_sign: tuple[str, ...], tmp_path: Path
) -> None:
    """A round seal over the words, a chop beside it, a block on another page; the third one's name is not on the others."""
    words = (
        *("--seal", "round", "--seal", "square", "--seal", "signature"),
        *("--seal-line", "合同专用章", "--seal-style", "yin"),
        *("--seal-name", "示例市市场监督管理局", "--seal-name", "张三", "--seal-name", "李四"),
        *("--beside", "（盖章）", "--beside", "（盖章）", "--beside", ""),
        *("--side", "over", "--side", "below", "--side", "right"),
        *("--page", "0", "--page", "0", "--page", "1"),
    )
    seen = terminal.run(
        "sign", contract, *three_sign, *words, "--dry-run", "--out", tmp_path / "seen.png", "--format", "json"
    )
    assert seen.status == 0, seen.err
    assert [each["page"] for each in seen.objects()[0]["pictures"]] == [1, 3]
    assert terminal.run("sign", contract, *three_sign, *words).status == 0
    signed = contract.with_name("contract.signed.pdf")
    pdf = read_back(signed)
    assert [each.later_changes.kind for each in pdf.signatures] == [ChangeKind.ALLOWED] * 2 + [ChangeKind.NONE]
    left, top, right, bottom = red(signed.read_bytes(), 2) or (0, 0, 0, 0)
    assert (right - left) == pytest.approx(42 * 72 / 25.4, abs=4)
    assert (bottom - top) > 45 * 72 / 25.4  # the chop under the round seal
    assert red(signed.read_bytes(), 0) is None
    assert _dark(signed.read_bytes(), 0) > _dark(contract.read_bytes(), 0) + 100


def _dark(data: bytes, page: int) -> int:
    with PageReader() as reader:
        return sum(reader.draw(data, page=page, dots_per_inch=72).image().convert("L").histogram()[:128])


def test_places_said_once_are_those_of_the_seals_that_are_not_on_the_edges_alone(
    terminal: Terminal, contract: Path, three_sign: tuple[str, ...], tmp_path: Path
) -> None:
    words = ("--seal", "round", "--seal", "square", "--riding-edge", "right-only", "--page", "1", "--at", "30,40")
    out = ("--dry-run", "--out", tmp_path / "seen.png", "--format", "json")
    seen = terminal.run("sign", contract, *three_sign, *words, *out)
    assert seen.status == 0, seen.err
    assert [each["page"] for each in seen.objects()[0]["pictures"]] == [1, 2, 3]
    twice = ("--page", "2", "--page", "1")
    terminal.run("sign", contract, *three_sign, *words[:6], *twice, *out).require_refusal("app:call:usage", USAGE)


def test_each_signer_seals_in_his_own_field(
    terminal: Terminal, contract: Path, three_sign: tuple[str, ...], text: bytes
) -> None:
    boxes = [(50, 50 + 120 * number, 150, 150 + 120 * number) for number in range(3)]
    specs = [SigFieldSpec(f"F{number}", on_page=0, box=box) for number, box in enumerate(boxes)]
    contract.write_bytes(with_fields(text, *specs))
    fields = (word for number in range(3) for word in ("--field", f"F{number}"))
    words = (*("--seal", "square") * 3, *("--seal-name", "张三", "--seal-name", "李四", "--seal-name", "王五"), *fields)
    assert terminal.run("sign", contract, *three_sign, *words).status == 0
    pdf = read_back(contract.with_name("contract.signed.pdf"))
    assert [each.field_name for each in pdf.signatures] == ["F0", "F1", "F2"]
    _, top, _, bottom = red(contract.with_name("contract.signed.pdf").read_bytes(), 0) or (0, 0, 0, 0)
    assert bottom - top > 240 + 50


_TWO = ("--seal", "square", "--seal", "square", "--seal-name", "张三", "--seal-name", "李四")
_APART = ("--at", "0,0", "--at", "0,30")


@pytest.mark.parametrize(
    ("words", "refusal"),
    [
        (("--seal", "round", "--seal", "square"), ("app:call:usage", USAGE)),  # both as usual
        (("--seal", "round", "--seal", "square", "--page", "1"), ("app:call:usage", USAGE)),
        (("--seal", "round", "--seal", "square", *("--at", "5,5") * 3), ("app:call:usage", USAGE)),
        (("--seal", "square") * 4, ("app:call:usage", USAGE)),
        (("--seal", "square", "--seal-name", "张三", "--seal-name", "李四"), ("app:call:usage", USAGE)),
        ((*_TWO, *_APART, "--field", "F0"), ("app:call:usage", USAGE)),
        ((*_TWO, *_APART, "--beside", "（盖章）", "--hit", "0"), ("esign:pdf:place", USAGE)),  # no blank when said once
        ((*_TWO, *_APART, "--page", "0"), ("esign:pdf:place", USAGE)),
        ((*_TWO, *_APART, "--beside", ""), ("esign:pdf:keyword", MISSING)),
        ((*_TWO, "--at", "", "--page", "1", "--page", "2"), ("app:call:usage", USAGE)),
        (
            (*_TWO, *_APART, "--beside", "（盖章）", "--beside", "", "--hit", "1", "--hit", "1"),
            ("app:call:usage", USAGE),
        ),
    ],
)
def test_seals_that_do_not_fit_their_signers(
    terminal: Terminal, contract: Path, three_sign: tuple[str, ...], words: tuple[str, ...], refusal: tuple[str, int]
) -> None:
    for more in ((), ("--dry-run",)):
        terminal.run("sign", contract, *three_sign, *words, *more).require_refusal(*refusal)


def test_a_blank_in_its_turn_says_nothing_of_its_seal(
    terminal: Terminal, contract: Path, three_sign: tuple[str, ...], tmp_path: Path
) -> None:
    """One beside words below them, one on a page from its corner: of each what does not fit it is blank, or goes past it."""
    words = (
        *_TWO,
        *("--beside", "（盖章）", "--beside", "", "--hit", "-1", "--hit", "0", "--page", "0", "--page", "1"),
        *(
            "--side",
            "below",
            "--side",
            "left",
            "--corner",
            "top-left",
            "--corner",
            "top-right",
            "--at",
            "",
            "--at",
            "5,5",
        ),
    )
    seen = terminal.run(
        "sign", contract, *three_sign, *words, "--dry-run", "--out", tmp_path / "s.png", "--format", "json"
    )
    assert seen.status == 0, seen.err
    assert [each["page"] for each in seen.objects()[0]["pictures"]] == [1, 3]


@pytest.mark.parametrize("count", [2, pytest.param(9, marks=pytest.mark.slow)])  # by this process, and by several
def test_a_batch_seals_every_file_beside_its_own_words(
    terminal: Terminal, text: bytes, tmp_path: Path, official_signs: tuple[str, ...], count: int
) -> None:
    folder = tmp_path / "in"
    folder.mkdir()
    for number in range(count):
        (folder / f"{number}.pdf").write_bytes(text)
    (folder / "blank.pdf").write_bytes(text[:2000])
    words = ("--seal", "square", "--seal-name", "张三", "--beside", "甲方（盖章）", "--out-dir", tmp_path / "out")
    ran = terminal.run("sign", folder, *official_signs, *words, "--jobs", "2", "--format", "json")
    results = ran.objects()
    assert sorted(each["status"] for each in results) == ["failed"] + ["signed"] * count
    data = (tmp_path / "out" / "1.pdf").read_bytes()
    left, top, right, bottom = red(data, 2) or (0, 0, 0, 0)
    assert (right - left, bottom - top) == pytest.approx((20 * 72 / 25.4, 20 * 72 / 25.4), abs=3)


def test_a_dry_run_shows_the_place_and_needs_no_passphrase(terminal: Terminal, home: Path, contract: Path) -> None:
    before = sorted(contract.parent.iterdir())
    words = ("--seal", "round", "--riding-edge", "right", "--dry-run", "--format", "json")
    ran = terminal.run("sign", contract, "--home", home, *words)
    assert ran.status == 0, ran.err
    told = json.loads(ran.out)
    names = [f"contract.page-{page}.png" for page in (1, 2, 3)]
    assert [each["page"] for each in told["pictures"]] == [1, 2, 3]
    assert sorted(contract.parent.iterdir()) == sorted([*before, *(contract.with_name(name) for name in names)])
    last = Image.open(BytesIO(contract.with_name(names[2]).read_bytes()))
    mark = last.convert("RGB").getcolors(1 << 22) or ()
    assert (255, 0, 160) in {colour for _, colour in mark}
    terminal.run("sign", contract, "--home", home, *words[:-2]).require_refusal("app:output:exists", CONFLICT)


def test_a_dry_run_takes_the_name_of_a_certificate(terminal: Terminal, contract: Path, official: Person) -> None:
    out = contract.with_name("look.png")
    words = ("--seal", "signature", "--dry-run", "--out", out)
    assert terminal.run("sign", contract, *official.options, *words).status == 0
    assert out.read_bytes().startswith(b"\x89PNG")
    key = official.options[:2]
    terminal.run("sign", contract, *key, "--seal", "signature", "--dry-run").require_refusal("app:call:usage", USAGE)


@pytest.mark.parametrize(
    ("words", "refusal"),
    [
        (("--page", "2"), ("app:call:usage", USAGE)),
        (("--riding-edge", "right"), ("app:call:usage", USAGE)),
        (("--seal-line", "章"), ("app:call:usage", USAGE)),
        (("--dry-run",), ("app:call:usage", USAGE)),
        (("--seal", "round", "--page", "1", "--beside", "章"), ("app:call:usage", USAGE)),
        (("--seal", "round", "--hit", "2"), ("app:call:usage", USAGE)),
        (("--seal", "round", "--seal-style", "yin"), ("app:call:usage", USAGE)),
        (("--seal", "round", "--field", "A", "--page", "1"), ("app:call:usage", USAGE)),
        (("--seal", "round", "--riding-edge", "left-only", "--page", "1"), ("app:call:usage", USAGE)),
        (("--seal", "round", "--at", "20"), ("app:call:usage", USAGE)),
        (("--seal", "round", "--at", ""), ("app:call:usage", USAGE)),
        (("--seal", "round", "--page", "0"), ("esign:pdf:place", USAGE)),
        (("--seal", "round", "--at", "a,b"), ("app:call:usage", USAGE)),
        (("--seal", "round", "--size", "1x2x3"), ("app:call:usage", USAGE)),
        (("--seal", "round", "--size", "wide"), ("app:call:usage", USAGE)),
        (("--seal", "round", "--size", "20"), ("esign:seal:design", USAGE)),
        (("--seal", "round", "--size", "nan"), ("esign:seal:design", USAGE)),
        (("--seal", "round", "--page", "4"), ("esign:pdf:place", USAGE)),
        (("--seal", "round", "--at", "200,20"), ("esign:pdf:place", USAGE)),
        (("--seal", "round", "--field", "Absent"), ("esign:pdf:place", USAGE)),
        (("--seal", "round", "--beside", "丙方（盖章）"), ("esign:pdf:keyword", MISSING)),
        (("--seal", "image", "--seal-image", "absent.png"), ("app:input:unreadable", MISSING)),
        (("--seal", "square", "--seal-name", "很长的名字放不下"), ("esign:seal:design", USAGE)),
    ],
)
def test_refused(
    terminal: Terminal,
    contract: Path,
    official_signs: tuple[str, ...],
    words: tuple[str, ...],
    refusal: tuple[str, int],
) -> None:
    ran = terminal.run("sign", contract, *official_signs, *words)
    ran.require_refusal(*refusal)
    assert not contract.with_name("contract.signed.pdf").exists()
