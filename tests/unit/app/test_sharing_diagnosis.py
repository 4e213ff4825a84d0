"""What ``trustkit doctor`` tells of the doors of organisations, holders and wallets, and of types that take two persons."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

from idp.subject.mandates import NewMandate
from tests.support.authority import passphrase
from tests.support.settled_identity import settle_with_keys
from trustkit.app.diagnosis import diagnose
from trustkit.app.holder_client import register_door
from trustkit.app.idp_home import open_identity
from trustkit.app.licence_holders import holder_index
from trustkit.app.wiring import open_authority
from trustkit.clock import SystemClock
from trustkit.identity import SYSTEM
from trustkit.store.mandates import MandateRole

if TYPE_CHECKING:
    from pathlib import Path

    from trustkit.app.finding import Finding

PAIR = "two persons for real-estate-certificate"


def told(home: Path, *, connectors: bool = False) -> dict[str, Finding]:
    return {each.what: each for each in diagnose(home, SystemClock(), connectors=connectors)}


def add(home: Path, text: str) -> None:
    place = home / "settings.toml"
    place.write_text(place.read_text("utf-8") + text, "utf-8")


def official(home: Path, *, scope: str = "licence-issue") -> str:
    with open_identity(home, passphrase()) as opened, opened.database.unit_of_work() as uow:
        now = opened.clock.now()
        person = opened.people.create(uow, now=now, actor=None)
        own = opened.settings.authority
        new = NewMandate(
            person=person,
            uscc=own.uscc,
            name=own.name,
            role=MandateRole.HANDLER,
            scope=(scope,),
            valid_from=now,
            valid_until=now + timedelta(hours=1),
            evidence_sm3="0" * 64,
        )
        opened.mandates.add(uow, new, now=now, actor=SYSTEM)
    return person


def test_a_home_without_these_doors_is_told_nothing_of_them(home: Path) -> None:
    found = told(home)
    assert not {"sharing", "holders' door", "wallets"} & set(found)
    assert not found[PAIR].broken
    assert "officials_sign_in" in found[PAIR].found


def test_sharing_tells_whose_tokens_it_takes_and_asks_where_wanted(home: Path) -> None:
    add(home, '\n[sharing]\nissuer = "http://127.0.0.1:9/"\n')
    found = told(home)
    assert "another provider" in found["sharing"].found
    assert "--connectors" in found["sharing provider"].found
    asked = told(home, connectors=True)
    assert not asked["sharing"].broken
    assert asked["sharing provider"].broken
    assert "idp:upstream:unreachable" in asked["sharing provider"].found


def test_the_holders_door_says_what_it_lacks(home: Path) -> None:
    add(home, "\n[holder]\nminutes = 10\n")
    lacking = told(home)["holders' door"]
    assert lacking.broken
    for hint in ("trustkit idp init", "trustkit share holder-setup", "no index of holders"):
        assert hint in lacking.found
    settle_with_keys(home)
    with open_authority(home) as authority:
        assert register_door(authority, actor=authority.operator)
        assert not register_door(authority, actor=authority.operator)
    holder_index(home, make=True)
    found = told(home)["holders' door"]
    assert not found.broken, found.found
    assert "act within 10 min" in found.found
    with open_authority(home) as authority:
        holder = replace(authority.settings.holder, base_url="http://127.0.0.1:8999")
        authority.settings = replace(authority.settings, holder=holder)
        assert register_door(authority, actor=authority.operator)
    assert "holder-setup" in told(home)["holders' door"].found


def test_wallets_without_a_suite_or_sign_on_are_broken(home: Path) -> None:
    add(home, "\n[wallet]\nsign_in = true\n")
    found = told(home)["wallets"]
    assert found.broken
    assert "credential-setup" in found.found
    assert "trustkit idp init" in found.found


def pair(home: Path) -> Finding:
    """Return what is told once officials sign in."""
    place = home / "settings.toml"
    before = place.read_text("utf-8")
    add(home, "\n[idp]\nofficials_sign_in = true\n")
    try:
        return told(home)[PAIR]
    finally:
        place.write_text(before, "utf-8")


def test_two_persons_are_counted(home: Path) -> None:
    settle_with_keys(home)
    official(home)
    official(home, scope="revocation")
    one = pair(home)
    assert one.broken
    assert one.found.startswith("1 may issue licences; one proposes")
    third = official(home, scope="*")
    assert not pair(home).broken
    with open_identity(home, passphrase()) as opened, opened.database.unit_of_work() as uow:
        opened.people.lock(uow, third, reason="left", now=opened.clock.now(), actor=SYSTEM)
    assert pair(home).broken
