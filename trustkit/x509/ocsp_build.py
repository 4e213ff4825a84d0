"""Writing OCSP answers: octets in, octets out, no key here (RFC 6960 4.2.1).

    tbs = build_response_data(responder_by_key(key), (StatusSpec(…),), produced_at=now, nonce=request.nonce)
    octets = assemble_ocsp_response(tbs, suite, signer.sign(tbs), certificates=(responder_der,))
    error_response(ResponseStatus.TRY_LATER)

Made to be quick: an answer is written some ten thousand times a second.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from typing import TYPE_CHECKING, Final

from trustkit.encoding import der_write as w
from trustkit.errors import ErrorCode, TrustError
from trustkit.x509 import oids
from trustkit.x509.extensions import extension
from trustkit.x509.ocsp_request import nonce_extension
from trustkit.x509.ocsp_response import CertStatus, ResponseStatus
from trustkit.x509.reason import RevocationReason

if TYPE_CHECKING:
    from collections.abc import Iterable

    from trustkit.crypto.public_key import PublicKey
    from trustkit.crypto.suites import SignatureSuite

NEVER_ISSUED_AT: Final = datetime(1970, 1, 1, tzinfo=UTC)  # RFC 6960 2.2
_ENUMERATED: Final = 0x0A
_GOOD, _UNKNOWN = b"\x80\x00", b"\x82\x00"
_REVOKED: Final = 0xA1
_EXTENDED_REVOKE: Final = extension(oids.OCSP_EXTENDED_REVOKE, w.null())
_BASIC: Final = w.oid(oids.OCSP_BASIC)
_SUCCESS: Final = w.tlv(_ENUMERATED, b"\x00")


@dataclass(frozen=True, slots=True, kw_only=True)
class StatusSpec:
    """What to say of one certificate, under each CertID in `cert_ids` (DER). Times are aware, written in whole seconds.

    `revoked_at` goes with REVOKED, and `reason` with it; `unspecified` is written by leaving the reason out.
    """

    cert_ids: tuple[bytes, ...]
    status: CertStatus
    this_update: datetime
    next_update: datetime | None
    revoked_at: datetime | None = None
    reason: RevocationReason = RevocationReason.UNSPECIFIED
    archive_cutoff: datetime | None = None


def never_issued(cert_id: bytes, this_update: datetime, next_update: datetime | None) -> StatusSpec:
    """Return "revoked" for a certificate that was never issued (RFC 6960 2.2); with `extended_revoke` in the response."""
    return StatusSpec(
        cert_ids=(cert_id,),
        status=CertStatus.REVOKED,
        this_update=this_update,
        next_update=next_update,
        revoked_at=NEVER_ISSUED_AT,
        reason=RevocationReason.CERTIFICATE_HOLD,
    )


@lru_cache(maxsize=64)
def responder_by_key(key: PublicKey) -> bytes:
    """Return responderID byKey: the SHA-1 of the key, which is a name and protects nothing (RFC 6960 4.2.1)."""
    return w.explicit(2, w.octet_string(key.identifier))


@lru_cache(maxsize=256)
def _time(moment: datetime) -> bytes:
    return w.generalized_time(moment)


def build_response_data(
    responder_id: bytes,
    answers: Iterable[StatusSpec],
    *,
    produced_at: datetime,
    nonce: bytes | None = None,
    extended_revoke: bool = False,
) -> bytes:
    """Return the octets to sign.

    Raises:
        TrustError: USAGE for no answer, a nonce of another length than 1 to 128 octets, or a revocation without its time.
    """
    singles = b"".join(_single(answer) for answer in answers)
    if not singles:
        raise TrustError(ErrorCode.USAGE, "a response holds an answer")
    extensions = b"" if nonce is None else nonce_extension(nonce)
    if extended_revoke:
        extensions += _EXTENDED_REVOKE
    return w.sequence(
        responder_id,
        _time(produced_at),
        w.sequence(singles),
        w.explicit(1, w.sequence(extensions)) if extensions else b"",
    )


def _single(answer: StatusSpec) -> bytes:
    tail = _time(answer.this_update)
    if answer.next_update is not None:
        tail += w.explicit(0, _time(answer.next_update))
    if answer.archive_cutoff is not None:
        cutoff = extension(oids.OCSP_ARCHIVE_CUTOFF, w.generalized_time(answer.archive_cutoff))
        tail += w.explicit(1, w.sequence(cutoff))
    tail = _status(answer) + tail
    return b"".join([w.sequence(cert_id, tail) for cert_id in answer.cert_ids])


def _status(answer: StatusSpec) -> bytes:
    if answer.status is CertStatus.GOOD:
        return _GOOD
    if answer.status is CertStatus.UNKNOWN:
        return _UNKNOWN
    if answer.revoked_at is None:
        raise TrustError(ErrorCode.USAGE, "a revocation has its time")
    reason = b""
    if answer.reason is not RevocationReason.UNSPECIFIED:
        reason = w.explicit(0, w.tlv(_ENUMERATED, bytes((answer.reason.number,))))
    return w.tlv(_REVOKED, w.generalized_time(answer.revoked_at) + reason)


def assemble_ocsp_response(
    tbs: bytes, suite: SignatureSuite, signature: bytes, *, certificates: Iterable[bytes] = ()
) -> bytes:
    """Return the successful OCSPResponse around the signed octets, unchanged; certificates are not covered by them."""
    certs = b"".join(certificates)
    basic = w.sequence(
        tbs,
        suite.algorithm_identifier(),
        w.bit_string(signature),
        w.explicit(0, w.sequence(certs)) if certs else b"",
    )
    return enclose_basic_response(basic)


def enclose_basic_response(basic: bytes) -> bytes:
    """Return the successful OCSPResponse that holds a BasicOCSPResponse (DER) as it is: the form kept in archives."""
    return w.sequence(_SUCCESS, w.explicit(0, w.sequence(_BASIC, w.octet_string(basic))))


def error_response(status: ResponseStatus) -> bytes:
    """Return an OCSPResponse that is an error; nobody signs those (RFC 6960 2.3). Raise USAGE for ``successful``."""
    if status is ResponseStatus.SUCCESSFUL:
        raise TrustError(ErrorCode.USAGE, "success is told by an answer")
    return w.sequence(w.tlv(_ENUMERATED, bytes((status.value,))))
