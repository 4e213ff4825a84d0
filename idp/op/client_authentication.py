"""Who asks: a client proves itself by the one method it is registered with, whatever it sends.

Unknown, revoked, wrong and by another method are one answer, and cost one digest each. An assertion or certificate is judged under keys
that were registered, never under what comes with it. What may be used once (the `jti` of an assertion) is returned to be noted in the
unit of work of the act: `Proven.once`.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import lru_cache
from typing import TYPE_CHECKING, Final, Protocol
from urllib.parse import unquote_plus

from idp.op.client_model import AuthMethod, Client
from idp.op.clients import live_client
from idp.op.handles import HandleKind
from idp.op.once import Once
from trustkit.encoding.canonical_json import parse_json
from trustkit.encoding.text64 import encode_base64url
from trustkit.error_family import PASSING
from trustkit.errors import TrustError
from trustkit.identity_codes import IdentityCode
from trustkit.jose.client_assertion import ASSERTION_TYPE, asserted_client, verify_client_assertion
from trustkit.jose.keys import parse_jwks
from trustkit.jose.model import SM2_ALIASES, JwsAlgorithm

if TYPE_CHECKING:
    from collections.abc import Collection

    from idp.op.parameters import Parameters
    from trustkit.jose.keys import JwkSet
    from trustkit.store.unit_of_work import ReadUnit

MAX_CREDENTIAL: Final = 1024
_KNOWN_SETS: Final = 256  # clients' keys held at once
ASSERTION_LIFETIME: Final = timedelta(minutes=5)


class CertificateJudge(Protocol):
    """Tells whether a client's certificate is good now: path, purpose and revocation."""

    def subject_of(self, unit: ReadUnit, der: bytes, *, issuer: str, now: datetime) -> str:
        """Return the subject as RFC 4514 text. Raise CERTIFICATE_*, PATH_*, CRL_* when it is not to be believed, or of another issuer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Presented:
    """What a request shows of its client.

    Attributes:
        authorization: the values of the Authorization header.
        certificate: the TLS certificate it proved possession of, DER.
    """

    parameters: Parameters
    authorization: tuple[str, ...] = field(repr=False)
    certificate: bytes | None = field(repr=False)

    def claimed(self) -> Claimed:
        """Return whom it says it is of. Raise OP_CLIENT_REFUSED, OP_REQUEST_FORM."""
        return Claimed(*_read(self))


@dataclass(frozen=True, slots=True)
class Claimed:
    """Whom a request says it is of, and what it shows for it: a secret, an assertion or nothing."""

    identifier: str
    secret: str = field(repr=False)
    method: AuthMethod


@dataclass(frozen=True, slots=True, kw_only=True)
class Proven:
    """A client that proved itself; a public one has only said who it is. `certificate` is the TLS certificate of the connection."""

    client: Client
    method: AuthMethod
    certificate: bytes | None = field(default=None, repr=False)
    once: tuple[Once, ...] = ()

    @property
    def certificate_binding(self) -> str:
        """`x5t#S256` of the connection's certificate (RFC 8705 3.1), empty where there is none."""
        return "" if self.certificate is None else encode_base64url(hashlib.sha256(self.certificate).digest())


