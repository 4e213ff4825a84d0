"""Settling the SM2 engine of this process from settings, before anything is signed or verified."""

from __future__ import annotations

from functools import lru_cache

from trustkit.crypto.engines.selection import current_engine, use_engines


@lru_cache(maxsize=1)
def settle_engine(name: str, *, production: bool) -> None:
    """Choose by settings and prove the choice by known answers. Raise ENGINE_MISSING, ENGINE_REFUSED, ENGINE_SELF_TEST."""
    use_engines(production=production, preferred=None if name == "auto" else name)
    current_engine()
