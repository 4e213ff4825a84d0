from __future__ import annotations

from tests.support.authority import authority, home, pristine_home

__all__ = ["authority", "home", "pristine_home"]
