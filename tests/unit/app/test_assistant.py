"""What assistants hand in and ask about: files of one folder alone, and words of verdicts and refusals."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

import pytest

from trustkit.api_codes import ApiCode
from trustkit.app import assistant_asked
from trustkit.app.assistant_asked import read_asked
from trustkit.app.assistant_words import explain
from trustkit.code_families import EVERY_CODE
from trustkit.errors import ErrorCode, TrustError
from trustkit.verdict import CheckId, CheckStatus, Indication

if TYPE_CHECKING:
    from pathlib import Path

    from trustkit.error_family import Code


@pytest.fixture
def root(tmp_path: Path) -> Path:
    folder = tmp_path / "root"
    (folder / "inner").mkdir(parents=True)
    (folder / "inner" / "许可证.pdf").write_bytes(b"%PDF-")
    (folder / "inner" / "inside").symlink_to(folder / "inner" / "许可证.pdf")
    (tmp_path / "secret").write_bytes(b"secret")
    (tmp_path / "root-2").mkdir()
    (tmp_path / "root-2" / "file").write_bytes(b"secret")
    (folder / "link").symlink_to(tmp_path / "secret")
    (folder / "folder").symlink_to(tmp_path)
    (folder / "loop").symlink_to(folder / "loop")
    os.mkfifo(folder / "pipe")
    return folder


def asked(root: Path | None, **more: str | None) -> Any:
    return read_asked(root, **{"path": None, "text": None, "base64": None} | more)


def refused(root: Path | None, **more: str | None) -> Code:
    with pytest.raises(TrustError) as error:
        asked(root, **more)
    return error.value.code


def test_what_is_handed_in(root: Path) -> None:
    for path in ("inner/许可证.pdf", str(root / "inner" / "许可证.pdf"), "inner/../inner/许可证.pdf"):
        found = asked(root, path=path)
        assert (found.name, found.data) == ("许可证.pdf", b"%PDF-")
    assert asked(root, path="inner/inside").data == b"%PDF-"
    assert asked(None, text="TKL1:ABC").data == b"TKL1:ABC"
    assert asked(None, base64="AAE=").data == b"\x00\x01"
    assert b"secret" not in repr(asked(None, text="secret")).encode()


@pytest.mark.parametrize(
    "path",
    ["../secret", "link", "folder/secret", "../root-2/file", "/etc/hostname", "inner/../../secret", "a\0b", "loop"],
)
def test_nothing_outside_the_folder_is_read(root: Path, path: str) -> None:
    assert refused(root, path=path) in {ApiCode.ASSISTANT_OUTSIDE, ErrorCode.INPUT_UNREADABLE}
    if path != "loop":
        assert refused(root, path=path) is ApiCode.ASSISTANT_OUTSIDE
    assert refused(None, path=path) is ApiCode.ASSISTANT_OUTSIDE


def test_a_link_laid_meanwhile_leads_nowhere(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    opened = os.open

    def after_it_was_laid(path: Path, flags: int) -> int:
        (root / "inner" / "许可证.pdf").unlink()
        (root / "inner" / "许可证.pdf").symlink_to(root.parent / "secret")
        return opened(path, flags)

    monkeypatch.setattr(os, "open", after_it_was_laid)
    assert refused(root, path="inner/许可证.pdf") is ApiCode.ASSISTANT_OUTSIDE


@pytest.mark.parametrize(
    ("more", "code"),
    [
        ({}, ErrorCode.USAGE),
        ({"text": "a", "base64": "YQ=="}, ErrorCode.USAGE),
        ({"path": "none"}, ErrorCode.INPUT_UNREADABLE),
        ({"path": "inner"}, ErrorCode.INPUT_UNREADABLE),
        ({"path": "pipe"}, ErrorCode.INPUT_UNREADABLE),
        ({"base64": "YQ"}, ErrorCode.BASE64_MALFORMED),
        ({"text": "x" * (assistant_asked.MAX_TEXT + 1)}, ErrorCode.INPUT_TOO_LARGE),
        ({"base64": "x" * (assistant_asked.MAX_BASE64 + 1)}, ErrorCode.INPUT_TOO_LARGE),
    ],
)
def test_what_cannot_be_taken(root: Path, more: dict[str, str], code: ErrorCode) -> None:
    assert refused(root, **more) is code


def test_a_file_has_a_bound(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(assistant_asked, "MAX_FILE", 4)
    assert refused(root, path="inner/许可证.pdf") is ErrorCode.INPUT_TOO_LARGE


def test_every_check_code_and_indication_is_explained() -> None:
    for check in CheckId:
        found: Any = explain(check.value)
        assert found["clause"]
        assert set(found["outcomes"]) == {each.value for each in CheckStatus}
        assert found["outcomes"]["FAILED"]["zh"]["remedy"]
    for code in EVERY_CODE:
        found = explain(f" {code.value}\n")
        assert found["kind"] == "error"
        assert found["en"]["sentence"]
        assert found["zh"]["remedy"]
        assert found["http_status"] >= 400
    for indication in Indication:
        found = explain(indication.value)
        assert (found["kind"], bool(found["zh"]["sentence"])) == ("indication", True)


def test_a_word_nobody_knows_is_told_what_is_like_it() -> None:
    with pytest.raises(TrustError, match="certificate:revocation:good") as refusal:
        explain("certificate:revocation")
    assert refusal.value.code is ApiCode.ASSISTANT_WORD
    for word in ("", "x" * 100_000, "\0"):
        with pytest.raises(TrustError) as refusal:
            explain(word)
        assert refusal.value.code is ApiCode.ASSISTANT_WORD
