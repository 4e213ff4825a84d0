"""Which authority of a home revokes a certificate: the one that issued it; and what tells of it, whoever's it is."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from ca.revocation import find_issued, list_revoked_by
from trustkit.app.ocsp import ocsp_publisher
from trustkit.errors import ErrorCode, TrustError
from trustkit.store import certificates

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from datetime import datetime

    from ca.ocsp_publication import OcspPublisher
    from trustkit.app.keys import Keys
    from trustkit.app.opened import OpenedHome
    from trustkit.identity import Principal
    from trustkit.store.certificates import CertificateRow
    from trustkit.store.crls import CrlHead

# Why an authority cannot tell of it now; its next publication does. A certificate that is revoked stays so.
_LATER: Final = frozenset({ErrorCode.OWN_CERTIFICATE, ErrorCode.KEY_MISSING, ErrorCode.KEY_SHARED})


def revoke(
    home: OpenedHome, keys: Keys, serial: str, *, reason: str, actor: Principal, invalid_since: datetime | None = None
) -> tuple[CrlHead, ...]:
    """Revoke a certificate, whichever CA issued it; for a compromise all of its key. Return the lists that say so.

    What stands is told wherever it can be: an answer, or an authority's list, that cannot be signed keeps no other back.

    Raises:
        TrustError: as `RevocationAuthority.revoke`, and USAGE for a root.
    """
    row = issued_row(home, serial)
    elsewhere: list[CertificateRow] = []
    sign = answers_of(home, keys, row, actor)

    def told(rows: Sequence[CertificateRow]) -> None:
        elsewhere.extend(each for each in rows if each.issuer != row.issuer)
        sign(rows)

    try:
        revoked = home.revocation(keys, row.issuer).revoke(
            row.serial, reason=reason, actor=actor, invalid_since=invalid_since, told=told
        )
    finally:
        others = _publish_elsewhere(home, keys, elsewhere, actor)
    return (*revoked.lists, *others)


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

    An authority that fails keeps no other's answers back. Raise as `ocsp_publisher` for the authority of `row`.
    """
    first = ocsp_publisher(home, keys, row.issuer)

    def refresh(issuer: str, rows: Sequence[CertificateRow]) -> None:
        publisher = first if issuer == row.issuer else _publisher(home, keys, issuer)
        if publisher is not None:
            publisher.refresh([each.serial for each in rows], actor)

    return lambda rows: _for_each_issuer(rows, refresh)


def _for_each_issuer(rows: Iterable[CertificateRow], act: Callable[[str, Sequence[CertificateRow]], None]) -> None:
    """Act for every issuer with its rows; raise the first failure once all had their turn."""
    found: dict[str, list[CertificateRow]] = {}
    for row in rows:
        found.setdefault(row.issuer, []).append(row)
    failed: list[TrustError] = []
    for issuer, own in found.items():
        try:
            act(issuer, own)
        except TrustError as error:
            failed.append(error)
    if failed:
        raise failed[0]


def _publisher(home: OpenedHome, keys: Keys, ca: str) -> OcspPublisher | None:
    try:
        return ocsp_publisher(home, keys, ca)
    except TrustError as error:
        if error.code not in _LATER:
            raise
        return None


def _publish_elsewhere(
    home: OpenedHome, keys: Keys, rows: Iterable[CertificateRow], actor: Principal
) -> tuple[CrlHead, ...]:
    """Publish the lists of other authorities that tell of what was revoked with a certificate; those whose custodians wait not."""
    heads: list[CrlHead] = []

    def publish(issuer: str, own: Sequence[CertificateRow]) -> None:
        if not keys.ca_waits(issuer, home.authorities.certificate(issuer)):
            numbers = [each.serial_number for each in own]
            heads.extend(home.revocation(keys, issuer).publisher.publish_changes(numbers, actor))

    _for_each_issuer(rows, publish)
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
