"""``trustkit sign`` of many files: into a folder, over processes, taken up where it was cut off, one bad file never stopping."""

from __future__ import annotations

import fcntl
import json
import os
import signal
import subprocess
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest

from esign.pdf.read import read_pdf
from esign.pdf.verify import verify_pdf_signature
from tests.support.office import Office, statuses
from tests.support.signed_pdf import sample_page
from tests.support.terminal import ROOT, environment
from trustkit.app import batch
from trustkit.app.batch_plan import JOURNAL, Left
from trustkit.app.cli.left_words import left_words
from trustkit.app.cli.output import OutputFormat
from trustkit.app.cli.progress import progress

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


CONFLICT, USAGE, CONFIG = 73, 64, 78


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    return sample_page(tmp_path_factory.mktemp("page"))


def require_signed_once(path: Path) -> None:
    pdf = read_pdf(path.read_bytes())
    (signature,) = pdf.signatures
    verify_pdf_signature(pdf, signature)


def test_every_pdf_below_a_folder_is_signed_once(office: Office, page: bytes) -> None:
    office.add(page, "one.pdf", "a/same.pdf", "b/same.pdf", "b/deep/no-extension")
    (office.inbox / "note.txt").write_bytes(b"no PDF")
    (office.inbox / "link.pdf").symlink_to("one.pdf")
    (office.inbox / "more").symlink_to("a")
    (office.inbox / "broken.pdf").write_bytes(page[:3000])
    before = {path: path.read_bytes() for path in office.inbox.rglob("*") if path.is_file()}
    ran = office.run()
    assert ran.status == 1  # of the broken one
    assert statuses(ran) == {
        "one.pdf": "signed",
        "same.pdf": "signed",
        "no-extension": "signed",
        "note.txt": "left-alone",
        "link.pdf": "left-alone",
        "more": "left-alone",
        "broken.pdf": "failed",
    }
    made = {str(path.relative_to(office.out)) for path in office.out.rglob("*") if path.is_file()}
    assert made == {JOURNAL, "one.pdf", "a/same.pdf", "b/same.pdf", "b/deep/no-extension"}
    for name in made - {JOURNAL}:
        require_signed_once(office.out / name)
    assert {path: path.read_bytes() for path in before} == before
    (refused,) = (each for each in ran.objects() if each["status"] == "failed")
    assert refused["code"] == "esign:pdf:malformed"


def test_nothing_that_is_there_is_overwritten(office: Office, page: bytes) -> None:
    office.add(page, "one.pdf", "two.pdf", "three.pdf")
    office.out.mkdir()
    (office.out / "one.pdf").write_bytes(b"somebody else's")
    (office.out / "two.pdf").symlink_to("/nowhere")
    ran = office.run()
    assert (ran.status, statuses(ran)["three.pdf"]) == (1, "signed")
    assert (office.out / "one.pdf").read_bytes() == b"somebody else's"
    other = office.run("--reason", "another order")
    assert set(statuses(other).values()) == {"failed"}
    assert {each["code"] for each in other.objects()} <= {"app:output:exists", "app:input:unreadable"}
    office.add(page + b"%changed\n", "three.pdf")
    assert statuses(office.run())["three.pdf"] == "failed"


def test_files_named_one_by_one(office: Office, page: bytes, tmp_path: Path) -> None:
    office.add(page, "a/same.pdf", "b/same.pdf", "c/same.pdf")
    (tmp_path / "text").write_bytes(b"no PDF")
    os.mkfifo(tmp_path / "pipe")
    single = (tmp_path / name for name in ("text", "absent.pdf", "pipe"))
    named = (office.inbox / "a" / "same.pdf", office.inbox / "b", *single)
    ran = office.terminal.run("sign", *named, *office.words[2:], "--format", "json")
    assert ran.status == 1
    assert [(each["status"], each.get("code", "")) for each in ran.objects()] == [
        ("failed", "app:input:unreadable"),
        ("signed", ""),
        ("signed", ""),
        ("failed", "app:input:unreadable"),
        ("failed", "app:input:unknown-format"),
    ]
    require_signed_once(office.out / "inbox" / "a" / "same.pdf")
    require_signed_once(office.out / "inbox" / "b" / "same.pdf")


def test_an_output_folder_inside_the_input_is_left_out(office: Office, page: bytes) -> None:
    office.add(page, "one.pdf")
    inside = ("--out-dir", office.inbox / "signed")
    for status in ("signed", "already-signed"):
        assert statuses(office.run(*inside)) == {"one.pdf": status}


def test_words_for_a_person(office: Office, page: bytes) -> None:
    office.add(page, "one.pdf")
    (office.inbox / "broken.pdf").write_bytes(b"%PDF-1.7 nothing")
    (office.inbox / os.fsdecode(b"b\xff.txt")).write_bytes(b"a name that is no UTF-8")
    ran = office.terminal.run(*office.words)
    assert ran.status == 1
    assert "The PDF is damaged." in ran.out
    assert "1 signed, 1 failed, 1 left alone" in ran.out
    assert ran.err == ""


