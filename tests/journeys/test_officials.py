"""Officials at the terminal sign in before they issue, sign and revoke, where the settings want it: the real program, a real provider."""

from __future__ import annotations

import asyncio
import json
import sys
import time
from dataclasses import replace
from datetime import timedelta
from itertools import count
from typing import TYPE_CHECKING

import pytest

from idp.factors.port import FactorKind
from tests.support.authority import SAMPLE
from tests.support.sign_in_place import Place, sign_in_place
from tests.support.signed_pdf import sample_page
from trustkit.app import official_login
from trustkit.app.official_client import DeviceRequest, OfficialClient
from trustkit.audit import trail
from trustkit.audit.events import AuditEvent, EventType
from trustkit.clock import SystemClock
from trustkit.store import administrators
from trustkit.store.administrators import Office
from trustkit.store.mandates import MandateRole

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime
    from pathlib import Path

    from idp.stepup import Need
    from tests.support.terminal import Terminal

ISSUE = ("licence", "issue", "--type", "business-licence", "--data", SAMPLE, "--format", "json")


@pytest.fixture
def secret(passphrase_file: Path) -> tuple[str, str]:
    return ("--passphrase-file", str(passphrase_file))


class OneSecond:
    """A clock in whose second everything happens: a thousandth later each time it is asked."""

    def __init__(self) -> None:
        self._second = SystemClock().now().replace(microsecond=0)
        self._asked = count()

    def now(self) -> datetime:
        return self._second + timedelta(milliseconds=next(self._asked))

    def monotonic(self) -> float:
        return time.monotonic()


@pytest.fixture
def place(home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Place]:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    monkeypatch.setattr(official_login, "_WAIT", timedelta(seconds=6))
    with sign_in_place(home, OneSecond()) as found:
        monkeypatch.setattr("webbrowser.open", found.browse)
        yield found


@pytest.fixture
def at_a_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys.stdin, "isatty", lambda: True)


def events(place: Place, kind: str) -> list[trail.TrailEntry]:
    with place.identity.database.reading() as unit:
        return [each for each in trail.list_events(unit, limit=1000) if each.type == kind]


def test_an_official_signs_in_and_only_then_issues(
    terminal: Terminal, home: Path, place: Place, secret: tuple[str, str], tmp_path: Path
) -> None:
    person = place.official("licence-issue", "revocation")
    options = ("--home", home, *secret)
    terminal.run(*ISSUE, *options).require_refusal("app:official:sign-in", 77)
    terminal.run("whoami", "--home", home).require_refusal("app:official:sign-in", 77)
    serial = next(
        line["serial"]
        for line in terminal.run("ca", "list", "--home", home, "--format", "json").objects()
        if line["profile"] == "seal"
    )
    letter = tmp_path / "letter.txt"
    letter.write_text("a letter", "utf-8")
    for command in (
        ("ca", "revoke", serial, "--reason", "superseded"),
        ("ca", "suspend", serial),
        ("licence", "revoke", "1.2.3", "--reason", "error"),
        ("sign", letter, "--form", "gbt35275"),
    ):
        terminal.run(*command, *options).require_refusal("app:official:sign-in", 77)
    assert events(place, "ca:certificate:revoked") == []
    assert events(place, "esign:licence:intended") == []
    told = terminal.run("login", "--home", home, "--format", "json")
    assert told.status == 0, told.err
    assert json.loads(told.out)["person"] == person
    assert json.loads(told.out)["acr"] == "urn:trustkit:ial:0:aal:2"
    kept = tmp_path / "config" / "trustkit" / "login.json"
    assert (kept.stat().st_mode & 0o777, kept.parent.stat().st_mode & 0o777) == (0o600, 0o700)
    assert person in terminal.run("whoami", "--home", home).out
    issued = terminal.run(*ISSUE, *options)
    assert issued.status == 0, issued.err
    (acted,) = events(place, "app:official:acted")
    assert (acted.actor, acted.facts["act"]) == (person, "licence-issue")
    assert {each.actor for each in events(place, "esign:licence:issued")} == {person}
    # One sign-in serves one revocation: the second asks for another, and nobody sits at this terminal to give it.
    identifier = json.loads(issued.out)["identifier"]
    revoke = ("licence", "revoke", identifier, "--reason", "error", *options)
    assert terminal.run(*revoke).status == 0
    terminal.run(*revoke).require_refusal("app:official:step-up", 77)
    assert {each.actor for each in events(place, "esign:licence:revoked")} == {person}
    # Signing out is felt at once, also by whoever kept a copy of the token.
    copy = kept.read_bytes()
    assert terminal.run("logout", "--home", home).status == 0
    assert not kept.exists()
    kept.touch(mode=0o600)
    kept.write_bytes(copy)
    terminal.run("whoami", "--home", home).require_refusal("app:official:sign-in", 77)


