"""``trustkit verify``: exit statuses, the JSON contract, and every option."""

from __future__ import annotations

import json
import shutil
from typing import TYPE_CHECKING, Any

import pytest

from tests.support.message_shelf import signed_message
from tests.support.pki import PkiWorld
from tests.support.testdata import outside
from trustkit.app.demo import outside as told
from trustkit.encoding.pem import encode_pem

if TYPE_CHECKING:
    from pathlib import Path

    from tests.support.authority import Issued
    from tests.support.terminal import Ran, Terminal

AT = ("--at", "2026-12-01T00:00:00Z")
FILE_KEYS = {"file", "format", "indication", "sub_indication", "signatures", "uncovered", "at", "licence", "checks"}
SIGNATURE_KEYS = {"form", "signer", "signed_at", "indication", "sub_indication", "covers", "checks"}
CHECK_KEYS = {"id", "status", "clause", "message"}
PASSED, FAILED, OPEN, USAGE, UNREADABLE = 0, 1, 2, 64, 66


@pytest.fixture(scope="module")
def world() -> PkiWorld:
    return PkiWorld()


@pytest.fixture
def shelf(world: PkiWorld, tmp_path: Path) -> Path:
    """A folder of files from a world this machine knows nothing of."""
    folder = tmp_path / "shelf"
    (folder / "anchors").mkdir(parents=True)
    (folder / "evidence").mkdir()
    (folder / "anchors" / "root.pem").write_bytes(encode_pem("CERTIFICATE", world.root.der))
    (folder / "anchors" / ".hidden").write_bytes(b"not looked at")
    (folder / "evidence" / "issuing.cer").write_bytes(world.issuing.der)
    (folder / "evidence" / "issuing.crl").write_bytes(world.crl().der)
    (folder / "evidence" / "root.crl").write_bytes(world.crl(issuer=world.root).der)
    (folder / "content").write_bytes(b"content")
    (folder / "detached.p7s").write_bytes(signed_message(world, detached=True))
    attached = signed_message(world, detached=False)
    (folder / "attached.p7m").write_bytes(attached)
    (folder / "bad.p7m").write_bytes(attached[:-1] + bytes((attached[-1] ^ 1,)))
    return folder


def _one(ran: Ran) -> dict[str, Any]:
    (found,) = ran.objects()
    return found


def test_a_licence_of_the_home_passes_and_keeps_the_contract(terminal: Terminal, issued: Issued) -> None:
    ran = terminal.run("verify", issued.document, "--home", issued.home, "--offline", "--format", "json")
    assert (ran.status, ran.err) == (PASSED, "")
    verdict = _one(ran)
    assert set(verdict) >= FILE_KEYS
    assert (verdict["file"], verdict["format"]) == (str(issued.document), "pdf")
    assert verdict["indication"] == "TOTAL-PASSED"
    assert verdict["licence"]["identifier"] == issued.identifier
    for signature in verdict["signatures"]:
        assert set(signature) >= SIGNATURE_KEYS
        assert all(set(check) >= CHECK_KEYS for check in signature["checks"])


def test_several_files_answer_in_order_with_the_worst_status(terminal: Terminal, issued: Issued, shelf: Path) -> None:
    rows = (
        ((issued.document,), PASSED),
        ((issued.document, shelf / "attached.p7m"), OPEN),
        ((issued.document, shelf / "attached.p7m", shelf / "bad.p7m"), FAILED),
        ((issued.document, issued.document), PASSED),
    )
    for files, status in rows:
        ran = terminal.run("verify", *files, "--home", issued.home, "--offline", "--format", "json")
        assert ran.status == status
        assert [each["file"] for each in ran.objects()] == [str(file) for file in files]


def test_a_file_that_is_not_there_does_not_silence_the_others(terminal: Terminal, shelf: Path) -> None:
    ran = terminal.run("verify", shelf / "attached.p7m", shelf / "absent", shelf / "bad.p7m", "--format", "json")
    assert ran.status == FAILED  # the graver of the two
    assert ran.code == "app:input:unreadable"
    assert "(file=absent)" in ran.err
    assert [each["file"] for each in ran.objects()] == [str(shelf / "attached.p7m"), str(shelf / "bad.p7m")]
    ran = terminal.run("verify", shelf / "absent", shelf / "attached.p7m", "--format", "json")
    assert (ran.status, len(ran.objects())) == (UNREADABLE, 1)


