"""A batch taken up again: what the journal tells, and what a signed file tells by itself where the journal does not."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from tests.support.office import Office, statuses
from tests.support.people import make_person
from tests.support.pki import PkiWorld
from tests.support.signed_pdf import replace_page_content, sample_page, update
from trustkit.app import batch
from trustkit.app.batch_plan import JOURNAL

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    return sample_page(tmp_path_factory.mktemp("page"))


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    return sample_page(tmp_path_factory.mktemp("pages"), words=1500)


def test_what_was_signed_is_not_signed_again(office: Office, page: bytes) -> None:
    office.add(page, "one.pdf", "two.pdf")
    assert office.run().status == 0
    made = {path: path.read_bytes() for path in office.out.glob("*.pdf")}
    office.add(page, "three.pdf")
    again = office.run()
    assert (again.status, statuses(again)) == (
        0,
        {"one.pdf": "already-signed", "two.pdf": "already-signed", "three.pdf": "signed"},
    )
    assert {path: path.read_bytes() for path in made} == made


def test_a_result_the_journal_lost_is_known_by_itself(office: Office, page: bytes) -> None:
    office.add(page, "one.pdf", "two.pdf")
    office.run()
    journal = office.out / JOURNAL
    whole = journal.read_bytes()
    journal.write_bytes(whole[: len(whole) - 20])  # the crash came while the last line was written
    assert set(statuses(office.run()).values()) == {"already-signed"}
    assert journal.read_bytes().endswith(b"\n")
    journal.unlink()
    assert set(statuses(office.run()).values()) == {"already-signed"}
    (office.out / "one.pdf").unlink()
    assert statuses(office.run()) == {"one.pdf": "signed", "two.pdf": "already-signed"}


_SEALED = (
    *("--reason", "同意", "--location", "示例市", "--contact", "0000", "--lock-all"),
    *("--seal", "signature", "--seal-name", "张三", "--riding-edge", "right", "--page", "1", "--at", "20,20"),
)


@pytest.mark.parametrize(
    "other",
    [
        (),
        ("--reason", "不同意"),
        ("--contact", "0001"),
        ("--seal", "square"),
        ("--seal-name", "李四"),
        ("--seal-text", "同意"),
        ("--at", "20,21"),
        ("--size", "50x20"),
        ("--riding-edge", "left"),
        ("--then-only", "no-changes"),
        ("--certify", "form-filling"),
        ("--form", "gbt35275-pdf"),
    ],
)
def test_everything_that_was_ordered_tells_a_result_the_journal_lost(
    office: Office, pages: bytes, other: tuple[str, ...]
) -> None:
    office.add(pages, "one.pdf")
    assert office.run(*_SEALED).status == 0
    (office.out / JOURNAL).unlink()
    ran = office.run(*_without(_SEALED, other[:1]), *other)
    assert statuses(ran) == {"one.pdf": "failed" if other else "already-signed"}, ran.out
    assert [each.get("code") for each in ran.objects()] == ["app:output:exists" if other else None]


def _without(words: tuple[str, ...], name: tuple[str, ...]) -> tuple[str, ...]:
    """Return options without one and its value."""
    for place, word in enumerate(words):
        if (word,) == name:
            return words[:place] + words[place + 2 :]
    return words


def test_several_signers_are_known_by_their_signatures_each(office: Office, page: bytes, tmp_path: Path) -> None:
    office.add(page, "one.pdf")
    second = make_person(PkiWorld(), tmp_path, "second")
    words = (*second.options, "--seal", "square", "--seal", "square", "--seal-name", "张三", "--seal-name", "李四")
    places = ("--at", "20,20", "--at", "50,20")
    assert office.run(*words, *places).status == 0
    (office.out / JOURNAL).unlink()
    assert set(statuses(office.run(*words, *places)).values()) == {"already-signed"}
    (office.out / JOURNAL).unlink()
    assert set(statuses(office.run(*words, *places[:3], "51,20")).values()) == {"failed"}


def test_what_a_killed_run_left_half_written_is_removed_and_never_signed(
    office: Office, page: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    office.add(page, "one.pdf", "a/two.pdf")
    (office.out / "a").mkdir(parents=True)
    half = (office.out / ".one.pdf.0123456789ab.partial", office.out / "a" / ".two.pdf.ba9876543210.partial")
    others = (office.out / ".three.pdf.0123456789ab.partial", office.inbox / ".four.pdf.0123456789ab.partial")
    for path in (*half, *others):
        path.write_bytes(page)
    monkeypatch.setattr(batch, "LIVE", timedelta(minutes=-1))  # nobody may be writing them any more
    ran = office.run()
    assert (ran.status, statuses(ran)) == (
        0,
        {"one.pdf": "signed", "two.pdf": "signed", ".four.pdf.0123456789ab.partial": "left-alone"},
    )
    assert [path.exists() for path in (*half, *others)] == [False, False, True, True]


def test_a_signature_over_what_was_rewritten_is_not_this_file_signed(office: Office, page: bytes) -> None:
    """The official has signed another version that begins with the same octets."""
    office.add(page, "one.pdf")
    original = office.inbox / "one.pdf"
    other = office.inbox.parent / "one.pdf"
    other.write_bytes(update(original.read_bytes(), replace_page_content))
    out = office.out / "one.pdf"
    office.out.mkdir()
    signed = office.terminal.run("sign", other, *office.official.options, *office.secret, "--out", out)
    assert signed.status == 0, signed.err
    assert out.read_bytes().startswith(original.read_bytes())
    ran = office.run()
    assert statuses(ran) == {"one.pdf": "failed"}
    assert [each["code"] for each in ran.objects()] == ["app:output:exists"]
