"""The real program in a process of its own, and what the machine under it can refuse: disk, port, pipe, descriptor."""

from __future__ import annotations

import json
import os
import resource
import socket
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest
from typer.main import get_command

from tests.support.authority import NAME, PASSPHRASE, SAMPLE, USCC, make_home
from tests.support.terminal import ROOT, environment, program
from trustkit.app.cli.asked_tree import asked_tree
from trustkit.app.cli.commands import application
from trustkit.app.cli.main import command_tree

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.support.authority import Issued
    from tests.support.terminal import Terminal

DISK, STOPPED = 74, 130
HEAVY = ("cryptography", "sqlalchemy", "fastapi", "pyhanko", "typst", "fontTools", "asn1crypto", "httpx", "rich.table")


def _commands() -> Iterator[tuple[str, ...]]:
    tree = command_tree()
    for name, command in tree.commands.items():  # type: ignore[attr-defined]  # a group has commands
        yield (name,)
        yield from ((name, inner) for inner in getattr(command, "commands", {}))


COMMANDS = [(), *_commands()]


@pytest.mark.parametrize("command", COMMANDS, ids=[" ".join(each) or "trustkit" for each in COMMANDS])
def test_every_command_explains_itself(terminal: Terminal, command: tuple[str, ...]) -> None:
    ran = terminal.run(*command, "--help")
    assert (ran.status, ran.err) == (0, "")
    assert ran.out.startswith("Usage: ")
    assert len(ran.out.splitlines()) > 5


def test_asking_for_help_loads_nothing_heavy() -> None:
    check = (
        "import sys; from trustkit.app.cli.main import run; assert run(['verify', '--help']) == 0;"
        f"print([name for name in {HEAVY!r} if name in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", check], capture_output=True, text=True, check=True, env=environment(), cwd=ROOT
    )
    assert done.stdout.splitlines()[-1] == "[]"


def test_a_call_loads_no_command_but_its_own() -> None:
    check = (
        "import sys; from trustkit.app.cli.main import run; assert run(['idp', 'serve', '--help']) == 0;"
        "print(sorted(name for name in sys.modules if name.startswith('trustkit.app.cli.s')))"
    )
    done = subprocess.run(
        [sys.executable, "-c", check], capture_output=True, text=True, check=True, env=environment(), cwd=ROOT
    )
    assert done.stdout.splitlines()[-1] == "[]"


def _words(command: Any, *before: str) -> Iterator[tuple[str, ...]]:
    for name, each in getattr(command, "commands", {}).items():
        yield (*before, name)
        yield from _words(each, *before, name)


@pytest.mark.parametrize(
    ("words", "made"),
    [
        (("verify", "a.pdf"), [("verify",)]),
        (("idp", "serve", "--port", "1"), [("idp",), ("idp", "serve")]),
        (("idp", "user", "add", "verify"), [("idp",), ("idp", "user"), ("idp", "user", "add")]),
    ],
)
def test_a_call_makes_no_command_but_its_own(words: tuple[str, ...], made: list[tuple[str, ...]]) -> None:
    assert list(_words(asked_tree(application(words), words))) == made


@pytest.mark.parametrize("words", [(), ("--help",), ("verfy",), ("srve", "idp")])
def test_words_that_name_nothing_leave_every_command(words: tuple[str, ...]) -> None:
    assert list(_words(asked_tree(application(words), words))) == list(_words(get_command(application())))


@pytest.mark.parametrize("words", [("idp",), ("idp", "--help"), ("idp", "srve"), ("idp", "--help", "serve")])
def test_words_that_name_a_group_leave_all_of_it(words: tuple[str, ...]) -> None:
    whole = [each for each in _words(get_command(application())) if each[0] == "idp"]
    assert list(_words(asked_tree(application(words), words))) == whole


def test_making_a_call_takes_no_command_from_the_next() -> None:
    asked_tree(application(), ("idp", "serve"))
    assert len(list(_words(asked_tree(application(), ())))) > 100


