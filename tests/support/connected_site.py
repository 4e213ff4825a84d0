"""The identity service of a home with a simulated network identity, which admits new people."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from idp.connectors.national_simulator import NationalSimulator
from tests.support.authority import passphrase
from tests.support.clocks import Ticking
from tests.support.identity_site import NAME, PASSWORD, Site
from tests.support.settled_identity import settle_with_person
from trustkit.app.idp_asgi import identity_application
from trustkit.app.idp_home import load_identity
from trustkit.clock import SystemClock

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.support.form_browser import FormBrowser

SETTINGS = """
[[idp.connector]]
kind = "national"
name = "national"
title_zh = "国家网络身份认证"
title_en = "National network identity"
simulator = true
admits = true
"""


@contextmanager
def connected_site(home: Path, settings: str = SETTINGS) -> Iterator[Site]:
    """Give the site of a home with these connectors; somebody can sign in by password."""
    with (home / "settings.toml").open("a", encoding="utf-8") as file:
        file.write(settings)
    person = settle_with_person(home, NAME, PASSWORD)
    clock = Ticking()
    clock.at = SystemClock().now()
    opened = load_identity(home, passphrase(), clock)
    try:
        yield Site(home=opened, app=identity_application(opened), clock=clock, person=person)
    finally:
        opened.close()


@contextmanager
def reopened(site: Site) -> Iterator[Site]:
    """Give the site of the same home as its settings are now."""
    opened = load_identity(site.home.settings.home, passphrase(), site.clock)
    try:
        yield Site(home=opened, app=identity_application(opened), clock=site.clock, person=site.person)
    finally:
        opened.close()


def app_answer(site: Site, browser: FormBrowser, word: str = "li-lei") -> str:
    """Return what the app of a made-up person hands over for the business the page shows."""
    simulator = NationalSimulator(sealing=site.home.secrets, production=False)
    return simulator.app_answer(word, str(browser.page.findtext(".//output")))
