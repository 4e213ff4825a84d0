"""``trustkit renew`` of OFD: until when each passes is told, and that nothing makes it longer."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.support.ofd_pages import plain_ofd
from tests.support.seal_office import open_office

if TYPE_CHECKING:
    from pathlib import Path

    from tests.support.terminal import Terminal
    from trustkit.app.authority import Authority

JSON = ("--format", "json")
DUE = ("--within", "3600d")


@pytest.fixture
def sealed(terminal: Terminal, authority: Authority, passphrase_file: Path, tmp_path: Path) -> Path:
    """Give a folder with an OFD sealed by the registry's seal, and one without a signature."""
    open_office(authority).made()
    folder = tmp_path / "estate"
    folder.mkdir()
    plain = tmp_path / "permit.ofd"
    plain.write_bytes(plain_ofd())
    (folder / "unsigned.ofd").write_bytes(plain_ofd())
    (folder / "note.txt").write_bytes(b"x")
    signs = ("--home", authority.settings.home, "--passphrase-file", passphrase_file)
    place = ("--page", "1", "--at", "5,5", "--out", folder / "permit.ofd")
    assert terminal.run("sign", plain, *signs, *place).status == 0
    return folder


def test_the_end_is_told_and_nothing_is_written(
    terminal: Terminal, authority: Authority, passphrase_file: Path, sealed: Path, tmp_path: Path
) -> None:
    home = ("--home", authority.settings.home)
    left, permit, unsigned = terminal.run("renew", sealed, "--dry-run", *home, *JSON).objects()
    assert (left["status"], left["detail"]) == ("left-alone", "it is neither PDF nor OFD")
    assert (permit["status"], permit["indication"]) == ("not-due", "TOTAL-PASSED")
    prospect = permit["prospect"]
    assert (prospect["proof"], prospect["lost"][0]["form"]) == ("signature-stamp", "ofd-seal-v4")
    assert prospect["good_until"] > "2027"
    assert unsigned["status"] == "not-passing"
    before = (sealed / "permit.ofd").read_bytes()
    for place in (("--dry-run",), ("--in-place", "--passphrase-file", passphrase_file)):
        ran = terminal.run("renew", sealed / "permit.ofd", *DUE, *place, *home, *JSON)
        (told,) = ran.objects()
        assert (ran.status, told["status"], told["code"]) == (1, "not-renewable", "esign:ofd:no-archive")
        assert told["prospect"] == prospect
    out = tmp_path / "renewed"
    said = terminal.run(
        "renew", sealed / "permit.ofd", *DUE, "--out-dir", out, *home, "--passphrase-file", passphrase_file
    )
    assert said.status == 1
    assert "no archive time stamp" in said.out
    assert "sealed anew" in said.out
    assert (sealed / "permit.ofd").read_bytes() == before
    assert not list(out.glob("*.ofd"))
