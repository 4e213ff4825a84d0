"""Which certificates a revocation list tells about, and where relying parties find it.

A CA may divide its certificates among several lists, so that each stays small. The rule is fixed when a certificate is
issued and stands in its cRLDistributionPoints: with 16 lists, serial number modulo 16. A later change of their number
leaves older certificates with their old lists, which therefore go on being published beside the new ones; and the list of
all certificates is always there.

    ListScope.of_serial(serial, partitions=16).url("https://ca.example.org", "issuing")
    # https://ca.example.org/v1/crls/issuing/16-7.crl
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from trustkit.errors import ErrorCode, TrustError
from trustkit.store.revocations import BUCKETS

_TEXT: Final = re.compile(r"([1-9][0-9]{0,2})-(0|[1-9][0-9]{0,2})")


@dataclass(frozen=True, slots=True, kw_only=True)
class ListScope:
    """Certificates whose serial number modulo `partitions` is `partition`; (1, 0) are all of them."""

    partitions: int = 1
    partition: int = 0

    @classmethod
    def of_serial(cls, serial: int, *, partitions: int) -> ListScope:
        """Return the scope a certificate belongs to."""
        return cls(partitions=partitions, partition=serial % partitions)

    @classmethod
    def parse(cls, text: str) -> ListScope:
        """Return the scope of a text such as ``16-7``; the inverse of `text`. Raise USAGE."""
        found = _TEXT.fullmatch(text)
        if found is None or int(found[2]) >= int(found[1]):
            raise TrustError(ErrorCode.USAGE, "a scope is the number of lists and the number of one, such as 16-7")
        require_partitions(int(found[1]))
        return cls(partitions=int(found[1]), partition=int(found[2]))

    @property
    def text(self) -> str:
        """The scope as the store keeps it."""
        return f"{self.partitions}-{self.partition}"

    @property
    def whole(self) -> bool:
        """Whether the list tells about every certificate of the CA."""
        return self.partitions == 1

    def path(self, ca: str, *, delta: bool = False) -> str:
        """Return the path of the list under the public URL."""
        if self.whole:
            return f"/v1/crls/{ca}/delta.crl" if delta else f"/v1/crls/{ca}.crl"
        return f"/v1/crls/{ca}/{self.text}{'-delta' if delta else ''}.crl"

    def url(self, base_url: str, ca: str, *, delta: bool = False) -> str:
        """Return the list's URL, the same in certificates and in the list's own issuingDistributionPoint."""
        return base_url + self.path(ca, delta=delta)


ALL: Final = ListScope()


@dataclass(frozen=True, slots=True, kw_only=True)
class ListBinding:
    """How new certificates are bound to lists: divided among `partitions`, and whether they name the delta (freshestCRL)."""

    partitions: int = 1
    deltas: bool = False

    def urls(self, crl_url: str, serial: int) -> tuple[str, str | None]:
        """Return the URLs of a certificate's list and of its delta (None without), from that of the list of all."""
        scope = ListScope.of_serial(serial, partitions=self.partitions)
        stem = crl_url.removesuffix(".crl")
        if scope.whole:
            return crl_url, f"{stem}/delta.crl" if self.deltas else None
        return f"{stem}/{scope.text}.crl", f"{stem}/{scope.text}-delta.crl" if self.deltas else None


UNDIVIDED: Final = ListBinding()


def scopes_of(partitions: int) -> tuple[ListScope, ...]:
    """Return the scopes of a division, the list of all certificates not among them unless it is the only one."""
    return tuple(ListScope(partitions=partitions, partition=each) for each in range(partitions))


def require_partitions(partitions: int) -> None:
    """Raise USAGE unless a CA's certificates can be divided among so many lists: a power of two up to 256."""
    if not 1 <= partitions <= BUCKETS or partitions & (partitions - 1):
        raise TrustError(ErrorCode.USAGE, f"the number of lists is a power of two, at most {BUCKETS}")
