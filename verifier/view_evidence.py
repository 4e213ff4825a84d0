"""Evidence of what is still seen of a page: asked for only where a verdict hangs on nothing else, since a look is a renderer's work.

A renderer reads everything that a hostile file holds. So it is asked about files alone whose signatures hold in all other
respects, and what it shows may take a doubt away and never anything else (ADR 0027).
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Protocol

from esign.pdf.model import UnverifiedPdf
from trustkit.errors import ErrorCode
from trustkit.verdict import CheckStatus

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from esign.pdf.model import Overlay
    from trustkit.verdict import Check, Verdict
    from verifier.material import Evidence


class PageViews(Protocol):
    """Looks at pages of a PDF before and after something was drawn over them."""

    def lost(self, data: bytes, overlays: Sequence[Overlay]) -> Mapping[Overlay, str]:
        """Return of overlays what can no longer be seen under them, an empty text where all can; leave out what cannot be drawn."""
        ...


def with_views(evidence: Evidence, document: object, verdict: Verdict, views: PageViews | None) -> Evidence | None:
    """Return evidence that tells what is seen under the overlays a verdict hangs on; None where it hangs on none, or nobody looks."""
    if views is None or not isinstance(document, UnverifiedPdf):
        return None
    pairs = zip(document.signatures, verdict.signatures, strict=True)
    asked = dict.fromkeys(
        overlay
        for signature, judged in pairs
        if _hangs_on_a_look(judged.checks)
        for overlay in signature.later_changes.overlays
        if overlay.is_placed
    )
    return replace(evidence, views=views.lost(document.data, tuple(asked))) if asked else None


def _hangs_on_a_look(checks: Sequence[Check]) -> bool:
    decisive = [each for each in checks if each.status in {CheckStatus.FAILED, CheckStatus.UNKNOWN}]
    return bool(decisive) and all(each.code is ErrorCode.PDF_COVERED for each in decisive)
