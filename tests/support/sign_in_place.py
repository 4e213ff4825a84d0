"""A home officials sign in at: its provider on a port of this machine, and a browser that signs people in by proofs, without pages."""

from __future__ import annotations

import asyncio
import socket
import threading
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import httpx
import uvicorn

from idp.factors.port import FactorKind
from idp.grounds import Grounds
from idp.op.authorization import LOGIN_PAGE
from idp.op.authorize_api import CONTINUE
from idp.subject.mandates import Mandates, NewMandate
from tests.support.authority import NAME, USCC, passphrase
from tests.support.settled_identity import settle_with_keys
from tests.support.signing_in import proof, sign_in
from trustkit.app.idp_asgi import identity_application
from trustkit.app.idp_home import load_identity
from trustkit.app.idp_provider import HomeProvider
from trustkit.app.initialise_identity import initialise_identity
from trustkit.audit import trail
from trustkit.audit.events import AuditEvent, EventType
from trustkit.custody.pkcs8 import MIN_ITERATIONS
from trustkit.store import administrators
from trustkit.store.mandates import MandateRole

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime
    from pathlib import Path

    from idp.sessions import SignedIn
    from trustkit.app.idp_home import IdentityHome
    from trustkit.clock import Clock
    from trustkit.store.administrators import Office

STRONG = (FactorKind.PASSWORD, FactorKind.TOTP)


@dataclass
class Place:
    """The home, and who sits at the browser: `proofs` is what he shows whenever an address is opened; none is a refusal."""

    identity: IdentityHome
    person: str = ""
    proofs: tuple[FactorKind, ...] = STRONG
    opened: list[str] = field(default_factory=list)
    answers: list[int] = field(default_factory=list)
    session: str = ""

    def official(
        self, *matters: str, source: str = "", role: MandateRole = MandateRole.HANDLER, under: str = ""
    ) -> str:
        """Make a person with a mandate of this authority for these matters; `under` is who appoints him."""
        self.session = ""
        with self.identity.database.unit_of_work() as uow:
            now = self.identity.clock.now()
            self.person = self.identity.people.create(uow, now=now, actor=self.identity.operator)
        if matters:
            self.mandate(self.person, *matters, source=source, role=role, under=under)
        return self.person

    def mandate(
        self,
        person: str,
        *matters: str,
        source: str = "",
        role: MandateRole = MandateRole.HANDLER,
        under: str = "",
    ) -> str:
        """Give a person a mandate of this authority; return its number."""
        now = self.identity.clock.now()
        with self.identity.database.unit_of_work() as uow:
            new = NewMandate(
                person=person,
                uscc=USCC,
                name=NAME,
                role=role,
                scope=matters,
                valid_from=now,
                valid_until=None,
                evidence_sm3="ab" * 32,
                source=source,
                under=next((each.mandate for each in Mandates().choices(uow, under, now=now)), None),
            )
            return Mandates().add(uow, new, now=now, actor=self.identity.operator).id

    def administrator(self, office: Office) -> str:
        """Make a person in an office, who has no mandate."""
        person = self.official()
        with self.identity.database.unit_of_work() as uow:
            now, actor = self.identity.clock.now(), self.identity.operator
            administrators.assign(uow, person=person, office=office, at=now, by=actor.id)
            told = AuditEvent(
                type=EventType.OFFICE_ASSIGNED,
                at=now,
                actor=actor,
                object_type="person",
                object_id=person,
                facts={"office": office.value},
            )
            trail.record(uow, told)
        return person

    def browse(self, url: str) -> bool:
        """Do what a browser does with an address, meanwhile: show its session; if that does not do, sign in anew; go back."""
        self.opened.append(url)
        threading.Thread(target=self._follow, args=(url,), daemon=True).start()
        return True

    def approve(self, user_code: str) -> None:
        """Type a device's code in and say yes, signed in by the proofs."""
        now = self.identity.clock.now()
        session = self._signed_in(now).session
        with self.identity.database.unit_of_work() as uow:
            HomeProvider(home=self.identity).provider.devices.answer(uow, session, user_code, allowed=True, now=now)

    def _signed_in(self, now: datetime) -> SignedIn:
        grounds = Grounds(factors=tuple(proof(self.person, kind, now) for kind in self.proofs))
        return sign_in(self.identity.database, self.person, at=now, grounds=grounds, sessions=self.identity.sessions)

    def _follow(self, url: str) -> None:
        cookies = self.identity.cookies
        with httpx.Client(cookies={cookies.session: self.session}) as browser:
            found = browser.get(url).headers.get("location", "")
            if (
                LOGIN_PAGE in found and self.proofs == STRONG
            ):  # that page lets nobody on who shows less than is asked for
                self.session = self._signed_in(self.identity.clock.now()).secret
                browser.cookies.set(cookies.session, self.session)
                found = browser.get(found.replace(LOGIN_PAGE, CONTINUE)).headers.get("location", "")
            if "/signed-in?" in found:
                self.answers.append(browser.get(found).status_code)


@contextmanager
def sign_in_place(home: Path, clock: Clock | None = None) -> Iterator[Place]:
    """Make a home ready for officials who sign in, and serve its provider until the block ends; `clock` is the provider's."""
    listener = socket.create_server(("127.0.0.1", 0))
    port = listener.getsockname()[1]
    settings = home / "settings.toml"
    settings.write_text(f"{settings.read_text('utf-8')}\n[idp]\nport = {port}\nofficials_sign_in = true\n", "utf-8")
    if clock is None:
        settle_with_keys(home)
    else:  # its time may be before that of keys made already
        initialise_identity(home, passphrase(), iterations=MIN_ITERATIONS)
    identity = load_identity(home, passphrase(), clock)
    identity.keys.tend()
    server = uvicorn.Server(uvicorn.Config(identity_application(identity), log_config=None, access_log=False))
    worker = threading.Thread(target=lambda: asyncio.run(server.serve(sockets=[listener])), daemon=True)
    worker.start()
    try:
        yield Place(identity=identity)
    finally:
        server.should_exit = True
        worker.join(timeout=20)
        listener.close()
