"""What an app says, signed with the key it was paired with: a JWT each, of a kind of its own, for this provider, a few minutes old at most.

| `typ` | `iss` | says |
|---|---|---|
| ``app-key+jwt`` | ``app`` | ``pairing``: the handle the QR code held; signed with the key it brings, beside it as ``jwk`` |
| ``app-list+jwt`` | the factor's id | show me what waits |
| ``app-answer+jwt`` | the factor's id | ``confirmation``, ``decision`` (``approve`` or ``deny``), ``number`` as typed |
| ``app-request-answer+jwt`` | the factor's id | ``request``, ``decision``; to approve, what was shown: ``client_id``, ``scope``, ``binding_message`` |

Keys are SM2, P-256 or Ed25519; which algorithm they are used with is theirs, whatever a header says.
"""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from trustkit.encoding.canonical_json import parse_json
from trustkit.errors import TrustError
from trustkit.identity_codes import IdentityCode
from trustkit.jose.jwk import parse_jwk
from trustkit.jose.jwt import JwtRules, parse_token, verify_jwt
from trustkit.jose.keys import JwkSet, verification_key
from trustkit.jose.model import JwsAlgorithm

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from trustkit.jose.claims import JwtClaims
    from trustkit.jose.keys import VerificationKey

MAX_MESSAGE: Final = 8 * 1024
LONGEST: Final = timedelta(minutes=5)
ALGORITHMS: Final = frozenset({JwsAlgorithm.SGD_SM3_SM2, JwsAlgorithm.ES256, JwsAlgorithm.EDDSA})
KEY: Final = "app-key+jwt"
LIST: Final = "app-list+jwt"
ANSWER: Final = "app-answer+jwt"
REQUEST_ANSWER: Final = "app-request-answer+jwt"
APP: Final = "app"
_DECISIONS: Final = {"approve": True, "deny": False}
_MAX_CLAIM: Final = 128
_MAX_SCOPE: Final = 2048


@dataclass(frozen=True, slots=True, kw_only=True)
class AppKey:
    """The key an app brings, as it is kept (JWK, canonical), and the pairing it was brought for."""

    jwk: bytes
    pairing: str = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class AppAnswer:
    """What somebody answered in his app."""

    confirmation: str
    approves: bool
    number: str = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class AppRequestAnswer:
    """What somebody answered in his app to a client's request: yes to what is repeated here, or no.

    `mandate` is under which he allows it, None for himself.
    """

    request: str
    approves: bool
    client: str = ""
    scope: str = ""
    message: str = field(default="", repr=False)
    mandate: str | None = None


def verify_app_key(body: bytes, *, issuer: str, now: datetime) -> AppKey:
    """Return the key of a pairing, which signed the pairing's handle: JSON with ``jwk`` and ``proof``. Raise FACTOR_APP_MESSAGE."""
    with _refusing():
        members = parse_json(body, max_size=MAX_MESSAGE)
        found = members if isinstance(members, dict) else {}
        jwk, proof = parse_jwk(found.get("jwk")), found.get("proof")
        text = proof if isinstance(proof, str) else ""
        claims = _verify(text, verification_key(jwk.public_key), kind=KEY, sender=APP, issuer=issuer, now=now)
        return AppKey(jwk=jwk.canonical, pairing=_claim(claims, "pairing"))


def sender_of(text: str) -> str:
    """Return the factor a message says it is of (`kid`), not yet believed. Raise FACTOR_APP_MESSAGE."""
    with _refusing():
        _require_size(text)
        return parse_token(text).key_id


def verify_list(text: str, jwk: bytes, *, sender: str, issuer: str, now: datetime) -> str:
    """Return whose wish it is to see what waits: the sender's. Raise FACTOR_APP_MESSAGE."""
    with _refusing():
        return _verify(text, _kept(jwk, sender), kind=LIST, sender=sender, issuer=issuer, now=now).issuer


def verify_answer(text: str, jwk: bytes, *, sender: str, issuer: str, now: datetime) -> AppAnswer:
    """Return what somebody answered; any other decision than the two is no answer. Raise FACTOR_APP_MESSAGE."""
    with _refusing():
        claims = _verify(text, _kept(jwk, sender), kind=ANSWER, sender=sender, issuer=issuer, now=now)
        approves = _decision(claims)
        number = _claim(claims, "number") if approves else ""
        return AppAnswer(confirmation=_claim(claims, "confirmation"), approves=approves, number=number)


def verify_request_answer(text: str, jwk: bytes, *, sender: str, issuer: str, now: datetime) -> AppRequestAnswer:
    """Return what somebody answered to a client's request; whether it is that request is not judged here. Raise FACTOR_APP_MESSAGE."""
    with _refusing():
        claims = _verify(text, _kept(jwk, sender), kind=REQUEST_ANSWER, sender=sender, issuer=issuer, now=now)
        request = _claim(claims, "request")
        if not _decision(claims):
            return AppRequestAnswer(request=request, approves=False)
        return AppRequestAnswer(
            request=request,
            approves=True,
            client=_claim(claims, "client_id"),
            scope=_claim(claims, "scope", most=_MAX_SCOPE),
            message=claims.text("binding_message"),
            mandate=_claim(claims, "mandate") if "mandate" in claims.members else None,
        )


@contextmanager
def _refusing() -> Iterator[None]:
    """Turn every refusal into the one that apps are told, with what it was as `rule`."""
    try:
        yield
    except TrustError as error:
        if error.code is IdentityCode.FACTOR_APP_MESSAGE:
            raise
        raise TrustError(IdentityCode.FACTOR_APP_MESSAGE, error.detail, rule=error.code.value) from error


def _decision(claims: JwtClaims) -> bool:
    found = _claim(claims, "decision")
    if found not in _DECISIONS:
        raise TrustError(IdentityCode.FACTOR_APP_MESSAGE, "decision is approve or deny")
    return _DECISIONS[found]


def _require_size(text: str) -> None:
    if len(text) > MAX_MESSAGE:
        raise TrustError(IdentityCode.FACTOR_APP_MESSAGE, "longer than any message", limit=MAX_MESSAGE)


def _verify(text: str, key: VerificationKey, *, kind: str, sender: str, issuer: str, now: datetime) -> JwtClaims:
    _require_size(text)
    algorithms = key.algorithms & ALGORITHMS
    if not algorithms:
        raise TrustError(IdentityCode.FACTOR_APP_MESSAGE, "a key of a kind that apps do not have")
    rules = JwtRules(
        kinds={kind},
        algorithms=algorithms,
        issuer=sender,
        audiences={issuer},
        sole_audience=True,
        required=("iat", "exp"),
        longest=LONGEST,
    )
    return verify_jwt(text, JwkSet.of(key), rules, now=now).claims


def _kept(jwk: bytes, sender: str) -> VerificationKey:
    return verification_key(parse_jwk(parse_json(jwk)).public_key, key_id=sender)


def _claim(claims: JwtClaims, name: str, *, most: int = _MAX_CLAIM) -> str:
    found = claims.text(name)
    if not 0 < len(found) <= most:
        raise TrustError(IdentityCode.FACTOR_APP_MESSAGE, f"{name} is missing or too long")
    return found
