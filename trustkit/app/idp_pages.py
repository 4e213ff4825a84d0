"""The pages of a home: the services people meet there, and the house's QR codes for what an app scans."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from starlette.routing import Router

from idp.connectors.port import tells_when
from idp.factors.enroller import TWO_FACTORS, Guarded
from idp.pages.account import AccountPages
from idp.pages.consent import ConsentPages
from idp.pages.devices import DevicePages
from idp.pages.enrolment import PATHS, EnrolmentPages
from idp.pages.links import PAGE as LINKS
from idp.pages.links import LinkPages
from idp.pages.login_routes import LoginRoutes
from idp.pages.logout import LogoutPages
from idp.pages.own import OwnDoor
from idp.pages.pairing import PAIRING, PairingPages
from idp.pages.requests import PATH as REQUESTS
from idp.pages.requests import RequestPages
from idp.pages.site import SITE

if TYPE_CHECKING:
    from trustkit.app.idp_home import IdentityHome
    from trustkit.app.idp_login import HomeLogin
    from trustkit.app.idp_provider import HomeProvider


@dataclass(frozen=True, slots=True, kw_only=True)
class HomePages:
    """The pages of an opened home."""

    home: IdentityHome
    login: HomeLogin
    provided: HomeProvider

    def _guarded(self) -> Guarded:
        connectors = self.login.desk.means.connectors
        strong = (name for name, each in connectors.items() if each.most.authentication >= TWO_FACTORS)
        return Guarded(providers=frozenset(strong), organisation=self.home.settings.authority.uscc)

    def routers(self) -> tuple[Router, ...]:
        """Return every route of the pages."""
        home, login, provider = self.home, self.login, self.provided.provider
        door = OwnDoor(
            database=home.database,
            clock=home.clock,
            sealing=home.secrets,
            sessions=home.sessions,
            interactions=home.interactions,
            cookies=home.cookies,
            guarded=self._guarded(),
            limiter=login.limiter,
        )
        links = LinkPages(
            door=door,
            linking=login.linking,
            brokered=login.brokered,
            titles={name: each.connector.title for name, each in login.connectors.items()},
            untimed=frozenset(name for name, each in login.connectors.items() if not tells_when(each.connector)),
        )
        account = AccountPages(
            door=door,
            standing=login.factors.standing,
            levels=home.levels,
            access=home.access,
            consents=provider.consents,
            requests=provider.backchannel,
            grants=provider.own_grants,
            mandates=home.mandates,
            links=links,
            returns=frozenset({*PATHS.values(), PAIRING, LINKS, REQUESTS}),
        )
        enrolment = EnrolmentPages(
            door=door,
            factors=login.factors,
            picture=_qr_code,
            name=home.settings.authority.name,
            told=account.shows_refusals,
            room=login.room,
        )
        pairing = PairingPages(
            door=door,
            apps=login.factors.apps,
            picture=_qr_code,
            site=home.settings.idp.url(),
            told=account.shows_refusals,
        )
        return (
            Router(routes=SITE.routes()),
            self._login_routes(),
            account.router(),
            enrolment.router(),
            pairing.router(),
            links.router(),
            ConsentPages(door=door, desk=provider.consents, mandates=home.mandates).router(),
            RequestPages(door=door, desk=provider.backchannel, mandates=home.mandates).router(),
            DevicePages(door=door, desk=provider.devices, mandates=home.mandates).router(),
            LogoutPages(door=door).router(),
        )

    def _login_routes(self) -> Router:
        login = self.login
        return LoginRoutes(
            login=login.login,
            passwords=login.passwords,
            brokered=login.brokered,
            confirmed=login.confirmed,
            cookies=self.home.cookies,
            titled=login.titled,
            limiter=login.limiter,
        ).router()


def _qr_code(text: str) -> str:
    # The encoder is loaded when somebody enrols an app, not when the service starts.
    from esign.rendering.qr import MAX_SCREEN_OCTETS, qr_svg  # noqa: PLC0415

    return qr_svg(text, most=MAX_SCREEN_OCTETS)
