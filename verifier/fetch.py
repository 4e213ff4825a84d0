"""Fetch revocation evidence over HTTP without becoming a stranger's hand inside our network (SSRF).

A document names the addresses, so every rule here is against its author: only http and https, the name is resolved once and
the connection goes to that address, private, loopback, link-local and other non-public addresses are refused unless the URL
stands under a base the operator allowed, no redirects, no proxies, no compression, bounded size, time and (by the caller)
count. Failures are TrustErrors that say unreachable or refused; neither ever means revoked.

    fetcher = HttpFetcher(clock=SystemClock(), allowed_bases=("http://127.0.0.1:8440/",))
    fetcher.fetch("http://crl.example/root.crl")
"""

from __future__ import annotations

import hashlib
import secrets
import threading
from collections import OrderedDict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, Protocol
from urllib.parse import urlsplit

import httpcore

from trustkit.errors import ErrorCode, TrustError
from verifier.address import Resolver, Target, parse_target, system_resolver
from verifier.connection import FAILURES, GuardedBackend
from verifier.fetch_bounds import FETCH_OCTETS, MOST_FETCH_OCTETS

if TYPE_CHECKING:
    from collections.abc import Callable

    from trustkit.clock import Clock

FETCH_SECONDS: Final = 5.0  # of one fetch, from resolving to the last octet
REMEMBER_SECONDS: Final = 60.0  # of one answer, so that a batch asks a publisher once a minute and not once a file
NONCE_OCTETS: Final = 32  # RFC 9654 2.1: what a client is to send
_REMEMBERED: Final = 64  # answers kept
_REMEMBERED_OCTETS: Final = MOST_FETCH_OCTETS  # of all of them together; the least lately used go first
_OK: Final = 200


class Fetcher(Protocol):
    """The port through which evidence comes from the network; None in its place means offline."""

    def fetch(self, uri: str) -> bytes:
        """Return the octets at `uri`. Raise EVIDENCE_REFUSED, EVIDENCE_TOO_LARGE or EVIDENCE_UNREACHABLE, nothing else."""
        ...

    def post(self, uri: str, body: bytes, *, media_type: str) -> bytes:
        """Return the octets `uri` answers a body with. Raise as `fetch`."""
        ...

    def nonce(self, question: str) -> bytes:
        """Return 32 random octets for a question to be asked with (RFC 9654): the same while an answer to it is remembered."""
        ...


@dataclass(frozen=True, slots=True)
class _Answer:
    at: float
    octets: bytes
    error: TrustError | None


@dataclass(frozen=True, slots=True)
class _Nonce:
    at: float
    octets: bytes = field(repr=False)


