"""Whether an authorization request may be answered with a code now, or what is missing; pure but for what it looks up.

The levels are judged by `idp.stepup` alone. A request says what it needs by its client's least level, `max_age`, `prompt`, and names of
levels: before the person was asked, any of the names is tried for; after that (`settled`) only an essential one is insisted on, as
OpenID Connect Core 5.5.1.1 has `acr_values` voluntary. Which of them asks least of him is the login's to find, which knows his means.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime  # noqa: TC003 - a field type of a public dataclass
from enum import Enum, auto, unique
from typing import TYPE_CHECKING, Final

from idp.stepup import Need, Reached, Shortfall, any_shortfall
from trustkit.error_family import PASSING
from trustkit.errors import ErrorCode, TrustError
from trustkit.identity_codes import IdentityCode
from trustkit.store import op_consents

if TYPE_CHECKING:
    from idp.op.authorization_request import AuthorizationRequest
    from idp.op.client_model import Client
    from idp.op.people import PeopleView
    from idp.op.tokens import TokenMaker
    from idp.session_model import Session
    from trustkit.identity import AcrDemand
    from trustkit.store.unit_of_work import ReadUnit

_AGAIN: Final = frozenset({"login", "select_account"})
_OF_LEVEL: Final = frozenset({Shortfall.IDENTITY, Shortfall.AUTHENTICATION, Shortfall.PHISHING})


@unique
class Missing(Enum):
    """What has to happen before a request is answered."""

    LOGIN = auto()
    CONSENT = auto()


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A request before a person: of which client, since when, what he said to it, and whether he was asked to sign in for it.

    `proved`: somebody proved who he is in that login, which did not come to its end.
    """

    request: AuthorizationRequest
    client: Client
    since: datetime
    consent: str = ""
    settled: bool = False
    proved: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestJudge:
    """Judges requests against sessions."""

    tokens: TokenMaker
    people: PeopleView

    def missing(self, unit: ReadUnit, asked: Asked, session: Session | None, *, now: datetime) -> Missing | None:
        """Return what has to happen first, None when the request may be answered with a code.

        Raises:
            TrustError: OP_LOGIN_REQUIRED, OP_INTERACTION_REQUIRED, OP_CONSENT_REQUIRED (nobody may be asked); OP_LEVEL_UNMET,
                OP_REQUEST_DENIED (he was asked in vain).
        """
        request, silent = asked.request, self.need(asked).silent
        if request.essential and not request.demands:
            raise TrustError(IdentityCode.OP_LEVEL_UNMET, "no level of that name is known here")
        lacking = self._lacking(asked, session, now)
        if lacking is not None:
            if silent:
                raise _silent(lacking)
            if asked.settled:
                raise _in_vain(lacking, proved=asked.proved)
            return Missing.LOGIN
        if session is None:
            raise TrustError(ErrorCode.BUG, "enough was reached by nobody")
        self._require_standing(unit, session, now)
        if asked.consent == "refused":
            raise TrustError(IdentityCode.OP_REQUEST_DENIED, "the person said no")
        if not self._to_be_asked(unit, asked, session):
            return None
        if silent:
            raise TrustError(IdentityCode.OP_CONSENT_REQUIRED, "the person has to agree")
        return Missing.CONSENT

    def need(self, asked: Asked) -> Need:
        """Return what the request needs, whatever names of levels it has besides."""
        request = asked.request
        return Need(
            level=asked.client.registration.least,
            max_age=request.max_age,
            asked_at=asked.since,
            reauthenticate=bool(request.prompt & _AGAIN),
            silent="none" in request.prompt,
        )

    def demands(self, asked: Asked) -> tuple[AcrDemand, ...]:
        """Return the names any of which is needed on top, none where it does without."""
        return asked.request.demands if asked.request.essential or not asked.settled else ()

    def expecting(self, request: AuthorizationRequest, hint: str, *, now: datetime) -> AuthorizationRequest:
        """Return the request with whom its `id_token_hint` names, before anything of it is kept. Raise OP_REQUEST_FORM."""
        if not hint:
            return request
        try:
            verified = self.tokens.verify_hint(hint, client=request.client, now=now)
        except TrustError as error:
            if error.code.family in PASSING:
                raise
            raise TrustError(IdentityCode.OP_REQUEST_FORM, "id_token_hint is not one of ours") from error
        if request.expected not in {"", verified.claims.subject}:
            raise TrustError(IdentityCode.OP_REQUEST_FORM, "id_token_hint and the claim sub name two people")
        return replace(request, expected=verified.claims.subject)

    def expects(self, asked: Asked, session: Session | None) -> bool:
        """Tell whether a session is of the person the request names, if it names one."""
        expected = asked.request.expected
        return not expected or session is None or expected == self.tokens.subject(asked.client, session.person)

    def _lacking(self, asked: Asked, session: Session | None, now: datetime) -> Shortfall | None:
        if session is None or not self.expects(asked, session):
            return Shortfall.SIGN_IN
        reached = Reached(level=session.assurance, methods=session.methods, authenticated_at=session.authenticated_at)
        need = self.need(asked)
        return any_shortfall(need.with_any(self.demands(asked)), reached, now)

    def _require_standing(self, unit: ReadUnit, session: Session, now: datetime) -> None:
        try:
            self.people.require_active(unit, session.person)
            if session.mandate is not None:
                self.people.acting_for(unit, person=session.person, mandate=session.mandate, now=now)
        except TrustError as error:
            if error.code.family in PASSING:
                raise
            raise TrustError(
                IdentityCode.OP_REQUEST_DENIED, "the person or the mandate is not good any more"
            ) from error

    def _to_be_asked(self, unit: ReadUnit, asked: Asked, session: Session) -> bool:
        if not asked.client.registration.asks_consent:
            return False
        # Kept with who said it, and for whom he acts: a yes of one person, or for oneself, is none of another or for an organisation,
        # also where who said it just now has changed his role since.
        kept = op_consents.find(unit, session.person, asked.client.identifier, session.mandate)
        if kept is None or not set(asked.request.scopes) <= set(kept.scopes.split()):
            return True
        return "consent" in asked.request.prompt and (asked.consent != "given" or kept.given_at < asked.since)


def _silent(lacking: Shortfall) -> TrustError:
    if lacking in _OF_LEVEL:
        return TrustError(IdentityCode.OP_INTERACTION_REQUIRED, "a stronger sign-in is needed")
    return TrustError(IdentityCode.OP_LOGIN_REQUIRED, "the person has to sign in")


def _in_vain(lacking: Shortfall, *, proved: bool) -> TrustError:
    """Return what a client is told of who was asked in vain.

    Who signed in and did not reach the level is no other than who was signed in before (OpenID Connect Unmet Authentication Requirements 1.0);
    where nobody signed in at all, the person said no (RFC 6749 4.1.2.1).
    """
    if lacking in _OF_LEVEL or (lacking is Shortfall.SIGN_IN and proved):
        return TrustError(IdentityCode.OP_LEVEL_UNMET, "the level was not reached")
    if lacking is Shortfall.AGE:
        return TrustError(IdentityCode.OP_LOGIN_REQUIRED, "the sign-in is too old")
    return TrustError(IdentityCode.OP_REQUEST_DENIED, "nobody signed in")
