"""The identity service as a process of its own, with clients and people in its store, and a browser that signs people in by their session.

Login pages are other tests' matter: here a session is begun in the store, and its cookie given to the browser.
"""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import httpx

from idp.factors.port import FactorKind
from idp.grounds import Grounds
from idp.op.client_form import read_registration
from idp.op.clients import ClientRegister
from idp.sessions import WhoSignedIn
from idp.subject.mandates import NewMandate
from tests.support.authority import passphrase
from tests.support.service import free_port, service
from tests.support.signing_in import proof
from trustkit.app.idp_home import open_identity
from trustkit.app.initialise_identity import initialise_identity
from trustkit.app.new_people import make_person
from trustkit.clock import SystemClock
from trustkit.custody.pkcs8 import MIN_ITERATIONS
from trustkit.encoding.canonical_json import canonical_json
from trustkit.identity import SYSTEM
from trustkit.store.mandates import MandateRole

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from idp.op.client_model import Client

PASSWORD = (FactorKind.PASSWORD,)
TWO_FACTORS = (FactorKind.PASSWORD, FactorKind.TOTP)


@dataclass
class Served:
    """A running provider."""

    home: Path
    port: int
    pid: int = 0
    browser: httpx.Client = field(default_factory=lambda: httpx.Client(trust_env=False))

    @property
    def issuer(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def client(self, name: str, **members: Any) -> tuple[Client, str]:
        preset: dict[str, Any] = {"client_name": name, "consent_required": False}
        registration = read_registration(canonical_json({**preset, **members}))
        with open_identity(self.home, passphrase()) as opened:
            return ClientRegister(database=opened.database, clock=opened.clock).add(name, registration, actor=SYSTEM)

    def person(self, *, name: str | None = None) -> str:
        """Make a person, with this login name if one is given."""
        with open_identity(self.home, passphrase()) as opened:
            if name is not None:
                return make_person(opened, name, "correct horse battery")
            with opened.database.unit_of_work() as uow:
                return opened.people.create(uow, now=opened.clock.now(), actor=None)

    def mandate(self, person: str, uscc: str, *matters: str) -> str:
        """Let a person act for an organisation for an hour, in all matters or in these, and return the mandate's number."""
        with open_identity(self.home, passphrase()) as opened, opened.database.unit_of_work() as uow:
            now = opened.clock.now()
            new = NewMandate(
                person=person,
                uscc=uscc,
                name="示例公司",
                role=MandateRole.HANDLER,
                scope=matters or ("*",),
                valid_from=now,
                valid_until=now + timedelta(hours=1),
                evidence_sm3="0" * 64,
            )
            return opened.mandates.add(uow, new, now=now, actor=SYSTEM).id

    def sign_in(self, person: str, kinds: tuple[FactorKind, ...] = PASSWORD, *, mandate: str | None = None) -> None:
        """Give the browser a session of a person who proved factors of these kinds just now, and acts by a mandate if one is given."""
        now = SystemClock().now()
        grounds = Grounds(factors=tuple(proof(person, kind, now) for kind in kinds))
        with open_identity(self.home, passphrase()) as opened:
            with opened.database.unit_of_work() as uow:
                signed = opened.sessions.begin(
                    uow, WhoSignedIn(person=person, grounds=grounds, mandate=mandate), now=now
                )
            self.browser.cookies.set(opened.cookies.session, signed.secret, domain="127.0.0.1", path="/")

    def follow(self, url: str, until: str) -> httpx.Response:
        """Follow redirects until the next address begins so, and return the one that names it; a page that leads nowhere ends it, too.

        mod_auth_openidc steps up by a page of status 401 that leads on, so any answer with a Location does.
        """
        answer = self.browser.get(url)
        for _ in range(10):
            if "location" not in answer.headers:
                return answer
            url = str(httpx.URL(url).join(answer.headers["location"]))
            if url.startswith(until):
                return httpx.Response(303, headers={"location": url})
            answer = self.browser.get(url)
        raise AssertionError("redirects without end")


@contextmanager
def served(
    home: Path, passphrase_file: Path, log: Path, *, prepare: Callable[[Served], None] = lambda _: None
) -> Iterator[Served]:
    """Yield the provider of a home, running. `prepare` does to the home what is done before it starts."""
    initialise_identity(home, passphrase(), iterations=MIN_ITERATIONS)
    port = free_port()
    with (home / "settings.toml").open("a", encoding="utf-8") as file:
        file.write(
            f"\n[idp]\nport = {port}\nanonymous_per_minute = 1000000\nclient_per_minute = 1000000\nlogin_per_minute = 1000000\n"
        )
    found = Served(home=home, port=port)
    prepare(found)
    with service(home, port, log, "--passphrase-file", passphrase_file, command=("idp", "serve")) as process:
        found.pid = process.pid
        with found.browser:
            yield found
