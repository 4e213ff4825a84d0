"""Signing in by a provider's own exchange of a code or ticket: CAS-like tickets and the private ways of provincial platforms.

    connector = ExchangeConnector(name="hunan", …, description=parse_exchange(text), exchanging=Exchanging(…))

A provider that brings back no `state` of its own has it in the return address (``{return}?state={state}``): without it nothing ties
what comes back to the browser that began.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Final
from urllib.parse import urlencode

from idp.connectors.answers import refusal, require_state, text_of, told
from idp.connectors.exchange_calls import Exchanging, times
from idp.connectors.port import Begun, LoginStart, Redirect
from idp.evidence import AssuranceEvidence, BrokeredIdentity, EvidenceKind, OrganisationClaim
from trustkit.encoding.check_characters import uscc_problem
from trustkit.errors import TrustError
from trustkit.identity_codes import IdentityCode

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from idp.connectors.exchange_description import ExchangeDescription, IdentityDescription

MAX_SUBJECT: Final = 255  # characters, as OpenID Connect Core 2 bounds `sub`
CLOCK_SKEW: Final = timedelta(minutes=5)
# When nobody says when somebody signed in, the login counts as one of long ago: nothing is fresh by it, and where a ladder ends logins it is over.
UNKNOWN_TIME: Final = datetime(2000, 1, 1, tzinfo=UTC)
_MAX_SECONDS: Final = 12  # digits


@dataclass(frozen=True, slots=True, kw_only=True)
class ExchangeConnector:
    """See the module. `ladder` knows the provider's words of levels; `return_url` is our own, as registered there."""

    name: str
    title: Mapping[str, str]
    return_url: str
    client: str
    description: ExchangeDescription
    exchanging: Exchanging
    ladder: str
    token: Callable[[], str] = field(repr=False)

    @property
    def tells_when(self) -> bool:
        """Whether the description says where the platform tells when somebody signed in."""
        return bool(self.description.identity.authenticated_at)

    async def begin(self, start: LoginStart, *, now: datetime) -> Begun:  # noqa: ARG002 - the protocol's; no platform is asked for a level
        """See `Connector.begin`: a redirect, as the description says."""
        state = self.token()
        values = {"client": self.client, "return": self.return_url, "state": state, "nonce": self.token(), **times(now)}
        url = self.description.begin_url
        query = {name: each.filled(values) for name, each in self.description.begin_parameters.items()}
        joined = f"{url}{'&' if '?' in url else '?'}{urlencode(query)}"
        return Begun(step=Redirect(url=joined), state=state, kept={"state": state})

    async def finish(
        self,
        start: LoginStart,  # noqa: ARG002 - the protocol's; the state binds the login
        kept: Mapping[str, str],
        answer: Mapping[str, str],
        *,
        now: datetime,
    ) -> BrokeredIdentity:
        """Return who signed in.

        Raises:
            TrustError: IDP_UPSTREAM_ANSWER: ``state``, ``missing``, ``size``, ``subject``, ``organisation``, ``role``, ``time`` and what
                `Exchanging.taken` raises; IDP_UPSTREAM_DENIED, IDP_UPSTREAM_REFUSED, IDP_UPSTREAM_UNREACHABLE.
        """
        code, state, error = self.description.returned
        require_state(kept, answer, state)
        if error and answer.get(error):
            raise TrustError(IdentityCode.IDP_UPSTREAM_DENIED, told(answer[error]))
        values = {
            "client": self.client,
            "return": self.return_url,
            "state": kept["state"],
            "code": text_of(answer, code),
        }
        taken = await self.exchanging.taken(self.description.calls, values, now=now)
        return identity_of(self.description.identity, taken, provider=self.name, ladder=self.ladder, now=now)


def identity_of(
    description: IdentityDescription, taken: Mapping[str, str], *, provider: str, ladder: str, now: datetime
) -> BrokeredIdentity:
    """Return who taken values say signed in. Raise IDP_UPSTREAM_ANSWER (``subject``, ``organisation``, ``role``, ``time``)."""
    subject = taken[description.subject]
    if not 0 < len(subject) <= MAX_SUBJECT:
        raise refusal("names nobody", "subject")
    at = _moment(taken.get(description.authenticated_at, ""), now)
    kinds = (
        (EvidenceKind.REAL_NAME, description.real_name, at or now),
        (EvidenceKind.LOGIN, description.login, at or UNKNOWN_TIME),
    )
    return BrokeredIdentity(
        provider=provider,
        subject=subject,
        evidence=tuple(
            AssuranceEvidence(kind=kind, source=provider, ladder=ladder, level=taken[name], at=told_at)
            for kind, name, told_at in kinds
            if name and taken[name]
        ),
        authenticated_at=at,
        organisations=_organisations(description, taken),
        display_name=taken.get(description.display_name, ""),
    )


def _organisations(description: IdentityDescription, taken: Mapping[str, str]) -> tuple[OrganisationClaim, ...]:
    if not description.uscc or not taken[description.uscc]:
        return ()
    uscc, name = taken[description.uscc], taken[description.organisation]
    if uscc_problem(uscc) is not None or not name:
        raise refusal("an organisation without a code and a name", "organisation")
    role = description.roles.get(taken[description.role])
    if role is None:
        raise refusal("a role that is not known", "role")
    return (OrganisationClaim(uscc=uscc, name=name, role=role),)


def _moment(text: str, now: datetime) -> datetime | None:
    """Return when somebody signed in; None when it is not said. Raise IDP_UPSTREAM_ANSWER (``time``) for what is no time, or to come."""
    if not text:
        return None
    if not (text.isascii() and text.isdigit() and len(text) < _MAX_SECONDS):
        raise refusal("no time in seconds since 1970", "time")
    at = datetime.fromtimestamp(int(text), UTC)
    if at > now + CLOCK_SKEW:
        raise refusal("signed in at a time to come", "time")
    return min(at, now)
