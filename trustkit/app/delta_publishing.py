"""``trustkit ca publish --delta``: fresh deltas of the CRLs, the complete lists left as they are."""

from __future__ import annotations

from typing import TYPE_CHECKING

from trustkit.app.opened import CA_KEYS
from trustkit.app.publications import CA_NAMES
from trustkit.app.rows import PublishedLine
from trustkit.store.crls import ListKind

if TYPE_CHECKING:
    from trustkit.app.keys import Keys
    from trustkit.app.opened import OpenedHome


def publish_deltas(home: OpenedHome, keys: Keys) -> tuple[PublishedLine, ...]:
    """Sign fresh delta CRLs alone; say which. Raise USAGE when the settings offer none."""
    return tuple(
        PublishedLine.of_list(head)
        for name in CA_NAMES
        if not keys.waits(CA_KEYS[name], home.certificate(CA_KEYS[name]))
        for head in home.revocation(keys, name).publish(home.operator, ListKind.DELTA)
    )
