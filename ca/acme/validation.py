"""Proof of control over a name (RFC 8555 8): what is asked, what must come back. The network is the caller's.

http-01 (8.3): ``http://NAME/.well-known/acme-challenge/TOKEN`` gives the key authorization.
dns-01 (8.4): a TXT record of ``_acme-challenge.NAME`` is its SHA-256 in base64url.
"""

from __future__ import annotations

import hashlib
import hmac
from typing import TYPE_CHECKING, Final, Protocol

from trustkit.encoding.text64 import encode_base64url
from trustkit.errors import ErrorCode, TrustError

if TYPE_CHECKING:
    from trustkit.jose.jwk import Jwk

WELL_KNOWN: Final = "/.well-known/acme-challenge/"
MAX_RESPONSE: Final = 1024  # octets: a token and a thumbprint take some ninety
MAX_RECORDS: Final = 64
_WHITE: Final = b" \t\r\n"


class FetchesHttp(Protocol):
    """Asks a name's web server, guarded against being led into networks it has no business in."""

    def fetch(self, name: str, path: str) -> bytes:
        """Return at most MAX_RESPONSE octets. Raise ACME_CONNECTION, ACME_DNS, ACME_CHALLENGE."""
        ...


class AsksTxt(Protocol):
    """Asks the name service."""

    def texts(self, name: str) -> tuple[bytes, ...]:
        """Return the TXT records of a name, strings joined, at most MAX_RECORDS. Raise ACME_DNS."""
        ...


def key_authorization(token: str, key: Jwk) -> str:
    """Return the token joined with the account key's thumbprint (RFC 8555 8.1)."""
    return f"{token}.{key.thumbprint}"


def prove_http(name: str, token: str, key: Jwk, *, network: FetchesHttp) -> None:
    """Return when the name's web server answers for this account. Raise ACME_CHALLENGE and what the network raises."""
    body = network.fetch(name, WELL_KNOWN + token)
    # RFC 8555 8.3: white space at the end is left aside.
    if not hmac.compare_digest(body.rstrip(_WHITE), key_authorization(token, key).encode("ascii")):
        raise TrustError(ErrorCode.ACME_CHALLENGE, "the web server gave another key authorization")


def prove_dns(name: str, token: str, key: Jwk, *, network: AsksTxt) -> None:
    """Return when the name's zone answers for this account. Raise ACME_CHALLENGE and what the network raises."""
    expected = encode_base64url(hashlib.sha256(key_authorization(token, key).encode("ascii")).digest()).encode("ascii")
    if not any(hmac.compare_digest(text, expected) for text in network.texts(f"_acme-challenge.{name}")):
        raise TrustError(ErrorCode.ACME_CHALLENGE, "no TXT record of the name is the one asked for")
