"""``trustkit sign`` of a PDF with an electronic seal: shown where it was asked for, verified at the terminal, and what is refused."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from esign.pdf.read import read_pdf
from esign.pdf.verify import verify_pdf_signature
from esign.seal.model import SealVersion
from tests.support import ses
from tests.support.electronic_seals import FROM, UNTIL, drawn_seal
from tests.support.ofd_pages import sample_ofd
from tests.support.people import Person, make_person
from tests.support.pki import PkiWorld
from tests.support.signed_pdf import sample_page

if TYPE_CHECKING:
    from pathlib import Path

    from tests.support.terminal import Terminal

USAGE = 64


@pytest.fixture(scope="module")
def world() -> PkiWorld:
    return PkiWorld()


@pytest.fixture(scope="module")
def person(world: PkiWorld, tmp_path_factory: pytest.TempPathFactory) -> Person:
    return make_person(world, tmp_path_factory.mktemp("official"), "official")


@pytest.fixture(scope="module")
def second(world: PkiWorld, tmp_path_factory: pytest.TempPathFactory) -> Person:
    return make_person(world, tmp_path_factory.mktemp("second"), "second")


@pytest.fixture
def signs(person: Person, passphrase_file: Path) -> tuple[str, ...]:
    return (*person.options, "--passphrase-file", str(passphrase_file))


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    return sample_page(tmp_path_factory.mktemp("page"))


@pytest.fixture
def document(tmp_path: Path, page: bytes) -> Path:
    path = tmp_path / "document.pdf"
    path.write_bytes(page)
    return path


@pytest.fixture
def seal(world: PkiWorld, person: Person, second: Person, tmp_path: Path) -> Path:
    path = tmp_path / "seal.esl"
    path.write_bytes(drawn_seal(world, person.member.certificate, second.member.certificate))
    return path


def forms(path: Path) -> list[str]:
    pdf = read_pdf(path.read_bytes())
    return [verify_pdf_signature(pdf, each).octets.form for each in pdf.signatures]


def test_a_pdf_is_signed_with_a_seal_and_verified(
    terminal: Terminal, world: PkiWorld, signs: tuple[str, ...], document: Path, seal: Path
) -> None:
    tmp_path, before = document.parent, document.read_bytes()
    ran = terminal.run("sign", document, *signs, "--esl", seal, "--reason", "盖章", "--format", "json")
    assert ran.status == 0, ran.err
    out = document.with_name("document.signed.pdf")
    assert ran.objects()[0]["form"] == "seal-pdf"
    assert forms(out) == ["ses-v4"]
    assert document.read_bytes() == before
    evidence = tmp_path / "evidence"
    evidence.mkdir()
    root = tmp_path / "root.cer"
    root.write_bytes(world.root.der)
    (evidence / "issuing.cer").write_bytes(world.issuing.der)
    (evidence / "issuing.crl").write_bytes(world.crl().der)
    (evidence / "root.crl").write_bytes(world.crl(issuer=world.root).der)
    words = ("--trust", root, "--evidence", evidence, "--offline", "--at", "2026-12-02T00:00:00Z", "--format", "json")
    (told,) = terminal.run("verify", out, *words).objects()
    assert told["signatures"][0]["form"] == "ses-v4"
    checks = {each["id"]: each["status"] for each in told["signatures"][0]["checks"]}
    assert (checks["seal:signature:valid"], checks["signature:content:digest"]) == ("PASSED", "PASSED")


def test_two_sign_with_the_seal_that_lists_both(
    terminal: Terminal, signs: tuple[str, ...], second: Person, document: Path, seal: Path
) -> None:
    words = ("--esl", seal, "--esl", seal, "--at", "20,20", "--at", "80,20")
    ran = terminal.run("sign", document, *signs, *second.options, *words)
    assert ran.status == 0, ran.err
    assert forms(document.with_name("document.signed.pdf")) == ["ses-v4", "ses-v4"]


def test_a_seal_of_the_first_edition_and_one_after_another(
    terminal: Terminal, world: PkiWorld, person: Person, signs: tuple[str, ...], document: Path
) -> None:
    tmp_path = document.parent
    old = tmp_path / "old.esl"
    old.write_bytes(drawn_seal(world, person.member.certificate, version=SealVersion.V1))
    assert terminal.run("sign", document, *signs, "--esl", old).status == 0
    once, twice = document.with_name("document.signed.pdf"), tmp_path / "twice.pdf"
    assert terminal.run("sign", once, *signs, "--esl", old, "--at", "90,20", "--out", twice).status == 0
    assert forms(twice) == ["ses-v1", "ses-v1"]


def test_a_seal_whose_picture_is_a_document(
    terminal: Terminal, world: PkiWorld, person: Person, signs: tuple[str, ...], document: Path
) -> None:
    nested = document.with_name("nested.esl")
    nested.write_bytes(
        ses.make_seal(
            world,
            users=(person.member.der,),
            picture=sample_ofd(),
            picture_type=b"ofd",
            valid_until=UNTIL,
            created=FROM,
            valid_from=FROM,
            maker=world.issue("制章人", not_before=FROM, not_after=UNTIL),
        )
    )
    ran = terminal.run("sign", document, *signs, "--esl", nested)
    assert ran.status == 0, ran.err
    assert forms(document.with_name("document.signed.pdf")) == ["ses-v4"]


def test_many_files_are_sealed(
    terminal: Terminal, signs: tuple[str, ...], page: bytes, seal: Path, tmp_path: Path
) -> None:
    folder, out = tmp_path / "in", tmp_path / "out"
    folder.mkdir()
    for number in range(3):
        (folder / f"{number}.pdf").write_bytes(page)
    ran = terminal.run("sign", folder, *signs, "--esl", seal, "--out-dir", out, "--jobs", "1")
    assert ran.status == 0, ran.err
    assert [forms(path) for path in sorted(out.glob("*.pdf"))] == [["ses-v4"]] * 3


def test_where_it_would_be_is_shown(
    terminal: Terminal, person: Person, document: Path, seal: Path, tmp_path: Path
) -> None:
    certificate = tmp_path / "official.cer"
    certificate.write_bytes(person.member.der)
    key = person.options[:2]
    ran = terminal.run("sign", document, *key, "--cert", certificate, "--esl", seal, "--dry-run")
    assert ran.status == 0, ran.err
    assert document.with_name("document.page-1.png").read_bytes().startswith(b"\x89PNG")


@pytest.mark.parametrize(
    "case",
    [
        (("--seal", "round"), "app:call:usage"),
        (("--size", "40"), "app:call:usage"),
        (("--form", "pades"), "app:call:usage"),
        (("--form", "rfc5652"), "app:call:usage"),
        (("--esl", "{seal}"), "app:call:usage"),
        (("--level", "b-t"), "app:call:usage"),
        (("--at", "500,500"), "esign:pdf:place"),
    ],
)
def test_what_does_not_go_together(
    terminal: Terminal, signs: tuple[str, ...], seal: Path, document: Path, case: tuple[tuple[str, ...], str]
) -> None:
    words, code = case
    ran = terminal.run("sign", document, *signs, "--esl", seal, *(word.format(seal=seal) for word in words))
    assert (ran.status, ran.code) == (USAGE, code)
    assert not document.with_name("document.signed.pdf").exists()


def test_what_is_not_sealed(
    terminal: Terminal, world: PkiWorld, signs: tuple[str, ...], document: Path, tmp_path: Path
) -> None:
    other, junk, text = tmp_path / "other.esl", tmp_path / "junk.esl", tmp_path / "text.txt"
    other.write_bytes(drawn_seal(world, world.signer.certificate))
    junk.write_bytes(b"no seal")
    text.write_text("text")
    assert terminal.run("sign", document, *signs, "--esl", other).code == "esign:seal:signer"
    assert terminal.run("sign", document, *signs, "--esl", junk).status != 0
    assert terminal.run("sign", document, *signs, "--esl", tmp_path / "none.esl").status != 0
    assert terminal.run("sign", text, *signs, "--esl", other).status == USAGE
    assert terminal.run("sign", document, *signs, "--form", "seal-pdf").code == "esign:seal:none-fits"
    assert not document.with_name("document.signed.pdf").exists()
