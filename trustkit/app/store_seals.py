"""The home's seal registry as verifiers and signers ask it: where a seal stands, by what its maker signed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from esign.seal.registry import find_history
from esign.seal.standing import Standing, info_digest
from trustkit.errors import ErrorCode, TrustError

if TYPE_CHECKING:
    from datetime import datetime

    from esign.seal.model import UnverifiedSeal
    from esign.seal.standing import SealHistory
    from trustkit.app.opened import OpenedHome
    from trustkit.store.database import Database


@dataclass(frozen=True, slots=True, kw_only=True)
class StoreSeals:
    """`verifier.seal_evidence.SealRegister` over a store; read afresh at each call, so a revocation is seen by every process at once."""

    database: Database

    def history(self, info_sm3: str) -> SealHistory | None:
        """See `SealRegister.history`."""
        with self.database.reading() as unit:
            return find_history(unit, info_sm3)


def standing_word(home: OpenedHome, seal: UnverifiedSeal) -> str:
    """Return what the home's registry says of a seal: its number and standing, empty for one it does not know. Raise SEAL_STATE."""
    history = StoreSeals(database=home.database).history(info_digest(seal))
    if history is None:
        return ""
    over = history.standing is Standing.IN_FORCE and history.is_over(home.clock.now())
    return f"{history.number} {'expired' if over else history.standing.value}"


def require_seal_usable(register: StoreSeals | None, seal: UnverifiedSeal, at: datetime) -> datetime:
    """Return `at` when nothing known here keeps a seal from being used then: one made elsewhere is not known, and passes.

    Raises:
        TrustError: SEAL_NOT_IN_FORCE for a seal that is suspended, lost or revoked, or whose period has ended; SEAL_STATE
            (found=altered) when the register is not what the trail tells.
    """
    history = register.history(info_digest(seal)) if register is not None else None
    if history is None:
        return at
    found = history.standing
    if found is not Standing.IN_FORCE or history.is_over(at):
        word = "expired" if found is Standing.IN_FORCE else found.value
        raise TrustError(ErrorCode.SEAL_NOT_IN_FORCE, "the registry says so", seal=history.number, found=word)
    return at
