"""The permissions of the verification API, one for each door, and which of them hold others.

A permission is a scope of an access token (RFC 6749 3.3). What reaches further holds what reaches less far: whoever may have a batch verified may have
one file verified. The one of the whole service holds all.
"""

from __future__ import annotations

from enum import StrEnum, unique
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from trustkit.errors import TrustError
from trustkit.identity_codes import IdentityCode

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

_OURS: Final = "verifier:"


@unique
class VerifyScope(StrEnum):
    """Scopes, sorted by value."""

    BATCH = "verifier:batch:verify"
    BUNDLE = "verifier:bundle:verify"
    FILE = "verifier:file:verify"
    QUESTION = "verifier:presentation:ask"
    PRESENTATION = "verifier:presentation:verify"
    REPORT = "verifier:report:make"
    SERVICE = "verifier:service:use"


_HELD_BY: Final[Mapping[VerifyScope, tuple[VerifyScope, ...]]] = MappingProxyType(
    {
        VerifyScope.FILE: (VerifyScope.BATCH, VerifyScope.BUNDLE, VerifyScope.REPORT),
        VerifyScope.PRESENTATION: (VerifyScope.QUESTION,),
    }
)


def holders(scope: VerifyScope) -> tuple[str, ...]:
    """Return the scopes that hold this one, itself not among them."""
    others = (*_HELD_BY.get(scope, ()), VerifyScope.SERVICE)
    return tuple(each.value for each in others if each is not scope)


def require_known(scopes: Iterable[str]) -> None:
    """Raise OP_CLIENT_FORM for a scope of this service that no door asks for: its client would be refused everywhere, and nobody would know why."""
    known = {each.value for each in VerifyScope}
    for scope in scopes:
        if scope.startswith(_OURS) and scope not in known:
            told = f"no door asks for the scope {scope!r}; there are {', '.join(sorted(known))}"
            raise TrustError(IdentityCode.OP_CLIENT_FORM, told)
