"""Signing out where a client asks for it (OpenID Connect RP-Initiated Logout 1.0), and telling all clients of a session that it ended.

Without asking, a session ends only for who shows an ID token made in it; anybody else, such as a link on a foreign page, gets our own
page that asks. The browser goes back only to an address the client registered, to the letter.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, Protocol

from idp.op.addresses import with_parameters
from idp.op.clients import live_client
from idp.op.people import UsedSessions
from idp.op.words import MAX_STATE
from trustkit.error_family import PASSING
from trustkit.errors import TrustError
from trustkit.identity import Principal, fresh_identifier
from trustkit.identity_codes import IdentityCode
from trustkit.jose.claims import read_claims, same_text
from trustkit.jose.jwt import parse_token
from trustkit.store import op_grants, op_logouts
from trustkit.store.op_logouts import LogoutRow

if TYPE_CHECKING:
    from datetime import datetime

    from idp.op.client_model import Client
    from idp.op.parameters import Parameters
    from idp.op.tokens import TokenMaker
    from idp.session_model import Session
    from trustkit.store.unit_of_work import ReadUnit, UnitOfWork

END_SESSION: Final = "/end_session"
LOGOUT_PAGE: Final = "/logout"
REASON: Final = "client-logout"
_PREFIX: Final = "lo"


class EndableSessions(UsedSessions, Protocol):
    """Sessions that can be ended (`idp.sessions.Sessions`)."""

    def end(self, uow: UnitOfWork, session: str, *, reason: str, now: datetime, actor: Principal) -> None:
        """End a session."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SignedOut:
    """Where the browser goes, and whether its session ended."""

    location: str = field(repr=False)
    ended: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class LogoutDesk:
    """Ends sessions for clients."""

    tokens: TokenMaker
    sessions: EndableSessions

    def end(self, uow: UnitOfWork, parameters: Parameters, secret: str | None, *, now: datetime) -> SignedOut:
        """Return where the browser goes. Raise OP_LOGOUT for a token or address that is not the client's; told to the person."""
        session = self.sessions.current(uow, secret, now=now)
        hint = parameters.bounded("id_token_hint", 16 * 1024)
        client, sid = self._hinted(uow, hint, parameters.get("client_id"), now)
        back = self._back(client, parameters)
        if session is None:
            return SignedOut(location=back or self._page(), ended=False)
        if client is None or not same_text(sid, self.tokens.session_name(client, session.id)):
            return SignedOut(location=self._page(), ended=False)  # the person is asked, and stays with us
        self.sessions.end(uow, session.id, reason=REASON, now=now, actor=Principal(id=session.person))
        return SignedOut(location=back or with_parameters(self._page(), {"done": "1"}), ended=True)

    def _page(self) -> str:
        return self.tokens.rules.url(LOGOUT_PAGE)

    def _hinted(self, unit: ReadUnit, hint: str, named: str, now: datetime) -> tuple[Client | None, str]:
        """Return the client a hint was made for and the session it was made in."""
        if not hint:
            return None, ""
        try:
            audience = read_claims(parse_token(hint).payload).audience
            verified = self.tokens.verify_hint(hint, client=audience[0] if audience else "-", now=now)
        except TrustError as error:
            if error.code.family in PASSING:
                raise
            raise TrustError(IdentityCode.OP_LOGOUT, "id_token_hint is not one of ours") from error
        client = live_client(unit, verified.claims.audience[0])
        if client is None or (named and named != client.identifier):
            raise TrustError(IdentityCode.OP_LOGOUT, "id_token_hint is not of this client")
        return client, verified.claims.text("sid")

    def _back(self, client: Client | None, parameters: Parameters) -> str:
        """Return where the client wants the browser back, empty for nowhere. Raise OP_LOGOUT."""
        asked = parameters.get("post_logout_redirect_uri")
        if not asked:
            return ""
        if client is None or asked not in client.registration.logout_uris:
            raise TrustError(
                IdentityCode.OP_LOGOUT, "post_logout_redirect_uri is not registered, or no ID token came with it"
            )
        state = parameters.bounded("state", MAX_STATE)
        return with_parameters(asked, {"state": state}) if state else asked


def note_logout(uow: UnitOfWork, session: Session, now: datetime) -> None:
    """Note in the unit that ends a session which clients are to be told of it; a hook of `idp.sessions.Sessions`."""
    for identifier in op_grants.clients_of_session(uow, session.id):
        client = live_client(uow, identifier)
        if client is not None and client.registration.backchannel_uri:
            row = LogoutRow(
                identifier=fresh_identifier(_PREFIX),
                client=identifier,
                person=session.person,
                session=session.id,
                due_at=now,
                created_at=now,
            )
            op_logouts.add(uow, row)
