"""Administrators (三员) act by their office, in their own name: the real program, a real provider, and what each may not."""

from __future__ import annotations

import json
import sys
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from idp.evidence import BrokeredIdentity
from tests.support.authority import NAME, USCC
from tests.support.sign_in_place import Place, sign_in_place
from trustkit.app import official_login
from trustkit.audit import trail
from trustkit.store.administrators import Office

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.support.terminal import Ran, Terminal

FORBIDDEN, CONFLICT = 77, 73
NUMBER = "11010519491231002X"
PLAIN = ("--format", "json")


@pytest.fixture
def place(home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Place]:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    monkeypatch.setattr(official_login, "_WAIT", timedelta(seconds=6))
    with sign_in_place(home) as found:
        monkeypatch.setattr("webbrowser.open", found.browse)
        yield found


class Room:
    """A terminal at the home, and who signs in at it."""

    def __init__(self, terminal: Terminal, home: Path, passphrase_file: Path, place: Place) -> None:
        self.terminal, self.home, self.place = terminal, home, place
        self.secret = ("--passphrase-file", str(passphrase_file))

    def run(self, *words: str | Path, keys: bool = True) -> Ran:
        return self.terminal.run(*words, "--home", self.home, *(self.secret if keys else ()))

    def sign_in(self, person: str) -> None:
        """Let a person sign in anew, so that what he signed in for before is used up for nobody."""
        self.place.person, self.place.session = person, ""
        assert self.run("login", keys=False).status == 0

    def events(self) -> list[trail.TrailEntry]:
        with self.place.identity.database.reading() as unit:
            return list(trail.list_events(unit, limit=1000))

    def acted(self, person: str) -> list[str]:
        """Return what the trail says a person did by signing in for it."""
        kinds = {"app:official:acted", "app:official:raised"}
        return [str(each.facts["act"]) for each in self.events() if each.actor == person and each.type in kinds]


@pytest.fixture
def room(terminal: Terminal, home: Path, passphrase_file: Path, place: Place) -> Room:
    return Room(terminal, home, passphrase_file, place)


def _private(path: Path, text: str) -> Path:
    path.touch(mode=0o600)
    path.write_text(text + "\n", "utf-8")
    return path


def _identified(room: Room, tmp_path: Path, person: str, number: str) -> Ran:
    return room.run("idp", "user", "identify", person, "--number-file", _private(tmp_path / person, number))


def test_the_terminals_operator_appoints_the_first_and_nobody_after_him(room: Room, tmp_path: Path) -> None:
    first, second = room.place.official(), room.place.official()
    assert _identified(room, tmp_path, first, NUMBER).status == 0
    assert room.run("idp", "role", "assign", first, "security").status == 0
    (begun,) = (each for each in room.events() if each.type == "idp:office:assigned")
    assert begun.actor.startswith("operator:")
    # From now on the operator of the terminal administers no more, whatever it is.
    _identified(room, tmp_path, second, "110105194912310038").require_refusal("app:official:sign-in", FORBIDDEN)
    room.run("idp", "role", "assign", second, "audit").require_refusal("app:official:sign-in", FORBIDDEN)
    room.run("audit", "list", keys=False).require_refusal("app:official:sign-in", FORBIDDEN)
    room.run("idp", "keys", "rotate", "--algorithm", "ES256").require_refusal("app:official:sign-in", FORBIDDEN)
    room.sign_in(first)
    assert _identified(room, tmp_path, second, "110105194912310038").status == 0
    assert room.run("idp", "role", "assign", second, "audit").status == 0
    # One sign-in, one office; and the way back to the operator stays shut.
    room.run("idp", "role", "remove", second, "audit").require_refusal("app:official:step-up", FORBIDDEN)
    room.sign_in(first)
    room.run("idp", "role", "remove", first, "security").require_refusal("idp:office:own", FORBIDDEN)
    assert room.acted(first) == ["people", "offices"]
    assert {each.actor for each in room.events() if each.object_id == second and each.type.startswith("idp:off")} == {
        first
    }


def test_the_auditor_reads_the_trail_in_his_own_name(room: Room) -> None:
    room.place.administrator(Office.SECURITY)
    auditor = room.place.administrator(Office.AUDIT)
    room.sign_in(auditor)
    read = room.run("audit", "list", *PLAIN, keys=False)
    assert read.status == 0, read.err
    assert [each.actor for each in room.events() if each.type == "audit:trail:read"] == [auditor]
    assert room.acted(auditor) == ["trail"]


