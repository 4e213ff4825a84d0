"""An application over an opened home, as `trustkit.app.keyed_server` serves it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from starlette.types import ASGIApp

    from trustkit.app.authority import Authority


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenedApplication:
    """The application and the home it answers for, which is closed with it."""

    authority: Authority
    app: ASGIApp

    def anchors(self) -> Sequence[bytes]:
        """Return the certificates a client's may lead to: those this home published."""
        return self.authority.publications().certificates()

    def close(self) -> None:
        """Close the home."""
        self.authority.close()
