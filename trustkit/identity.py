"""Who acts, and for whom."""

from __future__ import annotations

from dataclasses import dataclass


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


ANONYMOUS = Principal(id="anonymous")
SYSTEM = Principal(id="system")
