"""What a visible seal can be, known before anything that draws is loaded."""

from __future__ import annotations

from enum import StrEnum, unique


@unique
class SealShape(StrEnum):
    """``--seal``: what is drawn."""

    ROUND = "round"
    OVAL = "oval"
    SQUARE = "square"
    SIGNATURE = "signature"
    IMAGE = "image"


@unique
class DrawnShape(StrEnum):
    """``--shape`` of an electronic seal: those of the above that are a seal and not somebody's hand."""

    ROUND = SealShape.ROUND.value
    OVAL = SealShape.OVAL.value
    SQUARE = SealShape.SQUARE.value
