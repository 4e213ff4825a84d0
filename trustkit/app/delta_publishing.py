"""``trustkit ca publish --delta``: fresh deltas of the CRLs, the complete lists left as they are."""

from __future__ import annotations

from typing import TYPE_CHECKING

from trustkit.app.rows import PublishedLine
from trustkit.store.crls import ListKind

if TYPE_CHECKING:
    from trustkit.app.keys import Keys
    from trustkit.app.opened import OpenedHome


def publish_deltas(home: OpenedHome, keys: Keys) -> tuple[PublishedLine, ...]:
    """Sign fresh delta CRLs alone; say which. Raise USAGE when the settings offer none."""
    return tuple(
        PublishedLine.of_list(head)
        for name in home.publications().names()
        if not keys.ca_waits(name, home.authorities.certificate(name))
        for head in home.revocation(keys, name).publish(home.operator, ListKind.DELTA)
    )
