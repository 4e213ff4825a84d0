"""``trustkit sign`` of an OFD: sealed or by a message, shown where it was asked for, and what is refused."""

from __future__ import annotations

from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from PIL import Image

from esign.ofd.earlier import require_holding
from esign.ofd.read import read_ofd
from tests.support.electronic_seals import SIDE_MM, drawn_seal
from tests.support.ofd_pages import NAME, sample_ofd
from tests.support.people import Person, make_person
from tests.support.pki import PkiWorld
from trustkit.app.keys import KeyName

if TYPE_CHECKING:
    from esign.ofd.model import UnverifiedOfdSignature
    from tests.support.terminal import Ran, Terminal
    from trustkit.app.authority import Authority

USAGE, DATA, MISSING = 64, 65, 66
WIDTH, HEIGHT = 100, 60  # of the sample's pages, in millimetres
PLACED = ("--page", "1", "--at", "5,6", "--corner", "top-left")


@pytest.fixture(scope="module")
def world() -> PkiWorld:
    return PkiWorld()


@pytest.fixture(scope="module")
def person(world: PkiWorld, tmp_path_factory: pytest.TempPathFactory) -> Person:
    return make_person(world, tmp_path_factory.mktemp("official"), "official")


@pytest.fixture
def signs(person: Person, passphrase_file: Path) -> tuple[str, ...]:
    return (*person.options, "--passphrase-file", str(passphrase_file))


@pytest.fixture
def seal(world: PkiWorld, person: Person, tmp_path: Path) -> Path:
    path = tmp_path / "seal.esl"
    path.write_bytes(drawn_seal(world, person.member.certificate))
    return path


@pytest.fixture
def document(tmp_path: Path) -> Path:
    path = tmp_path / "document.ofd"
    path.write_bytes(sample_ofd())
    return path


def _signatures(path: Path) -> list[UnverifiedOfdSignature]:
    proved = require_holding(read_ofd(path.read_bytes()))
    return [each.signature for each in proved.values()]


def _boxes(path: Path) -> list[tuple[str, list[float], str]]:
    stamps = [stamp for each in _signatures(path) for stamp in each.stamps]
    return [(each.page, [round(float(part), 2) for part in each.boundary.split()], each.clip) for each in stamps]


def test_keys_of_ones_own_make_a_message_unless_a_seal_is_named(
    terminal: Terminal, signs: tuple[str, ...], document: Path, seal: Path
) -> None:
    before = document.read_bytes()
    ran = terminal.run("sign", document, *signs, "--reason", "同意", "--format", "json")
    assert ran.status == 0, ran.err
    out = document.with_name("document.signed.ofd")
    assert ran.objects()[0] | {"octets": 0} == {"file": str(out), "form": "ofd-sign", "octets": 0}
    (message,) = _signatures(out)
    assert (message.type.value, message.parameters, message.stamps) == ("Sign", (("Reason", "同意"),), ())
    again = document.with_name("again.ofd")
    assert terminal.run("sign", out, *signs, "--esl", seal, "--out", again).status == 0
    assert [each.type.value for each in _signatures(again)] == ["Sign", "Seal"]
    assert document.read_bytes() == before
    ((_, box, _),) = _boxes(again)  # unless told where: at the lower right of the last page
    assert box == [WIDTH - 20 - SIDE_MM, HEIGHT - 20 - SIDE_MM, SIDE_MM, SIDE_MM]


def test_a_seal_stands_by_page_and_millimetre(
    terminal: Terminal, signs: tuple[str, ...], document: Path, seal: Path
) -> None:
    assert terminal.run("sign", document, *signs, "--esl", seal, *PLACED).status == 0
    ((page, box, clip),) = _boxes(document.with_name("document.signed.ofd"))
    assert (box, clip) == ([5, 6, SIDE_MM, SIDE_MM], "")
    assert page in {each.page for each in _signatures(document.with_name("document.signed.ofd"))[0].stamps}


def test_a_seal_stands_beside_words(terminal: Terminal, signs: tuple[str, ...], document: Path, seal: Path) -> None:
    words = ("--beside", NAME[:5], "--at", "0,-10")
    assert terminal.run("sign", document, *signs, "--esl", seal, *words).status == 0
    ((_, box, _),) = _boxes(document.with_name("document.signed.ofd"))
    assert 20 < box[0] < 30  # after five characters of 3.9 mm, a margin of 5 mm and the gap
    nowhere = terminal.run("sign", document, *signs, "--esl", seal, "--beside", "无此文字", "--out", "x.ofd")
    assert nowhere.code == "esign:pdf:keyword"
    assert not Path("x.ofd").exists()


def test_a_seal_rides_over_the_edges_of_all_pages(
    terminal: Terminal, signs: tuple[str, ...], document: Path, seal: Path
) -> None:
    assert terminal.run("sign", document, *signs, "--esl", seal, "--riding-edge", "right-only").status == 0
    first, second = _boxes(document.with_name("document.signed.ofd"))
    half = SIDE_MM / 2
    assert first[1:] == ([WIDTH - half, (HEIGHT - SIDE_MM) / 2, SIDE_MM, SIDE_MM], f"0 0 {half:g} {SIDE_MM}")
    assert second[1:] == ([WIDTH - SIDE_MM, (HEIGHT - SIDE_MM) / 2, SIDE_MM, SIDE_MM], f"{half:g} 0 {half:g} {SIDE_MM}")
    assert first[0] != second[0]


