"""Whom a client of ours believes when it speaks TLS: the system's authorities, or those of a file alone."""

from __future__ import annotations

import ssl
from typing import TYPE_CHECKING

from trustkit.app.certificate_files import read_certificates

if TYPE_CHECKING:
    from pathlib import Path

    from trustkit.errors import TrustError


def trusting(authorities: Path | None, refusal: TrustError) -> ssl.SSLContext:
    """Return TLS that believes the authorities of a file, or the system's.

    Raises:
        TrustError: `refusal` for a file without a certificate TLS can use; what reading the file raises.
    """
    if authorities is None:
        return ssl.create_default_context()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    try:
        context.load_verify_locations(cadata=b"".join(each.der for each in read_certificates(authorities)))
    except ssl.SSLError as error:
        raise refusal from error
    return context
