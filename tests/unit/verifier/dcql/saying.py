"""What verified credentials say, made by hand: nothing here is signed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from trustkit.verdict import CredentialSaid

if TYPE_CHECKING:
    from collections.abc import Mapping


def said(
    claims: Mapping[str, object],
    *disclosed: tuple[str | int, ...],
    holder: str = "thumb",
    algorithm: str = "ES256",
    authorities: frozenset[bytes] = frozenset(),
) -> CredentialSaid:
    return CredentialSaid(
        claims=claims, disclosed=disclosed, holder=holder, algorithm=algorithm, authorities=authorities
    )
