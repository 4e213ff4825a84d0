"""What form a caller would rather have (RFC 9110 12.5.1)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from starlette.requests import Request

_MOST: Final = 32  # ranges that are looked at


def prefers(request: Request, kind: str, *, before: str) -> bool:
    """Tell whether the caller names a media type and gives it no less weight than another, which is what he has by default."""
    weights = _weights(request.headers.get("accept", ""))
    own = weights.get(kind, 0.0)
    return own > 0 and own >= weights.get(before, 0.0) and _first(weights, kind, before)


def _first(weights: dict[str, float], kind: str, before: str) -> bool:
    """Of two with the same weight the one named first counts."""
    if weights.get(before) != weights[kind]:
        return True
    return list(weights).index(kind) < list(weights).index(before)


def _weights(header: str) -> dict[str, float]:
    found: dict[str, float] = {}
    for each in header.split(",")[:_MOST]:
        kind, *parameters = (part.strip().lower() for part in each.split(";"))
        quality = next((part[2:] for part in parameters if part.startswith("q=")), "1")
        try:
            found.setdefault(kind, min(max(float(quality), 0.0), 1.0))
        except ValueError:
            found.setdefault(kind, 0.0)
    return found
