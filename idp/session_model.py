"""A session: who is signed in at one browser, how surely, since when, and for whom he acts."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime  # noqa: TC003 - a field type of a public dataclass

from trustkit.identity import AssuranceLevel  # noqa: TC001 - as above


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """A live session as the store has it; its secret is in the browser's cookie alone, the store has the digest.

    Attributes:
        id: an opaque name safe in tokens (`sid`) and on the owner's page.
        person: who is signed in (``np-…``).
        assurance: what was reached, never lowered by stepping up; what expired evidence gave is gone.
        authenticated_at: when the newest factor was proved; `methods` by what (`amr`), sorted.
        mandate: under which he acts for an organisation; None for himself.
        provider: the connector he came by; empty for a local login.
    """

    id: str
    person: str = field(repr=False)
    assurance: AssuranceLevel
    authenticated_at: datetime
    methods: tuple[str, ...]
    mandate: str | None
    provider: str
    created_at: datetime
    seen_at: datetime
    expires_at: datetime
