"""Sending one event to one address, signed: a change of a copy, or the question whether the address wants to be told (RFC 8935)."""

from __future__ import annotations

import hmac
import re
import secrets
import threading
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, Protocol

from esign.copies.security_event import EVENT_KIND, MEDIA_TYPE, change_claims, verification_claims
from trustkit.app.webhook_network import open_webhook_network
from trustkit.copy_codes import CopyCode
from trustkit.encoding.canonical_json import parse_json
from trustkit.errors import ErrorCode, TrustError
from trustkit.jose.model import JwsAlgorithm
from trustkit.jose.sign import sign_jwt

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import timedelta

    from esign.copies.notices import CopyNotice
    from trustkit.app.opened import OpenedHome
    from trustkit.app.webhook_network import WebhookNetwork
    from trustkit.clock import Clock
    from trustkit.custody.port import Signer
    from trustkit.encoding.canonical_json import JsonValue
    from trustkit.store.webhooks import WebhookRow

TAKEN: Final = frozenset({200, 202, 204})  # RFC 8935 2.2 says 202; many frameworks answer 200 or 204
HTTP_GONE: Final = 410  # RFC 9110 15.5.11
_OK: Final = 200
_AT_ONCE: Final = 4  # questions, for each of which somebody waits
_ERROR: Final = re.compile(r"[a-z_]{1,40}")


class SignsEvents(Protocol):
    """The keys events are signed with: `trustkit.app.event_keys`."""

    def signing(self, algorithm: JwsAlgorithm, /) -> tuple[Signer, str]:
        """Return the key that signs by an algorithm now, and its `kid`."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one event: the answer's status (0 where there was none), a code for what went wrong, how long to wait if the address said."""

    status: int
    told: str = ""
    wait: timedelta | None = None

    @property
    def taken(self) -> bool:
        """Whether the address has it."""
        return not self.told


@dataclass(frozen=True, slots=True, kw_only=True)
class WebhookSender:
    """Signs and posts. `issuer` is the sharing service's own URL, under which its keys are."""

    issuer: str
    keys: SignsEvents
    network: WebhookNetwork
    clock: Clock
    random: Callable[[], str] = lambda: secrets.token_urlsafe(24)
    _room: threading.BoundedSemaphore = field(default_factory=lambda: threading.BoundedSemaphore(_AT_ONCE), repr=False)

    def send(self, row: WebhookRow, notice: CopyNotice) -> Outcome:
        """Send one change. Raise what signing raises; whatever the address does is in the outcome."""
        now = self.clock.now()
        claims = change_claims(notice, issuer=self.issuer, audience=row.url, webhook=row.identifier, now=now)
        token = self._signed(claims, JwsAlgorithm(row.algorithm))
        try:
            reply = self.network.post(row.url, token, media_type=MEDIA_TYPE)
        except TrustError as error:
            if error.code in {CopyCode.WEBHOOK_ADDRESS, CopyCode.WEBHOOK_UNANSWERED}:
                return Outcome(0, error.code.value.rpartition(":")[2])
            raise
        if reply.status in TAKEN:
            return Outcome(reply.status)
        return Outcome(reply.status, _error_of(reply.body) or f"http-{reply.status}", reply.wait)

    def challenge(self, url: str, algorithm: JwsAlgorithm) -> None:
        """Return when an address answers a question nobody else knows with what it holds: then whoever runs it wants to be told.

        Raises:
            TrustError: WEBHOOK_ADDRESS, WEBHOOK_UNANSWERED, WEBHOOK_CHALLENGE; REQUEST_BUSY while too many are asked.
        """
        self.network.target(url)
        state, now = self.random(), self.clock.now()
        claims = verification_claims(state, issuer=self.issuer, audience=url, token_id=self.random(), now=now)
        token = self._signed(claims, algorithm)
        if not self._room.acquire(blocking=False):
            raise TrustError(ErrorCode.REQUEST_BUSY, "too many addresses are asked", retry_after=5)
        try:
            reply = self.network.post(url, token, media_type=MEDIA_TYPE)
        finally:
            self._room.release()
        said = _member(reply.body, "state") if reply.status == _OK else ""
        if not hmac.compare_digest(said.encode(), state.encode()):
            raise TrustError(CopyCode.WEBHOOK_CHALLENGE, "the state was not answered", status=reply.status)

    def _signed(self, claims: dict[str, JsonValue], algorithm: JwsAlgorithm) -> bytes:
        signer, kid = self.keys.signing(algorithm)
        return sign_jwt(claims, signer, kind=EVENT_KIND, key_id=kid).encode("ascii")


def webhook_sender(home: OpenedHome, keys: SignsEvents) -> WebhookSender:
    """Return the sender of a home. Raise as `open_webhook_network`."""
    issuer = home.settings.sharing.url()
    return WebhookSender(issuer=issuer, keys=keys, network=open_webhook_network(home), clock=home.clock)


def _error_of(body: bytes) -> str:
    """Return the code of an error answer (RFC 8935 2.3), empty for what is none."""
    said = _member(body, "err")
    return said if _ERROR.fullmatch(said) else ""


def _member(body: bytes, name: str) -> str:
    try:
        value = parse_json(body)
    except TrustError:
        return ""
    found = value.get(name) if isinstance(value, dict) else None
    return found if isinstance(found, str) else ""