def test_anchors_and_evidence_come_from_files_and_folders(terminal: Terminal, shelf: Path) -> None:
    anchor, folder = shelf / "anchors" / "root.pem", shelf / "evidence"
    rows: tuple[tuple[tuple[str | Path, ...], int], ...] = (
        ((), OPEN),
        (("--trust", anchor), OPEN),
        (("--evidence", folder), OPEN),
        (("--trust", shelf / "anchors", "--evidence", folder), PASSED),
        (("--trust", anchor, *(part for each in sorted(folder.iterdir()) for part in ("--evidence", each))), PASSED),
        (("--trust", anchor, "--evidence", folder / "issuing.cer"), OPEN),
        (("--trust", anchor, "--evidence", folder, "--at", "2026-10-01T00:00:00+08:00"), FAILED),
        (("--trust", anchor, "--evidence", folder, "--at", "0001-01-01T00:00:00Z"), FAILED),
        (("--trust", anchor, "--evidence", folder, "--at", "9999-12-31T23:59:59Z"), OPEN),
        (("--trust", anchor, "--evidence", folder, "--at", "2026-12-01T08:00:00+08:00"), PASSED),
    )
    for options, status in rows:
        at = () if "--at" in options else AT
        ran = terminal.run("verify", shelf / "attached.p7m", *options, *at, "--offline")
        assert ran.status == status, (options, ran.out)


def test_content_of_a_detachedsigned_message(terminal: Terminal, shelf: Path, tmp_path: Path) -> None:
    trusted = ("--trust", shelf / "anchors", "--evidence", shelf / "evidence", *AT, "--offline", "--format", "json")
    (tmp_path / "other").write_bytes(b"other content")
    rows = (
        (("--content", shelf / "content"), PASSED, None),
        ((), OPEN, "SIGNED_DATA_NOT_FOUND"),
        (("--content", tmp_path / "other"), FAILED, "HASH_FAILURE"),
    )
    for options, status, sub in rows:
        ran = terminal.run("verify", shelf / "detached.p7s", *options, *trusted)
        assert ran.status == status
        assert _one(ran)["sub_indication"] == sub


POLICIES = {
    "unknown key": 'colour = "red"',
    "wrong word": 'revocation = "never"',
    "wrong type": "clock_tolerance_seconds = true",
    "unknown suite": 'suites = ["md5-rsa"]',
    "not TOML": "= = =",
    "not text": "\x00\x01",
    "huge": "#" * 70_000,
}


@pytest.mark.parametrize("text", POLICIES.values(), ids=POLICIES.keys())
def test_a_malformed_policy_is_refused_by_name(terminal: Terminal, shelf: Path, tmp_path: Path, text: str) -> None:
    (tmp_path / "policy.toml").write_text(text, "utf-8")
    ran = terminal.run("verify", shelf / "attached.p7m", "--policy", tmp_path / "policy.toml")
    ran.require_refusal("verifier:policy:malformed", 78)


def test_a_policy_decides(terminal: Terminal, shelf: Path, tmp_path: Path) -> None:
    trusted = ("--trust", shelf / "anchors", "--evidence", shelf / "evidence", *AT, "--offline")
    rows = (('name = "mine"', PASSED), ('signature_timestamp = "required"', OPEN), ('digests = ["sha256"]', OPEN))
    for text, status in rows:
        (tmp_path / "policy.toml").write_text(text, "ascii")
        ran = terminal.run("verify", shelf / "attached.p7m", *trusted, "--policy", tmp_path / "policy.toml")
        assert ran.status == status, text