@dataclass(frozen=True, slots=True, kw_only=True)
class ClientAuthenticator:
    """Judges what requests show of their clients. `audiences` are what an assertion may be for."""

    audiences: Collection[str]
    judge: CertificateJudge | None
    skew: timedelta

    def authenticate(self, unit: ReadUnit, shown: Presented, claimed: Claimed, *, now: datetime) -> Proven:
        """Return the client that asks. Raise OP_CLIENT_REFUSED."""
        identifier, secret, method = claimed.identifier, claimed.secret, claimed.method
        client = live_client(unit, identifier)
        kept = (None, None) if client is None else (client.secret_sm3, client.former_secret(now))
        # Both are looked at, always: how long it takes says nothing of which there are.
        matched = [HandleKind.SECRET.matches(secret, each) for each in kept]
        known = any(matched)
        if client is None:
            raise _refused()
        wanted = client.registration.method
        once: tuple[Once, ...] = ()
        match wanted:
            case AuthMethod.SECRET_BASIC | AuthMethod.SECRET_POST:
                if method is not wanted or not known:
                    raise _refused()
            case AuthMethod.PRIVATE_KEY_JWT:
                if method is not wanted:
                    raise _refused()
                once = (self._asserted(client, secret, now=now),)
            case AuthMethod.TLS | AuthMethod.SELF_SIGNED_TLS:
                if method is not AuthMethod.NONE or shown.certificate is None:
                    raise _refused()
                self._require_certificate(unit, client, shown.certificate, now=now)
            case AuthMethod.NONE:
                if method is not AuthMethod.NONE:
                    raise _refused()
        return Proven(client=client, method=wanted, certificate=shown.certificate, once=once)

    def _asserted(self, client: Client, assertion: str, *, now: datetime) -> Once:
        registration = client.registration
        try:
            verified = verify_client_assertion(
                assertion,
                _registered_keys(registration.keys),
                client=client.identifier,
                audiences=self.audiences,
                algorithms={JwsAlgorithm(registration.assertion_algorithm)},
                now=now,
            )
        except TrustError as error:
            raise _refused() from error
        until = (verified.claims.expires_at or now) + self.skew + timedelta(minutes=1)
        seen = HandleKind.SEEN.digest(f"assertion {client.identifier} {verified.claims.token_id}")
        return Once(seen_sm3=seen, until=until, refusal=IdentityCode.OP_CLIENT_REFUSED)

    def _require_certificate(self, unit: ReadUnit, client: Client, der: bytes, *, now: datetime) -> None:
        registration = client.registration
        if registration.method is AuthMethod.SELF_SIGNED_TLS:
            if der not in registered_certificates(client):
                raise _refused()
            return
        try:
            issuer = registration.tls_issuer
            subject = self.judge.subject_of(unit, der, issuer=issuer, now=now) if self.judge is not None else ""
        except TrustError as error:
            if error.code.family in PASSING:
                raise
            raise _refused() from error
        if not subject or subject != registration.tls_subject:
            raise _refused()


@lru_cache(maxsize=_KNOWN_SETS)
def _registered_keys(text: str) -> JwkSet:
    """Return the keys of a registration, judged once and not at each assertion anybody sends. Raise as `parse_jwks`."""
    return parse_jwks(text.encode(), aliases=SM2_ALIASES)


def registered_certificates(client: Client) -> frozenset[bytes]:
    """Return the self-signed certificates a client registered: the first of `x5c` of each of its keys, DER (RFC 8705 2.2.2)."""
    if not client.registration.keys:
        return frozenset()
    value = parse_json(client.registration.keys.encode())
    keys = value.get("keys") if isinstance(value, dict) else None
    found = set()
    for key in keys if isinstance(keys, list) else ():
        chain = key.get("x5c") if isinstance(key, dict) else None
        if isinstance(chain, list) and chain and isinstance(chain[0], str):
            try:
                found.add(base64.b64decode(chain[0], validate=True))
            except (binascii.Error, ValueError):
                continue
    return frozenset(found)


def _read(shown: Presented) -> tuple[str, str, AuthMethod]:
    """Return (identifier, secret or assertion, method) as shown; a client that shows only its name has method none."""
    parameters = shown.parameters
    ways: list[tuple[str, str, AuthMethod]] = []
    if basic := [each for each in shown.authorization if each[:6].lower() == "basic "]:
        if len(shown.authorization) != 1 or len(basic[0]) > MAX_CREDENTIAL:
            raise _refused()
        ways.append((*_basic(basic[0][6:].strip()), AuthMethod.SECRET_BASIC))
    if secret := parameters.bounded("client_secret", MAX_CREDENTIAL):
        ways.append((parameters.need("client_id"), secret, AuthMethod.SECRET_POST))
    if assertion := parameters.get("client_assertion"):
        if parameters.get("client_assertion_type") != ASSERTION_TYPE:
            raise _refused()
        ways.append((_asserted_by(assertion), assertion, AuthMethod.PRIVATE_KEY_JWT))
    if len(ways) > 1:
        raise TrustError(IdentityCode.OP_REQUEST_FORM, "the client shows itself in more than one way")
    identifier, secret, method = ways[0] if ways else (parameters.get("client_id"), "", AuthMethod.NONE)
    named = parameters.get("client_id")
    if not identifier or (named and named != identifier):
        raise _refused()
    return identifier, secret, method


def _asserted_by(assertion: str) -> str:
    try:
        return asserted_client(assertion)
    except TrustError as error:
        raise _refused() from error


def _basic(text: str) -> tuple[str, str]:
    """Return identifier and secret; both are form-encoded before they are joined (RFC 6749 2.3.1)."""
    try:
        identifier, colon, secret = base64.b64decode(text, validate=True).decode("utf-8").partition(":")
        identifier, secret = (unquote_plus(each, errors="strict") for each in (identifier, secret))
    except (binascii.Error, ValueError) as error:
        raise _refused() from error
    if not colon or not secret:
        raise _refused()
    return identifier, secret


def _refused() -> TrustError:
    return TrustError(IdentityCode.OP_CLIENT_REFUSED, "unknown, wrong, revoked, or not by its method")
