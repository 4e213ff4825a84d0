"""The register in small steps, for tests of what stands in it: one intent, one certificate, one list."""

from __future__ import annotations

import itertools
import secrets
from typing import TYPE_CHECKING

from trustkit.store import certificates, crls, issuances
from trustkit.store.crls import WHOLE, CrlHead, ListKind
from trustkit.store.issuances import Finished, Wanted

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from trustkit.store.certificates import CertificateRow
    from trustkit.store.unit_of_work import ReadUnit, UnitOfWork

_KEYS = itertools.count(1)


def reserve(
    uow: UnitOfWork,
    *,
    issuer: str,
    profile: str,
    subject: str,
    at: datetime,
    random_octets: Callable[[int], bytes] = secrets.token_bytes,
) -> CertificateRow:
    """Write the intent to issue one certificate, for a key nobody has, and return its row."""
    wanted = Wanted(profile=profile, subject=subject, key_sm3=f"{next(_KEYS):064x}")
    (serial,) = issuances.reserve_many(uow, issuer=issuer, wanted=(wanted,), at=at, random_octets=random_octets)
    return certificates.get(uow, serial)


def complete(
    uow: UnitOfWork,
    serial: str,
    *,
    der: bytes,
    issued_at: datetime,
    not_after: datetime,
    authority_key: str | None = None,
) -> None:
    """Turn an intent into an issued certificate."""
    finished = Finished(serial=serial, der=der, not_after=not_after, authority_key=authority_key)
    issuances.complete_many(uow, (finished,), at=issued_at)


def latest_list(
    unit: ReadUnit, issuer: str, *, scope: str = WHOLE, kind: ListKind = ListKind.FULL
) -> tuple[CrlHead, bytes]:
    """Return the newest list of an issuer, scope and kind, and its DER."""
    head = crls.find_head(unit, issuer, scope=scope, kind=kind)
    assert head is not None
    der = crls.find_der(unit, head)
    assert der is not None
    return head, der
