"""The request an order is finalized with (RFC 8555 7.4): exactly the order's names, and a key of its own."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from trustkit.errors import ErrorCode, TrustError
from trustkit.x509 import oids
from trustkit.x509.extension_values import read_alternative_names
from trustkit.x509.general_name import DNS_NAME
from trustkit.x509.name import parse_name
from trustkit.x509.request import parse_request, verify_request

if TYPE_CHECKING:
    from trustkit.jose.jwk import Jwk
    from trustkit.x509.request import VerifiedRequest

MAX_REQUEST: Final = 32 * 1024  # octets: a hundred names and an RSA key of 8192 bits


def require_order_request(der: bytes, names: tuple[str, ...], *, account_key: Jwk) -> VerifiedRequest:
    """Return the proved request of an order for `names` (sorted).

    Raises:
        TrustError: ACME_CSR naming what is off: unreadable, in PEM, not signed by its key, the account's key, other names
            in subjectAltName or common name, another kind of name, an attribute of the subject that nobody validated.
    """
    if len(der) > MAX_REQUEST or der[:1] != b"\x30":  # RFC 8555 7.4: base64url of DER
        raise TrustError(ErrorCode.ACME_CSR, "it is the DER of a request of at most 32 KiB")
    try:
        request = verify_request(parse_request(der))
        asked = _asked_names(request)
    except TrustError as error:
        if error.code is ErrorCode.ACME_CSR:
            raise
        raise TrustError(ErrorCode.ACME_CSR, error.detail or error.code.value, why=error.code.value) from error
    if asked != names:
        raise TrustError(ErrorCode.ACME_CSR, "other names than the order's", asked=len(asked), ordered=len(names))
    if request.public_key.spki == account_key.public_key.spki:  # RFC 8555 11.1
        raise TrustError(ErrorCode.ACME_CSR, "the account's own key")
    return request


def _asked_names(request: VerifiedRequest) -> tuple[str, ...]:
    """Return the names a request asks for in subjectAltName and common name, in small letters, sorted."""
    found: set[str] = set()
    extension = request.extensions.get(oids.SUBJECT_ALT_NAME)
    for name in read_alternative_names(extension.value) if extension is not None else ():
        if name.form != DNS_NAME:
            raise TrustError(ErrorCode.ACME_CSR, "an alternative name that is no DNS name")
        found.add(name.text.lower())
    for attribute in (each for rdn in parse_name(request.subject_der) for each in rdn):
        if attribute.oid != oids.COMMON_NAME:
            raise TrustError(ErrorCode.ACME_CSR, "a subject of more than a common name: nobody validated it")
        found.add(attribute.text.lower())
    return tuple(sorted(found))
