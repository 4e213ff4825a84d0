"""Which app a message says it is of, one that is paired and was not removed since; and what its yes proves."""

from __future__ import annotations

from typing import TYPE_CHECKING

from idp.factors.app_messages import sender_of
from idp.factors.port import FactorClass, FactorKind, ProvedFactor
from trustkit.errors import TrustError
from trustkit.identity_codes import IdentityCode
from trustkit.store import factors

if TYPE_CHECKING:
    from datetime import datetime

    from trustkit.store.factors import FactorRow
    from trustkit.store.unit_of_work import ReadUnit


def paired_app(unit: ReadUnit, message: str) -> FactorRow:
    """Return the app a message says it is of, whose key is yet to verify it. Raise FACTOR_APP_MESSAGE."""
    row = factors.find(unit, sender_of(message))
    if row is None or row.kind != FactorKind.CONFIRMATION or row.material is None:
        raise TrustError(IdentityCode.FACTOR_APP_MESSAGE, "no such app")
    return row


def proved_by_app(person: str, app: str, at: datetime) -> ProvedFactor:
    """Return what a yes of an app proves: its key, in software, was held when it was given (RFC 8176 2, ``swk``)."""
    return ProvedFactor(
        person=person,
        kind=FactorKind.CONFIRMATION,
        factor=app,
        at=at,
        classes=frozenset({FactorClass.POSSESSION}),
        methods=("swk",),
    )
