"""How a square name chop is cut; apart from what draws it, so that nobody needs fonts to name a style."""

from __future__ import annotations

from enum import StrEnum, unique


@unique
class ChopStyle(StrEnum):
    """Relief or intaglio."""

    YANG = "yang"  # 朱文: in relief, red characters
    YIN = "yin"  # 白文: into the stone, characters of paper in a red ground