def test_words_follow_the_locale(
    terminal: Terminal, shelf: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    english = terminal.run("verify", shelf / "attached.p7m", "--offline")
    monkeypatch.setenv("LC_ALL", "zh_CN.UTF-8")
    chinese = terminal.run("verify", shelf / "attached.p7m", "--offline")
    assert english.out.isascii() is False or "INDETERMINATE" in english.out
    assert "INDETERMINATE" in chinese.out
    assert "签" in chinese.out
    assert "签" not in english.out.replace(str(shelf), "").replace("电子证照签发专用章", "").replace("示例签发CA", "")
    refused = terminal.run("verify", tmp_path / "absent")
    assert refused.code == "app:input:unreadable"
    assert not refused.err.splitlines()[0].removeprefix("trustkit: ").isascii()


def test_usage(terminal: Terminal, shelf: Path, tmp_path: Path) -> None:
    file = shelf / "attached.p7m"
    rows: tuple[tuple[str | Path, ...], ...] = (
        (),
        (file, "--at", "yesterday"),
        (file, "--at", "2026-12-01"),
        (file, "--at", "2026-12-01T00:00:00"),
        (file, "--at", "0001-01-01T00:00:00+14:00"),
        (file, "--at", "9999-12-31T23:59:59-12:00"),
        (file, "--format", "xml"),
        (file, "--no-such-option"),
    )
    for arguments in rows:
        ran = terminal.run("verify", *arguments)
        assert (ran.status, ran.out) == (USAGE, ""), arguments
        assert ran.err
    ran = terminal.run("verify", file, "--home", tmp_path / "nowhere")
    ran.require_refusal("app:home:missing", 78)


def test_what_cannot_be_read_at_all(terminal: Terminal, shelf: Path, tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    file = shelf / "attached.p7m"
    rows: tuple[tuple[tuple[str | Path, ...], str], ...] = (
        ((tmp_path / "absent",), "app:input:unreadable"),
        ((tmp_path / "folder",), "app:input:empty"),
        ((tmp_path / "folder", "--out", "v.ndjson"), "app:input:empty"),
        (("x" * 300,), "app:input:unreadable"),
        ((file, "--content", tmp_path / "absent"), "app:input:unreadable"),
        ((file, "--evidence", tmp_path / "absent"), "app:input:unreadable"),
        ((file, "--trust", tmp_path / "absent"), "app:input:unreadable"),
        ((file, "--policy", tmp_path / "absent"), "app:input:unreadable"),
    )
    for arguments, code in rows:
        terminal.run("verify", *arguments).require_refusal(code, UNREADABLE)


def test_an_empty_file_gets_a_verdict(terminal: Terminal, tmp_path: Path) -> None:
    (tmp_path / "empty").touch()
    ran = terminal.run("verify", tmp_path / "empty", "--format", "json")
    assert ran.status == 1
    verdict = json.loads(ran.out)
    assert (verdict["indication"], verdict["sub_indication"]) == ("TOTAL-FAILED", "FORMAT_FAILURE")
    assert verdict["checks"][0]["code"] == "app:input:empty"
    ran = terminal.run("verify", tmp_path / "empty", "--content", tmp_path / "empty")
    ran.require_refusal("app:input:empty", UNREADABLE)


def test_an_anchor_that_is_none_is_refused(terminal: Terminal, shelf: Path, tmp_path: Path) -> None:
    (tmp_path / "junk").write_bytes(b"junk")
    (tmp_path / "none.pem").write_bytes(encode_pem("PUBLIC KEY", b"\x30\x00"))
    rows = ((tmp_path / "junk", "x509:certificate:malformed"), (tmp_path / "none.pem", "x509:certificate:malformed"))
    for anchor, code in rows:
        ran = terminal.run("verify", shelf / "attached.p7m", "--trust", anchor)
        ran.require_refusal(code, 65)


@pytest.mark.parametrize("row", told.ROWS, ids=[row.file for row in told.ROWS])
def test_files_nobody_here_wrote(terminal: Terminal, row: told.Row) -> None:
    options = [outside(option) if "/" in option else option for option in row.options]
    ran = terminal.run("verify", outside(row.file), *options, "--at", told.AT, "--offline", "--format", "json")
    verdict = _one(ran)
    assert verdict["indication"] == row.told, (verdict["sub_indication"], verdict["checks"])
    assert ran.status == {"TOTAL-PASSED": PASSED, "TOTAL-FAILED": FAILED, "INDETERMINATE": OPEN}[row.told]


def test_verifying_leaves_an_entry_without_the_files_name(terminal: Terminal, issued: Issued, tmp_path: Path) -> None:
    named = tmp_path / "张示例.pdf"
    shutil.copy(issued.document, named)
    assert terminal.run("verify", named, "--home", issued.home, "--offline").status == PASSED
    listed = terminal.run("audit", "list", "--home", issued.home, "--format", "json")
    assert any(entry["type"] == "verifier:file:verified" for entry in listed.objects())
    assert "张示例" not in listed.out
