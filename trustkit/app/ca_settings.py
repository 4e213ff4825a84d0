"""Settings of the CA service: where it listens, with which TLS certificate, and how much it takes."""

from __future__ import annotations

from dataclasses import dataclass
from ipaddress import ip_address, ip_network
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from trustkit.app.reached_at import ReachedAt
from trustkit.errors import ErrorCode, TrustError
from trustkit.x509.general_name_build import dns_name

if TYPE_CHECKING:
    from collections.abc import Callable

_LAST_PORT: Final = 65535


@dataclass(frozen=True, slots=True, kw_only=True)
class CaServerSettings(ReachedAt):
    """``[ca_server]``: the process that answers what must be signed. With a certificate and key file it speaks TLS.

    `base_url` goes into ACME directories and certificates; empty, it is made of host and port. `beside_serve` starts the
    process together with ``trustkit serve`` when that is given a passphrase.
    """

    host: str = "127.0.0.1"
    port: int = 8441
    base_url: str = ""
    tls_certificate: str = ""  # PEM, the server's certificate first, then its chain
    tls_key: str = ""  # PEM, readable by its owner only
    beside_serve: bool = False
    authority: str = "issuing"  # under which CA, by its name in the register, the API issues
    anonymous_per_minute: int = 3000  # requests of one client address
    max_body_bytes: int = 256 * 1024  # requests for certificates and time stamps are small
    client_per_minute: int = 600  # calls of one registered client
    max_connections: int = 512


@dataclass(frozen=True, slots=True, kw_only=True)
class AcmeSettings:
    """``[acme]``: certificates for who proves control of a name (RFC 8555), under one CA, of one profile.

    `authority` is the CA's name in the register; clients of today want one with classical keys up to
    its root (``trustkit ca create``). `networks` are private ones whose web servers may be asked for proofs, such as ``10.0.0.0/8``; `domains` those served with
    all below them, empty for any; `resolver` is ADDRESS or ADDRESS:PORT, empty for the system's. `caa_identities` are the domain names by which
    CAA records name this authority (RFC 8659): a zone that restricts who issues must name one of them.
    """

    enabled: bool = False
    authority: str = "issuing"
    profile: str = "tls-server"
    external_accounts: bool = True  # a new account needs one that `trustkit ca acme external add` made
    http_port: int = 80
    resolver: str = ""
    networks: tuple[str, ...] = ()
    domains: tuple[str, ...] = ()
    caa_identities: tuple[str, ...] = ()
    terms: str = ""
    website: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class EstSettings:
    """``[est]``: certificates for devices (RFC 7030), over https alone. `profiles` are its labels; the first needs none.

    `authority` is the CA that issues, by its name in the register.
    """

    enabled: bool = False
    authority: str = "issuing"
    profiles: tuple[str, ...] = ("device",)


def require_machine_doors(acme: AcmeSettings, est: EstSettings) -> None:
    """Raise SETTINGS_MALFORMED for a value of ``[acme]`` or ``[est]`` that no door could use, naming its key."""
    _require("acme.http_port", lambda: _port(acme.http_port))
    _require("acme.resolver", lambda: _resolver(acme.resolver))
    for name, values, judge in (
        ("acme.networks", acme.networks, ip_network),
        ("acme.domains", acme.domains, _domain),
        ("acme.caa_identities", acme.caa_identities, _domain),
        ("acme.terms", (acme.terms,), _url),
        ("acme.website", (acme.website,), _url),
        ("acme.authority", (acme.authority,), _name),
        ("acme.profile", (acme.profile,), _name),
        ("est.authority", (est.authority,), _name),
        ("est.profiles", est.profiles, _name),
    ):
        for value in values:
            _require(name, lambda judge=judge, value=value: judge(value))  # type: ignore[misc]  # bound at once
        if len(set(values)) != len(values):
            raise TrustError(ErrorCode.SETTINGS_MALFORMED, "a value stands twice", key=name)


def _require(key: str, judge: Callable[[], object]) -> None:
    try:
        judge()
    except (TrustError, ValueError) as error:
        section, _, name = key.partition(".")
        raise TrustError(ErrorCode.SETTINGS_MALFORMED, f"[{section}] {name} cannot be used", key=key) from error


def _port(number: int) -> None:
    if not 1 <= number <= _LAST_PORT:
        raise ValueError


def _resolver(text: str) -> None:
    """Refuse what is no address of a resolver: a name would have to be resolved first."""
    host, _, port = text.rpartition(":") if text.count(":") == 1 else (text, "", "53")
    if text:
        ip_address(host)
        _port(int(port))


def _domain(text: str) -> None:
    if dns_name(text).text != text or text.startswith("*"):
        raise ValueError


def _url(text: str) -> None:
    if text:
        url = urlsplit(text)
        if url.scheme not in {"http", "https"} or not url.hostname or not text.isascii() or not text.isprintable():
            raise ValueError


def _name(text: str) -> None:
    if not text or not text.isascii() or not text.replace("-", "").isalnum():
        raise ValueError
