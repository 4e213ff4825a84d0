"""Where a process of this home is reached, as its section of the settings says."""

from __future__ import annotations


class ReachedAt:
    """What sections of the settings with these fields have in common: a base URL, which is made of host and port where it is empty, and TLS."""

    __slots__ = ()

    host: str
    port: int
    base_url: str
    tls_certificate: str

    @property
    def tls(self) -> bool:
        """Whether the process itself speaks TLS."""
        return bool(self.tls_certificate)

    @property
    def secure(self) -> bool:
        """Whether browsers and clients reach it over https, so that cookies are bound to it."""
        return self.url().startswith("https://")

    def url(self) -> str:
        """Return the URL the process is reached at, without a slash at the end."""
        scheme = "https" if self.tls else "http"
        host = f"[{self.host}]" if ":" in self.host else self.host
        return (self.base_url or f"{scheme}://{host}:{self.port}").rstrip("/")
