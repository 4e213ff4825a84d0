"""Writing certification requests (RFC 2986): octets in, octets out, no key here.

info = build_request_info(RequestSpec(subject_der=name, spki=key.spki, extensions=(…,)))
der = assemble_request(info, signer.suite, signer.sign(info))
"""

from __future__ import annotations

import string
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from trustkit.encoding import der_write as w
from trustkit.errors import ErrorCode, TrustError
from trustkit.x509 import oids
from trustkit.x509.name import parse_name
from trustkit.x509.request_attributes import MAX_CHALLENGE

if TYPE_CHECKING:
    from trustkit.crypto.suites import SignatureSuite

REQUEST_LABEL: Final = "CERTIFICATE REQUEST"  # RFC 7468 7
_VERSION_1: Final = w.integer(0)
_PRINTABLE: Final = frozenset(string.ascii_letters + string.digits + " '()+,-./:=?")  # X.680 41.4


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestSpec:
    """Everything a request says. `subject_der` and `spki` are DER; `extensions` come from `trustkit.x509.extensions`."""

    subject_der: bytes
    spki: bytes
    extensions: tuple[bytes, ...] = ()
    challenge_password: str | None = field(default=None, repr=False)


def build_request_info(spec: RequestSpec) -> bytes:
    """Return the octets to sign, CertificationRequestInfo (RFC 2986 4.1).

    Raises:
        TrustError: NAME_MALFORMED for a subject that is no name, USAGE for a challenge password of 0 or more than 255
            characters.
    """
    parse_name(spec.subject_der)
    attributes = []
    if spec.challenge_password is not None:
        attributes.append(_attribute(oids.CHALLENGE_PASSWORD, _directory_string(spec.challenge_password)))
    if spec.extensions:
        attributes.append(_attribute(oids.EXTENSION_REQUEST, w.sequence(*spec.extensions)))
    # RFC 2986 4.1: attributes is not optional; empty when nothing is said.
    return w.sequence(_VERSION_1, spec.subject_der, spec.spki, w.implicit(0, w.set_of(*attributes)))


def assemble_request(info: bytes, suite: SignatureSuite, signature: bytes) -> bytes:
    """Return the request: the signed octets unchanged, the algorithm, and the signature as BIT STRING."""
    return w.sequence(info, suite.algorithm_identifier(), w.bit_string(signature))


def _attribute(oid: str, value: bytes) -> bytes:
    return w.sequence(w.oid(oid), w.set_of(value))


def _directory_string(text: str) -> bytes:
    """Return PrintableString where it can be (RFC 2985 5.4.1 prefers it), else UTF8String."""
    if not 0 < len(text) <= MAX_CHALLENGE:
        raise TrustError(ErrorCode.USAGE, "a challenge password has 1 to 255 characters")
    return w.printable_string(text) if _PRINTABLE.issuperset(text) else w.utf8_string(text)
