"""Who acts, and for whom."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

# Letters alone, so that no identifier can have the form of a telephone or citizen number; i, l and o look like digits.
_LETTERS: Final = "abcdefghjkmnpqrstuvwxyz"
_LENGTH: Final = 13  # 58 random bits


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


def fresh_identifier(prefix: str, *, choose: Callable[[Sequence[str]], str] = secrets.choice) -> str:
    """Return ``PREFIX-`` and 13 random letters: a number for a thing or a pseudonym for a person, that says nothing of either."""
    return f"{prefix}-" + "".join(choose(_LETTERS) for _ in range(_LENGTH))
