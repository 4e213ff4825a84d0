"""The network side of ACME's proofs: a name's web server and its zone, asked without becoming a stranger's hand inside ours.

Who orders a certificate chooses the name, so the rules of `verifier.fetch` hold here too: the name is resolved once, every address
must be public or lie in a network the settings name, the connection goes to the judged address, redirects are judged anew, and
size and time are bounded.
"""

from __future__ import annotations

import ssl
from dataclasses import dataclass, field
from ipaddress import ip_address, ip_network
from typing import TYPE_CHECKING, Final, TypeAlias
from urllib.parse import urljoin, urlsplit

import dns.exception
import dns.resolver
import httpcore

from ca.acme.caa import CaaRecord
from ca.acme.validation import MAX_RECORDS, MAX_RESPONSE
from trustkit.errors import ErrorCode, TrustError
from verifier.address import is_public, system_resolver
from verifier.connection import FAILURES, GuardedBackend

if TYPE_CHECKING:
    from ipaddress import IPv4Network, IPv6Network

    from trustkit.clock import Clock
    from verifier.address import Resolver

    Networks: TypeAlias = tuple[IPv4Network | IPv6Network, ...]

SECONDS: Final = 10.0  # of one proof, from resolving to the last octet
MAX_REDIRECTS: Final = 3
_OK: Final = 200
_REDIRECTS: Final = frozenset({301, 302, 303, 307, 308})
_HTTPS: Final = 443
_DNS_PORT: Final = 53


def parse_networks(texts: tuple[str, ...]) -> Networks:
    """Return networks from their text, such as ``10.0.0.0/8``. Raise SETTINGS_MALFORMED."""
    try:
        return tuple(ip_network(text) for text in texts)
    except ValueError as error:
        raise TrustError(ErrorCode.SETTINGS_MALFORMED, "[acme] networks", key="acme.networks") from error


def _without_identity() -> ssl.SSLContext:
    """Return TLS that asks for no certificate: a redirect proves nothing by it, the token does (RFC 8555 8.3)."""
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context


@dataclass(frozen=True, slots=True, kw_only=True)
class NameService:
    """The zone side: `server` is ``HOST`` or ``HOST:PORT`` of a resolver, empty for the system's."""

    server: str = ""
    seconds: float = SECONDS

    def texts(self, name: str) -> tuple[bytes, ...]:
        """Return the TXT records of a name. Raise ACME_DNS when the name service does not answer."""
        return tuple(b"".join(record.strings) for record in self._ask(name, "TXT"))[:MAX_RECORDS]

    def addresses(self, name: str, port: int) -> tuple[str, ...]:
        """Return the addresses of a name, as `verifier.address.Resolver`; by the system where no server is named."""
        if not self.server:
            return system_resolver(name, port)
        return tuple(record.address for kind in ("A", "AAAA") for record in self._ask(name, kind))

    def caa(self, name: str) -> tuple[CaaRecord, ...]:
        """See `ca.acme.caa.AsksCaa.caa`."""
        found = self._ask(name, "CAA")
        if len(found) > MAX_RECORDS:
            raise TrustError(ErrorCode.ACME_CAA, "too many CAA records", limit=MAX_RECORDS)
        return tuple(
            CaaRecord(flags=each.flags, tag=each.tag.decode("latin-1").lower(), value=bytes(each.value))
            for each in found
        )

    def _ask(self, name: str, kind: str) -> tuple[dns.resolver.Answer, ...]:
        resolver = self._resolver()
        try:
            return tuple(resolver.resolve(name, kind, search=False, lifetime=self.seconds))
        except (dns.resolver.NXDOMAIN, dns.resolver.NoAnswer):
            return ()
        except (dns.exception.DNSException, OSError, ValueError) as error:
            raise TrustError(ErrorCode.ACME_DNS, type(error).__name__) from error

    def _resolver(self) -> dns.resolver.Resolver:
        if not self.server:
            return dns.resolver.Resolver()
        made = dns.resolver.Resolver(configure=False)
        host, _, port = self.server.rpartition(":") if self.server.count(":") == 1 else (self.server, "", "")
        made.nameservers = [host]
        made.port = int(port) if port else _DNS_PORT
        return made


