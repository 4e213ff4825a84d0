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
    anonymous_per_minute: int = 3000  # requests of one client address
    max_body_bytes: int = 256 * 1024  # requests for certificates and time stamps are small
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
