"""Which authority of a home revokes a certificate: the one that issued it."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from ca.revocation import find_issued
from trustkit.app.ocsp import ocsp_publisher
from trustkit.errors import ErrorCode, TrustError

if TYPE_CHECKING:
    from collections.abc import Callable

    from trustkit.app.keys import Keys
    from trustkit.app.opened import OpenedHome
    from trustkit.identity import Principal
    from trustkit.store.certificates import CertificateRow


def suspend(home: OpenedHome, keys: Keys, serial: str, *, actor: Principal) -> None:
    """Put a certificate on hold, whichever CA issued it; lists and OCSP answers say so. Raise as `RevocationAuthority.suspend`."""
    row = issued_row(home, serial)
    home.revocation(keys, row.issuer).suspend(row.serial, actor=actor, told=answers_of(home, keys, row, actor))


def resume(home: OpenedHome, keys: Keys, serial: str, *, actor: Principal) -> None:
    """End a hold, whichever CA issued the certificate. Raise as `RevocationAuthority.resume`."""
    row = issued_row(home, serial)
    home.revocation(keys, row.issuer).resume(row.serial, actor=actor, told=answers_of(home, keys, row, actor))


def answers_of(home: OpenedHome, keys: Keys, row: CertificateRow, actor: Principal) -> Callable[[], object] | None:
    """Return what signs the prepared OCSP answer about a certificate anew; None where its CA has no responder."""
    answers = ocsp_publisher(home, keys, row.issuer)
    return None if answers is None else partial(answers.refresh, row.serial, actor)


def issued_row(home: OpenedHome, serial: str) -> CertificateRow:
    """Return the register's row of a certificate that can be revoked. Raise CA_SERIAL_MISSING, and USAGE for a root."""
    with home.database.reading() as unit:
        row = find_issued(unit, serial)
    if row is None or row.issuer not in home.publications().names():
        raise TrustError(ErrorCode.CA_SERIAL_MISSING, "this authority has issued no such certificate")
    if row.authority == row.issuer and row.role == "ca":
        # A root cannot revoke itself believably: relying parties must take it out of their anchors (RFC 5280 6).
        raise TrustError(ErrorCode.USAGE, "a root certificate is withdrawn by removing it as an anchor, not by a CRL")
    return row
