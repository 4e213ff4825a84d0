"""The authorization endpoint: a client's request goes past a person and comes back as a code, or as a refusal.

    pushed = await desk.push(proven, parameters, proof, now=now)           # RFC 9126
    going = await desk.begin(parameters, browser, now=now)                 # /authorize
    going = await desk.go_on(interaction, browser, now=now)                # /authorize/continue, when login or consent came to an end

Where the browser goes is always one of three: our own pages, the registered address with a code, the registered address with an error.
What is wrong with the client or the address itself is raised, and told to the person alone: nobody is sent anywhere by a request that
cannot be believed. Each answer names us (`iss`, RFC 9207). Nothing a page did is believed: the session is judged anew at every step.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from idp.group_commit import Written, checked
from idp.handles import digest_of, is_handle
from idp.interaction import InteractionPurpose
from idp.interactions import Wanted
from idp.op.addresses import with_parameters
from idp.op.authorization_request import (
    asked_hint,
    bound_to_proof,
    kept_request,
    read_authorization,
    request_text,
    require_return,
    require_return_still,
)
from idp.op.client_model import GrantType
from idp.op.clients import live_client
from idp.op.grants import KEY_BOUND, keep_grant, new_grant
from idp.op.handles import HandleKind
from idp.op.judgement import Asked, Missing
from idp.op.oauth_error import oauth_error
from idp.op.once import use_once
from idp.op.parameters import malformed
from idp.op.words import MAX_STATE
from trustkit.error_family import PASSING
from trustkit.errors import TrustError
from trustkit.identity_codes import IdentityCode
from trustkit.store import idp_logins, op_grants, op_requests
from trustkit.store.op_grants import CodeRow
from trustkit.store.op_requests import RequestKind, RequestRow

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from idp.group_commit import GroupWriter
    from idp.interactions import Interactions
    from idp.op.authorization_request import AuthorizationRequest
    from idp.op.client_authentication import Proven
    from idp.op.client_model import Client
    from idp.op.judgement import RequestJudge
    from idp.op.parameters import Parameters
    from idp.op.people import UsedSessions
    from idp.op.proof import ProvenKey
    from idp.op.rules import ProviderRules
    from idp.session_model import Session
    from trustkit.store.unit_of_work import UnitOfWork

REQUEST_URI: Final = "urn:ietf:params:oauth:request_uri:"
LOGIN_PAGE: Final = "/login"
CONSENT_PAGE: Final = "/consent"


@dataclass(frozen=True, slots=True, kw_only=True)
class Browser:
    """What a browser showed: the secrets of its two cookies, as far as it has them."""

    session: str | None = field(default=None, repr=False)
    binding: str | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Going:
    """Where the browser goes, and the secret of the cookie that binds the login to it; empty when none is set."""

    location: str = field(repr=False)
    binding: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class AuthorizationDesk:
    """Answers authorization requests."""

    rules: ProviderRules
    writer: GroupWriter
    judge: RequestJudge
    sessions: UsedSessions
    interactions: Interactions
    handle: Callable[[], str] = field(repr=False)

    async def push(
        self, proven: Proven, parameters: Parameters, proof: ProvenKey | None, *, now: datetime
    ) -> tuple[str, int]:
        """Keep a pushed request; return its `request_uri` and for how many seconds it is good (RFC 9126 2.2).

        Raises:
            TrustError: OP_REQUEST_FORM, OP_REDIRECT, OP_CLIENT_REFUSED and OP_PROOF (used before); as `read_authorization`.
        """
        if parameters.get("request_uri"):
            raise malformed("request_uri is what this answers with")
        redirect_uri = require_return(proven.client, parameters)
        request = read_authorization(proven.client, parameters, redirect_uri)
        request = self.judge.expecting(request, asked_hint(parameters), now=now)
        if proof is not None:
            request = bound_to_proof(request, proof.thumbprint)
        handle = self.handle()
        row = self._row(RequestKind.PUSHED, HandleKind.REQUEST.digest(handle), request, now)
        things = proven.once + (() if proof is None else proof.once)

        def keep(uow: UnitOfWork) -> Written[None]:
            if refusal := use_once(uow, things):
                return Written(None, refused=refusal)
            op_requests.add(uow, row)
            return Written(None)

        await self.writer.write(keep)
        return f"{REQUEST_URI}{handle}", int(self.rules.pushed.total_seconds())

    async def begin(self, parameters: Parameters, browser: Browser, *, now: datetime) -> Going:
        """Return where the browser goes.

        Raises:
            TrustError: OP_CLIENT_MISSING, OP_REDIRECT, OP_REQUEST_URI, OP_REQUEST_FORM, to be told to the person.
        """
        return await self.writer.write(checked(lambda uow: self._begin(uow, parameters, browser, now)))

    async def go_on(self, interaction: str, browser: Browser, *, now: datetime) -> Going:
        """Return where the browser goes once it was at our pages.

        Raises:
            TrustError: IDP_INTERACTION, OP_REQUEST_OVER, OP_CLIENT_MISSING, to be told to the person.
        """
        return await self.writer.write(checked(lambda uow: self._go_on(uow, interaction, browser, now)))

    def _begin(self, uow: UnitOfWork, parameters: Parameters, browser: Browser, now: datetime) -> Written[Going]:
        client = self._client(uow, parameters.get("client_id"))
        if parameters.get("request_uri"):
            request = self._pushed(uow, client, parameters.get("request_uri"), now)
        else:
            redirect_uri = require_return(client, parameters)
            try:
                if client.registration.pushed_only:
                    raise malformed("the client's requests are to be pushed")
                request = read_authorization(client, parameters, redirect_uri)
                request = self.judge.expecting(request, asked_hint(parameters), now=now)
            except TrustError as error:
                state = parameters.get("state")
                return Written(self._refusal(redirect_uri, state if len(state) <= MAX_STATE else "", error))
        return self._go(uow, Asked(request=request, client=client, since=now), browser, now, reference="")

    def _go_on(self, uow: UnitOfWork, identifier: str, browser: Browser, now: datetime) -> Written[Going]:
        login = idp_logins.find(uow, digest_of(identifier))
        taken = self.interactions.take(uow, identifier, browser=browser.binding, now=now)
        reference = taken.interaction.reference
        row = op_requests.find(uow, reference)
        if (
            taken.interaction.purpose is not InteractionPurpose.AUTHORIZATION
            or row is None
            or row.kind is not RequestKind.ASKED
            or row.used_at is not None
            or now >= row.expires_at
        ):
            raise TrustError(IdentityCode.OP_REQUEST_OVER, "answered before, or over")
        asked = Asked(
            request=kept_request(row.parameters),
            client=self._client(uow, row.client),
            since=row.created_at,
            consent=row.consent,
            settled=True,
            proved=login is not None and login.person is not None,
        )
        return self._go(uow, asked, browser, now, reference=reference)

    def _go(self, uow: UnitOfWork, asked: Asked, browser: Browser, now: datetime, *, reference: str) -> Written[Going]:
        request = asked.request
        require_return_still(asked.client, request)
        session = self.sessions.current(uow, browser.session, now=now)
        silent = self.judge.need(asked).silent  # a hidden frame asks though nobody sits there
        if session is not None and not silent and self.sessions.is_stale(session, now):
            self.sessions.touch(uow, session, now=now)
        try:
            missing = self.judge.missing(uow, asked, session, now=now)
        except TrustError as error:
            if error.code.family in PASSING:
                raise
            self._close(uow, reference, now)
            return Written(self._refusal(request.redirect_uri, request.state, error))
        if missing is None and session is not None:
            self._close(uow, reference, now)
            return self._answer(uow, asked, session, now)
        going = self._ask(uow, asked, session, browser=browser, now=now, reference=reference, missing=missing)
        return Written(going)

    def _answer(self, uow: UnitOfWork, asked: Asked, session: Session, now: datetime) -> Written[Going]:
        """Make the grant and its code, and send the browser back with it."""
        request = asked.request
        grant = new_grant(
            asked.client,
            session,
            scopes=request.scopes,
            resources=request.resources,
            binding=f"{KEY_BOUND}{request.proof_key}" if request.proof_key else "",
            rules=self.rules,
            now=now,
        )
        event = keep_grant(uow, grant, means=GrantType.CODE.value)
        code = self.handle()
        op_grants.add_code(
            uow,
            CodeRow(
                code_sm3=HandleKind.CODE.digest(code),
                grant_id=grant.identifier,
                redirect_uri=request.redirect_uri,
                challenge=request.challenge,
                nonce=request.nonce,
                acr_values=" ".join(request.acr_values),
                expires_at=now + self.rules.code,
            ),
        )
        answer = {"code": code, "iss": self.rules.issuer, **({"state": request.state} if request.state else {})}
        return Written(Going(location=with_parameters(request.redirect_uri, answer)), (event,))

    def _ask(
        self,
        uow: UnitOfWork,
        asked: Asked,
        session: Session | None,
        *,
        browser: Browser,
        now: datetime,
        reference: str,
        missing: Missing | None,
    ) -> Going:
        """Send the browser to our pages, bound to what it is to come back for."""
        if not reference:
            reference = HandleKind.REQUEST.digest(self.handle())
            op_requests.add(uow, self._row(RequestKind.ASKED, reference, asked.request, now))
        need = self.judge.need(asked)
        expected = session is not None and self.judge.expects(asked, session)
        wanted = Wanted(
            purpose=InteractionPurpose.AUTHORIZATION,
            needed=need.level,
            max_age=need.max_age,
            demands=self.judge.demands(asked),
            insists=asked.request.essential,
            reauthenticate=need.reauthenticate,
            client=asked.client.identifier,
            client_name=asked.client.title(asked.request.language),
            reference=reference,
            person=session.person if session is not None and expected else None,
            language=asked.request.language,
        )
        opened = self.interactions.open(uow, wanted, browser=browser.binding, now=now)
        page = CONSENT_PAGE if missing is Missing.CONSENT else LOGIN_PAGE
        return Going(
            location=with_parameters(self.rules.url(page), {"i": opened.interaction.id}), binding=opened.browser
        )

    def _pushed(self, uow: UnitOfWork, client: Client, uri: str, now: datetime) -> AuthorizationRequest:
        handle = uri.removeprefix(REQUEST_URI)
        if handle == uri or not is_handle(handle):
            raise TrustError(IdentityCode.OP_REQUEST_URI, "request_uri is not one of ours")
        reference = HandleKind.REQUEST.digest(handle)
        row = op_requests.find(uow, reference)
        if (
            row is None
            or row.kind is not RequestKind.PUSHED
            or row.client != client.identifier
            or now >= row.expires_at
        ):
            raise TrustError(IdentityCode.OP_REQUEST_URI, "unknown, expired, or of another client")
        request = kept_request(row.parameters)
        if not op_requests.use(uow, reference, at=now):
            raise TrustError(IdentityCode.OP_REQUEST_URI, "used before")
        return request

    def _refusal(self, redirect_uri: str, state: str, error: TrustError) -> Going:
        """Send the browser back with an error (RFC 6749 4.1.2.1, RFC 9207 2)."""
        name, _, told = oauth_error(error)
        answer = {
            "error": name,
            **({"error_description": told} if told else {}),
            **({"state": state} if state else {}),
            "iss": self.rules.issuer,
        }
        return Going(location=with_parameters(redirect_uri, answer))

    def _row(self, kind: RequestKind, reference: str, request: AuthorizationRequest, now: datetime) -> RequestRow:
        return RequestRow(
            reference_sm3=reference,
            kind=kind,
            client=request.client,
            parameters=request_text(request),
            created_at=now,
            expires_at=now + (self.rules.pushed if kind is RequestKind.PUSHED else self.rules.request),
        )

    @staticmethod
    def _client(uow: UnitOfWork, identifier: str) -> Client:
        client = live_client(uow, identifier)
        if client is None:
            raise TrustError(IdentityCode.OP_CLIENT_MISSING, "no such client")
        return client

    @staticmethod
    def _close(uow: UnitOfWork, reference: str, now: datetime) -> None:
        if reference and not op_requests.use(uow, reference, at=now):
            raise TrustError(IdentityCode.OP_REQUEST_OVER, "answered before")
