"""A home whose holders sign in to let their licences be used: its provider a process, the door in this one, a browser that knows both."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlsplit

from esign.copies.asking import Asked, AskOrder
from idp.subject.documents import parse_document
from tests.support.authority import copy_home, passphrase
from tests.support.copy_desk import BANK, CopyDesk
from tests.support.form_browser import FormBrowser
from tests.support.served_provider import TWO_FACTORS, Served, served
from trustkit.app.copy_desk import authorisation_requests
from trustkit.app.holder_asgi import holder_application
from trustkit.app.holder_client import register_door
from trustkit.app.holder_links import record_document
from trustkit.app.idp_home import open_identity
from trustkit.app.wiring import open_authority
from trustkit.audit import trail
from trustkit.clock import CHINA, SystemClock
from trustkit.store import licences

if TYPE_CHECKING:
    from collections.abc import Iterator
    from contextlib import ExitStack
    from pathlib import Path

    from starlette.types import ASGIApp

    from esign.copies.model import Recipient
    from idp.factors.port import FactorKind
    from trustkit.audit.events import EventType
    from trustkit.audit.trail import TrailEntry

DOOR = "http://127.0.0.1:8445"
KIND = "physician-qualification"
CITIZEN = "990100198806150122"  # of its sample
OTHER_CITIZEN = "990100199203040009"
LOAN = "办理个人住房贷款"


@dataclass
class HolderWorld:
    """See the module."""

    provider: Served
    desk: CopyDesk
    app: ASGIApp
    licence: str
    people: dict[str, str] = field(default_factory=dict)

    def person(self, code: str = CITIZEN) -> str:
        """Return a person whose identity card was seen; the same for the same number."""
        if code not in self.people:
            self.people[code] = self.provider.person()
            self.identify(self.people[code], code)
        return self.people[code]

    def identify(self, person: str, code: str) -> None:
        with open_identity(self.provider.home, passphrase()) as opened:
            today = SystemClock().now().astimezone(CHINA).date()
            record_document(opened, person, parse_document("citizen-id", code, today=today))

    def browser(self) -> FormBrowser:
        return FormBrowser(app=self.app, base=DOOR)

    def signed_in(
        self,
        path: str = "/",
        *,
        person: str = "",
        kinds: tuple[FactorKind, ...] = TWO_FACTORS,
        mandate: str | None = None,
    ) -> FormBrowser:
        """Return a browser at a page of the door, its owner signed in at the provider just now."""
        self.provider.sign_in(person or self.person(), kinds, mandate=mandate)
        browser = self.browser()
        browser.open(path)
        self.through(browser)
        return browser

    def through(self, browser: FormBrowser) -> None:
        """Let a browser go through the provider it was sent to, and back."""
        assert browser.url.startswith(f"{self.provider.issuer}/authorize?"), browser.url
        answer = self.provider.follow(browser.url, DOOR)
        assert answer.status_code == 303, answer.text
        browser.open(answer.headers["location"].removeprefix(DOOR))

    def ask(self, *, asker: Recipient = BANK, **more: Any) -> Asked:
        """Have an organisation ask for the licence of the sample."""
        with self.desk.authority.database.reading() as unit:
            code = licences.get(unit, self.licence).type_code
        order = AskOrder(**{"type_code": code, "purpose": LOAN, **more})
        desk = authorisation_requests(self.desk.authority)
        return desk.ask(order, asker=asker, actor=self.desk.authority.operator)

    def told(self, kind: EventType, number: str) -> TrailEntry:
        """Return the last thing the trail has of a kind about something."""
        with self.desk.authority.database.reading() as unit:
            event = trail.last_event(unit, kind, number)
        assert event is not None
        return event


def asked_for(browser: FormBrowser) -> dict[str, str]:
    """Return what the provider a browser was sent to was asked for."""
    return {name: values[0] for name, values in parse_qs(urlsplit(browser.url).query).items()}


@contextmanager
def holder_world(place: Path, passphrase_file: Path, stack: ExitStack, more: str = "") -> Iterator[HolderWorld]:
    """Yield a world with a licence of a person's."""
    home = copy_home(place / "home")
    with (home / "settings.toml").open("a", encoding="utf-8") as settings:
        settings.write(f"\n[holder]\nanonymous_per_minute = 1000000\nlogin_per_minute = 1000000\n{more}")
    with served(home, passphrase_file, place / "log") as provider:
        authority = stack.enter_context(open_authority(home))
        register_door(authority, actor=authority.operator)
        desk = CopyDesk(authority)
        licence = desk.licence(KIND)
        yield HolderWorld(provider=provider, desk=desk, app=holder_application(authority), licence=licence)
