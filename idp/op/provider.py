"""The provider put together: from what it is given, the services and routes of one process.

provider = Provider(rules=rules, database=database, clock=clock, keys=keys, sealing=sealing, people=people, sessions=sessions,
                    interactions=interactions, judge=None, writer=GroupWriter(database))
routers = provider.routers(BrowserDoor(cookies=cookies, show=show))
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Final, Protocol

from idp.handles import fresh_handle
from idp.op.authorization import AuthorizationDesk
from idp.op.authorize_api import authorize_router, discovery_router, userinfo_router
from idp.op.backchannel import BackchannelDesk
from idp.op.client_authentication import ClientAuthenticator
from idp.op.clients import ClientRegister
from idp.op.consents import ConsentDesk
from idp.op.devices import DeviceDesk
from idp.op.door import ClientDoor
from idp.op.grants import Liveness
from idp.op.introspection import TokenDesk
from idp.op.judgement import RequestJudge
from idp.op.logout import EndableSessions, LogoutDesk
from idp.op.logout_api import logout_router
from idp.op.own_grants import OwnGrants
from idp.op.poll_answers import PollAnswers
from idp.op.proof import ProofDesk, ProofNonces
from idp.op.registration_api import registration_router
from idp.op.taking import Taking
from idp.op.token_api import token_router
from idp.op.token_service import TokenService
from idp.op.tokens import SigningKeys, TokenMaker
from idp.op.userinfo import UserInfo
from trustkit.web.rates import RateLimiter

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from starlette.routing import Router

    from idp.group_commit import GroupWriter
    from idp.interactions import Interactions
    from idp.op.authorize_api import BrowserDoor
    from idp.op.backchannel import NamedPeople
    from idp.op.client_authentication import CertificateJudge
    from idp.op.client_limits import ClientLimits
    from idp.op.people import PeopleView
    from idp.op.rules import ProviderRules
    from idp.sealing import Sealing
    from trustkit.clock import Clock
    from trustkit.encoding.canonical_json import JsonValue
    from trustkit.store.database import Database

# Looks at a code one person may take, six at once: among 2^34 of them nobody guesses one that lives for minutes.
CODES_PER_MINUTE: Final = 60
DEVICES_PER_MINUTE: Final = 600  # requests one client begins for its devices: each is a row and an entry of the trail
# How often somebody is named behind his back, twice at once, whoever names him: nobody is worn down by questions.
NAMED_PER_MINUTE: Final = 20


class ProviderKeys(SigningKeys, Protocol):
    """The provider's keys, and the sets others read them from."""

    def jwks(self) -> Mapping[str, JsonValue]:
        """Return the set of standard keys."""

    def gm_jwks(self) -> Mapping[str, JsonValue]:
        """Return the set of SM2 keys."""


@dataclass(frozen=True, kw_only=True)
class Provider:
    """One provider. `judge` is None where no client shows certificates of an authority."""

    rules: ProviderRules
    database: Database
    clock: Clock
    keys: ProviderKeys
    sealing: Sealing
    people: PeopleView
    names: NamedPeople
    sessions: EndableSessions
    interactions: Interactions
    writer: GroupWriter
    judge: CertificateJudge | None = None
    limits: ClientLimits | None = None
    handle: Callable[[], str] = field(default=fresh_handle, repr=False)

    @cached_property
    def tokens(self) -> TokenMaker:
        """What signs and reads tokens."""
        return TokenMaker(rules=self.rules, keys=self.keys, sealing=self.sealing)

    @cached_property
    def liveness(self) -> Liveness:
        """What tells whether grants are still good."""
        return Liveness(people=self.people, sessions=self.sessions)

    @cached_property
    def proofs(self) -> ProofDesk:
        """What reads proofs of keys."""
        return ProofDesk(rules=self.rules, nonces=ProofNonces(self.sealing) if self.rules.proof_nonce else None)

    @cached_property
    def door(self) -> ClientDoor:
        """What lets clients in."""
        audiences = [self.rules.issuer, *(self.rules.url(path) for path in ("/token", "/par", "/bc-authorize"))]
        return ClientDoor(
            database=self.database,
            clock=self.clock,
            authenticator=ClientAuthenticator(audiences=audiences, judge=self.judge, skew=self.rules.skew),
            proofs=self.proofs,
            limits=self.limits,
        )

    @cached_property
    def authorization(self) -> AuthorizationDesk:
        """What answers authorization requests."""
        return AuthorizationDesk(
            rules=self.rules,
            writer=self.writer,
            judge=RequestJudge(tokens=self.tokens, people=self.people),
            sessions=self.sessions,
            interactions=self.interactions,
            handle=self.handle,
        )

    @cached_property
    def desk(self) -> TokenDesk:
        """What looks into tokens."""
        return TokenDesk(writer=self.writer, tokens=self.tokens, liveness=self.liveness)

    @cached_property
    def devices(self) -> DeviceDesk:
        """What devices without a browser begin, and people answer at theirs."""
        return DeviceDesk(
            rules=self.rules,
            writer=self.writer,
            sealing=self.sealing,
            answers=self.answers,
            tries=RateLimiter(CODES_PER_MINUTE, self.clock),
            begun=RateLimiter(DEVICES_PER_MINUTE, self.clock),
            handle=self.handle,
        )

    @cached_property
    def backchannel(self) -> BackchannelDesk:
        """What clients ask people behind their backs, and people answer on their own page."""
        return BackchannelDesk(
            rules=self.rules,
            database=self.database,
            writer=self.writer,
            answers=self.answers,
            tokens=self.tokens,
            names=self.names,
            asked=RateLimiter(NAMED_PER_MINUTE, self.clock),
            handle=self.handle,
        )

    @property
    def answers(self) -> PollAnswers:
        """What takes people's answers to what was asked elsewhere."""
        return PollAnswers(rules=self.rules, people=self.people)

    @property
    def consents(self) -> ConsentDesk:
        """What asks people, and keeps what they said."""
        return ConsentDesk()

    @property
    def own_grants(self) -> OwnGrants:
        """What people see and end of what clients hold."""
        return OwnGrants(liveness=self.liveness)

    def routers(self, browsers: BrowserDoor) -> tuple[Router, ...]:
        """Return every route of the provider."""
        taking = Taking(rules=self.rules, liveness=self.liveness, handle=self.handle)
        service = TokenService(taking=taking, tokens=self.tokens, writer=self.writer)
        info = UserInfo(
            database=self.database, writer=self.writer, desk=self.desk, proofs=self.proofs, people=self.people
        )
        logout = LogoutDesk(tokens=self.tokens, sessions=self.sessions)
        routers = (
            token_router(
                self.door,
                service,
                self.authorization,
                desk=self.desk,
                devices=self.devices,
                backchannel=self.backchannel,
            ),
            authorize_router(browsers, self.authorization, self.clock),
            userinfo_router(info, self.clock),
            discovery_router(self.rules, jwks=self.keys.jwks, gm_jwks=self.keys.gm_jwks),
            logout_router(browsers, logout, self.writer, self.clock),
        )
        if not self.rules.registration:
            return routers
        register = ClientRegister(database=self.database, clock=self.clock, handle=self.handle)
        return (*routers, registration_router(register, self.writer))