OF_THE_SYSTEM = (
    ("idp", "keys", "rotate", "--algorithm", "ES256"),
    ("idp", "client", "invite", "--days", "1"),
    ("ca", "client", "add", "portal", "--role", "requester"),
    ("ca", "publish"),
    ("ca", "accept-clock", "--yes"),
    ("licence", "recover"),
    ("ca", "renew", "seal", "--same-key", "--yes"),
    ("key", "make", "sm2", "--keep", "letters"),
)
OF_SECURITY = (
    ("idp", "user", "lock", "np-somebody", "--reason", "left"),
    ("idp", "factor", "release", "np-somebody"),
    ("idp", "link", "remove", "np-somebody", "a" * 64),
    ("idp", "mandate", "end", "md-none", "--reason", "left"),
    ("idp", "role", "assign", "np-somebody", "system"),
    ("ca", "operator", "revoke", "op-none"),
)
OF_AUDIT = (
    ("audit", "list"),
    ("audit", "verify"),
    ("audit", "review"),
    ("audit", "export", "trail.ndjson"),
    ("audit", "sign-off", "--upto", "1"),
)
TABLE = {Office.SYSTEM: OF_THE_SYSTEM, Office.SECURITY: OF_SECURITY, Office.AUDIT: OF_AUDIT}
KEYLESS = {"accept-clock", "recover", "audit"}


@pytest.mark.parametrize("office", Office)
def test_nobody_does_what_is_for_another_office(room: Room, office: Office) -> None:
    room.place.administrator(Office.SECURITY)
    room.sign_in(room.place.administrator(office))
    before = len(room.events())
    for other, acts in TABLE.items():
        for words in acts if other is not office else ():
            ran = room.run(*words, keys=not KEYLESS & set(words[:2]))
            ran.require_refusal("idp:office:missing", FORBIDDEN)
    assert len(room.events()) == before


@pytest.mark.parametrize("office", Office)
def test_who_administers_makes_himself_no_official(room: Room, tmp_path: Path, office: Office) -> None:
    room.place.administrator(Office.SECURITY)
    person = room.place.administrator(office)
    room.place.mandate(person, "*")
    room.sign_in(person)
    letter = tmp_path / "letter.txt"
    letter.write_text("a letter", "utf-8")
    room.run("sign", letter, "--form", "gbt35275").require_refusal("app:official:mandate", FORBIDDEN)
    room.run("timestamp", letter).require_refusal("app:official:mandate", FORBIDDEN)


def test_officials_do_not_administer(room: Room) -> None:
    room.place.administrator(Office.SECURITY)
    room.sign_in(room.place.official("*"))
    for acts in TABLE.values():
        for words in acts:
            ran = room.run(*words, keys=not KEYLESS & set(words[:2]))
            ran.require_refusal("idp:office:missing", FORBIDDEN)


def test_nobody_administers_himself(room: Room, tmp_path: Path) -> None:
    room.place.administrator(Office.SECURITY)
    person = room.place.administrator(Office.SECURITY)
    mandate = room.place.mandate(person, "tax")
    paper = tmp_path / "paper"
    paper.write_bytes(b"paper")
    given = ("--uscc", USCC, "--name", NAME, "--role", "handler", "--evidence", paper)
    room.sign_in(person)
    for words in (
        ("idp", "role", "assign", person, "audit"),
        ("idp", "role", "remove", person, "security"),
        ("idp", "user", "unlock", person),
        ("idp", "factor", "release", person),
        ("idp", "factor", "remove", person, "fa-none"),
        ("idp", "link", "remove", person, "a" * 64),
        ("idp", "mandate", "add", person, *given),
        ("idp", "mandate", "end", mandate, "--reason", "left"),
    ):
        room.run(*words).require_refusal("idp:office:own", FORBIDDEN)
    assert room.acted(person) == []


def test_an_office_lost_is_felt_at_once(room: Room) -> None:
    first, second = (room.place.administrator(Office.SECURITY) for _ in range(2))
    auditor = room.place.administrator(Office.AUDIT)
    room.sign_in(auditor)
    assert room.run("audit", "list", keys=False).status == 0
    room.sign_in(first)
    assert room.run("idp", "role", "remove", auditor, "audit").status == 0
    assert second
    room.sign_in(auditor)
    room.run("audit", "list", keys=False).require_refusal("idp:office:missing", FORBIDDEN)


