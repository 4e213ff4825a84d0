"""Sign-in asked for behind the person's back (OpenID Connect CIBA Core 1.0, poll mode): the client names somebody, and he answers it.

    told = await desk.begin(proven, parameters, proof, now=now)            # auth_req_id; the client polls the token endpoint with it
    questions = desk.waiting(unit, session.person, now=now)                # what waits for whoever is signed in
    desk.allow(uow, session, reference, now=now)
    desk.refuse(uow, session.person, reference, now=now)

He answers on his own page, or in an app of his (`idp.app_requests`). A client must be registered for it. Somebody who is not there, is locked out, or is named by a hint that leads nowhere is asked just so, in
the same time, and never answers: the client learns of nobody whether he is here. The person sees who asks and the client's message, to
compare with what the client shows him, and says yes or no at the level the client asks for.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING, Final, Protocol

from idp.group_commit import Written
from idp.handles import fresh_handle
from idp.levels.acr import MAX_ACR_VALUES, parse_acr_values
from idp.op.asked_scopes import asked_resources, asked_scopes
from idp.op.client_model import OPENID, GrantType
from idp.op.clients import live_client
from idp.op.door import require_confidential
from idp.op.handles import HandleKind
from idp.op.once import use_once
from idp.op.parameters import malformed
from idp.op.poll_answers import PollNeed, poll_event, poll_members, poll_need, poll_wanted
from idp.people import compared_login_name
from idp.store_reading import read
from trustkit.audit.events import EventType
from trustkit.encoding.canonical_json import canonical_json
from trustkit.error_family import PASSING
from trustkit.errors import ErrorCode, TrustError
from trustkit.identity import Principal
from trustkit.identity_codes import IdentityCode
from trustkit.store import op_polls
from trustkit.store.op_polls import PollKind, PollRow, PollState

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import datetime

    from idp.group_commit import GroupWriter
    from idp.op.client_authentication import Proven
    from idp.op.client_model import Client
    from idp.op.parameters import Parameters
    from idp.op.poll_answers import PollAnswers
    from idp.op.proof import ProvenKey
    from idp.op.rules import ProviderRules
    from idp.op.tokens import TokenMaker
    from idp.session_model import Session
    from trustkit.encoding.canonical_json import JsonValue
    from trustkit.jose.claims import JwtClaims
    from trustkit.store.database import Database
    from trustkit.store.unit_of_work import ReadUnit, UnitOfWork
    from trustkit.web.rates import RateLimiter

MAX_MESSAGE: Final = 64  # characters; CIBA 7.1: relatively short
MAX_HINT: Final = 16 * 1024
MOST_SHOWN: Final = 20  # questions on one page, the newest
LEAST_EXPIRY: Final = timedelta(seconds=30)
_HINTS: Final = ("login_hint", "id_token_hint", "login_hint_token")
_MAX_DIGITS: Final = 9


class NamedPeople(Protocol):
    """Who has which login name."""

    def named(self, unit: ReadUnit, login_name: str) -> str | None:
        """Return the pseudonym of who may sign in by a login name, None for nobody."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BackchannelQuestion:
    """What the person is asked: which client, by what people call it, wants what; `message` is the client's, `need` what it needs."""

    reference: str
    client: str
    title: Mapping[str, str]
    scopes: tuple[str, ...]
    message: str = field(repr=False)
    need: PollNeed
    asked_at: datetime
    expires_at: datetime

    def titled(self, language: str) -> str:
        """Return what people call the client, in a language or else the first there is."""
        return self.title.get(language) or next(iter(self.title.values()), self.client)


