"""What a row of the OFD attack corpus is: how it is made, from which genuine package, and what a verifier must say of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.support.attacks.model import Told
    from tests.support.ofd_attacks.library import Library


@dataclass(frozen=True, slots=True)
class Row:
    """One attack, or one honest change: `genuine` names the package of the library it is made from."""

    name: str
    genuine: str
    build: Callable[[Library], bytes]
    told: Told
    alone: bool = False  # judged without the lists everybody has