@pytest.mark.slow
def test_exit_statuses_reach_the_shell(issued: Issued, tmp_path: Path) -> None:
    tampered = tmp_path / "tampered.pdf"
    octets = bytearray(issued.document.read_bytes())
    octets[len(octets) // 3] ^= 1
    tampered.write_bytes(octets)
    home = {"TRUSTKIT_HOME": str(issued.home)}
    ran = program("verify", issued.document, tampered, "--offline", "--format", "json", env=home, cwd=tmp_path)
    assert (ran.status, [each["indication"] for each in ran.objects()]) == (1, ["TOTAL-PASSED", "TOTAL-FAILED"])
    ran = program("verify", tmp_path / "absent", env={**home, "LC_ALL": "zh_CN.UTF-8"}, cwd=tmp_path)
    assert ran.status == 66
    assert "文件" in ran.err


def test_a_passphrase_through_a_descriptor(home: Path, tmp_path: Path) -> None:
    reading, writing = os.pipe()
    os.write(writing, PASSPHRASE + b"\n")
    os.close(writing)
    try:
        ran = program(
            "ca", "publish", "--home", home, "--passphrase-fd", str(reading), pass_fds=(reading,), cwd=tmp_path
        )
    finally:
        os.close(reading)
    assert (ran.status, ran.err) == (0, "")
    assert "CRL of root" in ran.out


def test_a_reader_that_goes_away_is_no_error(home: Path, tmp_path: Path) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    try:
        done = subprocess.run(
            [sys.executable, "-m", "trustkit.app", "ca", "list", "--home", str(home)],
            stdout=writing,
            stderr=subprocess.PIPE,
            check=False,
            env=environment(),
            cwd=tmp_path,
        )
    finally:
        os.close(writing)
    assert (done.returncode, done.stderr) == (STOPPED, b"")


def test_a_port_in_use(terminal: Terminal, home: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        ran = terminal.run("serve", "--home", home, "--port", str(taken.getsockname()[1]))
    ran.require_refusal("app:port:in-use", DISK)
    ran = terminal.run("serve", "--home", home, "--host", "192.0.2.1")  # TEST-NET-1: never this machine's
    assert ran.code.startswith("app:port:")
    assert terminal.run("serve", "--home", home, "--port", "0").status == 64
    assert terminal.run("serve", "--home", home, "--host", "no such host").code.startswith("app:port:")


def test_a_wrong_passphrase_is_told_before_anything_listens(
    terminal: Terminal, home: Path, passphrase_file: Path
) -> None:
    passphrase_file.write_bytes(b"not the passphrase")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = str(probe.getsockname()[1])
    ran = terminal.run("serve", "--home", home, "--port", port, "--passphrase-file", passphrase_file)
    assert (ran.status, "custody:passphrase:wrong" in ran.err) == (77, True)


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("trust/letter.txt", "x509:certificate:malformed"),
        ("policies/validation/default.toml", "verifier:policy:malformed"),
    ],
)
def test_anchors_and_rules_nobody_can_read_are_told_before_anything_listens(
    terminal: Terminal, home: Path, name: str, code: str
) -> None:
    (home / name).write_text("no certificate, no policy", "utf-8")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = str(probe.getsockname()[1])
    ran = terminal.run("serve", "--home", home, "--port", port)
    assert (ran.code, ran.out) == (code, "")
    told = terminal.run("doctor", "--home", home)
    assert code in told.out


def test_a_disk_without_room_for_a_home_leaves_none(tmp_path: Path, passphrase_file: Path) -> None:
    def small() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, 20_000))

    place = tmp_path / "new"
    options = ("--name", NAME, "--uscc", USCC, "--home", place / "home", "--passphrase-file", passphrase_file)
    ran = program("init", *options, preexec_fn=small, cwd=tmp_path)
    assert ran.code in {"app:disk:full", "app:disk:unwritable"}
    assert ran.status == DISK
    assert list(place.iterdir()) == []


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """Give a file system of four megabytes, where this user may mount one."""
    place = tmp_path / "disk"
    place.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=4m,mode=0700", "tmpfs", str(place)], capture_output=True, check=False
    )
    if mounted.returncode:
        pytest.skip("a file system of its own cannot be mounted here")
    yield place
    subprocess.run(["umount", str(place)], check=True)


def test_a_full_disk_issues_whole_licences_or_none(
    terminal: Terminal, small_disk: Path, passphrase_file: Path, tmp_path: Path
) -> None:
    home = make_home(small_disk / "home")
    keys = ("--home", home, "--passphrase-file", passphrase_file, "--format", "json")
    ballast = small_disk / "ballast"
    stat = os.statvfs(small_disk)
    free = stat.f_bavail * stat.f_frsize
    for left in (600_000, 300_000, 150_000, 90_000, 40_000, 8_192, 0):
        ballast.write_bytes(bytes(max(0, free - left)))
        ran = terminal.run(
            "licence", "issue", "--type", "business-licence", "--data", SAMPLE, "--out", tmp_path / f"{left}.pdf", *keys
        )
        ballast.unlink()
        if ran.status:
            assert ran.code == "app:disk:full", ran.err
            assert ran.status == DISK
        listed = terminal.run("licence", "list", "--home", home, "--format", "json").objects()
        written = sorted(path.name for path in tmp_path.glob("*.pdf*"))
        assert len([row for row in listed if row["state"] == "issued"]) == len(written)
        assert (f"{left}.pdf" in written) == (ran.status == 0)
        stat = os.statvfs(small_disk)
        free = stat.f_bavail * stat.f_frsize
    assert len(written) < 7, "the disk was never full: the test proved nothing"
    assert terminal.run("licence", "issue", "--type", "business-licence", "--data", SAMPLE, *keys).status == 0
    trail = terminal.run("audit", "list", "--home", home, "--format", "json").out
    for row in terminal.run("licence", "list", "--home", home, "--format", "json").objects():
        entries = [entry for entry in map(json.loads, trail.splitlines()) if entry["object_id"] == row["identifier"]]
        told = {entry["type"].rsplit(":", 1)[1] for entry in entries}
        assert told == {"intent": {"intended"}}.get(row["state"], {"intended", row["state"]})


def test_a_full_disk_at_the_output_alone(
    terminal: Terminal, small_disk: Path, home: Path, passphrase_file: Path, tmp_path: Path
) -> None:
    (small_disk / "ballast").write_bytes(bytes(4_187_000))
    out = small_disk / "licence.pdf"
    keys = ("--home", home, "--passphrase-file", passphrase_file)
    ran = terminal.run("licence", "issue", "--type", "business-licence", "--data", SAMPLE, "--out", out, *keys)
    ran.require_refusal("app:disk:full", DISK)
    assert [path.name for path in small_disk.iterdir()] == ["ballast"]
    (row,) = terminal.run("licence", "list", "--home", home, "--format", "json").objects()
    assert row["state"] == "issued"
    assert row["identifier"] in ran.err  # told, so that nobody issues it a second time
    saved = tmp_path / "saved.pdf"
    assert terminal.run("licence", "export", row["identifier"], "--out", saved, "--home", home).status == 0
    assert terminal.run("verify", saved, "--home", home, "--offline").status == 0
