"""The two cookies of unified identity: one names the session, the other the browser that a login was begun at.

    rules = CookieRules(secure=True)
    rules.read(header, rules.session)        # the secret, or None
    rules.set(rules.session, secret)         # __Host-trustkit-session=…; Path=/; HttpOnly; SameSite=Lax; Secure

Both are bound to this very host (`__Host-`, RFC 6265bis 4.1.3.2: Secure, no Domain, Path=/), so that no neighbour can plant one; no
script reads them. They end with the browser, and their sessions earlier. Without TLS, which is for this machine alone, browsers take no
such name, and the cookies have a plain one.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from idp.handles import is_handle

MAX_COOKIES: Final = 8 * 1024  # octets of the header that are looked at; a browser sends two of ours


@dataclass(frozen=True, slots=True, kw_only=True)
class CookieRules:
    """How cookies are named and set. `secure`: the service is reached over https."""

    secure: bool

    @property
    def session(self) -> str:
        """The name of the session's cookie."""
        return f"{self._prefix}trustkit-session"

    @property
    def browser(self) -> str:
        """The name of the cookie that binds logins to their browser."""
        return f"{self._prefix}trustkit-browser"

    @property
    def _prefix(self) -> str:
        return "__Host-" if self.secure else ""

    def read(self, header: str, name: str) -> str | None:
        """Return the handle in a Cookie header. None when it is not there, not of its form, or there twice: one was planted."""
        if len(header) > MAX_COOKIES:
            return None
        pairs = (part.strip().partition("=") for part in header.split(";"))
        found = [value for key, _, value in pairs if key == name]
        return found[0] if len(found) == 1 and is_handle(found[0]) else None

    def set(self, name: str, handle: str) -> str:
        """Return the Set-Cookie header that hands a browser a handle."""
        return f"{name}={handle}; {self._attributes}"

    def clear(self, name: str) -> str:
        """Return the Set-Cookie header that takes it away."""
        return f"{name}=; Max-Age=0; {self._attributes}"

    @property
    def _attributes(self) -> str:
        # Lax: the browser comes back from other sites by links and redirects with its cookies, and by nothing that changes something.
        return "Path=/; HttpOnly; SameSite=Lax" + ("; Secure" if self.secure else "")
