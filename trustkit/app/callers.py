"""Callers by access token in the trail: the key their pseudonyms are made with, and what is told of them beside the actor."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING, Final

from trustkit.crypto.digest import DigestAlgorithm, digest
from trustkit.errors import ErrorCode, TrustError
from trustkit.store.meta import find_meta, put_meta

if TYPE_CHECKING:
    from trustkit.audit.events import FactValue
    from trustkit.identity import AuthContext
    from trustkit.store.database import Database

CALLER_KEY: Final = "caller_key"
_OCTETS: Final = 32


def caller_key(database: Database) -> bytes:
    """Return the key of callers' pseudonyms, made at the first call and the same in all processes from then on.

    It lies in the store, not in the trail: who is handed entries alone cannot try names out.
    """
    with database.reading() as unit:
        found = find_meta(unit, CALLER_KEY)
    if found is None:
        try:
            with database.unit_of_work() as uow:
                put_meta(uow, CALLER_KEY, secrets.token_hex(_OCTETS))
        except TrustError as error:  # another process was first
            if error.code is not ErrorCode.STORE_CONFLICT:
                raise
        with database.reading() as unit:
            found = find_meta(unit, CALLER_KEY)
    return bytes.fromhex(found or "")


def caller_facts(caller: AuthContext) -> dict[str, FactValue]:
    """Return the client and, of who acts for an organisation, its code's digest and the mandate."""
    facts: dict[str, FactValue] = {"client": caller.client}
    if caller.acting_for is not None:
        facts["organisation_sm3"] = digest(DigestAlgorithm.SM3, caller.acting_for.uscc.encode()).hex()
        facts["mandate"] = caller.mandate or ""
    return facts
