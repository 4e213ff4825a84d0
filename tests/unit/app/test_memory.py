"""What the C library is told is taken back where it cannot be told, too."""

from __future__ import annotations

from typing import TYPE_CHECKING

from trustkit.app import memory

if TYPE_CHECKING:
    import pytest


def test_large_blocks_are_given_back_and_other_libraries_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[tuple[int, int]] = []
    monkeypatch.setattr(memory, "_SET", lambda what, octets: told.append((what, octets)))
    memory.give_large_blocks_back_at_once()
    assert told == [(-3, 4 * 1024 * 1024)]
    monkeypatch.setattr(memory, "_SET", None)
    memory.give_large_blocks_back_at_once()
    assert len(told) == 1
