"""Callers by access token in the trail: the key their pseudonyms are made with, and what is told of them beside the actor."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from trustkit.app.kept_secrets import kept_secret
from trustkit.crypto.digest import DigestAlgorithm, digest

if TYPE_CHECKING:
    from trustkit.audit.events import FactValue
    from trustkit.identity import AuthContext
    from trustkit.store.database import Database

CALLER_KEY: Final = "caller_key"


def caller_key(database: Database) -> bytes:
    """Return the key of callers' pseudonyms, made at the first call and the same in all processes from then on.

    It lies in the store, not in the trail: who is handed entries alone cannot try names out.
    """
    return kept_secret(database, CALLER_KEY)


def caller_facts(caller: AuthContext) -> dict[str, FactValue]:
    """Return the client and, of who acts for an organisation, its code's digest and the mandate."""
    facts: dict[str, FactValue] = {"client": caller.client}
    if caller.acting_for is not None:
        facts["organisation_sm3"] = digest(DigestAlgorithm.SM3, caller.acting_for.uscc.encode()).hex()
        facts["mandate"] = caller.mandate or ""
    return facts
