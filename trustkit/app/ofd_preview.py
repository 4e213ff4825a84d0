"""Pictures of where an electronic seal will be in an OFD: its pages as they are drawn, the seal's own picture in its place."""

from __future__ import annotations

from typing import TYPE_CHECKING

from esign.pdf.placement import SealOrder
from esign.seal.picture import seal_drawing
from esign.seal.read import parse_seal
from trustkit.app.electronic_seal import electronic_seal
from trustkit.app.nested_picture import nested_png
from trustkit.app.ofd_drawer import OfdDrawer
from trustkit.app.page_reader import PageReader
from trustkit.app.seal_preview import seal_pictures, signer_certificate
from trustkit.app.wiring import open_if_home
from trustkit.clock import SystemClock

if TYPE_CHECKING:
    from pathlib import Path

    from trustkit.app.ofd_order import OfdOrder


def ofd_seal_pictures(
    ofd: bytes, order: OfdOrder, home: Path, keys: tuple[Path, ...], certificates: tuple[Path | None, ...]
) -> tuple[tuple[int, bytes], ...]:
    """Return each page (from 1) that a seal falls on, as a PNG.

    Raises:
        TrustError: what finding a seal and its place raises; USAGE when the certificate is in a key file that a passphrase guards,
            SEAL_PICTURE for a seal's picture that is not drawn; PAGE_RENDERER.
    """
    orders = []
    with open_if_home(home, required=not keys) as opened:
        for number, wish in enumerate(order.seals):
            certificate = signer_certificate(opened, keys, certificates, number)
            seal = electronic_seal(opened, wish.seal, certificate, SystemClock().now())
            orders.append(
                SealOrder(drawing=seal_drawing(parse_seal(seal), nested_png), place=wish.place, riding=wish.riding)
            )
    with OfdDrawer() as drawer, PageReader() as reader:
        return tuple(seal_pictures(drawer.draw(ofd).pdf, orders, reader))