def test_words_for_a_person_in_chinese(office: Office, page: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LC_ALL", "zh_CN.UTF-8")
    office.add(page, "合同.pdf")
    (office.inbox / "说明.txt").write_bytes(b"no PDF")
    (office.inbox / ".合同.pdf.0123456789ab.partial").write_bytes(page)
    ran = office.terminal.run(*office.words)
    assert ran.status == 0
    assert "说明.txt：跳过：不是 PDF" in ran.out
    assert f".合同.pdf.0123456789ab.partial：跳过：{left_words(Left.CUT_OFF)}" in ran.out
    assert "已签 1 个，跳过 2 个，输出在" in ran.out


@pytest.mark.parametrize("why", Left)
def test_every_reason_is_told_in_both_languages(monkeypatch: pytest.MonkeyPatch, why: Left) -> None:
    monkeypatch.setenv("LC_ALL", "zh_CN.UTF-8")
    chinese = left_words(why)
    monkeypatch.setenv("LC_ALL", "en_US.UTF-8")
    assert left_words(why) == why.value
    assert chinese != why.value


def test_what_is_called_a_pdf_and_is_none_fails(office: Office, page: bytes, tmp_path: Path) -> None:
    """Nobody must take a download that was cut off, or a path with a slip, for signed because all else was."""
    office.add(page, "one.pdf")
    (office.inbox / "empty.pdf").write_bytes(b"")
    (office.inbox / "page.PDF").write_bytes(b"<html>please log in</html>")
    slip = tmp_path / "no" / ".." / "folder" / "where.pdf"
    ran = office.terminal.run("sign", slip, *office.words[1:], "--format", "json")
    assert ran.status == 1
    told = {each["file"].rpartition("/")[2]: each.get("code", each["status"]) for each in ran.objects()}
    assert told == {
        "one.pdf": "signed",
        "empty.pdf": "app:input:empty",
        "page.PDF": "app:input:unknown-format",
        "where.pdf": "app:input:unreadable",
    }


def test_lines_stand_above_the_bar(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    with progress("sign", 2, OutputFormat.TEXT) as bar:
        bar.tell("one", "two")
        bar.advance()
        bar.advance()
    said = capsys.readouterr()
    assert said.out == "one\ntwo\n"
    assert "one" not in said.err


def test_many_over_several_processes(office: Office, page: bytes) -> None:
    names = [f"{number}.pdf" for number in range(12)]
    office.add(page, *names)
    (office.inbox / "5.pdf").write_bytes(b"%PDF-1.7 nothing")
    ran = office.run("--jobs", "2")
    assert ran.status == 1
    assert statuses(ran) == {name: "failed" if name == "5.pdf" else "signed" for name in names}
    for name in names:
        if name != "5.pdf":
            require_signed_once(office.out / name)
    lines = [json.loads(line) for line in (office.out / JOURNAL).read_bytes().splitlines()]
    assert len(lines) == len(names)


def test_a_file_that_kills_its_worker_costs_nothing_but_itself(
    office: Office, page: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(batch, "MODULE", "tests.support.dying_worker")
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    names = [f"{number}.pdf" for number in range(11)]
    office.add(page, *names, "poison.pdf")
    ran = office.run("--jobs", "2")
    assert ran.status == 1
    assert statuses(ran) == {**dict.fromkeys(names, "signed"), "poison.pdf": "failed"}
    (refused,) = (each for each in ran.objects() if each["status"] == "failed")
    assert refused["code"] == "app:batch:worker"


def test_refusals_of_a_whole_run(office: Office, page: bytes, tmp_path: Path) -> None:
    office.run().require_refusal("app:call:usage", USAGE)  # nothing to sign
    office.add(page, "one.pdf")
    office.terminal.run("sign", office.inbox, *office.official.options).require_refusal("app:call:usage", USAGE)
    office.out.mkdir()
    (office.out / JOURNAL).write_bytes(b"not a journal\n")
    office.run().require_refusal("app:batch:journal", CONFIG)
    assert list(office.out.glob("*.pdf")) == []
    blocked = tmp_path / "blocked"
    blocked.write_bytes(b"a file")
    office.run("--out-dir", blocked).require_refusal("app:disk:unwritable", 74)


def await_workers(office: Office) -> None:
    """Wait until the workers of a run that was killed have ended, which they do once nobody speaks to them."""
    with (office.out / JOURNAL).open("rb") as journal:
        fcntl.flock(journal, fcntl.LOCK_EX)


@contextmanager
def started(command: list[str]) -> Iterator[subprocess.Popen[bytes]]:
    """A run that cannot get far ahead of whoever reads what it tells: its pipe holds one page."""
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env=environment(), bufsize=0, pipesize=4096
    ) as run:
        try:
            yield run
        finally:
            run.kill()


@pytest.mark.slow
def test_a_killed_run_loses_nothing_that_was_told(office: Office, page: bytes) -> None:
    """kill -9 while files are signed; the next run signs the rest, and every file carries one signature."""
    names = {f"{number}.pdf" for number in range(60)}
    office.add(page, *names)
    command = [sys.executable, "-m", "trustkit.app", *map(str, office.words), "--format", "json", "--jobs", "2"]
    for told_before in (3, 10):
        with started(command) as run:
            assert run.stdout is not None
            told = [json.loads(run.stdout.readline()) for _ in range(told_before)]
            office.run().require_refusal("app:batch:running", CONFLICT)
            run.send_signal(signal.SIGKILL)
            told += [json.loads(line) for line in run.stdout.read().split(b"\n")[:-1]]
        lines = [json.loads(line) for line in (office.out / JOURNAL).read_bytes().split(b"\n")[:-1]]
        assert {each["file"] for each in told} <= {each["file"] for each in lines}
        for each in told:
            require_signed_once(office.out / each["file"].rpartition("/")[2])
        await_workers(office)
    assert office.run().status == 0
    for name in names:
        require_signed_once(office.out / name)
    assert not list(office.out.glob(".*.partial"))
