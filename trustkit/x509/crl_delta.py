"""A complete list and the delta that brings it up to date (RFC 5280 5.2.4, 6.3.3 (c)).

A delta tells what changed since the complete list of its base number. It is used with a complete list of the same issuer,
key and scope whose number lies between the two; it is never used alone.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from trustkit.x509 import oids

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from trustkit.x509.crl import CertificateList

MAX_DELTAS: Final = 64  # read for one complete list: one an hour for some days


def fitting_deltas(
    complete: CertificateList, deltas: Sequence[CertificateList], *, at: datetime, horizon: datetime
) -> tuple[CertificateList, ...]:
    """Return the deltas that bring a complete list up to date and are fresh at `at`, newest first.

    `deltas` come newest first; their signatures are judged elsewhere. Those that do not fit count for nothing: a heap of them must
    not push out the one that does. Who reads what is returned stops after `MAX_DELTAS`.
    """
    return tuple(delta for delta in deltas if _fits(delta, complete) and _fresh(delta, at, horizon))


def _fits(delta: CertificateList, complete: CertificateList) -> bool:
    if delta.base_number is None or delta.number is None or complete.number is None:
        return False
    return (
        delta.base_number <= complete.number < delta.number
        and delta.authority_key_id == complete.authority_key_id
        and delta.extensions.get(oids.ISSUING_DISTRIBUTION_POINT)
        == complete.extensions.get(oids.ISSUING_DISTRIBUTION_POINT)
    )


def _fresh(delta: CertificateList, at: datetime, horizon: datetime) -> bool:
    return delta.this_update <= horizon and delta.next_update is not None and at <= delta.next_update
