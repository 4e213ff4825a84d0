"""Signatures that one verification checks: each once, and so many at most.

What was proved is remembered for all files elsewhere; what was refused is remembered here, for one, and both are counted: else
hostile certificates, lists or answers could have the same wrong signatures checked anew by every path that is looked for.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Generic, TypeVar

from trustkit.errors import ErrorCode, TrustError

if TYPE_CHECKING:
    from collections.abc import Callable

_Link = TypeVar("_Link")


class BoundedProofs(Generic[_Link]):
    """What is known of links between something signed and a key; grows to `limit` links. `what` names them in a refusal."""

    def __init__(self, limit: int, what: str) -> None:
        """Begin with nothing known."""
        self._limit = limit
        self._ceiling = limit
        self._what = what
        self._known: dict[_Link, TrustError | None] = {}

    def allow(self, more: int | None) -> None:
        """Let at most so many further signatures be checked until told otherwise; None for all that the limit leaves."""
        self._ceiling = self._limit if more is None else min(self._limit, len(self._known) + more)

    def __len__(self) -> int:
        """Return how many signatures were checked."""
        return len(self._known)

    def outcome(self, link: _Link, prove: Callable[[], object]) -> TrustError | None:
        """Return why a link does not hold, None when it does; `prove` is called the first time. Raise PATH_LIMIT past the bound."""
        if link not in self._known:
            if len(self._known) >= self._ceiling:
                raise TrustError(ErrorCode.PATH_LIMIT, self._what, limit=self._ceiling)
            try:
                prove()
            except TrustError as error:
                self._known[link] = error
            else:
                self._known[link] = None
        return self._known[link]