def test_several_sign_in_turn_each_with_a_seal(
    terminal: Terminal, world: PkiWorld, person: Person, passphrase_file: Path, document: Path
) -> None:
    folder = document.parent
    second = make_person(world, folder, "second")
    seals = [folder / "first.esl", folder / "second.esl"]
    for path, who in zip(seals, (person, second), strict=True):
        path.write_bytes(drawn_seal(world, who.member.certificate))
    both = (*person.options, *second.options, "--passphrase-file", str(passphrase_file))
    words = ("--esl", str(seals[0]), "--esl", str(seals[1]), "--page", "1", "--page", "2", "--at", "5,6", "--at", "9,9")
    assert terminal.run("sign", document, *both, *words).status == 0
    out = document.with_name("document.signed.ofd")
    proved = list(require_holding(read_ofd(out.read_bytes())).values())
    assert [each.certificate for each in proved] == [person.member.certificate, second.member.certificate]
    assert len({page for page, *_ in _boxes(out)}) == 2
    assert proved[0].signature.file in proved[1].covered
    one = (*person.options, "--passphrase-file", str(passphrase_file), "--out", str(folder / "no.ofd"))
    terminal.run("sign", document, *one, *words).require_refusal("app:call:usage", USAGE)


def test_the_authority_seals_and_the_trail_tells(
    terminal: Terminal, world: PkiWorld, authority: Authority, passphrase_file: Path, document: Path
) -> None:
    home = authority.settings.home
    seal = document.with_name("own.esl")
    seal.write_bytes(drawn_seal(world, authority.certificate(KeyName.SEAL)))
    ours = ("--home", home, "--passphrase-file", passphrase_file)
    terminal.run("sign", document, *ours).require_refusal("esign:seal:none-fits", MISSING)
    ran = terminal.run("sign", document, *ours, "--esl", seal, *PLACED)
    assert ran.status == 0, ran.err
    out = document.with_name("document.signed.ofd")
    (proved,) = require_holding(read_ofd(out.read_bytes())).values()
    assert proved.form == "ofd-seal-v4"
    assert proved.timestamp_tokens
    trail = terminal.run("audit", "list", "--home", home, "--format", "json").objects()
    kinds = [each["type"] for each in trail if each["type"].startswith("esign:ofd")]
    assert sorted(kinds) == ["esign:ofd:intended", "esign:ofd:signed"]
    assert terminal.run("sign", document, *ours, "--form", "ofd-sign", "--out", "m.ofd").status == 0


def test_where_a_seal_would_be_is_shown_and_nothing_signed(
    terminal: Terminal, person: Person, document: Path, seal: Path
) -> None:
    ran = terminal.run("sign", document, *person.options, "--esl", seal, *PLACED, "--dry-run")
    assert ran.status == 0, ran.err
    picture = Image.open(BytesIO(document.with_name("document.page-1.png").read_bytes())).convert("RGB")
    octets = picture.tobytes()
    red = [at for at in range(0, len(octets), 3) if octets[at] > 180 and max(octets[at + 1 : at + 3]) < 60]
    assert len(red) > 100
    assert not document.with_name("document.signed.ofd").exists()


@pytest.mark.parametrize(
    "words",
    [
        ("--certify", "no-changes"),
        ("--field", "f"),
        ("--lock-all",),
        ("--seal", "round"),
        ("--seal-name", "x"),
        ("--level", "b-lt"),
        ("--level", "b-t"),
        ("--form", "ofd-sign", "--page", "1"),
        ("--form", "ofd-seal", "--attached"),
    ],
)
def test_words_that_ofd_has_no_place_for(
    terminal: Terminal, signs: tuple[str, ...], document: Path, words: tuple[str, ...]
) -> None:
    terminal.run("sign", document, *signs, *words).require_refusal("app:call:usage", USAGE)
    assert not document.with_name("document.signed.ofd").exists()


def test_forms_and_seals_of_ofd_are_for_ofd(
    terminal: Terminal, signs: tuple[str, ...], document: Path, seal: Path, tmp_path: Path
) -> None:
    plain = tmp_path / "plain.txt"
    plain.write_text("x", "utf-8")

    def usage(*words: str | Path) -> Ran:
        ran = terminal.run("sign", *words, *signs)
        ran.require_refusal("app:call:usage", USAGE)
        return ran

    usage(plain, "--form", "ofd-sign")
    usage(plain, "--esl", seal)
    many = terminal.run("sign", document, plain, "--out-dir", tmp_path / "out", "--esl", seal, *signs)
    assert many.status == 1  # many files are signed as PDF, which neither is


def test_seals_that_cannot_be_used(
    terminal: Terminal, signs: tuple[str, ...], world: PkiWorld, document: Path, tmp_path: Path
) -> None:
    other = tmp_path / "other.esl"
    other.write_bytes(drawn_seal(world, world.issue("他人").certificate))
    assert terminal.run("sign", document, *signs, "--esl", other).code == "esign:seal:signer"
    terminal.run("sign", document, *signs, "--form", "ofd-seal").require_refusal("esign:seal:none-fits", MISSING)
    for octets in (b"no seal", document.read_bytes(), other.read_bytes()[:-1], b"\x30\x00"):
        other.write_bytes(octets)
        ran = terminal.run("sign", document, *signs, "--esl", other)
        ran.require_refusal("esign:seal:malformed", DATA)
        assert "file=other.esl" in ran.err