@pytest.mark.usefixtures("at_a_terminal")
def test_who_sits_at_the_terminal_is_stepped_up_before_each_batch(
    terminal: Terminal, home: Path, place: Place, secret: tuple[str, str], tmp_path: Path
) -> None:
    person = place.official("*")
    folder, page = tmp_path / "letters", sample_page(tmp_path)
    folder.mkdir()
    options = ("--home", home, *secret)
    issued = terminal.run(*ISSUE, "--out", tmp_path / "licence.pdf", *options)
    assert (issued.status, len(place.opened)) == (0, 1)
    for name in ("a.pdf", "b.pdf"):
        (folder / name).write_bytes(page)
    for number in (1, 2):
        signed = terminal.run("sign", folder, "--out-dir", tmp_path / f"out{number}", "--jobs", "1", *options)
        assert (signed.status, len(list((tmp_path / f"out{number}").glob("*.pdf")))) == (0, 2), signed.out + signed.err
    assert [each.facts["act"] for each in events(place, "app:official:raised")] == ["signing-batch"] * 2
    assert {each.actor for each in events(place, "esign:pdf:signed")} == {person}
    assert (
        len(place.opened) == 2
    )  # the sign-in of the licence served the first batch; the browser's last served no other
    served = [str(each.facts["authenticated_at"]) for each in events(place, "app:official:raised")]
    assert (len(set(served)), len({each[:19] for each in served})) == (2, 1)
    licence = str(issued.objects()[0]["identifier"])
    for number, (act, reason) in enumerate((("suspend", "other"), ("resume", "other"), ("revoke", "error")), 1):
        ran = terminal.run("licence", act, licence, "--reason", reason, *options)
        assert (ran.status, len(place.opened)) == (0, 2 + number), ran.err
    assert [each.facts["act"] for each in events(place, "app:official:raised")][2:] == ["revocation"] * 3


def test_who_may_not(terminal: Terminal, home: Path, place: Place, secret: tuple[str, str], tmp_path: Path) -> None:
    options = ("--home", home, *secret)
    place.official("tax")
    assert terminal.run("login", "--home", home).status == 0
    terminal.run(*ISSUE, *options).require_refusal("app:official:mandate", 77)
    auditor = place.official("*")
    assert terminal.run("login", "--home", home).status == 0
    with place.identity.database.unit_of_work() as uow:
        now = place.identity.clock.now()
        administrators.assign(uow, person=auditor, office=Office.AUDIT, at=now, by="operator:0")
        trail.record(uow, _told(place, auditor))
    terminal.run(*ISSUE, *options).require_refusal("app:official:mandate", 77)
    clerk = place.official("*")
    assert terminal.run("login", "--home", home).status == 0
    with place.identity.database.unit_of_work() as uow:
        place.identity.people.lock(
            uow, clerk, reason="left", now=place.identity.clock.now(), actor=place.identity.operator
        )
    terminal.run(*ISSUE, *options).require_refusal("app:official:sign-in", 77)
    kept = tmp_path / "config" / "trustkit" / "login.json"
    kept.chmod(0o644)
    terminal.run(*ISSUE, *options).require_refusal("custody:key:file-mode", 78)
    kept.chmod(0o600)
    kept.write_text('{"access_token": "e30.e30.e30", "issuer": "' + place.identity.settings.idp.url() + '"}', "utf-8")
    terminal.run(*ISSUE, *options).require_refusal("app:official:sign-in", 77)
    kept.write_text('{"access_token": "x", "issuer": "https://elsewhere.test"}', "utf-8")
    terminal.run(*ISSUE, *options).require_refusal("app:official:sign-in", 77)
    assert events(place, "esign:licence:intended") == []


def test_a_mandate_that_ended_is_felt_by_the_next_act(
    terminal: Terminal, home: Path, place: Place, secret: tuple[str, str]
) -> None:
    person = place.official()
    mandate = place.mandate(person, "licence-issue")
    assert terminal.run("login", "--home", home).status == 0
    assert terminal.run(*ISSUE, "--home", home, *secret).status == 0
    with place.identity.database.unit_of_work() as uow:
        now, actor = place.identity.clock.now(), place.identity.operator
        place.identity.mandates.end(uow, mandate, reason="left", now=now, actor=actor)
    terminal.run(*ISSUE, "--home", home, *secret).require_refusal("app:official:mandate", 77)


@pytest.mark.parametrize("by", ["claim", "under"])
def test_what_a_connector_claims_makes_nobody_an_official(
    terminal: Terminal, home: Path, place: Place, secret: tuple[str, str], by: str
) -> None:
    claimed = place.official("*", source="province", role=MandateRole.ADMINISTRATOR)
    if by == "under":
        place.official("*", under=claimed)
    assert terminal.run("login", "--home", home).status == 0
    terminal.run(*ISSUE, "--home", home, *secret).require_refusal("app:official:mandate", 77)
    assert events(place, "esign:licence:intended") == []


def test_a_weak_login_never_comes_back(terminal: Terminal, home: Path, place: Place) -> None:
    place.official("*")
    place.proofs = (FactorKind.PASSWORD,)
    ran = terminal.run("login", "--home", home)
    assert (ran.status, "app:official:refused" in ran.err) == (77, True)
    assert place.answers == []


def _told(place: Place, person: str) -> AuditEvent:
    return AuditEvent(
        type=EventType.OFFICE_ASSIGNED,
        at=place.identity.clock.now(),
        actor=place.identity.operator,
        object_type="person",
        object_id=person,
        facts={"office": "audit"},
    )


def test_an_official_without_a_browser_signs_in_at_another_device(
    terminal: Terminal, home: Path, place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    person = place.official("*")
    begin = OfficialClient.begin_device

    async def begun(client: OfficialClient, need: Need) -> DeviceRequest:
        found = await begin(client, need)
        await asyncio.to_thread(place.approve, found.code)
        return replace(found, interval=1)  # he was quick, and the first poll is never too early

    monkeypatch.setattr(OfficialClient, "begin_device", begun)
    ran = terminal.run("login", "--device", "--home", home)
    assert ran.status == 0, ran.err
    assert (person in ran.out, place.opened) == (True, [])
