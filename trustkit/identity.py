"""Who acts, for whom, and how surely we know it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime  # noqa: TC003 - a field type of a public dataclass, read at run time by documentation tools
from enum import IntEnum


class AssuranceLevel(IntEnum):
    """Strength of an authentication (NIST SP 800-63B words); zero means nobody was authenticated."""

    NONE = 0
    AAL1 = 1
    AAL2 = 2
    AAL3 = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Organisation:
    """An organisation by its unified social credit code (GB 32100) and registered name."""

    uscc: str
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Principal:
    """Who acts. `id` is an opaque pseudonym such as ``operator:0``: never a name, number or address."""

    id: str
    roles: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class AuthContext:
    """How and when the principal was authenticated, and in which request."""

    principal: Principal
    level: AssuranceLevel = AssuranceLevel.NONE
    authenticated_at: datetime | None = None
    request_id: str = ""


ANONYMOUS = Principal(id="anonymous")
SYSTEM = Principal(id="system")
