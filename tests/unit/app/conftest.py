from __future__ import annotations

from tests.support.authority import authority, home, issued, pristine_home

__all__ = ["authority", "home", "issued", "pristine_home"]
