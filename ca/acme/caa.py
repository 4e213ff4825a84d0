"""CAA (RFC 8659): whether the zone of a name lets this authority issue for it. The name service is the caller's.

    Caa(identities=("ca.example.cn",), network=names, clock=clock).require("www.example.cn", wildcard=False)

The relevant records are those of the name, or else of the nearest name above it that has any (section 3). They restrict when there is
an `issue` among them, for a wildcard an `issuewild` or else an `issue`: one of these must then name the authority (4.2, 4.3). A critical
property that is not understood forbids (4.1). No answer is no permission, nor is one that takes for ever: who orders a certificate may
own the name server. Parameters that narrow a permission to an account or a
means of proof (RFC 8657) are not judged: a permission with any parameter is none for this authority.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Protocol

from trustkit.errors import ErrorCode, TrustError

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from trustkit.clock import Clock

MAX_LABELS: Final = 32  # of a name that is climbed: each is a question to the name service
SECONDS: Final = 20  # for all names of one order; the last question may take its own time beyond
MAX_VALUE: Final = 1024  # octets of a property; longer ones permit nothing
CRITICAL: Final = 0x80  # bit 0 of the flags, counted from the most significant (4.1)
ISSUE: Final = "issue"
ISSUEWILD: Final = "issuewild"
_UNDERSTOOD: Final = frozenset({ISSUE, ISSUEWILD, "iodef"})
_LABEL: Final = r"[A-Za-z0-9](?:-*[A-Za-z0-9])*"
# issue-value of 4.2: an issuer's domain name, and no parameters.
_ISSUER: Final = re.compile(rf"[ \t]*({_LABEL}(?:\.{_LABEL})*)[ \t]*(?:;[ \t]*)?")


@dataclass(frozen=True, slots=True, kw_only=True)
class CaaRecord:
    """One record: its flags, its property's tag in small letters, its value as found."""

    flags: int
    tag: str
    value: bytes


class AsksCaa(Protocol):
    """Asks the name service."""

    def caa(self, name: str) -> tuple[CaaRecord, ...]:
        """Return the CAA records of just this name, aliases followed. Raise ACME_DNS, and ACME_CAA for more than are read."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Caa:
    """What zones must allow: `identities` are the domain names by which this authority is named there."""

    identities: tuple[str, ...]
    network: AsksCaa
    clock: Clock

    def require(self, name: str, *, wildcard: bool) -> None:
        """Return when a certificate for a name, or for the wildcard below it, may be issued. Raise ACME_CAA, ACME_DNS."""
        self.require_all(((name, wildcard),))

    def require_all(self, names: Iterable[tuple[str, bool]]) -> None:
        """Return when each name, with whether it is for a wildcard, may be in a certificate. Raise as `require`."""
        deadline = self.clock.monotonic() + SECONDS
        for name, wildcard in names:
            self._require(self._relevant(name, deadline), wildcard=wildcard)

    def _require(self, relevant: Sequence[CaaRecord], *, wildcard: bool) -> None:
        if any(record.flags & CRITICAL and record.tag not in _UNDERSTOOD for record in relevant):
            raise TrustError(ErrorCode.ACME_CAA, "a critical property that is not understood")
        issue = [record.value for record in relevant if record.tag == ISSUE]
        if wildcard:
            issue = [record.value for record in relevant if record.tag == ISSUEWILD] or issue
        if issue and not any(issuer_of(value) in self.identities for value in issue):
            raise TrustError(ErrorCode.ACME_CAA, "its zone names other authorities, or none")

    def _relevant(self, name: str, deadline: float) -> Sequence[CaaRecord]:
        labels = name.split(".")
        if len(labels) > MAX_LABELS:
            raise TrustError(ErrorCode.ACME_CAA, "a name of too many labels", limit=MAX_LABELS)
        for start in range(len(labels)):
            if self.clock.monotonic() > deadline:
                raise TrustError(ErrorCode.ACME_DNS, "the name service takes too long", seconds=SECONDS)
            if found := self.network.caa(".".join(labels[start:])):
                return found
        return ()


def issuer_of(value: bytes) -> str | None:
    """Return the authority an `issue` or `issuewild` names, in small letters; None when it permits nobody, or only under conditions."""
    if len(value) > MAX_VALUE or not value.isascii():
        return None
    found = _ISSUER.fullmatch(value.decode("ascii"))
    return found[1].lower() if found is not None else None
