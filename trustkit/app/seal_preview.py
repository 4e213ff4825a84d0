"""Pictures of where a seal will be, and whose name it will bear: the pages it falls on, drawn as a reader would show them, the place outlined."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from esign.pdf.placement import place_seal
from esign.pdf.preview import preview_pdf, seal_regions
from esign.pdf.reader import open_reader
from esign.rendering.page_difference import outlined
from trustkit.app.certificate_files import read_certificates
from trustkit.app.electronic_seal import electronic_seal
from trustkit.app.keys import KeyName
from trustkit.app.wiring import open_authority, open_if_home
from trustkit.clock import SystemClock
from trustkit.errors import ErrorCode, TrustError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from esign.pdf.appearance import Box
    from esign.pdf.placement import SealOrder
    from trustkit.app.authority import Authority
    from trustkit.app.page_reader import PageReader
    from trustkit.app.seal_order import SealWish
    from trustkit.x509.certificate import Certificate

DOTS_PER_INCH: Final = 110
MAX_PICTURES: Final = (
    60  # of a riding-edge seal over more pages the first ones are drawn, and the page of the seal itself
)


def seal_pictures(data: bytes, orders: Sequence[SealOrder], reader: PageReader) -> Iterator[tuple[int, bytes]]:
    """Yield each page (from 1) that a seal falls on, as a PNG.

    Raises:
        TrustError: what placing a seal raises; USAGE for a file that would show nothing of it; PAGE_RENDERER.
    """
    opened = open_reader(data)
    regions: dict[int, tuple[Box, ...]] = {}
    shown, own = data, dict[int, None]()
    for order in orders:
        placed = place_seal(opened, data, order, reader)
        shown = preview_pdf(open_reader(shown), placed)
        for page, boxes in seal_regions(opened, placed).items():
            regions[page] = (*regions.get(page, ()), *boxes)
        if placed.seal is not None:
            own[placed.seal.page] = None
    if not regions:
        raise TrustError(ErrorCode.USAGE, "there is no seal to look at")
    first = sorted(regions)[:MAX_PICTURES]
    for page in dict.fromkeys((*first, *own)):
        picture = reader.draw(shown, page=page, dots_per_inch=DOTS_PER_INCH)
        across, down = picture.width, picture.height
        marked = tuple(
            (round(left * across), round(top * down), round(right * across), round(bottom * down))
            for left, top, right, bottom in regions[page]
        )
        yield page + 1, outlined(picture, marked)


def electronic_orders(
    wishes: Sequence[SealWish], home: Path, keys: tuple[Path, ...], certificates: tuple[Path | None, ...]
) -> list[SealOrder]:
    """Return the pictures of electronic seals and where they go, without opening a key.

    Raises:
        TrustError: what finding a seal raises; USAGE when the certificate is in a key file that a passphrase guards; SEAL_PICTURE.
    """
    orders = []
    with open_if_home(home, required=not keys) as opened:
        for number, wish in enumerate(wishes):
            certificate = signer_certificate(opened, keys, certificates, number)
            seal = electronic_seal(opened, wish.electronic, certificate, SystemClock().now())
            orders.append(wish.electronic_order(seal))
    return orders


def signer_certificate(
    home: Authority | None, keys: tuple[Path, ...], certificates: tuple[Path | None, ...], number: int
) -> Certificate:
    """Return the certificate of a signer (from 0), without opening a key. Raise USAGE, and what reading it raises."""
    if not keys:
        if home is None:
            raise TrustError(ErrorCode.USAGE, "nobody signs")
        return home.certificate(KeyName.SEAL)
    path = certificates[number] if number < len(certificates) else None
    if path is None:
        raise TrustError(ErrorCode.USAGE, "without a passphrase the certificate is not known: --cert")
    return read_certificates(path)[0]


def seal_name(home: Path, keys: tuple[Path, ...], certificates: tuple[Path | None, ...], number: int = 0) -> str:
    """Return the name on the seal of a signer (from 0), without opening a key: the authority's, or the certificate's.

    Raises:
        TrustError: USAGE when the certificate is in a key file that a passphrase guards; HOME_* and what reading it raises.
    """
    if not keys:
        with open_authority(home) as authority:
            return authority.settings.authority.name
    certificate = certificates[number]
    if certificate is None:
        raise TrustError(ErrorCode.USAGE, "without a passphrase the name is not known: --seal-name or --cert")
    return read_certificates(certificate)[0].common_name
