"""Evidence of what is still seen of a page: asked for only where a verdict hangs on nothing else, since a look is a renderer's work.

A renderer reads everything that a hostile file holds. So it is asked about files alone whose signatures hold in all other
respects, and what it shows may take a doubt away and never anything else (ADR 0027).
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final, Protocol

from esign.ofd.model import LaterSeals
from esign.pdf.model import Overlay
from trustkit.errors import ErrorCode
from trustkit.verdict import CheckStatus
from verifier.material import Doubt

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from trustkit.verdict import Check, Verdict
    from verifier.material import Evidence

MAX_SIGNERS: Final = 5  # of an OFD, whose pages are drawn anew for each
_HIDING: Final = frozenset({ErrorCode.OFD_COVERED, ErrorCode.PDF_COVERED})


class PageViews(Protocol):
    """Looks at pages of a document before and after something was put upon them."""

    def doubts(self, data: bytes, overlays: Sequence[Overlay]) -> Mapping[Overlay, Doubt | None]:
        """Return of overlays what is in doubt under them, None where all is still seen; leave out what cannot be drawn."""
        ...

    def hidden(self, data: bytes, looks: Sequence[LaterSeals]) -> Mapping[LaterSeals, str]:
        """Return for each look what can no longer be seen under later seals of an OFD, or why nobody can tell; an empty text where all can."""
        ...


def with_views(evidence: Evidence, data: bytes, verdict: Verdict, views: PageViews | None) -> Evidence | None:
    """Return evidence that tells what is seen in the places a verdict hangs on; None where it hangs on none, or nobody looks."""
    if views is None:
        return None
    asked = dict.fromkeys(
        look for judged in verdict.signatures if _hangs_on_a_look(judged.checks) for look in judged.looks
    )
    overlays = tuple(each for each in asked if isinstance(each, Overlay))
    doubts = views.doubts(data, overlays) if overlays else {}
    found: dict[Overlay | LaterSeals, Doubt | None] = dict(doubts.items())
    looks = tuple(each for each in asked if isinstance(each, LaterSeals))
    hidden = dict.fromkeys(looks[MAX_SIGNERS:], f"seals over more than {MAX_SIGNERS} signers")
    hidden |= views.hidden(data, looks[:MAX_SIGNERS]) if looks else {}
    for each, told in hidden.items():
        found[each] = Doubt(code=ErrorCode.OFD_COVERED, detail=told) if told else None
    return replace(evidence, views=found) if asked else None


def _hangs_on_a_look(checks: Sequence[Check]) -> bool:
    decisive = [each for each in checks if each.status in {CheckStatus.FAILED, CheckStatus.UNKNOWN}]
    return bool(decisive) and all(each.code in _HIDING for each in decisive)
