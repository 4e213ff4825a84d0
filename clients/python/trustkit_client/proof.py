"""How a client proves itself to the provider of tokens. No secret is in a repr, a log or an exception."""

from __future__ import annotations

import base64
import json
import secrets
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, Protocol
from urllib.parse import quote_plus

from trustkit_client.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

_ASSERTION: Final = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"  # RFC 7523 2.2
_LIFETIME: Final = 60  # seconds: an assertion is made for one request


class Proof(Protocol):
    """What shows that a client is who it says."""

    def shown(self, audience: str, now: float) -> tuple[dict[str, str], dict[str, str]]:
        """Return headers and form fields that go with one request to `audience`, at `now` (seconds since 1970)."""
        ...


@dataclass(frozen=True, slots=True)
class ClientSecret:
    """client_secret_basic (RFC 6749 2.3.1)."""

    client_id: str
    secret: str = field(repr=False)

    def shown(self, audience: str, now: float) -> tuple[dict[str, str], dict[str, str]]:
        """See `Proof.shown`."""
        del audience, now
        pair = f"{quote_plus(self.client_id)}:{quote_plus(self.secret)}"
        return {"authorization": "Basic " + base64.b64encode(pair.encode()).decode()}, {}


@dataclass(frozen=True, slots=True, kw_only=True)
class PrivateKeyJwt:
    """private_key_jwt (RFC 7523): `sign` returns the raw signature of JWS over what it is given, the key may be anywhere.

    `key_id` is the `kid` the client registered, where it registered one. `audience` is the provider's issuer identifier; the token's address where there is none.
    """

    client_id: str
    algorithm: str
    sign: Callable[[bytes], bytes] = field(repr=False)
    key_id: str = ""
    audience: str = ""

    @classmethod
    def from_pem(cls, client_id: str, path: Path, *, key_id: str = "", audience: str = "") -> PrivateKeyJwt:
        """Return the proof by an unencrypted key in a file: EC P-256 or P-384, or Ed25519. Needs the extra `keys`.

        Raises:
            UsageError: for a file that cannot be read or holds no such key, and without the extra.
        """
        try:
            from trustkit_client.key_file import signing_by  # noqa: PLC0415 - an extra
        except ImportError as error:
            raise UsageError("keys are read by `cryptography`", remedy="pip install trustkit-client[keys]") from error
        algorithm, sign = signing_by(path)
        return cls(client_id=client_id, algorithm=algorithm, sign=sign, key_id=key_id, audience=audience)

    def shown(self, audience: str, now: float) -> tuple[dict[str, str], dict[str, str]]:
        """See `Proof.shown`."""
        head = {"alg": self.algorithm, "typ": "JWT", **({"kid": self.key_id} if self.key_id else {})}
        claims = {
            "iss": self.client_id,
            "sub": self.client_id,
            "aud": self.audience or audience,
            "jti": secrets.token_urlsafe(16),
            "iat": int(now),
            "exp": int(now) + _LIFETIME,
        }
        message = b".".join(_base64url(json.dumps(each).encode()) for each in (head, claims))
        assertion = b".".join((message, _base64url(self.sign(message)))).decode("ascii")
        return {}, {"client_assertion_type": _ASSERTION, "client_assertion": assertion}


@dataclass(frozen=True, slots=True)
class TlsCertificate:
    """tls_client_auth and self_signed_tls_client_auth (RFC 8705): the certificate is that of the client's `tls` context."""

    client_id: str

    def shown(self, audience: str, now: float) -> tuple[dict[str, str], dict[str, str]]:
        """See `Proof.shown`."""
        del audience, now
        return {}, {"client_id": self.client_id}


def _base64url(data: bytes) -> bytes:
    return base64.urlsafe_b64encode(data).rstrip(b"=")
