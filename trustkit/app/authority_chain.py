"""What leads from the certificates of an authority to its root: what somebody who is served by it needs, and nothing besides.

RFC 7030 4.1.3: the current root certificate, those a client needs to build a chain to it, and where keys were replaced those of the
earlier keys with the certificates that link them (RFC 4210 4.4).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from trustkit.app.publications import MOST_RENEWALS
from trustkit.store import authorities, certificates
from trustkit.store.authorities import MAX_AUTHORITIES
from trustkit.store.certificates import Standing
from trustkit.x509.certificate import parse_certificate

if TYPE_CHECKING:
    from datetime import datetime

    from trustkit.app.opened import OpenedHome
    from trustkit.store.unit_of_work import ReadUnit

_ROLES: Final = ("ca", "link")


def chain_to_root(home: OpenedHome, name: str) -> tuple[bytes, ...]:
    """Return the CA certificates of an authority and of those above it, root first, DER.

    Of each key the newest, and the newest links between keys; none that has ended, was revoked or is on hold. Raise STORE_*.
    """
    levels: list[tuple[bytes, ...]] = []
    with home.database.reading() as unit:
        row = authorities.find(unit, name)
        while row is not None and len(levels) < MAX_AUTHORITIES:
            levels.append(_of_authority(unit, row.name, home.clock.now()))
            row = None if row.parent is None else authorities.find(unit, row.parent)
    return tuple(der for level in reversed(levels) for der in level)


def _of_authority(unit: ReadUnit, name: str, now: datetime) -> tuple[bytes, ...]:
    found: dict[tuple[bytes, bytes], bytes] = {}
    for role in _ROLES:
        rows = certificates.search(unit, authority=name, role=role, standing=Standing.VALID, limit=MOST_RENEWALS)
        for row in rows:
            if row.der is not None and row.not_after is not None and now <= row.not_after:
                certificate = parse_certificate(row.der)
                signed_by = (certificate.authority_key_id or b"") if role == "link" else b""
                found.setdefault((certificate.spki, signed_by), row.der)
    return tuple(found.values())
