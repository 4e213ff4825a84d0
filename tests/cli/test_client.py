"""API clients at the terminal: what they are granted is said, shown and changed; and who speaks for machines is enrolled."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    from tests.support.terminal import Terminal

GRANT = ("--may", "request", "--profile", "device", "--authority", "issuing", "--name", "O=示范局", "--name", "CN=s-*")


def test_a_client_is_granted_what_is_said_and_nothing_else(
    terminal: Terminal, home: Path, passphrase_file: Path
) -> None:
    where = ("--home", home, "--passphrase-file", passphrase_file)
    added = terminal.run("ca", "client", "add", "factory", "--role", "requester", *where, "--format", "json").objects()[
        0
    ]
    assert (added["may"], added["profiles"], added["names"]) == ([], [], [])
    listed = terminal.run("ca", "client", "list", "--home", home)
    assert "may do nothing" in " ".join(listed.out.split())
    granted = terminal.run("ca", "client", "grant", "factory", *GRANT, *where)
    assert granted.status == 0, granted.err
    assert "names: O=示范局, CN=s-*" in granted.out
    (shown,) = terminal.run("ca", "client", "list", "--home", home, "--format", "json").objects()
    assert shown["may"] == ["request"]
    assert (shown["profiles"], shown["authorities"], shown["names"]) == (
        ["device"],
        ["issuing"],
        ["CN=s-*", "O=示范局"],
    )
    for wrong, code in (
        (("--profile", "nothing"), "web:request:missing"),
        (("--authority", "nothing"), "ca:authority:missing"),
        (("--name", "DNS=*example.cn"), "app:call:usage"),
        (("--may", "revoke"), "app:call:usage"),
    ):
        refused = terminal.run("ca", "client", "grant", "factory", *wrong, *where)
        assert refused.code == code, refused.err
        refused.require_refusal(code, refused.status)
    missing = terminal.run("ca", "client", "grant", "nobody", *where)
    missing.require_refusal("ca:client:missing", 66)
    with closing(sqlite3.connect(home / "store.sqlite")) as connection, connection:
        connection.execute("UPDATE ca_clients SET granted = '{}'")
    damaged = terminal.run("ca", "client", "list", "--home", home)
    assert damaged.status == 0, damaged.err  # it grants nothing, and does not hide the others
    assert "may do nothing" in " ".join(damaged.out.split())


def test_the_service_is_enrolled_to_speak_for_machines(terminal: Terminal, home: Path, passphrase_file: Path) -> None:
    where = ("--home", home, "--passphrase-file", passphrase_file)
    wrong = terminal.run("ca", "operator", "add", "doors", "--role", "registrar", "--machines", *where)
    assert wrong.status != 0
    enrolled = terminal.run("ca", "operator", "add", "doors", "--role", "requester", "--machines", *where)
    assert enrolled.status == 0, enrolled.err
    assert len(list((home / "keys").glob("machines-*"))) == 1
