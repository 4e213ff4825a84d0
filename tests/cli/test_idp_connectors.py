"""Ways to sign in by somebody else are listed and tried, and get their secrets, at the terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.cli.test_idp_people import private, ready

if TYPE_CHECKING:
    from pathlib import Path

    from tests.support.terminal import Terminal

SETTINGS = """
[[idp.connector]]
kind = "national"
name = "national"
title_zh = "国家网络身份认证"
title_en = "National network identity"
simulator = true

[[idp.connector]]
kind = "openid"
name = "sso"
title_zh = "统一身份认证平台"
title_en = "Single sign-on"
issuer = "http://127.0.0.1:1/realms/gov"
client = "trustkit"
"""


@pytest.fixture
def options(terminal: Terminal, home: Path, secret: tuple[str, str]) -> tuple[str | Path, ...]:
    found = ready(terminal, home, secret)
    with (home / "settings.toml").open("a", encoding="utf-8") as settings:
        settings.write(SETTINGS)
    return found


def test_connectors_are_listed_given_their_secret_and_tried(
    terminal: Terminal, home: Path, options: tuple[str | Path, ...], tmp_path: Path
) -> None:
    lines = terminal.run("idp", "connector", "list", "--home", home, "--format", "json").objects()
    assert [(each["name"], each["kind"], each["provider"]) for each in lines] == [
        ("national", "national", ""),
        ("sso", "openid", "http://127.0.0.1:1/realms/gov"),
    ]
    told = {each["name"]: each["backchannel_logout_uri"] for each in lines}
    assert (told["national"], told["sso"].endswith("/login/logout/sso")) == ("", True)
    assert told["sso"].startswith("http")
    shown = terminal.run("idp", "connector", "list", "--home", home).out
    assert "logout address" in shown
    terminal.run("idp", "connector", "check", "sso", *options).require_refusal("app:settings:malformed", 78)
    file = private(tmp_path / "secret", "s3cret&=")
    kept = terminal.run("idp", "connector", "secret", "sso", "--secret-file", file, *options)
    assert kept.status == 0, kept.err
    assert "s3cret" not in kept.out + kept.err
    place = home / "keys" / "connector-sso.secret.pem"
    assert place.stat().st_mode & 0o777 == 0o600
    assert b"s3cret" not in place.read_bytes()
    terminal.run("idp", "connector", "check", "sso", *options).require_refusal("idp:upstream:unreachable", 75)
    (begun,) = terminal.run("idp", "connector", "check", "national", *options, "--format", "json").objects()
    assert begun == {"connector": "national", "begins": "national-id"}
    terminal.run("idp", "connector", "secret", "nobody", "--secret-file", file, *options).require_refusal(
        "app:call:usage", 64
    )


def test_a_simulated_app_answers_for_made_up_words_alone(terminal: Terminal, options: tuple[str | Path, ...]) -> None:
    answer = terminal.run("idp", "connector", "simulated", "li-lei", "0" * 32, *options)
    assert answer.out.startswith("li-lei.")
    number = "11010519491231002X"
    refused = terminal.run("idp", "connector", "simulated", number, "0" * 32, *options)
    refused.require_refusal("app:call:usage", 64)
    assert number not in refused.err
