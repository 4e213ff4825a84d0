"""How a level came about is told to its owner on his page, and to an officer at the terminal; nobody's name is in either."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from idp.evidence import AssuranceEvidence, EvidenceKind
from idp.grounds import Grounds
from tests.support.identity_site import COOKIES, NAME, signed_in

if TYPE_CHECKING:
    from pathlib import Path

    import pytest

    from tests.support.identity_site import Site
    from tests.support.terminal import Terminal

LIST = "//details[@id='why-level']//li"


def claimed(site: Site, secret: str, ladder: str, word: str) -> str:
    """Let a provider have said a word of who somebody is, and return the session's new secret."""
    now = site.clock.now()
    evidence = AssuranceEvidence(
        kind=EvidenceKind.REAL_NAME,
        source="province",
        ladder=ladder,
        level=word,
        at=now,
        expires_at=now + timedelta(hours=1),
    )
    with site.home.database.unit_of_work() as uow:
        return site.home.sessions.raise_(uow, secret, Grounds(evidence=(evidence,)), now=now).secret


def test_how_a_level_came_about_is_told(
    site: Site, home: Path, terminal: Terminal, monkeypatch: pytest.MonkeyPatch
) -> None:
    browser = signed_in(site)
    cookie = COOKIES.session
    for ladder, word in (("guangdong", "L4"), ("guangdong", "L9"), ("hunan", "四要素"), ("nowhere", "L5")):
        browser.cookies[cookie] = claimed(site, browser.cookies[cookie], ladder, word)
    browser.open("/account", **{"accept-language": "en"})
    told = [each.text_content() for each in browser.page.xpath(LIST)]
    assert "Real-name level 3 of 4, login strength 1 of 3" in browser.text
    assert [each.partition(":")[0].partition(",")[0] for each in told] == [
        "“L4” of province on the ladder “guangdong” gives identity 3 by itself",
        "“L9” of province on the ladder “guangdong” is worth nothing",
        "“四要素” of province on the ladder “hunan” is worth nothing",
        "“L5” of province on the ladder “nowhere” is worth nothing",
        "The factor password gives login 1 by itself",
    ]
    browser.open("/account", **{"accept-language": "zh"})
    assert any("单独计为实名等级 3" in each.text_content() for each in browser.page.xpath(LIST))

    asked = ("idp", "user", "sessions", site.person, "--home", home)
    (line,) = terminal.run(*asked, "--format", "json").objects()
    assert (line["acr"], line["amr"]) == ("urn:trustkit:ial:3:aal:1", ["pwd"])
    assert line["explanation"] == ["Identity 3 of 4, login 1 of 3.", *told]
    text = terminal.run(*asked)
    assert (text.status, "gives identity 3 by itself" in text.out) == (0, True)
    assert NAME not in text.out
    monkeypatch.setenv("LC_ALL", "zh_CN.UTF-8")
    assert "实名等级 3（共 4 级）" in terminal.run(*asked).out


def test_nobodys_sessions_are_told_as_such(site: Site, home: Path, terminal: Terminal) -> None:
    asked = ("idp", "user", "sessions")
    assert terminal.run(*asked, site.person, "--home", home, "--format", "json").objects() == []
    terminal.run(*asked, "np-nobody", "--home", home).require_refusal("idp:person:missing", 66)
