"""Logins of a home: its factors and connectors, what each is worth, and who is linked to whom."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from idp.evidence import EvidenceKind
from idp.factors.port import FactorKind
from idp.group_commit import GroupWriter
from idp.linking import Linking
from idp.login import Login
from idp.login_brokered import BrokeredLogin
from idp.login_confirmation import ConfirmedLogin
from idp.login_means import LoginConnector, LoginMeans
from idp.login_password import PasswordStep
from idp.login_progress import LoginDesk
from idp.op.clients import live_client
from idp.pages.words import all_words
from idp.password_room import PasswordRoom
from idp.places import Places
from idp.subject.claims import MandateClaims
from idp.upstream_logout import UpstreamLogouts
from trustkit.app.cores import cores
from trustkit.app.idp_factors import HomeFactors
from trustkit.identity import AssuranceLevel
from trustkit.web.rates import RateLimiter

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from idp.connectors.port import Connector
    from idp.evidence import BrokeredIdentity
    from idp.levels.assessment import Levels
    from idp.levels.ladder import Ladder, Rung
    from trustkit.app.idp_connector_settings import ConnectorSettings
    from trustkit.app.idp_home import IdentityHome
    from trustkit.store.unit_of_work import UnitOfWork

_TOGETHER: Final = 4  # steps by password in one transaction: so long do clients' tokens wait
_LADDERS: Final = ("ladder", "login_ladder", "real_name_ladder")  # where connectors of each kind name theirs


@dataclass(frozen=True, kw_only=True)
class HomeLogin:
    """Signing in at an opened home."""

    home: IdentityHome

    @cached_property
    def factors(self) -> HomeFactors:
        """The factors."""
        return HomeFactors(home=self.home)

    @cached_property
    def connectors(self) -> Mapping[str, LoginConnector]:
        """The connectors of the settings, by name.

        Raises:
            TrustError: SETTINGS_INSECURE, SETTINGS_MALFORMED, IDP_CONNECTOR and what reading their files and keys raises.
        """
        settings = self.home.connector_settings
        if not settings:
            return MappingProxyType({})
        from trustkit.app.idp_connector_settings import require_equal_service  # noqa: PLC0415 - as in `_made`

        require_equal_service(settings, local=True)
        made = _made(self.home, settings)
        levels = self.home.levels
        return MappingProxyType({each.name: as_used(made[each.name], each, levels) for each in settings})

    @cached_property
    def desk(self) -> LoginDesk:
        """What reads, judges and writes logins."""
        factors = self.factors
        return LoginDesk(
            sealing=self.home.secrets,
            sessions=self.home.sessions,
            interactions=self.home.interactions,
            means=LoginMeans(
                levels=self.home.levels,
                codes={FactorKind.TOTP: factors.totp, FactorKind.RECOVERY: factors.recovery},
                passwords=True,
                passkeys=factors.passkeys,
                confirmed=True,
                connectors=self.connectors,
                links=self.home.links,
                on_brokered=(self._organisations,),
                known=self.home.documents.evidence,
            ),
            on_signed_in=(Places(sealing=self.home.secrets).signed_in,),
        )

    @cached_property
    def room(self) -> PasswordRoom:
        """Where passwords are hashed."""
        return PasswordRoom(cores())

    @cached_property
    def limiter(self) -> RateLimiter:
        """What counts the logins of one address."""
        return RateLimiter(self.home.settings.idp.login_per_minute, self.home.clock)

    @cached_property
    def login(self) -> Login:
        """Logins by one's own factors."""
        home = self.home
        return Login(database=home.database, clock=home.clock, desk=self.desk, people=home.people)

    @cached_property
    def passwords(self) -> PasswordStep:
        """Steps by password, written for many at once, after the tokens of clients that wait."""
        database = self.home.database
        # A server has many writers: groups of two processes would hold the counts of addresses they share in two orders.
        together = _TOGETHER if database.dialect == "sqlite" else 1
        writer = GroupWriter(database, together=together, ahead=False)
        return PasswordStep(login=self.login, passwords=self.factors.passwords, writer=writer, room=self.room)

    @cached_property
    def confirmed(self) -> ConfirmedLogin:
        """Steps by confirmation in the person's app."""
        return ConfirmedLogin(
            login=self.login,
            confirmations=self.factors.confirmations,
            own=all_words()["page.service"],
            titled=self.titled,
        )

    def titled(self, client: str, language: str) -> str:
        """Return what people read of a registered client, in a language where it has a title in it; empty for none."""
        with self.home.database.reading() as unit:
            found = live_client(unit, client)
        return "" if found is None else found.title(language)

    @cached_property
    def brokered(self) -> BrokeredLogin:
        """Logins by connectors."""
        home = self.home
        return BrokeredLogin(
            database=home.database,
            clock=home.clock,
            desk=self.desk,
            people=home.people,
            throttle=self.factors.throttle,
            linking=self.linking,
        )

    @cached_property
    def linking(self) -> Linking:
        """What links people to connectors, and takes links away."""
        home = self.home
        return Linking(
            interactions=home.interactions,
            links=home.links,
            access=home.access,
            sessions=home.sessions,
            providers=self.connectors,
        )

    @cached_property
    def logouts(self) -> UpstreamLogouts:
        """Logouts that connectors' providers tell of."""
        home = self.home
        return UpstreamLogouts(
            database=home.database,
            clock=home.clock,
            sealing=home.secrets,
            sessions=home.sessions,
            links=home.links,
            connectors={name: each.connector for name, each in self.connectors.items()},
            throttle=self.factors.throttle,
        )

    def _organisations(self, uow: UnitOfWork, person: str, identity: BrokeredIdentity, now: datetime) -> None:
        """Make mandates of what a provider that may speak for organisations says of them."""
        sources = frozenset(each.name for each in self.home.connector_settings if each.speaks_for_organisations)
        claims = MandateClaims(mandates=self.home.mandates, sources=sources, own=self.home.settings.authority.uscc)
        claims.take(uow, person, identity, now=now)


