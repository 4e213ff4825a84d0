"""``trustkit ca publish --delta``: fresh deltas of the CRLs, the complete lists left as they are."""

from __future__ import annotations

from typing import TYPE_CHECKING

from trustkit.app.rows import PublishedLine
from trustkit.store.crls import ListKind

if TYPE_CHECKING:
    from collections.abc import Collection

    from trustkit.app.keys import Keys
    from trustkit.app.opened import OpenedHome


def publish_deltas(home: OpenedHome, keys: Keys, among: Collection[str] | None = None) -> tuple[PublishedLine, ...]:
    """Sign fresh delta CRLs alone, of every authority or of some; say which. Raise USAGE when the settings offer none."""
    return tuple(
        PublishedLine.of_list(head)
        for name in home.publications().names()
        if (among is None or name in among) and not keys.ca_waits(name, home.authorities.certificate(name))
        for head in home.revocation(keys, name).publish(home.operator, ListKind.DELTA)
    )
