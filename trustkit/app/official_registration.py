"""Which act of an official a request at the registration is, when it is approved and when it is carried out."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from trustkit.app.official_acts import OfficialAct
from trustkit.app.seal_changes import ACTS
from trustkit.store import registrations
from trustkit.store.registrations import Kind

if TYPE_CHECKING:
    from collections.abc import Mapping

    from trustkit.app.opened import OpenedHome

ACT_OF: Final[Mapping[Kind, OfficialAct]] = MappingProxyType(
    {
        Kind.CERTIFICATE: OfficialAct.CERTIFICATE,
        Kind.REVOCATION: OfficialAct.REVOCATION,
        Kind.RECOVERY: OfficialAct.RECOVERY,
        Kind.DESTRUCTION: OfficialAct.RECOVERY,
        Kind.SEAL: OfficialAct.SEAL,
        **dict.fromkeys(ACTS, OfficialAct.REVOCATION),
    }
)


def act_of_approval(home: OpenedHome, number: str) -> OfficialAct:
    """Return what approving a request is: of a change of a made seal the change itself, which it may do at once.

    Raises:
        TrustError: REGISTRATION_MISSING.
    """
    with home.database.reading() as unit:
        kind = registrations.get(unit, number).kind
    return OfficialAct.REVOCATION if kind in ACTS else OfficialAct.REGISTRATION
