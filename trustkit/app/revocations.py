"""Which authority of a home revokes a certificate: the one that issued it; and what tells of it, whoever's it is."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from ca.revocation import find_issued, list_revoked_by
from trustkit.app.ocsp import ocsp_publisher
from trustkit.errors import ErrorCode, TrustError
from trustkit.store import certificates

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from ca.ocsp_publication import OcspPublisher
    from trustkit.app.keys import Keys
    from trustkit.app.opened import OpenedHome
    from trustkit.identity import Principal
    from trustkit.store.certificates import CertificateRow
    from trustkit.store.crls import CrlHead

# Why an authority cannot tell of it now; its next publication does. A certificate that is revoked stays so.
_LATER: Final = frozenset({ErrorCode.OWN_CERTIFICATE, ErrorCode.KEY_MISSING, ErrorCode.KEY_SHARED})


def suspend(home: OpenedHome, keys: Keys, serial: str, *, actor: Principal) -> None:
    """Put a certificate on hold, whichever CA issued it; lists and OCSP answers say so. Raise as `RevocationAuthority.suspend`."""
    row = issued_row(home, serial)
    home.revocation(keys, row.issuer).suspend(row.serial, actor=actor, told=answers_of(home, keys, row, actor))


def resume(home: OpenedHome, keys: Keys, serial: str, *, actor: Principal) -> None:
    """End a hold, whichever CA issued the certificate. Raise as `RevocationAuthority.resume`."""
    row = issued_row(home, serial)
    home.revocation(keys, row.issuer).resume(row.serial, actor=actor, told=answers_of(home, keys, row, actor))


def answers_of(
    home: OpenedHome, keys: Keys, row: CertificateRow, actor: Principal
) -> Callable[[Sequence[CertificateRow]], None]:
    """Return what signs the prepared OCSP answers about certificates anew, `row` and such as are revoked with it.

    Raise as `ocsp_publisher` for the authority of `row`.
    """
    first = ocsp_publisher(home, keys, row.issuer)

    def sign(rows: Sequence[CertificateRow]) -> None:
        known: dict[str, OcspPublisher | None] = {row.issuer: first}
        for each in rows:
            if each.issuer not in known:
                known[each.issuer] = _publisher(home, keys, each.issuer)
            publisher = known[each.issuer]
            if publisher is not None:
                publisher.refresh(each.serial, actor)

    return sign


def _publisher(home: OpenedHome, keys: Keys, ca: str) -> OcspPublisher | None:
    try:
        return ocsp_publisher(home, keys, ca)
    except TrustError as error:
        if error.code not in _LATER:
            raise
        return None


def publish_elsewhere(
    home: OpenedHome, keys: Keys, rows: Iterable[CertificateRow], actor: Principal
) -> tuple[CrlHead, ...]:
    """Publish the lists of other authorities that tell of what was revoked with a certificate; those whose custodians wait not."""
    serials: dict[str, list[int]] = {}
    for row in rows:
        serials.setdefault(row.issuer, []).append(row.serial_number)
    heads: list[CrlHead] = []
    for issuer, numbers in serials.items():
        if not keys.ca_waits(issuer, home.authorities.certificate(issuer)):
            heads += home.revocation(keys, issuer).publisher.publish_changes(numbers, actor)
    return tuple(heads)


def revoked_together(home: OpenedHome, serial: str, reason: str) -> tuple[CertificateRow, ...]:
    """Return what else a revocation of a certificate for a reason would revoke: for a compromise the others of its key.

    Raise as `issued_row`.
    """
    row = issued_row(home, serial)
    with home.database.reading() as unit:
        return list_revoked_by(unit, row, reason=reason, at=home.clock.now())


def revoked_with(home: OpenedHome, serial: str) -> tuple[str, ...]:
    """Return the serials of the other certificates of its key that were revoked with a certificate. Raise as `issued_row`."""
    row = issued_row(home, serial)
    with home.database.reading() as unit:
        return certificates.list_revoked_with(unit, row)


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
