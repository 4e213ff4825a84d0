"""Signing in by showing a credential from a wallet: the place where a verifier of presentations is put, and no verifier itself.

What a presentation is, how it is asked for and when it is believed is the verifier's (`PresentationVerifier`); this connector ties it to one
login and turns what was proved into evidence. A home without a verifier has no such connector: settings refuse it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

from idp.connectors.answers import refusal, require_state
from idp.connectors.exchange import MAX_SUBJECT
from idp.connectors.port import Begun, LoginStart, Prompt
from idp.evidence import AssuranceEvidence, BrokeredIdentity, EvidenceKind
from trustkit.errors import ErrorCode, TrustError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class PresentationRequest:
    """What the page shows the wallet (a link, a code to scan), and what the verifier needs to judge the answer."""

    shown: Mapping[str, str] = field(repr=False)
    kept: Mapping[str, str] = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownCredential:
    """What a presentation proved.

    `holder` names the holder for good, scoped to us; `level` is the credential's word for the real name behind it;
    `holder_bound` says that the holder's own key answered this very request.
    """

    holder: str = field(repr=False)
    level: str
    holder_bound: bool
    expires_at: datetime | None


class PresentationVerifier(Protocol):
    """Asks for presentations and judges them."""

    async def request(self, *, state: str, nonce: str, now: datetime) -> PresentationRequest:
        """Return a request bound to both."""

    async def shown(
        self, kept: Mapping[str, str], answer: Mapping[str, str], *, nonce: str, now: datetime
    ) -> ShownCredential:
        """Return what was proved. Raise IDP_UPSTREAM_ANSWER, IDP_UPSTREAM_DENIED (the holder said no)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WalletConnector:
    """See the module."""

    name: str
    title: Mapping[str, str]
    verifier: PresentationVerifier
    ladder: str
    token: Callable[[], str] = field(repr=False)

    async def begin(self, start: LoginStart, *, now: datetime) -> Begun:  # noqa: ARG002 - the protocol's
        """See `Connector.begin`: a prompt of kind ``wallet`` with what the verifier shows, and ``state``."""
        state, nonce = self.token(), self.token()
        request = await self.verifier.request(state=state, nonce=nonce, now=now)
        if {"state", "nonce"} & set(request.kept):
            raise TrustError(ErrorCode.BUG, "a verifier keeps state and nonce of its own")
        kept = {**request.kept, "state": state, "nonce": nonce}
        return Begun(step=Prompt(kind="wallet", parameters={**request.shown, "state": state}), state=state, kept=kept)

    async def finish(
        self,
        start: LoginStart,  # noqa: ARG002 - the protocol's; state and nonce bind the login
        kept: Mapping[str, str],
        answer: Mapping[str, str],
        *,
        now: datetime,
    ) -> BrokeredIdentity:
        """Return the holder. Raise IDP_UPSTREAM_ANSWER (``state``, ``subject``, ``holder``: anybody could show it), what the verifier raises."""
        require_state(kept, answer)
        found = await self.verifier.shown(kept, answer, nonce=kept["nonce"], now=now)
        if not found.holder_bound:
            raise refusal("a credential that is bound to nobody's key", "holder")
        if not 0 < len(found.holder) <= MAX_SUBJECT:
            raise refusal("names nobody", "subject")
        if found.expires_at is not None and found.expires_at <= now:
            raise refusal("a credential that has expired", "expired")
        evidence = tuple(
            AssuranceEvidence(
                kind=kind, source=self.name, ladder=self.ladder, level=level, at=now, expires_at=found.expires_at
            )
            for kind, level in ((EvidenceKind.REAL_NAME, found.level), (EvidenceKind.LOGIN, "wallet"))
        )
        return BrokeredIdentity(
            provider=self.name, subject=found.holder, evidence=evidence, authenticated_at=now, methods=("pop",)
        )