@dataclass(frozen=True, slots=True, kw_only=True)
class WebServers:
    """The web side. `port` is 80 (RFC 8555 8.3) except in tests; `networks` are private ones that may be asked."""

    clock: Clock
    names: NameService
    networks: Networks = ()
    port: int = 80
    seconds: float = SECONDS
    _tls: ssl.SSLContext = field(default_factory=_without_identity, repr=False)

    def fetch(self, name: str, path: str) -> bytes:
        """See `ca.acme.validation.FetchesHttp.fetch`."""
        url = f"http://{name}:{self.port}{path}" if self.port != 80 else f"http://{name}{path}"  # noqa: PLR2004 - HTTP
        deadline = self.clock.monotonic() + self.seconds
        for _ in range(MAX_REDIRECTS + 1):
            answer = self._get(url, deadline)
            if isinstance(answer, bytes):
                return answer
            url = self._judged(urljoin(url, answer))
        raise TrustError(ErrorCode.ACME_CONNECTION, "too many redirects", limit=MAX_REDIRECTS)

    def _get(self, url: str, deadline: float) -> bytes | str:
        """Return the body, or where it is said to be."""
        backend = GuardedBackend(private_allowed=True, resolver=self._resolver, clock=self.clock, deadline=deadline)
        headers = [(b"Host", urlsplit(url).netloc.encode("ascii")), (b"User-Agent", b"trustkit-acme")]
        try:
            with (
                httpcore.ConnectionPool(max_connections=1, network_backend=backend, ssl_context=self._tls) as pool,
                pool.stream("GET", url, headers=headers) as response,
            ):
                if response.status in _REDIRECTS:
                    return _location(response)
                return _body(response)
        except FAILURES as error:
            raise TrustError(ErrorCode.ACME_CONNECTION, f"no answer: {type(error).__name__}") from error
        except TrustError as error:
            if error.code in {ErrorCode.EVIDENCE_REFUSED, ErrorCode.EVIDENCE_UNREACHABLE}:
                raise TrustError(ErrorCode.ACME_CONNECTION, error.detail) from error
            raise

    def _judged(self, url: str) -> str:
        """Return a redirect's target. Raise ACME_CONNECTION for another scheme, port or a user name in it."""
        try:
            parts = urlsplit(url)
            port = parts.port
        except ValueError as error:
            raise TrustError(ErrorCode.ACME_CONNECTION, "redirected to what is no URL") from error
        allowed = {"http": {None, 80, self.port}, "https": {None, _HTTPS}}.get(parts.scheme, set())
        if port not in allowed or not parts.hostname or "@" in parts.netloc or not url.isascii():
            raise TrustError(ErrorCode.ACME_CONNECTION, "redirected to another scheme or port")
        return url

    @property
    def _resolver(self) -> Resolver:
        def resolve(name: str, port: int) -> tuple[str, ...]:
            try:
                found = self.names.addresses(name, port)
            except TrustError:
                return ()
            return found if all(self._may_ask(address) for address in found) else ()

        return resolve

    def _may_ask(self, address: str) -> bool:
        return is_public(address) or any(ip_address(address) in network for network in self.networks)


def _location(response: httpcore.Response) -> str:
    for name, value in response.headers:
        if name.lower() == b"location":
            return bytes(value).decode("latin-1")[:2048]
    raise TrustError(ErrorCode.ACME_CONNECTION, "a redirect to nowhere")


def _body(response: httpcore.Response) -> bytes:
    if response.status != _OK:
        raise TrustError(ErrorCode.ACME_CHALLENGE, "not answered with 200", status=response.status)
    octets = bytearray()
    for chunk in response.iter_stream():
        octets += chunk
        if len(octets) > MAX_RESPONSE:
            raise TrustError(ErrorCode.ACME_CHALLENGE, "the answer is too large", limit=MAX_RESPONSE)
    return bytes(octets)
