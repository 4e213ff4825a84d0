"""A request to sign a PDF, with a seal where it was ordered.

request = with_seal(request, SealOrder(drawing=drawing, place=KeywordPlace(keyword="（盖章）")), words)
sign_pdf(request)
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from esign.pdf.placement import place_seal
from esign.pdf.reader import open_reader

if TYPE_CHECKING:
    from esign.pdf.placement import PageText, SealOrder
    from esign.pdf.request import SigningRequest


def with_seal(request: SigningRequest, order: SealOrder, words: PageText) -> SigningRequest:
    """Return the request with the seal of the order in its field, and on the pages' edges.

    Raises:
        TrustError: what `esign.pdf.placement.place_seal` and opening the file raise.
    """
    placed = place_seal(open_reader(request.pdf), request.pdf, order, words)
    request = replace(request, riding=placed.edges)
    if placed.seal is None:
        return request
    if placed.seal.field_name is not None:
        return replace(
            request, field_name=placed.seal.field_name, existing_field=True, appearance=placed.seal.appearance
        )
    return replace(request, page=placed.seal.page, box=placed.seal.box, appearance=placed.seal.appearance)