@dataclass(slots=True, kw_only=True)
class HttpFetcher:
    """The fetcher for real networks; safe to share between threads.

    `allowed_bases` are URL prefixes (scheme, host, port and path) whose addresses may be private: the operator's own
    publications. `seconds` bounds one fetch, resolving included, and `octets` its answer; both are the operator's to raise
    where publishers offer long lists alone: eight addresses a file, several files at once, must fit in memory.
    """

    clock: Clock
    allowed_bases: tuple[str, ...] = ()
    seconds: float = FETCH_SECONDS
    octets: int = FETCH_OCTETS
    resolver: Resolver = system_resolver
    random: Callable[[int], bytes] = secrets.token_bytes
    _nonces: OrderedDict[str, _Nonce] = field(default_factory=OrderedDict, repr=False)
    _answers: OrderedDict[str, _Answer] = field(default_factory=OrderedDict, repr=False)
    _kept_octets: int = field(default=0, repr=False)
    _lock: threading.Lock = field(default_factory=threading.Lock, repr=False)

    def fetch(self, uri: str) -> bytes:
        """Return the octets at `uri`, at most `octets` of them.

        Raises:
            TrustError: EVIDENCE_REFUSED (scheme or address), EVIDENCE_TOO_LARGE, EVIDENCE_UNREACHABLE (name, connection, time, status).
        """
        return self._answered(uri, uri, None)

    def post(self, uri: str, body: bytes, *, media_type: str) -> bytes:
        """Return what `uri` answers a POST of `body` with, within the bounds of `fetch`. Raise as `fetch`."""
        return self._answered(f"{uri} {hashlib.sha256(body).hexdigest()}", uri, (body, media_type))

    def nonce(self, question: str) -> bytes:
        """See `Fetcher.nonce`. Asked again within a minute, the octets of the request are the same, and its answer is remembered."""
        now = self.clock.monotonic()
        with self._lock:
            found = self._nonces.get(question)
            if found is None or now - found.at > REMEMBER_SECONDS:
                found = self._nonces[question] = _Nonce(now, self.random(NONCE_OCTETS))
                self._nonces.move_to_end(question)
                while len(self._nonces) > _REMEMBERED:
                    self._nonces.popitem(last=False)
            return found.octets

    def _answered(self, key: str, uri: str, posted: tuple[bytes, str] | None) -> bytes:
        answer = self._remembered(key)
        if answer is None:
            answer = self._ask(uri, posted)
            self._remember(key, answer)
        if answer.error is not None:
            raise TrustError(answer.error.code, answer.error.detail, **answer.error.facts)
        return answer.octets

    def _ask(self, uri: str, posted: tuple[bytes, str] | None) -> _Answer:
        started = self.clock.monotonic()
        try:
            target = parse_target(uri, allowed_bases=self.allowed_bases)
            octets = self._exchange(target, posted, deadline=started + self.seconds)
        except TrustError as error:
            return _Answer(started, b"", error)
        return _Answer(started, octets, None)

    def _exchange(self, target: Target, posted: tuple[bytes, str] | None, *, deadline: float) -> bytes:
        backend = GuardedBackend(
            private_allowed=target.private_allowed, resolver=self.resolver, clock=self.clock, deadline=deadline
        )
        headers = [
            (b"Host", urlsplit(target.url).netloc.encode("ascii")),
            (b"Accept-Encoding", b"identity"),
            (b"User-Agent", b"trustkit-verifier"),
        ]
        if posted is not None:
            headers.append((b"Content-Type", posted[1].encode("ascii")))
        try:
            with (
                httpcore.ConnectionPool(max_connections=1, network_backend=backend) as pool,
                pool.stream(
                    "GET" if posted is None else "POST",
                    target.url,
                    headers=headers,
                    content=None if posted is None else posted[0],
                ) as response,
            ):
                return self._body(response)
        except FAILURES as error:
            raise TrustError(
                ErrorCode.EVIDENCE_UNREACHABLE, f"no answer: {type(error).__name__}", host=target.host
            ) from error

    def _body(self, response: httpcore.Response) -> bytes:
        if response.status != _OK:
            raise TrustError(ErrorCode.EVIDENCE_UNREACHABLE, "not answered with 200", status=response.status)
        if any(name.lower() == b"content-encoding" and value != b"identity" for name, value in response.headers):
            raise TrustError(ErrorCode.EVIDENCE_REFUSED, "compressed answer to a request for none")
        octets = bytearray()
        announced = next((value for name, value in response.headers if name.lower() == b"content-length"), b"0")
        if announced.isdigit() and int(announced[:20]) > self.octets:  # before it is waited for
            raise TrustError(ErrorCode.EVIDENCE_TOO_LARGE, "answer is too large", limit=self.octets)
        for chunk in response.iter_stream():
            octets += chunk
            if len(octets) > self.octets:
                raise TrustError(ErrorCode.EVIDENCE_TOO_LARGE, "answer is too large", limit=self.octets)
        return bytes(octets)

    def _remembered(self, uri: str) -> _Answer | None:
        with self._lock:
            answer = self._answers.get(uri)
            if answer is not None and self.clock.monotonic() - answer.at <= REMEMBER_SECONDS:
                return answer
        return None

    def _remember(self, uri: str, answer: _Answer) -> None:
        with self._lock:
            before = self._answers.pop(uri, None)
            self._kept_octets += len(answer.octets) - (len(before.octets) if before is not None else 0)
            self._answers[uri] = answer
            while len(self._answers) > _REMEMBERED or self._kept_octets > _REMEMBERED_OCTETS:
                _, dropped = self._answers.popitem(last=False)
                self._kept_octets -= len(dropped.octets)
