"""What can be asked for about electronic seals, as requests of the registration: that one is made, stopped, put back in force, revoked.

    asked = SealAsked(application={"seal_kind": "statutory-name", …})
    asked = SealChangeAsked(kind=Kind.SEAL_LOSS, serial="es-…", reason="stolen")

What a seal is, this room does not know: the application's fields are checked where they are used, before they are signed and again
when they are read.
"""

from __future__ import annotations

from collections.abc import Mapping  # noqa: TC003 - a field type of a public dataclass
from dataclasses import dataclass, field
from datetime import datetime  # noqa: TC003 - a field type of a public dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Final, Self

from trustkit.clock import format_rfc3339
from trustkit.errors import ErrorCode, TrustError
from trustkit.store.registrations import ABOUT_SEALS, Kind

if TYPE_CHECKING:
    from ca.statements import VerifiedStatement
    from trustkit.encoding.canonical_json import JsonValue

USERS: Final = "users"  # the one field of an application that is not read as it is: certificates, base64
_OF_THE_REQUEST: Final = frozenset({"registration", "kind", "needed", "at", "expires", "operator", "client"})


@dataclass(frozen=True, slots=True, kw_only=True)
class SealAsked:
    """An electronic seal as its application describes it: text, numbers and lists of text."""

    application: Mapping[str, JsonValue] = field(repr=False)
    kind: Kind = Kind.SEAL
    profile: str = ""
    serial: str | None = None

    def __post_init__(self) -> None:
        """Raise USAGE for a field that a request has of its own."""
        if _OF_THE_REQUEST & set(self.application):
            raise TrustError(ErrorCode.USAGE, "an application has no such field")

    def fields(self) -> dict[str, JsonValue]:
        """See `Asked.fields`."""
        return dict(self.application)

    @classmethod
    def read(cls, said: VerifiedStatement) -> Self:
        """Return what was asked for."""
        rest = {name: value for name, value in said.fields.items() if name not in _OF_THE_REQUEST}
        return cls(application=MappingProxyType(rest))


@dataclass(frozen=True, slots=True, kw_only=True)
class SealChangeAsked:
    """That a made seal is stopped, put back in force or revoked: `serial` is its number, `since` when a loss happened, if known."""

    kind: Kind
    serial: str
    reason: str
    since: datetime | None = None
    profile: str = ""

    def __post_init__(self) -> None:
        """Raise USAGE for a kind that changes no seal."""
        if self.kind not in ABOUT_SEALS - {Kind.SEAL}:
            raise TrustError(ErrorCode.USAGE, "no act on a seal", kind=self.kind.value)

    def fields(self) -> dict[str, JsonValue]:
        """See `Asked.fields`."""
        since = {} if self.since is None else {"since": format_rfc3339(self.since)}
        return {"serial": self.serial, "reason": self.reason, **since}

    @classmethod
    def read(cls, said: VerifiedStatement) -> Self:
        """Return what was asked for. Raise STATEMENT_WRONG."""
        since = said.moment("since") if "since" in said.fields else None
        kind, reason = Kind(said.text("kind")), said.text("reason")
        return cls(kind=kind, serial=said.text("serial"), reason=reason, since=since)
