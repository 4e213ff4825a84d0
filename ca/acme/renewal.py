"""ACME Renewal Information (RFC 9773): when a certificate should be renewed; at once, when it is revoked."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Final

from trustkit.clock import format_rfc3339
from trustkit.encoding.text64 import decode_base64url
from trustkit.errors import ErrorCode, TrustError
from trustkit.store import certificates
from trustkit.store.certificates import CertificateState, serial_text
from trustkit.x509.certificate import parse_certificate

if TYPE_CHECKING:
    from datetime import datetime

    from trustkit.store.database import Database

RETRY_AFTER: Final = 6 * 3600  # seconds; RFC 9773 4.3 asks for some hours
_MAX_TEXT: Final = 128


def renewal_window(database: Database, identifier: str, *, now: datetime) -> dict[str, str]:
    """Return start and end of the window for a certificate's identifier (RFC 9773 4.1), RFC 3339.

    The window is the fifth of the lifetime after two thirds of it are over.

    Raises:
        TrustError: ACME_MALFORMED for the identifier's form, ACME_MISSING when there is no such certificate here.
    """
    key_text, dot, serial_part = identifier.partition(".")
    if not dot or len(identifier) > _MAX_TEXT:
        raise TrustError(ErrorCode.ACME_MALFORMED, "a certificate identifier is base64url, a dot, base64url")
    try:
        key_identifier = decode_base64url(key_text)
        number = int.from_bytes(decode_base64url(serial_part), "big", signed=True)
    except TrustError as error:
        raise TrustError(ErrorCode.ACME_MALFORMED, "a certificate identifier is base64url, a dot, base64url") from error
    with database.reading() as unit:
        row = certificates.find(unit, serial_text(number)) if number > 0 else None
    if row is None or row.state is not CertificateState.ISSUED or row.der is None:
        raise TrustError(ErrorCode.ACME_MISSING, "no such certificate")
    certificate = parse_certificate(row.der)
    if certificate.authority_key_id != key_identifier:
        raise TrustError(ErrorCode.ACME_MISSING, "no such certificate")
    if row.revoked_at is not None:
        start = min(row.revoked_at, now) - timedelta(days=1)
        return {"start": format_rfc3339(start), "end": format_rfc3339(start + timedelta(hours=1))}
    lifetime = certificate.not_after - certificate.not_before
    start = certificate.not_before + lifetime * 2 / 3
    return {"start": format_rfc3339(_whole(start)), "end": format_rfc3339(_whole(start + lifetime / 5))}


def _whole(moment: datetime) -> datetime:
    return moment.replace(microsecond=0)
