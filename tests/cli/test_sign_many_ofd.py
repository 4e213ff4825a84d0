"""``trustkit sign`` of many OFD files: told from PDF by content, signed and taken up again as PDF is."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from esign.ofd.earlier import require_holding
from esign.ofd.read import read_ofd
from tests.support.electronic_seals import drawn_seal
from tests.support.ofd_pages import NAME, TWO_PAGES, sample_ofd
from tests.support.office import Office, statuses
from tests.support.people import Person, make_person
from tests.support.pki import PkiWorld
from tests.support.signed_pdf import sample_page
from tests.support.zip_forge import archive
from trustkit.app.batch_plan import JOURNAL
from trustkit.app.keys import KeyName

if TYPE_CHECKING:
    from pathlib import Path

    from tests.support.terminal import Terminal
    from trustkit.app.authority import Authority
    from trustkit.x509.certificate import Certificate

USAGE = 64


@pytest.fixture(scope="module")
def world() -> PkiWorld:
    return PkiWorld()


@pytest.fixture(scope="module")
def official(world: PkiWorld, tmp_path_factory: pytest.TempPathFactory) -> Person:
    return make_person(world, tmp_path_factory.mktemp("official"), "official")


@pytest.fixture
def seal(world: PkiWorld, official: Person, tmp_path: Path) -> Path:
    path = tmp_path / "seal.esl"
    path.write_bytes(drawn_seal(world, official.member.certificate))
    return path


def fill(folder: Path, *names: str, octets: bytes | None = None) -> None:
    for name in names:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(sample_ofd() if octets is None else octets)


def forms(path: Path) -> list[tuple[str, Certificate]]:
    return [(each.form, each.certificate) for each in require_holding(read_ofd(path.read_bytes())).values()]


def test_every_ofd_below_a_folder_is_signed_once(office: Office, seal: Path, tmp_path: Path) -> None:
    fill(office.inbox, "one.ofd", "a/same.ofd", "b/same.ofd", "b/no-extension")
    fill(office.inbox, "broken.ofd", octets=sample_ofd()[:900])
    fill(office.inbox, "report.docx", octets=archive({"word/document.xml": b"<w/>"}))
    fill(office.inbox, "page.pdf", octets=sample_page(tmp_path))
    before = {path: path.read_bytes() for path in office.inbox.rglob("*") if path.is_file()}
    ran = office.run("--form", "ofd-seal", "--esl", seal)
    assert (ran.status, statuses(ran)) == (
        1,
        {
            "one.ofd": "signed",
            "same.ofd": "signed",
            "no-extension": "signed",
            "broken.ofd": "failed",
            "report.docx": "left-alone",
            "page.pdf": "left-alone",
        },
    )
    assert {each["code"] for each in ran.objects() if each["status"] == "failed"} == {"esign:ofd:zip"}
    made = {str(path.relative_to(office.out)) for path in office.out.rglob("*") if path.is_file()}
    assert made == {JOURNAL, "one.ofd", "a/same.ofd", "b/same.ofd", "b/no-extension"}
    for name in made - {JOURNAL}:
        assert forms(office.out / name) == [("ofd-seal-v4", office.official.member.certificate)]
    assert {path: path.read_bytes() for path in before} == before


def test_the_form_is_that_of_the_files_unless_both_kinds_are_there(office: Office, tmp_path: Path) -> None:
    fill(office.inbox, "one.ofd", "two.ofd")
    ran = office.run()  # by --key without a seal: a message
    assert (ran.status, set(statuses(ran).values())) == (0, {"signed"})
    assert forms(office.out / "one.ofd") == [("ofd-sign-gbt35275", office.official.member.certificate)]
    fill(office.inbox, "page.pdf", octets=sample_page(tmp_path))
    office.run().require_refusal("app:call:usage", USAGE)
    assert statuses(office.run("--form", "ofd-sign")) == {
        "one.ofd": "already-signed",
        "two.ofd": "already-signed",
        "page.pdf": "left-alone",
    }
    assert statuses(office.run("--form", "pades")) == {
        "one.ofd": "left-alone",
        "two.ofd": "left-alone",
        "page.pdf": "signed",
    }


def test_over_processes_with_words_for_a_person(office: Office, seal: Path) -> None:
    names = [f"{number}.ofd" for number in range(10)]
    fill(office.inbox, *names)
    fill(office.inbox, "5.ofd", octets=b"no package")
    fill(office.inbox, "note.txt", octets=b"no OFD")
    ran = office.terminal.run(*office.words, "--esl", seal, "--jobs", "2", "--beside", NAME[:4])
    assert ran.status == 1
    assert "9 signed, 1 failed, 1 left alone" in ran.out
    assert "note.txt: left alone: it is no OFD" in ran.out
    assert len((office.out / JOURNAL).read_bytes().splitlines()) == len(names)
    assert all(len(forms(office.out / name)) == 1 for name in names if name != "5.ofd")


_ORDER = ("--reason", "同意", "--page", "1", "--at", "5,6")


@pytest.mark.parametrize(
    "other",
    [
        (),
        ("--reason", "不同意"),
        ("--at", "5,7"),
        ("--page", "2"),
        ("--riding-edge", "right"),
        ("--form", "ofd-sign"),
        ("--esl", "other.esl"),
    ],
)
def test_everything_that_was_ordered_tells_a_result_the_journal_lost(
    office: Office, world: PkiWorld, seal: Path, other: tuple[str, ...]
) -> None:
    another = seal.with_name("other.esl")
    another.write_bytes(drawn_seal(world, office.official.member.certificate))
    fill(office.inbox, "one.ofd")
    said = dict(zip(_ORDER[::2], _ORDER[1::2], strict=True)) | {"--esl": str(seal)}
    assert office.run(*(word for pair in said.items() for word in pair)).status == 0
    (office.out / JOURNAL).unlink()
    again = said | dict(zip(other[::2], other[1::2], strict=True))
    if other[:1] == ("--esl",):
        again["--esl"] = str(another)
    if other[1:] == ("ofd-sign",):
        again = {"--form": "ofd-sign", "--reason": "同意"}
    ran = office.run(*(word for pair in again.items() for word in pair))
    assert statuses(ran) == {"one.ofd": "failed" if other else "already-signed"}, ran.out
    assert [each.get("code") for each in ran.objects()] == ["app:output:exists" if other else None]


def test_several_sign_in_turn_and_are_known_again(office: Office, world: PkiWorld, tmp_path: Path) -> None:
    second = make_person(world, tmp_path, "second")
    both = tmp_path / "both.esl"
    both.write_bytes(drawn_seal(world, office.official.member.certificate, second.member.certificate))
    fill(office.inbox, "one.ofd")
    words = (*second.options, "--esl", str(both), "--esl", str(both), "--at", "5,6", "--at", "40,6")
    assert statuses(office.run(*words)) == {"one.ofd": "signed"}
    signers = [certificate for _, certificate in forms(office.out / "one.ofd")]
    assert signers == [office.official.member.certificate, second.member.certificate]
    (office.out / JOURNAL).unlink()
    assert statuses(office.run(*words)) == {"one.ofd": "already-signed"}
    (office.out / JOURNAL).unlink()
    assert statuses(office.run(*words[:-1], "41,6")) == {"one.ofd": "failed"}


def test_one_seal_of_the_authority_over_many_files(
    terminal: Terminal, world: PkiWorld, authority: Authority, passphrase_file: Path, tmp_path: Path
) -> None:
    seal, inbox, out = tmp_path / "own.esl", tmp_path / "inbox", tmp_path / "out"
    seal.write_bytes(drawn_seal(world, authority.certificate(KeyName.SEAL)))
    fill(inbox, "one.ofd", "broken.ofd", "three.ofd")
    fill(inbox, "two.ofd", octets=sample_ofd(TWO_PAGES.replace("second", "other")))
    fill(inbox, "broken.ofd", octets=sample_ofd()[:-30])
    home = ("--home", authority.settings.home)
    words = ("sign", inbox, "--out-dir", out, *home, "--passphrase-file", passphrase_file, "--esl", seal)
    ran = terminal.run(*words, "--format", "json")
    assert statuses(ran) == {
        "one.ofd": "signed",
        "two.ofd": "signed",
        "three.ofd": "signed",
        "broken.ofd": "failed",
    }
    proved = require_holding(read_ofd((out / "one.ofd").read_bytes())).values()
    assert all(each.timestamp_tokens for each in proved)
    told = terminal.run("audit", "list", *home, "--format", "json").objects()
    kinds = sorted(each["type"] for each in told if each["type"].startswith(("esign:ofd", "ca:timestamp")))
    assert (
        kinds[-6:] == ["esign:ofd:intended"] * 3 + ["esign:ofd:signed"] * 3
    )  # of the broken one no intent; two files are the same
    lines = [json.loads(line) for line in (out / JOURNAL).read_bytes().splitlines()]
    assert {each["output_sm3"] for each in lines if each["status"] == "signed"}
    verdict = terminal.run("verify", out / "two.ofd", *home, "--format", "json").objects()[0]
    assert verdict["signatures"][0]["signer"]