@dataclass(frozen=True, slots=True, kw_only=True)
class BackchannelDesk:
    """Begins and answers requests. `asked` counts how often somebody is named, whoever names him."""

    rules: ProviderRules
    database: Database
    writer: GroupWriter
    answers: PollAnswers
    tokens: TokenMaker
    names: NamedPeople
    asked: RateLimiter
    handle: Callable[[], str] = field(default=fresh_handle, repr=False)

    async def begin(
        self, proven: Proven, parameters: Parameters, proof: ProvenKey | None, *, now: datetime
    ) -> Mapping[str, JsonValue]:
        """Return the members of the answer (CIBA 7.3).

        Raises:
            TrustError: OP_CLIENT_MAY_NOT, OP_CLIENT_REFUSED, OP_SCOPE, OP_TARGET, OP_PROOF, OP_REQUEST_FORM, OP_REQUEST_OBJECT, OP_BINDING_MESSAGE,
                IDP_ACR_VALUES, REQUEST_RATE.
        """
        client = require_confidential(proven).client
        if GrantType.BACKCHANNEL not in client.registration.grants:
            raise TrustError(IdentityCode.OP_CLIENT_MAY_NOT, "not registered for requests by the back channel")
        if parameters.get("request"):
            raise TrustError(IdentityCode.OP_REQUEST_OBJECT, "request is not taken")
        scopes = asked_scopes(client, parameters)
        if OPENID not in scopes:
            raise TrustError(IdentityCode.OP_SCOPE, "openid is needed")  # CIBA 7.1
        levels = parameters.bounded("acr_values", MAX_ACR_VALUES)
        parse_acr_values(levels)
        wanted: dict[str, JsonValue] = {
            "scopes": [*scopes],
            "resources": [*asked_resources(client, parameters)],
            "acr_values": levels,
            "message": _message(parameters),
        }
        lifetime = _expiry(parameters, self.rules.device)
        name, hint = _hint(parameters)
        # As it is looked up: another spelling names no other person.
        named = compared_login_name(hint) if name == "login_hint" else self._verified(client, hint, now=now).subject
        person = await read(self.database, lambda unit: self._person(unit, client, name, hint, now))
        self.asked.spend(HandleKind.SEEN.digest(f"person:{person}" if person else f"{name}:{named}"))
        request = self.handle()
        row = PollRow(
            poll_sm3=HandleKind.BACKCHANNEL.digest(request),
            kind=PollKind.BACKCHANNEL,
            client=client.identifier,
            person=person,
            parameters=canonical_json(wanted).decode(),
            interval_seconds=int(self.rules.interval.total_seconds()),
            created_at=now,
            expires_at=now + lifetime,
        )
        things = proven.once + (() if proof is None else proof.once)

        def keep(uow: UnitOfWork) -> Written[None]:
            if refusal := use_once(uow, things):
                return Written(None, refused=refusal)
            if not op_polls.add(uow, row):
                return Written(None, refused=TrustError(ErrorCode.REQUEST_BUSY, "ask again", retry_after=1))
            return Written(None, (poll_event(EventType.OP_POLL_BEGUN, row, now, Principal(id=f"client:{row.client}")),))

        await self.writer.write(keep)
        return {
            "auth_req_id": request,
            "expires_in": int(lifetime.total_seconds()),
            "interval": row.interval_seconds,
        }

    def waiting(self, unit: ReadUnit, person: str, *, now: datetime) -> tuple[BackchannelQuestion, ...]:
        """Return what waits for a person's answer, newest first."""
        rows = op_polls.list_pending(unit, person, at=now, limit=MOST_SHOWN)
        asked = ((row, live_client(unit, row.client)) for row in rows)
        return tuple(_question(row, client) for row, client in asked if client is not None)

    def question(self, unit: ReadUnit, person: str, reference: str, *, now: datetime) -> BackchannelQuestion:
        """Return one of what waits for a person. Raise OP_REQUEST_OVER (answered, over, another person's)."""
        return _question(*self._find(unit, person, reference, now))

    def allow(self, uow: UnitOfWork, session: Session, reference: str, *, now: datetime, app: str = "") -> None:
        """Note a person's yes, and make the grant; `app` is the factor it was said by, empty on a page. Tells the trail in the unit.

        Raises:
            TrustError: OP_REQUEST_OVER (answered, over, another person's), OP_LEVEL_UNMET; IDP_PERSON_LOCKED, IDP_MANDATE_*.
        """
        row, client = self._find(uow, session.person, reference, now)
        self.answers.allow(uow, session, row, client, means=GrantType.BACKCHANNEL, now=now, app=app)

    def refuse(self, uow: UnitOfWork, person: str, reference: str, *, now: datetime, app: str = "") -> None:
        """Note a person's no, as `allow`. Raise OP_REQUEST_OVER."""
        row, _ = self._find(uow, person, reference, now)
        self.answers.refuse(uow, person, row, now=now, app=app)

    def _find(self, unit: ReadUnit, person: str, reference: str, now: datetime) -> tuple[PollRow, Client]:
        row = op_polls.find(unit, reference)
        client = None if row is None else live_client(unit, row.client)
        if (
            row is None
            or client is None
            or row.kind is not PollKind.BACKCHANNEL
            or row.person != person
            or row.state is not PollState.PENDING
            or now >= row.expires_at
        ):
            raise TrustError(IdentityCode.OP_REQUEST_OVER, "nothing waits for this person by this reference")
        return row, client

    def _verified(self, client: Client, hint: str, *, now: datetime) -> JwtClaims:
        """Return what an ID token of ours says, in force or not. Raise OP_REQUEST_FORM for one that is not the client's."""
        try:
            return self.tokens.verify_hint(hint, client=client.identifier, now=now).claims
        except TrustError as error:
            if error.code.family in PASSING:
                raise
            raise malformed("id_token_hint is not one of ours") from error

    def _person(self, unit: ReadUnit, client: Client, name: str, hint: str, now: datetime) -> str | None:
        if name == "login_hint":
            return self.names.named(unit, hint)
        return self.tokens.hinted_person(client, self._verified(client, hint, now=now))


def _hint(parameters: Parameters) -> tuple[str, str]:
    """Return the one hint there is (CIBA 7.1: exactly one). Raise OP_REQUEST_FORM."""
    given = [(name, parameters.bounded(name, MAX_HINT)) for name in _HINTS if parameters.get(name)]
    if len(given) != 1 or given[0][0] == "login_hint_token":
        raise malformed("one of login_hint and id_token_hint is needed")
    return given[0]


def _message(parameters: Parameters) -> str:
    text = parameters.get("binding_message").strip()
    if len(text) > MAX_MESSAGE or not text.isprintable():
        raise TrustError(
            IdentityCode.OP_BINDING_MESSAGE,
            f"a message has at most {MAX_MESSAGE} printable characters",
            most=MAX_MESSAGE,
        )
    return text


def _expiry(parameters: Parameters, most: timedelta) -> timedelta:
    """Return for how long the request is good: what is asked for within our bounds, else the most."""
    text = parameters.get("requested_expiry")
    if not text:
        return most
    if not (text.isascii() and text.isdigit() and len(text) <= _MAX_DIGITS and int(text)):
        raise malformed("requested_expiry is a positive number of seconds")
    return max(LEAST_EXPIRY, min(timedelta(seconds=int(text)), most))


def _question(row: PollRow, client: Client) -> BackchannelQuestion:
    message = poll_members(row).get("message")
    return BackchannelQuestion(
        reference=row.poll_sm3,
        client=client.identifier,
        title=dict(client.registration.title),
        scopes=poll_wanted(row)[0],
        message=message if isinstance(message, str) else "",
        need=poll_need(row, client),
        asked_at=row.created_at,
        expires_at=row.expires_at,
    )
