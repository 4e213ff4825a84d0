"""Settings of the CA service: where it listens, with which TLS certificate, and how much it takes."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class CaServerSettings:
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

    @property
    def tls(self) -> bool:
        """Whether the process itself speaks TLS."""
        return bool(self.tls_certificate)

    def url(self) -> str:
        """Return the URL clients reach the process at, without a slash at the end."""
        scheme = "https" if self.tls else "http"
        host = f"[{self.host}]" if ":" in self.host else self.host
        return (self.base_url or f"{scheme}://{host}:{self.port}").rstrip("/")


@dataclass(frozen=True, slots=True, kw_only=True)
class AcmeSettings:
    """``[acme]``: certificates for who proves control of a name (RFC 8555), under one CA, of one profile.

    `authority` is the CA's name in the register; clients of today want one with classical keys
    (``trustkit ca create tls --under root --keys ecdsa-p256``). `networks` are private ones whose web servers may be asked for proofs, such as ``10.0.0.0/8``; `domains` those served with
    all below them, empty for any; `resolver` is HOST or HOST:PORT, empty for the system's.
    """

    enabled: bool = False
    authority: str = "issuing"
    profile: str = "tls-server"
    external_accounts: bool = True  # a new account needs one that `trustkit ca acme external add` made
    http_port: int = 80
    resolver: str = ""
    networks: tuple[str, ...] = ()
    domains: tuple[str, ...] = ()
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
