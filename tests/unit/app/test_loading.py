"""What a service loads is not searched for garbage, and everything later is."""

from __future__ import annotations

import gc

from trustkit.app.loading import loading


def test_garbage_is_looked_for_again_afterwards_and_not_among_what_was_loaded() -> None:
    before = gc.get_freeze_count()
    with loading():
        assert not gc.isenabled()
        loaded = [[number] for number in range(1000)]
    try:
        assert gc.isenabled()
        assert gc.get_freeze_count() >= before + len(loaded)
    finally:
        gc.unfreeze()


def test_who_had_it_off_keeps_it_off() -> None:
    gc.disable()
    try:
        with loading():
            pass
        assert not gc.isenabled()
    finally:
        gc.enable()
        gc.unfreeze()
