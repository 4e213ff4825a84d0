"""The signature of one certificate under the key of another (RFC 5280 6.1.3 (a)(1))."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Final

from trustkit.crypto.public_key import parse_public_key
from trustkit.crypto.suites import suite_from_algorithm
from trustkit.crypto.verify import verify_signature
from trustkit.errors import ErrorCode, TrustError

if TYPE_CHECKING:
    from trustkit.x509.certificate import Certificate

_PROVED: Final = 2048  # links of chains seen again: those of every authority a service meets
_PLAIN: Final = frozenset({ErrorCode.SIGNATURE_WRONG, ErrorCode.SIGNATURE_MALFORMED, ErrorCode.ALGORITHM_MISMATCH})


def verify_certificate_signature(certificate: Certificate, issuer: Certificate) -> None:
    """Return when `issuer`'s key signed `certificate`'s octets as found; says nothing of names, time or trust.

    Raises:
        TrustError: PATH_SIGNATURE (wrong, malformed, or of another kind of key); SIGNATURE_WITHOUT_Z and
            SIGNATURE_WRONG_ID where that is the reason; ALGORITHM_WEAK, ALGORITHM_UNKNOWN; KEY_* of the issuer's key.
    """
    try:
        _prove(certificate, issuer.spki)
    except TrustError as error:
        if error.code in _PLAIN:
            raise TrustError(ErrorCode.PATH_SIGNATURE, error.detail, cause=error.code.value, **error.facts) from error
        raise


@lru_cache(maxsize=_PROVED)
def _prove(certificate: Certificate, spki: bytes) -> None:
    """Prove one link. That these octets were signed by this key stays so; a refusal is not remembered."""
    key = parse_public_key(spki)
    suite = suite_from_algorithm(certificate.signature_oid, certificate.signature_parameters, key=key)
    verify_signature(suite=suite, key=key, message=certificate.tbs, signature=certificate.signature)
