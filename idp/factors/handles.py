"""Handles of what is under way: 256 random bits that go out once; the store has their SM3."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from trustkit.crypto.digest import DigestAlgorithm, digest
from trustkit.encoding.text64 import encode_base64url
from trustkit.errors import ErrorCode, TrustError
from trustkit.store import factor_challenges
from trustkit.store.factor_challenges import ChallengeRow

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime, timedelta

    from idp.sealing import Sealing
    from trustkit.store.database import Database
    from trustkit.store.unit_of_work import ReadUnit, UnitOfWork

HANDLE_OCTETS: Final = 32
_HANDLE: Final = re.compile(r"[A-Za-z0-9_-]{43}")
_CONTEXT: Final = b"trustkit idp factor handle v1\n"


def fresh_handle(random: Callable[[int], bytes]) -> str:
    """Return a new handle, base64url."""
    return encode_base64url(random(HANDLE_OCTETS))


def handle_digest(handle: str) -> str:
    """Return what the store knows a handle by; of what is no handle, a digest that nothing has."""
    octets = handle.encode() if _HANDLE.fullmatch(handle) else b""
    return digest(DigestAlgorithm.SM3, _CONTEXT + octets).hex()


class Handed:
    """What was handed out for one purpose and comes back once, sealed in the store meanwhile."""

    def __init__(
        self, database: Database, sealing: Sealing, *, purpose: str, life: timedelta, random: Callable[[int], bytes]
    ) -> None:
        self._database = database
        self._sealing = sealing
        self._purpose = purpose
        self._life = life
        self._random = random

    def hand_out(self, kept: bytes, *, person: str | None, now: datetime) -> str:
        """Keep something for a person, or for anybody, and return its handle."""
        handle = fresh_handle(self._random)
        key = handle_digest(handle)
        row = ChallengeRow(
            handle_sm3=key,
            purpose=self._purpose,
            person=person,
            kept=self._sealing.seal(self._purpose, key.encode(), kept),
            created_at=now,
            expires_at=now + self._life,
        )
        with self._database.unit_of_work() as uow:
            factor_challenges.add(uow, row)
        return handle

    def look(self, unit: ReadUnit, handle: str, *, person: str | None, now: datetime) -> bytes:
        """Return what was kept, which stays. Raise FACTOR_ENROLMENT_OVER when there is none for this person now."""
        key = handle_digest(handle)
        row = factor_challenges.find(unit, key)
        if (
            row is None
            or row.purpose != self._purpose
            or row.person != person
            or not row.created_at <= now < row.expires_at
        ):
            raise TrustError(ErrorCode.FACTOR_ENROLMENT_OVER, "nothing is under way by this handle")
        return self._sealing.open(self._purpose, key.encode(), row.kept)

    @staticmethod
    def take(uow: UnitOfWork, handle: str) -> None:
        """Take it for good. Raise FACTOR_ENROLMENT_OVER when somebody was faster."""
        if not factor_challenges.take(uow, handle_digest(handle)):
            raise TrustError(ErrorCode.FACTOR_ENROLMENT_OVER, "it was taken at the same time")
