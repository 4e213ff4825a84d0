"""Who was let in to a guarded handler, and by which name this service tells of him.

    names = CallerNames(issuer=ISSUER, key=key)
    names.person("zhang-san@example.org")   # a word of letters and digits that stands for nobody outside of this service
    kept_caller(request.scope)              # who was let in, for handlers and the log

What an issuer calls somebody (`sub`) is its choice: an opaque name, a login name, a telephone number. A trail and a log hold none of
these, so a person is told by a keyed digest, the same for each of his calls (GB/T 35273 3.15, pseudonymisation).
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from trustkit.audit.personal_data import require_impersonal
from trustkit.crypto.mac import MacAlgorithm, compute_mac
from trustkit.errors import TrustError
from trustkit.identity import AuthContext

if TYPE_CHECKING:
    from starlette.types import Scope

_CALLER: Final = "trustkit.caller"
_REGISTERED: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:+-]{0,63}")


@dataclass(frozen=True, slots=True, kw_only=True)
class CallerNames:
    """The names of one issuer's people and clients as this service tells them; `key` is this service's own."""

    issuer: str
    key: bytes = field(repr=False)

    def person(self, subject: str) -> str:
        """Return 64 hexadecimal digits for a person's name at the issuer."""
        return self._digest("person", subject)

    def word(self, kind: str, text: str) -> str:
        """Return a client's or mandate's identifier as registered, or digits as for a person where it is no plain word or looks like data."""
        if _REGISTERED.fullmatch(text) is None:
            return self._digest(kind, text)
        try:
            require_impersonal(kind, text)
        except TrustError:
            return self._digest(kind, text)
        return text

    def _digest(self, kind: str, name: str) -> str:
        told = f"{kind}\n{self.issuer}\n{name}".encode("utf-8", "surrogatepass")
        return compute_mac(MacAlgorithm.HMAC_SM3, self.key, told).hex()


def keep_caller(scope: Scope, caller: AuthContext) -> None:
    """Keep who was let in for the rest of the request."""
    scope[_CALLER] = caller


def kept_caller(scope: Scope) -> AuthContext | None:
    """Return who was let in, None where no guard stands or it let nobody in."""
    found = scope.get(_CALLER)
    return found if isinstance(found, AuthContext) else None
