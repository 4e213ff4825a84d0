"""Trust anchors: the certificates a verifier believes without further proof (RFC 5280 6.1.1 (d))."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, Self

from trustkit.errors import ErrorCode, TrustError
from trustkit.x509.name import name_key

if TYPE_CHECKING:
    from collections.abc import Hashable, Mapping

    from trustkit.x509.certificate import Certificate

MAX_ANCHORS: Final = 1000  # the root programmes of browsers have some 150
_NOBODY: Final = object()


@dataclass(frozen=True, slots=True, kw_only=True)
class TrustStore:
    """A fixed set of anchors, trusted as given: their own signatures and periods are not looked at.

    A store without anchors is refused with PATH_NO_ANCHOR, so that a verifier is not left without them by a slip; who
    means "trusts nobody" says `TrustStore.none()`.
    """

    anchors: tuple[Certificate, ...]
    _empty_on_purpose: object = field(default=None, repr=False, compare=False)
    _members: frozenset[Certificate] = field(init=False, repr=False, compare=False)
    _by_name: Mapping[Hashable, tuple[Certificate, ...]] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        if not self.anchors and self._empty_on_purpose is not _NOBODY:
            raise TrustError(ErrorCode.PATH_NO_ANCHOR, "a trust store needs anchors; TrustStore.none() trusts nobody")
        if len(self.anchors) > MAX_ANCHORS:
            raise TrustError(ErrorCode.PATH_LIMIT, "too many anchors", limit=MAX_ANCHORS)
        found: dict[Hashable, tuple[Certificate, ...]] = {}
        for anchor in dict.fromkeys(self.anchors):
            key = name_key(anchor.subject_der)
            found[key] = (*found.get(key, ()), anchor)
        # frozen: indices over the anchors, built once
        object.__setattr__(self, "_by_name", found)
        object.__setattr__(self, "_members", frozenset(self.anchors))

    @classmethod
    def none(cls) -> Self:
        """Return the store that trusts nobody: every path ends in PATH_NO_ANCHOR."""
        return cls(anchors=(), _empty_on_purpose=_NOBODY)

    def named(self, subject_der: bytes) -> tuple[Certificate, ...]:
        """Return the anchors of a name (RFC 5280 7.1), in the order given."""
        return self._by_name.get(name_key(subject_der), ())

    def __contains__(self, certificate: Certificate) -> bool:
        return certificate in self._members
