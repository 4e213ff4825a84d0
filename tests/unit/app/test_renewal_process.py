"""The process that renews lists beside the server: what a minute in which nothing is due costs it."""

from __future__ import annotations

import select
from typing import TYPE_CHECKING

from tests.support.authority import passphrase
from trustkit.app import renewal
from trustkit.custody.software import SoftwareKeystore

if TYPE_CHECKING:
    from pathlib import Path

    import pytest

    from trustkit.custody.passphrase import Passphrase
    from trustkit.custody.port import BatchSigner


def test_each_key_is_opened_once_for_all_rounds(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    opened: list[str] = []
    rounds = iter((False, False, True))
    real = SoftwareKeystore.open

    def told(store: SoftwareKeystore, name: str, secret: Passphrase) -> BatchSigner:
        found = real(store, name, secret)
        opened.append(name)
        return found

    monkeypatch.setattr(SoftwareKeystore, "open", told)
    monkeypatch.setattr(renewal, "passphrase_from_parent", passphrase)
    monkeypatch.setattr(renewal, "configure_logs", lambda _clock: None)
    monkeypatch.setattr(select, "select", lambda *_: ([1] if next(rounds) else [], [], []))
    renewal.renew_until_end_of_input(home)
    assert next(rounds, None) is None
    assert opened
    assert len(opened) == len(set(opened))
