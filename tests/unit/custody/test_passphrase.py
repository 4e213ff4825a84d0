from __future__ import annotations

import copy
import getpass
import os
import pickle
import traceback
from typing import TYPE_CHECKING

import pytest

from trustkit.custody.passphrase import (
    MAX_OCTETS,
    Passphrase,
    passphrase_from_fd,
    passphrase_from_file,
    passphrase_from_prompt,
)
from trustkit.errors import ErrorCode, TrustError

if TYPE_CHECKING:
    from pathlib import Path

    from trustkit.error_family import Code

SECRET = b"correct horse battery"


def written(folder: Path, data: bytes, mode: int = 0o600) -> Path:
    path = folder / "passphrase"
    path.write_bytes(data)
    path.chmod(mode)
    return path


def piped(data: bytes) -> int:
    reading, writing = os.pipe()
    os.write(writing, data)
    os.close(writing)
    return reading


@pytest.mark.parametrize("ending", [b"", b"\n", b"\r\n"])
def test_one_line_end_is_dropped(tmp_path: Path, ending: bytes) -> None:
    assert passphrase_from_file(written(tmp_path, SECRET + ending)) == Passphrase(SECRET)
    descriptor = piped(SECRET + ending)
    assert passphrase_from_fd(descriptor) == Passphrase(SECRET)
    os.close(descriptor)  # it was left open


def test_everything_else_is_kept(tmp_path: Path) -> None:
    odd = " spaces \t and 口令 ".encode()
    assert passphrase_from_file(written(tmp_path, odd + b"\n")).reveal() == odd


@pytest.mark.parametrize(
    ("data", "mode", "code"),
    [
        (b"", 0o600, ErrorCode.PASSPHRASE_FILE),
        (b"\n", 0o600, ErrorCode.PASSPHRASE_FILE),
        (b"two lines\nof a letter", 0o600, ErrorCode.PASSPHRASE_FILE),
        (b"\x89PNG\r\n\x1a\n and so on", 0o600, ErrorCode.PASSPHRASE_FILE),
        (b"text and \0 a zero", 0o600, ErrorCode.PASSPHRASE_FILE),
        (b"not UTF-8 \xff\xfe at all", 0o600, ErrorCode.PASSPHRASE_FILE),
        (SECRET, 0o640, ErrorCode.KEY_FILE_MODE),
        (SECRET, 0o604, ErrorCode.KEY_FILE_MODE),
        (bytes(MAX_OCTETS + 3), 0o600, ErrorCode.PASSPHRASE_FILE),
        (b"x" * (MAX_OCTETS + 1), 0o600, ErrorCode.PASSPHRASE_FILE),
    ],
)
def test_files_refused(tmp_path: Path, data: bytes, mode: int, code: Code) -> None:
    with pytest.raises(TrustError) as caught:
        passphrase_from_file(written(tmp_path, data, mode))
    assert caught.value.code is code


def test_no_file(tmp_path: Path) -> None:
    with pytest.raises(TrustError) as caught:
        passphrase_from_file(tmp_path / "absent")
    assert caught.value.code is ErrorCode.PASSPHRASE_MISSING


@pytest.mark.parametrize(("data", "code"), [(b"", ErrorCode.PASSPHRASE_MISSING), (b"x" * 20_000, ErrorCode.USAGE)])
def test_descriptors_refused(data: bytes, code: Code) -> None:
    descriptor = piped(data)
    with pytest.raises(TrustError) as caught:
        passphrase_from_fd(descriptor)
    os.close(descriptor)
    assert caught.value.code is code
    with pytest.raises(TrustError) as caught:
        passphrase_from_fd(descriptor)
    assert caught.value.code is ErrorCode.PASSPHRASE_MISSING


def test_prompt() -> None:
    asked: list[str] = []

    def ask(text: str) -> str:
        asked.append(text)
        return "电子证照 passphrase"

    assert passphrase_from_prompt(confirm=True, ask=ask) == Passphrase("电子证照 passphrase".encode())
    assert len(asked) == 2
    assert passphrase_from_prompt(confirm=False, ask=ask).reveal()
    assert len(asked) == 3


def test_prompt_refused() -> None:
    answers = iter(["one", "other"])
    with pytest.raises(TrustError) as caught:
        passphrase_from_prompt(confirm=True, ask=lambda _text: next(answers))
    assert caught.value.code is ErrorCode.USAGE
    for failure in (EOFError(), OSError(), KeyboardInterrupt(), getpass.GetPassWarning()):

        def fail(_text: str, failure: BaseException = failure) -> str:
            raise failure

        with pytest.raises(TrustError) as caught:
            passphrase_from_prompt(confirm=False, ask=fail)
        assert caught.value.code is ErrorCode.PASSPHRASE_MISSING
    with pytest.raises(TrustError) as caught:
        passphrase_from_prompt(confirm=False, ask=lambda _text: "")
    assert caught.value.code is ErrorCode.PASSPHRASE_MISSING


@pytest.mark.parametrize(
    ("text", "weak"),
    [("elevenchars", True), ("twelve chars", False), ("电子证照" * 3, False), ("电子证照电子证照", True)],
)
def test_strength_counts_characters(text: str, weak: bool) -> None:  # noqa: FBT001 - a column of the table
    passphrase = Passphrase(text.encode())
    if not weak:
        passphrase.require_strength()
        return
    with pytest.raises(TrustError) as caught:
        passphrase.require_strength()
    assert caught.value.code is ErrorCode.PASSPHRASE_WEAK
    assert text not in str(caught.value)


def test_it_shows_nothing() -> None:
    passphrase = Passphrase(SECRET)
    for text in (repr(passphrase), str(passphrase), f"{passphrase}", f"{[passphrase]}"):
        assert "horse" not in text
    for act in (pickle.dumps, copy.copy, copy.deepcopy):
        with pytest.raises(TypeError) as caught:
            act(passphrase)
        assert "horse" not in "".join(traceback.format_exception(caught.value))
    with pytest.raises(TypeError):
        hash(passphrase)
    assert passphrase != Passphrase(b"another")
    assert passphrase != SECRET