def as_used(connector: Connector, settings: ConnectorSettings, levels: Levels) -> LoginConnector:
    """Return a connector with the most it can give: what its ladders have, within what this home takes its word for."""
    named = (levels.ladders.get(getattr(settings, name, "")) for name in _LADDERS)
    ladders = [ladder for ladder in named if ladder is not None]
    names = [rung for ladder in ladders if (rung := ladder.top(EvidenceKind.REAL_NAME)) is not None]
    logins = [rung for ladder in ladders if (rung := _login_rung(ladder, settings.login_word())) is not None]
    most = settings.most()
    return LoginConnector(
        connector=connector,
        most=AssuranceLevel(
            identity=min(most.identity, max((each.level for each in names), default=0)),
            authentication=min(most.authentication, max((each.level for each in logins), default=0)),
        ),
        phishing_resistant=any(each.phishing_resistant for each in logins),
        hardware=any(each.hardware for each in logins),
        admits=settings.admits,
    )


def _login_rung(ladder: Ladder, word: str) -> Rung | None:
    """Return the rung of the only word there is, else the highest; None as `Ladder.top`."""
    top = ladder.top(EvidenceKind.LOGIN)
    return top if top is None or not word else ladder.rung(EvidenceKind.LOGIN, word)


def _made(home: IdentityHome, settings: tuple[ConnectorSettings, ...]) -> Mapping[str, Connector]:
    # Only a home with connectors pays for what they stand on: HTTP, path validation, the verifier's gathering.
    from trustkit.app.idp_connectors import ConnectorMaking  # noqa: PLC0415
    from trustkit.app.idp_standing import GatheredStanding  # noqa: PLC0415
    from trustkit.app.publications import StorePublications  # noqa: PLC0415
    from trustkit.x509.certificate import parse_certificate  # noqa: PLC0415
    from verifier.fetch import HttpFetcher  # noqa: PLC0415

    publications = StorePublications(database=home.database)
    verify = home.settings.verify
    fetcher = HttpFetcher(clock=home.clock, seconds=float(verify.fetch_seconds), octets=verify.fetch_octets)
    making = ConnectorMaking(
        home=home.settings.home,
        base_url=home.settings.idp.url(),
        production=home.settings.production,
        sealing=home.secrets,
        passphrase=home.passphrase,
        clock=home.clock,
        standing=GatheredStanding(publications=publications, fetcher=fetcher if verify.fetch else None),
        roots=tuple(parse_certificate(der) for der in publications.certificates()),
    )
    return making.connectors(settings)
