"""Problem documents of ACME (RFC 8555 6.7): which of its types an error of ours is."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from ca.acme.message import ALGORITHMS
from trustkit.encoding.canonical_json import canonical_json, parse_json
from trustkit.error_family import Code, Family
from trustkit.errors import ErrorCode, TrustError
from trustkit.texts.catalogue import Language, error_text

if TYPE_CHECKING:
    from collections.abc import Mapping

    from trustkit.encoding.canonical_json import JsonValue

NAMESPACE: Final = "urn:ietf:params:acme:error:"
_E: Final = ErrorCode
# Error code → type and HTTP status.
_TYPES: Final[Mapping[Code, tuple[str, int]]] = MappingProxyType(
    {
        _E.ACME_ACCOUNT: ("accountDoesNotExist", 400),
        _E.ACME_BINDING: ("unauthorized", 403),
        _E.ACME_CAA: ("caa", 403),
        _E.ACME_CHALLENGE: ("incorrectResponse", 403),
        _E.ACME_CONNECTION: ("connection", 400),
        _E.ACME_CONTACT: ("invalidContact", 400),
        _E.ACME_CSR: ("badCSR", 400),
        _E.ACME_DNS: ("dns", 400),
        _E.ACME_IDENTIFIER: ("rejectedIdentifier", 400),
        _E.ACME_IDENTIFIER_TYPE: ("unsupportedIdentifier", 400),
        _E.ACME_KEY: ("badPublicKey", 400),
        _E.ACME_LIMIT: ("rateLimited", 429),
        _E.ACME_MALFORMED: ("malformed", 400),
        _E.ACME_MISSING: ("malformed", 404),
        _E.ACME_NONCE: ("badNonce", 400),
        _E.ACME_ORDER_STATE: ("orderNotReady", 403),
        _E.ACME_REASON: ("badRevocationReason", 400),
        _E.ACME_UNAUTHORIZED: ("unauthorized", 403),
        _E.ALGORITHM_MISMATCH: ("badSignatureAlgorithm", 400),
        _E.ALGORITHM_UNKNOWN: ("badSignatureAlgorithm", 400),
        _E.CA_SERIAL_REVOKED: ("alreadyRevoked", 400),
        _E.CA_SERIAL_MISSING: ("malformed", 404),
        _E.INPUT_TOO_LARGE: ("malformed", 413),
        _E.REQUEST_RATE: ("rateLimited", 429),
        _E.REQUEST_TYPE: ("malformed", 415),
    }
)
_REFUSED_BY_POLICY: Final = frozenset({Family.FORBIDDEN, Family.MALFORMED, Family.UNTRUSTED, Family.USAGE})


def problem_of(error: TrustError) -> dict[str, JsonValue]:
    """Return the problem document of an error, its detail in English: ACME has no languages.

    Our own faults say nothing but serverInternal.
    """
    kind, status = _TYPES.get(error.code, ("", 0))
    if not kind and error.code.family in _REFUSED_BY_POLICY:  # such as the profile's rules, when issuing
        kind, status = "badCSR", 400
    if not kind:
        return {"type": NAMESPACE + "serverInternal", "detail": "try later", "status": 500}
    sentence = error_text(error.code, Language.EN).sentence
    detail = f"{sentence} {error.detail[:1].upper()}{error.detail[1:]}".strip()
    if error.code is ErrorCode.ACME_BINDING and error.facts.get("required"):
        kind = "externalAccountRequired"
    body: dict[str, JsonValue] = {"type": NAMESPACE + kind, "detail": detail[:1024], "status": status}
    if error.code is ErrorCode.ALGORITHM_UNKNOWN:
        body["algorithms"] = [each.value for each in ALGORITHMS]  # RFC 8555 6.2
    return body


def problem_text(error: TrustError) -> str:
    """Return the problem document of an error as it is stored."""
    return canonical_json(problem_of(error)).decode("utf-8")


def problem_from_text(text: str | None) -> JsonValue:
    """Return a stored problem document; the inverse of `problem_text`."""
    return parse_json(text.encode("utf-8")) if text else None
