"""What ``trustkit doctor`` tells of sign-on, and what of it needs attention."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import delete

from tests.support.authority import passphrase
from tests.support.sign_in_place import sign_in_place
from trustkit.app.diagnosis import diagnose
from trustkit.app.idp_home import load_identity
from trustkit.app.initialise_identity import initialise_identity
from trustkit.clock import SystemClock
from trustkit.custody.pkcs8 import MIN_ITERATIONS
from trustkit.store.administrators import Office
from trustkit.store.op_schema import op_keys

if TYPE_CHECKING:
    from pathlib import Path

    from trustkit.app.finding import Finding

NAMES = ("sign-on secret", "sign-on address", "sign-on keys", "officials")
OPENID = """
[[idp.connector]]
kind = "openid"
name = "staff"
title_zh = "平台"
title_en = "Staff"
issuer = "{issuer}"
client = "trustkit"
login_ladder = "keycloak"
"""


def told(home: Path, *, connectors: bool = False) -> dict[str, Finding]:
    return {each.what: each for each in diagnose(home, SystemClock(), connectors=connectors)}


def add(home: Path, text: str) -> None:
    place = home / "settings.toml"
    place.write_text(place.read_text("utf-8") + text, "utf-8")


def test_a_home_without_sign_on_is_told_nothing_of_it(home: Path) -> None:
    assert not set(NAMES) & set(told(home))


def test_what_is_missing_says_how_it_is_made(home: Path) -> None:
    add(home, "\n[idp]\nofficials_sign_in = true\n" + OPENID.format(issuer="https://sso.example.cn"))
    found = told(home)
    assert "trustkit idp init" in found["sign-on secret"].found
    assert found["officials"].broken
    assert "trustkit idp role assign" in found["officials"].found
    assert found["connector staff"].broken
    assert "trustkit idp connector secret staff" in found["connector staff"].found


def test_keys_and_offices_are_told(home: Path) -> None:
    initialise_identity(home, passphrase(), iterations=MIN_ITERATIONS)
    opened = load_identity(home, passphrase())
    with opened.database.unit_of_work() as uow:  # as homes were made before their keys were made with them
        uow.write(delete(op_keys))
    assert "when it starts" in told(home)["sign-on keys"].found
    opened.keys.tend()
    opened.close()
    found = told(home)
    assert not any(found[name].broken for name in NAMES)
    assert "ES256" in found["sign-on keys"].found
    assert "do not sign in" in found["officials"].found


def test_offices_nobody_holds_need_attention(home: Path) -> None:
    with sign_in_place(home) as place:
        place.administrator(Office.SECURITY)
        assert "nobody is system or audit administrator" in told(home)["officials"].found
        place.administrator(Office.SYSTEM)
        place.administrator(Office.AUDIT)
        found = told(home)
        assert (found["officials"].broken, found["officials"].found) == (
            False,
            "sign in; in office: 1 system, 1 security, 1 audit",
        )


@pytest.mark.parametrize(
    ("text", "what", "code"),
    [
        ("[idp]\nbase_url = 'http://id.example.cn'\nofficials_sign_in = true\n", "home", "idp.base_url"),
        (OPENID.format(issuer="http://127.0.0.1:1"), "connectors", "settings"),
        ("[[idp.connector]]\nkind = 'national'\nname = 'n'\ntitle_zh = 'a'\ntitle_en = 'a'\nsimulator = true\n", "connectors", "simulator"),
    ],
)  # fmt: skip
def test_what_production_refuses_is_told_before_it_is_started(home: Path, text: str, what: str, code: str) -> None:
    add(home, f"\n{text}")
    assert what not in told(home) or not told(home)[what].broken
    place = home / "settings.toml"
    settings = place.read_text("utf-8").replace("production = false", "production = true")
    place.write_text(re.sub(r'base_url = "http://[^"]*"', 'base_url = "https://ca.example.cn"', settings), "utf-8")
    found = told(home)[what]
    assert found.broken
    assert code in found.found


def test_providers_are_asked_by_their_own_flag_alone(home: Path) -> None:
    add(home, OPENID.format(issuer="http://127.0.0.1:9") + 'secret_file = "secret"\n')
    assert (told(home)["connector staff"].broken, "--connectors" in told(home)["connector staff"].found) == (
        False,
        True,
    )
    asked = told(home, connectors=True)["connector staff"]
    assert asked.broken
    assert "idp:upstream" in asked.found
