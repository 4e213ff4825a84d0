"""A home opened for identity: what people sign in with and at, wired to one store, one clock, one secret.

It opens none of the authority's keys: the home's passphrase opens the identity service's own secret here, and nothing else.
"""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

from idp.cookies import CookieRules
from idp.interactions import Interactions
from idp.op.access import PersonAccess, end_grants
from idp.op.keys import ProviderKeys
from idp.op.logout import note_logout
from idp.people import People
from idp.sessions import Sessions
from idp.subject.documents import Documents
from idp.subject.links import Links
from idp.subject.mandates import Mandates
from trustkit.app.assurance import load_levels
from trustkit.app.idp_secrets import open_identity_secret
from trustkit.app.opening import engine_in_use, installed_version, open_store
from trustkit.app.operator import is_asked, terminal_operator
from trustkit.clock import SystemClock
from trustkit.errors import ErrorCode, TrustError
from trustkit.jose.jwk import Sm2CurveName

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from datetime import datetime
    from pathlib import Path

    from idp.home_secrets import HomeSecrets
    from idp.levels.assessment import Levels
    from idp.session_model import Session
    from trustkit.app.idp_connector_settings import ConnectorSettings
    from trustkit.app.settings import Settings
    from trustkit.clock import Clock
    from trustkit.custody.passphrase import Passphrase
    from trustkit.identity import Principal
    from trustkit.store.database import Database
    from trustkit.store.unit_of_work import UnitOfWork


@dataclass(kw_only=True)
class IdentityHome:
    """One home in use. Safe to share between threads; not carried over a fork.

    `on_session_end` are told of sessions that are ended, in the unit that ends them; set before `sessions` is first asked for.
    `interactions` are logins that are needed, `mandates` who may act for whom.
    """

    settings: Settings
    database: Database
    clock: Clock
    operator: Principal
    secrets: HomeSecrets
    passphrase: Passphrase = field(repr=False)  # of key files connectors sign with
    on_session_end: tuple[Callable[[UnitOfWork, Session, datetime], None], ...] = field(default=())
    interactions: Interactions = field(default_factory=Interactions, init=False)
    mandates: Mandates = field(default_factory=Mandates, init=False)

    @property
    def version(self) -> str:
        """The installed version of trustkit."""
        return installed_version()

    @property
    def engine_name(self) -> str:
        """The SM2 engine of this process."""
        return engine_in_use()

    @cached_property
    def levels(self) -> Levels:
        """What evidence and factors are worth here."""
        return load_levels(self.settings.home, {each.name: each.most() for each in self.connector_settings})

    @cached_property
    def connector_settings(self) -> tuple[ConnectorSettings, ...]:
        """The ways to sign in by somebody else. Raise SETTINGS_MALFORMED, SETTINGS_UNKNOWN_KEY."""
        if not self.settings.connectors:
            return ()
        # What they stand on is path validation and more, which a home without them does without.
        from trustkit.app.idp_connector_settings import parse_connectors  # noqa: PLC0415

        return parse_connectors(self.settings.connectors)

    @cached_property
    def sessions(self) -> Sessions:
        """Who is signed in."""
        return Sessions(rules=self.settings.idp.session_rules(), levels=self.levels, on_end=self.on_session_end)

    @cached_property
    def access(self) -> PersonAccess:
        """What ends people's sessions and what came of them."""
        return PersonAccess(sessions=self.sessions)

    @cached_property
    def people(self) -> People:
        """Who there is."""
        return People(sealing=self.secrets, access=self.access)

    @cached_property
    def keys(self) -> ProviderKeys:
        """What the provider signs tokens with."""
        curve = Sm2CurveName(self.settings.idp.sm2_curve)
        return ProviderKeys(database=self.database, sealing=self.secrets, clock=self.clock, sm2_curve=curve)

    @cached_property
    def links(self) -> Links:
        """Who people are at providers."""
        return Links(sealing=self.secrets)

    @property
    def documents(self) -> Documents:
        """Which identity documents were seen."""
        return Documents(sealing=self.secrets)

    @property
    def cookies(self) -> CookieRules:
        """How the browser is known again."""
        return CookieRules(secure=self.settings.idp.secure)

    def close(self) -> None:
        """Let go of the store."""
        self.database.close()


def load_identity(home: Path, passphrase: Passphrase, clock: Clock | None = None) -> IdentityHome:
    """Return a home opened for identity; the caller closes it.

    Raises:
        TrustError: HOME_*, SETTINGS_*, STORE_*, ENGINE_*; KEY_MISSING when ``trustkit idp init`` was not run; PASSPHRASE_WRONG.
    """
    settings, database = open_store(home)
    try:
        if settings.production:
            settings.idp.require_secure()
        return IdentityHome(
            settings=settings,
            database=database,
            clock=clock or SystemClock(),
            operator=terminal_operator(),
            secrets=open_identity_secret(home, passphrase),
            passphrase=passphrase,
            on_session_end=(note_logout, end_grants),
        )
    except BaseException:
        database.close()
        raise


@contextmanager
def open_identity(home: Path, passphrase: Passphrase, clock: Clock | None = None) -> Iterator[IdentityHome]:
    """Give a home opened for identity to a command, closed at the end. Raise as `load_identity`; BUG where nobody was asked who acts."""
    opened = load_identity(home, passphrase, clock)
    try:
        if opened.settings.idp.officials_sign_in and not is_asked():
            raise TrustError(ErrorCode.BUG, "a home was opened for identity and nobody was asked who acts")
        yield opened
    finally:
        opened.close()
