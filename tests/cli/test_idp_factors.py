"""An operator looks after factors at the terminal: listed, an app enrolled by the QR code, removed, waits ended."""

from __future__ import annotations

import hashlib
import os
import pty
import re
import subprocess
import sys
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from pyotp import TOTP

from idp.factors.enroller import verify_operator
from tests.support.terminal import SECONDS, environment
from trustkit.app.idp_factors import HomeFactors
from trustkit.app.idp_home import open_identity
from trustkit.clock import SystemClock
from trustkit.custody.passphrase import passphrase_from_file

if TYPE_CHECKING:
    from tests.support.terminal import Terminal


@pytest.fixture
def person(terminal: Terminal, home: Path, secret: tuple[str, str]) -> str:
    """Return somebody with a password."""
    assert terminal.run("idp", "init", "--home", home, *secret).status == 0
    with open_identity(home, passphrase_from_file(Path(secret[1]))) as identity:
        now = identity.clock.now()
        with identity.database.unit_of_work() as uow:
            person = identity.people.create(uow, login_name="li.hua", now=now, actor=identity.operator)
        enroller = verify_operator(identity.operator, person, now=now)
        HomeFactors(home=identity).passwords.put(enroller, "correct horse battery", now=now)
    return person


def at_a_terminal(*arguments: str | Path, code_after: str) -> str:
    """Run the program where somebody sits, type the code of the secret it shows, and return what it said."""
    master, slave = pty.openpty()
    command = [sys.executable, "-m", "trustkit.app", *map(str, arguments)]
    with subprocess.Popen(command, stdin=slave, stdout=slave, stderr=slave, env=environment()) as child:
        os.close(slave)
        try:
            said = b""  # decoded whole: a read may end within a letter
            while code_after.encode() not in said:
                said += os.read(master, 65536)
            found = re.search(r"^([A-Z2-7 ]{20,})\r?$", said.decode(), flags=re.MULTILINE)
            assert found is not None
            code = TOTP(found.group(1).replace(" ", "")).at(SystemClock().now())
            os.write(master, f"{code}\n".encode())
            with suppress(OSError):  # Linux says so when the other side of a terminal is closed
                while piece := os.read(master, 65536):
                    said += piece
            assert child.wait(SECONDS) == 0, said.decode()
        finally:
            child.kill()  # one that waits for a code would be waited for without end
            os.close(master)
    return said.decode()


def test_an_app_is_enrolled_listed_and_removed(
    terminal: Terminal, home: Path, secret: tuple[str, str], person: str
) -> None:
    said = at_a_terminal("idp", "factor", "enrol-totp", person, "--home", home, *secret, code_after="Code")
    assert "█" in said
    listed = terminal.run("idp", "factor", "list", person, "--home", home, "--format", "json").objects()
    assert [line["kind"] for line in listed] == ["password", "totp"]
    factor = listed[1]["factor"]
    assert f"Enrolled {factor}" in said
    removed = terminal.run("idp", "factor", "remove", person, factor, "--home", home, *secret)
    assert removed.status == 0, removed.err
    again = terminal.run("idp", "factor", "remove", person, factor, "--home", home, *secret)
    again.require_refusal("idp:factor:missing", 66)
    assert "totp" not in terminal.run("idp", "factor", "list", person, "--home", home).out
    told = terminal.run("audit", "list", "--home", home).out
    assert "idp:factor:removed" in told


def test_what_cannot_be_done_is_told(terminal: Terminal, home: Path, secret: tuple[str, str], person: str) -> None:
    released = terminal.run("idp", "factor", "release", person, "--home", home, *secret, "--format", "json")
    assert released.objects() == [{"person": person, "counts": 0}]
    options = ("--home", home, *secret)
    terminal.run("idp", "factor", "enrol-totp", person, *options).require_refusal("app:call:usage", 64)
    for act in (("release", "np-nobody"), ("remove", "np-nobody", "fa-x")):
        terminal.run("idp", "factor", *act, *options).require_refusal("idp:person:missing", 66)
    terminal.run("idp", "factor", "list", "np-nobody", "--home", home).require_refusal("idp:person:missing", 66)


def test_a_breached_password_is_refused(terminal: Terminal, home: Path, secret: tuple[str, str], person: str) -> None:
    password = "tram-lamp-oval-91"
    word = home / "word"
    word.touch(mode=0o600)
    word.write_text(password)
    change = ("idp", "user", "password", person, "--password-file", word, "--home", home, *secret)
    assert terminal.run(*change).status == 0
    digest = hashlib.sha1(password.encode(), usedforsecurity=False).hexdigest().upper()
    (home / "breached.txt").write_text(f"{digest}:7\n")
    settings = home / "settings.toml"
    settings.write_text(settings.read_text("utf-8") + '\n[idp]\nbreached_passwords = "breached.txt"\n', "utf-8")
    terminal.run(*change).require_refusal("idp:factor-password:weak", 77)
    (home / "breached.txt").write_text("")
    terminal.run(*change).require_refusal("idp:factor-password:list", 78)
