"""What commands show people is whole lines, each under a name in the language of the terminal."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from trustkit.app.cli.seal_words import named

if TYPE_CHECKING:
    from pathlib import Path

    import pytest

    from tests.support.terminal import Terminal

REQUEST = (
    *("request", "statement sm3", "requester", "at", "days", "expires", "needed", "seal kind", "version"),
    *("picture height", "picture width", "picture sm3", "picture type"),
)


def test_a_public_key_is_shown_as_it_goes_into_a_file(
    terminal: Terminal, tmp_path: Path, passphrase_file: Path
) -> None:
    key = tmp_path / "key.pem"
    ran = terminal.run("key", "make", "sm2", "--out", str(key), "--passphrase-file", str(passphrase_file))
    assert ran.status == 0
    lines = ran.out.splitlines()
    assert "\N{REPLACEMENT CHARACTER}" not in ran.out
    begin = lines.index("-----BEGIN PUBLIC KEY-----")
    assert lines[begin - 1] == "public key:"
    assert "-----END PUBLIC KEY-----" in lines[begin:]


def test_an_application_for_a_seal_is_told_in_chinese(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LC_ALL", "zh_CN.UTF-8")
    for name, _ in named((each, "x") for each in REQUEST):
        assert re.search("[\u4e00-\u9fff]", name), name
    assert named([("kind", "seal"), ("state", "lost")]) == (("种类", "seal"), ("状态", "挂失"))
