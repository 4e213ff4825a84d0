"""What every factor gives once it was proved, and what the login asks of each."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime  # noqa: TC003 - a field type of a public dataclass
from enum import StrEnum, unique
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Callable

    from trustkit.store.unit_of_work import UnitOfWork

Then: TypeAlias = "Callable[[UnitOfWork, ProvedFactor], None]"  # what is done in the unit a proof is written in


@unique
class FactorKind(StrEnum):
    """The kinds of factors; the order is that in which pages offer them."""

    PASSKEY = "passkey"
    CERTIFICATE = "certificate"
    CONFIRMATION = "confirmation"
    TOTP = "totp"
    PASSWORD = "password"  # noqa: S105 - the name of a kind
    RECOVERY = "recovery"


@unique
class FactorClass(StrEnum):
    """What a factor rests on. Two of different classes are two factors; two of one class are one."""

    KNOWLEDGE = "knowledge"
    POSSESSION = "possession"
    INHERENCE = "inherence"


@dataclass(frozen=True, slots=True, kw_only=True)
class ProvedFactor:
    """A factor somebody proved just now. Made by the service of its kind alone, after its own checks.

    Attributes:
        person: whose it is (``np-…``).
        factor: its id in the store, for the trail.
        classes: what it rests on: a passkey with user verification rests on two.
        methods: names of RFC 8176 (`amr`) this proof stands for, such as ``("pwd",)`` or ``("hwk", "user")``.
        phishing_resistant: the proof was bound to this origin or this connection.
        hardware: the key cannot leave its device, and that was shown (attestation, a certificate's policy).
    """

    person: str
    kind: FactorKind
    factor: str
    at: datetime
    classes: frozenset[FactorClass]
    methods: tuple[str, ...]
    phishing_resistant: bool = False
    hardware: bool = False


def nothing_more(uow: UnitOfWork, proved: ProvedFactor) -> None:
    """Do nothing with a proof in its unit."""
    del uow, proved
