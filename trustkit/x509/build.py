"""Writing certificates: octets in, octets out, no key here (RFC 5280 4.1, GB/T 20518-2018).

tbs = build_tbs_certificate(CertificateSpec(…))
der = assemble_certificate(tbs, suite, signer.sign(tbs))
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime  # noqa: TC003 - a field type of a public dataclass
from typing import TYPE_CHECKING, Final

from trustkit.encoding import der_write as w
from trustkit.errors import ErrorCode, TrustError

if TYPE_CHECKING:
    from trustkit.crypto.suites import SignatureSuite

MAX_SERIAL_BITS: Final = 159  # RFC 5280 4.1.2.2: 20 octets, positive
_VERSION_3: Final = w.explicit(0, w.integer(2))


@dataclass(frozen=True, slots=True, kw_only=True)
class CertificateSpec:
    """Everything a certificate says. Names and `spki` are DER; `extensions` come from `trustkit.x509.extensions`.

    Times are aware and written in whole seconds, `not_after` included in the validity (RFC 5280 4.1.2.5).
    """

    serial: int
    suite: SignatureSuite
    issuer_der: bytes
    subject_der: bytes
    not_before: datetime
    not_after: datetime
    spki: bytes
    extensions: tuple[bytes, ...]


def build_tbs_certificate(spec: CertificateSpec) -> bytes:
    """Return the octets to sign: version 3, UTCTime to 2049, the suite's own AlgorithmIdentifier.

    Raises:
        TrustError: USAGE for a serial number outside 1 … 2^159-1, naive or reversed times, or no extension.
    """
    if spec.serial <= 0 or spec.serial.bit_length() > MAX_SERIAL_BITS:
        raise TrustError(ErrorCode.USAGE, "serial number is positive and has at most 20 octets")
    if spec.not_before.tzinfo is None or spec.not_after.tzinfo is None or spec.not_before >= spec.not_after:
        raise TrustError(ErrorCode.USAGE, "validity is two aware times in order")
    if not spec.extensions:
        raise TrustError(ErrorCode.USAGE, "a certificate of version 3 has extensions")
    return w.sequence(
        _VERSION_3,
        w.integer(spec.serial),
        spec.suite.algorithm_identifier(),
        spec.issuer_der,
        w.sequence(w.time(spec.not_before), w.time(spec.not_after)),
        spec.subject_der,
        spec.spki,
        w.explicit(3, w.sequence(*spec.extensions)),
    )


def assemble_certificate(tbs: bytes, suite: SignatureSuite, signature: bytes) -> bytes:
    """Return the certificate: the signed octets unchanged, the algorithm, and the signature as BIT STRING."""
    return w.sequence(tbs, suite.algorithm_identifier(), w.bit_string(signature))
