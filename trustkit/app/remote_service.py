"""Calls of a remote signing service by the Cloud Signature Consortium's API v2: one POST, one bounded answer, in bounded time.

The address is the user's own word and may be a private one. It is https, or outside production mode a loopback address; the certificate is verified, by the
system's authorities or by those of a file alone; nothing is redirected, compressed, or sent through a proxy.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

import httpcore

from trustkit.app.settings import is_loopback
from trustkit.app.tls_trust import trusting
from trustkit.encoding.canonical_json import canonical_json, parse_json
from trustkit.errors import ErrorCode, TrustError
from verifier.address import parse_target, system_resolver
from verifier.connection import FAILURES, GuardedBackend

if TYPE_CHECKING:
    import ssl
    from pathlib import Path

    from trustkit.clock import Clock
    from trustkit.custody.passphrase import Passphrase
    from trustkit.encoding.canonical_json import JsonValue
    from verifier.address import Resolver

BASE: Final = "/csc/v2"
CALL_SECONDS: Final = 20.0  # of one call, from resolving to the last octet; a key in a module takes its time
MAX_ANSWER: Final = 512 * 1024  # octets; a chain of certificates or some hundred signatures have far fewer
_MOST_TOLD: Final = 200  # characters of the service's own words
_DEPTH: Final = 8
_OK, _REDIRECTS, _REFUSALS, _FAULTS = 200, 300, 400, 500
_TOO_MANY: Final = 429
_JSON: Final = b"application/json"


@dataclass(frozen=True, slots=True, kw_only=True)
class RemoteService:
    """A service at an address without ``/csc/v2``, and the secret it knows us by; `open_service` makes it."""

    url: str
    authorization: bytes = field(repr=False)
    tls: ssl.SSLContext = field(repr=False)
    clock: Clock
    resolver: Resolver = system_resolver
    seconds: float = CALL_SECONDS

    def call(self, method: str, **parameters: JsonValue) -> dict[str, JsonValue]:
        """Return what a method answers.

        Raises:
            TrustError: REMOTE_REFUSED with the service's words; REMOTE_ANSWER for what is no answer of the API, a redirect too;
                REMOTE_UNREACHABLE (name, connection, certificate, time, the service's own faults).
        """
        status, media_type, octets = self._exchange(f"{self.url}{BASE}/{method}", canonical_json(parameters))
        if _REDIRECTS <= status < _REFUSALS:
            raise TrustError(ErrorCode.REMOTE_ANSWER, "redirects are not followed", status=status)
        if status >= _FAULTS or status == _TOO_MANY:
            raise TrustError(ErrorCode.REMOTE_UNREACHABLE, "the service cannot answer now", status=status)
        answer = _object(octets) if media_type.partition(b";")[0].strip().lower() == _JSON else None
        if status != _OK and answer is not None and isinstance(answer.get("error"), str):
            raise TrustError(ErrorCode.REMOTE_REFUSED, _told(answer), status=status)
        if status != _OK or answer is None:
            raise TrustError(ErrorCode.REMOTE_ANSWER, f"no answer of {method}", status=status)
        return answer

    def _exchange(self, url: str, body: bytes) -> tuple[int, bytes, bytes]:
        backend = GuardedBackend(
            private_allowed=True,
            resolver=self.resolver,
            clock=self.clock,
            deadline=self.clock.monotonic() + self.seconds,
        )
        headers = [
            (b"Host", urlsplit(url).netloc.encode("ascii")),
            (b"Accept-Encoding", b"identity"),
            (b"Authorization", self.authorization),
            (b"Content-Type", _JSON),
            (b"User-Agent", b"trustkit-sign"),
        ]
        try:
            with (
                httpcore.ConnectionPool(max_connections=1, network_backend=backend, ssl_context=self.tls) as pool,
                pool.stream("POST", url, headers=headers, content=body) as response,
            ):
                found = {name.lower(): value for name, value in response.headers}
                return response.status, found.get(b"content-type", b""), _bounded(response, found)
        except FAILURES as error:
            told = f"no answer: {type(error).__name__}"
            raise TrustError(ErrorCode.REMOTE_UNREACHABLE, told, host=urlsplit(url).hostname or "") from error
        except TrustError as error:
            if error.code is ErrorCode.EVIDENCE_UNREACHABLE:  # the name service
                raise TrustError(ErrorCode.REMOTE_UNREACHABLE, error.detail, **error.facts) from error
            raise


def open_service(
    url: str, secret: Passphrase, authorities: Path | None, clock: Clock, *, tls_only: bool = False
) -> RemoteService:
    """Return the service at an address, nothing asked yet; `authorities` is a file of the CA certificates to trust alone.

    Without `tls_only` a loopback address, written as such, may do without TLS.

    Raises:
        TrustError: USAGE for an address or a secret of another form; SETTINGS_INSECURE with `tls_only`; what reading the file raises.
    """
    return RemoteService(
        url=_address(url, tls_only=tls_only), authorization=_bearer(secret), tls=_tls(authorities), clock=clock
    )


def _address(url: str, *, tls_only: bool) -> str:
    try:
        target = parse_target(url, allowed_bases=())
    except TrustError as error:
        raise TrustError(ErrorCode.USAGE, f"--remote takes an https address: {error.detail}") from error
    parts = urlsplit(target.url)
    if parts.query:
        raise TrustError(ErrorCode.USAGE, "--remote takes an address without a query")
    if parts.scheme != "https" and tls_only:
        raise TrustError(ErrorCode.SETTINGS_INSECURE, "--remote takes an https address in production mode")
    if parts.scheme != "https" and not is_loopback(target.host):
        raise TrustError(ErrorCode.USAGE, "--remote takes an https address, or 127.0.0.1: the secret goes there")
    return f"{parts.scheme}://{parts.netloc}{parts.path.rstrip('/').removesuffix(BASE)}"


def _bearer(secret: Passphrase) -> bytes:
    octets = secret.reveal()
    if not octets.isascii() or not octets.decode("ascii").isprintable() or b" " in octets:
        raise TrustError(ErrorCode.USAGE, "the secret of a remote service is one word of ASCII characters")
    return b"Bearer " + octets


def _tls(authorities: Path | None) -> ssl.SSLContext:
    return trusting(authorities, TrustError(ErrorCode.USAGE, "--remote-ca holds no certificate TLS can use"))


def _bounded(response: httpcore.Response, headers: dict[bytes, bytes]) -> bytes:
    if headers.get(b"content-encoding", b"identity") != b"identity":
        raise TrustError(ErrorCode.REMOTE_ANSWER, "compressed answer to a request for none")
    octets = bytearray()
    for chunk in response.iter_stream():
        octets += chunk
        if len(octets) > MAX_ANSWER:
            raise TrustError(ErrorCode.REMOTE_ANSWER, "the answer is too large", limit=MAX_ANSWER)
    return bytes(octets)


def _object(octets: bytes) -> dict[str, JsonValue] | None:
    try:
        found = parse_json(octets, max_size=MAX_ANSWER, max_depth=_DEPTH)
    except TrustError:
        return None
    return found if isinstance(found, dict) else None


def _told(answer: dict[str, JsonValue]) -> str:
    """Return a stranger's words as they may stand in a line of ours."""
    words = f"{answer['error']}: {answer.get('error_description', '')}"
    return "".join(each if each.isprintable() else "?" for each in words[:_MOST_TOLD])
