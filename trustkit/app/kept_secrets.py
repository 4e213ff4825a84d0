"""Secrets of a home that all its processes share and nobody types: made at the first call, kept in the store from then on."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING, Final

from trustkit.errors import ErrorCode, TrustError
from trustkit.store.meta import find_meta, put_meta

if TYPE_CHECKING:
    from trustkit.store.database import Database

_OCTETS: Final = 32


def kept_secret(database: Database, name: str) -> bytes:
    """Return the secret of this name, the same in all processes."""
    with database.reading() as unit:
        found = find_meta(unit, name)
    if found is None:
        try:
            with database.unit_of_work() as uow:
                put_meta(uow, name, secrets.token_hex(_OCTETS))
        except TrustError as error:  # another process was first
            if error.code is not ErrorCode.STORE_CONFLICT:
                raise
        with database.reading() as unit:
            found = find_meta(unit, name)
    return bytes.fromhex(found or "")
