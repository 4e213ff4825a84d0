"""Ladders can be looked at, and a level rehearsed, before there is a home; a home's own count where there is one."""

from __future__ import annotations

import json
import shutil
from typing import TYPE_CHECKING

from tests.support.registration import POLICIES

if TYPE_CHECKING:
    from pathlib import Path

    import pytest

    from tests.support.terminal import Terminal


def test_every_ladder_is_listed_with_its_status(terminal: Terminal) -> None:
    ran = terminal.run("idp", "ladder", "list", "--format", "json")
    lines = [json.loads(line) for line in ran.out.splitlines()]
    assert {line["ladder"] for line in lines} == {path.stem for path in (POLICIES / "assurance").glob("*.toml")}
    assert {"axis": "real-name", "level": 3, "status": "confirmed"}.items() <= next(
        line for line in lines if line["ladder"] == "guangdong" and "L4" in line["words"]
    ).items()
    assert "real-name  unverified" in terminal.run("idp", "ladder", "list").out


def test_a_level_is_explained_in_both_languages(terminal: Terminal, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = ("idp", "ladder", "explain", "guangdong:L4", "keycloak:1", "--factor", "totp")
    told = json.loads(terminal.run(*asked, "--format", "json").out)
    assert (told["identity"], told["authentication"], told["acr"]) == (3, 2, ["urn:trustkit:ial:3:aal:2"])
    assert "Identity 3 of 4, login 2 of 3." in terminal.run(*asked).out
    monkeypatch.setenv("LC_ALL", "zh_CN.UTF-8")
    assert "实名等级 3（共 4 级），登录强度 2（共 3 级）。" in terminal.run(*asked).out


def test_what_is_refused(terminal: Terminal) -> None:
    ran = terminal.run("idp", "ladder", "explain", "atlantis:1")
    assert (ran.status, "idp:ladder:missing" in ran.err) == (66, True)
    assert terminal.run("idp", "ladder", "explain", "guangdong").status == 64
    assert terminal.run("idp", "ladder", "explain", "--factor", "hope").status == 64
    many = terminal.run("idp", "ladder", "explain", *["guangdong:L4"] * 65)
    assert (many.status, "idp:evidence:implausible" in many.err) == (65, True)


def test_a_home_has_its_own(terminal: Terminal, tmp_path: Path) -> None:
    home = tmp_path / "home"
    shutil.copytree(POLICIES, home / "policies")
    ladder = home / "policies" / "assurance" / "zhejiang.toml"
    ladder.write_text(ladder.read_text("utf-8").replace("unverified", "agreed"), "utf-8")
    asked = ("idp", "ladder", "explain", "zhejiang:3", "--format", "json")
    assert json.loads(terminal.run(*asked, "--home", str(home)).out)["identity"] == 3
    assert json.loads(terminal.run(*asked).out)["identity"] == 0
    ladder.write_text(ladder.read_text("utf-8") + "colour = 1\n", "utf-8")
    ran = terminal.run(*asked, "--home", str(home))
    assert (ran.status, "ladder=zhejiang" in ran.err) == (78, True)