def test_who_sits_at_the_terminal_is_asked_for_each_by_itself(
    room: Room, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys.stdin, "isatty", lambda: True)
    clerk, boss = room.place.official(), room.place.administrator(Office.SECURITY)
    paper = tmp_path / "paper"
    paper.write_bytes(b"paper")
    given = ("--uscc", USCC, "--name", NAME, "--role", "handler", "--evidence", paper)
    made = [room.run("idp", "mandate", "add", clerk, "--scope", scope, *given, *PLAIN) for scope in ("tax", "land")]
    assert [each.status for each in made] == [0, 0], made[0].err
    assert len(room.place.opened) == 2
    ended = room.run("idp", "mandate", "end", json.loads(made[0].out)["mandate"], "--reason", "left")
    assert ended.status == 0
    assert room.acted(boss) == ["mandates"] * 3
    assert {each.actor for each in room.events() if each.type.startswith("idp:mandate:")} == {boss}


def test_a_security_administrator_takes_away_what_somebody_signs_in_by(room: Room) -> None:
    """By his office: the home's passphrase is not what lets him, and the trail has him and no terminal."""
    room.place.administrator(Office.SECURITY)
    boss, person = room.place.administrator(Office.SECURITY), room.place.official()
    with room.place.identity.database.unit_of_work() as uow:
        there = BrokeredIdentity(provider="sso", subject="s-1", evidence=(), authenticated_at=None)
        room.place.identity.links.link(uow, person, there, now=room.place.identity.clock.now())
    (listed,) = room.run("idp", "link", "list", person, *PLAIN, keys=False).objects()
    link = listed["link"]
    assert (len(link), listed["provider"]) == (64, "sso")
    room.sign_in(boss)
    assert room.run("idp", "link", "remove", person, link).status == 0
    assert room.run("idp", "factor", "release", person).status == 0
    room.run("idp", "link", "remove", person, link).require_refusal("app:official:step-up", FORBIDDEN)
    room.sign_in(boss)
    room.run("idp", "link", "remove", person, link).require_refusal("idp:link:missing", 66)
    room.sign_in(boss)
    room.run("idp", "factor", "remove", person, "fa-none").require_refusal("idp:factor:missing", 66)
    assert room.run("idp", "link", "list", person, *PLAIN, keys=False).objects() == []
    room.run("idp", "link", "list", "np-none", keys=False).require_refusal("idp:person:missing", 66)
    ended = {each.actor for each in room.events() if each.type in {"idp:link:removed", "idp:factor:released"}}
    assert ended == {boss}


def test_the_auditor_sees_what_the_others_did_and_signs_it_off(room: Room, tmp_path: Path) -> None:
    room.place.administrator(Office.SECURITY)
    boss, auditor = room.place.administrator(Office.SECURITY), room.place.administrator(Office.AUDIT)
    person = room.place.official()
    room.sign_in(boss)
    assert room.run("idp", "user", "lock", person, "--reason", "left").status == 0
    room.sign_in(auditor)
    seen = room.run("audit", "review", *PLAIN, keys=False).objects()
    assert {(each["type"], each["actor"]) for each in seen} >= {
        ("idp:person:locked", boss),
        ("app:official:acted", boss),
    }
    assert auditor not in {each["actor"] for each in seen}
    locks = room.run("audit", "list", "--act", "locks", "--by", boss, *PLAIN, keys=False).objects()
    assert [each["facts"]["act"] for each in locks] == ["locks"]
    upto = str(seen[-1]["sequence"])
    assert room.run("audit", "sign-off", "--upto", upto, keys=False).status == 0
    again = room.run("audit", "sign-off", "--upto", str(len(room.events())), keys=False)
    again.require_refusal("app:official:step-up", FORBIDDEN)  # a sign-in serves one
    (review,) = (each for each in room.events() if each.type == "audit:trail:reviewed")
    assert (review.actor, review.facts["upto"]) == (auditor, int(upto))
    assert room.run("audit", "verify", keys=False).status == 0
    target = tmp_path / "trail.ndjson"
    assert room.run("audit", "export", target, keys=False).status == 0
    told = [each.type for each in room.events() if each.actor == auditor and each.type.startswith("audit:")]
    assert told == [
        "audit:trail:read",
        "audit:trail:read",
        "audit:trail:reviewed",
        "audit:trail:verified",
        "audit:trail:exported",
    ]
